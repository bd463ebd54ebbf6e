//! What a finished template has too much of: each thing in it measured against the table of limits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::diag;
use crate::emit::cfn::iam::{Policy, Principal, Statement};
use crate::emit::cfn::template::{Properties, Resource, SpecLine, Template};
use crate::emit::pattern::Pattern;
use crate::limits::{self, Limit};
use crate::model::{Origin, Pipeline};

use super::Lowered;
use super::physical;
use super::refuse::Refusal;
use super::resolved::Resolved;

/// No value of a template becomes longer than this: the ARN of the alarm or log group with the longest name.
const VALUE_MAX: usize = 200;
/// What stands in a statement around what it says: the names of its members, brackets, quotes and commas.
const STATEMENT_FRAME: usize = 160;
/// The same of a policy: its version and the brackets of its statements.
const POLICY_FRAME: usize = 64;
/// What stands around one text of a list or one member: quotes, brackets, colon and comma.
const TEXT_FRAME: usize = 8;

/// Everything that is beyond a limit, and what would be there twice.
pub fn oversize(pipeline: &Pipeline, lowered: &Lowered) -> Vec<Refusal> {
    let template = &lowered.template;
    let mut sizes = Sizes {
        pipeline,
        lowered,
        template,
        resolved: Resolved::new(&template.resources),
        found: Vec::new(),
    };
    sizes.whole();
    sizes.buses();
    for (id, resource) in &template.resources.0 {
        sizes.resource(id, resource);
    }
    for dashboard in pipeline.dashboards.values() {
        let metrics = dashboard.graphs.iter().map(|it| it.show.len()).sum();
        let (limit, origin) = (&limits::DASHBOARD_METRICS, dashboard.origin);
        sizes.hold(limit, &dashboard.name, origin, metrics);
    }
    let mut found = sizes.found;
    found.extend(physical::twins(pipeline, template));
    found
}

struct Sizes<'a> {
    pipeline: &'a Pipeline,
    lowered: &'a Lowered,
    template: &'a Template,
    resolved: Resolved<'a>,
    found: Vec<Refusal>,
}

impl Sizes<'_> {
    /// The template itself. Its text is made only where its resources fit.
    fn whole(&mut self) {
        let of_pipeline = self.pipeline.key.origin;
        let counts = [
            (&limits::RESOURCES, self.template.resources.0.len()),
            (&limits::PARAMETERS, self.template.parameters.0.len()),
            (&limits::OUTPUTS, self.template.outputs.0.len()),
        ];
        for (limit, count) in counts {
            self.refuse(&diag::P0420, limit, "", of_pipeline, count);
        }
        if self.found.is_empty() {
            let bytes = self.lowered.template_text().len();
            self.refuse(&diag::P0420, &limits::TEMPLATE, "", of_pipeline, bytes);
        }
        let parts = self.template.resources.0.iter();
        let parts = parts.filter(|(_, it)| matches!(it.properties, Properties::PathPart(_)));
        let count = parts.count();
        let deepest = self.pipeline.routes.iter().max_by_key(|it| it.path.len());
        let origin = deepest.map_or(of_pipeline, |it| it.origin);
        self.hold(&limits::PATH_PARTS, "", origin, count);
        for (name, parameter) in &self.template.parameters.0 {
            let length = parameter.description.chars().count();
            let declared = self.pipeline.parameters.values();
            let declared = declared
                .into_iter()
                .find(|it| super::pascal(&it.name) == *name);
            let origin = declared.map_or(of_pipeline, |it| it.origin);
            let limit = &limits::DEPLOY_PARAMETER_DESCRIPTION;
            self.hold(limit, name, origin, length);
        }
    }

    fn buses(&mut self) {
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for rule in self.pipeline.rules.values() {
            *rules.entry(&rule.bus).or_default() += 1;
        }
        for (name, count) in rules {
            if let Some(bus) = self.pipeline.buses.get(name) {
                self.hold(&limits::RULES, name, bus.origin, count);
            }
        }
    }

    fn resource(&mut self, id: &str, resource: &Resource) {
        match &resource.properties {
            Properties::Function(it) => {
                let variables = it.environment.as_ref().map(|it| &it.variables);
                let Some(variables) = variables else { return };
                let most: usize = variables.0.iter().map(|it| it.0.len() + VALUE_MAX).sum();
                self.measure(&limits::ENVIRONMENT, id, resource, most, variables);
            }
            Properties::Role(it) => {
                let documents: Vec<&Policy> =
                    it.policies.iter().map(|it| &it.policy_document).collect();
                let most = documents.iter().map(|it| most_of(it)).sum();
                self.measure(&limits::ROLE_POLICIES, id, resource, most, &documents);
            }
            Properties::Key(it) => {
                let most = most_of(&it.key_policy);
                self.measure(&limits::KEY_POLICY, id, resource, most, &it.key_policy);
            }
            Properties::QueuePolicy(it) => {
                let (limit, document) = (&limits::QUEUE_POLICY, &it.policy_document);
                self.measure(limit, id, resource, most_of(document), document);
            }
            Properties::TopicPolicy(it) => {
                let (limit, document) = (&limits::TOPIC_POLICY, &it.policy_document);
                self.measure(limit, id, resource, most_of(document), document);
            }
            Properties::LogResourcePolicy(it) => {
                let document = serde_json::to_value(&it.policy_document).unwrap_or_default();
                let document = self.resolved.longest(&document);
                let length = document.as_str().map_or(0, |it| it.chars().count());
                self.hold_at(&limits::LOG_POLICY, id, resource, length);
            }
            _ => self.spoken(id, resource),
        }
    }

    /// What a resource says: patterns, filters, descriptions. Every type is listed, so that a new one says what of it a spec can make too much of.
    fn spoken(&mut self, id: &str, resource: &Resource) {
        match &resource.properties {
            Properties::Rule(it) => {
                let pattern = serde_json::to_string(&it.event_pattern).unwrap_or_default();
                self.hold_at(&limits::PATTERN, id, resource, pattern.chars().count());
            }
            Properties::Subscription(it) => {
                let Some(filter) = &it.filter_policy else {
                    return;
                };
                self.hold_at(&limits::FILTER_FIELDS, id, resource, fields(filter).len());
                let combinations = combinations(filter);
                self.hold_at(&limits::FILTER_COMBINATIONS, id, resource, combinations);
            }
            Properties::EventBus(it) => {
                let length = it.description.as_ref().map_or(0, |it| it.chars().count());
                self.hold_at(&limits::BUS_DESCRIPTION, id, resource, length);
            }
            Properties::SsmParameter(it) => {
                let length = it.description.as_ref().map_or(0, |it| it.chars().count());
                self.hold_at(&limits::PARAMETER_DESCRIPTION, id, resource, length);
            }
            Properties::Alarm(it) => {
                let length = it.alarm_description.chars().count();
                self.hold_at(&limits::ALARM_DESCRIPTION, id, resource, length);
            }
            // These have no limit that a spec can cross, or are measured above.
            Properties::Function(_)
            | Properties::LogResourcePolicy(_)
            | Properties::Role(_)
            | Properties::Key(_)
            | Properties::QueuePolicy(_)
            | Properties::TopicPolicy(_)
            | Properties::LogGroup(_)
            | Properties::LogStream(_)
            | Properties::Permission(_)
            | Properties::Table(_)
            | Properties::Queue(_)
            | Properties::EventSourceMapping(_)
            | Properties::EventInvokeConfig(_)
            | Properties::Topic(_)
            | Properties::Dashboard(_)
            | Properties::Bucket(_)
            | Properties::BucketPolicy(_)
            | Properties::Url(_)
            | Properties::UrlPermission(_)
            | Properties::Vpc(_)
            | Properties::Subnet(_)
            | Properties::RouteTable(_)
            | Properties::SubnetRouteTableAssociation(_)
            | Properties::Route(_)
            | Properties::InternetGateway(_)
            | Properties::VpcGatewayAttachment(_)
            | Properties::Eip(_)
            | Properties::NatGateway(_)
            | Properties::SecurityGroup(_)
            | Properties::VpcEndpoint(_)
            | Properties::FlowLog(_)
            | Properties::Pipe(_)
            | Properties::StateMachine(_)
            | Properties::RestApi(_)
            | Properties::PathPart(_)
            | Properties::Method(_)
            | Properties::GatewayResponse(_)
            | Properties::Deployment(_)
            | Properties::Stage(_)
            | Properties::Account(_)
            | Properties::ApiKey(_)
            | Properties::UsagePlan(_)
            | Properties::UsagePlanKey(_) => {}
        }
    }

    /// Measures the JSON of a document as it can be at the longest, where it could be too long at all.
    fn measure<D: Serialize>(
        &mut self,
        limit: &Limit,
        id: &str,
        resource: &Resource,
        most: usize,
        document: &D,
    ) {
        if most <= limit.most {
            return;
        }
        let document = serde_json::to_value(document).unwrap_or_default();
        let size = self.resolved.longest(&document).to_string().len();
        self.hold_at(limit, id, resource, size);
    }

    fn hold_at(&mut self, limit: &Limit, id: &str, resource: &Resource, size: usize) {
        if size > limit.most {
            let origin = self.origin(&resource.metadata.pipe);
            self.hold(limit, id, origin, size);
        }
    }

    fn hold(&mut self, limit: &Limit, name: &str, origin: Origin, size: usize) {
        self.refuse(&diag::P0421, limit, name, origin, size);
    }

    fn refuse(
        &mut self,
        code: &'static diag::Code,
        limit: &Limit,
        name: &str,
        origin: Origin,
        size: usize,
    ) {
        let Some(reason) = limit.refused(size) else {
            return;
        };
        let message = if name.is_empty() {
            reason
        } else {
            format!("`{name}`: {reason}")
        };
        self.found.push(Refusal {
            code,
            origin,
            message,
        });
    }

    /// The declaration at a place such as `payments.pipe:31`.
    fn origin(&self, place: &SpecLine) -> Origin {
        let pipeline = self.pipeline;
        pipeline
            .declared_in(place.line())
            .unwrap_or(pipeline.key.origin)
    }
}

/// More than a policy can have once it is deployed.
fn most_of(policy: &Policy) -> usize {
    let statements = policy.statement.iter().map(most_of_statement);
    POLICY_FRAME + statements.sum::<usize>()
}

fn most_of_statement(statement: &Statement) -> usize {
    let written = |text: &str| text.len() + TEXT_FRAME;
    let actions: usize = statement.action.iter().map(|it| written(it)).sum();
    let conditions: usize = statement.condition.names().map(written).sum();
    let principals = match &statement.principal {
        Some(Principal::Services(several)) => several.len(),
        Some(_) => 1,
        None => 0,
    };
    let values = principals + statement.resource.len() + statement.condition.count();
    let said = written(&statement.sid) + actions + conditions;
    STATEMENT_FRAME + said + values * (VALUE_MAX + TEXT_FRAME)
}

/// Fields that a filter names.
fn fields(pattern: &Pattern) -> BTreeSet<&str> {
    let own = pattern.fields.0.iter().map(|it| &*it.0);
    own.chain(pattern.or.iter().flat_map(fields)).collect()
}

/// The values of each field, multiplied; those of alternatives are added.
fn combinations(pattern: &Pattern) -> usize {
    let own = pattern.fields.0.iter().map(|it| it.1.len());
    let own = own.fold(1_usize, usize::saturating_mul);
    let alternatives = pattern.or.iter().map(combinations);
    match alternatives.reduce(usize::saturating_add) {
        Some(sum) => own.saturating_mul(sum),
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::tests::lowered_specs;

    /// What is not measured because it cannot be too long must really be shorter than that.
    #[test]
    fn no_document_is_longer_than_it_is_said_to_be_at_most() {
        let mut measured = 0;
        for (file, lowered) in lowered_specs() {
            let template = lowered.template;
            let mut resolved = Resolved::new(&template.resources);
            for (id, resource) in &template.resources.0 {
                let documents: Vec<&Policy> = match &resource.properties {
                    Properties::Role(it) => {
                        let own = it.policies.iter().map(|it| &it.policy_document);
                        own.chain([&it.assume_role_policy_document]).collect()
                    }
                    Properties::Key(it) => vec![&it.key_policy],
                    Properties::QueuePolicy(it) => vec![&it.policy_document],
                    Properties::TopicPolicy(it) => vec![&it.policy_document],
                    _ => continue,
                };
                for document in documents {
                    let value = serde_json::to_value(document).unwrap();
                    let length = resolved.longest(&value).to_string().len();
                    assert!(length < most_of(document), "{file} {id}: {length}");
                    measured += 1;
                }
            }
        }
        assert!(measured > 100, "{measured}");
    }
}
