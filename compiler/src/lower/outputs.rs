//! What a person wants to know after a deployment: addresses, names, ARNs. Never a secret, not even a key of a caller.

use std::borrow::Cow;

use crate::emit::cfn::template::Output;
use crate::emit::cfn::value::{Any, Id, Sub, Value};
use crate::emit::ordered::Ordered;
use crate::emit::piece::text_of;
use crate::model::{ParameterSource, Pipeline, Route};

use super::{
    Stack, api_key, bucket, dashboard, function_url, metric, names, network, route, workflow,
};

/// The outputs, what comes in first.
pub(crate) fn outputs(stack: &Stack<'_>) -> Ordered<Output> {
    let pipeline = stack.pipeline;
    // Each field is named, so that nobody forgets to say what is known of a new kind: rustc asks for it.
    let Pipeline {
        workflows,
        functions,
        networks,
        dashboards,
        // The routes and their callers' keys, channels and stores are below; the others have nothing to look up.
        name: _,
        file: _,
        doc: _,
        key: _,
        secrets: _,
        parameters: _,
        providers: _,
        api_keys: _,
        events: _,
        types: _,
        errors: _,
        tables: _,
        queues: _,
        topics: _,
        buses: _,
        rules: _,
        buckets: _,
        routes: _,
        retries: _,
        alarms: _,
        grants: _,
    } = pipeline;
    let mut outputs = Outputs(Ordered::default());
    api(stack, &mut outputs);
    channels(stack, &mut outputs);
    stores(stack, &mut outputs);
    for name in workflows.keys() {
        let arn = workflow::handle(name).arn().any();
        outputs.add(
            name,
            "StateMachineArn",
            text_of(("State machine of ", name)),
            arn,
        );
    }
    for name in functions.keys() {
        let value = stack.function(name).name().any();
        outputs.add(name, "FunctionName", text_of(("Function ", name)), value);
    }
    for name in networks.keys() {
        let value = network::vpc(name).name().any();
        outputs.add(name, "VpcId", text_of(("Network ", name)), value);
    }
    for name in dashboards.keys() {
        let value = Sub::default()
            .text("https://")
            .parameter("AWS::Region")
            .text(".console.aws.amazon.com/cloudwatch/home?region=")
            .parameter("AWS::Region")
            .text("#dashboards:name=")
            .name(&dashboard::handle(name))
            .done();
        outputs.add(name, "DashboardUrl", text_of(("Dashboard ", name)), value);
    }
    let key = stack.key();
    outputs.push(
        "KeyId",
        "Key of everything that is stored",
        key.name().any(),
    );
    outputs.push("KeyArn", "ARN of that key", key.arn().any());
    outputs.0
}

struct Outputs(Ordered<Output>);

impl Outputs {
    /// An output of a declaration: its name in PascalCase, then what of it.
    fn add(&mut self, declared: &str, part: &str, description: String, value: Value<Any>) {
        self.push(names::id(declared, part), description, value);
    }

    fn push(
        &mut self,
        name: impl Into<Id>,
        description: impl Into<Cow<'static, str>>,
        value: Value<Any>,
    ) {
        let description = description.into();
        self.0.push(name, Output { description, value });
    }
}

/// Addresses of the routes, and identifiers of callers' keys.
fn api(stack: &Stack<'_>, outputs: &mut Outputs) {
    let pipeline = stack.pipeline;
    let in_api = pipeline.routes.iter().filter(|it| it.via.is_none());
    let mut stages: Vec<&str> = in_api.map(|it| it.stage.as_str()).collect();
    stages.sort_unstable();
    stages.dedup();
    for (index, stage) in stages.iter().enumerate() {
        // The usual pipeline has one stage, and its users look for this name.
        let name = if index == 0 {
            "ApiEndpoint".to_owned()
        } else {
            names::id(stage, "ApiEndpoint")
        };
        let description = text_of(("Base URL of the routes of stage ", stage));
        outputs.push(name, description, route::base_url(stage).done());
    }
    for route in &pipeline.routes {
        let description = text_of(("URL of ", &route.method, " ", &route.path));
        outputs.push(route::url_output(route), description, url(route));
    }
    for name in pipeline.api_keys.keys() {
        let description = text_of((
            "Id of the key of ",
            name,
            "; its value: aws apigateway get-api-key --include-value",
        ));
        outputs.add(
            name,
            "ApiKeyId",
            description,
            api_key::handle(name).name().any(),
        );
    }
}

fn url(route: &Route) -> Value<Any> {
    match &route.via {
        // A function's URL ends in a slash.
        Some(function) => Sub::default()
            .parameter(&format!(
                "{}.FunctionUrl",
                function_url::handle(function).id
            ))
            .text(route.path.trim_start_matches('/'))
            .done(),
        None => route::base_url(&route.stage).text(&route.path).done(),
    }
}

/// Queues, topics and buses.
fn channels(stack: &Stack<'_>, outputs: &mut Outputs) {
    let pipeline = stack.pipeline;
    for name in pipeline.queues.keys() {
        let id = names::id(name, "Queue");
        let url = Value::parameter(id).any();
        outputs.add(name, "QueueUrl", text_of(("Queue ", name)), url);
    }
    for name in pipeline.topics.keys() {
        let arn = Value::parameter(metric::topic_id(name)).any();
        outputs.add(name, "TopicArn", text_of(("Topic ", name)), arn);
    }
    for name in pipeline.buses.keys() {
        let id = metric::bus_id(name);
        let arn = Value::attribute_of(id.clone(), "Arn");
        let value = Value::parameter(id).any();
        outputs.add(name, "BusName", text_of(("Bus ", name)), value);
        outputs.add(name, "BusArn", text_of(("ARN of the bus ", name)), arn);
    }
}

/// Tables, buckets and the parameters that the stack makes.
fn stores(stack: &Stack<'_>, outputs: &mut Outputs) {
    let pipeline = stack.pipeline;
    for name in pipeline.tables.keys() {
        let value = stack.table(name).name().any();
        outputs.add(name, "TableName", text_of(("Table ", name)), value);
    }
    for name in pipeline.buckets.keys() {
        let value = bucket::handle(name).name().any();
        outputs.add(name, "BucketName", text_of(("Bucket ", name)), value);
    }
    for parameter in pipeline.parameters.values() {
        if matches!(parameter.source, ParameterSource::Value(_)) {
            let name = &parameter.name;
            // `Ref` of a parameter is its name.
            let value = Value::parameter(names::pascal(name) + "Parameter").any();
            outputs.add(name, "ParameterName", text_of(("Parameter ", name)), value);
        }
    }
}
