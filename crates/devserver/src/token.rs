//! Access tokens: JWTs signed with HMAC-SHA-256 by this server for itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{Timestamp, VisitorId};
use crate::signing::mac;

/// Guards nothing: the server listens on this machine only, and hands out a
/// token to whoever asks. It is fixed so that tokens outlive a restart.
const KEY: &[u8] = b"concierge-devserver signs for this machine only";

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It is no token, or nobody's we know.
    Malformed,
    /// Its signature is not ours.
    Forged,
    /// Its time is over.
    Expired,
}

/// What a token says, once its form and its signature were looked at.
pub(crate) struct Claims {
    pub(crate) visitor: VisitorId,
    signed_by_us: bool,
    expires_s: i64,
}

/// A token for a visitor that is good for some seconds (none, if negative).
pub(crate) fn issue(visitor: VisitorId, life_s: i64, now: Timestamp) -> (String, Timestamp) {
    let issued_s = now.seconds();
    let expires_s = issued_s.saturating_add(life_s);
    let claims = json!({"sub": visitor.0.to_string(), "iat": issued_s, "exp": expires_s});
    (sign(&claims), Timestamp(expires_s.saturating_mul(1000)))
}

/// A token that makes those claims. It can be read if `sub` is a visitor's
/// number and `expires_s` or `exp` tells when it ends.
pub(crate) fn sign(claims: &Value) -> String {
    let header = encode(&json!({"alg": "HS256", "typ": "JWT"}));
    let signed = format!("{header}.{}", encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(mac(KEY, &signed).finalize().into_bytes());
    format!("{signed}.{signature}")
}

/// Reads a token without judging it.
pub(crate) fn read(token: &str) -> Result<Claims, TokenError> {
    #[derive(Deserialize)]
    struct Payload {
        sub: String,
        #[serde(alias = "expires_s")]
        exp: i64,
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (_, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
    let payload = URL_SAFE_NO_PAD
        .decode(payload)
        .map_err(|_| TokenError::Malformed)?;
    let payload: Payload = serde_json::from_slice(&payload).map_err(|_| TokenError::Malformed)?;
    let visitor = payload
        .sub
        .parse()
        .map(VisitorId)
        .map_err(|_| TokenError::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    let signed_by_us = mac(KEY, signed).verify_slice(&signature).is_ok();
    Ok(Claims {
        visitor,
        signed_by_us,
        expires_s: payload.exp,
    })
}

impl Claims {
    /// Accepts only what we signed and what still lasts.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), TokenError> {
        if !self.signed_by_us {
            return Err(TokenError::Forged);
        }
        if self.expires_s <= now.seconds() {
            Err(TokenError::Expired)
        } else {
            Ok(())
        }
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    #[test]
    fn a_token_is_good_until_it_expires() {
        let (token, expires) = issue(VisitorId(1004), 60, NOW);
        let claims = read(&token).expect("our own token");
        assert_eq!(claims.visitor, VisitorId(1004));
        assert_eq!(expires, Timestamp(NOW.0 + 60_000));
        assert_eq!(claims.check(Timestamp(NOW.0 + 59_000)), Ok(()));
        assert_eq!(
            claims.check(Timestamp(NOW.0 + 60_000)),
            Err(TokenError::Expired)
        );
    }

    #[test]
    fn a_changed_token_is_forged() {
        let (token, _) = issue(VisitorId(1004), 60, NOW);
        let (other, _) = issue(VisitorId(1005), 60, NOW);
        let (head, _) = token.rsplit_once('.').expect("three parts");
        let (_, foreign) = other.rsplit_once('.').expect("three parts");
        let claims = read(&format!("{head}.{foreign}")).expect("well formed");
        assert_eq!(claims.check(NOW), Err(TokenError::Forged));
        assert!(matches!(read("hello"), Err(TokenError::Malformed)));
    }
}
