//! `route`: a REST API per stage, with its path, method, throttle, logs and the permission to call the handler.

use crate::declared::{Declared, granted_to_nobody, of_kind};
use crate::emit::cfn::apigateway::{
    AccessLog, Account, Deployment, EndpointConfiguration, GatewayResponse, Integration, Method,
    MethodSetting, PathPart, RestApi, Stage,
};
use crate::emit::cfn::iam::Role;
use crate::emit::cfn::lambda::Permission;
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Id, Sub, Text, Value};
use crate::emit::graph::{self, Part, Picture};
use crate::emit::ordered::Ordered;
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::route::KIND;
use crate::lower::outputs::Outputs;
use crate::lower::policy::{self, Right, Trust};
use crate::lower::prose::{proven, readable};
use crate::lower::{Stack, function_url, log_group, names};
use crate::model::{ExecutionLog, Pipeline, Route, Verify};
use std::collections::BTreeMap;

/// The condition that makes the account's execution-log role.
pub(crate) const LOG_ROLE_CONDITION: &str = "CreateApiGatewayLogRole";

/// The account's settings, made under that condition.
const ACCOUNT: &str = "ApiGatewayAccount";

/// What the resources of an API with a few routes take as JSON.
const CONTENT_BYTES: usize = 4096;

/// API Gateway hangs up after this.
const TIMEOUT_MS: u32 = 29_000;

/// One access-log line: who asked, what became of it, how long it took, and what the integration said when it failed.
const ACCESS_LOG: &str = concat!(
    r#"{"request_id":"$context.requestId","trace_id":"$context.xrayTraceId","time":"$context.requestTime","#,
    r#""ip":"$context.identity.sourceIp","method":"$context.httpMethod","path":"$context.path","#,
    r#""protocol":"$context.protocol","status":"$context.status","latency_ms":"$context.responseLatency","#,
    r#""integration_latency_ms":"$context.integrationLatency","integration_status":"$context.integrationStatus","#,
    r#""integration_error":"$context.integrationErrorMessage","error":"$context.error.message","#,
    r#""bytes":"$context.responseLength","user_agent":"$context.identity.userAgent"}"#,
);

impl Declared for Route {
    of_kind!(KIND);

    fn lower<'a>(&'a self, _: &mut Stack<'a>) {}

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let told = text_of(("URL of ", &self.method, " ", &self.path));
        outputs.push(url_output(self), told, url(self));
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        let verified = match &self.verify {
            Verify::Scheme { scheme, .. } => text_of(("verified: ", scheme)),
            Verify::PerProvider { .. } => "verified: as the provider declares".to_owned(),
            Verify::Off { .. } => "NOT VERIFIED".to_owned(),
        };
        let mut details = vec![verified];
        if let Some(key) = &self.auth {
            details.push(format!("with a key of {key}"));
        }
        if self.via.is_none() {
            details.push(text_of((self.rate_per_s, "/s, burst ", self.burst)));
        }
        picture.add(
            Part::Entry,
            KIND.keyword,
            &graph::route_id(self),
            self.origin,
            details,
        );
        let word = if self.via.is_some() { "url" } else { "handler" };
        if let Some(function) = self.via.as_deref().or(self.handler()) {
            picture.arrow(&graph::route_id(self), function, word, self.origin.line);
        }
    }

    fn report(&self, _: &mut Sections<'_>) {}

    granted_to_nobody!();
}

/// Adds the API of every stage.
pub(crate) fn lower(stack: &mut Stack<'_>) {
    let mut stages: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    // A route with a function URL of its own is no part of the API.
    for route in stack.pipeline.routes.iter().filter(|it| it.via.is_none()) {
        stages.entry(&route.stage).or_default().push(route);
    }
    if stages.is_empty() {
        return;
    }
    let first_api = stages.keys().next().map(|it| api_handle(it).id);
    log_role(stack, first_api.unwrap_or_default());
    for (stage, routes) in stages {
        api(stack, stage, &routes);
    }
}

/// The API of a stage.
pub(crate) fn api_handle(stage: &str) -> Handle<RestApi> {
    Handle::new(names::id(stage, "Api"))
}

/// The API's physical name, which its metrics carry.
pub(crate) fn api_name(pipeline: &Pipeline, stage: &str) -> Sub {
    names::named(Sub::default(), &text_of((&pipeline.name, "_", stage)))
}

/// Where a stage's routes are reached: without the path, and without a slash at the end.
pub(crate) fn base_url(stage: &str) -> Sub {
    Sub::default()
        .text("https://")
        .name(&api_handle(stage))
        .text(".execute-api.")
        .parameter("AWS::Region")
        .text(".")
        .parameter("AWS::URLSuffix")
        .text("/")
        .text(stage)
}

/// The output with the URL of a route: `V1PostWebhooksUrl`.
pub(crate) fn url_output(route: &Route) -> String {
    text_of((names::pascal(&route.stage), operation(route), "Url"))
}

/// `PostWebhooks`
fn operation(route: &Route) -> String {
    let method = names::pascal(&route.method.to_ascii_lowercase());
    format!("{method}{}", names::path_pascal(&route.path))
}

fn api(stack: &mut Stack<'_>, stage: &str, routes: &[&Route]) {
    let Some(first) = routes.first() else { return };
    let pipe = stack.at(&first.origin);
    let pascal = names::pascal(stage);
    let handle = api_handle(stage);
    let pipeline = stack.pipeline.name.clone();
    let begin = stack.resources.0.len();
    let rest_api = RestApi {
        name: api_name(stack.pipeline, stage).done(),
        endpoint_configuration: EndpointConfiguration {
            types: vec!["REGIONAL"],
        },
        // Every body passes as bytes: a signature is over bytes, and a text conversion would break it.
        binary_media_types: vec!["*/*"],
    };
    stack
        .resources
        .add(&handle, Resource::new(rest_api, pipe.clone()));
    not_found(stack, &pascal, &handle, &pipe);
    paths(stack, stage, &handle, routes);
    let methods: Vec<Id> = routes
        .iter()
        .map(|route| method(stack, stage, &handle, route))
        .collect();

    // A deployment is a snapshot, so a changed API needs another one: the id carries the hash of what it holds. Lines of
    // the spec are no part of that.
    let mut content = Vec::with_capacity(CONTENT_BYTES);
    for (id, resource) in stack.resources.0.iter().skip(begin) {
        content.extend_from_slice(id.as_bytes());
        // Our types have text keys and finite numbers, and a list of bytes takes them all.
        let _ = serde_json::to_writer(&mut content, &resource.properties);
    }
    let deployment =
        Handle::<Deployment>::new(format!("{pascal}Deployment{}", names::hash(&content, 10)));
    let mut after = methods;
    after.push(text_of((&pascal, "NotFoundResponse")).into());
    let resource = Deployment {
        rest_api_id: handle.name(),
        description: text_of(("Routes of ", &pipeline)),
    };
    stack.resources.add(
        &deployment,
        Resource::new(resource, pipe.clone()).after(after),
    );

    let access = log_group::add(
        stack,
        text_of((&pascal, "AccessLogGroup")),
        names::named(
            Sub::default().text("/aws/apigateway/"),
            &text_of((&pipeline, "_", stage)),
        ),
        stack.pipeline.retention_days,
        &pipe,
    );
    let execution = log_group::add(
        stack,
        text_of((&pascal, "ExecutionLogGroup")),
        Sub::default()
            .text("API-Gateway-Execution-Logs_")
            .name(&handle)
            .text("/")
            .text(stage),
        stack.pipeline.retention_days,
        &pipe,
    );
    let resource = Stage {
        rest_api_id: handle.name(),
        deployment_id: deployment.name(),
        stage_name: stage.to_owned(),
        description: execution_log_role(),
        tracing_enabled: true,
        access_log_setting: AccessLog {
            destination_arn: access.arn(),
            format: ACCESS_LOG.to_owned(),
        },
        method_settings: routes.iter().map(|it| setting(it)).collect(),
    };
    let stage_handle = Handle::<Stage>::new(text_of((&pascal, "Stage")));
    // Without the declared group API Gateway would make its own, unencrypted and kept for ever.
    let resource = Resource::new(resource, pipe).after(vec![execution.id]);
    let resource = resource.skip(
        "CKV_AWS_120",
        "every request is another webhook: an answer from a cache would leave one unrecorded",
    );
    stack.resources.add(&stage_handle, resource);
}

fn not_found(stack: &mut Stack<'_>, pascal: &str, api: &Handle<RestApi>, pipe: &SpecLine) {
    let response = GatewayResponse {
        rest_api_id: api.name(),
        // What API Gateway says, with 403, to a path or method that does not exist.
        response_type: "MISSING_AUTHENTICATION_TOKEN",
        status_code: "404",
        response_templates: Ordered::default()
            .with("application/json", r#"{"message":"not found"}"#),
    };
    let handle = Handle::<GatewayResponse>::new(text_of((&pascal, "NotFoundResponse")));
    stack
        .resources
        .add(&handle, Resource::new(response, pipe.clone()));
}

/// `/a/b` of stage `v1` to the handle of its last segment.
fn path_handle(stage: &str, path: &str) -> Handle<PathPart> {
    Handle::new(format!(
        "{}{}Path",
        names::pascal(stage),
        names::path_pascal(path)
    ))
}

/// The paths of the routes, each segment once.
fn paths(stack: &mut Stack<'_>, stage: &str, api: &Handle<RestApi>, routes: &[&Route]) {
    let mut made: BTreeMap<String, ()> = BTreeMap::new();
    for route in routes {
        let mut path = String::new();
        for segment in route.path.split('/').filter(|it| !it.is_empty()) {
            let parent = if path.is_empty() {
                api.attribute::<Any>("RootResourceId")
            } else {
                path_handle(stage, &path).name().any()
            };
            path = text_of((path, "/", segment));
            if made.insert(path.clone(), ()).is_none() {
                let part = PathPart {
                    rest_api_id: api.name(),
                    parent_id: parent,
                    segment: segment.to_owned(),
                };
                let resource = Resource::new(part, stack.at(&route.origin));
                stack.resources.add(&path_handle(stage, &path), resource);
            }
        }
    }
}

/// Adds the method and the permission to call its function; gives the method's logical id.
fn method(stack: &mut Stack<'_>, stage: &str, api: &Handle<RestApi>, route: &Route) -> Id {
    let pipe = stack.at(&route.origin);
    let id = names::pascal(stage) + &operation(route);
    let function = stack.function(route.handler().unwrap_or_default());
    let uri = Sub::default()
        .text("arn:")
        .parameter("AWS::Partition")
        .text(":apigateway:")
        .parameter("AWS::Region")
        .text(":lambda:path/2015-03-31/functions/")
        .arn(&function)
        .text("/invocations");
    let resource_id = if route.path.trim_matches('/').is_empty() {
        api.attribute("RootResourceId")
    } else {
        path_handle(stage, &route.path).name().any()
    };
    let method = Method {
        rest_api_id: api.name(),
        resource_id,
        http_method: route.method.clone(),
        authorization_type: "NONE",
        api_key_required: route.auth.is_some(),
        integration: Integration {
            kind: "AWS_PROXY",
            integration_http_method: "POST",
            uri: uri.done(),
            timeout_in_millis: TIMEOUT_MS,
        },
    };
    let handle = Handle::<Method>::new(text_of((&id, "Method")));
    let mut resource = Resource::new(method, pipe.clone());
    if let Verify::Off { because, .. } = &route.verify {
        resource.metadata.off_because = Some(readable(because));
    }
    if route.auth.is_none() {
        resource = resource.skip("CKV_AWS_59", open(stack.pipeline, route));
    }
    stack.resources.add(&handle, resource);

    let source = Sub::arn_of("execute-api")
        .name(api)
        .text("/")
        .text(stage)
        .text("/")
        .text(&route.method);
    let permission = Permission {
        action: "lambda:InvokeFunction",
        function_name: function.arn(),
        principal: "apigateway.amazonaws.com",
        source_arn: source.text(&any_parameter(&route.path)).done(),
        source_account: Value::parameter("AWS::AccountId"),
    };
    let permission_handle = Handle::<Permission>::new(text_of((&id, "Permission")));
    stack
        .resources
        .add(&permission_handle, Resource::new(permission, pipe));
    handle.id
}

/// Providers cannot send credentials of AWS: what the function verifies stands in their place.
fn open(pipeline: &Pipeline, route: &Route) -> String {
    let proven = proven(pipeline, &route.verify, readable);
    match &route.verify {
        Verify::Off { .. } => proven,
        Verify::Scheme { .. } | Verify::PerProvider { .. } => {
            text_of(("the function verifies ", proven))
        }
    }
}

/// `/webhooks/{provider}` to `/webhooks/*`, as API Gateway names the method that it calls a function for.
fn any_parameter(path: &str) -> String {
    let segment = |it: &str| {
        if it.starts_with('{') {
            "*".to_owned()
        } else {
            it.to_owned()
        }
    };
    let segments: Vec<String> = path.split('/').map(segment).collect();
    segments.join("/")
}

fn setting(route: &Route) -> MethodSetting {
    MethodSetting {
        // AWS: "AWS::ApiGateway::Stage MethodSetting": the slashes of a path are written `~1`, its first one too, and `/` stands in front.
        resource_path: format!("/{}", route.path.trim_end_matches('/').replace('/', "~1")),
        http_method: route.method.clone(),
        logging_level: match route.execution_log {
            ExecutionLog::Error => "ERROR",
            ExecutionLog::Info => "INFO",
        },
        data_trace_enabled: false,
        metrics_enabled: true,
        throttling_rate_limit: route.rate_per_s,
        throttling_burst_limit: route.burst,
    }
}

/// A stage cannot log before the account has its role, and `DependsOn` cannot name what a condition may leave out; a
/// reference can.
fn execution_log_role() -> Value<Text> {
    let account = Handle::<Account>::new(ACCOUNT);
    let made = Sub::default()
        .text("Writes its execution log with the role that this stack made, ")
        .name(&account);
    made.done::<Text>().when(
        LOG_ROLE_CONDITION,
        Value::text("Writes its execution log with the role that the account had"),
    )
}

/// The role with which API Gateway writes execution logs: one per account and region, so a parameter says whether to make it.
fn log_role(stack: &mut Stack<'_>, first_api: Id) {
    let pipe = stack
        .pipeline
        .routes
        .first()
        .map(|it| stack.at(&it.origin))
        .unwrap_or_default();
    let rights = log_role_rights(&pipe);
    let role = Handle::<Role>::new("ApiGatewayLogRoleForAccount");
    // Which of its two kinds of ARN API Gateway gives here is not documented, nor that it gives one.
    let control: Value<Any> = Sub::default()
        .text("arn:")
        .parameter("AWS::Partition")
        .text(":apigateway:")
        .parameter("AWS::Region")
        .text("::/*")
        .done();
    let apis = vec![control, Sub::arn_of("execute-api").text("*").done()];
    let plan = policy::RolePlan {
        description: "Lets API Gateway write execution logs in this account and region".to_owned(),
        service: "apigateway.amazonaws.com",
        trust: Trust::IfSaid(apis),
        policy_name: "logs",
        rights,
        condition: Some(LOG_ROLE_CONDITION),
        pipe: pipe.clone(),
        actor: "API Gateway, for every API of the account".into(),
        asked_by: "the routes".into(),
        asked_at: pipe.clone(),
    };
    policy::add_role(stack, &role, plan);
    let account = Handle::<Account>::new(ACCOUNT);
    let resource = Resource::new(
        Account {
            cloud_watch_role_arn: role.arn(),
        },
        pipe,
    )
    .when(LOG_ROLE_CONDITION)
    // In an account that never had an API, this setting exists only after the first one.
    .after(vec![first_api]);
    stack.resources.add(&account, resource);
}

fn log_role_rights(pipe: &SpecLine) -> Vec<Right> {
    let groups: Value<Any> = Sub::arn_of("logs").text("log-group:*").done();
    let write = Right::new(
        "WriteApiLogs",
        "write the logs of API Gateway",
        pipe,
        &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "logs:GetLogEvents",
            "logs:FilterLogEvents",
        ],
        vec![groups],
    )
    .because("AWS keeps one such role per account and region, so it serves APIs that this stack does not know");
    let find = policy::unscoped(
        "FindLogGroups",
        "find the log groups of API Gateway",
        pipe,
        &["logs:DescribeLogGroups"],
        "setting up log delivery lists the groups, which is an action without a resource",
    );
    vec![write, find]
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
        None => base_url(&route.stage).text(&route.path).done(),
    }
}
