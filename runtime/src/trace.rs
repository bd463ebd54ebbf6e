//! The X-Ray trace header: parsed strictly, carried on, never trusted for anything else.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::receipt::hex;

/// Longest header that is looked at.
const HEADER_BYTES_MAX: usize = 512;

/// A trace: `Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    root: String,
    parent: Option<String>,
    sampled: Option<char>,
}

impl Trace {
    /// Reads a header. Parts that are not ours (`Lineage`) are left out; a malformed part of ours makes the whole header none.
    pub fn parse(header: &str) -> Option<Self> {
        if header.len() > HEADER_BYTES_MAX {
            return None;
        }
        let mut trace = Self {
            root: String::new(),
            parent: None,
            sampled: None,
        };
        for part in header.split(';') {
            match part.trim_matches(' ').split_once('=')? {
                ("Root", root) if trace.root.is_empty() && is_root(root) => {
                    trace.root = root.to_owned()
                }
                ("Parent", parent) if trace.parent.is_none() && is_hex(parent, 16) => {
                    trace.parent = Some(parent.to_owned())
                }
                ("Sampled", "0" | "1") if trace.sampled.is_none() => {
                    trace.sampled = part.chars().next_back()
                }
                ("Sampled", "?") => (),
                ("Root" | "Parent" | "Sampled", _) => return None,
                _ => (),
            }
        }
        (!trace.root.is_empty()).then_some(trace)
    }

    /// A new root for a request that came without a usable one. It is derived from the request's id, which is unique.
    pub fn new_root(request_id: &str, now_ms: i64) -> Self {
        let digest = hex(&Sha256::digest(request_id));
        let seconds = u32::try_from(now_ms / 1000).unwrap_or_default();
        let root = format!("1-{seconds:08x}-{}", digest.get(..24).unwrap_or_default());
        Self {
            root,
            parent: None,
            sampled: Some('0'),
        }
    }

    /// The trace's id: `1-5bef4de7-ad49b0e87f6ef6c87fc2e700`.
    pub fn root(&self) -> &str {
        &self.root
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text
            .bytes()
            .all(|it| it.is_ascii_digit() || matches!(it, b'a'..=b'f'))
}

fn is_root(text: &str) -> bool {
    let mut parts = text.split('-');
    let fits = parts.next() == Some("1")
        && parts.next().is_some_and(|it| is_hex(it, 8))
        && parts.next().is_some_and(|it| is_hex(it, 24));
    fits && parts.next().is_none()
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root={}", self.root)?;
        self.parent
            .iter()
            .try_for_each(|it| write!(f, ";Parent={it}"))?;
        self.sampled
            .iter()
            .try_for_each(|it| write!(f, ";Sampled={it}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_header_is_carried_on_and_a_bad_one_is_not() {
        let root = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700";
        let parsed = |header: &str| Trace::parse(header).map(|it| it.to_string());
        assert_eq!(parsed(root).as_deref(), Some(root));
        let full = format!("{root};Parent=9a9197af755a6419;Sampled=1");
        assert_eq!(
            parsed(&format!("{full};Lineage=a87bd80c:1|68fd508a:5")).as_deref(),
            Some(full.as_str())
        );
        for bad in [
            "",
            "Root=",
            "Root=1-5bef4de7",
            "1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            "Sampled=1",
            &format!("{root}\n;Sampled=1"),
            &format!("{root};Sampled=2"),
            &format!("{root};{root}"),
            &format!("{root};Parent=x"),
            &format!("{root}{}", ";A=b".repeat(200)),
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
        let made = Trace::new_root("8476a536-e9f4-11e8-9739-2dfe598c3fcd", 1_764_000_000_000);
        assert_eq!(Trace::parse(&made.to_string()), Some(made));
    }
}
