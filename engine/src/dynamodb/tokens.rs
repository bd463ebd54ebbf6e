//! The client tokens of finished transactions, which make a repeated request have no effect.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::durable;
use super::failure::Failure;
use crate::change::Change;

/// How long a token is remembered, in milliseconds.
const LIFETIME_MS: i64 = 10 * 60 * 1000;
/// Most expired tokens that one transaction clears away, so that none has to wait for a crowd.
const CLEARED_AT_ONCE: usize = 16;

/// A finished transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    /// SHA-256 of its actions, in hexadecimal.
    pub(crate) digest: String,
    /// When it may be forgotten, in milliseconds since 1970.
    pub(crate) expires_ms: i64,
}

/// All tokens that are remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    by_name: BTreeMap<String, Token>,
    by_expiry: BTreeSet<(i64, String)>,
}

impl Tokens {
    pub(crate) fn insert(&mut self, name: String, token: Token) {
        self.by_expiry.insert((token.expires_ms, name.clone()));
        if let Some(old) = self.by_name.insert(name.clone(), token.clone())
            && old.expires_ms != token.expires_ms
        {
            self.by_expiry.remove(&(old.expires_ms, name));
        }
    }

    /// Whether this very transaction has been done already.
    pub(crate) fn is_repeat(&self, name: &str, digest: &str, now_ms: i64) -> Result<bool, Failure> {
        match self.by_name.get(name) {
            Some(token) if token.expires_ms <= now_ms => Ok(false),
            Some(token) if token.digest == digest => Ok(true),
            Some(_) => Err(Failure::idempotent_mismatch()),
            None => Ok(false),
        }
    }

    /// Remembers a transaction that was done now, and forgets some that expired.
    pub(crate) fn remember(&mut self, name: &str, digest: String, now_ms: i64) -> Vec<Change> {
        let mut changes = Vec::new();
        while changes.len() < CLEARED_AT_ONCE
            && let Some((expires_ms, expired)) = self.by_expiry.first().cloned()
            && expires_ms <= now_ms
        {
            self.by_expiry.pop_first();
            self.by_name.remove(&expired);
            changes.push(durable::token_change(&expired, None));
        }
        let token = Token {
            digest,
            expires_ms: now_ms.saturating_add(LIFETIME_MS),
        };
        changes.push(durable::token_change(name, Some(&token)));
        self.insert(name.to_owned(), token);
        changes
    }
}

/// A digest of JSON that does not depend on the order of its keys.
pub(crate) fn digest(json: &Value) -> String {
    let mut canonical = Vec::new();
    canonicalise(json, &mut canonical);
    hex::encode(Sha256::digest(canonical))
}

fn canonicalise(json: &Value, out: &mut Vec<u8>) {
    match json {
        Value::Object(object) => {
            let mut sorted: Vec<(&String, &Value)> = object.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (name, value) in sorted {
                write_text(name, out);
                out.push(b':');
                canonicalise(value, out);
                out.push(b',');
            }
            out.push(b'}');
        }
        Value::Array(list) => {
            out.push(b'[');
            for value in list {
                canonicalise(value, out);
                out.push(b',');
            }
            out.push(b']');
        }
        Value::String(text) => write_text(text, out),
        scalar => out.extend_from_slice(scalar.to_string().as_bytes()),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing to memory cannot fail, and every text has a JSON form.
    let _ = serde_json::to_writer(out, text);
}
