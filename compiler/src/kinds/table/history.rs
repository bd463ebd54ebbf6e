//! What `permissions.md` says of a table: whether anyone can rewrite what is recorded.

use crate::emit::permissions::{Markdown, Sections, codes, markdown};
use crate::emit::piece::joined;
use crate::model::{Permission, Table, Verb};

use super::lower::{self, Watch, watch_of};

/// Actions that remove an item or the table.
const REMOVING: [&str; 4] = [
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:DeleteTable",
];

/// Actions that change an item. `PutItem` is not among them: its condition decides, and that is not IAM's to see.
const CHANGING: [&str; 2] = ["dynamodb:UpdateItem", "dynamodb:PartiQLUpdate"];

/// Whether a recorded event can be changed: what breaks the rule, or the two halves that hold it.
pub(super) fn report(sections: &mut Sections<'_>, table: &Table) {
    let id = lower::handle(&table.name).id;
    let removers = sections.holders(&id, &REMOVING);
    let changers = sections.holders(&id, &CHANGING);
    let writers = sections.holders(&id, &["dynamodb:PutItem"]);
    if !removers.is_empty() {
        let removers = joined(removers.iter(), ", ");
        let yes = "**Can anyone rewrite history? Yes: ";
        let removed = " can remove what is recorded.**\n";
        sections.say((yes, removers, removed));
    } else if changers.is_empty() {
        sections.say("**Can anyone rewrite history? No role of this stack can.** In two halves:\n");
        sections.say(
            "- *IAM guarantees*: no role holds an action that updates or deletes an item or the table.",
        );
    } else {
        broken(sections, table, &changers);
    }
    if !writers.is_empty() {
        let text = " may `PutItem`, and IAM cannot demand a condition on it. The generated capability and \
             the workflow's states always send `attribute_not_exists`, so a put never overwrites what another wrote. A \
             handler has no other way to write.";
        let writers = joined(writers.iter(), ", ");
        sections.say(("- *The code guarantees*: ", writers, text));
    }
    sections.say(watch_words(watch_of(sections.pipeline, table)));
    sections.say("");
}

/// Each grant that breaks append-only, and what still holds.
fn broken(sections: &mut Sections<'_>, table: &Table, changers: &[Markdown<'_>]) {
    let updates: Vec<(&str, &Permission)> = sections
        .pipeline
        .grants
        .values()
        .flat_map(|grant| grant.permissions.iter().map(|it| (grant.to.as_str(), it)))
        .filter(|(_, it)| it.verb == Verb::Update && it.resource == table.name)
        .collect();
    let fields = sections.pipeline.updated(&table.name);
    let yes = "**Can anyone rewrite history? Yes, the field ";
    let who = (
        codes(fields.iter()),
        " of it: ",
        joined(changers.iter(), ", "),
    );
    sections.say((yes, who, " can.** What breaks append-only:\n"));
    for (to, permission) in updates {
        let field = permission.field.as_deref().unwrap_or_default();
        let at = ("- line ", permission.origin.line, ": `update: ");
        let what = (&permission.resource, ".", field);
        sections.say((at, what, "` in the grant of ", markdown(to)));
    }
    sections.say("\nWhat still holds:\n");
    sections.say("- *IAM guarantees*: an update can name no other field (`dynamodb:Attributes`), and no role deletes an item or the table.",
    );
    sections.say("- *The code guarantees*: the generated capability changes the field of a recorded event only, and makes none where none is.",
    );
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
