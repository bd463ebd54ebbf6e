//! `queue`, and the queues that nobody declares: for what a pipe, a bus, a topic or an asynchronous function could not deliver.

use crate::declared::{Declared, Variable, of_kind};
use crate::emit::cfn::cloudwatch::Dimension;
use crate::emit::cfn::iam::{Conditions, Effect, Everyone, Policy, Principal, Statement};
use crate::emit::cfn::sqs::{Queue, QueuePolicy, RedriveAllowPolicy, RedrivePolicy};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Sub, Value};
use crate::emit::graph::{self, Part, Picture};
use crate::emit::permissions::{Sections, markdown};
use crate::emit::piece::text_of;
use crate::kinds::queue::KIND;
use crate::kinds::{alarm, rule, topic};
use crate::lower::grant::{self, KeyUse, Rights, Through};
use crate::lower::outputs::Outputs;
use crate::lower::policy::{self, Right};
use crate::lower::{Stack, names};
use crate::model::{self, Origin, Permission, Pipeline, Target, Verb};

/// SQS keeps a message for 14 days at most.
const RETENTION_S: u32 = 14 * 24 * 60 * 60;

/// Seconds that SQS uses a data key again before it asks KMS for another.
const DATA_KEY_REUSE_S: u32 = 300;

/// A service that sends into a queue or topic, for these resources of this account.
pub(crate) struct Sender {
    /// Name of the statement: `FromRules`.
    pub(crate) sid: &'static str,
    /// `events.amazonaws.com`
    pub(crate) service: &'static str,
    /// ARNs of those it acts for.
    pub(crate) sources: Vec<Value<Any>>,
}

impl Declared for model::Queue {
    of_kind!(KIND);

    fn inside(&self) -> Option<Origin> {
        Some(self.on.as_ref()?.origin)
    }

    /// Adds a declared queue and its policy.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let handle = handle(&self.name);
        let redrive_policy = self
            .dead_letter
            .as_ref()
            .map(|(name, receives)| RedrivePolicy {
                dead_letter_target_arn: self::handle(name).arn(),
                max_receive_count: *receives,
            });
        let resource = Queue {
            queue_name: physical(self).done(),
            fifo_queue: self.fifo,
            content_based_deduplication: self.fifo && self.dedupe_content,
            visibility_timeout: Some(self.visibility_s),
            message_retention_period: self.retention_s,
            redrive_policy,
            redrive_allow_policy: Some(redrive_allow_policy(stack.pipeline, &self.name)),
            kms_master_key_id: stack.key().arn(),
            kms_data_key_reuse_period_seconds: DATA_KEY_REUSE_S,
        };
        let mut resource = Resource::new(resource, pipe.clone()).on_delete(false);
        resource.metadata.off_because = self
            .unwatched_because
            .as_deref()
            .map(crate::lower::prose::readable);
        if let Some(because) = unwatched(stack.pipeline, self) {
            resource = resource.skip("TPL-09", because);
        }
        stack.resources.add(&handle, resource);
        let senders = senders(stack.pipeline, self);
        add_policy(stack, &handle, senders, pipe);
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let url = Value::parameter(names::id(&self.name, "Queue")).any();
        outputs.add(&self.name, "QueueUrl", text_of(("Queue ", &self.name)), url);
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        let kind = match &self.group {
            Some(group) => format!("FIFO, ordered per {group}"),
            None if self.fifo => "FIFO".to_owned(),
            None => String::new(),
        };
        let mut details: Vec<String> = [kind].into_iter().filter(|it| !it.is_empty()).collect();
        details.push(text_of(("keeps ", self.retention_s / 86_400, " d")));
        if let Some(member) = &self.member {
            let members = picture
                .pipeline
                .queues
                .values()
                .filter_map(|it| it.member.as_ref());
            details.push(graph::providers(members, &member.family));
        }
        picture.add(Part::Queue, KIND.keyword, &self.name, self.origin, details);
        if let Some((dead, receives)) = &self.dead_letter {
            picture.arrow(&self.name, dead, ("after ", receives), self.origin.line);
        }
        if let Some(on) = &self.on {
            picture.arrow(&on.topic, &self.name, "on", on.origin.line);
        }
    }

    fn report(&self, sections: &mut Sections<'_>) {
        let dead = match &self.dead_letter {
            Some((name, receives)) => {
                text_of((", to ", markdown(name), " after ", receives, " receives"))
            }
            None => String::new(),
        };
        sections.add(KIND.keyword, &self.name, self.origin, "Queue", &dead);
        if let Some(because) = &self.unwatched_because {
            let told = "Nobody is told of what arrives here, because \"";
            sections.say((told, markdown(because), "\".\n"));
        }
    }

    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
        rights.add(use_queue(permission, pipe));
        let receives = permission.verb == Verb::Receive;
        rights.key(key(if receives {
            KeyUse::Read
        } else {
            KeyUse::Write
        }));
    }

    fn variable(&self, _: &Stack<'_>, _: &Permission) -> Option<Variable> {
        // `Ref` of a queue is its URL.
        Some(("QUEUE", handle(&self.name).name().any()))
    }
}

/// Why nobody is told of dead letters in it: the spec's reason, or that it has none, of which the checker has warned.
fn unwatched(pipeline: &model::Pipeline, queue: &model::Queue) -> Option<String> {
    let holds_dead_letters = |it: &model::Queue| {
        it.dead_letter
            .as_ref()
            .is_some_and(|(name, _)| *name == queue.name)
    };
    let watched = pipeline.tells_of_dead_letters(&queue.name);
    if watched || !pipeline.queues.values().any(holds_dead_letters) {
        return None;
    }
    let because = queue.unwatched_because.as_deref();
    Some(because.map_or_else(
        || "the spec declares no alarm on its dead letters, and compiling warns of that".to_owned(),
        crate::lower::prose::readable,
    ))
}

/// The queue with this model name.
pub(crate) fn handle(name: &str) -> Handle<Queue> {
    Handle::new(names::id(name, "Queue"))
}

/// The policy of a queue, by which others wait for it.
pub(crate) fn policy_handle(queue: &Handle<Queue>) -> Handle<QueuePolicy> {
    Handle::new(text_of((&queue.id, "Policy")))
}

/// The physical name, with the ending that SQS asks of FIFO queues.
fn physical(queue: &model::Queue) -> Sub {
    let name = names::named(Sub::default(), &queue.name);
    if queue.fifo { name.text(".fifo") } else { name }
}

/// The ARN made of names: a reference would close a circle where two queues name each other.
fn arn_by_name(queue: &model::Queue) -> Value<Any> {
    Sub::arn_of("sqs").followed_by(&physical(queue)).done()
}

/// Only the queues that the spec says may use it as their dead-letter queue.
fn redrive_allow_policy(pipeline: &Pipeline, name: &str) -> RedriveAllowPolicy {
    let sources: Vec<Value<Any>> = pipeline
        .queues
        .values()
        .filter(|it| it.dead_letter.as_ref().is_some_and(|(it, _)| it == name))
        .map(arn_by_name)
        .collect();
    if sources.is_empty() {
        RedriveAllowPolicy::DenyAll
    } else {
        RedriveAllowPolicy::ByQueue(sources)
    }
}

/// Services that send to it without a role of their own.
fn senders(pipeline: &Pipeline, queue: &model::Queue) -> Vec<Sender> {
    let target = Target::Queue(queue.name.clone());
    let rules = rule::lower::sending_to(pipeline, &target);
    let topics = queue
        .on
        .iter()
        .map(|it| topic::lower::arn_by_name(&it.topic))
        .collect();
    let senders = [
        ("FromRules", "events.amazonaws.com", rules),
        ("FromTopic", "sns.amazonaws.com", topics),
    ];
    senders
        .into_iter()
        .filter(|(_, _, sources): &(_, _, Vec<Value<Any>>)| !sources.is_empty())
        .map(|(sid, service, sources)| Sender {
            sid,
            service,
            sources,
        })
        .collect()
}

/// Adds the queue for what `name` could not deliver, its policy and its alarm.
pub(crate) fn undelivered(
    stack: &mut Stack<'_>,
    name: &str,
    what: &str,
    pipe: &SpecLine,
    senders: Vec<Sender>,
) -> Handle<Queue> {
    let handle = undelivered_handle(name);
    let physical = text_of((name, "_undelivered"));
    let queue = Queue {
        queue_name: names::physical(&physical),
        fifo_queue: false,
        content_based_deduplication: false,
        visibility_timeout: None,
        message_retention_period: RETENTION_S,
        redrive_policy: None,
        redrive_allow_policy: Some(RedriveAllowPolicy::DenyAll),
        kms_master_key_id: stack.key().arn(),
        kms_data_key_reuse_period_seconds: DATA_KEY_REUSE_S,
    };
    stack
        .resources
        .add(&handle, Resource::new(queue, pipe.clone()).on_delete(false));
    add_policy(stack, &handle, senders, pipe.clone());

    let dimension = Dimension {
        name: "QueueName",
        value: handle.attribute::<Any>("QueueName"),
    };
    alarm::lower::above_zero(
        stack,
        names::id(name, "UndeliveredAlarm"),
        &physical,
        text_of((what, " The queue's messages say which.")),
        alarm::lower::Metric {
            namespace: "AWS/SQS",
            name: "ApproximateNumberOfMessagesVisible",
            statistic: "Maximum",
            dimension,
        },
        pipe,
    );
    handle
}

/// The queue for what `name` could not deliver.
pub(crate) fn undelivered_handle(name: &str) -> Handle<Queue> {
    Handle::new(names::id(name, "UndeliveredQueue"))
}

fn add_policy(stack: &mut Stack<'_>, queue: &Handle<Queue>, senders: Vec<Sender>, pipe: SpecLine) {
    let mut statements = vec![tls_only(
        &[
            "sqs:SendMessage",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:PurgeQueue",
        ],
        queue.arn().any(),
    )];
    for sender in senders {
        statements.push(sent_by(sender, &["sqs:SendMessage"], queue.arn().any()));
    }
    let policy = QueuePolicy {
        queues: vec![queue.name()],
        policy_document: Policy::new(statements),
    };
    stack
        .resources
        .add(&policy_handle(queue), Resource::new(policy, pipe));
}

/// Nobody may do these without TLS.
pub(crate) fn tls_only(action: &'static [&'static str], resource: Value<Any>) -> Statement {
    Statement {
        sid: "TlsOnly".into(),
        effect: Effect::Deny,
        principal: Some(Principal::Everyone(Everyone::Star)),
        action: action.into(),
        resource: vec![resource],
        condition: Conditions::default().with(
            "Bool",
            "aws:SecureTransport",
            vec![Value::text("false").any()],
        ),
    }
}

/// A service may do this for these resources of this account, and for no other's.
pub(crate) fn sent_by(
    sender: Sender,
    action: &'static [&'static str],
    resource: Value<Any>,
) -> Statement {
    Statement {
        sid: sender.sid.into(),
        effect: Effect::Allow,
        principal: Some(Principal::Service(Value::text(sender.service).any())),
        action: action.into(),
        resource: vec![resource],
        condition: policy::acting_for(sender.sources),
    }
}

/// The key as SQS uses it for a caller.
pub(crate) fn key(key: KeyUse) -> Through {
    Through {
        service: "sqs",
        sid: "UseQueueKey",
        what: "its queues",
        key,
    }
}

fn use_queue(permission: &Permission, pipe: &SpecLine) -> Right {
    let arn = handle(&permission.resource).arn().any();
    if permission.verb == Verb::Receive {
        let actions = &[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
        ];
        grant::one(permission, pipe, "Receive", "receive from", actions, arn)
    } else {
        grant::one(
            permission,
            pipe,
            "Send",
            "send to",
            &["sqs:SendMessage"],
            arn,
        )
    }
}
