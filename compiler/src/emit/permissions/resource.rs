//! Resource by resource: who can touch it, since which line, and whether anyone can rewrite what is recorded. Roles are found by the
//! resources that their statements name, services by the policy of the resource itself.

use crate::emit::cfn::iam::{Policy, Principal, Statement};
use crate::emit::cfn::template::{Properties, SpecLine};
use crate::emit::cfn::value::{Any, Value};
use crate::emit::piece::{Piece, joined};
use crate::lower::{Held, Lowered, Watch, watch_of};
use crate::model::{Bucket, Origin, Permission, Pipeline, Table, Verb};

use super::markdown::{Markdown, codes, markdown, short};
use super::{Rights, line};

/// Actions that remove an item or the table.
const REMOVING: [&str; 4] = [
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:DeleteTable",
];

/// Actions that change an item. `PutItem` is not among them: its condition decides, and that is not IAM's to see.
const CHANGING: [&str; 2] = ["dynamodb:UpdateItem", "dynamodb:PartiQLUpdate"];

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
    pipeline: &'a Pipeline,
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
    fn holders(&self, id: &str, actions: &[&str]) -> Vec<Markdown<'a>> {
        let holds = |right: &Held<'_>| {
            names(right, id) && right.statement.action.iter().any(|it| actions.contains(it))
        };
        let holders = self.held.iter();
        holders
            .filter(|(_, rights)| rights.iter().any(holds))
            .map(|(it, _)| markdown(&it.actor))
            .collect()
    }

    /// Whether a recorded event can be changed: what breaks the rule, or the two halves that hold it.
    pub(crate) fn history(&mut self, table: &Table) {
        let id = self.lowered.table_id(&table.name);
        let removers = self.holders(&id, &REMOVING);
        let changers = self.holders(&id, &CHANGING);
        let writers = self.holders(&id, &["dynamodb:PutItem"]);
        if !removers.is_empty() {
            let removers = joined(removers.iter(), ", ");
            let yes = "**Can anyone rewrite history? Yes: ";
            let removed = " can remove what is recorded.**\n";
            line(self.text, (yes, removers, removed));
        } else if changers.is_empty() {
            line(
                self.text,
                "**Can anyone rewrite history? No role of this stack can.** In two halves:\n",
            );
            line(
                self.text,
                "- *IAM guarantees*: no role holds an action that updates or deletes an item or the table.",
            );
        } else {
            self.broken(table, &changers);
        }
        if !writers.is_empty() {
            let text = " may `PutItem`, and IAM cannot demand a condition on it. The generated capability and \
                 the workflow's states always send `attribute_not_exists`, so a put never overwrites what another wrote. A \
                 handler has no other way to write.";
            let writers = joined(writers.iter(), ", ");
            line(self.text, ("- *The code guarantees*: ", writers, text));
        }
        line(self.text, watch_words(watch_of(self.pipeline, table)));
        self.text.push('\n');
    }

    /// Each grant that breaks append-only, and what still holds.
    fn broken(&mut self, table: &Table, changers: &[Markdown<'_>]) {
        let updates: Vec<(&str, &Permission)> = self
            .pipeline
            .grants
            .values()
            .flat_map(|grant| grant.permissions.iter().map(|it| (grant.to.as_str(), it)))
            .filter(|(_, it)| it.verb == Verb::Update && it.resource == table.name)
            .collect();
        let fields = self.pipeline.updated(&table.name);
        let yes = "**Can anyone rewrite history? Yes, the field ";
        let who = (
            codes(fields.iter()),
            " of it: ",
            joined(changers.iter(), ", "),
        );
        line(self.text, (yes, who, " can.** What breaks append-only:\n"));
        for (to, permission) in updates {
            let field = permission.field.as_deref().unwrap_or_default();
            let at = ("- line ", permission.origin.line, ": `update: ");
            let what = (&permission.resource, ".", field);
            line(self.text, (at, what, "` in the grant of ", markdown(to)));
        }
        line(self.text, "\nWhat still holds:\n");
        line(
            self.text,
            "- *IAM guarantees*: an update can name no other field (`dynamodb:Attributes`), and no role deletes an item or the table.",
        );
        line(
            self.text,
            "- *The code guarantees*: the generated capability changes the field of a recorded event only, and makes none where none is.",
        );
    }

    pub(crate) fn overwriting(&mut self, bucket: &Bucket) {
        let id = format!("{}Bucket", crate::lower::pascal(&bucket.name));
        let removers = self.holders(&id, &["s3:DeleteObject", "s3:DeleteObjectVersion"]);
        let text = match (removers.as_slice(), bucket.versioned) {
            ([], true) => {
                "**Can anyone rewrite history? No role of this stack can.** No role deletes; an object that is written again is another version, and the runtime writes the same bytes again.\n"
            }
            ([], false) => {
                "**Can anyone rewrite history? Who writes can overwrite.** No role deletes; the runtime writes the same bytes again, but S3 keeps one version only (`versioned: true` keeps all).\n"
            }
            _ => "**Can anyone rewrite history? Yes: objects can be deleted.**\n",
        };
        line(self.text, text);
    }

    pub(crate) fn rules(&mut self, bus: &str) {
        let rules = self.pipeline.rules.values();
        let mut rules: Vec<_> = rules.filter(|it| it.bus == bus).collect();
        rules.sort_by_key(|it| it.origin);
        for rule in rules {
            let targets = rule.sends.iter().map(crate::lower::target_name);
            let rule = ("- rule ", markdown(&rule.name), " (line ", rule.origin.line);
            let targets = joined(targets.map(markdown), ", ");
            line(self.text, (rule, ") sends to ", targets));
        }
        self.text.push('\n');
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

fn watch_words(watch: Watch) -> &'static str {
    match watch {
        Watch::Everything => {
            "- *Should it happen all the same*, by an administrator's hand: the table's stream says so. Changed and removed records \
             are written to a log group and raise an alarm; point-in-time recovery restores any second of the last 35 days."
        }
        Watch::Removals => {
            "- *Should a record be removed*, by an administrator's hand: the table's stream says so, and an alarm is raised. Changes raise \
             none, since the grant allows them; point-in-time recovery restores any second of the last 35 days."
        }
        Watch::Nothing => {
            "- *Not watched*: two others read this table's stream, and DynamoDB lets no third reader in. Point-in-time recovery \
             restores any second of the last 35 days."
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
