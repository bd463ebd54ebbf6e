//! Rust names for the spec's names: types stay as they are, fields become snake_case, what Rust or the generated code has already taken
//! gets an underscore.

use std::collections::{BTreeMap, BTreeSet};

use pipe_quote::quote;
use rustc_hash::FxHashSet;

use pipe_tokens::{Ident, Tokens};

use crate::model::{Function, Pipeline, Trigger, Type};

/// Names that the generated modules and every Rust program use for something else, in order.
const TAKEN: &[&str] = &[
    "Alerts",
    "Answer",
    "Appended",
    "Arrival",
    "Box",
    "Bucket",
    "Call",
    "Carries",
    "Channel",
    "Context",
    "Debug",
    "Decimal",
    "Default",
    "Deref",
    "Deserialize",
    "Destination",
    "EpochMillis",
    "Err",
    "Event",
    "ExitCode",
    "Fact",
    "Failure",
    "Fault",
    "FieldOf",
    "Fields",
    "Fifo",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Future",
    "Holds",
    "Index",
    "IndexKeys",
    "Into",
    "Invalid",
    "Invocation",
    "Local",
    "Map",
    "Memory",
    "None",
    "Ok",
    "Option",
    "Parameter",
    "ParameterName",
    "Piece",
    "Post",
    "Provider",
    "Rc",
    "Record",
    "Relation",
    "Request",
    "Result",
    "Route",
    "Secret",
    "SecretName",
    "Self",
    "Send",
    "Serialize",
    "Sized",
    "Some",
    "Started",
    "String",
    "Sync",
    "Table",
    "Timestamp",
    "Unforeseen",
    "Updated",
    "Value",
    "Vec",
    "Verify",
    "Via",
    "Where",
    "Wire",
    "Workflow",
    "accept",
    "accepted",
    "append",
    "at_once",
    "capabilities",
    "crate",
    "functions",
    "lambda",
    "map",
    "on",
    "read",
    "run",
    "self",
    "send",
    "sink",
    "start",
    "str",
    "super",
    "text",
    "types",
    "write",
];

/// The Rust names of everything that is declared.
#[derive(Debug)]
pub(super) struct Names {
    types: BTreeMap<String, Ident>,
    markers: BTreeMap<String, Ident>,
    functions: BTreeMap<String, FunctionNames>,
    /// By owner and field.
    enumerations: BTreeMap<(String, String), Ident>,
    facts: BTreeMap<String, Ident>,
    /// Fields that some grant lets change.
    fields: BTreeMap<String, Ident>,
    /// All of the markers and fields, which are unit structs.
    structs: FxHashSet<String>,
    /// What providers describe, by provider and described name.
    described: BTreeMap<(String, String), Ident>,
}

/// What is generated for one function.
#[derive(Debug)]
pub(super) struct FunctionNames {
    /// `Process`
    pub(super) contract: Ident,
    /// `process`
    pub(super) method: Ident,
    /// `ProcessError`; `None` when the function declares no error, and fails with `Fault`.
    pub(super) error: Option<Ident>,
    /// `ProcessContext`
    pub(super) context: Ident,
    /// `ProcessGrant`
    pub(super) grant: Ident,
    /// `ProcessUpdate`, the grant of `update`, which names a field.
    pub(super) update: Ident,
    /// `StatusUpdatesCase`; `None` when no rule sends to it.
    pub(super) case: Option<Ident>,
}

/// Declared name: of a family's member the family's.
pub(super) fn family_name(function: &Function) -> &str {
    match &function.member {
        Some(member) => &member.family,
        None => &function.name,
    }
}

/// The functions as they are declared: each family once, with all its members.
pub(super) fn declarations(pipeline: &Pipeline) -> Vec<Vec<&Function>> {
    let mut families: BTreeMap<&str, Vec<&Function>> = BTreeMap::new();
    for function in pipeline.functions.values() {
        families
            .entry(family_name(function))
            .or_default()
            .push(function);
    }
    families.into_values().collect()
}

/// Everything that has a type to stand for it, each name once.
fn markers(pipeline: &Pipeline) -> BTreeSet<&str> {
    let families = pipeline.queues.values().filter_map(|it| it.member.as_ref());
    let indexes = pipeline.tables.values().flat_map(|it| &it.indexes);
    pipeline
        .tables
        .keys()
        .chain(pipeline.secrets.keys())
        .chain(pipeline.parameters.keys())
        .chain(pipeline.queues.keys())
        .chain(pipeline.topics.keys())
        .chain(pipeline.buses.keys())
        .chain(pipeline.buckets.keys())
        .chain(pipeline.workflows.keys())
        .chain(families.map(|it| &it.family))
        .chain(indexes.map(|it| &it.name))
        .map(String::as_str)
        .collect()
}

/// Gives each name once.
#[derive(Default)]
struct Allocator(FxHashSet<String>);

impl Allocator {
    fn take(&mut self, wanted: &str) -> Ident {
        let mut name = wanted.to_owned();
        while self.is_taken(&name) {
            name.push('_');
        }
        let ident = Ident::new(&name);
        self.0.insert(name);
        ident
    }

    fn is_taken(&self, name: &str) -> bool {
        TAKEN.binary_search(&name).is_ok() || self.0.contains(name)
    }
}

impl Names {
    pub(super) fn new(pipeline: &Pipeline) -> Self {
        let mut free = Allocator::default();
        let declared = pipeline
            .events
            .keys()
            .chain(pipeline.types.keys())
            .chain(pipeline.errors.keys());
        let types = declared
            .map(|name| (name.clone(), free.take(name)))
            .collect();
        let markers: BTreeMap<String, Ident> = markers(pipeline)
            .into_iter()
            .map(|name| (name.to_owned(), free.take(name)))
            .collect();
        let mut functions = BTreeMap::new();
        for function in pipeline.functions.values() {
            let name = family_name(function);
            if !functions.contains_key(name) {
                functions.insert(
                    name.to_owned(),
                    FunctionNames::new(function, name, &mut free),
                );
            }
        }
        let tables = pipeline.tables.keys();
        let facts = tables
            .map(|it| (it.clone(), free.take(&format!("{}Fact", pascal(it)))))
            .collect();
        let permissions = pipeline.grants.values().flat_map(|it| &it.permissions);
        let changing: BTreeSet<&String> = permissions.filter_map(|it| it.field.as_ref()).collect();
        let fields = changing.into_iter();
        let fields: BTreeMap<String, Ident> =
            fields.map(|it| (it.clone(), free.take(it))).collect();
        let described = super::accepted::wanted(pipeline).into_iter();
        let described = described.map(|(of, rust)| (of, free.take(&rust))).collect();
        let of_events = pipeline.events.values().map(|it| (&it.name, &it.fields));
        let records = pipeline.types.values().chain(pipeline.errors.values());
        let mut enumerations = BTreeMap::new();
        for (owner, fields) in of_events.chain(records.map(|it| (&it.name, &it.fields))) {
            for it in fields
                .iter()
                .filter(|it| super::types::variants(&it.ty).is_some())
            {
                let name = free.take(&format!("{}{}", pascal(owner), pascal(&it.name)));
                enumerations.insert((owner.clone(), it.name.clone()), name);
            }
        }
        for function in pipeline.functions.values() {
            if function.input == Type::Accepted {
                let name = free.take(&format!("{}Input", pascal(&function.name)));
                enumerations.insert((function.name.clone(), "input".to_owned()), name);
            }
        }
        let structs = markers.values().chain(fields.values());
        let structs = structs.map(|it| it.as_str().to_owned()).collect();
        Self {
            structs,
            types,
            markers,
            functions,
            enumerations,
            facts,
            fields,
            described,
        }
    }

    /// The type of an event, record or error.
    pub(super) fn declared(&self, name: &str) -> Ident {
        self.types
            .get(name)
            .cloned()
            .unwrap_or_else(|| Ident::new(name))
    }

    /// The type that stands for a table, a secret, a channel and the like.
    pub(super) fn marker(&self, name: &str) -> Ident {
        self.markers
            .get(name)
            .cloned()
            .unwrap_or_else(|| Ident::new(name))
    }

    /// A name for a parameter or variable of generated code: no unit struct may have it, or it would be a pattern and not a binding.
    pub(super) fn local(&self, wanted: &'static str) -> Ident {
        if !self.structs.contains(wanted) {
            return Ident::fixed(wanted);
        }
        let mut name = format!("{wanted}_");
        while self.structs.contains(&name) {
            name.push('_');
        }
        Ident::new(&name)
    }

    /// The names of a function's trait and the like; the members of a family share them.
    pub(super) fn function(&self, function: &Function) -> Option<&FunctionNames> {
        self.functions.get(family_name(function))
    }

    /// The enum of a field with named variants: `PaymentReceivedStatus`.
    pub(super) fn enumeration(&self, owner: &str, field: &str) -> Ident {
        let known = self
            .enumerations
            .get(&(owner.to_owned(), field.to_owned()))
            .cloned();
        known.unwrap_or_else(|| Ident::new(&format!("{}{}", pascal(owner), pascal(field))))
    }

    /// The type of an event or object that a provider describes: `StripePaymentIntent`.
    pub(super) fn described(&self, provider: &str, name: &str) -> Ident {
        let known = self
            .described
            .get(&(provider.to_owned(), name.to_owned()))
            .cloned();
        known.unwrap_or_else(|| Ident::new(&format!("{}{}", pascal(provider), pascal(name))))
    }

    /// The type that stands for a field that `update` may change.
    pub(super) fn field_marker(&self, name: &str) -> Ident {
        self.fields
            .get(name)
            .cloned()
            .unwrap_or_else(|| Ident::new(name))
    }

    /// The enum of all events of a table: `PaymentEventsFact`.
    pub(super) fn fact(&self, table: &str) -> Ident {
        self.facts
            .get(table)
            .cloned()
            .unwrap_or_else(|| Ident::new(&format!("{}Fact", pascal(table))))
    }
}

impl FunctionNames {
    fn new(function: &Function, declared: &str, free: &mut Allocator) -> Self {
        let name = pascal(declared);
        let ruled = matches!(function.trigger, Trigger::Rules(_));
        Self {
            contract: if free.is_taken(&name) {
                free.take(&format!("{name}Function"))
            } else {
                free.take(&name)
            },
            method: Ident::new(declared),
            error: (!function.fails.is_empty()).then(|| free.take(&format!("{name}Error"))),
            context: free.take(&format!("{name}Context")),
            grant: free.take(&format!("{name}Grant")),
            update: free.take(&format!("{name}Update")),
            case: ruled.then(|| free.take(&format!("{name}Case"))),
        }
    }
}

/// `payment_events` and `paymentEvents` to `PaymentEvents`.
pub(super) fn pascal(name: &str) -> String {
    let mut tall = String::with_capacity(name.len());
    for word in words(name) {
        let start = tall.len();
        tall.push_str(word);
        if let Some(first) = tall.get_mut(start..=start) {
            first.make_ascii_uppercase();
        }
    }
    tall
}

/// `paymentId` and `PaymentID` to `payment_id`.
pub(super) fn snake(name: &str) -> String {
    let mut small = words(name).join("_");
    small.make_ascii_lowercase();
    small
}

/// The words of a name, which begin at capitals and behind anything that is no letter or digit.
fn words(name: &str) -> Vec<&str> {
    let letters = name.as_bytes();
    let is = |at: Option<usize>, kind: fn(&u8) -> bool| {
        at.and_then(|it| letters.get(it)).is_some_and(kind)
    };
    let mut words = Vec::new();
    let mut start = None;
    for (index, it) in letters.iter().enumerate() {
        let (before, after) = (index.checked_sub(1), Some(index + 1));
        let is_part = it.is_ascii_alphanumeric();
        let begins = it.is_ascii_uppercase()
            && (is(before, |it| it.is_ascii_lowercase() || it.is_ascii_digit())
                || is(before, u8::is_ascii_uppercase) && is(after, u8::is_ascii_lowercase));
        if let Some(from) = start
            && (begins || !is_part)
        {
            words.extend(name.get(from..index));
            start = None;
        }
        if is_part && start.is_none() {
            start = Some(index);
        }
    }
    words.extend(start.and_then(|from| name.get(from..)));
    words
}

/// A field's name in Rust.
pub(super) fn field(name: &str) -> Ident {
    Ident::new(&snake(name))
}

/// A variant's name in Rust.
pub(super) fn variant(name: &str) -> Ident {
    let name = pascal(name);
    let digit = name.starts_with(|it: char| it.is_ascii_digit());
    Ident::new(&if digit || name == "Self" {
        format!("_{name}")
    } else {
        name
    })
}

/// The Rust type of a spec's type. `owner` and `field` name the enum, if it is one.
pub(super) fn rust_type(names: &Names, ty: &Type, owner: &str, field: &str) -> Tokens {
    let inner = |it: &Type| rust_type(names, it, owner, field);
    match ty {
        Type::String => quote!(String),
        Type::Int => quote!(i64),
        Type::Decimal => quote!(Decimal),
        Type::Bool => quote!(bool),
        Type::Timestamp => quote!(Timestamp),
        Type::EpochMillis => quote!(EpochMillis),
        Type::Enum(_) => {
            let name = names.enumeration(owner, field);
            quote!(#name)
        }
        Type::Record(name) | Type::Event(name) => {
            let name = names.declared(name);
            quote!(#name)
        }
        Type::List(it) => {
            let it = inner(it);
            quote!(Vec<#it>)
        }
        Type::Optional(it) => {
            let it = inner(it);
            quote!(Option<#it>)
        }
        Type::Provider => quote!(Provider),
        Type::Request => quote!(Request),
        Type::Accepted => {
            let name = names.enumeration(owner, field);
            quote!(#name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_in_order() {
        assert!(TAKEN.is_sorted());
    }

    #[test]
    fn words_begin_at_capitals_and_behind_separators() {
        for (name, small, tall) in [
            ("paymentId", "payment_id", "PaymentId"),
            ("payment_events", "payment_events", "PaymentEvents"),
            ("HTTPStatus", "http_status", "HTTPStatus"),
            ("x2y", "x2y", "X2y"),
            ("requires-action", "requires_action", "RequiresAction"),
            ("_a__Bcé3D", "a_bc_3_d", "ABc3D"),
        ] {
            assert_eq!((snake(name).as_str(), pascal(name).as_str()), (small, tall));
        }
    }

    #[test]
    fn keywords_and_odd_texts_are_identifiers_too() {
        for (name, rust) in [
            ("type", "r#type"),
            ("status", "status"),
            ("self", "self_"),
            ("3ds", "_3ds_"),
            ("", "__"),
        ] {
            assert_eq!(Ident::new(name).to_string(), rust);
        }
        assert_eq!(variant("self").to_string(), "_Self");
    }
}
