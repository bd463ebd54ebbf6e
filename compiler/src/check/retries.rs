//! `retry POLICY` behind a call: the policy, and whether anything that it retries can occur there.

use pipe_dsl::tree::{Expr, Word};

use crate::check::builtin;
use crate::check::context::Context;
use crate::check::expected::Expected;
use crate::diag;
use crate::kinds::KindId;

/// `retry POLICY` after a call of a function that raises these.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    clause: &'t [Expr<'t>],
    raises: Option<&[String]>,
    function: &Word,
) -> Option<String> {
    match clause {
        [] => None,
        [word, policy] if word.is_word("retry") && policy.as_word().is_some() => {
            let policy = policy.as_word()?;
            let name = cx.resolve(policy, &[KindId::Retry])?;
            check_retried(cx, policy, raises?, function);
            Some(name.to_owned())
        }
        [other, ..] => {
            cx.expect(other.span, || Expected::Choice(&["retry"]));
            let written = other.as_word().map(|it| it.text).unwrap_or_default();
            let it = diag::P0306
                .at(other.span, "after a call comes `retry POLICY` or nothing")
                .label("does not fit");
            cx.report(it.nearest(written, other.span, ["retry"]));
            None
        }
    }
}

/// A policy that serves several calls may name what one of them never raises; one of whose errors none can occur retries nothing.
fn check_retried(cx: &mut Context<'_>, policy: &Word, raises: &[String], function: &Word) {
    let Some(retry) = cx.model.retries.get(policy.text) else {
        return;
    };
    let occurs = |it: &String| builtin::is_error(it) || raises.contains(it);
    if retry.errors.is_empty() || retry.errors.iter().any(occurs) {
        return;
    }
    let message = format!(
        "`{}` can raise none of the errors that `{}` retries",
        function.text, policy.text
    );
    let declared = cx.name_span(policy.text);
    let it = diag::P0332
        .at(policy.span, message)
        .label("never tries again")
        .second(declared, format!("retries `{}`", retry.errors.join("`, `")));
    let help = if raises.is_empty() {
        format!(
            "`{}` declares no errors: retry `Throttled` or `Timeout`, or say what it `fails` with",
            function.text
        )
    } else {
        format!("it raises `{}`", raises.join("`, `"))
    };
    cx.report(it.help(help));
}
