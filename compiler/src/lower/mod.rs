//! The checked pipeline to typed resources, states and policies. One file per kind of declaration, and one per thing they share.

mod alarm;
mod api_key;
mod bucket;
mod bus;
mod dashboard;
mod environment;
mod event_source;
mod function;
mod function_url;
mod grant;
mod key;
mod log_group;
mod metric;
mod names;
mod network;
mod outputs;
mod parameter;
mod pattern;
mod physical;
pub mod policy;
pub(crate) mod prose;
mod queue;
mod refuse;
mod resolved;
mod route;
mod rule;
mod sizes;
mod stream_pipe;
mod table;
mod template;
mod topic;
mod workflow;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub use self::names::pascal;
pub use self::physical::{PhysicalName, physical_names};
pub use self::refuse::{Refusal, refusals};
pub use self::rule::target_name;
pub use self::sizes::oversize;
pub use self::table::{Watch, watch_of};

use crate::emit::asl::StateMachine;
use crate::emit::cfn::iam::Statement;
use crate::emit::cfn::template::{
    Properties, Resource, Resources, SpecLine, StatementSource, Template,
};
use crate::emit::cfn::value::{Any, Handle, Value};
use crate::emit::cfn::{dynamodb, kms, lambda};
use crate::emit::ordered::Ordered;
use crate::model::{Alarm, Dashboard, Network, Origin, Pipeline};

use self::policy::{Authority, Told};

/// Everything that is written about one pipeline, before it is text.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered {
    /// The CloudFormation template.
    pub template: Template,
    /// State machines by the declared name of their workflow.
    pub machines: Vec<(String, StateMachine)>,
    /// What each role may do.
    pub authorities: Vec<Authority>,
    template_text: OnceLock<Vec<u8>>,
}

impl Lowered {
    fn new(
        template: Template,
        machines: Vec<(String, StateMachine)>,
        authorities: Vec<Authority>,
    ) -> Self {
        Self {
            template,
            machines,
            authorities,
            template_text: OnceLock::new(),
        }
    }

    /// The template as CloudFormation reads it. Its size is checked and then it is written, so it is made once.
    pub fn template_text(&self) -> &[u8] {
        self.template_text
            .get_or_init(|| crate::emit::json::file(&self.template))
    }

    /// That text, kept no longer.
    pub(crate) fn into_template_text(self) -> Vec<u8> {
        let Self {
            template,
            template_text,
            ..
        } = self;
        template_text
            .into_inner()
            .unwrap_or_else(|| crate::emit::json::file(&template))
    }

    /// Every authority with its rights, each as the role in the template has it.
    pub(crate) fn held(&self) -> Vec<(&Authority, Vec<Held<'_>>)> {
        // `policy::add_role` adds roles in the order of their authorities, and statements in that of their rights.
        let mut resources = self.template.resources.0.iter();
        let authorities = self.authorities.iter().map(|authority| {
            let role = resources.find(|(id, _)| *id == authority.role);
            (
                authority,
                role.map_or_else(Vec::new, |(_, it)| held(authority, it)),
            )
        });
        authorities.collect()
    }

    /// Logical id of a table.
    pub fn table_id(&self, name: &str) -> String {
        table::handle(name).id.into_owned()
    }
}

/// The rights of an authority, by its role.
fn held<'a>(authority: &'a Authority, role: &'a Resource) -> Vec<Held<'a>> {
    let Properties::Role(properties) = &role.properties else {
        return Vec::new();
    };
    let policies = properties.policies.iter();
    let statements = policies.flat_map(|it| &it.policy_document.statement);
    let sources = role.metadata.statements.0.iter();
    let each = statements.zip(sources).zip(&authority.rights);
    each.map(|((statement, (_, source)), told)| Held {
        statement,
        source,
        told,
    })
    .collect()
}

/// A right of an authority.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held<'a> {
    /// The statement of its role.
    pub(crate) statement: &'a Statement,
    /// Who asked for it, and why.
    pub(crate) source: &'a StatementSource,
    /// What it means to a person.
    pub(crate) told: &'a Told,
}

/// Lowers a checked pipeline.
pub fn lower(pipeline: &Pipeline) -> Lowered {
    // Each field is named, so that a kind cannot be left out of the template: rustc asks for it.
    let Pipeline {
        tables,
        buckets,
        parameters,
        queues,
        topics,
        buses,
        rules,
        functions,
        api_keys,
        workflows,
        networks,
        alarms,
        dashboards,
        // These are lowered as a whole, below.
        routes: _,
        key: _,
        // These become parts of others, or code.
        name: _,
        file: _,
        doc: _,
        secrets: _,
        providers: _,
        events: _,
        types: _,
        errors: _,
        retries: _,
        grants: _,
    } = pipeline;
    let mut stack = Stack::new(pipeline);
    for table in tables.values() {
        table::lower(&mut stack, table);
    }
    for bucket in buckets.values() {
        bucket::lower(&mut stack, bucket);
    }
    for parameter in parameters.values() {
        parameter::lower(&mut stack, parameter);
    }
    for queue in queues.values() {
        queue::lower(&mut stack, queue);
    }
    for topic in topics.values() {
        topic::lower(&mut stack, topic);
    }
    for bus in buses.values() {
        bus::lower(&mut stack, bus);
    }
    rule::logs(&mut stack);
    for rule in rules.values() {
        rule::lower(&mut stack, rule);
    }
    for function in functions.values() {
        function::lower(&mut stack, function);
    }
    route::lower(&mut stack);
    function_url::lower(&mut stack);
    for key in api_keys.values() {
        api_key::lower(&mut stack, key);
    }
    for workflow in workflows.values() {
        workflow::lower(&mut stack, workflow);
    }
    surroundings(&mut stack, networks, alarms, dashboards);
    topic::policies(&mut stack);
    key::lower(&mut stack);
    template::close(stack)
}

/// What stands around the others: where they run, and who looks at them.
fn surroundings(
    stack: &mut Stack<'_>,
    networks: &BTreeMap<String, Network>,
    alarms: &BTreeMap<String, Alarm>,
    dashboards: &BTreeMap<String, Dashboard>,
) {
    for network in networks.values() {
        network::lower(stack, network);
    }
    for alarm in alarms.values() {
        alarm::lower(stack, alarm);
    }
    for dashboard in dashboards.values() {
        dashboard::lower(stack, dashboard);
    }
}

/// More than most templates have. Room that is not written to costs nothing, and growing into it would move them again and again.
const RESOURCES: usize = 256;

/// A stack under construction.
struct Stack<'a> {
    pipeline: &'a Pipeline,
    resources: Resources,
    machines: Vec<(String, StateMachine)>,
    authorities: Vec<Authority>,
    /// ARNs of the log groups, which the key's policy names.
    log_groups: Vec<Value<Any>>,
}

impl<'a> Stack<'a> {
    fn new(pipeline: &'a Pipeline) -> Self {
        Self {
            pipeline,
            resources: Ordered(Vec::with_capacity(RESOURCES)),
            machines: Vec::new(),
            authorities: Vec::new(),
            log_groups: Vec::new(),
        }
    }

    /// `payments.pipe:31`
    fn at(&self, origin: &Origin) -> SpecLine {
        SpecLine::new(&self.pipeline.file, origin.line)
    }

    fn key(&self) -> Handle<kms::Key> {
        Handle::new("PipelineKey")
    }

    fn table(&self, name: &str) -> Handle<dynamodb::Table> {
        table::handle(name)
    }

    fn function(&self, name: &str) -> Handle<lambda::Function> {
        Handle::new(names::id(name, "Function"))
    }

    /// Where the authority of `name` is granted, else where the grant's absence is seen.
    fn grant_at(&self, name: &str, otherwise: &Origin) -> SpecLine {
        self.at(self
            .pipeline
            .grants
            .get(name)
            .map_or(otherwise, |it| &it.origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each spec of the project, lowered, with the name of its file.
    pub(super) fn lowered_specs() -> Vec<(String, Lowered)> {
        let entries = std::fs::read_dir("../specs").unwrap();
        let paths = entries.map(|it| it.unwrap().path());
        let specs = paths.filter(|it| it.extension().is_some_and(|it| it == "pipe"));
        let lowered = specs.map(|path| {
            let file = path.file_name().unwrap().to_str().unwrap();
            let checked = crate::check(file, &std::fs::read_to_string(&path).unwrap());
            (file.to_owned(), lower(&checked.pipeline.unwrap()))
        });
        lowered.collect()
    }

    /// `permissions.md` is written by what `held` gives, so nothing may be missing there.
    #[test]
    fn every_right_of_every_authority_is_held_with_its_statement_and_source() {
        let mut seen = 0;
        for (file, lowered) in lowered_specs() {
            let roles = lowered.template.resources.0.iter();
            let roles = roles.filter_map(|(id, it)| match &it.properties {
                Properties::Role(role) => Some((&**id, it, role)),
                _ => None,
            });
            let held = lowered.held();
            for (id, resource, role) in roles {
                let policies = role.policies.iter();
                let statements = policies.flat_map(|it| &it.policy_document.statement);
                let statements: Vec<&str> = statements.map(|it| &*it.sid).collect();
                let sources = resource.metadata.statements.0.iter();
                let sources: Vec<&str> = sources.map(|(sid, _)| &**sid).collect();
                assert_eq!(statements, sources, "{file} {id}");
                let held = held.iter().find(|(it, _)| it.role == id);
                let (authority, rights) = held.expect("an authority for each role");
                let told: Vec<&str> = rights.iter().map(|it| &*it.statement.sid).collect();
                assert_eq!(told, statements, "{file} {id}");
                assert_eq!(authority.rights.len(), statements.len(), "{file} {id}");
                seen += told.len();
            }
        }
        assert!(seen > 100, "{seen}");
    }
}
