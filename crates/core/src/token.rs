//! When an access token ends: as the page said, or as a JWT's `exp` says.

use crate::backend::TOKEN;
use crate::io::Token;
use crate::json::Json;
use crate::text::{before, cut};
use crate::time::Timestamp;

/// A token that ends sooner than this is replaced before it is used, in ms
/// (contract concierge 5.1).
const MARGIN: i64 = 60_000;

/// How much of a token's life is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Good for a connection.
    Good,
    /// Ends within a minute.
    Ending,
    /// Has ended.
    Over,
}

/// When a token ends, if it tells.
pub(crate) fn token_end(token: &Token) -> Option<Timestamp> {
    if !TOKEN {
        return None;
    }
    token.expires_at.or_else(|| jwt_end(&token.secret.0))
}

pub(crate) fn freshness(token: &Token, wall: Timestamp) -> Freshness {
    let Some(end) = token_end(token) else {
        return Freshness::Good;
    };
    match end.0.saturating_sub(wall.0) {
        left if left <= 0 => Freshness::Over,
        left if left < MARGIN => Freshness::Ending,
        _ => Freshness::Good,
    }
}

/// `exp` of a JWT, which counts seconds. Anything else has no end we know of.
fn jwt_end(token: &str) -> Option<Timestamp> {
    let (_, rest) = cut(token, b".")?;
    let claims = decode(before(rest, b"."))?;
    let claims = Json::parse(std::str::from_utf8(&claims).ok()?)?;
    Some(Timestamp(claims.get("exp")?.as_int()?.checked_mul(1_000)?))
}

/// Base64 in the URL alphabet without padding (RFC 4648, section 5).
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Secret;

    fn token(secret: &str, expires_at: Option<i64>) -> Token {
        Token {
            secret: Secret(secret.into()),
            expires_at: expires_at.map(Timestamp),
        }
    }

    #[test]
    fn the_end_is_read_from_a_jwt() {
        // {"alg":"none"}.{"exp":1800000000,"sub":"1001"}
        let jwt = token(
            "eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDAwMDAwMDAsInN1YiI6IjEwMDEifQ.x",
            None,
        );
        let at = |seconds: i64| freshness(&jwt, Timestamp(seconds * 1_000));
        assert_eq!(at(1_799_999_900), Freshness::Good);
        assert_eq!(at(1_799_999_950), Freshness::Ending);
        assert_eq!(at(1_800_000_000), Freshness::Over);
    }

    #[test]
    fn the_page_s_word_counts_more_than_the_token_s() {
        let jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDAwMDAwMDAsInN1YiI6IjEwMDEifQ.x";
        assert_eq!(
            freshness(&token(jwt, Some(5_000)), Timestamp(6_000)),
            Freshness::Over
        );
    }

    #[test]
    fn an_opaque_token_has_no_end() {
        for text in ["", "abc", "a.b.c", "a.!!.c", "..", "a.e30.c"] {
            assert_eq!(
                freshness(&token(text, None), Timestamp(i64::MAX)),
                Freshness::Good
            );
        }
    }
}
