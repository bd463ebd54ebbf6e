//! `capabilities.rs`: a type for each resource, and per function a context whose methods take only what was granted.

use pipe_quote::quote;

use super::names::{FunctionNames, Names, declarations, family_name, variant};
use super::resources::{self, ChannelKind, Used, spelled};
use super::source::{Imported, Items, Source, imports, names_of};
use crate::model::{Function, Grant, Permission, Pipeline, Trigger, Verb};
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

fn verb(it: Verb) -> &'static str {
    crate::kinds::grant_word(it)
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

    fn grant(&self) -> Option<&Grant> {
        self.pipeline.grants.get(&self.function.name)
    }

    fn permission(&self, it: &Permission) -> String {
        let resource = spelled(self.pipeline, self.function, &it.resource);
        match &it.field {
            Some(field) => format!("{}: {resource}.{field}", verb(it.verb)),
            None => format!("{}: {resource}", verb(it.verb)),
        }
    }

    /// The traits whose absence the compiler complains about, with the mend in the complaint, and what is granted.
    fn grants(&self) -> Vec<Tokens> {
        let (may, may_update) = (&self.own.grant, &self.own.update);
        let grant = self.grant();
        let permissions = grant
            .map(|it| it.permissions.as_slice())
            .unwrap_or_default();
        let (name, file) = (self.name(), &self.pipeline.file);
        let line = grant.map_or(self.function.origin.line, |it| it.origin.line);
        let place = format!("{file}:{line}");
        let docs = Doc::new(match grant {
            Some(_) => format!(
                "A permission of `{name}`, of which `grant {name}` ({place}) is the whole list."
            ),
            None => format!("A permission of `{name}`, to which {file} grants nothing."),
        });
        let label = format!("{place} does not grant this to the code of `{name}`");
        let mend = |permission: &str| match grant {
            Some(_) => format!("to allow it, add `{permission}` to `grant {name}` in {place}"),
            None => format!("to allow it, add to {file}: grant {name} {{{{ {permission} }}}}"),
        };
        let mut by_edges: Vec<String> = Vec::new();
        for it in permissions.iter().filter(|it| it.used_by_edge) {
            let words = self.permission(it);
            if !by_edges.contains(&words) {
                by_edges.push(words);
            }
        }
        let message = format!("`{name}` is not granted `{{Verb}}: {{Self}}`");
        let note = mend("{Verb}: {Self}");
        let mut items = Vec::new();
        items.push(if by_edges.is_empty() {
            quote! {
                #docs
                #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
                pub trait #may<Verb> {}
            }
        } else {
            let edges = format!(
                "granted for the spec's edges, which the runtime carries out, not the code: {}",
                by_edges.join(", ")
            );
            quote! {
                #docs
                #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note, note = #edges)]
                pub trait #may<Verb> {}
            }
        });
        if !self.used.fields.is_empty() {
            let docs = Doc::new(format!("A field that `{name}` may change."));
            let message = format!("`{name}` is not granted `update: {{Self}}.{{Field}}`");
            let note = mend("update: {Self}.{Field}");
            items.push(quote! {
                #docs
                #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
                pub trait #may_update<Field> {}
            });
        }
        let capabilities = permissions
            .iter()
            .filter(|it| !it.used_by_edge && !matches!(it.verb, Verb::Call | Verb::Receive));
        let mut once: Vec<Tokens> = Vec::new();
        for it in capabilities.map(|it| self.granted(it)) {
            // The members of a family that the call chooses from are one name.
            if !once.contains(&it) {
                once.push(it);
            }
        }
        if !once.is_empty() {
            items.push(quote!(#(#once)*));
        }
        items
    }

    fn granted(&self, it: &Permission) -> Tokens {
        let (may, may_update) = (&self.own.grant, &self.own.update);
        if let Some(field) = &it.field {
            let (table, field) = (
                self.names.marker(&it.resource),
                self.names.field_marker(field),
            );
            return quote!(impl #may_update<#field> for #table {});
        }
        let verb = Ident::fixed(verb(it.verb));
        let spelled = spelled(self.pipeline, self.function, &it.resource);
        let resource = self.names.marker(spelled);
        quote!(impl #may<#verb> for #resource {})
    }

    /// The rules that send to it, as an enum: `StatusUpdatesCase::Large`.
    fn case(&self) -> Vec<Tokens> {
        let (Some(case), Trigger::Rules(rules)) = (&self.own.case, &self.function.trigger) else {
            return Vec::new();
        };
        let docs = Doc::new(format!(
            "The rule or case that fired when `{}` is called.",
            self.name()
        ));
        let variants = self.cases(rules);
        let declared = variants
            .iter()
            .zip(rules)
            .map(|((_, docs), _)| Doc::new(docs));
        let variants: Vec<_> = variants.iter().map(|(name, _)| name).collect();
        let call = self.names.local("call");
        vec![
            quote! {
                #docs
                #[derive(Clone, Copy, Debug, PartialEq, Eq)]
                pub enum #case { #(#declared #variants),* }
            },
            quote! {
                impl #case {
                    /// The rule's declared name, of a case `<group>_<case>`.
                    pub fn as_str(self) -> &'static str {
                        match self { #(Self::#variants => #rules),* }
                    }

                    fn of(#call: &Call) -> Result<Self, Fault> {
                        match #call.case_name() {
                            #(Some(#rules) => Ok(Self::#variants),)*
                            _ => Err(Fault::new("no rule of the spec made this call")),
                        }
                    }
                }
            },
        ]
    }

    /// Variants and their documentation. The cases of one group are called as in the spec; rules of several keep their whole names.
    fn cases(&self, rules: &[String]) -> Vec<(Ident, String)> {
        let rule = |it: &String| self.pipeline.rules.get(it);
        let case = |it: &String| rule(it).and_then(|it| it.case.clone());
        let first = rules.first().and_then(case).map(|(group, _)| group);
        let is_of_first = |it: &String| first.is_some() && case(it).map(|it| it.0) == first;
        let one_group = rules.iter().all(is_of_first);
        let variant_of = |it: &String| {
            let name = case(it)
                .filter(|_| one_group)
                .map_or_else(|| it.clone(), |it| it.1);
            let line = rule(it).map(|it| it.origin.line).unwrap_or_default();
            let words = match case(it) {
                Some((group, case)) => format!(
                    "`{case}` of `rules {group}`, {}:{line}.",
                    self.pipeline.file
                ),
                None => format!("`rule {it}`, {}:{line}.", self.pipeline.file),
            };
            (variant(&name), words)
        };
        rules.iter().map(variant_of).collect()
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

    fn of_tables(&self) -> Tokens {
        let table = &self.names.local("table");
        let event = &self.names.local("event");
        let partition = &self.names.local("partition");
        let index = &self.names.local("index");
        let field = &self.names.local("field");
        let value = &self.names.local("value");
        let (may, may_update) = (&self.own.grant, &self.own.update);
        let tables = (!self.pipeline.tables.is_empty()).then(|| {
            quote! {
                /// Records an event once, where `append` is granted.
                pub fn append<'a, T, E>(&'a self, #table: T, #event: &'a E) -> Local<'a, Result<Appended, Fault>>
                where
                    T: Holds<E> + #may<append>,
                    E: Event,
                {
                    Box::pin(self.context.append(#table, #event))
                }

                /// The facts of a partition in order, where `read` is granted.
                pub fn read<'a, T>(&'a self, #table: T, #partition: &'a str) -> Local<'a, Result<Vec<T::Fact>, Fault>>
                where
                    T: Table + #may<read>,
                {
                    Box::pin(self.context.read(#table, #partition))
                }
            }
        });
        let indexed = self
            .pipeline
            .tables
            .values()
            .any(|it| !it.indexes.is_empty());
        let indexes = indexed.then(|| {
            quote! {
                /// The facts that an index finds, where `read` of its table is granted. What was recorded a moment ago may be missing.
                pub fn find<'a, I>(&'a self, #index: I, #partition: &'a I::Partition) -> Local<'a, Result<Vec<<I::Table as Table>::Fact>, Fault>>
                where
                    I: Index,
                    I::Table: #may<read>,
                {
                    Box::pin(self.context.find(#index, #partition))
                }
            }
        });
        let updates = (!self.used.fields.is_empty()).then(|| {
            quote! {
                /// Changes one field of a recorded event, where `update` is granted: `update(webhooks, webhooks::stage, &event, &stage)`.
                pub fn update<'a, T, F, E>(&'a self, #table: T, #field: F, #event: &'a E, #value: &'a F::Value) -> Local<'a, Result<Updated, Fault>>
                where
                    T: Holds<E> + #may_update<F>,
                    F: FieldOf<E>,
                    E: Event,
                {
                    Box::pin(self.context.update(#table, #field, #event, #value))
                }
            }
        });
        quote!(#tables #indexes #updates)
    }

    fn of_secrets(&self) -> Tokens {
        let secret = &self.names.local("secret");
        let parameter = &self.names.local("parameter");
        let may = &self.own.grant;
        let secrets = (!self.pipeline.secrets.is_empty()).then(|| {
            quote! {
                /// The value of a secret, where `read` is granted.
                pub fn secret<S>(&self, #secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
                where
                    S: SecretName + #may<read>,
                {
                    Box::pin(self.context.secret(#secret))
                }
            }
        });
        let parameters = (!self.used.parameters.is_empty()).then(|| {
            quote! {
                /// The value of a parameter, where `read` is granted.
                pub fn param<P>(&self, #parameter: P) -> Local<'_, Result<P::Value, Fault>>
                where
                    P: ParameterName + #may<read>,
                {
                    Box::pin(self.context.param(#parameter))
                }
            }
        });
        quote!(#secrets #parameters)
    }

    fn of_channels(&self) -> Tokens {
        let channel = &self.names.local("channel");
        let value = &self.names.local("value");
        let topic = &self.names.local("topic");
        let subject = &self.names.local("subject");
        let text = &self.names.local("text");
        let may = &self.own.grant;
        let channels = &self.used.channels;
        let sends = channels.iter().any(|it| !it.carries.is_empty()).then(|| {
            quote! {
                /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
                pub fn send<'a, C, E>(&'a self, #channel: C, #value: &'a E) -> Local<'a, Result<(), Fault>>
                where
                    C: Carries<E> + #may<send>,
                    E: Record,
                {
                    Box::pin(self.context.send(#channel, #value))
                }
            }
        });
        let for_people = |it: &resources::Channel<'_>| {
            matches!(it.kind, ChannelKind::Topic) && it.carries.is_empty()
        };
        let alerts = channels.iter().any(for_people).then(|| {
            quote! {
                /// Tells people by a topic, where `send` is granted: a subject of at most 100 ASCII characters, and a text.
                pub fn alert<'a, C>(&'a self, #topic: C, #subject: &'a str, #text: &'a str) -> Local<'a, Result<(), Fault>>
                where
                    C: Alerts + #may<send>,
                {
                    Box::pin(self.context.alert(#topic, #subject, #text))
                }
            }
        });
        quote!(#sends #alerts)
    }

    fn of_buckets_and_workflows(&self) -> Tokens {
        let bucket = &self.names.local("bucket");
        let key = &self.names.local("key");
        let content_type = &self.names.local("content_type");
        let bytes = &self.names.local("bytes");
        let workflow = &self.names.local("workflow");
        let input = &self.names.local("input");
        let may = &self.own.grant;
        let buckets = (!self.used.buckets.is_empty()).then(|| {
            quote! {
                /// Writes an object, in place of one that is there, where `write` is granted.
                pub fn write<'a, B>(&'a self, #bucket: B, #key: &'a str, #content_type: &'a str, #bytes: Vec<u8>) -> Local<'a, Result<(), Fault>>
                where
                    B: Bucket + #may<write>,
                {
                    Box::pin(self.context.write(#bucket, #key, #content_type, #bytes))
                }

                /// The bytes of an object, if there is one, where `read` is granted.
                pub fn get<'a, B>(&'a self, #bucket: B, #key: &'a str) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
                where
                    B: Bucket + #may<read>,
                {
                    Box::pin(self.context.get(#bucket, #key))
                }
            }
        });
        let workflows = (!self.used.workflows.is_empty()).then(|| {
            quote! {
                /// Starts a workflow once for an event, where `start` is granted.
                pub fn start<'a, W>(&'a self, #workflow: W, #input: &'a W::Input) -> Local<'a, Result<Started, Fault>>
                where
                    W: Workflow + #may<start>,
                {
                    Box::pin(self.context.start(#workflow, #input))
                }
            }
        });
        quote!(#buckets #workflows)
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
