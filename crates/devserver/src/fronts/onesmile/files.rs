//! Attachments: Base64 inside a command, or a file that is put up beforehand
//! (contract 5.6).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Multipart, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::OneSmile;
use super::answers::{self, Failure};
use crate::bucket::BucketError;

/// What desks send, and everybody's photo.
pub(super) const PICTURE: &[u8] = include_bytes!("../../script/files/courtyard.png");
pub(super) const DOCUMENT: &[u8] = include_bytes!("../../script/files/house-rules.pdf");

/// `POST /api-v2/demo-upload`, multipart `file`: stands in for the service of
/// the page's own server that stores files. `POST /demo/upload` is the same
/// without a token, for pages of other systems.
pub(super) async fn upload(State(front): State<Arc<OneSmile>>, form: Multipart) -> Response {
    let switches = front.switches.read().onesmile;
    match keep(&front, form).await {
        Ok(url) => answers::success(&switches, Some(("data", json!({"url": url})))),
        Err(failure) => failure.answer(&switches),
    }
}

async fn keep(front: &OneSmile, mut form: Multipart) -> Result<String, Failure> {
    const UNREADABLE: Failure = Failure::Refused("The file cannot be read");
    while let Some(field) = form.next_field().await.map_err(|_| UNREADABLE)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let mime = field
            .content_type()
            .unwrap_or("application/octet-stream")
            .to_owned();
        let bytes = field.bytes().await.map_err(|_| UNREADABLE)?;
        return Ok(front.bucket.keep("onesmile", &name, &mime, bytes).await?);
    }
    Err(Failure::Refused("file is required"))
}

/// The URL of what a command carries: that URL itself, or where the Base64 is
/// kept. Nothing for an empty string.
pub(super) async fn url_of(front: &OneSmile, sent: &str) -> Result<Option<String>, Failure> {
    if sent.is_empty() {
        return Ok(None);
    }
    if sent.starts_with("http://") || sent.starts_with("https://") {
        return Ok(Some(sent.to_owned()));
    }
    let bytes = STANDARD
        .decode(sent)
        .map_err(|_| Failure::Refused("The attachment is neither Base64 nor a URL"))?;
    let (name, mime) = kind(&bytes);
    let url = front
        .bucket
        .keep("onesmile", name, mime, Bytes::from(bytes))
        .await?;
    Ok(Some(url))
}

/// Makes sure that there is a photo to show beside names.
pub(super) async fn keep_photo(front: &OneSmile) -> Result<(), BucketError> {
    let picture = Bytes::from_static(PICTURE);
    let kept = front
        .bucket
        .keep("onesmile", "photo.png", "image/png", picture);
    front.photo.get_or_try_init(|| kept).await.map(|_| ())
}

/// A name and a MIME type by the first bytes.
fn kind(bytes: &[u8]) -> (&'static str, &'static str) {
    const KINDS: [(&[u8], &str, &str); 4] = [
        (b"\x89PNG", "file.png", "image/png"),
        (b"\xff\xd8\xff", "file.jpg", "image/jpeg"),
        (b"GIF8", "file.gif", "image/gif"),
        (b"%PDF", "file.pdf", "application/pdf"),
    ];
    let known = KINDS.iter().find(|(start, ..)| bytes.starts_with(start));
    known.map_or(("file", "application/octet-stream"), |(_, name, mime)| {
        (name, mime)
    })
}
