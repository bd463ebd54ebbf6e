//! Calls that no run on one machine can make, made up from the template: what a deployment does, what comes in plain HTTP, what AWS
//! itself sends when a mail cannot be delivered.

use pipe_engine::artifacts::{Call, Deployment};
use pipe_engine::iam::Request;
use serde_json::{Value, json};

/// `Sid` of a statement that nothing needs, which must be found.
pub(crate) const SUPERFLUOUS: &str = "ScanTables";

/// Logical id of the role that stands for a person who may do everything.
pub(crate) const ADMINISTRATOR: &str = "AdministratorOfTheTest";

/// The template with a role that may do everything, so that only resources can deny it.
pub(crate) fn with_administrator(template: &Value) -> Value {
    let mut template = template.clone();
    template["Resources"][ADMINISTRATOR] = json!({ "Type": "AWS::IAM::Role", "Properties": {
        "RoleName": ADMINISTRATOR,
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [] },
        "Policies": [{ "PolicyName": "all", "PolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" }] } }],
    } });
    template
}

/// The template with one statement too many, in the role of a function.
pub(crate) fn with_superfluous(template: &Value) -> Value {
    let mut template = template.clone();
    let resources = template["Resources"].as_object_mut().unwrap();
    let mut functions = resources.values();
    let function = functions.find(|it| it["Type"] == "AWS::Lambda::Function");
    let role = function.unwrap()["Properties"]["Role"]["Fn::GetAtt"][0].clone();
    let policy = &mut resources[role.as_str().unwrap()]["Properties"]["Policies"][0];
    let statements = policy["PolicyDocument"]["Statement"].as_array_mut();
    let statement = json!({ "Sid": SUPERFLUOUS, "Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*" });
    statements.unwrap().push(statement);
    template
}

fn by_administrator(deployment: &Deployment, action: &str, resource: &str) -> Call {
    let role = deployment.roles.iter().find(|it| it.name == ADMINISTRATOR);
    let arn = role.unwrap().arn.clone();
    let request = Request::new(action, resource)
        .by("AWS", &arn)
        .with("aws:PrincipalArn", &arn)
        .with("aws:SecureTransport", "true")
        .with("kms:CallerAccount", &deployment.account);
    Call {
        role: Some(arn),
        request,
    }
}

fn by_service(deployment: &Deployment, service: &str, source: &str, call: (&str, &str)) -> Call {
    let request = Request::new(call.0, call.1)
        .by("Service", service)
        .with("aws:SourceArn", source)
        .with("aws:SourceAccount", &deployment.account)
        .with("aws:SecureTransport", "true");
    Call {
        role: None,
        request,
    }
}

/// Calls that must be allowed.
pub(crate) fn allowed(deployment: &Deployment) -> Vec<Call> {
    let mut calls = Vec::new();
    for key in deployment.keys.keys() {
        // Who deploys the stack looks after its key, and lets DynamoDB, Lambda and the like use it by grants.
        calls.push(by_administrator(deployment, "kms:PutKeyPolicy", key));
        let mut grant = by_administrator(deployment, "kms:CreateGrant", key);
        grant.request = grant.request.with("kms:GrantIsForAWSResource", "true");
        calls.push(grant);
        // EventBridge looks at the key when a bus is made.
        for bus in &deployment.buses {
            let look = ("kms:DescribeKey", key.as_str());
            calls.push(by_service(
                deployment,
                "events.amazonaws.com",
                &bus.arn,
                look,
            ));
        }
        // What a topic could not deliver, such as a mail that is refused, which cannot be here.
        for subscription in &deployment.subscriptions {
            let Some(queue) = &subscription.dead_letter_arn else {
                continue;
            };
            for call in [
                ("sqs:SendMessage", queue.as_str()),
                ("kms:GenerateDataKey", key),
            ] {
                let topic = &subscription.topic_arn;
                calls.push(by_service(deployment, "sns.amazonaws.com", topic, call));
            }
        }
    }
    calls
}

/// Calls that must be denied, each by a statement that denies.
pub(crate) fn denied(
    deployment: &Deployment,
    seen: &std::collections::BTreeSet<Call>,
) -> Vec<Call> {
    let mut calls = Vec::new();
    // Over a connection that everybody can read.
    let queues = deployment
        .queues
        .iter()
        .map(|it| ("sqs:SendMessage", it.arn.clone()));
    let topics = deployment
        .topics
        .iter()
        .map(|it| ("sns:Publish", it.arn.clone()));
    let buckets = deployment
        .buckets
        .iter()
        .map(|it| ("s3:GetObject", format!("{}/x", it.arn)));
    for (action, resource) in queues.chain(topics).chain(buckets) {
        let mut call = by_administrator(deployment, action, &resource);
        call.request = call
            .request
            .without("aws:SecureTransport")
            .with("aws:SecureTransport", "false");
        calls.push(call);
    }
    // What Lambda does to join the network, done by the function's code.
    for call in seen
        .iter()
        .filter(|it| it.request.action.starts_with("ec2:"))
    {
        let mut call = call.clone();
        let mut functions = deployment.functions.iter();
        let function = functions.find(|it| Some(&it.role_arn) == call.role.as_ref());
        call.request = call
            .request
            .with("lambda:SourceFunctionArn", &function.unwrap().arn);
        calls.push(call);
    }
    calls
}

/// The use of a key by Lambda or Step Functions, of which AWS does not say whether it names the service that the key is used through.
pub(crate) fn unnamed(call: &Call) -> Option<Call> {
    // The code of a function calls through the service's API, which does name itself.
    if call.request.values("lambda:SourceFunctionArn").is_some() {
        return None;
    }
    let via = call.request.values("kms:ViaService")?.first()?;
    let of_either = via.starts_with("lambda.") || via.starts_with("states.");
    of_either.then(|| Call {
        role: call.role.clone(),
        request: call.request.clone().without("kms:ViaService"),
    })
}
