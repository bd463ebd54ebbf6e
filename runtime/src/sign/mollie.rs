//! Mollie's next-generation webhooks: hexadecimal over the body. (Its classic webhooks are not signed: they carry an id to ask about.)

use super::scheme::{
    Algorithm, Certificates, EncodingRule, Form, Hash, HeaderNames, KeyRule, Layout, Method,
    Parameter, Part, Rotation, Scheme, Setting, Vector,
};

pub(super) const SCHEME: Scheme = Scheme {
    name: "mollie",
    doc: "Mollie's `X-Mollie-Signature` of next-generation webhooks.",
    source: "https://docs.mollie.com/reference/webhooks-best-practices",
    parameters: &[Parameter::secret("The webhook's shared secret.")],
    covers: "the whole body",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "computed with Python's hmac and hashlib",
        arguments: &[],
        secret: "mol_hook_77c0a1f3e95d42",
        headers: &[(
            "X-Mollie-Signature",
            "sha256=f9dbb7b46ff65db1a38cf0307ab3e721c161e4194402e7f0f3d22e2bc1ea2fc3",
        )],
        body: br#"{"event":"payment.captured","id":"pay_1"}"#,
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout {
        algorithm: Algorithm::Hmac(Hash::Sha256, KeyRule::text(8)),
        headers: &[HeaderNames::signature("X-Mollie-Signature")],
        // The documentation shows the bare digest, the official client strips this prefix where it is there.
        form: Form::Whole {
            prefix: Setting::Fixed("sha256="),
            optional: true,
        },
        encoding: EncodingRule::Hex,
        signed: &[Part::Body],
        id_is_signed: false,
    }),
};
