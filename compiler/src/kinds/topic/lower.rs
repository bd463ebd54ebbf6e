//! `topic`: a topic in SNS with its subscriptions, and who may publish without a role.

use crate::declared::{Declared, Variable, of_kind};
use crate::emit::cfn::iam::Policy;
use crate::emit::cfn::lambda::Permission;
use crate::emit::cfn::sns::{RedrivePolicy, Subscription, Topic, TopicPolicy};
use crate::emit::cfn::template::{Properties, Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Id, Sub, Value};
use crate::emit::graph::{Part, Picture};
use crate::emit::pattern::{Match, Pattern};
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::queue::lower::Sender;
use crate::kinds::topic::KIND;
use crate::kinds::{param, queue, rule};
use crate::lower::grant::{self, KeyUse, Rights, Through};
use crate::lower::outputs::Outputs;
use crate::lower::{Stack, metric, names, pattern};
use crate::model::{self, Condition, Pipeline, Target, Trigger, Type};

/// A subscription to be.
struct Plan<'a> {
    /// Logical id without its ending.
    id: String,
    protocol: &'static str,
    endpoint: Value<Any>,
    filter: Option<&'a Condition>,
    /// The event that the subscriber reads, where it reads one.
    event: Option<&'a str>,
    /// Logical ids of what lets the message in.
    after: Vec<Id>,
    pipe: SpecLine,
}

impl Declared for model::Topic {
    of_kind!(KIND);

    /// Adds the topic, its subscriptions and the queue for what they could not deliver.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let handle = handle(&self.name);
        let resource = Topic {
            topic_name: names::physical(&self.name),
            display_name: self.display.clone(),
            kms_master_key_id: stack.key().arn(),
        };
        stack
            .resources
            .add(&handle, Resource::new(resource, pipe.clone()));
        let plans = plans(stack, self);
        if plans.is_empty() {
            return;
        }
        let senders = vec![Sender {
            sid: "FromTopic",
            service: "sns.amazonaws.com",
            sources: vec![arn_by_name(&self.name)],
        }];
        let undelivered = queue::lower::undelivered(
            stack,
            &self.name,
            &text_of(("Messages of ", &self.name, " did not reach a subscriber.")),
            &pipe,
            senders,
        );
        for plan in plans {
            let (filter_policy_scope, filter_policy) = filter(self, &plan);
            let mut after = plan.after;
            after.push(queue::lower::policy_handle(&undelivered).id);
            let subscription = Subscription {
                topic_arn: handle.arn(),
                protocol: plan.protocol,
                endpoint: plan.endpoint,
                raw_message_delivery: (plan.protocol == "sqs").then_some(true),
                filter_policy_scope,
                filter_policy,
                redrive_policy: RedrivePolicy {
                    dead_letter_target_arn: undelivered.arn(),
                },
            };
            let id = Handle::<Subscription>::new(text_of((&plan.id, "Subscription")));
            let resource = Resource::new(subscription, plan.pipe).after(after);
            stack.resources.add(&id, resource);
        }
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let arn = Value::parameter(metric::topic_id(&self.name)).any();
        outputs.add(&self.name, "TopicArn", text_of(("Topic ", &self.name)), arn);
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        let mut details = self.holds.clone();
        details.extend(self.email.iter().map(|_| "e-mail".to_owned()));
        picture.add(Part::Topic, KIND.keyword, &self.name, self.origin, details);
    }

    fn report(&self, sections: &mut Sections<'_>) {
        sections.add(KIND.keyword, &self.name, self.origin, "Topic", "");
        if let Some(address) = &self.email {
            let parameter = names::pascal(address);
            let whoever = "Whoever has the address in the template parameter `";
            sections.say((whoever, parameter, "` reads what is sent.\n"));
        }
    }

    fn granted(
        &self,
        permission: &model::Permission,
        pipe: &SpecLine,
        rights: &mut Rights<'_, '_>,
    ) {
        let arn = handle(&self.name).arn().any();
        let actions = &["sns:Publish"];
        rights.add(grant::one(
            permission, pipe, "Send", "send to", actions, arn,
        ));
        rights.key(Through {
            service: "sns",
            sid: "UseTopicKey",
            what: "its topics",
            key: KeyUse::Write,
        });
    }

    fn variable(&self, _: &Stack<'_>, _: &model::Permission) -> Option<Variable> {
        Some(("TOPIC", handle(&self.name).arn().any()))
    }
}

/// The topic with this name.
pub(crate) fn handle(name: &str) -> Handle<Topic> {
    Handle::new(names::id(name, "Topic"))
}

/// The ARN made of names, for policies that come before the topic.
pub(crate) fn arn_by_name(name: &str) -> Value<Any> {
    names::named(Sub::arn_of("sns"), name).done()
}

/// Every subscriber of the topic: the address, queues, functions.
fn plans<'a>(stack: &mut Stack<'a>, topic: &'a model::Topic) -> Vec<Plan<'a>> {
    let pipeline = stack.pipeline;
    let mut plans = Vec::new();
    let pascal = names::pascal(&topic.name);
    if let Some(parameter) = &topic.email {
        plans.push(Plan {
            id: text_of((&pascal, "Email")),
            protocol: "email",
            endpoint: param::lower::deploy_value(parameter).any(),
            filter: None,
            event: None,
            after: Vec::new(),
            pipe: stack.at(&topic.origin),
        });
    }
    for queue in pipeline.queues.values() {
        let Some(on) = queue.on.as_ref().filter(|it| it.topic == topic.name) else {
            continue;
        };
        let handle = queue::lower::handle(&queue.name);
        plans.push(Plan {
            id: names::id(&queue.name, "Queue"),
            protocol: "sqs",
            endpoint: handle.arn().any(),
            filter: on.filter.as_ref(),
            event: consumed(pipeline, &queue.name),
            after: vec![queue::lower::policy_handle(&handle).id],
            pipe: stack.at(&on.origin),
        });
    }
    for function in pipeline.functions.values() {
        let Trigger::Topic(on) = &function.trigger else {
            continue;
        };
        if on.topic != topic.name {
            continue;
        }
        let pipe = stack.at(&on.origin);
        let pascal = names::pascal(&function.name);
        let permission = Permission {
            action: "lambda:InvokeFunction",
            function_name: stack.function(&function.name).arn(),
            principal: "sns.amazonaws.com",
            source_arn: arn_by_name(&topic.name),
            source_account: Value::parameter("AWS::AccountId"),
        };
        let id = Handle::<Permission>::new(text_of((&pascal, "TopicPermission")));
        stack
            .resources
            .add(&id, Resource::new(permission, pipe.clone()));
        plans.push(Plan {
            id: text_of((&pascal, "Function")),
            protocol: "lambda",
            endpoint: stack.function(&function.name).arn().any(),
            filter: on.filter.as_ref(),
            event: named_event(&function.input),
            after: vec![id.id],
            pipe,
        });
    }
    plans
}

/// True where somebody is subscribed by the spec.
pub(crate) fn has_subscriptions(pipeline: &Pipeline, topic: &str) -> bool {
    let address = pipeline.topics.get(topic).and_then(|it| it.email.as_ref());
    let mut queues = pipeline.queues.values().filter_map(|it| it.on.as_ref());
    let mut functions = pipeline.functions.values();
    address.is_some()
        || queues.any(|it| it.topic == topic)
        || functions.any(|it| matches!(&it.trigger, Trigger::Topic(on) if on.topic == topic))
}

/// The event that the consumer of a queue reads.
fn consumed<'a>(pipeline: &'a Pipeline, queue: &str) -> Option<&'a str> {
    let mut consumers = pipeline.functions.values();
    let consumer =
        consumers.find(|it| matches!(&it.trigger, Trigger::Queue { queue: it, .. } if it == queue));
    consumer.and_then(|it| named_event(&it.input))
}

fn named_event(ty: &Type) -> Option<&str> {
    match ty {
        Type::Event(name) => Some(name),
        _ => None,
    }
}

/// `where` looks into the message. Without one, a subscriber of one event among several looks at the attribute that names it.
fn filter(topic: &model::Topic, plan: &Plan<'_>) -> (Option<&'static str>, Option<Pattern>) {
    if let Some(condition) = plan.filter {
        // `refusals` has shown what cannot be said.
        let pattern = pattern::pattern(pattern::SNS, condition).unwrap_or_default();
        return (Some("MessageBody"), Some(pattern));
    }
    match plan.event {
        Some(event) if topic.holds.len() > 1 => {
            let mut pattern = Pattern::default();
            pattern
                .fields
                .push("event", vec![Match::Text(event.to_owned())]);
            (Some("MessageAttributes"), Some(pattern))
        }
        _ => (None, None),
    }
}

/// Adds the policies of all topics: last, when every alarm is known.
pub(crate) fn policies(stack: &mut Stack<'_>) {
    for topic in stack.pipeline.topics.values() {
        let pipe = stack.at(&topic.origin);
        let handle = handle(&topic.name);
        let resource = handle.arn().any();
        let mut statements = vec![queue::lower::tls_only(&["sns:Publish"], resource.clone())];
        let rules = rule::lower::sending_to(stack.pipeline, &Target::Topic(topic.name.clone()));
        let alarms = alarms_telling(stack, &handle);
        for (sid, service, sources) in [
            ("FromRules", "events.amazonaws.com", rules),
            ("FromAlarms", "cloudwatch.amazonaws.com", alarms),
        ] {
            if !sources.is_empty() {
                let sender = Sender {
                    sid,
                    service,
                    sources,
                };
                statements.push(queue::lower::sent_by(
                    sender,
                    &["sns:Publish"],
                    resource.clone(),
                ));
            }
        }
        let policy = TopicPolicy {
            topics: vec![handle.arn()],
            policy_document: Policy::new(statements),
        };
        let id = policy_handle(&topic.name);
        stack.resources.add(&id, Resource::new(policy, pipe));
    }
}

/// The policy of a topic, by which rules wait for it.
pub(crate) fn policy_handle(name: &str) -> Handle<TopicPolicy> {
    Handle::new(names::id(name, "TopicPolicy"))
}

/// ARNs, made of names, of the alarms that tell this topic.
fn alarms_telling(stack: &Stack<'_>, topic: &Handle<Topic>) -> Vec<Value<Any>> {
    alarms(stack, |actions| actions.contains(&topic.arn().any()))
}

/// ARNs, made of names, of the alarms whose actions are such.
pub(crate) fn alarms(
    stack: &Stack<'_>,
    are_such: impl Fn(&[Value<Any>]) -> bool,
) -> Vec<Value<Any>> {
    let alarms = stack
        .resources
        .0
        .iter()
        .filter_map(|(_, it)| match &it.properties {
            Properties::Alarm(alarm) if are_such(&alarm.alarm_actions) => Some(alarm),
            _ => None,
        });
    alarms
        .map(|it| {
            Sub::arn_of("cloudwatch")
                .text("alarm:")
                .value(&it.alarm_name)
                .done()
        })
        .collect()
}
