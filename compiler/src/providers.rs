//! What providers send, as this version of pipec knows it: one file for each, pinned to the description that it was taken from.
//!
//! `accept:` names events of this list; the generated types are made of it, and `pipec explain stripe` prints it. A description holds
//! what handlers need, not all that a provider sends: further fields of a body are ignored, and the raw body is kept with what is recorded.

mod adyen;
mod adyen_platform;
mod field;
mod github;
mod paypal;
mod sample;
mod spelled;
mod square;
mod stripe;

pub use field::{Field, FieldKind};
pub use sample::{Made, put, sample};
pub use spelled::explain;
pub(crate) use spelled::names;

/// All of them, by name.
pub static PROVIDERS: &[Provider] = &[
    adyen::PROVIDER,
    adyen_platform::PROVIDER,
    github::PROVIDER,
    paypal::PROVIDER,
    square::PROVIDER,
    stripe::PROVIDER,
];

/// A provider and its events.
#[derive(Debug)]
pub struct Provider {
    /// First word of what `accept:` names: `stripe`.
    pub name: &'static str,
    /// Signature schemes that its deliveries are signed with.
    pub schemes: &'static [&'static str],
    /// Version or date of the description.
    pub version: &'static str,
    /// Where it was taken from.
    pub source: &'static str,
    /// Where a delivery says the type of its event.
    pub event_type: Place,
    /// Where it says the provider's own id of the event, if anywhere.
    pub event_id: Option<Place>,
    /// What says that two deliveries are one event: the values at all of these places. A spec names the fields that hold them after
    /// `once`. Empty where the provider gives nothing of the kind.
    pub identity: &'static [Place],
    /// How it counts money.
    pub money: Money,
    /// Fields that every event has.
    pub common: &'static [Field],
    /// Objects that events and other objects hold.
    pub records: &'static [Record],
    /// The events.
    pub events: &'static [Event],
}

/// Where in a delivery something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At this path of the body.
    Body(&'static str),
    /// In this header, which is not signed.
    Header(&'static str),
}

impl Place {
    /// What the provider calls the value: the last step of its path, or the header's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Body(path) => path.rsplit('.').next().unwrap_or(path),
            Self::Header(name) => name,
        }
    }
}

/// How a provider counts amounts in minor units: hundredths, but for these currencies of ISO 4217, parted by blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Counted in whole units.
    pub whole: &'static str,
    /// Counted in thousandths.
    pub thousandths: &'static str,
}

/// An event: its type as the provider spells it, and its fields beside the common ones.
#[derive(Debug)]
pub struct Event {
    /// `payment_intent.succeeded`
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// Fields beside the provider's common ones.
    pub fields: &'static [Field],
}

/// An object with its fields.
#[derive(Debug)]
pub struct Record {
    /// `PaymentIntent`
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// The provider of that name.
#[must_use]
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|it| it.name == name)
}

impl Provider {
    /// The event of that type.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&'static Event> {
        self.events.iter().find(|it| it.name == name)
    }

    /// The object of that name.
    #[must_use]
    pub fn record(&self, name: &str) -> Option<&'static Record> {
        self.records.iter().find(|it| it.name == name)
    }
}

/// The provider whose deliveries are signed so, where the scheme is one provider's own.
#[must_use]
pub fn signed_by(scheme: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|it| it.schemes.contains(&scheme))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every field of a provider, with the owner's name.
    fn fields(provider: &Provider) -> Vec<(&str, &Field)> {
        let common = provider.common.iter().map(|it| (provider.name, it));
        let events = provider.events.iter();
        let events = events.flat_map(|it| it.fields.iter().map(move |field| (it.name, field)));
        let records = provider.records.iter();
        let records = records.flat_map(|it| it.fields.iter().map(move |field| (it.name, field)));
        common.chain(events).chain(records).collect()
    }

    #[test]
    fn the_list_is_in_order_and_every_description_says_where_it_is_from() {
        assert!(PROVIDERS.is_sorted_by_key(|it| it.name));
        for it in PROVIDERS {
            assert!(
                !it.version.is_empty() && !it.source.is_empty(),
                "{}",
                it.name
            );
            assert!(it.events.is_sorted_by_key(|it| it.name), "{}", it.name);
            for scheme in it.schemes {
                assert!(pipe_runtime::sign::scheme(scheme).is_some(), "{scheme}");
                assert_eq!(signed_by(scheme).map(|it| it.name), Some(it.name));
            }
        }
    }

    #[test]
    fn what_a_field_refers_to_is_described_and_no_name_comes_twice() {
        for provider in PROVIDERS {
            for (owner, field) in fields(provider) {
                if let FieldKind::Record(name) | FieldKind::Records(name) = field.kind {
                    assert!(provider.record(name).is_some(), "{owner}.{}", field.name);
                }
                assert!(!field.path.is_empty() && !field.name.is_empty(), "{owner}");
            }
            let owners = provider.events.iter().map(|it| it.fields);
            for own in owners.chain(provider.records.iter().map(|it| it.fields)) {
                let all: Vec<&str> = own.iter().map(|it| it.name).collect();
                assert_eq!(
                    all.iter().collect::<BTreeSet<_>>().len(),
                    all.len(),
                    "{all:?}"
                );
            }
            for event in provider.events {
                let clash = event
                    .fields
                    .iter()
                    .find(|it| provider.common.iter().any(|common| common.name == it.name));
                assert_eq!(clash.map(|it| it.name), None, "{}", event.name);
            }
        }
    }

    #[test]
    fn every_object_that_is_described_is_part_of_an_event() {
        for provider in PROVIDERS {
            for record in provider.records {
                let all = fields(provider);
                let used = all.iter().any(|(_, it)| {
                    matches!(it.kind, FieldKind::Record(name) | FieldKind::Records(name) if name == record.name)
                });
                assert!(used, "{}.{}", provider.name, record.name);
            }
        }
    }
}
