//! `capabilities.rs`: a type for each table and secret, and per function a context whose methods take only what was granted.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{FunctionNames, Names, ident};
use super::source::{Source, doc, doc_at};
use crate::model::{Function, Grant, Permission, Pipeline, Secret, Table, Verb};

pub(super) fn render(pipeline: &Pipeline, names: &Names) -> String {
    let mut items: Vec<TokenStream> = Vec::new();
    items.extend(
        pipeline
            .tables
            .values()
            .flat_map(|it| table_items(pipeline, names, it)),
    );
    items.extend(
        pipeline
            .secrets
            .values()
            .flat_map(|it| secret_items(pipeline, names, it)),
    );
    for function in pipeline.functions.values() {
        if let Some(own) = names.function(&function.name) {
            items.extend(context_items(pipeline, names, function, own));
        }
    }
    Source {
        doc: vec![format!(
            "What each function may do, exactly as the grants of `{}` say.",
            pipeline.file
        )],
        groups: imports(pipeline, names),
        items,
        ..Source::default()
    }
    .render()
}

/// The imports in groups: only what the pipeline has a use for.
fn imports(pipeline: &Pipeline, names: &Names) -> Vec<TokenStream> {
    let (tables, secrets) = (!pipeline.tables.is_empty(), !pipeline.secrets.is_empty());
    let verbs = if tables {
        quote!(append, read)
    } else {
        quote!(read)
    };
    let runtime = match (tables, secrets) {
        (true, true) => quote! { use pipe_runtime::capability::{SecretName, #verbs}; },
        (true, false) => quote! { use pipe_runtime::capability::{#verbs}; },
        (false, true) => quote! { use pipe_runtime::capability::{SecretName, read}; },
        (false, false) => TokenStream::new(),
    };
    let logs = tables.then(|| quote! { use pipe_runtime::event::{Event, Holds, Table}; use pipe_runtime::event_log::{Appended, Local}; });
    let local = (secrets && !tables).then(|| quote! { use pipe_runtime::event_log::Local; });
    let secret = secrets.then(|| quote! { #local use pipe_runtime::secret::Secret; });
    let fault = if tables || secrets {
        quote! { use pipe_runtime::{Fault, Timestamp}; }
    } else {
        quote! { use pipe_runtime::Timestamp; }
    };
    let rc = secrets.then(|| quote! { use std::rc::Rc; });
    let held = tables.then(|| {
        let mut names: Vec<String> = pipeline
            .tables
            .values()
            .flat_map(|table| {
                let fact = names.fact(&table.name).to_string();
                table
                    .holds
                    .iter()
                    .map(|it| names.declared(it).to_string())
                    .chain([fact])
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        let names = names.iter().map(|it| ident(it));
        quote! { use crate::types::{#(#names),*}; }
    });
    vec![
        quote! { use std::ops::Deref; #rc },
        quote! { #runtime use pipe_runtime::context::{Call, Context}; #logs #secret #fault },
        held.unwrap_or_default(),
    ]
}

fn marker(docs: &TokenStream, name: &proc_macro2::Ident) -> TokenStream {
    quote! {
        #docs
        #[allow(non_camel_case_types, reason = "messages of the compiler then show a grant as the spec writes it")]
        #[derive(Clone, Copy, Debug)]
        pub struct #name;
    }
}

fn table_items(pipeline: &Pipeline, names: &Names, table: &Table) -> Vec<TokenStream> {
    let (name, wire, partition) = (names.marker(&table.name), &table.name, &table.partition);
    let place = format!(
        "`table {}`, {}:{}.",
        table.name, pipeline.file, table.origin.line
    );
    let sort = match &table.sort {
        Some((field, _)) => quote!(Some(#field)),
        None => quote!(None),
    };
    let fact = names.fact(&table.name);
    let held = table.holds.iter().map(|it| names.declared(it));
    vec![
        marker(&doc_at(&table.doc, &place), &name),
        quote! {
            impl Table for #name {
                const NAME: &'static str = #wire;
                const PARTITION: &'static str = #partition;
                const SORT: Option<&'static str> = #sort;
                type Fact = #fact;
            }
        },
        quote! { #(impl Holds<#held> for #name {})* },
    ]
}

fn secret_items(pipeline: &Pipeline, names: &Names, secret: &Secret) -> Vec<TokenStream> {
    let (name, wire) = (names.marker(&secret.name), &secret.name);
    let place = format!(
        "`secret {}`, {}:{}.",
        secret.name, pipeline.file, secret.origin.line
    );
    vec![
        marker(&doc_at(&secret.doc, &place), &name),
        quote! {
            impl SecretName for #name {
                const NAME: &'static str = #wire;
            }
        },
    ]
}

fn verb(it: Verb) -> &'static str {
    crate::kinds::grant_word(it)
}

fn permission(it: &Permission) -> String {
    format!("{}: {}", verb(it.verb), it.resource)
}

/// The trait whose absence the compiler complains about, with the mend in the complaint.
fn may_items(
    pipeline: &Pipeline,
    names: &Names,
    function: &Function,
    own: &FunctionNames,
) -> Vec<TokenStream> {
    let FunctionNames { grant: may, .. } = own;
    let grant: Option<&Grant> = pipeline.grants.get(&function.name);
    let permissions = grant
        .map(|it| it.permissions.as_slice())
        .unwrap_or_default();
    let line = grant.map_or(function.origin.line, |it| it.origin.line);
    let place = format!("{}:{line}", pipeline.file);
    let docs = doc(&match grant {
        Some(_) => format!(
            "A permission of `{}`, of which `grant {}` ({place}) is the whole list.",
            function.name, function.name
        ),
        None => format!(
            "A permission of `{}`, to which {} grants nothing.",
            function.name, pipeline.file
        ),
    });
    let message = format!("`{}` is not granted `{{Verb}}: {{Self}}`", function.name);
    let label = format!(
        "{place} does not grant this to the code of `{}`",
        function.name
    );
    let mend = match grant {
        Some(_) => format!(
            "to allow it, add `{{Verb}}: {{Self}}` to `grant {}` in {place}",
            function.name
        ),
        None => format!(
            "to allow it, add to {}: grant {} {{{{ {{Verb}}: {{Self}} }}}}",
            pipeline.file, function.name
        ),
    };
    let by_edges: Vec<String> = permissions
        .iter()
        .filter(|it| it.used_by_edge)
        .map(permission)
        .collect();
    let by_edges = (!by_edges.is_empty()).then(|| {
        let note = format!(
            "granted for the spec's edges, which the runtime carries out, not the code: {}",
            by_edges.join(", ")
        );
        quote!(, note = #note)
    });
    let mut items = vec![quote! {
        #docs
        #[diagnostic::on_unimplemented(message = #message, label = #label, note = #mend #by_edges)]
        pub trait #may<Verb> {}
    }];
    let capabilities: Vec<TokenStream> = permissions
        .iter()
        .filter(|it| !it.used_by_edge && !matches!(it.verb, Verb::Call))
        .map(|it| {
            let (verb, resource) = (ident(verb(it.verb)), names.marker(&it.resource));
            quote!(impl #may<#verb> for #resource {})
        })
        .collect();
    if !capabilities.is_empty() {
        items.push(quote!(#(#capabilities)*));
    }
    items
}

fn context_items(
    pipeline: &Pipeline,
    names: &Names,
    function: &Function,
    own: &FunctionNames,
) -> Vec<TokenStream> {
    let FunctionNames {
        grant: may,
        context,
        ..
    } = own;
    let name = &function.name;
    let docs = doc(&format!(
        "What `{name}` is called with: the facts of the call, and its capabilities."
    ));
    let of_tables = (!pipeline.tables.is_empty()).then(|| {
        quote! {
            /// Records an event once, where `append` is granted.
            pub fn append<'a, T, E>(&'a self, table: T, event: &'a E) -> Local<'a, Result<Appended, Fault>>
            where
                T: Holds<E> + #may<append>,
                E: Event,
            {
                Box::pin(self.0.append(table, event))
            }

            /// The facts of a partition in order, where `read` is granted.
            pub fn read<'a, T>(&'a self, table: T, partition: &'a str) -> Local<'a, Result<Vec<T::Fact>, Fault>>
            where
                T: Table + #may<read>,
            {
                Box::pin(self.0.read(table, partition))
            }
        }
    });
    let of_secrets = (!pipeline.secrets.is_empty()).then(|| {
        quote! {
            /// The value of a secret, where `read` is granted.
            pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
            where
                S: SecretName + #may<read>,
            {
                Box::pin(self.0.secret(secret))
            }
        }
    });
    let mut items = may_items(pipeline, names, function, own);
    items.push(quote! {
        #docs
        #[derive(Clone, Debug)]
        pub struct #context(Context);
    });
    items.push(quote! {
        impl #context {
            pub(crate) fn new(context: Context) -> Self {
                Self(context)
            }

            /// A context over a log in memory, for unit tests.
            pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
                Self(Context::in_memory(#name, idempotency_key, started_at))
            }

            #of_tables
            #of_secrets
        }
    });
    items.push(quote! {
        impl Deref for #context {
            type Target = Call;

            fn deref(&self) -> &Call {
                self.0.call()
            }
        }
    });
    items
}
