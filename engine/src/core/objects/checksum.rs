//! The checksums that S3 takes and gives: a writer's is compared with the body, a reader gets it back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

/// The algorithms, as headers name them: `x-amz-checksum-crc32`.
pub(super) const ALGORITHMS: [&str; 5] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

/// CRC-32C (Castagnoli) and CRC-64/NVME, reflected.
const CRC32C: u64 = 0x82f6_3b78;
const CRC64_NVME: u64 = 0x9a6c_9329_ac4b_c9b5;

/// The checksum of `body` in base64; nothing for an algorithm that is none.
pub(super) fn of(algorithm: &str, body: &[u8]) -> Option<String> {
    Some(match algorithm {
        "crc32" => STANDARD.encode(crc32fast::hash(body).to_be_bytes()),
        "crc32c" => {
            let value = reflected_crc(CRC32C, u64::from(u32::MAX), body);
            let value = u32::try_from(value).ok()?;
            STANDARD.encode(value.to_be_bytes())
        }
        "crc64nvme" => STANDARD.encode(reflected_crc(CRC64_NVME, u64::MAX, body).to_be_bytes()),
        "sha1" => STANDARD.encode(sha1::Sha1::digest(body)),
        "sha256" => STANDARD.encode(sha2::Sha256::digest(body)),
        _ => return None,
    })
}

/// A CRC whose register begins with and is complemented by `ones`.
fn reflected_crc(polynomial: u64, ones: u64, body: &[u8]) -> u64 {
    let mut register = ones;
    for byte in body {
        register ^= u64::from(*byte);
        for _ in 0..8 {
            let carry = register & 1 == 1;
            register >>= 1;
            if carry {
                register ^= polynomial;
            }
        }
    }
    register ^ ones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_catalogue() {
        // "123456789" in the CRC catalogue of Greg Cook, and the two digests of the same text.
        let expected: [(&str, &[u8]); 3] = [
            ("crc32", &[0xcb, 0xf4, 0x39, 0x26]),
            ("crc32c", &[0xe3, 0x06, 0x92, 0x83]),
            (
                "crc64nvme",
                &[0xae, 0x8b, 0x14, 0x86, 0x0a, 0x79, 0x98, 0x88],
            ),
        ];
        for (algorithm, value) in expected {
            assert_eq!(
                of(algorithm, b"123456789"),
                Some(STANDARD.encode(value)),
                "{algorithm}"
            );
        }
        assert_eq!(
            of("sha1", b"").as_deref(),
            Some("2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
        );
        assert_eq!(
            of("sha256", b"").as_deref(),
            Some("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        );
        assert_eq!(of("md4", b""), None);
    }
}
