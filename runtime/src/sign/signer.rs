//! Signs deliveries as the providers do, for tools and tests; a deployed handler never signs.

use super::config::ConfigError;
use super::scheme::Scheme;
use super::verifier::Verifier;
use crate::secret::Secret;

/// What is to be delivered.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The exact body.
    pub body: &'a [u8],
    /// Id of the delivery, for the schemes that carry one in a header.
    pub id: &'a str,
    /// Time of signing, Unix seconds.
    pub now_s: i64,
}

/// A delivery ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Headers to add.
    pub headers: Vec<(String, String)>,
    /// The body to send: the given one, unless the scheme puts the signature into it.
    pub body: Vec<u8>,
}

/// Why a delivery cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignError {
    /// Arguments or secret do not fit the scheme.
    Config(ConfigError),
    /// Only the provider holds the private key.
    ProviderOnly,
    /// The body has not the shape in which the scheme signs.
    Body,
}

impl std::fmt::Display for SignError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::ProviderOnly => {
                f.write_str("only the provider has the private key of this scheme")
            }
            Self::Body => f.write_str("the body has not the shape that this scheme signs"),
        }
    }
}

impl std::error::Error for SignError {}

/// Signs a delivery. Arguments and secret are those that a [`Verifier`] takes; for a scheme whose verifier holds a public key, the
/// secret is the sender's private one; for PayPal that is the key of a stand-in's certificate, since nobody else has PayPal's.
pub fn sign(
    scheme: &'static Scheme,
    arguments: &[(&str, &str)],
    secret: Secret,
    delivery: &Delivery<'_>,
) -> Result<Signed, SignError> {
    if scheme.secret_parameter().is_some() {
        Verifier::new(scheme, arguments, &[secret])
            .map_err(SignError::Config)?
            .sign(delivery, None)
    } else {
        Verifier::new(scheme, arguments, &[])
            .map_err(SignError::Config)?
            .sign(delivery, Some(&secret))
    }
}
