//! A secret in memory: wiped when dropped, never printed, never copied by accident.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes that only their user may see. It stops four mistakes: printing (`Debug` is redacted, there is no `Display`), serialising
/// (there is no `Serialize`), a second copy (there is no `Clone`), and a comparison whose duration tells how much was right.
///
/// ```compile_fail,E0277
/// let key = pipe_runtime::secret::Secret::new("k");
/// println!("{key}");
/// ```
///
/// ```compile_fail,E0599
/// let key = pipe_runtime::secret::Secret::new("k");
/// let copy = key.clone();
/// ```
///
/// ```compile_fail,E0369
/// let (a, b) = (pipe_runtime::secret::Secret::new("k"), pipe_runtime::secret::Secret::new("k"));
/// let same = a == b;
/// ```
///
/// ```compile_fail,E0277
/// let key = pipe_runtime::secret::Secret::new("k");
/// let text = serde_json::to_string(&key);
/// ```
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes over the bytes; a `String` or `Vec` is moved, so that no copy of it stays behind.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes themselves. The long name is there to be found in a review.
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }

    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares in a time that depends on the lengths only.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;
    use crate::sign::Verifier;

    /// What a secret may not be. Two candidates for the same name as soon as it is, so that this file then no longer compiles.
    mod never {
        pub(super) trait Printed<Which> {
            fn once() {}
        }
        impl<T> Printed<()> for T {}
        impl<T: std::fmt::Display> Printed<u8> for T {}

        pub(super) trait Serialized<Which> {
            fn once() {}
        }
        impl<T> Serialized<()> for T {}
        impl<T: serde::Serialize> Serialized<u8> for T {}

        pub(super) trait Copied<Which> {
            fn once() {}
        }
        impl<T> Copied<()> for T {}
        impl<T: Clone> Copied<u8> for T {}

        pub(super) trait Compared<Which> {
            fn once() {}
        }
        impl<T> Compared<()> for T {}
        impl<T: PartialEq> Compared<u8> for T {}
    }

    macro_rules! is_never {
        ($trait:ident: $($type:ty),+) => { $(<$type as never::$trait<_>>::once();)+ };
    }

    /// SIG-24, SEC-11: held when this is compiled.
    #[test]
    fn what_holds_a_key_is_neither_printed_nor_serialised_nor_copied_nor_compared() {
        is_never!(Printed: Secret, Verifier);
        is_never!(Serialized: Secret, Verifier);
        is_never!(Copied: Secret, Verifier);
        is_never!(Compared: Secret, Verifier);
        #[cfg(feature = "types")]
        {
            use crate::keyring::Keyring;
            is_never!(Printed: Keyring);
            is_never!(Serialized: Keyring);
            is_never!(Copied: Keyring);
            is_never!(Compared: Keyring);
        }
    }

    /// SIG-24, SEC-11
    #[test]
    fn debug_says_only_that_there_is_a_secret() {
        let printed = format!("{:?} {:#?}", Secret::new("hush"), Secret::new("hush"));
        assert_eq!(printed, "Secret([redacted]) Secret([redacted])");
    }

    #[test]
    fn equal_bytes_are_the_same_secret() {
        assert!(Secret::new("a").is_same_as(&Secret::new("a")));
        assert!(!Secret::new("a").is_same_as(&Secret::new("b")));
        assert!(!Secret::new("a").is_same_as(&Secret::new("aa")));
        assert!(Secret::new("").is_empty());
    }
}
