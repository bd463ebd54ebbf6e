//! Kinds of the language that this version recognises and refuses, so that nobody takes them for a typing error.

/// Keyword and what it will declare.
pub const LATER: &[(&str, &str)] = &[
    ("alarm", "a condition on a metric and whom it tells"),
    ("api_key", "a key with quota and rate for a known caller"),
    ("bucket", "a store of objects"),
    ("bus", "an event bus"),
    ("dashboard", "graphs of metrics"),
    ("network", "a private network for functions"),
    ("param", "a typed parameter"),
    ("provider", "a sender of webhooks with its own signature"),
    ("queue", "a queue with its dead letters"),
    ("rule", "a route from a bus by condition"),
    ("rules", "a range split into cases on a bus"),
    ("topic", "a fan-out to subscribers"),
];
