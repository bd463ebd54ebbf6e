//! Mollie's classic webhooks: nothing is signed. They name a payment, and Mollie's API says what has become of it.

use super::asking::Asking;
use super::scheme::{Certificates, KeyRule, Method, Parameter, Rotation, Scheme, Vector};

pub(super) const SCHEME: Scheme = Scheme {
    name: "mollie_classic",
    doc: "Mollie's classic webhooks, which sign nothing: of the form only `id` is read, and Mollie's API is asked about that payment.",
    source: "https://docs.mollie.com/reference/webhooks",
    parameters: &[Parameter::secret(
        "The API key that Mollie is asked with, `live_…` or `test_…`.",
    )],
    covers: "nothing of the request: what counts is the payment as Mollie's API answers it",
    rotation: Rotation::Overlap,
    feature: Some("sign-fetch-back"),
    vector: Vector {
        origin: "the form and the payment of Mollie's documentation, with its example's key",
        arguments: &[],
        secret: "test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM",
        headers: &[],
        body: b"id=tr_5B8cwPMGnU6qLbRvo7qEZo",
        answer: br#"{"resource":"payment","id":"tr_5B8cwPMGnU6qLbRvo7qEZo","mode":"test","status":"paid","amount":{"value":"75.00","currency":"EUR"}}"#,
        now_s: 1_718_000_000,
        certificates: Certificates::NONE,
    },
    method: Method::FetchBack(Asking {
        provider: "Mollie",
        host: "api.mollie.com",
        path: "/v2/payments/",
        id_prefix: "tr_",
        key: KeyRule::text(30),
    }),
};
