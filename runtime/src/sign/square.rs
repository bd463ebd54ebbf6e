//! Square: base64 over the URL that it calls and the body.

use super::scheme::{
    Algorithm, Certificates, EncodingRule, Form, Hash, HeaderNames, KeyRule, Layout, Method,
    Parameter, ParameterKind, Part, Rotation, Scheme, Setting, Vector,
};

pub(super) const SCHEME: Scheme = Scheme {
    name: "square",
    doc: "Square's `x-square-hmacsha256-signature`.",
    source: "https://developer.squareup.com/docs/webhooks/step3validate",
    parameters: &[
        Parameter::secret("The subscription's signature key."),
        Parameter {
            name: "url",
            kind: ParameterKind::Value,
            required: true,
            default: None,
            doc: "The notification URL exactly as it is registered, query included; it is never taken from the request.",
        },
    ],
    covers: "the registered URL and the whole body",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "tests/integration/webhooks.test.ts of square-nodejs-sdk, MIT",
        arguments: &[("url", "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9")],
        secret: "Ibxx_5AKakO-3qeNVR61Dw",
        headers: &[("x-square-hmacsha256-signature", "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=")],
        body: br#"{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}"#,
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout {
        algorithm: Algorithm::Hmac(Hash::Sha256, KeyRule::text(8)),
        headers: &[HeaderNames::signature("x-square-hmacsha256-signature")],
        form: Form::Whole { prefix: Setting::Absent, optional: false },
        encoding: EncodingRule::Base64,
        signed: &[Part::Setting(Setting::Argument("url")), Part::Body],
        id_is_signed: false,
    }),
};
