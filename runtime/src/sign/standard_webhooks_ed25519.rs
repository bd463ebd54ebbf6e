//! Standard Webhooks, asymmetric (`v1a`): the same request as `standard_webhooks`, signed with Ed25519. A scheme of its own, so that a
//! request can never choose between key kinds.

use super::scheme::{
    Algorithm, Certificates, EncodingRule, Form, Layout, Method, Parameter, ParameterKind, Part,
    Rotation, Scheme, Setting, Vector,
};
use super::standard_webhooks::HEADERS;

pub(super) const SCHEME: Scheme = Scheme {
    name: "standard_webhooks_ed25519",
    doc: "Standard Webhooks with a public key (`v1a`, Ed25519), also under Svix's header names.",
    source: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    parameters: &[
        Parameter {
            name: "public_key",
            kind: ParameterKind::Value,
            required: true,
            default: None,
            doc: "The sender's public key in base64, with or without `whpk_` before it; two keys with a blank between while one replaces the other.",
        },
        Parameter::TOLERANCE,
    ],
    covers: "the whole body, the delivery id and the time of signing",
    rotation: Rotation::PublicKeys,
    feature: Some("sign-asymmetric"),
    vector: Vector {
        origin: "signed with openssl pkeyutl",
        arguments: &[(
            "public_key",
            "whpk_e0EsK44uEc5Os+2sg5zRMJXPzv+cazFXtuhxFlousyE=",
        )],
        secret: "",
        headers: &[
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            (
                "webhook-signature",
                "v1a,AGt6hrDCqxhYAS3z7mNLZ/vsoN4RVl5T22q34+4gBxIBuMQdNifOTqBMXKaQTEMWC+hq8oTilVmv57MQUeuBDw==",
            ),
        ],
        body: br#"{"test": 2432232314}"#,
        now_s: 1_614_265_330,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout {
        algorithm: Algorithm::Ed25519 {
            public_keys: "public_key",
        },
        headers: HEADERS,
        form: Form::Versions { version: "v1a" },
        encoding: EncodingRule::Base64,
        signed: &[
            Part::IdThen(Setting::Fixed(".")),
            Part::TimestampThen(Setting::Fixed(".")),
            Part::Body,
        ],
        id_is_signed: true,
    }),
};
