//! `capabilities.rs`: a type for each resource, and per function a context whose methods take only what was granted.

mod case;
mod grants;
mod methods;

use pipe_quote::quote;

use super::names::{FunctionNames, Names, declarations, family_name};
use super::resources::{self, Used};
use super::source::{Imported, Items, Source, imports, names_of};
use crate::model::{Function, Pipeline, Trigger};
use pipe_tokens::{Doc, Ident, Tokens};

/// What the items may need, by path.
const RUNTIME: &Imported = &[
    ("pipe_runtime::bucket", &["Bucket"]),
    (
        "pipe_runtime::capability",
        &[
            "FieldOf",
            "Index",
            "ParameterName",
            "SecretName",
            "append",
            "read",
            "send",
            "start",
            "write",
        ],
    ),
    (
        "pipe_runtime::channel",
        &["Alerts", "Carries", "Channel", "Destination", "Fifo"],
    ),
    ("pipe_runtime::context", &["Call", "Context", "Updated"]),
    ("pipe_runtime::event", &["Event", "Holds", "Table"]),
    (
        "pipe_runtime::event_log",
        &["Appended", "IndexKeys", "Local"],
    ),
    ("pipe_runtime::execution", &["Started", "Workflow"]),
    ("pipe_runtime::memory", &["Memory"]),
    ("pipe_runtime::parameter", &["Parameter"]),
    ("pipe_runtime::secret", &["Secret"]),
    ("pipe_runtime::value", &["Record"]),
    (
        "pipe_runtime",
        &["Decimal", "EpochMillis", "Fault", "Timestamp"],
    ),
];

pub(super) fn render(pipeline: &Pipeline, names: &Names) -> String {
    let used = Used::of(pipeline);
    let mut items = resources::items(pipeline, names, &used);
    for members in declarations(pipeline) {
        if let Some(function) = members.first()
            && let Some(own) = names.function(function)
        {
            let context = ContextItems {
                pipeline,
                names,
                used: &used,
                function,
                own,
            };
            items.extend(context.items());
        }
    }
    let items = Items::from(items);
    let types = super::types::declared_names(pipeline, names);
    let own = types.iter().map(String::as_str);
    let mentioned = items.mention(names_of(RUNTIME).chain(["Rc"]).chain(own));
    let rc = mentioned.contains("Rc").then(|| {
        quote!(
            use std::rc::Rc;
        )
    });
    let types = types.iter().filter(|it| mentioned.contains(it.as_str()));
    let types: Vec<_> = types.map(|it| Ident::new(it)).collect();
    let types = (!types.is_empty()).then(|| quote!(use crate::types::{#(#types),*};));
    let used = imports(&mentioned, RUNTIME);
    Source {
        doc: vec![format!(
            "What each function may do, exactly as the grants of `{}` say.",
            pipeline.file
        )],
        groups: vec![
            quote! { use std::ops::Deref; #rc },
            used,
            types.unwrap_or_default(),
        ],
        items,
        ..Source::default()
    }
    .render()
}

/// One context, its grants and its case.
struct ContextItems<'a> {
    pipeline: &'a Pipeline,
    names: &'a Names,
    used: &'a Used<'a>,
    /// Of a family the first member.
    function: &'a Function,
    own: &'a FunctionNames,
}

impl ContextItems<'_> {
    fn items(&self) -> Vec<Tokens> {
        let mut items = self.grants();
        items.extend(self.case());
        items.push(self.context());
        items.push(self.methods());
        let context = &self.own.context;
        items.push(quote! {
            impl Deref for #context {
                type Target = Call;

                fn deref(&self) -> &Call {
                    self.context.call()
                }
            }
        });
        items
    }

    fn name(&self) -> &str {
        family_name(self.function)
    }

    /// True where every call is about one provider.
    fn has_provider(&self) -> bool {
        has_provider(self.pipeline, self.function)
    }

    fn context(&self) -> Tokens {
        let (context, name) = (&self.own.context, self.name());
        let docs = Doc::new(format!(
            "What `{name}` is called with: the facts of the call, and its capabilities."
        ));
        let provider = self.has_provider().then(|| quote!(provider: Provider,));
        let case = self.own.case.as_ref().map(|it| quote!(case: #it,));
        quote! {
            #docs
            #[derive(Clone, Debug)]
            pub struct #context {
                context: Context,
                #provider
                #case
            }
        }
    }

    fn methods(&self) -> Tokens {
        let context = &self.own.context;
        let making = self.making();
        let facts = self.facts();
        let (tables, secrets) = (self.of_tables(), self.of_secrets());
        let (channels, others) = (self.of_channels(), self.of_buckets_and_workflows());
        quote! {
            impl #context {
                #making
                #facts
                #tables
                #secrets
                #channels
                #others
            }
        }
    }

    fn making(&self) -> Tokens {
        let family = self.name();
        let provider = self.has_provider();
        let case = self.own.case.as_ref();
        let local = |wanted: &'static str| self.names.local(wanted);
        let (made, memory, at) = (local("context"), local("memory"), local("started_at"));
        let (the_provider, the_case) = (local("provider"), local("case"));
        let key = local("idempotency_key");
        if !provider && case.is_none() {
            let context_is = field_is("context", &made);
            let whole = quote!(Self { #context_is });
            return quote! {
                pub(crate) fn new(#made: Context) -> Self {
                    #whole
                }

                /// A context over services in memory, for unit tests.
                pub fn in_memory(#memory: &Memory, #key: &str, #at: Timestamp) -> Self {
                    let #made = Context::in_memory(#memory, #family, #key, #at);
                    #whole
                }
            };
        }
        let takes_provider = provider.then(|| quote!(#the_provider: Provider,));
        let takes_case = case.map(|it| quote!(#the_case: #it,));
        let of_provider = provider.then(|| quote!(.of_provider(#the_provider.as_str())));
        let of_case = case.map(|_| quote!(.of_case(#the_case.as_str())));
        let context_is = field_is("context", &made);
        let provider_is = provider.then(|| field_is("provider", &the_provider));
        let case_is = case.map(|_| field_is("case", &the_case));
        let in_memory = quote! {
            /// A context over services in memory, for unit tests.
            pub fn in_memory(#memory: &Memory, #takes_provider #takes_case #key: &str, #at: Timestamp) -> Self {
                let #made = Context::in_memory(#memory, #family, #key, #at)#of_provider #of_case;
                Self { #context_is #provider_is #case_is }
            }
        };
        let of_provider = provider.then(|| quote!(provider: Provider::of(#made.call())?,));
        let of_case = case.map(|it| quote!(case: #it::of(#made.call())?,));
        quote! {
            pub(crate) fn new(#made: Context) -> Result<Self, Fault> {
                Ok(Self { #of_provider #of_case #context_is })
            }

            #in_memory
        }
    }

    fn facts(&self) -> Tokens {
        let provider = self.has_provider().then(|| {
            quote! {
                /// The provider that the call is about.
                pub fn provider(&self) -> Provider {
                    self.provider
                }
            }
        });
        let case = self.own.case.as_ref().map(|it| {
            quote! {
                /// The rule or case that fired.
                pub fn case(&self) -> #it {
                    self.case
                }
            }
        });
        quote!(#provider #case)
    }
}

/// A field and the variable that it is set to, in the short form where both have one name.
fn field_is(field: &'static str, local: &Ident) -> Tokens {
    let field = Ident::fixed(field);
    if field == *local {
        quote!(#field,)
    } else {
        quote!(#field: #local,)
    }
}

/// True where every call of a function is about one provider: a family's member, or the handler of a route whose path names it.
pub(super) fn has_provider(pipeline: &Pipeline, function: &Function) -> bool {
    let by_path = matches!(function.trigger, Trigger::Route(index)
        if pipeline.routes.get(index).is_some_and(|it| it.path.contains("{provider}")));
    (by_path || function.member.is_some()) && !pipeline.providers.is_empty()
}
