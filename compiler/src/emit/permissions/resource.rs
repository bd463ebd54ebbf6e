//! Resource by resource: who can touch it, and since which line. Roles are found by the resources that their statements name, services by
//! the policy of the resource itself.

use crate::emit::cfn::iam::{Policy, Principal, Statement};
use crate::emit::cfn::template::{Properties, SpecLine};
use crate::emit::cfn::value::{Any, Value};
use crate::emit::piece::Piece;
use crate::lower::{Held, Lowered};
use crate::model::{Origin, Pipeline};

use super::markdown::{Markdown, codes, markdown, short};
use super::{Rights, line};

/// All resources that hold or carry something.
pub(super) fn sections(
    report: &mut String,
    pipeline: &Pipeline,
    lowered: &Lowered,
    held: &[Rights<'_>],
) {
    let sections = &mut Sections {
        text: report,
        pipeline,
        lowered,
        held,
    };
    for declared in pipeline.declared() {
        declared.report(sections);
    }
    sections.calls();
}

/// The sections of the report under construction.
pub(crate) struct Sections<'a> {
    text: &'a mut String,
    pub(crate) pipeline: &'a Pipeline,
    lowered: &'a Lowered,
    held: &'a [Rights<'a>],
}

impl<'a> Sections<'a> {
    /// Adds the section of a declaration whose logical id ends so: one row per role that has a statement about the resource, then one per
    /// service that its own policy lets in.
    pub(crate) fn add(
        &mut self,
        kind: &str,
        name: &str,
        origin: Origin,
        ending: &str,
        more: impl Piece,
    ) {
        let id = crate::lower::pascal(name) + ending;
        let title = (
            "### ",
            kind,
            " ",
            markdown(name),
            " (line ",
            origin.line,
            ")",
        );
        line(self.text, (title, more, "\n"));
        let before = self.text.len();
        line(self.text, "| who | may | actions | line |");
        line(self.text, "|---|---|---|---|");
        let heads = self.text.len();
        self.who_may(&id);
        self.moves_here(name);
        if self.text.len() == heads {
            self.text.truncate(before);
            line(self.text, "Nobody in this stack.\n");
        } else {
            self.text.push('\n');
        }
    }

    /// Adds a line to the section.
    pub(crate) fn say(&mut self, text: impl Piece) {
        line(self.text, text);
    }

    fn who_may(&mut self, id: &str) {
        for (authority, rights) in self.held {
            for right in rights.iter().filter(|it| names(it, id)) {
                let may = (
                    markdown(&authority.actor),
                    " | ",
                    markdown(&right.told.words),
                );
                let actions = codes(right.statement.action.iter());
                let at = right.source.pipe.line();
                line(self.text, ("| ", may, " | ", actions, " | ", at, " |"));
            }
        }
        for (policy, pipe) in self.policies(id) {
            for statement in &policy.statement {
                if let Some((service, sources)) = let_in(statement) {
                    let who = (service, " for ", codes(sources.iter().map(short)));
                    let actions = codes(statement.action.iter());
                    let at = pipe.line();
                    line(
                        self.text,
                        ("| ", who, " | send | ", actions, " | ", at, " |"),
                    );
                }
            }
        }
    }

    /// The queues whose dead letters end here.
    fn moves_here(&mut self, name: &str) {
        for queue in self.pipeline.queues.values() {
            if queue.dead_letter.as_ref().is_some_and(|(it, _)| it == name) {
                let moves = ("| SQS itself | move what ", markdown(&queue.name));
                let row = (moves, " could not get done | | ", queue.origin.line, " |");
                line(self.text, row);
            }
        }
    }

    /// The policies that stand on the resource itself, and their place in the spec.
    fn policies(&self, id: &str) -> Vec<(&'a Policy, &'a SpecLine)> {
        let is_policy = |it: &str| it.strip_suffix("Policy") == Some(id);
        let resources = self.lowered.template.resources.0.iter();
        resources
            .filter(|(it, _)| is_policy(it))
            .filter_map(|(_, it)| {
                let document = match &it.properties {
                    Properties::QueuePolicy(policy) => &policy.policy_document,
                    Properties::TopicPolicy(policy) => &policy.policy_document,
                    _ => return None,
                };
                Some((document, &it.metadata.pipe))
            })
            .collect()
    }

    /// Who holds one of these actions on a resource.
    pub(crate) fn holders(&self, id: &str, actions: &[&str]) -> Vec<Markdown<'a>> {
        let holds = |right: &Held<'_>| {
            names(right, id) && right.statement.action.iter().any(|it| actions.contains(it))
        };
        let holders = self.held.iter();
        holders
            .filter(|(_, rights)| rights.iter().any(holds))
            .map(|(it, _)| markdown(&it.actor))
            .collect()
    }

    /// Which services may call which function.
    fn calls(&mut self) {
        let before = self.text.len();
        line(self.text, "### Who may call a function\n");
        line(
            self.text,
            "Beside workflows, which call by their own grant, and Lambda itself for the queues and streams that a function may read.\n",
        );
        line(self.text, "| function | service | line |");
        line(self.text, "|---|---|---|");
        let heads = self.text.len();
        for (_, resource) in &self.lowered.template.resources.0 {
            let pipe = resource.metadata.pipe.line();
            match &resource.properties {
                Properties::Permission(it) => {
                    let function = codes(std::iter::once(&it.function_name));
                    let source = codes(std::iter::once(short(&it.source_arn)));
                    let service = (" | ", it.principal, " for ");
                    line(
                        self.text,
                        ("| ", function, service, source, " | ", pipe, " |"),
                    );
                }
                Properties::UrlPermission(it) if it.function_url_auth_type.is_some() => {
                    let function = codes(std::iter::once(&it.function_name));
                    let anyone = " | **anyone**, through its URL | ";
                    line(self.text, ("| ", function, anyone, pipe, " |"));
                }
                _ => {}
            }
        }
        if self.text.len() == heads {
            self.text.truncate(before);
        } else {
            self.text.push('\n');
        }
    }
}

/// True where a statement is about the resource with this logical id, or about something below it.
fn names(right: &Held<'_>, id: &str) -> bool {
    right.statement.resource.iter().any(|it| it.names(id))
}

/// The service that a statement lets in, and for which resources.
fn let_in(statement: &Statement) -> Option<(&Value<Any>, &[Value<Any>])> {
    match &statement.principal {
        Some(Principal::Service(service)) => Some((
            service,
            statement.condition.values("ArnEquals", "aws:SourceArn"),
        )),
        _ => None,
    }
}
