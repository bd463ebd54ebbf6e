//! Whether a certificate may sign others (RFC 5280, 4.2.1.3). The path checker reads whether it is an authority's, and not what its key
//! is for, so that an authority's certificate for signing lists of revoked ones could make new certificates.

/// `2.5.29.15`, as it stands in DER.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];

/// The bit `keyCertSign`, the sixth of the first byte.
const SIGNS_CERTIFICATES: u8 = 0b0000_0100;

/// Tags: the extensions of a certificate, and the flag that makes one critical.
const EXTENSIONS: u8 = 0xa3;
const BOOLEAN: u8 = 0x01;

/// True where it says so, or says nothing of its key's use. What cannot be read says no.
pub(super) fn may_sign_certificates(certificate: &[u8]) -> bool {
    match key_usage(certificate) {
        Some(Some(bits)) => bits.first().is_some_and(|it| it & SIGNS_CERTIFICATES != 0),
        Some(None) => true,
        None => false,
    }
}

/// The bits of the key usage; `Some(None)` without that extension, `None` for what is no certificate.
fn key_usage(certificate: &[u8]) -> Option<Option<&[u8]>> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    while !fields.is_empty() {
        let (tag, field, behind) = element(fields)?;
        if tag == EXTENSIONS {
            let (_, extensions, _) = element(field)?;
            return of_extensions(extensions);
        }
        fields = behind;
    }
    Some(None)
}

fn of_extensions(mut extensions: &[u8]) -> Option<Option<&[u8]>> {
    while !extensions.is_empty() {
        let (_, extension, behind) = element(extensions)?;
        let (_, id, value) = element(extension)?;
        if id == KEY_USAGE {
            let octets = match element(value)? {
                (BOOLEAN, _, behind) => element(behind)?.1,
                (_, octets, _) => octets,
            };
            // The first byte of a bit string says how many bits of its last are none.
            let (_, bits, _) = element(octets)?;
            return bits.get(1..).map(Some);
        }
        extensions = behind;
    }
    Some(None)
}

/// Tag and content of the first element of DER, and what stands behind it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        // Three bytes are more than a certificate that is read at all.
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let is_short = (1..=3).contains(&bytes.len());
        let length = bytes.iter().fold(0, |sum, it| sum << 8 | usize::from(*it));
        (is_short.then_some(length)?, rest)
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;

    use super::{key_usage, may_sign_certificates};

    fn der(pem: &str) -> Vec<u8> {
        let read = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        read.to_vec()
    }

    #[test]
    fn a_key_may_sign_certificates_where_that_is_said_or_nothing_is() {
        let signs = der(include_str!(
            "../../tests/paypal_certificates/keyusage_signs.pem"
        ));
        let unsaid = der(include_str!(
            "../../tests/paypal_certificates/keyusage_unsaid.pem"
        ));
        let lists = der(include_str!(
            "../../tests/paypal_certificates/keyusage_lists.pem"
        ));
        assert!(may_sign_certificates(&signs) && may_sign_certificates(&unsaid));
        assert!(!may_sign_certificates(&lists));
        assert_eq!(key_usage(&unsaid), Some(None));
        for cut in 0..lists.len() {
            let (start, _) = lists.split_at(cut);
            assert!(!may_sign_certificates(start), "{cut}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = may_sign_certificates(&bytes);
        }
    }
}
