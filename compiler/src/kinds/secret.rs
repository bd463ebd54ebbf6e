//! `secret NAME`: a value that is only ever read.

use pipe_dsl::tree::Declaration;

use super::{Kind, Service, Symbol, Unused};
use crate::check::context::Context;
use crate::check::head;
use crate::declared::{Declared, Variable, of_kind};
use crate::emit::cfn::template::SpecLine;
use crate::emit::cfn::value::{Any, Sub, Value};
use crate::emit::graph::{Part, Picture};
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::lower::grant::{self, Rights};
use crate::lower::outputs::Outputs;
use crate::lower::{Stack, names, policy};
use crate::model::{Origin, Permission, Verb};

/// A value only ever read, made outside the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    /// Declared name.
    pub name: String,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "secret",
    doc: "A value that is made outside the stack and only ever read, at run time, by name. It never appears in an artifact.",
    form: "secret NAME",
    example: "/// The key that the provider signs with.
secret hook_key",
    becomes: &[],
    attributes: &[],
    named: true,
    unused: Unused::Asked,
    granted: &[Verb::Read],
    service: Some(Service {
        endpoint: "ssm",
        actions: "ssm",
        uses_key: true,
    }),
    symbol: Symbol::Constant,
    nested: &[],
};

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    cx.attributes(it.kind.span, block, &KIND);
    let name = name.text.to_owned();
    let secret = Secret {
        name: name.clone(),
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.model.secrets.insert(name, secret);
}

impl Declared for Secret {
    of_kind!(KIND);

    fn lower<'a>(&'a self, _: &mut Stack<'a>) {}

    fn outputs(&self, _: &Stack<'_>, _: &mut Outputs) {}

    fn draw(&self, picture: &mut Picture<'_>) {
        let details = vec!["SSM, made outside".to_owned()];
        picture.add(
            Part::Setting,
            KIND.keyword,
            &self.name,
            self.origin,
            details,
        );
    }

    fn report(&self, _: &mut Sections<'_>) {}

    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
        read_secret(permission, pipe, rights);
    }

    fn variable(&self, stack: &Stack<'_>, _: &Permission) -> Option<Variable> {
        Some((
            "SECRET",
            names::ssm(&stack.pipeline.name, &self.name).done(),
        ))
    }
}

fn read_secret(permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
    let stack = rights.stack;
    let secret = &permission.resource;
    let arn: Value<Any> = Sub::arn_of("ssm")
        .text("parameter")
        .followed_by(&names::ssm(&stack.pipeline.name, secret))
        .done();
    let actions = &["ssm:GetParameter"];
    rights.add(grant::one(
        permission,
        pipe,
        "Read",
        "read",
        actions,
        arn.clone(),
    ));
    let decrypt = policy::key_through(
        names::sid("Decrypt", secret),
        text_of(("use the key for ", secret)),
        pipe,
        stack.key().arn(),
        &["kms:Decrypt"],
        "ssm",
    );
    rights.add(decrypt.when("StringEquals", "kms:EncryptionContext:PARAMETER_ARN", arn));
}
