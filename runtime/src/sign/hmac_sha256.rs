//! A keyed SHA-256 over the body, as most providers and in-house senders sign; header, spelling and timestamp are configurable.

use super::scheme::{
    Algorithm, Certificates, EncodingRule, Form, Hash, HeaderNames, KeyForm, KeyRule, Layout,
    Method, Parameter, ParameterKind, Part, Rotation, Scheme, Setting, Vector,
};

/// Parameters of every HMAC that is not tied to a provider.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "header",
        kind: ParameterKind::Header,
        required: true,
        default: None,
        doc: "The header that carries the signature.",
    },
    Parameter {
        name: "encoding",
        kind: ParameterKind::Choice(&["hex", "base64"]),
        required: false,
        default: Some("hex"),
        doc: "How the signature is spelled; hexadecimal is lower case.",
    },
    Parameter::secret("The shared key."),
    Parameter {
        name: "key",
        kind: ParameterKind::Choice(&["text", "hex", "base64"]),
        required: false,
        default: Some("text"),
        doc: "How the stored secret becomes the key: its characters, or the bytes that they spell.",
    },
    Parameter {
        name: "prefix",
        kind: ParameterKind::Literal,
        required: false,
        default: None,
        doc: "Text before the signature, such as `sha256=`.",
    },
    Parameter {
        name: "timestamp",
        kind: ParameterKind::Header,
        required: false,
        default: None,
        doc: "The header with the time of signing in Unix seconds; when given, timestamp, separator and body are signed.",
    },
    Parameter {
        name: "separator",
        kind: ParameterKind::Literal,
        required: false,
        default: Some("."),
        doc: "What stands between timestamp and body in the signed text.",
    },
    Parameter::TOLERANCE,
];

/// The layout, with the hash left open.
pub(super) const fn layout(hash: Hash) -> Layout {
    Layout {
        algorithm: Algorithm::Hmac(
            hash,
            KeyRule {
                form: KeyForm::Chosen("key"),
                bytes_min: 8,
                bytes_max: 4096,
            },
        ),
        headers: &[HeaderNames {
            signature: Setting::Argument("header"),
            timestamp: Setting::Argument("timestamp"),
            id: Setting::Absent,
        }],
        form: Form::Whole {
            prefix: Setting::Argument("prefix"),
            optional: false,
        },
        encoding: EncodingRule::Chosen("encoding"),
        signed: &[
            Part::TimestampThen(Setting::Argument("separator")),
            Part::Body,
        ],
        id_is_signed: false,
    }
}

pub(super) const SCHEME: Scheme = Scheme {
    name: "hmac_sha256",
    doc: "HMAC-SHA256 over the exact body, in a header of your choice.",
    source: "RFC 2104, RFC 4231",
    parameters: PARAMETERS,
    covers: "the whole body; with `timestamp`, also the time of signing",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "RFC 4231, test case 4",
        arguments: &[("header", "X-Webhook-Signature"), ("key", "hex")],
        secret: "0102030405060708090a0b0c0d0e0f10111213141516171819",
        headers: &[(
            "X-Webhook-Signature",
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        )],
        body: &[0xcd; 50],
        now_s: 0,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(layout(Hash::Sha256)),
};
