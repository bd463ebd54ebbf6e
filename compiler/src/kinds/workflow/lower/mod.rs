//! `workflow`: a Standard state machine, its role and log group, and the Pipe that starts it.

mod append;
mod branches;
mod call;
mod condition;
mod effect;
mod ending;
mod exact;
mod json_text;
mod machine;
mod question;
mod record;
mod reserved;
mod state_names;
mod title;
mod value;

use crate::declared::{Declared, Variable, of_kind};
use crate::emit::asl;
use crate::emit::cfn::iam::Role;
use crate::emit::cfn::pipes::{StateMachineParameters, TargetParameters};
use crate::emit::cfn::states::{
    EncryptionConfiguration, LogDestination, LogGroupReference, LoggingConfiguration, StateMachine,
    TracingConfiguration,
};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Id, Sub, Value};
use crate::emit::graph::{self, Part, Picture};
use crate::emit::ordered::Ordered;
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::workflow::KIND;
use crate::kinds::{bucket, bus, key, queue, table, topic};
use crate::lower::grant::{self, Holder, KeyUse, Rights, Through};
use crate::lower::outputs::Outputs;
use crate::lower::policy::{self, Right, Trust};
use crate::lower::{Stack, log_group, names, stream_pipe};
use crate::model::{self, Permission, Verb};

pub(crate) use self::append::sort_fields;
pub(crate) use self::condition::stream_pattern;
pub(crate) use self::exact::EXACT_BELOW;
pub(crate) use self::value::{fields, unsupported_field};

/// The state machine of a workflow.
pub(crate) fn handle(name: &str) -> Handle<StateMachine> {
    Handle::new(names::id(name, "StateMachine"))
}

/// The ARN made of names: functions that start it and functions that it calls come before it.
pub(crate) fn arn_by_name(name: &str) -> Value<Any> {
    names::named(Sub::arn_of("states").text("stateMachine:"), name).done()
}

/// The file with a workflow's definition.
pub(crate) fn file(name: &str) -> String {
    text_of((name, ".asl.json"))
}

impl Declared for model::Workflow {
    of_kind!(KIND);

    /// Adds the state machine and what belongs to it.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let pascal = names::pascal(&self.name);
        let handle = handle(&self.name);
        let log = log_group::add(
            stack,
            text_of((&pascal, "LogGroup")),
            names::named(Sub::default().text("/aws/vendedlogs/states/"), &self.name),
            self.retention_days,
            &pipe,
        );

        let arn = arn_by_name(&self.name);
        let rights = rights(stack, self, &arn);
        let role = Handle::<Role>::new(text_of((&pascal, "Role")));
        let plan = policy::RolePlan {
            description: text_of(("What the workflow ", &self.name, " may do")),
            service: "states.amazonaws.com",
            trust: Trust::For(arn),
            policy_name: "workflow",
            rights,
            condition: None,
            pipe: pipe.clone(),
            actor: text_of(("workflow ", &self.name)).into(),
            asked_by: text_of(("grant ", &self.name)).into(),
            asked_at: stack.grant_at(&self.name, &self.origin),
        };
        policy::add_role(stack, &role, plan);

        let definition = machine::lower(stack.pipeline, self);
        let resource = StateMachine {
            state_machine_name: names::physical(&self.name),
            state_machine_type: "STANDARD",
            role_arn: role.arn(),
            tracing_configuration: TracingConfiguration { enabled: true },
            logging_configuration: LoggingConfiguration {
                level: "ALL",
                include_execution_data: false,
                destinations: vec![LogDestination {
                    cloud_watch_logs_log_group: LogGroupReference {
                        log_group_arn: log.arn(),
                    },
                }],
            },
            encryption_configuration: EncryptionConfiguration {
                kind: "CUSTOMER_MANAGED_KMS_KEY",
                kms_key_id: stack.key().arn(),
                kms_data_key_reuse_period_seconds: 300,
            },
            definition_substitutions: substitutions(stack, &definition),
            definition: definition.clone(),
        };
        let mut resource = Resource::new(resource, pipe);
        resource.metadata.off_because = self
            .unwatched_because
            .as_deref()
            .map(crate::lower::prose::readable);
        if !stack.pipeline.tells_of_failures(&self.name) {
            let because = self.unwatched_because.as_deref();
            let because = because.map_or_else(
                || {
                    "the spec declares no alarm on its failures, and compiling warns of that"
                        .to_owned()
                },
                crate::lower::prose::readable,
            );
            resource = resource.skip("TPL-09", because);
        }
        stack.resources.add(&handle, resource);
        stack.machines.push((self.name.clone(), definition));
        if self.on.is_some() {
            start(stack, self, &handle);
        }
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let arn = handle(&self.name).arn().any();
        let told = text_of(("State machine of ", &self.name));
        outputs.add(&self.name, "StateMachineArn", told, arn);
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        let mut details = vec![text_of(("once for each ", &self.event))];
        if !self.fails.is_empty() {
            details.push(format!("fails {}", self.fails.join(", ")));
        }
        picture.add(
            Part::Workflow,
            KIND.keyword,
            &self.name,
            self.origin,
            details,
        );
        let on = graph::at_line(("on ", &self.event), self.on_origin.line);
        let filter = self.filter.iter();
        let filter = filter.map(|it| format!("where {}", graph::words(it)));
        let label = std::iter::once(on).chain(filter).collect();
        picture.labelled(self.table(), &self.name, label);
    }

    fn report(&self, _: &mut Sections<'_>) {}

    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
        let name = &permission.resource;
        let actions = &["states:StartExecution"];
        // By name and not by reference: a workflow may call the very function that starts it.
        let arn = arn_by_name(name);
        rights.add(grant::one(permission, pipe, "Start", "start", actions, arn));
        if matches!(rights.holder, Holder::Workflow) {
            return;
        }
        let executions = names::named(Sub::arn_of("states").text("execution:"), name).text(":*");
        let compare = Right::new(
            names::sid("Compare", name),
            text_of(("see whether ", name, " was started with the same input")),
            pipe,
            &["states:DescribeExecution"],
            vec![executions.done()],
        )
        .because("an execution's name is known when it is started")
        .found(
            "RESOURCE_MISMATCH",
            "parliament wants an express execution named too; every workflow here is a standard one",
        );
        rights.add(compare);
        rights.key(Through {
            service: "states",
            sid: "UseWorkflowKey",
            what: "the input of executions",
            key: KeyUse::Read,
        });
    }

    fn variable(&self, _: &Stack<'_>, permission: &Permission) -> Option<Variable> {
        let started = permission.verb == Verb::Start;
        started.then(|| ("WORKFLOW", arn_by_name(&self.name)))
    }
}

/// What the placeholders of the definition stand for: `${ProcessFunction}` is that function's ARN, `${PaymentEventsTable}` that
/// table's name, a queue's URL, a topic's ARN, the name of a bus or bucket, a workflow's ARN; those that it uses.
fn substitutions(stack: &Stack<'_>, definition: &asl::StateMachine) -> Ordered<Value<Any>> {
    let pipeline = stack.pipeline;
    let mut known: Vec<(Id, Value<Any>)> = Vec::new();
    for name in pipeline.functions.keys() {
        let function = stack.function(name);
        known.push((function.id.clone(), function.arn().any()));
    }
    for name in pipeline.tables.keys() {
        let table = stack.table(name);
        known.push((table.id.clone(), table.name().any()));
    }
    for name in pipeline.queues.keys() {
        let queue = queue::lower::handle(name);
        known.push((queue.id.clone(), queue.name().any()));
    }
    for name in pipeline.topics.keys() {
        let topic = topic::lower::handle(name);
        known.push((topic.id.clone(), topic.name().any()));
    }
    for name in pipeline.buses.keys() {
        let bus = bus::lower::handle(name);
        known.push((bus.id.clone(), bus.name().any()));
    }
    for name in pipeline.buckets.keys() {
        let bucket = bucket::lower::handle(name);
        known.push((bucket.id.clone(), bucket.name().any()));
    }
    for name in pipeline.workflows.keys() {
        known.push((handle(name).id, arn_by_name(name)));
    }
    let text = serde_json::to_string(definition).unwrap_or_default();
    let mut substitutions = Ordered::default();
    for (id, value) in known {
        if text.contains(&value::placeholder(&id)) {
            substitutions.push(id, value);
        }
    }
    substitutions
}

/// The pipe from the table's stream to the machine. FIRE_AND_FORGET: a pipe cannot wait for a Standard machine.
fn start(stack: &mut Stack<'_>, workflow: &model::Workflow, machine: &Handle<StateMachine>) {
    let pipe = stack.at(&workflow.on_origin);
    let right = Right::new(
        names::sid("Start", &workflow.name),
        text_of(("start ", &workflow.name)),
        &pipe,
        &["states:StartExecution"],
        vec![machine.arn().any()],
    )
    .granted();
    let plan = stream_pipe::Plan {
        name: workflow.name.clone(),
        description: text_of((
            "Starts ",
            &workflow.name,
            " for each ",
            &workflow.event,
            " recorded in ",
            &workflow.table(),
        )),
        table: workflow.table(),
        pattern: condition::pattern(stack.pipeline, workflow),
        target: machine.arn().any(),
        parameters: TargetParameters {
            step_function_state_machine_parameters: Some(StateMachineParameters {
                invocation_type: "FIRE_AND_FORGET",
            }),
            ..TargetParameters::default()
        },
        rights: vec![right],
        dead: "Recorded events did not start their workflow.",
        asked_by: text_of(("`on:` of ", &workflow.name)),
        pipe,
    };
    stream_pipe::add(stack, plan);
}

/// What the grant says, the claim, and what the machine needs to run at all.
fn rights(stack: &Stack<'_>, workflow: &model::Workflow, arn: &Value<Any>) -> Vec<Right> {
    let pipe = stack.grant_at(&workflow.name, &workflow.origin);
    let mut rights = granted(stack, workflow).done(&pipe);
    let key = stack.key().arn().any();
    rights.push(
        Right::new(
            "EncryptExecutions",
            "use the key for its definition and history",
            &pipe,
            &["kms:Decrypt", "kms:GenerateDataKey"],
            vec![key.clone()],
        )
        .when(
            "StringEquals",
            "kms:EncryptionContext:aws:states:stateMachineArn",
            arn.clone(),
        ),
    );
    rights.push(
        Right::new(
            "EncryptExecutionLogs",
            "use the key for its log",
            &pipe,
            &["kms:GenerateDataKey"],
            vec![key],
        )
        .when(
            "StringEquals",
            "kms:EncryptionContext:SourceArn",
            key::lower::log_source(),
        ),
    );
    rights.push(policy::log_delivery(&pipe));
    rights.push(policy::traces(&pipe));
    rights
}

/// The workflow's grant and, where nothing lets it append to the table that starts it, its claim.
fn granted<'s, 'a>(stack: &'s Stack<'a>, workflow: &'s model::Workflow) -> Rights<'s, 'a> {
    let mut rights = Rights::granted(stack, &workflow.name, Holder::Workflow);
    if workflow.on.is_none() {
        return rights;
    }
    rights.key(table::lower::KEY);
    let appends = |it: &Permission| it.verb == Verb::Append && it.resource == workflow.table();
    if !grant::permissions(stack, &workflow.name)
        .iter()
        .any(appends)
    {
        let claim = Right::new(
            names::sid("Claim", workflow.table()),
            text_of((
                "claim events in ",
                &workflow.table(),
                ", so that each starts it once",
            )),
            &stack.at(&workflow.on_origin),
            &["dynamodb:PutItem"],
            vec![stack.table(workflow.table()).arn().any()],
        );
        rights.add(claim.granted());
    }
    rights
}
