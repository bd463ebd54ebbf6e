//! The part of `capabilities.rs` that stands for resources: a type each, and what the runtime has to know of it.

use std::collections::BTreeSet;

use pipe_quote::quote;

use super::names::{Names, rust_type};
use super::source::doc_at;
use crate::model::{
    Function, Index, Origin, Parameter, ParameterSource, Pipeline, Queue, Sink, SinkTo, Table,
    Target, Trigger, Type, Verb,
};
use pipe_tokens::{Doc, Ident, Tokens};

/// What a pipeline has of each kind, as far as its code has to do with it.
#[derive(Debug, Default)]
pub(super) struct Used<'p> {
    pub(super) channels: Vec<Channel<'p>>,
    pub(super) buckets: BTreeSet<&'p str>,
    pub(super) workflows: BTreeSet<&'p str>,
    pub(super) parameters: BTreeSet<&'p str>,
    /// Tables with the fields of them that some grant lets change.
    pub(super) fields: BTreeSet<(&'p str, &'p str)>,
}

/// A queue, family of queues, topic or bus that something is sent to by code of ours.
#[derive(Debug)]
pub(super) struct Channel<'p> {
    /// Declared name; of a family the family's.
    pub(super) name: &'p str,
    pub(super) kind: ChannelKind<'p>,
    /// Type names of what may be sent, with what the message says it is.
    pub(super) carries: Vec<(&'p str, &'p str)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ChannelKind<'p> {
    Queue(&'p Queue, bool),
    Topic,
    Bus(&'p str),
}

impl<'p> Used<'p> {
    pub(super) fn of(pipeline: &'p Pipeline) -> Self {
        let mut used = Self::default();
        let mut channels = BTreeSet::new();
        for grant in pipeline.grants.values() {
            let Some(function) = pipeline.functions.get(&grant.to) else {
                continue;
            };
            for it in &grant.permissions {
                let name = it.resource.as_str();
                match it.verb {
                    Verb::Send => {
                        channels.insert(spelled(pipeline, function, name));
                    }
                    Verb::Write => {
                        used.buckets.insert(name);
                    }
                    Verb::Start => {
                        used.workflows.insert(name);
                    }
                    Verb::Update => {
                        used.fields
                            .extend(it.field.as_deref().map(|field| (name, field)));
                    }
                    Verb::Read if pipeline.buckets.contains_key(name) => {
                        used.buckets.insert(name);
                    }
                    Verb::Read if pipeline.parameters.contains_key(name) => {
                        used.parameters.insert(name);
                    }
                    Verb::Read | Verb::Append | Verb::Call | Verb::Receive => {}
                }
            }
        }
        used.channels = channels
            .into_iter()
            .filter_map(|it| channel(pipeline, it))
            .collect();
        used
    }
}

/// The name that a function's code has for a channel: of a queue that is a family's member the family, where the call says which member,
/// and the member itself, where it does not.
pub(super) fn spelled<'p>(pipeline: &'p Pipeline, function: &Function, name: &'p str) -> &'p str {
    let Some(member) = pipeline.queues.get(name).and_then(|it| it.member.as_ref()) else {
        return name;
    };
    let is_own = match &function.member {
        Some(own) => own.provider == member.provider,
        None => chooses_by_provider(pipeline, function),
    };
    if is_own { &member.family } else { name }
}

/// True for the handler of a route whose path names the provider.
fn chooses_by_provider(pipeline: &Pipeline, function: &Function) -> bool {
    matches!(function.trigger, Trigger::Route(index)
        if pipeline.routes.get(index).is_some_and(|it| it.path.contains("{provider}")))
}

fn channel<'p>(pipeline: &'p Pipeline, name: &'p str) -> Option<Channel<'p>> {
    if let Some(topic) = pipeline.topics.get(name) {
        let carries = topic.holds.iter().map(|it| (it.as_str(), it.as_str()));
        return Some(Channel {
            name,
            kind: ChannelKind::Topic,
            carries: carries.collect(),
        });
    }
    if let Some(bus) = pipeline.buses.get(name) {
        let carries = bus
            .holds
            .iter()
            .map(|(it, kind)| (it.as_str(), kind.as_str()));
        return Some(Channel {
            name,
            kind: ChannelKind::Bus(&bus.source),
            carries: carries.collect(),
        });
    }
    let family = |it: &&Queue| it.member.as_ref().is_some_and(|it| it.family == name);
    let (queue, per_provider) = match pipeline.queues.get(name) {
        Some(queue) => (queue, false),
        None => (pipeline.queues.values().find(family)?, true),
    };
    let members: Vec<&str> = if per_provider {
        let members = pipeline.queues.values().filter(family);
        members.map(|it| it.name.as_str()).collect()
    } else {
        vec![name]
    };
    Some(Channel {
        name,
        kind: ChannelKind::Queue(queue, per_provider),
        carries: carried(pipeline, &members),
    })
}

/// What is sent to a queue, by its consumer's input and by every sink to it.
fn carried<'p>(pipeline: &'p Pipeline, queues: &[&str]) -> Vec<(&'p str, &'p str)> {
    let is_one = |name: &str| queues.contains(&name);
    let is_sink = |it: &Sink| match &it.to {
        SinkTo::Send(Target::Queue(name)) => is_one(name),
        SinkTo::Send(Target::QueueOfProvider(family)) => queues.iter().any(|it| {
            it.strip_prefix(family.as_str())
                .is_some_and(|it| it.starts_with('_'))
        }),
        _ => false,
    };
    let mut types = BTreeSet::new();
    for function in pipeline.functions.values() {
        if matches!(&function.trigger, Trigger::Queue { queue, .. } if is_one(queue)) {
            types.extend(named(&function.input));
        }
        let own = function.sinks.iter().any(is_sink);
        let of_route = match function.trigger {
            Trigger::Route(index) => pipeline.routes.get(index),
            _ => None,
        };
        if own || of_route.is_some_and(|it| it.sinks.iter().any(is_sink)) {
            types.extend(function.output.as_ref().and_then(named));
        }
    }
    types.into_iter().map(|it| (it, it)).collect()
}

/// The declared name in a type.
pub(super) fn named(ty: &Type) -> Option<&str> {
    match ty {
        Type::Record(name) | Type::Event(name) => Some(name),
        Type::List(it) | Type::Optional(it) => named(it),
        Type::String
        | Type::Int
        | Type::Decimal
        | Type::Bool
        | Type::Timestamp
        | Type::EpochMillis
        | Type::Enum(_)
        | Type::Provider
        | Type::Request
        | Type::Accepted => None,
    }
}

/// The types of all resources, in the order of their kinds.
pub(super) fn items(pipeline: &Pipeline, names: &Names, used: &Used<'_>) -> Vec<Tokens> {
    let out = Resources { pipeline, names };
    let mut items = Vec::new();
    for table in pipeline.tables.values() {
        items.extend(out.table(table));
        items.extend(table.indexes.iter().flat_map(|it| out.index(table, it)));
        let fields = used.fields.iter().filter(|(of, _)| *of == table.name);
        items.extend(fields.flat_map(|(_, field)| out.field(table, field)));
    }
    for secret in pipeline.secrets.values() {
        let (name, wire) = (names.marker(&secret.name), &secret.name);
        items.push(out.marker("secret", (&secret.name, &secret.doc, secret.origin)));
        items.push(quote! {
            impl SecretName for #name {
                const NAME: &'static str = #wire;
            }
        });
    }
    for name in &used.parameters {
        items.extend(
            pipeline
                .parameters
                .get(*name)
                .into_iter()
                .flat_map(|it| out.parameter(it)),
        );
    }
    items.extend(used.channels.iter().flat_map(|it| out.channel(it)));
    for name in &used.buckets {
        if let Some(bucket) = pipeline.buckets.get(*name) {
            let (name, wire) = (names.marker(&bucket.name), &bucket.name);
            items.push(out.marker("bucket", (&bucket.name, &bucket.doc, bucket.origin)));
            items.push(quote! {
                impl Bucket for #name {
                    const NAME: &'static str = #wire;
                }
            });
        }
    }
    for name in &used.workflows {
        if let Some(workflow) = pipeline.workflows.get(*name) {
            let (name, wire) = (names.marker(&workflow.name), &workflow.name);
            let (binding, event) = (&workflow.binding, names.declared(&workflow.event));
            items.push(out.marker("workflow", (&workflow.name, &workflow.doc, workflow.origin)));
            items.push(quote! {
                impl Workflow for #name {
                    const NAME: &'static str = #wire;
                    const BINDING: &'static str = #binding;
                    type Input = #event;
                }
            });
        }
    }
    items
}

struct Resources<'a> {
    pipeline: &'a Pipeline,
    names: &'a Names,
}

impl Resources<'_> {
    /// The type that stands for a resource, with the spec's words and where they stand.
    fn marker(&self, kind: &str, (name, words, origin): (&str, &str, Origin)) -> Tokens {
        let place = format!("`{kind} {name}`, {}:{}.", self.pipeline.file, origin.line);
        marker(&doc_at(words, &place), &self.names.marker(name))
    }

    fn table(&self, table: &Table) -> Vec<Tokens> {
        let (name, wire, partition) = (
            self.names.marker(&table.name),
            &table.name,
            &table.partition,
        );
        let sort = match &table.sort {
            Some((field, _)) => quote!(Some(#field)),
            None => quote!(None),
        };
        let is_number = table
            .sort
            .as_ref()
            .is_some_and(|(_, ty)| *ty == Type::EpochMillis);
        let is_number = is_number.then(|| {
            quote!(
                const SORT_IS_NUMBER: bool = true;
            )
        });
        let updated: Vec<&str> = self.pipeline.updated(&table.name).into_iter().collect();
        let updated = (!updated.is_empty()).then(|| {
            quote!(
                const UPDATED: &'static [&'static str] = &[#(#updated),*];
            )
        });
        let indexes: Vec<Tokens> = table.indexes.iter().map(index_keys).collect();
        let indexes = (!indexes.is_empty()).then(|| {
            quote!(
                const INDEXES: &'static [IndexKeys] = &[#(#indexes),*];
            )
        });
        let fact = self.names.fact(&table.name);
        let held = table.holds.iter().map(|it| {
            let event = self.names.declared(it);
            quote!(impl Holds<#event> for #name {})
        });
        vec![
            self.marker("table", (&table.name, &table.doc, table.origin)),
            quote! {
                impl Table for #name {
                    const NAME: &'static str = #wire;
                    const PARTITION: &'static str = #partition;
                    const SORT: Option<&'static str> = #sort;
                    #is_number
                    #updated
                    #indexes
                    type Fact = #fact;
                }
            },
            quote!(#(#held)*),
        ]
    }

    fn index(&self, table: &Table, index: &Index) -> Vec<Tokens> {
        let name = self.names.marker(&index.name);
        let of = self.names.marker(&table.name);
        let (partition, ty) = &index.partition;
        let ty = match ty {
            Type::String => quote!(str),
            Type::Enum(_) => {
                let owner = table.holds.first().map(String::as_str).unwrap_or_default();
                rust_type(self.names, ty, owner, partition)
            }
            other => rust_type(self.names, other, "", ""),
        };
        let keys = index_keys(index);
        let place = format!(
            "`index {}` of `{}`, {}:{}.",
            index.name, table.name, self.pipeline.file, index.origin.line
        );
        vec![
            marker(&Doc::new(&place), &name),
            quote! {
                impl Index for #name {
                    type Table = #of;
                    type Partition = #ty;
                    const KEYS: IndexKeys = #keys;
                }
            },
        ]
    }

    fn field(&self, table: &Table, field: &str) -> Vec<Tokens> {
        let name = self.names.field_marker(field);
        let of = self.names.marker(&table.name);
        let about = format!(
            "The field `{field}` of `{}`, which a grant lets change.",
            table.name
        );
        let mut items = vec![marker(&Doc::new(&about), &name)];
        for event in &table.holds {
            let fields = self
                .pipeline
                .events
                .get(event)
                .into_iter()
                .flat_map(|it| &it.fields);
            let Some(declared) = fields.clone().find(|it| it.name == field) else {
                continue;
            };
            let ty = rust_type(self.names, &declared.ty, event, field);
            let event = self.names.declared(event);
            items.push(quote! {
                impl FieldOf<#event> for #name {
                    const NAME: &'static str = #field;
                    type Value = #ty;
                }
            });
        }
        let about = format!("`{}.{field}`, as grants spell it.", table.name);
        let docs = Doc::new(&about);
        items.push(quote! {
            #[allow(non_upper_case_globals, reason = "it is written as in the spec")]
            impl #of {
                #docs
                pub const #name: #name = #name;
            }
        });
        items
    }

    fn parameter(&self, parameter: &Parameter) -> Vec<Tokens> {
        let (name, wire) = (self.names.marker(&parameter.name), &parameter.name);
        let ty = rust_type(self.names, &parameter.ty, "", "");
        let source = match parameter.source {
            ParameterSource::AtDeploy => quote!(Parameter::AtDeploy(#wire)),
            ParameterSource::External | ParameterSource::Value(_) => {
                quote!(Parameter::Stored(#wire))
            }
        };
        vec![
            self.marker("param", (&parameter.name, &parameter.doc, parameter.origin)),
            quote! {
                impl ParameterName for #name {
                    const PARAMETER: Parameter = #source;
                    type Value = #ty;
                }
            },
        ]
    }

    fn channel(&self, channel: &Channel<'_>) -> Vec<Tokens> {
        let (wire, name) = (channel.name, self.names.marker(channel.name));
        let (kind, words, origin) = self.declared(channel);
        let destination = match channel.kind {
            ChannelKind::Queue(queue, per_provider) => {
                let fifo = match queue.group.as_deref().filter(|_| queue.fifo) {
                    Some(group) => {
                        let by_content = queue.dedupe_content;
                        quote!(Some(Fifo { group: #group, by_content: #by_content }))
                    }
                    None => quote!(None),
                };
                quote!(Destination::Queue { name: #wire, per_provider: #per_provider, fifo: #fifo })
            }
            ChannelKind::Topic => quote!(Destination::Topic { name: #wire }),
            ChannelKind::Bus(source) => quote!(Destination::Bus { name: #wire, source: #source }),
        };
        let mut items = vec![
            self.marker(kind, (channel.name, words, origin)),
            quote! {
                impl Channel for #name {
                    const DESTINATION: Destination = #destination;
                }
            },
        ];
        for (ty, kind) in &channel.carries {
            let ty = self.names.declared(ty);
            items.push(quote! {
                impl Carries<#ty> for #name {
                    const KIND: &'static str = #kind;
                }
            });
        }
        if matches!(channel.kind, ChannelKind::Topic) && channel.carries.is_empty() {
            items.push(quote!(impl Alerts for #name {}));
        }
        items
    }

    /// Kind, words and place of a channel.
    fn declared(&self, channel: &Channel<'_>) -> (&'static str, &str, Origin) {
        match channel.kind {
            ChannelKind::Queue(queue, _) => {
                let queue = self.pipeline.queues.get(&queue.name);
                let of = queue
                    .map(|it| (it.doc.as_str(), it.origin))
                    .unwrap_or_default();
                ("queue", of.0, of.1)
            }
            ChannelKind::Topic => {
                let topic = self.pipeline.topics.get(channel.name);
                let of = topic
                    .map(|it| (it.doc.as_str(), it.origin))
                    .unwrap_or_default();
                ("topic", of.0, of.1)
            }
            ChannelKind::Bus(_) => {
                let bus = self.pipeline.buses.get(channel.name);
                let of = bus
                    .map(|it| (it.doc.as_str(), it.origin))
                    .unwrap_or_default();
                ("bus", of.0, of.1)
            }
        }
    }
}

fn index_keys(index: &Index) -> Tokens {
    let (wire, (partition, _)) = (&index.name, &index.partition);
    let sort = match &index.sort {
        Some((field, _)) => quote!(Some(#field)),
        None => quote!(None),
    };
    quote!(IndexKeys { name: #wire, partition: #partition, sort: #sort })
}

fn marker(docs: &Doc<'_>, name: &Ident) -> Tokens {
    quote! {
        #docs
        #[allow(non_camel_case_types, reason = "messages of the compiler then show a grant as the spec writes it")]
        #[derive(Clone, Copy, Debug)]
        pub struct #name;
    }
}
