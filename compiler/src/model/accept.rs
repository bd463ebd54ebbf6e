//! `accept:` of a route: the provider's events that its handler takes, and where everything else is recorded.

use super::Origin;

/// What a route accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The events, in the order written: each of `crate::providers`.
    pub events: Vec<AcceptedEvent>,
    /// Who sends here: the declared provider's name where the path names it, else the empty name; with the name of its description.
    pub senders: Vec<(String, String)>,
    /// `other:`, the table for deliveries that are none of these.
    pub table: String,
    /// The event that they are recorded as; the only one that the table holds.
    pub event: String,
    /// Where it is written.
    pub origin: Origin,
}

/// One event of a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcceptedEvent {
    /// Name of the description: `stripe`.
    pub provider: String,
    /// The event's type as the provider spells it: `payment_intent.succeeded`.
    pub event: String,
}
