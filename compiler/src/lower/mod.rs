//! The checked pipeline to typed resources, states and policies. What each kind becomes stands with the kind, in `kinds/KIND/lower.rs`; here is what the kinds share, and what holds for a whole template.

pub(crate) mod environment;
pub(crate) mod event_source;
pub(crate) mod function_url;
pub(crate) mod grant;
pub(crate) mod log_group;
pub(crate) mod metric;
pub(crate) mod names;
pub(crate) mod outputs;
pub(crate) mod pattern;
mod physical;
pub mod policy;
pub(crate) mod prose;
mod refuse;
mod resolved;
mod sizes;
pub(crate) mod stream_pipe;
mod template;

use std::sync::OnceLock;

pub use self::names::pascal;
pub use self::physical::{PhysicalName, physical_names};
pub use self::refuse::{Refusal, refusals};
pub use self::sizes::oversize;

use crate::emit::asl::StateMachine;
use crate::emit::cfn::iam::Statement;
use crate::emit::cfn::template::{
    Properties, Resource, Resources, SpecLine, StatementSource, Template,
};
use crate::emit::cfn::value::{Any, Handle, Value};
use crate::emit::cfn::{dynamodb, kms, lambda};
use crate::emit::ordered::Ordered;
use crate::kinds::{key, route, rule, table, topic};
use crate::model::{Origin, Pipeline};

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
    let mut stack = Stack::new(pipeline);
    for declared in pipeline.declared() {
        declared.lower(&mut stack);
    }
    // What all of a kind become together.
    rule::lower::logs(&mut stack);
    route::lower::lower(&mut stack);
    function_url::lower(&mut stack);
    topic::lower::policies(&mut stack);
    key::lower::lower(&mut stack);
    template::close(stack)
}

/// More than most templates have. Room that is not written to costs nothing, and growing into it would move them again and again.
const RESOURCES: usize = 256;

/// A stack under construction.
pub(crate) struct Stack<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) resources: Resources,
    pub(crate) machines: Vec<(String, StateMachine)>,
    pub(crate) authorities: Vec<Authority>,
    /// ARNs of the log groups, which the key's policy names.
    pub(crate) log_groups: Vec<Value<Any>>,
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
    pub(crate) fn at(&self, origin: &Origin) -> SpecLine {
        SpecLine::new(&self.pipeline.file, origin.line)
    }

    pub(crate) fn key(&self) -> Handle<kms::Key> {
        Handle::new("PipelineKey")
    }

    pub(crate) fn table(&self, name: &str) -> Handle<dynamodb::Table> {
        table::lower::handle(name)
    }

    pub(crate) fn function(&self, name: &str) -> Handle<lambda::Function> {
        Handle::new(names::id(name, "Function"))
    }

    /// Where the authority of `name` is granted, else where the grant's absence is seen.
    pub(crate) fn grant_at(&self, name: &str, otherwise: &Origin) -> SpecLine {
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
