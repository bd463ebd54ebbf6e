//! HMAC-SHA256 (RFC 2104) with the key hashed once. Whole blocks are hashed where they lie; only what is left of a piece is copied.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::tag::Pair;

const BLOCK_BYTES: usize = 64;
type Block = [u8; BLOCK_BYTES];
type State = [u32; 8];

/// Where padding writes how many bits were hashed.
const BIT_LENGTH_AT: usize = BLOCK_BYTES - 8;

/// The state before the first block: FIPS 180-4, 5.3.3.
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The two states that a key leaves behind. Nobody reads the key from them, but whoever has them can sign, so they are wiped in the end.
#[derive(Clone)]
pub(crate) struct KeyedSha256 {
    inner: State,
    outer: State,
}

impl Drop for KeyedSha256 {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl KeyedSha256 {
    /// A key longer than a block stands for its hash.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block: Zeroizing<Block> = Zeroizing::new([0; BLOCK_BYTES]);
        if key.len() > BLOCK_BYTES {
            let hashed: Zeroizing<[u8; 32]> = Zeroizing::new(Sha256::digest(key).into());
            write(&mut block, 0, hashed.as_slice());
        } else {
            write(&mut block, 0, key);
        }
        let keyed = |pad: u8| {
            let padded: Zeroizing<Block> = Zeroizing::new(block.map(|it| it ^ pad));
            let mut state = INITIAL;
            compress256(&mut state, std::slice::from_ref(&*padded));
            state
        };
        Self {
            inner: keyed(0x36),
            outer: keyed(0x5c),
        }
    }

    /// The tag of these pieces, one after the other.
    #[inline]
    pub(crate) fn tag<'p>(&self, parts: impl Iterator<Item = Pair<'p>>) -> [u8; 32] {
        let (mut state, mut open, mut bytes) = (self.inner, [0; BLOCK_BYTES], BLOCK_BYTES);
        for [first, second] in parts {
            bytes = push(&mut state, &mut open, bytes, first);
            bytes = push(&mut state, &mut open, bytes, second);
        }
        let inner = finish(&mut state, &mut open, bytes);
        let (mut state, mut open) = (self.outer, [0; BLOCK_BYTES]);
        let bytes = push(&mut state, &mut open, BLOCK_BYTES, &inner);
        finish(&mut state, &mut open, bytes)
    }
}

// A message that is being hashed is a state, the block that is not full yet with zeros behind what is there, and how many bytes were
// hashed or wait in that block, the key's block among them. They are no struct, since the compiler then keeps the number in a register.

/// Hashes what makes whole blocks and keeps the rest; gives the new number of bytes.
#[inline(always)]
fn push(state: &mut State, open: &mut Block, bytes: usize, piece: &[u8]) -> usize {
    let open_bytes = bytes % BLOCK_BYTES;
    let after = bytes + piece.len();
    let mut unread = piece;
    if open_bytes > 0 {
        let Some((head, rest)) = piece.split_at_checked(BLOCK_BYTES - open_bytes) else {
            write(open, open_bytes, piece);
            return after;
        };
        write(open, open_bytes, head);
        compress256(state, std::slice::from_ref(open));
        *open = [0; BLOCK_BYTES];
        unread = rest;
    }
    let (blocks, rest) = unread.as_chunks();
    if !blocks.is_empty() {
        compress256(state, blocks);
    }
    if !rest.is_empty() {
        write(open, 0, rest);
    }
    after
}

/// Pads as FIPS 180-4, 5.1.1, says: one bit that is set, zeros, and the number of bits.
#[inline(always)]
fn finish(state: &mut State, open: &mut Block, bytes: usize) -> [u8; 32] {
    let open_bytes = bytes % BLOCK_BYTES;
    write(open, open_bytes, &[0x80]);
    if open_bytes >= BIT_LENGTH_AT {
        compress256(state, std::slice::from_ref(open));
        *open = [0; BLOCK_BYTES];
    }
    write(open, BIT_LENGTH_AT, &(bytes as u64 * 8).to_be_bytes());
    compress256(state, std::slice::from_ref(open));
    let mut hash = [0; 32];
    for (to, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    hash
}

/// Writes into a block. What does not fit would be a mistake in this file, and ends here rather than in a wrong tag.
#[inline]
fn write(block: &mut Block, at: usize, bytes: &[u8]) {
    let (_, to) = block.split_at_mut(at);
    to.split_at_mut(bytes.len()).0.copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::KeyedSha256;

    fn expected(key: &[u8], message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// Every length around the bounds of blocks and of the padding, for short keys, for one that fills a block and for longer ones.
    #[test]
    fn every_length_of_message_and_key_is_hashed_as_the_hmac_crate_hashes_it() {
        let bytes: Vec<u8> = (0..300_u32).map(|it| (it * 7 + 3) as u8).collect();
        for key_bytes in [0, 1, 31, 32, 63, 64, 65, 128, 300] {
            let key = bytes.get(..key_bytes).unwrap();
            let keyed = KeyedSha256::new(key);
            for message_bytes in 0..=300 {
                let message = bytes.get(..message_bytes).unwrap();
                let tag = keyed.tag([[message, b"".as_slice()]].into_iter());
                assert_eq!(tag, expected(key, message), "{key_bytes} {message_bytes}");
            }
        }
        for key_bytes in 0..=300 {
            let key = bytes.get(..key_bytes).unwrap();
            let tag = KeyedSha256::new(key).tag([[bytes.as_slice(), b""]].into_iter());
            assert_eq!(tag, expected(key, &bytes), "{key_bytes}");
        }
    }

    /// Every place at which a message of three blocks and more can be cut in two.
    #[test]
    fn where_a_message_is_cut_decides_nothing() {
        let message: Vec<u8> = (0..211_u8).collect();
        let expected = expected(b"key", &message);
        let keyed = KeyedSha256::new(b"key");
        for first in 0..=message.len() {
            for second in [first, first + 1, first + 63, first + 64, first + 65] {
                let (rest, end) = message.split_at(second.min(message.len()));
                let (start, middle) = rest.split_at(first.min(rest.len()));
                let tag = keyed.tag([[start, middle], [b"".as_slice(), end]].into_iter());
                assert_eq!(tag, expected, "{first} {second}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_key_and_any_pieces_are_hashed_as_the_hmac_crate_hashes_them(
            key in proptest::collection::vec(any::<u8>(), 0..200),
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..8),
        ) {
            let parts = pieces.iter().map(|it| [it.as_slice(), b"."]);
            let joined: Vec<u8> = parts.clone().flatten().flatten().copied().collect();
            prop_assert_eq!(KeyedSha256::new(&key).tag(parts), expected(&key, &joined));
        }
    }
}
