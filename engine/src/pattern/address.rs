//! IP addresses as patterns compare them.

use std::net::{IpAddr, Ipv4Addr};

use super::PatternError;

/// The addresses that begin with the same bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u32,
}

/// The address that a text is; none where it is something else.
pub(super) fn parse(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        // An IPv4 address inside one of IPv6 is written in hexadecimal only.
        let address = text.parse().ok().filter(|_| !text.contains('.'))?;
        let IpAddr::V6(six) = address else {
            return None;
        };
        return Some(six.to_ipv4_mapped().map_or(address, IpAddr::V4));
    }
    // `010.0.0.1` is `10.0.0.1`: each part is a decimal number.
    let part = |it: &str| {
        it.parse::<u8>()
            .ok()
            .filter(|_| it.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let parts: Option<Vec<u8>> = text.split('.').map(part).collect();
    let parts: [u8; 4] = parts?.try_into().ok()?;
    Some(IpAddr::V4(Ipv4Addr::from(parts)))
}

impl Network {
    /// `10.0.0.0/24`. A network of one address is refused: that is the address itself.
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        let invalid = |message: &str| Err(PatternError(message.to_owned()));
        // As AWS splits it, what is empty at the end does not count.
        let Some((address, bits)) = text.trim_end_matches('/').split_once('/') else {
            return invalid("Malformed CIDR, one '/' required");
        };
        if bits.contains('/') {
            return invalid("Malformed CIDR, one '/' required");
        }
        let Ok(bits) = bits.parse::<i32>() else {
            return invalid("Malformed CIDR, mask bits must be an integer");
        };
        let Ok(bits) = u32::try_from(bits) else {
            return invalid("Malformed CIDR, mask bits must not be negative");
        };
        match self::parse(address) {
            None => invalid(&format!("Nonstandard IP address: {address}")),
            Some(IpAddr::V4(_)) if bits > 31 => invalid("IPv4 mask bits must be < 32"),
            Some(IpAddr::V6(_)) if bits > 127 => invalid("IPv6 mask bits must be < 128"),
            Some(address) => Ok(Self { address, bits }),
        }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match (address, self.address) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                u32::from(one) & mask == u32::from(other) & mask
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                u128::from(one) & mask == u128::from(other) & mask
            }
            _ => false,
        }
    }
}
