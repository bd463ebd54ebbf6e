//! `accepted.rs`: what the routes accept, as types made of the providers' descriptions, each with how it is read from a body.
//!
//! It is written for pipelines that accept something, and holds the objects that their events are made of and no others.

use std::collections::{BTreeMap, BTreeSet};

use pipe_quote::quote;

use super::names::{Names, field, pascal};
use super::source::{Imported, Items, Source, imports, names_of};
use crate::model::{Accept, AcceptedEvent, Pipeline, Route};
use crate::providers::{self, Event, Field, FieldKind, Place, Provider, Record};
use pipe_tokens::{Doc, Ident, Tokens};

/// What the items may need of the runtime, by path.
const RUNTIME: &Imported = &[
    ("std::collections", &["BTreeMap"]),
    (
        "pipe_runtime::accept",
        &["Accept", "Accepted", "Envelope", "Place", "other"],
    ),
    ("pipe_runtime::described", &["Currencies", "Object"]),
    ("pipe_runtime::serde", &["Deserialize", "Serialize"]),
    ("pipe_runtime::value", &["Invalid", "Wire"]),
    ("pipe_runtime", &["Decimal", "Timestamp", "described"]),
];

/// True for a pipeline with a route that accepts something.
pub(super) fn is_needed(pipeline: &Pipeline) -> bool {
    pipeline.routes.iter().any(|it| it.accept.is_some())
}

/// The file, where it is needed.
pub(super) fn render(pipeline: &Pipeline, names: &Names) -> Option<String> {
    if !is_needed(pipeline) {
        return None;
    }
    let mut items = Vec::new();
    for (index, route) in pipeline.routes.iter().enumerate() {
        if let (Some(accept), Some(handler)) = (&route.accept, route.handler()) {
            let constant = super::library::route_name(pipeline, index);
            items.push(constant_item(pipeline, names, route, accept, &constant));
            items.extend(input_items(names, handler, accept));
        }
    }
    let mut about = vec![
        format!(
            "What the routes of `{}` accept, as the providers describe it. Amounts are exact, in units of their currency.",
            pipeline.file
        ),
        String::new(),
    ];
    for (provider, needed) in needed(pipeline) {
        about.push(format!(
            "- `{}`: {}, from {}",
            provider.name, provider.version, provider.source
        ));
        let out = Out { provider, names };
        items.extend(out.money());
        items.extend(needed.events.iter().flat_map(|it| out.event(it)));
        items.extend(needed.records.iter().flat_map(|it| out.record(it)));
    }
    let items = Items::from(items);
    let used = imports(&items.mention(names_of(RUNTIME)), RUNTIME);
    let source = Source {
        doc: about,
        groups: vec![used],
        items,
        ..Source::default()
    };
    Some(source.render())
}

/// What is used of one provider, in the order of its description.
struct Needed {
    events: Vec<&'static Event>,
    records: Vec<&'static Record>,
}

/// What is used of each provider.
fn needed(pipeline: &Pipeline) -> Vec<(&'static Provider, Needed)> {
    let accepts = pipeline.routes.iter().filter_map(|it| it.accept.as_ref());
    let mut by_name: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for it in accepts.flat_map(|it| &it.events) {
        by_name.entry(&it.provider).or_default().insert(&it.event);
    }
    let of = |(name, wanted): (&str, BTreeSet<&str>)| {
        let provider = providers::provider(name)?;
        let events = provider.events.iter();
        let events: Vec<&Event> = events.filter(|it| wanted.contains(it.name)).collect();
        let mut open: Vec<&Field> = provider.common.iter().collect();
        open.extend(events.iter().flat_map(|it| it.fields));
        let mut found = BTreeSet::new();
        while let Some(it) = open.pop() {
            if let FieldKind::Record(name) | FieldKind::Records(name) = it.kind
                && found.insert(name)
            {
                open.extend(provider.record(name).iter().flat_map(|it| it.fields));
            }
        }
        let records = provider.records.iter();
        let records = records.filter(|it| found.contains(it.name)).collect();
        Some((provider, Needed { events, records }))
    };
    by_name.into_iter().filter_map(of).collect()
}

/// The names in Rust that a pipeline's accepted types want: by provider and the described name.
pub(super) fn wanted(pipeline: &Pipeline) -> Vec<((String, String), String)> {
    let mut all = Vec::new();
    for (provider, needed) in needed(pipeline) {
        let events = needed.events.iter().map(|it| it.name);
        for name in events.chain(needed.records.iter().map(|it| it.name)) {
            let rust = format!("{}{}", pascal(provider.name), event_pascal(name));
            all.push(((provider.name.to_owned(), name.to_owned()), rust));
        }
    }
    all
}

/// `payment_intent.succeeded` to `PaymentIntentSucceeded`, `PAYMENT.SALE.COMPLETED` to `PaymentSaleCompleted`.
fn event_pascal(name: &str) -> String {
    if name.chars().any(|it| it.is_ascii_lowercase()) {
        pascal(name)
    } else {
        pascal(&name.to_ascii_lowercase())
    }
}

/// What a route accepts, for the runtime.
fn constant_item(
    pipeline: &Pipeline,
    names: &Names,
    route: &Route,
    accept: &Accept,
    name: &Ident,
) -> Tokens {
    let docs = Doc::new(format!(
        "What `route {} {}` accepts, {}:{}.",
        route.method, route.path, pipeline.file, accept.origin.line
    ));
    let senders = accept.senders.iter().filter_map(|(declared, described)| {
        let provider = providers::provider(described)?;
        let name = provider.name;
        let event_type = place(provider.event_type);
        let event_id = match provider.event_id.map(place) {
            Some(it) => quote!(Some(#it)),
            None => quote!(None),
        };
        Some(quote! {
            (#declared, Envelope { provider: #name, event_type: #event_type, event_id: #event_id })
        })
    });
    let (table, event) = (names.marker(&accept.table), names.declared(&accept.event));
    quote! {
        #docs
        pub(crate) const #name: Accept = Accept {
            senders: &[#(#senders),*],
            other: other::<crate::capabilities::#table, crate::types::#event>(),
        };
    }
}

fn place(it: Place) -> Tokens {
    match it {
        Place::Body(path) => quote!(Place::Body(#path)),
        Place::Header(name) => quote!(Place::Header(#name)),
    }
}

/// The enum of what a handler takes.
fn input_items(names: &Names, handler: &str, accept: &Accept) -> Vec<Tokens> {
    let rust = names.enumeration(handler, "input");
    let docs = Doc::new(format!(
        "What `{handler}` takes: one of the events that its route accepts."
    ));
    let spelled = |it: &AcceptedEvent| Doc::new(format!("`{}.{}`", it.provider, it.event));
    let each = accept.events.iter().map(spelled);
    let types: Vec<Ident> = accept
        .events
        .iter()
        .map(|it| names.described(&it.provider, &it.event))
        .collect();
    let from = accept.events.iter().map(|it| &it.provider);
    let wire = accept.events.iter().map(|it| &it.event);
    vec![
        quote! {
            #docs
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(crate = "pipe_runtime::serde")]
            #[allow(clippy::large_enum_variant, reason = "one lives as long as its delivery, and is matched on at once")]
            pub enum #rust { #(#each #types(#types)),* }
        },
        quote! {
            impl Accepted for #rust {
                fn read(provider: &str, event_type: &str, body: &Wire) -> Result<Option<Self>, Invalid> {
                    match (provider, event_type) {
                        #((#from, #wire) => #types::read(body).map(Self::#types).map(Some),)*
                        _ => Ok(None),
                    }
                }
            }
        },
    ]
}

/// The items of one provider.
struct Out<'a> {
    provider: &'static Provider,
    names: &'a Names,
}

impl Out<'_> {
    fn money_name(&self) -> Ident {
        Ident::new(&format!(
            "{}_CURRENCIES",
            self.provider.name.to_ascii_uppercase()
        ))
    }

    /// How it counts amounts, where it has any in minor units.
    fn money(&self) -> Option<Tokens> {
        let is_minor = |it: &Field| matches!(it.kind, FieldKind::Minor(_));
        let records = self.provider.records.iter().flat_map(|it| it.fields);
        let mut fields = self.provider.common.iter().chain(records);
        fields.any(is_minor).then(|| {
            let docs = Doc::new(format!("How {} counts money.", self.provider.name));
            let name = self.money_name();
            let (whole, thousandths) = (self.provider.money.whole, self.provider.money.thousandths);
            quote! {
                #docs
                const #name: Currencies = Currencies { whole: #whole, thousandths: #thousandths };
            }
        })
    }

    fn event(&self, it: &Event) -> Vec<Tokens> {
        let docs = format!("`{}.{}`: {}", self.provider.name, it.name, it.doc);
        let fields: Vec<&Field> = self.provider.common.iter().chain(it.fields).collect();
        self.object(it.name, &docs, &fields)
    }

    fn record(&self, it: &Record) -> Vec<Tokens> {
        let fields: Vec<&Field> = it.fields.iter().collect();
        self.object(it.name, it.doc, &fields)
    }

    /// The struct and how it is read.
    fn object(&self, name: &str, docs: &str, fields: &[&Field]) -> Vec<Tokens> {
        let (rust, docs) = (
            self.names.described(self.provider.name, name),
            Doc::new(docs),
        );
        let declared = fields.iter().map(|it| self.declaration(it));
        let reads = fields.iter().map(|it| {
            let (name, read) = (field(it.name), self.read(it));
            quote!(#name: #read?)
        });
        vec![
            quote! {
                #docs
                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                #[serde(crate = "pipe_runtime::serde")]
                pub struct #rust { #(#declared),* }
            },
            quote! {
                impl #rust {
                    fn read(body: &Wire) -> Result<Self, Invalid> {
                        let it = Object::of(body)?;
                        Ok(Self { #(#reads),* })
                    }
                }
            },
        ]
    }

    fn declaration(&self, it: &Field) -> Tokens {
        let (name, ty) = (field(it.name), self.rust_type(it.kind));
        let ty = if it.optional { quote!(Option<#ty>) } else { ty };
        let docs = match (it.kind, it.path == it.name) {
            (FieldKind::Minor(at), _) => format!("`{}`, in units of `{at}`.", it.path),
            (_, false) => format!("`{}`", it.path),
            (_, true) => String::new(),
        };
        let docs = Doc::new(docs);
        quote!(#docs pub #name: #ty)
    }

    fn rust_type(&self, kind: FieldKind) -> Tokens {
        match kind {
            FieldKind::Text | FieldKind::Currency => quote!(String),
            FieldKind::Whole => quote!(i64),
            FieldKind::Exact | FieldKind::Minor(_) => quote!(Decimal),
            FieldKind::Flag | FieldKind::FlagText => quote!(bool),
            FieldKind::Instant | FieldKind::Seconds => quote!(Timestamp),
            FieldKind::Texts => quote!(BTreeMap<String, String>),
            FieldKind::TextList => quote!(Vec<String>),
            FieldKind::Record(name) => {
                let name = self.names.described(self.provider.name, name);
                quote!(#name)
            }
            FieldKind::Records(name) => {
                let name = self.names.described(self.provider.name, name);
                quote!(Vec<#name>)
            }
        }
    }

    fn read(&self, it: &Field) -> Tokens {
        let path = it.path;
        let reader = match it.kind {
            FieldKind::Minor(at) => {
                let currencies = self.money_name();
                return quote!(it.money(#path, #at, #currencies));
            }
            FieldKind::Text => Ident::fixed("text"),
            FieldKind::Whole => Ident::fixed("whole"),
            FieldKind::Exact => Ident::fixed("exact"),
            FieldKind::Flag => Ident::fixed("flag"),
            FieldKind::FlagText => Ident::fixed("flag_text"),
            FieldKind::Instant => Ident::fixed("instant"),
            FieldKind::Seconds => Ident::fixed("seconds"),
            FieldKind::Currency => Ident::fixed("code"),
            FieldKind::Texts => Ident::fixed("texts"),
            FieldKind::TextList => return quote!(it.get(#path, described::list(described::text))),
            FieldKind::Record(name) => {
                let name = self.names.described(self.provider.name, name);
                return quote!(it.get(#path, #name::read));
            }
            FieldKind::Records(name) => {
                let name = self.names.described(self.provider.name, name);
                return quote!(it.get(#path, described::list(#name::read)));
            }
        };
        // By path, because fields of events are called `text` and `code` too, and an import must not be there for their sake.
        quote!(it.get(#path, described::#reader))
    }
}
