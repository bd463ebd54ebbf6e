//! `bucket NAME { … }`: a store of objects.

pub(crate) mod lower;

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, Presence, Service, Symbol, Unused, Value, key};
use crate::check::clauses;
use crate::check::context::Context;
use crate::check::head;
use crate::diag;
use crate::model::{Origin, Verb};

/// A bucket in S3.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Declared name.
    pub name: String,
    /// `versioned: true`
    pub versioned: bool,
    /// `move: glacier after 90d`: days until objects move to S3 Glacier Flexible Retrieval.
    pub glacier_after_days: Option<u32>,
    /// Survives the stack.
    pub retain: bool,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "bucket",
    doc: "A store of objects: encrypted, closed to the public, reached over TLS only.",
    form: "bucket NAME { … }",
    example: "bucket kept { move: glacier after 90d }",
    becomes: &["AWS::S3::Bucket", "AWS::S3::BucketPolicy"],
    attributes: &[
        Attribute {
            name: "versioned",
            doc: "Whether what is written again is kept beside what was there.",
            value: Value::Choice(&["true", "false"]),
            presence: Presence::Default("false"),
        },
        Attribute {
            name: "move",
            doc: "When objects move to a cheaper class, from which they are restored in hours.",
            value: Value::Special("`glacier after 90d`"),
            presence: Presence::Optional,
        },
        key::ON_DELETE,
    ],
    named: true,
    unused: Unused::Warned,
    granted: &[Verb::Read, Verb::Write],
    service: Some(Service {
        endpoint: "s3",
        actions: "s3",
        uses_key: true,
    }),
    symbol: Symbol::Object,
    nested: &[],
};

/// Days of a transition to S3 Glacier Flexible Retrieval.
const DAYS: Value = Value::Duration {
    min_s: 86_400,
    max_s: 3_650 * 86_400,
};

/// Most characters of the pipeline's name and the bucket's together.
const NAMES_MAX: usize = 32;

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    // The physical name is `<pipeline>-<name>-<suffix>-<account>`, of 63 characters at most: 16 are the suffix's, 12 the account's.
    if cx.model.name.len() + name.text.len() > NAMES_MAX {
        cx.report(
            diag::P0403
                .at(name.span, format!("`{}` and `{}` are too long for the name of a bucket", cx.model.name, name.text))
                .label(format!("at most {NAMES_MAX} characters together"))
                .help("a bucket is called by the pipeline, its name, the environment's suffix and the account"),
        );
    }
    let bucket = Bucket {
        name: name.text.to_owned(),
        versioned: cx.choice(&attributes, "versioned") == "true",
        glacier_after_days: attributes.first("move").and_then(|it| glacier(cx, it)),
        retain: cx.choice(&attributes, "on_delete") == "retain",
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.model.buckets.insert(name.text.to_owned(), bucket);
}

fn glacier<'t>(cx: &mut Context<'t>, it: &'t pipe_dsl::tree::Attribute) -> Option<u32> {
    let form = "`glacier after 90d`";
    let [phrase] = it.values.as_slice() else {
        cx.report_form(it.span, "move", form);
        return None;
    };
    let clauses = clauses::read(cx, phrase, &["after"], "move", form)?;
    let is_glacier = clauses.single().is_some_and(|it| it.is_word("glacier"));
    let Some(after) = clauses.get("after").filter(|_| is_glacier) else {
        cx.report_form(phrase.span, "move", form);
        return None;
    };
    let seconds = clauses::quantity(cx, after, &DAYS, "after")?;
    if seconds % 86_400 != 0 {
        cx.report_form(after.span, "after", "whole days such as `90d`");
        return None;
    }
    u32::try_from(seconds / 86_400).ok()
}
