//! Standard Webhooks, symmetric (`v1`): id, time and body. Svix and the many senders built on either use it.

use super::scheme::{
    Algorithm, Certificates, EncodingRule, Form, Hash, HeaderNames, KeyForm, KeyRule, Layout,
    Method, Parameter, Part, Rotation, Scheme, Setting, Vector,
};

/// The unbranded names first, then those that Svix puts in their place.
pub(super) const HEADERS: &[HeaderNames] = &[
    HeaderNames {
        signature: Setting::Fixed("webhook-signature"),
        timestamp: Setting::Fixed("webhook-timestamp"),
        id: Setting::Fixed("webhook-id"),
    },
    HeaderNames {
        signature: Setting::Fixed("svix-signature"),
        timestamp: Setting::Fixed("svix-timestamp"),
        id: Setting::Fixed("svix-id"),
    },
];

pub(super) const SCHEME: Scheme = Scheme {
    name: "standard_webhooks",
    doc: "Standard Webhooks with a shared key (`v1`), also under Svix's header names.",
    source: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    parameters: &[
        Parameter::secret("The shared key in base64, with or without `whsec_` before it."),
        Parameter::TOLERANCE,
    ],
    covers: "the whole body, the delivery id and the time of signing",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "libraries/javascript/src/webhook.test.ts of the specification's repository, Apache-2.0",
        arguments: &[],
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        headers: &[
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            (
                "webhook-signature",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ],
        body: br#"{"test": 2432232314}"#,
        now_s: 1_614_265_330,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout {
        algorithm: Algorithm::Hmac(
            Hash::Sha256,
            KeyRule {
                form: KeyForm::Base64 { prefix: "whsec_" },
                bytes_min: 24,
                // The specification ends at 64, Svix takes 100 characters.
                bytes_max: 75,
            },
        ),
        headers: HEADERS,
        form: Form::Versions { version: "v1" },
        encoding: EncodingRule::Base64,
        signed: &[
            Part::IdThen(Setting::Fixed(".")),
            Part::TimestampThen(Setting::Fixed(".")),
            Part::Body,
        ],
        id_is_signed: true,
    }),
};
