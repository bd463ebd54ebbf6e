//! `types.rs`: events, records, errors and their enums, each with the two functions that read and write it.

use std::collections::BTreeSet;

use pipe_quote::quote;

use super::names::{Names, field, rust_type, variant};
use super::resources::named;
use super::source::{Items, Source, Words, doc_at};
use crate::model::{Default, Event, Field, Literal, Pipeline, Record, Table, Type};
use pipe_tokens::{Doc, Ident, Tokens};

pub(super) fn render(pipeline: &Pipeline, names: &Names) -> String {
    let used = used(pipeline);
    let mut items = Vec::new();
    let mut in_order: Vec<(usize, Vec<Tokens>)> = Vec::new();
    for event in pipeline
        .events
        .values()
        .filter(|it| used.contains(it.name.as_str()))
    {
        in_order.push((event.origin.start, event_items(pipeline, names, event)));
    }
    for (kind, records) in [("type", &pipeline.types), ("error", &pipeline.errors)] {
        for record in records
            .values()
            .filter(|it| used.contains(it.name.as_str()))
        {
            in_order.push((
                record.origin.start,
                record_items(pipeline, names, record, kind),
            ));
        }
    }
    in_order.sort_by_key(|(start, _)| *start);
    items.extend(in_order.into_iter().flat_map(|(_, items)| items));
    items.extend(
        pipeline
            .tables
            .values()
            .flat_map(|it| fact_items(names, it)),
    );
    items.extend(provider_items(pipeline));
    let items = Items::from(items);
    let used = imports(&items.mention(RUNTIME.iter().copied()));
    Source {
        doc: vec![format!(
            "The events, types and errors of `{}`.",
            pipeline.file
        )],
        groups: vec![used],
        items,
        ..Source::default()
    }
    .render()
}

/// What any function, table, channel, parameter or workflow names, and what that is made of.
fn used(pipeline: &Pipeline) -> BTreeSet<&str> {
    let held = pipeline.tables.values().flat_map(|it| &it.holds);
    let held = held.chain(pipeline.topics.values().flat_map(|it| &it.holds));
    let mut open: Vec<&str> = held.map(String::as_str).collect();
    let on_buses = pipeline.buses.values().flat_map(|it| &it.holds);
    open.extend(on_buses.map(|(event, _)| event.as_str()));
    open.extend(pipeline.parameters.values().filter_map(|it| named(&it.ty)));
    open.extend(pipeline.workflows.values().map(|it| it.event.as_str()));
    for function in pipeline.functions.values() {
        open.extend(function.fails.iter().map(String::as_str));
        open.extend(named(&function.input));
        open.extend(function.output.iter().filter_map(named));
    }
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        if used.insert(name) {
            open.extend(
                fields_of(pipeline, name)
                    .iter()
                    .filter_map(|it| named(&it.ty)),
            );
        }
    }
    used
}

fn fields_of<'p>(pipeline: &'p Pipeline, name: &str) -> &'p [Field] {
    let event = pipeline.events.get(name).map(|it| it.fields.as_slice());
    let record = || {
        pipeline
            .types
            .get(name)
            .or_else(|| pipeline.errors.get(name))
    };
    event
        .or_else(|| record().map(|it| it.fields.as_slice()))
        .unwrap_or_default()
}

/// What the items may need of the runtime; `.write()` of a field is a method of the trait `Value`.
const RUNTIME: &[&str] = &[
    "Arrival",
    "Call",
    "Decimal",
    "Deserialize",
    "EpochMillis",
    "Event",
    "Fact",
    "Fault",
    "Fields",
    "Invalid",
    "Map",
    "Record",
    "Serialize",
    "Timestamp",
    "Value",
    "Wire",
    "map",
    "text",
    "write",
];

/// Only the imports that the items mention.
fn imports(mentioned: &Words<'_>) -> Tokens {
    let uses = |name: &str| mentioned.contains(name);
    let uses = |name: &str| uses(name) || name == "Value" && uses("write");
    let pick = |names: &[&'static str]| -> Vec<Ident> {
        names
            .iter()
            .filter(|it| uses(it))
            .map(|it| Ident::fixed(it))
            .collect()
    };
    let group = |path: Tokens, names: Vec<Ident>| {
        if names.is_empty() {
            Tokens::default()
        } else {
            quote!(use #path::{#(#names),*};)
        }
    };
    let call = group(quote!(pipe_runtime::context), pick(&["Call"]));
    let events = group(quote!(pipe_runtime::event), pick(&["Event", "Fact"]));
    let serde = group(
        quote!(pipe_runtime::serde),
        pick(&["Deserialize", "Serialize"]),
    );
    let values = group(
        quote!(pipe_runtime::value),
        pick(&[
            "Fields", "Invalid", "Map", "Record", "Value", "Wire", "map", "text",
        ]),
    );
    let mut own: Vec<Tokens> = pick(&["Decimal", "EpochMillis", "Fault", "Timestamp"])
        .iter()
        .map(|it| quote!(#it))
        .collect();
    if uses("Arrival") {
        own.push(quote!(Receipt as Arrival));
    }
    let own = if own.is_empty() {
        Tokens::default()
    } else {
        quote!(use pipe_runtime::{#(#own),*};)
    };
    quote!(#call #events #serde #values #own)
}

fn event_items(pipeline: &Pipeline, names: &Names, event: &Event) -> Vec<Tokens> {
    let place = format!(
        "`event {}`, {}:{}.",
        event.name, pipeline.file, event.origin.line
    );
    let mut items = fields_items(
        names,
        &event.name,
        &event.fields,
        &doc_at(&event.doc, &place),
    );
    let (rust, name, once) = (names.declared(&event.name), &event.name, &event.once);
    items.push(quote! {
        impl Event for #rust {
            const NAME: &'static str = #name;
            const ONCE: &'static [&'static str] = &[#(#once),*];
        }
    });
    items
}

fn record_items(pipeline: &Pipeline, names: &Names, record: &Record, kind: &str) -> Vec<Tokens> {
    let place = format!(
        "`{kind} {}`, {}:{}.",
        record.name, pipeline.file, record.origin.line
    );
    fields_items(
        names,
        &record.name,
        &record.fields,
        &doc_at(&record.doc, &place),
    )
}

/// The struct, its reading and writing, and the enums of its fields.
fn fields_items(names: &Names, owner: &str, fields: &[Field], docs: &Doc<'_>) -> Vec<Tokens> {
    let rust = names.declared(owner);
    let named: Vec<Ident> = fields.iter().map(|it| field(&it.name)).collect();
    let declarations = fields.iter().zip(&named);
    let declarations = declarations.map(|(it, name)| declaration(names, owner, it, name));
    let reads = fields.iter().map(read);
    let wires = fields.iter().map(|it| &it.name);
    let unused = fields.is_empty().then(|| quote!(let _ = fields;));
    let mut items = vec![
        quote! {
            #docs
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(crate = "pipe_runtime::serde")]
            pub struct #rust { #(#declarations),* }
        },
        quote! {
            impl Record for #rust {
                fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
                    #unused
                    Ok(Self { #(#named: #reads?),* })
                }

                fn to_fields(&self) -> Map {
                    map([#((#wires, self.#named.write())),*])
                }
            }
        },
    ];
    items.extend(
        fields
            .iter()
            .filter_map(|it| Some(enum_items(names, owner, it, variants(&it.ty)?)))
            .flatten(),
    );
    items
}

fn declaration(names: &Names, owner: &str, it: &Field, name: &Ident) -> Tokens {
    let docs = Doc::new(&it.doc);
    let ty = rust_type(names, &it.ty, owner, &it.name);
    let wire = &it.name;
    let plain = name.as_str();
    let renamed = plain.strip_prefix("r#").unwrap_or(plain) != wire;
    let attribute = match (renamed, matches!(it.ty, Type::Optional(_))) {
        (false, false) => None,
        (true, false) => Some(quote!(#[serde(rename = #wire)])),
        (false, true) => Some(quote!(#[serde(default, skip_serializing_if = "Option::is_none")])),
        (true, true) => {
            Some(quote!(#[serde(rename = #wire, default, skip_serializing_if = "Option::is_none")]))
        }
    };
    quote!(#docs #attribute pub #name: #ty)
}

fn read(it: &Field) -> Tokens {
    let wire = &it.name;
    match &it.default {
        None => quote!(fields.get(#wire)),
        Some(Default::ReceivedAt) => quote!(fields.get_or_received_at(#wire)),
        Some(Default::Uuid) => quote!(fields.get_or_uuid(#wire)),
        Some(Default::Literal(literal)) => {
            let default = match literal {
                Literal::String(text) | Literal::Variant(text) => quote!(Wire::text(#text)),
                Literal::Number(digits) => quote!(Wire::number(#digits)),
                Literal::Bool(it) => quote!(Wire::Bool(#it)),
            };
            quote!(fields.get_or(#wire, #default))
        }
    }
}

/// The variants of an enum, also of a list or an optional of one.
pub(super) fn variants(ty: &Type) -> Option<&[String]> {
    match ty {
        Type::Enum(variants) => Some(variants),
        Type::List(it) | Type::Optional(it) => variants(it),
        Type::String
        | Type::Int
        | Type::Decimal
        | Type::Bool
        | Type::Timestamp
        | Type::EpochMillis
        | Type::Record(_)
        | Type::Event(_)
        | Type::Provider
        | Type::Request
        | Type::Accepted => None,
    }
}

fn enum_items(names: &Names, owner: &str, it: &Field, wires: &[String]) -> Vec<Tokens> {
    let rust = names.enumeration(owner, &it.name);
    let docs = Doc::new(format!(
        "The field `{}` of [`{}`].",
        it.name,
        names.declared(owner)
    ));
    let variants: Vec<_> = wires.iter().map(|it| variant(it)).collect();
    vec![
        quote! {
            #docs
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(crate = "pipe_runtime::serde")]
            pub enum #rust { #(#[serde(rename = #wires)] #variants),* }
        },
        quote! {
            impl #rust {
                /// The variant as it is written on the wire.
                pub fn as_str(self) -> &'static str {
                    match self { #(Self::#variants => #wires),* }
                }
            }
        },
        value_item(&rust, &wires.iter().collect::<Vec<_>>(), &variants),
    ]
}

/// The names of all types of this file.
pub(super) fn declared_names(pipeline: &Pipeline, names: &Names) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for name in used(pipeline) {
        all.insert(names.declared(name).to_string());
        let enums = fields_of(pipeline, name)
            .iter()
            .filter(|it| variants(&it.ty).is_some());
        all.extend(enums.map(|it| names.enumeration(name, &it.name).to_string()));
    }
    all.extend(pipeline.tables.keys().map(|it| names.fact(it).to_string()));
    if !pipeline.providers.is_empty() {
        all.insert("Provider".to_owned());
    }
    all
}

/// `Provider`, of all that are declared.
fn provider_items(pipeline: &Pipeline) -> Vec<Tokens> {
    let wires: Vec<&String> = pipeline.providers.keys().collect();
    if wires.is_empty() {
        return Vec::new();
    }
    let declared = pipeline.providers.values();
    let docs = declared.map(|it| {
        doc_at(
            &it.doc,
            &format!(
                "`provider {}`, {}:{}.",
                it.name, pipeline.file, it.origin.line
            ),
        )
    });
    let variants: Vec<_> = wires.iter().map(|it| variant(it)).collect();
    let rust = Ident::fixed("Provider");
    let summary = Doc::new("The declared providers.");
    let mut items = vec![quote! {
        #summary
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(crate = "pipe_runtime::serde")]
        pub enum #rust { #(#docs #[serde(rename = #wires)] #variants),* }
    }];
    items.push(quote! {
        impl #rust {
            /// The name as it is declared, in paths and on the wire.
            pub fn as_str(self) -> &'static str {
                match self { #(Self::#variants => #wires),* }
            }

            pub(crate) fn of(call: &Call) -> Result<Self, Fault> {
                match call.provider_name() {
                    #(Some(#wires) => Ok(Self::#variants),)*
                    _ => Err(Fault::new("the call is about no declared provider")),
                }
            }
        }
    });
    items.push(value_item(&rust, &wires, &variants));
    items
}

/// How an enum is read and written.
fn value_item(rust: &Ident, wires: &[&String], variants: &[Ident]) -> Tokens {
    quote! {
        impl Value for #rust {
            fn read(wire: Option<&Wire>, _: Option<&Arrival>) -> Result<Self, Invalid> {
                match text(wire)? {
                    #(#wires => Ok(Self::#variants),)*
                    _ => Err(Invalid::not_one_of(&[#(#wires),*])),
                }
            }

            fn write(&self) -> Option<Wire> {
                Some(Wire::text(self.as_str()))
            }
        }
    }
}

/// Any event of a table, as it is read back.
fn fact_items(names: &Names, table: &Table) -> Vec<Tokens> {
    let rust = names.fact(&table.name);
    let docs = Doc::new(format!(
        "Any event of `{}`, as it is read back.",
        table.name
    ));
    let wires = &table.holds;
    let events: Vec<_> = wires.iter().map(|it| names.declared(it)).collect();
    let event_docs = wires.iter().map(|it| Doc::new(format!("`{it}`")));
    let complaint = format!("is no event of {}", table.name);
    vec![
        quote! {
            #docs
            #[derive(Clone, Debug, PartialEq)]
            pub enum #rust { #(#event_docs #events(#events)),* }
        },
        quote! {
            impl Fact for #rust {
                fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
                    match event {
                        #(#wires => Record::from_fields(fields).map(Self::#events),)*
                        _ => Err(Invalid::new(#complaint).within("_event")),
                    }
                }
            }
        },
    ]
}
