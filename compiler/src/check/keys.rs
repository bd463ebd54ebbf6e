//! Keys that callers of routes show. API Gateway lets a key in on a whole stage, so a stage has one.

use pipe_dsl::tree::Span;

use crate::check::context::Context;
use crate::diag;

/// What a route of the API says of its key.
struct Asked {
    key: String,
    stage: String,
    at: Span,
}

/// Refuses each key that is another one than the first of its stage.
pub(crate) fn check(cx: &mut Context<'_>) {
    let mut asked = asked(cx);
    asked.sort_by_key(|it| it.at);
    let mut found = Vec::new();
    for it in &asked {
        let Some(first) = asked.iter().find(|other| other.stage == it.stage) else {
            continue;
        };
        if first.key == it.key {
            continue;
        }
        let message = format!(
            "stage `{}` asks for `{}` here and for `{}` elsewhere",
            it.stage, it.key, first.key
        );
        found.push(
            diag::P0320
                .at(it.at, message)
                .label(format!("`{}` would be let in here as well", first.key))
                .second(first.at, format!("and `{}` here", it.key))
                .help("name one key at both, or declare one of the routes in a pipeline of its own: each has one stage"),
        );
    }
    for it in found {
        cx.report(it);
    }
}

/// The keys of the API's routes. A function's URL asks for none.
fn asked(cx: &Context<'_>) -> Vec<Asked> {
    let routes = cx.model.routes.iter().filter(|it| it.via.is_none());
    let asked = routes.filter_map(|it| {
        Some(Asked {
            key: it.auth.clone()?,
            stage: it.stage.clone(),
            at: *cx.auth_at.get(&it.origin)?,
        })
    });
    asked.collect()
}
