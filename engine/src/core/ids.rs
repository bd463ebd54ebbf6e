//! Identifiers made from a salt and a counter in the state: unique wherever the state came from, the same in every replay.

use sha2::Digest as _;

/// Makes identifiers. The epoch changes at each start, so that nothing is made twice although the counter begins anew.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids {
    pub(crate) epoch: u64,
    /// Drawn once for a state, so that what two of them call their executions differs outside of this machine too.
    pub(crate) salt: String,
    counter: u64,
}

impl Ids {
    pub(crate) fn new(salt: String, epoch: u64) -> Self {
        Self {
            epoch,
            salt,
            counter: 0,
        }
    }

    fn digest(&mut self) -> String {
        self.counter += 1;
        let digest = sha2::Sha256::digest(
            format!("{}/{}/{}", self.salt, self.epoch, self.counter).as_bytes(),
        );
        hex::encode(digest)
    }

    /// A plain number, for what never leaves the engine.
    pub(crate) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// In the form of a random UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.digest();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-4{}-a{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }

    /// An X-Ray header that continues `incoming` where that is one, else begins a trace.
    pub(crate) fn trace(&mut self, incoming: Option<&str>, now_ms: u64) -> String {
        let hex = self.digest();
        let parent = hex.get(0..16).unwrap_or_default();
        let root = incoming.and_then(trace_root).map_or_else(
            || {
                format!(
                    "1-{:08x}-{}",
                    now_ms / 1000,
                    hex.get(16..40).unwrap_or_default()
                )
            },
            str::to_owned,
        );
        format!("Root={root};Parent={parent};Sampled=1")
    }
}

/// `1-<8 hex digits>-<24 hex digits>` of a well-formed header; anything else is not carried on.
fn trace_root(header: &str) -> Option<&str> {
    let root = header
        .split(';')
        .find_map(|part| part.trim().strip_prefix("Root="))?;
    let mut parts = root.split('-');
    let hex = |part: Option<&str>, len: usize| {
        part.is_some_and(|part| part.len() == len && part.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let formed = parts.next() == Some("1")
        && hex(parts.next(), 8)
        && hex(parts.next(), 24)
        && parts.next().is_none();
    formed.then_some(root)
}
