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
    let logs = tables.then(|| quote! { use pipe_runtime::event::{Event, Holds, Table}; use pipe_runtime::event_log::Appended; });
    let secret = secrets.then(|| quote! { use pipe_runtime::secret::Secret; });
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
    Source {
        doc: vec![format!(
            "What each function may do, exactly as the grants of `{}` say.",
            pipeline.file
        )],
        groups: vec![
            quote! { use std::ops::Deref; #rc },
            quote! { #runtime use pipe_runtime::context::{Call, Context}; #logs #secret #fault },
            held.unwrap_or_default(),
        ],
        items,
        ..Source::default()
    }
    .render()
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
    match it {
        Verb::Read => "read",
        Verb::Append => "append",
        Verb::Call => "call",
    }
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
    let FunctionNames { may, context, .. } = own;
    let grant: Option<&Grant> = pipeline.grants.get(&function.name);
    let permissions = grant
        .map(|it| it.permissions.as_slice())
        .unwrap_or_default();
    let line = grant.map_or(function.origin.line, |it| it.origin.line);
    let place = format!("{}:{line}", pipeline.file);
    let granted: Vec<String> = permissions.iter().map(permission).collect();
    let wanted: Vec<&str> = granted
        .iter()
        .map(String::as_str)
        .chain(["{Verb}: {Resource}"])
        .collect();
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
    let message = format!(
        "`{}` is not granted `{{Verb}}: {{Resource}}`",
        function.name
    );
    let label = format!(
        "{place} does not grant this to the code of `{}`",
        function.name
    );
    let mend = format!(
        "to allow it, let {place} say: grant {} {{{{ {} }}}}",
        function.name,
        wanted.join(", ")
    );
    let by_edges: Vec<String> = permissions
        .iter()
        .filter(|it| it.used_by_edge)
        .map(permission)
        .collect();
    let by_edges = (!by_edges.is_empty()).then(|| {
        let note = format!(
            "what the spec's own edges use, the runtime does, not the code: {}",
            by_edges.join(", ")
        );
        quote!(, note = #note)
    });
    let mut items = vec![quote! {
        #docs
        #[diagnostic::on_unimplemented(message = #message, label = #label, note = #mend #by_edges)]
        pub trait #may<Verb, Resource> {}
    }];
    let capabilities: Vec<TokenStream> = permissions
        .iter()
        .filter(|it| !it.used_by_edge && !matches!(it.verb, Verb::Call))
        .map(|it| {
            let (verb, resource) = (ident(verb(it.verb)), names.marker(&it.resource));
            quote!(impl #may<#verb, #resource> for #context {})
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
    let FunctionNames { may, context, .. } = own;
    let name = &function.name;
    let docs = doc(&format!(
        "What `{name}` is called with: the facts of the call, and its capabilities."
    ));
    let of_tables = (!pipeline.tables.is_empty()).then(|| {
        quote! {
            /// Records an event once, where `append` is granted.
            pub async fn append<T: Holds<E>, E: Event>(&self, table: T, event: &E) -> Result<Appended, Fault>
            where
                Self: #may<append, T>,
            {
                self.0.append(table, event).await
            }

            /// The facts of a partition in order, where `read` is granted.
            pub async fn read<T: Table>(&self, table: T, partition: &str) -> Result<Vec<T::Fact>, Fault>
            where
                Self: #may<read, T>,
            {
                self.0.read(table, partition).await
            }
        }
    });
    let of_secrets = (!pipeline.secrets.is_empty()).then(|| {
        quote! {
            /// The value of a secret, where `read` is granted.
            pub async fn secret<S: SecretName>(&self, secret: S) -> Result<Rc<Secret>, Fault>
            where
                Self: #may<read, S>,
            {
                self.0.secret(secret).await
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
