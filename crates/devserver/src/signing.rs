//! HMAC-SHA-256, which both tokens and upload URLs are signed with.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The code of a message under a key.
pub(crate) fn mac(key: &[u8], message: &str) -> Hmac<Sha256> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(message.as_bytes());
    mac
}
