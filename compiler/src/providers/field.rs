//! One field of a description, and the words that descriptions are written with.

/// A field: its name in the generated type, where it stands, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in the generated type, in snake_case.
    pub name: &'static str,
    /// Path from its event's body or its object: `data.object`. The step `0` is the only item of a list.
    pub path: &'static str,
    /// What it is.
    pub kind: FieldKind,
    /// True where it may be absent or `null`.
    pub optional: bool,
}

/// What a field is on the wire, and so in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A string. Sets of values are strings too, since providers add values without a new version.
    Text,
    /// A whole number of 64 bits.
    Whole,
    /// A decimal, as number or string.
    Exact,
    /// `true` or `false`.
    Flag,
    /// `"true"` or `"false"`.
    FlagText,
    /// RFC 3339 text.
    Instant,
    /// Whole seconds since 1970.
    Seconds,
    /// A currency's code, in any case on the wire and in capitals in Rust.
    Currency,
    /// An amount in minor units of the currency at this path; in Rust a decimal in units of the currency.
    Minor(&'static str),
    /// Texts by name, which the merchant has given.
    Texts,
    /// A list of strings.
    TextList,
    /// An object of the description.
    Record(&'static str),
    /// A list of them.
    Records(&'static str),
}

impl Field {
    /// The same field at another path than its name.
    pub(super) const fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// The same field, which may be absent or `null`.
    pub(super) const fn maybe(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }
}

pub(super) const fn of(name: &'static str, kind: FieldKind) -> Field {
    Field {
        name,
        path: name,
        kind,
        optional: false,
    }
}

pub(super) const fn text(name: &'static str) -> Field {
    of(name, FieldKind::Text)
}

pub(super) const fn flag(name: &'static str) -> Field {
    of(name, FieldKind::Flag)
}

pub(super) const fn whole(name: &'static str) -> Field {
    of(name, FieldKind::Whole)
}

pub(super) const fn instant(name: &'static str) -> Field {
    of(name, FieldKind::Instant)
}

pub(super) const fn seconds(name: &'static str) -> Field {
    of(name, FieldKind::Seconds)
}

pub(super) const fn currency(name: &'static str) -> Field {
    of(name, FieldKind::Currency)
}

/// An amount in minor units of the currency that stands at `currency_at`.
pub(super) const fn minor(name: &'static str, currency_at: &'static str) -> Field {
    of(name, FieldKind::Minor(currency_at))
}

pub(super) const fn record(name: &'static str, record: &'static str) -> Field {
    of(name, FieldKind::Record(record))
}
