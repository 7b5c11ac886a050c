//! Pre-signed upload URLs (AWS Signature Version 4, query form).
//!
//! As with the service's own URLs, `Content-Type` is a signed query parameter,
//! and `x-amz-acl` is both a query parameter and a signed header: S3 takes the
//! parameter for the header, so that a browser need not send it.

use hmac::Mac;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::model::Timestamp;
use crate::signing::mac;

/// The made-up account of this server. It guards a store on this machine that
/// anyone here can write to.
pub(super) const KEY_ID: &str = "DEVSERVERKEY";
pub(super) const SECRET: &str = "the-local-bucket-has-no-secrets";

/// Seconds for which an upload URL is good.
const LIFE_S: u32 = 900;

const REGION: &str = "local";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SIGNED_HEADERS: &str = "host;x-amz-acl";

/// What AWS does not escape.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A URL to which one may PUT a file of that MIME type. `path` must be made of
/// unreserved characters and slashes.
pub(super) fn put_url(host: &str, path: &str, mime: &str, now: Timestamp) -> String {
    let (date, time) = stamps(now);
    let scope = format!("{date}/{REGION}/s3/aws4_request");
    // In the order of their names, as the canonical form wants them.
    let query = [
        ("Content-Type", mime),
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", &format!("{KEY_ID}/{scope}")),
        ("X-Amz-Date", &time),
        ("X-Amz-Expires", &LIFE_S.to_string()),
        ("X-Amz-SignedHeaders", SIGNED_HEADERS),
        ("x-amz-acl", "public-read"),
    ]
    .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED)))
    .join("&");
    let request = format!(
        "PUT\n{path}\n{query}\nhost:{host}\nx-amz-acl:public-read\n\n{SIGNED_HEADERS}\nUNSIGNED-PAYLOAD"
    );
    let to_sign = format!(
        "{ALGORITHM}\n{time}\n{scope}\n{}",
        hex(&Sha256::digest(request))
    );
    let key = [date.as_str(), REGION, "s3", "aws4_request"]
        .iter()
        .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| {
            sign(&key, part)
        });
    format!(
        "http://{host}{path}?{query}&X-Amz-Signature={}",
        hex(&sign(&key, &to_sign))
    )
}

/// The day and the moment in AWS's notation.
fn stamps(now: Timestamp) -> (String, String) {
    let moment =
        OffsetDateTime::from_unix_timestamp(now.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let day = moment
        .format(format_description!("[year][month][day]"))
        .unwrap_or_default();
    let clock = moment
        .format(format_description!("[hour][minute][second]"))
        .unwrap_or_default();
    let full = format!("{day}T{clock}Z");
    (day, full)
}

fn sign(key: &[u8], message: &str) -> Vec<u8> {
    mac(key, message).finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
