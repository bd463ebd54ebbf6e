//! Shopify: base64 over the body, for webhooks and, under names without `X-`, for events. The webhook id is outside the signature.

use super::scheme::{
    Certificates, EncodingRule, HeaderNames, KeyRule, Layout, Method, Parameter, Rotation, Scheme,
    Vector,
};

pub(super) const SCHEME: Scheme = Scheme {
    name: "shopify",
    doc: "Shopify's `X-Shopify-Hmac-Sha256`, or `Shopify-Hmac-Sha256` of its events.",
    source: "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    parameters: &[Parameter::secret("The app's client secret.")],
    covers: "the whole body",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "computed with Python's hmac and hashlib",
        arguments: &[],
        secret: "shpss_41b7a2c9d0e84f6ea3",
        headers: &[(
            "X-Shopify-Hmac-Sha256",
            "OtwbYHbBmNRg3kA+S7aY5xFmiSGcR06KDwfeSUMMrFU=",
        )],
        body: br#"{"event":"payment.captured","id":"pay_1"}"#,
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout::of_body(
        &[
            HeaderNames::with_id("X-Shopify-Hmac-Sha256", "X-Shopify-Webhook-Id"),
            HeaderNames::with_id("Shopify-Hmac-Sha256", "Shopify-Webhook-Id"),
        ],
        "",
        EncodingRule::Base64,
        KeyRule::text(16),
    )),
};
