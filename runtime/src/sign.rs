//! Webhook signatures: the list of schemes as data, the verifier that runs them, and a signer for tools and tests.
//!
//! ```
//! use pipe_runtime::secret::Secret;
//! use pipe_runtime::sign::{Request, Verifier, scheme};
//!
//! let scheme = scheme("hmac_sha256").unwrap();
//! let verifier = Verifier::new(scheme, &[("header", "X-Signature")], &[Secret::new("0fd1c3b2a59687")]).unwrap();
//! let headers = [("x-signature", "00")];
//! let refusal = verifier.verify(&Request { headers: &headers, body: b"{}" }, 1_718_000_000).unwrap_err();
//! assert_eq!(refusal.code(), "bad_encoding");
//! ```

#[cfg(feature = "sign-json")]
mod adyen_items;
#[cfg_attr(
    not(feature = "sign-json"),
    expect(dead_code, reason = "described always, verified with the feature")
)]
mod asking;
mod config;
mod describe;
#[cfg(feature = "sign-asymmetric")]
mod ed25519;
mod envelope;
#[cfg(feature = "sign-json")]
mod explain;
#[cfg(feature = "sign-json")]
mod fetch_back;
mod form;
mod hmac_scheme;
#[cfg(feature = "sign-asymmetric")]
mod key_usage;
mod keyed_sha256;
#[cfg(feature = "sign-asymmetric")]
mod paypal_rsa;
mod refusal;
mod request;
#[cfg(feature = "sign-json")]
mod rewriting;
mod scheme;
mod signatures;
mod signer;
mod tag;
mod timestamp;
mod verifier;

mod adyen;
mod adyen_platform;
mod braintree;
mod github;
mod hmac_sha256;
mod hmac_sha512;
mod mollie;
mod mollie_classic;
mod paddle;
#[cfg_attr(
    not(feature = "sign-asymmetric"),
    expect(dead_code, reason = "described always, verified with the feature")
)]
mod paypal;
mod razorpay;
mod shopify;
mod square;
mod standard_webhooks;
mod standard_webhooks_ed25519;
mod stripe;

pub use asking::Question;
pub use config::{ConfigError, KEYS_MAX, SecretFault};
#[cfg(feature = "sign-json")]
pub use explain::{Candidate, Case, Cause, Explanation, explain};
pub use paypal::{CertificateCache, CertificateSource, CertificateUrl, NoCertificates};
pub use refusal::{Field, Refusal};
pub use request::{Headers, Occurrence, Request};
pub use scheme::{Certificates, Parameter, ParameterKind, Rotation, Scheme, ValueError, Vector};
pub use signer::{Delivery, SignError, Signed, sign};
#[cfg(feature = "types")]
pub(crate) use tag::decode_hex;
pub use verifier::{BodyProof, DeliveryId, Verified, Verifier};

/// Makes the one list of schemes from the modules that hold them.
macro_rules! schemes {
    ($($module:ident),* $(,)?) => {
        /// Every scheme that a spec may name after `verify:`.
        pub static SCHEMES: &[Scheme] = &[$($module::SCHEME),*];
    };
}

schemes![
    hmac_sha256,
    hmac_sha512,
    standard_webhooks,
    standard_webhooks_ed25519,
    stripe,
    paypal,
    square,
    adyen,
    adyen_platform,
    braintree,
    shopify,
    github,
    paddle,
    razorpay,
    mollie,
    mollie_classic,
];

/// The scheme of that name.
pub fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|it| it.name == name)
}
