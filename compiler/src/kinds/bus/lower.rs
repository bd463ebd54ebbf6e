//! `bus`: a bus in EventBridge, and the queue for what it and its rules could not deliver.

use crate::declared::{Declared, Variable, of_kind};
use crate::emit::cfn::events::{DeadLetterConfig, EventBus};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Sub, Value};
use crate::emit::graph::{Part, Picture};
use crate::emit::permissions::{Sections, markdown};
use crate::emit::piece::{joined, text_of};
use crate::kinds::bus::KIND;
use crate::kinds::queue::lower::Sender;
use crate::kinds::{queue, rule};
use crate::lower::grant::{self, Rights};
use crate::lower::outputs::Outputs;
use crate::lower::prose::readable;
use crate::lower::{Stack, metric, names};
use crate::model::{self, Permission};

impl Declared for model::Bus {
    of_kind!(KIND);

    /// Adds the bus and its queue.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let mut sources = vec![arn_by_name(self)];
        let rules = stack.pipeline.rules.values();
        sources.extend(
            rules
                .filter(|it| it.bus == self.name)
                .map(|it| rule::lower::arn_by_name(stack.pipeline, it)),
        );
        let senders = vec![Sender {
            sid: "FromBusAndRules",
            service: "events.amazonaws.com",
            sources,
        }];
        let undelivered = queue::lower::undelivered(
            stack,
            &self.name,
            &text_of(("Events of ", &self.name, " did not reach a target.")),
            &pipe,
            senders,
        );
        let doc = readable(self.doc.trim());
        let resource = EventBus {
            name: physical(self).done(),
            description: (!doc.is_empty()).then_some(doc),
            kms_key_identifier: stack.key().arn(),
            dead_letter_config: DeadLetterConfig {
                arn: undelivered.arn(),
            },
        };
        stack
            .resources
            .add(&handle(&self.name), Resource::new(resource, pipe));
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let id = metric::bus_id(&self.name);
        let arn = Value::attribute_of(id.clone(), "Arn");
        let value = Value::parameter(id).any();
        let told = text_of(("Bus ", &self.name));
        outputs.add(&self.name, "BusName", told, value);
        let told = text_of(("ARN of the bus ", &self.name));
        outputs.add(&self.name, "BusArn", told, arn);
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        let details = self.holds.iter().map(|(event, _)| event.clone());
        picture.add(
            Part::Bus,
            KIND.keyword,
            &self.name,
            self.origin,
            details.collect(),
        );
    }

    fn report(&self, sections: &mut Sections<'_>) {
        sections.add(KIND.keyword, &self.name, self.origin, "Bus", "");
        let rules = sections.pipeline.rules.values();
        let mut rules: Vec<_> = rules.filter(|it| it.bus == self.name).collect();
        rules.sort_by_key(|it| it.origin);
        for rule in rules {
            let targets = rule.sends.iter().map(rule::lower::target_name);
            let rule = ("- rule ", markdown(&rule.name), " (line ", rule.origin.line);
            let targets = joined(targets.map(markdown), ", ");
            sections.say((rule, ") sends to ", targets));
        }
        sections.say("");
    }

    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
        // EventBridge uses the key itself, for the bus.
        let arn = handle(&self.name).arn().any();
        let actions = &["events:PutEvents"];
        rights.add(grant::one(
            permission, pipe, "Send", "send to", actions, arn,
        ));
    }

    fn variable(&self, _: &Stack<'_>, _: &Permission) -> Option<Variable> {
        Some(("BUS", handle(&self.name).arn().any()))
    }
}

/// The bus with this name.
pub(crate) fn handle(name: &str) -> Handle<EventBus> {
    Handle::new(names::id(name, "Bus"))
}

/// The physical name: as written, or of the declared one.
pub(crate) fn physical(bus: &model::Bus) -> Sub {
    match &bus.physical {
        Some(written) => names::written(written),
        None => names::named(Sub::default(), &bus.name),
    }
}

/// The ARN made of names, for policies that come before the bus.
pub(crate) fn arn_by_name(bus: &model::Bus) -> Value<Any> {
    Sub::arn_of("events")
        .text("event-bus/")
        .followed_by(&physical(bus))
        .done()
}
