//! `function`: a Lambda function with its role, log group and exactly the environment of its grant.

use crate::declared::{Declared, Variable, of_kind};
use crate::emit::cfn::ec2::Tag;
use crate::emit::cfn::iam::Role;
use crate::emit::cfn::lambda::{Code, Environment, Function, LoggingConfig, TracingConfig};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Handle, Sub, Value};
use crate::emit::graph::{self, Part, Picture};
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::function::KIND;
use crate::kinds::network;
use crate::lower::grant::{self, Rights};
use crate::lower::outputs::Outputs;
use crate::lower::policy::{self, Right, Trust};
use crate::lower::{Stack, environment, event_source, log_group, names};
use crate::model::{self, Answer, Origin, Permission, Pipeline, Trigger, Verify};

impl Declared for model::Function {
    of_kind!(KIND);

    fn inside(&self) -> Option<Origin> {
        match &self.trigger {
            Trigger::Topic(on) => Some(on.origin),
            Trigger::Nothing
            | Trigger::Route(_)
            | Trigger::Rules(_)
            | Trigger::Workflows(_)
            | Trigger::Queue { .. }
            | Trigger::Stream { .. } => None,
        }
    }

    /// Adds the function.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let pascal = names::pascal(&self.name);
        let log = log_group::add(
            stack,
            text_of((&pascal, "LogGroup")),
            names::named(Sub::default().text("/aws/lambda/"), &self.name),
            self.retention_days,
            &pipe,
        );

        let mut rights = grant::rights(stack, self);
        rights.push(
            Right::new(
                "WriteLog",
                "write its log",
                &pipe,
                &["logs:CreateLogStream", "logs:PutLogEvents"],
                vec![log.arn().any()],
            )
            .because("the group's ARN ends in `:*`, which stands for its streams"),
        );
        rights.push(policy::traces(&pipe));
        rights.extend(network::lower::rights(self, &pipe));

        let role = add_role(stack, self, rights, &pipe);
        let variables = environment::variables(stack, self);
        let resource = Function {
            function_name: names::physical(&self.name),
            role: role.arn(),
            runtime: "provided.al2023",
            architectures: ["arm64"],
            handler: self.name.clone(),
            code: Code {
                s3_bucket: Value::parameter("HandlerBucket"),
                s3_key: Value::parameter("HandlerKey"),
            },
            memory_size: self.memory_mb,
            timeout: self.timeout_s,
            reserved_concurrent_executions: self.concurrency,
            environment: if variables.is_empty() {
                None
            } else {
                Some(Environment { variables })
            },
            kms_key_arn: stack.key().arn(),
            tracing_config: TracingConfig { mode: "Active" },
            logging_config: LoggingConfig {
                log_format: "JSON",
                log_group: log.name(),
            },
            vpc_config: network::lower::config(stack, self),
            tags: unverified(stack.pipeline, self),
        };
        let handle = stack.function(&self.name);
        let resource = not_met(Resource::new(resource, pipe), self);
        stack.resources.add(&handle, resource);
        event_source::lower(stack, self);
    }

    fn outputs(&self, stack: &Stack<'_>, outputs: &mut Outputs) {
        let value = stack.function(&self.name).name().any();
        outputs.add(
            &self.name,
            "FunctionName",
            text_of(("Function ", &self.name)),
            value,
        );
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        let size = (self.memory_mb, " MB, ", self.timeout_s, " s, ");
        let mut details = vec![text_of((size, self.concurrency, " at once"))];
        let network = self.network.iter();
        details.extend(network.map(|it| text_of(("in the network ", it))));
        if !self.fails.is_empty() {
            details.push(format!("fails {}", self.fails.join(", ")));
        }
        if let Some(member) = &self.member {
            let functions = picture.pipeline.functions.values();
            let members = functions.filter_map(|it| it.member.as_ref());
            details.push(graph::providers(members, &member.family));
        }
        picture.add(Part::Code, KIND.keyword, &self.name, self.origin, details);
        match &self.trigger {
            Trigger::Topic(on) => picture.arrow(&on.topic, &self.name, "on", on.origin.line),
            Trigger::Stream { table, origin, .. } => {
                picture.arrow(table, &self.name, "on", origin.line);
            }
            // Others draw what leads to it: routes, rules, and the grants of workflows and of its own.
            Trigger::Nothing
            | Trigger::Route(_)
            | Trigger::Rules(_)
            | Trigger::Workflows(_)
            | Trigger::Queue { .. } => {}
        }
    }

    fn report(&self, _: &mut Sections<'_>) {}

    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
        let arn = rights.stack.function(&self.name).arn().any();
        let actions = &["lambda:InvokeFunction"];
        rights.add(grant::one(permission, pipe, "Call", "call", actions, arn));
    }

    fn variable(&self, _: &Stack<'_>, _: &Permission) -> Option<Variable> {
        None
    }
}

/// SIG-25: a function that strangers reach is found by its tag in any inventory; the reason is on the route, in the template.
fn unverified(pipeline: &Pipeline, function: &model::Function) -> Vec<Tag> {
    let Trigger::Route(index) = function.trigger else {
        return Vec::new();
    };
    let is_off = |it: &Verify| matches!(it, Verify::Off { .. });
    let route = pipeline.routes.get(index);
    let open = route.is_some_and(|route| match route.verify {
        Verify::PerProvider { .. } => pipeline.providers.values().any(|it| is_off(&it.verify)),
        _ => is_off(&route.verify) && matches!(route.answer, Answer::Handler(_)),
    });
    let tag = Tag {
        key: "pipec:verify",
        value: Value::text("off"),
    };
    open.then_some(tag).into_iter().collect()
}

/// The role of a function, with these rights.
fn add_role(
    stack: &mut Stack<'_>,
    function: &model::Function,
    rights: Vec<Right>,
    pipe: &SpecLine,
) -> Handle<Role> {
    let role = Handle::<Role>::new(names::id(&function.name, "Role"));
    let plan = policy::RolePlan {
        description: text_of(("What the function ", &function.name, " may do")),
        service: "lambda.amazonaws.com",
        trust: Trust::Unsaid,
        policy_name: "function",
        rights,
        condition: None,
        pipe: pipe.clone(),
        actor: text_of(("function ", &function.name)).into(),
        asked_by: text_of(("grant ", &function.name)).into(),
        asked_at: stack.grant_at(&function.name, &function.origin),
    };
    policy::add_role(stack, &role, plan);
    role
}

/// Controls of checkov that a function of a pipeline rightly does not meet.
fn not_met(resource: Resource, function: &model::Function) -> Resource {
    let dead_letters = match &function.trigger {
        Trigger::Route(_) => "a caller that waits is answered, and sends again what was not taken",
        Trigger::Workflows(_) | Trigger::Nothing => {
            "a workflow that waits hears of the failure and deals with it"
        }
        Trigger::Queue { .. } => {
            "what fails stays in its queue, and goes from there to the dead letters"
        }
        Trigger::Stream { .. } => "its mapping has the queue for what cannot be processed",
        Trigger::Topic(_) | Trigger::Rules(_) => {
            "its invoke configuration has the queue for what fails, which says more than a dead-letter queue"
        }
    };
    let resource = resource.skip("CKV_AWS_116", dead_letters);
    if function.network.is_some() {
        return resource;
    }
    resource.skip("CKV_AWS_117", "it reaches AWS by TLS with its own role and nothing reaches it; a network is a word in the spec, and has its price")
}
