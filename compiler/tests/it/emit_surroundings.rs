//! What stands around the flow of events, in the template: networks, buckets, keys of callers, function URLs, alarms, dashboards.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

use crate::emit_fixture::surroundings::surrounded;
use pipe_compiler::compile;
use pipe_compiler::model::*;
use serde_json::{Value, json};

fn template(pipeline: &Pipeline) -> Value {
    let artifacts = compile(pipeline);
    let template = artifacts
        .iter()
        .find(|it| it.path == "template.json")
        .unwrap();
    // For a look with tools that are no part of the tests.
    if let Some(path) = std::env::var_os("PIPEC_DUMP") {
        std::fs::write(path, &template.contents).unwrap();
    }
    serde_json::from_slice(&template.contents).unwrap()
}

fn properties(template: &Value, id: &str) -> Value {
    let resource = &template["Resources"][id];
    assert!(resource.is_object(), "there is no {id}");
    resource["Properties"].clone()
}

/// The statement with this Sid in the inline policy of a role.
fn statement(template: &Value, role: &str, sid: &str) -> Value {
    let role = properties(template, role);
    let statements = role["Policies"][0]["PolicyDocument"]["Statement"]
        .as_array()
        .unwrap();
    let found = statements.iter().find(|it| it["Sid"] == sid);
    found.cloned().unwrap_or(Value::Null)
}

fn of_type(template: &Value, kind: &str) -> Vec<String> {
    let resources = template["Resources"].as_object().unwrap();
    let found = resources.iter().filter(|(_, it)| it["Type"] == kind);
    found.map(|(id, _)| id.clone()).collect()
}

fn reference(id: &str) -> Value {
    json!({ "Ref": id })
}

#[test]
fn a_network_without_egress_has_no_route_out_and_one_with_nat_has_one() {
    let template = template(&surrounded());
    let routes: Vec<String> = of_type(&template, "AWS::EC2::Route");
    assert_eq!(
        routes,
        ["OpenPublicRoute", "OpenRoute"],
        "the network `private` has none"
    );
    assert_eq!(
        properties(&template, "OpenRoute")["NatGatewayId"],
        reference("OpenNatGateway")
    );
    assert_eq!(
        properties(&template, "OpenRoute")["RouteTableId"],
        reference("OpenRouteTable")
    );
    assert_eq!(
        of_type(&template, "AWS::EC2::NatGateway").len(),
        1,
        "one is enough"
    );
    assert_eq!(of_type(&template, "AWS::EC2::EIP"), ["OpenNatAddress"]);
    let public = properties(&template, "OpenPublicSubnet1Routes");
    assert_eq!(public["RouteTableId"], reference("OpenPublicRouteTable"));
    for (zone, cidr) in [(1, "10.0.0.0/24"), (2, "10.0.1.0/24")] {
        let subnet = properties(&template, &format!("PrivateSubnet{zone}"));
        assert_eq!(subnet["CidrBlock"], cidr);
        assert_eq!(subnet["MapPublicIpOnLaunch"], false);
        assert_eq!(
            subnet["AvailabilityZone"],
            json!({"Fn::Select": [zone - 1, {"Fn::GetAZs": ""}]})
        );
    }
}

#[test]
fn a_function_runs_in_its_network_with_the_rights_that_takes_and_no_other_function_has_them() {
    let mut pipeline = surrounded();
    let config = &properties(&template(&pipeline), "ValidateFunction")["VpcConfig"];
    assert_eq!(
        config["SubnetIds"],
        json!([reference("PrivateSubnet1"), reference("PrivateSubnet2")])
    );
    assert_eq!(
        config["SecurityGroupIds"],
        json!([{"Fn::GetAtt": ["PrivateFunctionSecurityGroup", "GroupId"]}])
    );
    let connect = statement(&template(&pipeline), "ValidateRole", "ConnectToNetwork");
    assert_eq!(
        (&connect["Effect"], &connect["Resource"]),
        (&json!("Allow"), &json!("*"))
    );
    let keep = statement(&template(&pipeline), "ValidateRole", "KeepCodeFromNetwork");
    assert_eq!(keep["Effect"], "Deny");
    assert_eq!(
        keep["Action"], connect["Action"],
        "the code is kept from all that Lambda may"
    );
    assert!(keep["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"].is_object());

    pipeline.functions.get_mut("validate").unwrap().network = None;
    let template = template(&pipeline);
    assert!(properties(&template, "ValidateFunction")["VpcConfig"].is_null());
    assert!(statement(&template, "ValidateRole", "ConnectToNetwork").is_null());
}

#[test]
fn endpoints_let_through_what_the_functions_of_the_network_are_granted() {
    let template = template(&surrounded());
    let table = properties(&template, "PrivateDynamodbEndpoint");
    assert_eq!(table["VpcEndpointType"], "Gateway");
    assert_eq!(
        table["RouteTableIds"],
        json!([reference("PrivateRouteTable")])
    );
    let statement = &table["PolicyDocument"]["Statement"][0];
    assert_eq!(statement["Action"], "dynamodb:PutItem");
    assert_eq!(
        statement["Resource"],
        json!({"Fn::GetAtt": ["PaymentEventsTable", "Arn"]})
    );
    let account = json!({"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}});
    assert_eq!(statement["Condition"], account);

    let parameters = properties(&template, "PrivateSsmEndpoint");
    assert_eq!(parameters["VpcEndpointType"], "Interface");
    assert_eq!(parameters["PrivateDnsEnabled"], true);
    assert_eq!(
        parameters["PolicyDocument"]["Statement"][0]["Action"],
        "ssm:GetParameter"
    );
    let group = properties(&template, "PrivateEndpointSecurityGroup");
    let ingress = group["SecurityGroupIngress"].as_array().unwrap();
    assert_eq!(ingress.len(), 1);
    assert_eq!(
        (&ingress[0]["FromPort"], &ingress[0]["ToPort"]),
        (&json!(443), &json!(443))
    );
    let functions = json!({"Fn::GetAtt": ["PrivateFunctionSecurityGroup", "GroupId"]});
    assert_eq!(ingress[0]["SourceSecurityGroupId"], functions);
    assert_eq!(group["SecurityGroupEgress"][0]["CidrIp"], "127.0.0.1/32");

    // `process` may do nothing in S3, so the door is shut.
    let archive = &properties(&template, "OpenS3Endpoint")["PolicyDocument"]["Statement"][0];
    assert_eq!(archive["Effect"], "Deny");
}

#[test]
fn a_bucket_is_closed_encrypted_and_moves_to_glacier() {
    let template = template(&surrounded());
    let whole = &template["Resources"]["WebhookArchiveBucket"];
    assert_eq!(
        (&whole["DeletionPolicy"], &whole["UpdateReplacePolicy"]),
        (&json!("Retain"), &json!("Retain"))
    );
    let bucket = &whole["Properties"];
    let name = "payments-webhook-archive-${EnvironmentSuffix}-${AWS::AccountId}";
    assert_eq!(bucket["BucketName"], json!({"Fn::Sub": name}));
    let blocks = bucket["PublicAccessBlockConfiguration"]
        .as_object()
        .unwrap();
    assert!(
        blocks.len() == 4 && blocks.values().all(|it| it == true),
        "{blocks:?}"
    );
    let rule = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    assert_eq!(rule["BucketKeyEnabled"], true);
    assert_eq!(
        rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "aws:kms"
    );
    assert_eq!(bucket["VersioningConfiguration"]["Status"], "Enabled");
    assert_eq!(
        bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerEnforced"
    );
    let rules = &bucket["LifecycleConfiguration"]["Rules"];
    assert_eq!(
        rules[0]["Transitions"],
        json!([{"StorageClass": "GLACIER", "TransitionInDays": 90}])
    );
    assert_eq!(
        rules[1]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"],
        7
    );
    let policy =
        &properties(&template, "WebhookArchiveBucketPolicy")["PolicyDocument"]["Statement"][0];
    assert_eq!(
        (&policy["Effect"], &policy["Principal"]),
        (&json!("Deny"), &json!("*"))
    );
    assert_eq!(
        policy["Condition"],
        json!({"Bool": {"aws:SecureTransport": "false"}})
    );
}

#[test]
fn a_route_with_a_key_asks_for_it_and_its_plan_waits_for_the_stage() {
    let template = template(&surrounded());
    let methods = of_type(&template, "AWS::ApiGateway::Method");
    let asks = |id: &&String| properties(&template, id)["ApiKeyRequired"] == true;
    let asking: Vec<&String> = methods.iter().filter(asks).collect();
    assert_eq!(
        (methods.len(), asking.len()),
        (2, 1),
        "health is no part of the API: {methods:?}"
    );
    let plan = properties(&template, "PartnersUsagePlan");
    assert_eq!(plan["Quota"], json!({"Limit": 10_000, "Period": "DAY"}));
    assert_eq!(
        plan["Throttle"],
        json!({"RateLimit": 50, "BurstLimit": 100})
    );
    assert_eq!(
        plan["ApiStages"],
        json!([{"ApiId": reference("V1Api"), "Stage": reference("V1Stage")}])
    );
    let of_plan = properties(&template, "PartnersUsagePlanKey");
    assert_eq!(of_plan["KeyId"], reference("PartnersApiKey"));
    assert_eq!(of_plan["UsagePlanId"], reference("PartnersUsagePlan"));

    let settings = properties(&template, "V1Stage")["MethodSettings"].clone();
    let levels: Vec<&Value> = settings
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["LoggingLevel"])
        .collect();
    assert_eq!(levels, ["ERROR", "INFO"]);
    assert_eq!(settings[1]["ResourcePath"], "/~1webhooks~1{provider}");
    assert!(
        settings
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["DataTraceEnabled"] == false)
    );
    let permission = asking[0].replace("Method", "Permission");
    let source = properties(&template, &permission)["SourceArn"]["Fn::Sub"].clone();
    assert!(
        source
            .as_str()
            .unwrap()
            .ends_with(":${V1Api}/v1/POST/webhooks/*"),
        "{source}"
    );
}

#[test]
fn a_function_url_has_its_reason_and_both_permissions() {
    let template = template(&surrounded());
    assert_eq!(properties(&template, "ValidateUrl")["AuthType"], "NONE");
    let url = properties(&template, "ValidateUrlPermission");
    assert_eq!(
        (&url["Action"], &url["FunctionUrlAuthType"]),
        (&json!("lambda:InvokeFunctionUrl"), &json!("NONE"))
    );
    let invoke = properties(&template, "ValidateUrlInvokePermission");
    assert_eq!(
        (&invoke["Action"], &invoke["InvokedViaFunctionUrl"]),
        (&json!("lambda:InvokeFunction"), &json!(true))
    );
    for id in [
        "ValidateUrl",
        "ValidateUrlPermission",
        "ValidateUrlInvokePermission",
    ] {
        let because = &template["Resources"][id]["Metadata"]["off_because"];
        assert_eq!(because, "GET /health: answers 200 to anyone", "{id}");
    }
    let output = &template["Outputs"]["V1GetHealthUrl"]["Value"];
    assert_eq!(
        output,
        &json!({"Fn::Sub": "${ValidateUrl.FunctionUrl}health"})
    );
    let note = &template["Metadata"]["pipec"]["routes"][2];
    assert_eq!(
        (&note["via"], &note["reply"]),
        (&json!("function_url"), &json!(200))
    );
}

#[test]
fn a_ratio_is_metric_math_over_one_window() {
    let alarm = properties(&template(&surrounded()), "ErrorsAlarm");
    let queries = alarm["Metrics"].as_array().unwrap();
    assert_eq!(queries[0]["Expression"], "100 * errors / invocations");
    let compared: Vec<bool> = queries.iter().map(|it| it["ReturnData"] == true).collect();
    assert_eq!(compared, [true, false, false], "exactly one is compared");
    for (query, name) in queries[1..].iter().zip(["Errors", "Invocations"]) {
        let stat = &query["MetricStat"];
        assert_eq!(stat["Metric"]["MetricName"], name);
        assert_eq!(
            (&stat["Stat"], &stat["Period"]),
            (&json!("Sum"), &json!(300))
        );
        let function = json!([{"Name": "FunctionName", "Value": reference("ValidateFunction")}]);
        assert_eq!(stat["Metric"]["Dimensions"], function);
    }
    assert_eq!(alarm["Threshold"], 1);
    assert_eq!(alarm["EvaluationPeriods"], 1);
    assert_eq!(alarm["TreatMissingData"], "notBreaching");
    assert!(
        alarm["MetricName"].is_null() && alarm["Period"].is_null(),
        "math has no metric of its own"
    );
}

#[test]
fn a_sum_counts_what_is_missing_as_nothing_and_the_indexes_too() {
    let mut pipeline = surrounded();
    let alarm = |pipeline: &Pipeline| properties(&template(pipeline), "ThrottledAlarm");
    assert_eq!(
        alarm(&pipeline)["Metrics"][0]["Expression"],
        "SUM([FILL(readThrottleEvents, 0), FILL(writeThrottleEvents, 0)])"
    );
    let index = Index {
        name: "ByProvider".into(),
        partition: ("provider".into(), Type::String),
        sort: None,
        origin: crate::emit_fixture::at(35),
    };
    pipeline
        .tables
        .get_mut("payment_events")
        .unwrap()
        .indexes
        .push(index);
    let queries = alarm(&pipeline)["Metrics"].clone();
    assert_eq!(queries.as_array().unwrap().len(), 5);
    assert_eq!(
        queries[3]["MetricStat"]["Metric"]["Dimensions"][1]["Value"],
        "ByProvider"
    );
}

#[test]
fn a_level_must_hold_every_minute_and_a_percentile_is_an_extended_statistic() {
    let mut pipeline = surrounded();
    let slow = properties(&template(&pipeline), "SlowAlarm");
    assert_eq!(
        (&slow["ExtendedStatistic"], &slow["Statistic"]),
        (&json!("p99"), &Value::Null)
    );
    assert_eq!(
        (&slow["Period"], &slow["EvaluationPeriods"]),
        (&json!(600), &json!(1))
    );
    assert_eq!(slow["Threshold"], 1500.5);
    let api = json!({"Fn::Sub": "payments-v1-${EnvironmentSuffix}"});
    assert_eq!(
        slow["Dimensions"],
        json!([{"Name": "ApiName", "Value": api}, {"Name": "Stage", "Value": "v1"}])
    );

    let alarm = pipeline.alarms.get_mut("slow").unwrap();
    alarm.metric = crate::emit_fixture::surroundings::metric(
        Subject::Queue("inbox".into()),
        "depth",
        "Maximum",
    );
    let depth = properties(&template(&pipeline), "SlowAlarm");
    assert_eq!(
        (&depth["Period"], &depth["EvaluationPeriods"]),
        (&json!(60), &json!(10))
    );
    let alarm = pipeline.alarms.get_mut("slow").unwrap();
    alarm.metric = crate::emit_fixture::surroundings::metric(
        Subject::Function("validate".into()),
        "invocations",
        "Sum",
    );
    alarm.operator = Operator::Less;
    let idle = properties(&template(&pipeline), "SlowAlarm");
    assert_eq!(idle["ComparisonOperator"], "LessThanThreshold");
    assert_eq!(
        idle["TreatMissingData"], "breaching",
        "nothing at all is too little as well"
    );
}

#[test]
fn an_implied_alarm_tells_every_topic_that_a_declared_alarm_tells() {
    let mut pipeline = surrounded();
    let actions =
        |pipeline: &Pipeline, id: &str| properties(&template(pipeline), id)["AlarmActions"].clone();
    assert!(actions(&pipeline, "SettlePaymentUndeliveredAlarm").is_null());
    pipeline.alarms.get_mut("errors").unwrap().send = vec!["ops".into()];
    pipeline.alarms.get_mut("slow").unwrap().send = vec!["ops".into(), "boss".into()];
    assert_eq!(
        actions(&pipeline, "ErrorsAlarm"),
        json!([reference("OpsTopic")])
    );
    let both = json!([reference("BossTopic"), reference("OpsTopic")]);
    assert_eq!(actions(&pipeline, "SettlePaymentUndeliveredAlarm"), both);
}

#[test]
fn nothing_is_referred_to_that_is_not_there() {
    let template = template(&crate::emit_fixture::surroundings::whole());
    let known = |id: &str| {
        id.starts_with("AWS::")
            || !template["Resources"][id].is_null()
            || !template["Parameters"][id].is_null()
    };
    let mut missing = Vec::new();
    references(&template["Resources"], &mut |id| {
        if !known(id) {
            missing.push(id.to_owned());
        }
    });
    references(&template["Outputs"], &mut |id| {
        if !known(id) {
            missing.push(id.to_owned());
        }
    });
    assert!(missing.is_empty(), "{missing:?}");
}

fn references(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(id) = members.get("Ref").and_then(Value::as_str) {
                found(id);
            }
            if let Some(id) = members.get("Fn::GetAtt").and_then(|it| it[0].as_str()) {
                found(id);
            }
            if let Some(text) = members.get("Fn::Sub").and_then(Value::as_str) {
                for part in text.split("${").skip(1).filter(|it| !it.starts_with('!')) {
                    found(part.split(&['.', '}'][..]).next().unwrap());
                }
            }
            members.values().for_each(|it| references(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
