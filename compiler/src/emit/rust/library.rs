//! `lib.rs`: the routes as constants, and `run`, which dispatches on `_HANDLER`.

use pipe_quote::quote;

use super::capabilities::has_provider;
use super::names::{FunctionNames, Names, declarations};
use super::resources::Used;
use super::sinks;
use super::source::{Imported, Items, Source, imports, names_of};
use crate::model::{
    self, Argument, Function, ParameterSource, Pipeline, Route, Trigger, Type, Verify,
};
use pipe_tokens::{Doc, Ident, Tokens};

/// What the items may need of the runtime, by path. `Appended` and the like are for the user's crate.
const RUNTIME: &Imported = &[
    ("pipe_runtime::bucket", &["Piece"]),
    ("pipe_runtime::condition", &["Relation", "Where"]),
    ("pipe_runtime::lambda", &["Invocation"]),
    (
        "pipe_runtime::route",
        &["Answer", "Parameter", "Route", "Verify", "Via"],
    ),
    ("pipe_runtime", &["accept", "lambda", "on", "sink"]),
];

pub(super) fn render(pipeline: &Pipeline, names: &Names) -> String {
    let routes = pipeline.routes.iter().enumerate();
    let routes = routes.filter(|(_, it)| is_served(pipeline, it));
    let mut items: Vec<Tokens> = routes
        .map(|(index, it)| route(pipeline, index, it))
        .collect();
    items.push(run(pipeline, names));
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
    let given = given(pipeline);
    let items = Items::from(items);
    let used = imports(&items.mention(names_of(RUNTIME)), RUNTIME);
    let accepts = super::accepted::is_needed(pipeline);
    let accepted = accepts.then(|| {
        quote!(
            mod accepted;
        )
    });
    let accepted_types = accepts.then(|| {
        quote!(
            pub use accepted::*;
        )
    });
    Source {
        doc: docs,
        attributes: quote!(#![forbid(unsafe_code)]),
        groups: vec![
            quote! { #accepted mod capabilities; mod functions; mod types; },
            quote! { use std::process::ExitCode; },
            quote! {
                #accepted_types
                pub use capabilities::*;
                pub use functions::*;
                #used
                #given
                pub use types::*;
            },
        ],
        items,
    }
    .render()
}

/// A route that no function serves is answered by API Gateway itself.
fn is_served(pipeline: &Pipeline, route: &Route) -> bool {
    route
        .handler()
        .or(route.via.as_deref())
        .is_some_and(|it| pipeline.functions.contains_key(it))
}

/// What the user's crate may need of the runtime.
fn given(pipeline: &Pipeline) -> Tokens {
    let used = Used::of(pipeline);
    let appended = (!pipeline.tables.is_empty()).then(|| {
        quote!(
            pub use pipe_runtime::event_log::Appended;
        )
    });
    let updated = (!used.fields.is_empty()).then(|| {
        quote!(
            pub use pipe_runtime::context::Updated;
        )
    });
    let started = (!used.workflows.is_empty()).then(|| {
        quote!(
            pub use pipe_runtime::execution::Started;
        )
    });
    let posts = (!used.channels.is_empty()).then(|| {
        quote!(
            pub use pipe_runtime::channel::Post;
        )
    });
    let whole = pipeline
        .functions
        .values()
        .any(|it| it.input == Type::Request);
    let request = whole.then(|| quote!(Request,));
    quote! {
        #posts
        #updated
        #appended
        #started
        pub use pipe_runtime::memory::{Memory, at_once};
        pub use pipe_runtime::{Decimal, EpochMillis, Fault, #request Timestamp};
    }
}

/// `POST_WEBHOOKS`; the index tells apart paths that differ in signs only.
pub(super) fn route_name(pipeline: &Pipeline, index: usize) -> Ident {
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
        Ident::new(&format!("{name}_{index}"))
    } else {
        Ident::new(&name)
    }
}

fn route(pipeline: &Pipeline, index: usize, route: &Route) -> Tokens {
    let name = route_name(pipeline, index);
    let mut about = format!(
        "`route {} {}`, {}:{}.",
        route.method, route.path, pipeline.file, route.origin.line
    );
    let verify = match &route.verify {
        Verify::Scheme {
            scheme, arguments, ..
        } => scheme_of(pipeline, scheme, arguments),
        Verify::PerProvider { .. } => {
            let providers = pipeline.providers.values().map(|it| {
                let (name, verify) = (&it.name, verify_of(pipeline, &it.verify));
                quote!((#name, #verify))
            });
            quote!(Verify::PerProvider(&[#(#providers),*]))
        }
        Verify::Off { because, .. } => {
            about += &format!(" Not verified: {because}");
            quote!(Verify::Off)
        }
    };
    let (docs, method, path) = (Doc::new(&about), &route.method, &route.path);
    let body_bytes_max = route.body_bytes_max;
    let via = match route.via {
        Some(_) => quote!(Via::FunctionUrl),
        None => quote!(Via::Api),
    };
    let answer = match route.answer {
        model::Answer::Handler(_) => quote!(Answer::Handler),
        model::Answer::Reply(status) => quote!(Answer::Reply(#status)),
    };
    quote! {
        #docs
        const #name: Route = Route {
            method: #method,
            path: #path,
            via: #via,
            verify: #verify,
            answer: #answer,
            body_bytes_max: #body_bytes_max,
        };
    }
}

/// What a provider declares.
fn verify_of(pipeline: &Pipeline, verify: &Verify) -> Tokens {
    match verify {
        Verify::Scheme {
            scheme, arguments, ..
        } => scheme_of(pipeline, scheme, arguments),
        // A provider never refers to providers.
        Verify::PerProvider { .. } | Verify::Off { .. } => quote!(Verify::Off),
    }
}

fn scheme_of(
    pipeline: &Pipeline,
    scheme: &str,
    arguments: &std::collections::BTreeMap<String, Argument>,
) -> Tokens {
    let mut secret = quote!(None);
    let (mut pairs, mut parameters) = (Vec::new(), Vec::new());
    for (name, argument) in arguments {
        match argument {
            Argument::Text(text) => pairs.push(quote!((#name, #text))),
            Argument::DurationS(seconds) => {
                let text = format!("{seconds}s");
                pairs.push(quote!((#name, #text)));
            }
            Argument::Parameter(declared) => {
                let source = parameter(pipeline, declared);
                parameters.push(quote!((#name, #source)));
            }
            Argument::Secret(declared) => secret = quote!(Some(#declared)),
        }
    }
    quote! {
        Verify::Scheme {
            name: #scheme,
            arguments: &[#(#pairs),*],
            parameters: &[#(#parameters),*],
            secret: #secret,
        }
    }
}

/// Where the value of a parameter comes from.
fn parameter(pipeline: &Pipeline, declared: &str) -> Tokens {
    let source = pipeline.parameters.get(declared).map(|it| &it.source);
    match source {
        Some(ParameterSource::AtDeploy) => quote!(Parameter::AtDeploy(#declared)),
        Some(ParameterSource::External | ParameterSource::Value(_)) | None => {
            quote!(Parameter::Stored(#declared))
        }
    }
}

fn run(pipeline: &Pipeline, names: &Names) -> Tokens {
    let declared = declarations(pipeline);
    let functions = || {
        declared
            .iter()
            .filter_map(|it| Some((it, names.function(it.first()?)?)))
    };
    let contracts = functions().map(|(_, it)| &it.contract);
    let all = pipeline.functions.keys();
    let arms = functions().filter_map(|(members, own)| arm(pipeline, names, members, own));
    let local = |wanted: &'static str| names.local(wanted);
    let (all_of_them, serve, invocation) =
        (local("functions"), local("serve"), local("invocation"));
    let pipeline = &pipeline.name;
    quote! {
        /// Serves the functions of the pipeline on Lambda. The environment variable `_HANDLER` names the one that this process is for.
        pub fn run(#all_of_them: impl #(#contracts)+*) -> ExitCode {
            let #serve = async |#invocation: Invocation| match #invocation.function() {
                #(#arms,)*
                _ => #invocation.unknown(),
            };
            lambda::run(#pipeline, &[#(#all),*], #serve)
        }
    }
}

/// What is done when the process is for this function, or for a member of this family.
fn arm(
    pipeline: &Pipeline,
    names: &Names,
    members: &[&Function],
    own: &FunctionNames,
) -> Option<Tokens> {
    let function = *members.first()?;
    let (method, context) = (&own.method, &own.context);
    let name = members.iter().map(|it| &it.name);
    let name = quote!(#(#name)|*);
    // A context that knows its provider or case is not made of any call.
    let fallible = has_provider(pipeline, function) || own.case.is_some();
    let local = |wanted: &'static str| names.local(wanted);
    let (input, made, functions) = (local("input"), local("context"), local("functions"));
    let fallibly = fallible.then(|| quote!(?));
    let accept = accept(pipeline, function);
    let taken = match accept {
        Some(_) => quote!(accept::OneOf(#input)),
        None => quote!(#input),
    };
    let handler = quote! {
        async |#taken, #made| #functions.#method(#input, &#context::new(#made)#fallibly).await
    };
    let member = function.member.as_ref();
    let of_family = member.map(|it| {
        let family = &it.family;
        quote!(.of_family(#family))
    });
    let replies = replies(pipeline, function);
    let replying = (!replies.is_empty()).then(|| quote!(.replying(&[#(&#replies),*])));
    let invocation = local("invocation");
    let invocation = quote!(#invocation #of_family #replying #accept);
    let sinks = sinks::of_function(pipeline, names, function);
    let served = match &function.trigger {
        Trigger::Route(index) => {
            let route = route_name(pipeline, *index);
            quote!(#invocation.route(&#route, #handler, &[#(#sinks),*]).await)
        }
        Trigger::Queue { queue, .. } => {
            let from = sinks::from_queue(pipeline, names, function, queue);
            quote!(#invocation.queue(&#from, #handler, &[#(#sinks),*]).await)
        }
        Trigger::Stream {
            table,
            event,
            filter,
            ..
        } => {
            let from = sinks::from_stream(names, table, event, filter.as_ref());
            quote!(#invocation.stream(&#from, #handler, &[#(#sinks),*]).await)
        }
        Trigger::Topic(subscription) => {
            let topic = &subscription.topic;
            let known_by = sinks::known_by(pipeline, names, function);
            let filter = sinks::filter(subscription.filter.as_ref());
            let from = quote!(on::Topic { name: #topic, filter: #filter, known_by: #known_by });
            quote!(#invocation.topic(&#from, #handler, &[#(#sinks),*]).await)
        }
        Trigger::Rules(rules) => {
            let known_by = sinks::known_by(pipeline, names, function);
            let from = quote!(on::Rules { names: &[#(#rules),*], known_by: #known_by });
            quote!(#invocation.rules(&#from, #handler, &[#(#sinks),*]).await)
        }
        Trigger::Workflows(_) | Trigger::Nothing => {
            quote!(#invocation.call(#handler).await)
        }
    };
    Some(quote!(#name => #served))
}

/// What the function's route accepts, handed to the runtime.
fn accept(pipeline: &Pipeline, function: &Function) -> Option<Tokens> {
    let Trigger::Route(index) = function.trigger else {
        return None;
    };
    pipeline.routes.get(index)?.accept.as_ref()?;
    let route = route_name(pipeline, index);
    Some(quote!(.accepting(&accepted::#route)))
}

/// The routes at a function's URL that only reply.
fn replies(pipeline: &Pipeline, function: &Function) -> Vec<Ident> {
    let routes = pipeline.routes.iter().enumerate();
    let own = routes
        .filter(|(_, it)| it.via.as_deref() == Some(&function.name) && it.handler().is_none());
    own.map(|(index, _)| route_name(pipeline, index)).collect()
}
