//! Names that cannot be guessed, and the proof of a user (contract 2.2, 2.3).

use hmac::Mac;

use super::failure::Failure;
use super::params::Params;
use crate::signing::mac;
use crate::switches::onechat::Hmac;

/// The inbox's key for identifier hashes. It guards made-up users on this
/// machine only, and is fixed so that hashes outlive a restart.
const KEY: &[u8] = b"Hv8mTq2ZcY6nWb4RkX9sJd3f";

/// The characters of a token: no letters or digits that look alike.
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// How many characters a token has.
const TOKEN_LENGTH: usize = 24;

/// A fresh stream token.
pub(super) fn new_token() -> String {
    let (first, second) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    first
        .as_bytes()
        .iter()
        .chain(second.as_bytes())
        .filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()))
        .take(TOKEN_LENGTH)
        .map(|letter| char::from(*letter))
        .collect()
}

/// What a host page's server would compute for its user.
pub(super) fn identifier_hash(identifier: &str) -> String {
    let bytes = mac(KEY, identifier).finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the parameters prove their user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing was asked or offered.
    None,
    /// The hash is right.
    Good,
}

/// Looks at the hash in the parameters. A wrong one, or none where one must be,
/// is answered like a broken server.
pub(super) fn check(switch: Hmac, params: &Params) -> Result<Proof, Failure> {
    let hash = params.text("identifier_hash").unwrap_or_default();
    match (switch, hash) {
        (Hmac::Off, _) | (Hmac::Optional, "") => Ok(Proof::None),
        (Hmac::Mandatory, "") => Err(Failure::Broken),
        (Hmac::Optional | Hmac::Mandatory, hash) => {
            let identifier = params.text("identifier").unwrap_or_default();
            if identifier_hash(identifier) == hash {
                Ok(Proof::Good)
            } else {
                Err(Failure::Broken)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{identifier_hash, new_token};

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (new_token(), new_token());
        assert_eq!((one.len(), other.len()), (24, 24));
        assert_ne!(one, other);
    }

    #[test]
    fn a_hash_is_sixty_four_small_hexadecimal_digits() {
        let hash = identifier_hash("guest-88");
        assert_eq!(hash.len(), 64);
        assert!(
            hash.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        );
        assert_ne!(hash, identifier_hash("guest-89"));
    }
}
