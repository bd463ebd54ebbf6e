//! What documentation says about each configuration of a scheme that is fuzzed.

use super::super::hash::{Hash, base64, hex, unbase64};

/// What documentation says about one configuration.
pub(super) struct Case {
    pub(super) scheme: &'static str,
    pub(super) arguments: &'static [(&'static str, &'static str)],
    pub(super) secret: &'static str,
    pub(super) rule: Rule,
}

pub(super) enum Rule {
    /// A hash in a header, over some of the request.
    Header {
        names: &'static [Names],
        form: Form,
        hash: Hash,
        spell: fn(&[u8]) -> String,
        key: fn(&str) -> Vec<u8>,
        message: Message,
    },
    Adyen,
    Braintree {
        public_key: &'static str,
    },
    /// Nothing is signed: what the provider answers stands in the header `Answer` of the input.
    FetchBack,
    /// Public keys: nobody here can sign, so what is accepted must say what the scheme's own vector says.
    Vector,
}

impl Case {
    pub(super) fn tolerance_s(&self) -> i64 {
        if self.scheme == "paddle" { 5 } else { 300 }
    }
}

/// Names of the headers with the signature, the time and the id; empty where there is none.
pub(super) type Names = (&'static str, &'static str, &'static str);

#[derive(Clone, Copy)]
pub(super) enum Form {
    Whole {
        prefix: &'static str,
        optional: bool,
    },
    Pairs {
        separator: char,
        time: &'static str,
        signature: &'static str,
    },
    Versions(&'static str),
}

/// Signed bytes from id, time and body.
pub(super) type Message = fn(&str, &str, &[u8]) -> Vec<u8>;

fn text(key: &str) -> Vec<u8> {
    key.as_bytes().to_vec()
}

pub(super) fn spelled_hex(key: &str) -> Vec<u8> {
    (0..key.len() / 2)
        .map(|at| u8::from_str_radix(&key[at * 2..at * 2 + 2], 16).unwrap())
        .collect()
}

fn spelled_base64(key: &str) -> Vec<u8> {
    unbase64(key.trim_start_matches("whsec_"))
}

const BODY: Message = |_, _, body| body.to_vec();
const TIME_DOT_BODY: Message = |_, time, body| [time.as_bytes(), b".", body].concat();
const WHOLE: Form = Form::Whole {
    prefix: "",
    optional: false,
};
const SQUARE_URL: &str = "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9";

const fn of_body(
    names: &'static [Names],
    form: Form,
    spell: fn(&[u8]) -> String,
    key: fn(&str) -> Vec<u8>,
) -> Rule {
    Rule::Header {
        names,
        form,
        hash: Hash::Sha256,
        spell,
        key,
        message: BODY,
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        scheme: "hmac_sha256",
        arguments: &[("header", "X-Sig")],
        secret: "a key that nobody knows",
        rule: of_body(&[("X-Sig", "", "")], WHOLE, hex, text),
    },
    Case {
        scheme: "hmac_sha256",
        arguments: &[
            ("header", "X-Sig"),
            ("encoding", "base64"),
            ("prefix", "v1="),
        ],
        secret: "a key that nobody knows",
        rule: of_body(
            &[("X-Sig", "", "")],
            Form::Whole {
                prefix: "v1=",
                optional: false,
            },
            base64,
            text,
        ),
    },
    Case {
        scheme: "hmac_sha256",
        arguments: &[("header", "X-Sig"), ("timestamp", "X-Time")],
        secret: "a key that nobody knows",
        rule: Rule::Header {
            names: &[("X-Sig", "X-Time", "")],
            form: WHOLE,
            hash: Hash::Sha256,
            spell: hex,
            key: text,
            message: TIME_DOT_BODY,
        },
    },
    Case {
        scheme: "hmac_sha512",
        arguments: &[("header", "X-Sig")],
        secret: "a key that nobody knows",
        rule: Rule::Header {
            names: &[("X-Sig", "", "")],
            form: WHOLE,
            hash: Hash::Sha512,
            spell: hex,
            key: text,
            message: BODY,
        },
    },
    Case {
        scheme: "stripe",
        arguments: &[],
        secret: "whsec_9c1185a5c5e9fc54612808977ee8f548b2258d31",
        rule: Rule::Header {
            names: &[("Stripe-Signature", "", "")],
            form: Form::Pairs {
                separator: ',',
                time: "t",
                signature: "v1",
            },
            hash: Hash::Sha256,
            spell: hex,
            key: text,
            message: TIME_DOT_BODY,
        },
    },
    Case {
        scheme: "paddle",
        arguments: &[],
        secret: "pdl_ntfset_01gkpjp8bkm3tm53kdgkx6sms7_6h3qd3uFSi9YCD3OLYAShQI90XTI5vEI",
        rule: Rule::Header {
            names: &[("Paddle-Signature", "", "")],
            form: Form::Pairs {
                separator: ';',
                time: "ts",
                signature: "h1",
            },
            hash: Hash::Sha256,
            spell: hex,
            key: text,
            message: |_, time, body| [time.as_bytes(), b":", body].concat(),
        },
    },
    Case {
        scheme: "standard_webhooks",
        arguments: &[],
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        rule: Rule::Header {
            names: &[
                ("webhook-signature", "webhook-timestamp", "webhook-id"),
                ("svix-signature", "svix-timestamp", "svix-id"),
            ],
            form: Form::Versions("v1"),
            hash: Hash::Sha256,
            spell: base64,
            key: spelled_base64,
            message: |id, time, body| [id.as_bytes(), b".", time.as_bytes(), b".", body].concat(),
        },
    },
    Case {
        scheme: "square",
        arguments: &[("url", SQUARE_URL)],
        secret: "Ibxx_5AKakO-3qeNVR61Dw",
        rule: Rule::Header {
            names: &[("x-square-hmacsha256-signature", "", "")],
            form: WHOLE,
            hash: Hash::Sha256,
            spell: base64,
            key: text,
            message: |_, _, body| [SQUARE_URL.as_bytes(), body].concat(),
        },
    },
    Case {
        scheme: "github",
        arguments: &[],
        secret: "It's a Secret to Everybody",
        rule: of_body(
            &[("X-Hub-Signature-256", "", "")],
            Form::Whole {
                prefix: "sha256=",
                optional: false,
            },
            hex,
            text,
        ),
    },
    Case {
        scheme: "shopify",
        arguments: &[],
        secret: "shpss_41b7a2c9d0e84f6ea3",
        rule: of_body(
            &[
                ("X-Shopify-Hmac-Sha256", "", ""),
                ("Shopify-Hmac-Sha256", "", ""),
            ],
            WHOLE,
            base64,
            text,
        ),
    },
    Case {
        scheme: "razorpay",
        arguments: &[],
        secret: "rzp_hook_5b1d0c8be2f74a",
        rule: of_body(&[("X-Razorpay-Signature", "", "")], WHOLE, hex, text),
    },
    Case {
        scheme: "mollie",
        arguments: &[],
        secret: "mol_hook_77c0a1f3e95d42",
        rule: of_body(
            &[("X-Mollie-Signature", "", "")],
            Form::Whole {
                prefix: "sha256=",
                optional: true,
            },
            hex,
            text,
        ),
    },
    Case {
        scheme: "adyen_platform",
        arguments: &[],
        secret: "9F3C1A77E0B54D2286AD5E10C4F7B93862D1085E4BB7A90C3F6E21D87A540CE3",
        rule: of_body(&[("HmacSignature", "", "")], WHOLE, base64, spelled_hex),
    },
    Case {
        scheme: "adyen",
        arguments: &[],
        secret: "9F3C1A77E0B54D2286AD5E10C4F7B93862D1085E4BB7A90C3F6E21D87A540CE3",
        rule: Rule::Adyen,
    },
    Case {
        scheme: "braintree",
        arguments: &[("public_key", "our_key")],
        secret: "a private API key",
        rule: Rule::Braintree {
            public_key: "our_key",
        },
    },
    Case {
        scheme: "standard_webhooks_ed25519",
        arguments: &[],
        secret: "",
        rule: Rule::Vector,
    },
    Case {
        scheme: "paypal",
        arguments: &[],
        secret: "",
        rule: Rule::Vector,
    },
    Case {
        scheme: "mollie_classic",
        arguments: &[],
        secret: "live_7f3a9c0d51e84b62a7c8d90e1f2a3b",
        rule: Rule::FetchBack,
    },
];
