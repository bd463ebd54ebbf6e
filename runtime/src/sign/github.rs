//! GitHub: `sha256=…` over the body. The delivery id is outside the signature.

use super::scheme::{
    Certificates, EncodingRule, HeaderNames, KeyRule, Layout, Method, Parameter, Rotation, Scheme,
    Vector,
};

pub(super) const SCHEME: Scheme = Scheme {
    name: "github",
    doc: "GitHub's `X-Hub-Signature-256`.",
    source: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    parameters: &[Parameter::secret("The webhook's secret.")],
    covers: "the whole body",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "GitHub documentation, Validating webhook deliveries (CC-BY-4.0)",
        arguments: &[],
        secret: "It's a Secret to Everybody",
        headers: &[(
            "X-Hub-Signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        body: b"Hello, World!",
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout::of_body(
        &[HeaderNames::with_id(
            "X-Hub-Signature-256",
            "X-GitHub-Delivery",
        )],
        "sha256=",
        EncodingRule::Hex,
        KeyRule::text(8),
    )),
};
