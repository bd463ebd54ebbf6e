//! `lib.rs`: the routes as constants, and `run`, which dispatches on `_HANDLER`.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::names::Names;
use super::source::{Source, doc};
use crate::model::{Argument, Function, Pipeline, Route, Trigger, Type, Verify};

pub(super) fn render(pipeline: &Pipeline, names: &Names) -> String {
    let routed = !pipeline.routes.is_empty();
    let sinks = pipeline.routes.iter().any(|it| !it.append.is_empty());
    let routes = pipeline
        .routes
        .iter()
        .enumerate()
        .map(|(index, it)| route(pipeline, index, it));
    let mut items: Vec<TokenStream> = routes.collect();
    items.push(run(pipeline, names));
    let append = sinks.then(|| quote!(, append));
    let used_routes = routed.then(|| quote! { use pipe_runtime::route::{Route, Verify #append}; });
    let logs = (!pipeline.tables.is_empty())
        .then(|| quote! { pub use pipe_runtime::event_log::Appended; });
    let summary = if pipeline.doc.is_empty() {
        format!("The handlers of the pipeline `{}`.", pipeline.name)
    } else {
        pipeline.doc.clone()
    };
    let mut docs: Vec<String> = summary.lines().map(str::to_owned).collect();
    docs.extend([
        String::new(),
        format!("Generated from `{}` by `pipec compile`, which writes it anew each time. Implement the traits in your own", pipeline.file),
        "crate, and hand what implements them to [`run`].".to_owned(),
    ]);
    Source {
        doc: docs,
        attributes: quote!(#![forbid(unsafe_code)]),
        groups: vec![
            quote! { mod capabilities; mod functions; mod types; },
            quote! { use std::process::ExitCode; },
            quote! {
                pub use capabilities::*;
                pub use functions::*;
                #logs
                use pipe_runtime::lambda::{self, Invocation};
                #used_routes
                pub use pipe_runtime::{Decimal, EpochMillis, Fault, Timestamp};
                pub use types::*;
            },
        ],
        items,
    }
    .render()
}

/// `POST_WEBHOOKS`; the index tells apart paths that differ in signs only.
fn route_name(pipeline: &Pipeline, index: usize) -> Ident {
    let plain = |it: &Route| -> String {
        let name = format!("{}{}", it.method, it.path);
        let name: String = name
            .chars()
            .map(|it| {
                if it.is_ascii_alphanumeric() {
                    it.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect();
        name.trim_end_matches('_').to_owned()
    };
    let name = pipeline.routes.get(index).map(plain).unwrap_or_default();
    let twice = pipeline
        .routes
        .iter()
        .filter(|it| plain(it) == name)
        .count()
        > 1;
    if twice {
        format_ident!("{name}_{index}")
    } else {
        format_ident!("{name}")
    }
}

fn route(pipeline: &Pipeline, index: usize, route: &Route) -> TokenStream {
    let name = route_name(pipeline, index);
    let mut about = format!(
        "`route {} {}`, {}:{}.",
        route.method, route.path, pipeline.file, route.origin.line
    );
    let verify = match &route.verify {
        Verify::Scheme {
            scheme, arguments, ..
        } => scheme_of(scheme, arguments),
        Verify::Off { because, .. } => {
            about += &format!(" Not verified: {because}");
            quote!(Verify::Off)
        }
    };
    let (docs, method, path) = (doc(&about), &route.method, &route.path);
    let body_bytes_max = Literal::u64_unsuffixed(route.body_bytes_max);
    quote! {
        #docs
        const #name: Route = Route {
            method: #method,
            path: #path,
            verify: #verify,
            body_bytes_max: #body_bytes_max,
        };
    }
}

fn scheme_of(
    scheme: &str,
    arguments: &std::collections::BTreeMap<String, Argument>,
) -> TokenStream {
    let mut secret = quote!(None);
    let mut pairs = Vec::new();
    for (name, argument) in arguments {
        match argument {
            Argument::Text(text) => pairs.push(quote!((#name, #text))),
            Argument::DurationS(seconds) => {
                let text = format!("{seconds}s");
                pairs.push(quote!((#name, #text)));
            }
            Argument::Secret(declared) => secret = quote!(Some(#declared)),
        }
    }
    quote!(Verify::Scheme { name: #scheme, arguments: &[#(#pairs),*], secret: #secret })
}

fn run(pipeline: &Pipeline, names: &Names) -> TokenStream {
    let functions = || {
        pipeline
            .functions
            .values()
            .filter_map(|it| Some((it, names.function(&it.name)?)))
    };
    let contracts = functions().map(|(_, it)| &it.contract);
    let declared = functions().map(|(it, _)| &it.name);
    let arms = functions().map(|(function, own)| {
        let (name, method, context) = (&function.name, &own.method, &own.context);
        let handler = quote! {
            async |input, context| functions.#method(input, &#context::new(context)).await
        };
        match function.trigger {
            Trigger::Route(index) => {
                let route = route_name(pipeline, index);
                let sinks = sinks(pipeline, names, function, index);
                quote!(#name => invocation.route(&#route, #handler, &[#(#sinks),*]).await)
            }
            Trigger::Workflows(_) | Trigger::Nothing => {
                quote!(#name => invocation.call(#handler).await)
            }
        }
    });
    let pipeline = &pipeline.name;
    quote! {
        /// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
        pub fn run(functions: impl #(#contracts)+*) -> ExitCode {
            let serve = async |invocation: Invocation| match invocation.function() {
                #(#arms,)*
                _ => invocation.unknown(),
            };
            lambda::run(#pipeline, &[#(#declared),*], serve)
        }
    }
}

/// `append::<payment_events, PaymentReceived, _>` for each table that the route appends the handler's output to.
fn sinks(
    pipeline: &Pipeline,
    names: &Names,
    function: &Function,
    index: usize,
) -> Vec<TokenStream> {
    let Some(event) = function.output.as_ref().and_then(event) else {
        return Vec::new();
    };
    let event = names.declared(event);
    let tables = pipeline
        .routes
        .get(index)
        .map(|it| it.append.as_slice())
        .unwrap_or_default();
    let markers = tables.iter().map(|(table, _)| names.marker(table));
    markers
        .map(|table| quote!(append::<#table, #event, _>))
        .collect()
}

fn event(ty: &Type) -> Option<&str> {
    match ty {
        Type::Event(name) => Some(name),
        Type::List(it) | Type::Optional(it) => event(it),
        Type::String
        | Type::Int
        | Type::Decimal
        | Type::Bool
        | Type::Timestamp
        | Type::EpochMillis
        | Type::Enum(_)
        | Type::Record(_) => None,
    }
}
