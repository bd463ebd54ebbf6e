//! Controls over networks and buckets: what could be reached from outside.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::spoiled::{forget, of, without};
use super::{Rule, archive, each, fixture, is_key, of_type, resources};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "NET-01 nothing comes in but TLS from a group, and nothing but TLS goes out",
        check: security_groups,
        spoil: &[
            fixture("in from everywhere", |it| {
                let group = of(it, "PrivateEndpointSecurityGroup");
                group["SecurityGroupIngress"][0]["CidrIp"] = json!("0.0.0.0/0");
            }),
            archive("out to everything", |it| {
                let group = of(it, "PrivateFunctionSecurityGroup");
                group["SecurityGroupEgress"][0]["IpProtocol"] = json!("-1");
            }),
            archive("out as EC2 has it by default", |it| {
                forget(
                    of(it, "PrivateFunctionSecurityGroup"),
                    "SecurityGroupEgress",
                );
            }),
        ],
    },
    Rule {
        id: "NET-02 subnets give nothing a public address, and networks have a flow log",
        check: |it| {
            let mut objections = each(it, "AWS::EC2::Subnet", "public addresses", |it| {
                it["MapPublicIpOnLaunch"] == false
            });
            for (id, _) in of_type(it, "AWS::EC2::VPC") {
                let logged = of_type(it, "AWS::EC2::FlowLog")
                    .any(|(_, it)| it["Properties"]["ResourceId"]["Ref"] == id.as_str());
                if !logged {
                    objections.push(format!("{id}: no flow log"));
                }
            }
            objections
        },
        spoil: &[
            fixture("public addresses", |it| {
                of(it, "OpenPublicSubnet1")["MapPublicIpOnLaunch"] = json!(true)
            }),
            archive("no flow log", |it| without(it, "PrivateFlowLog")),
        ],
    },
    Rule {
        id: "NET-03 functions of a network run in subnets without a route to an internet gateway",
        check: private_subnets,
        spoil: &[
            fixture("a route to an internet gateway", |it| {
                of(it, "PrivateSubnet1Routes")["RouteTableId"] =
                    json!({"Ref": "OpenPublicRouteTable"});
            }),
            archive("a public subnet", |it| {
                of(it, "EventProcessorFunction")["VpcConfig"]["SubnetIds"] =
                    json!([{"Ref": "PrivatePublicSubnet1"}]);
            }),
        ],
    },
    Rule {
        id: "NET-04 endpoints are for this account and for what is granted",
        check: |it| {
            each(
                it,
                "AWS::EC2::VPCEndpoint",
                "open to other accounts",
                |it| {
                    let statements = it["PolicyDocument"]["Statement"].as_array().unwrap();
                    statements.iter().all(|it| {
                        it["Effect"] == "Deny"
                            || it["Condition"]["StringEquals"]["aws:PrincipalAccount"]["Ref"]
                                == "AWS::AccountId"
                    })
                },
            )
        },
        spoil: &[
            fixture("an organisation's accounts", |it| {
                let statement = &mut of(it, "PrivateSsmEndpoint")["PolicyDocument"]["Statement"][0];
                statement["Condition"]["StringEquals"] = json!({"aws:PrincipalOrgID": "o-1"});
            }),
            fixture("every account", |it| {
                let statement = &mut of(it, "PrivateSsmEndpoint")["PolicyDocument"]["Statement"][0];
                forget(statement, "Condition");
            }),
        ],
    },
    Rule {
        id: "S3-01 buckets are closed, owned, versioned where asked, and encrypted with the key",
        check: |it| {
            each(
                it,
                "AWS::S3::Bucket",
                "open, or not encrypted with the key",
                |it| {
                    let blocks = &it["PublicAccessBlockConfiguration"];
                    let closed = [
                        "BlockPublicAcls",
                        "BlockPublicPolicy",
                        "IgnorePublicAcls",
                        "RestrictPublicBuckets",
                    ]
                    .iter()
                    .all(|name| blocks[name] == true);
                    let rule = &it["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
                    closed
                        && it["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
                            == "BucketOwnerEnforced"
                        && rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
                        && is_key(&rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
                },
            )
        },
        spoil: &[
            fixture("a public policy obeyed", |it| {
                let bucket = of(it, "WebhookArchiveBucket");
                bucket["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"] = json!(false);
            }),
            archive("S3's own key", |it| {
                let bucket = of(it, "WebhookArchiveBucket");
                let rule = &mut bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
                rule["ServerSideEncryptionByDefault"] = json!({"SSEAlgorithm": "AES256"});
            }),
            archive("owned by whoever writes", |it| {
                forget(of(it, "WebhookArchiveBucket"), "OwnershipControls")
            }),
        ],
    },
];

fn security_groups(template: &Value) -> Vec<String> {
    each(
        template,
        "AWS::EC2::SecurityGroup",
        "lets in or out too much",
        |it| {
            let tls = |it: &Value| {
                it["IpProtocol"] == "tcp" && it["FromPort"] == 443 && it["ToPort"] == 443
            };
            let rules = |name: &str| it[name].as_array().cloned().unwrap_or_default();
            let ingress = rules("SecurityGroupIngress");
            let from_groups = ingress.iter().all(|it| {
                tls(it) && it["CidrIp"].is_null() && it["SourceSecurityGroupId"].is_object()
            });
            // No rule at all would be EC2's default, which lets everything out.
            let egress = rules("SecurityGroupEgress");
            from_groups && !egress.is_empty() && egress.iter().all(tls)
        },
    )
}

fn private_subnets(template: &Value) -> Vec<String> {
    let reference = |value: &Value| value["Ref"].as_str().unwrap_or_default().to_owned();
    let public: Vec<String> = of_type(template, "AWS::EC2::Route")
        .filter(|(_, it)| !it["Properties"]["GatewayId"].is_null())
        .map(|(_, it)| reference(&it["Properties"]["RouteTableId"]))
        .collect();
    let mut objections = Vec::new();
    for (id, function) in of_type(template, "AWS::Lambda::Function") {
        let subnets = function["Properties"]["VpcConfig"]["SubnetIds"].as_array();
        for subnet in subnets.into_iter().flatten().map(reference) {
            let open = resources(template).values().any(|it| {
                it["Type"] == "AWS::EC2::SubnetRouteTableAssociation"
                    && reference(&it["Properties"]["SubnetId"]) == subnet
                    && public.contains(&reference(&it["Properties"]["RouteTableId"]))
            });
            if open {
                objections.push(format!("{id}: in the public subnet {subnet}"));
            }
        }
    }
    objections
}
