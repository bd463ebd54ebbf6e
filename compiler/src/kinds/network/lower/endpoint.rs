//! Endpoints of a network: doors to services of AWS, each open for what the network's functions are granted and for nothing else.

use crate::emit::cfn::ec2::{SecurityGroup, SecurityRule, VpcEndpoint};
use crate::emit::cfn::iam::{Conditions, Effect, Everyone, Policy, Principal, Statement};
use crate::emit::cfn::template::{Properties, Resource, Skips, StatementSource};
use crate::emit::cfn::value::{Any, Sub, Value};
use crate::emit::piece::text_of;

use super::{At, group_id};
use crate::kinds::KindId;
use crate::lower::{Stack, names};

/// Services that are reached by a route; every other has an address in the network.
const GATEWAYS: [&str; 2] = ["dynamodb", "s3"];

/// Adds the endpoints, and the group of those that have addresses.
pub(super) fn lower(stack: &mut Stack<'_>, at: &At<'_>) {
    let endpoints = &at.network.endpoints;
    let group = at.handle::<SecurityGroup>("EndpointSecurityGroup");
    if endpoints.iter().any(|it| !GATEWAYS.contains(&it.as_str())) {
        at.add(stack, &group, endpoint_group(at));
    }
    for service in endpoints {
        let statement = statement(stack, at, service);
        let gateway = GATEWAYS.contains(&service.as_str());
        let endpoint = VpcEndpoint {
            vpc_id: at.vpc(),
            service_name: Sub::default()
                .text("com.amazonaws.")
                .parameter("AWS::Region")
                .text(".")
                .text(service)
                .done(),
            vpc_endpoint_type: if gateway { "Gateway" } else { "Interface" },
            route_table_ids: when(gateway, || vec![at.private_routes().name()]),
            subnet_ids: when(!gateway, || at.private_subnets()),
            security_group_ids: when(!gateway, || vec![group_id(&group)]),
            private_dns_enabled: (!gateway).then_some(true),
            policy_document: Policy::new(vec![statement.clone()]),
        };
        let mut resource = Resource::new(endpoint, at.pipe.clone());
        let source = StatementSource {
            pipe: at.pipe.clone(),
            because: Some(because(&statement).into()),
            parliament: Skips::default(),
        };
        resource.metadata.statements.push(statement.sid, source);
        let handle = at.handle::<VpcEndpoint>(&names::id(service, "Endpoint"));
        stack.resources.add(&handle, resource);
    }
}

fn when<T>(holds: bool, values: impl FnOnce() -> Vec<T>) -> Vec<T> {
    if holds { values() } else { Vec::new() }
}

/// Takes TLS from the functions' group and sends nothing of its own accord.
fn endpoint_group(at: &At<'_>) -> SecurityGroup {
    let rule = |description| SecurityRule {
        description,
        ip_protocol: "tcp",
        from_port: 443,
        to_port: 443,
        cidr_ip: None,
        source_security_group_id: None,
    };
    let name = &at.network.name;
    let functions = super::function_security_group(name);
    SecurityGroup {
        group_description: text_of((
            "Endpoints of the network ",
            name,
            ": TLS from its functions",
        )),
        vpc_id: at.vpc(),
        security_group_ingress: vec![SecurityRule {
            source_security_group_id: Some(group_id(&functions)),
            ..rule("TLS from the functions")
        }],
        // A list without rules would become EC2's default, which lets everything out.
        security_group_egress: vec![SecurityRule {
            cidr_ip: Some("127.0.0.1/32"),
            ..rule("Nothing: an endpoint only answers")
        }],
        tags: at.tags("endpoints"),
    }
}

/// What may be asked through the endpoint of `service`: by this account's principals, what the roles of the network's functions
/// allow them. A gateway takes no other principal than everyone, so a condition says whose.
fn statement(stack: &Stack<'_>, at: &At<'_>, service: &str) -> Statement {
    let (mut actions, mut resources) = (Vec::new(), Vec::<Value<Any>>::new());
    for statement in granted(stack, at) {
        let of_service = |it: &&'static str| endpoint_of(it) == service;
        let mut any = false;
        for action in statement.action.iter().copied().filter(|it| of_service(it)) {
            any = true;
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
        if any {
            for resource in &statement.resource {
                if !resources.contains(resource) {
                    resources.push(resource.clone());
                }
            }
        }
    }
    let account = vec![Value::parameter("AWS::AccountId").any()];
    let unused = actions.is_empty();
    actions.sort_unstable();
    // Not in the order of the roles, which their names decide: these need not stand in the policy.
    resources.sort_by_cached_key(|it| serde_json::to_string(it).unwrap_or_default());
    Statement {
        sid: if unused { "Nothing" } else { "WhatIsGranted" }.into(),
        effect: if unused { Effect::Deny } else { Effect::Allow },
        principal: Some(Principal::Everyone(Everyone::Star)),
        action: if unused {
            (&["*"]).into()
        } else {
            actions.into()
        },
        resource: if unused {
            vec![Value::every_resource()]
        } else {
            resources
        },
        condition: if unused {
            Conditions::default()
        } else {
            Conditions::default().with("StringEquals", "aws:PrincipalAccount", account)
        },
    }
}

/// Allowing statements of the roles of the functions in this network.
fn granted<'s>(stack: &'s Stack<'_>, at: &At<'_>) -> Vec<&'s Statement> {
    let functions = stack.pipeline.functions.values();
    let roles: Vec<String> = functions
        .filter(|it| it.network.as_deref() == Some(at.network.name.as_str()))
        .map(|it| names::id(&it.name, "Role"))
        .collect();
    let resources = stack.resources.0.iter();
    let policies = resources.filter_map(|(id, it)| match &it.properties {
        Properties::Role(role) if roles.iter().any(|it| it == id) => Some(&role.policies),
        _ => None,
    });
    policies
        .flatten()
        .flat_map(|it| &it.policy_document.statement)
        .filter(|it| it.effect == Effect::Allow)
        .collect()
}

/// The service of an action, as endpoints call it: a kind's, or one that functions use without a grant.
fn endpoint_of(action: &str) -> &str {
    let service = action.split(':').next().unwrap_or_default();
    let mut services = KindId::ALL.iter().filter_map(|it| it.kind().service);
    match services.find(|it| it.actions == service) {
        Some(it) => it.endpoint,
        None if service == "cloudwatch" => "monitoring",
        None => service,
    }
}

fn because(statement: &Statement) -> &'static str {
    if statement.effect == Effect::Deny {
        return "no function in the network is granted anything of this service";
    }
    "of this account only, and no more than the roles of the network's functions; their own wildcards, with reasons, come along"
}
