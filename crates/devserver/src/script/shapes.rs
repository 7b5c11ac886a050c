//! The kinds of message that the script can send, for the `content_types`
//! switch.

use bytes::Bytes;
use serde_json::json;

use crate::bucket::{Bucket, BucketError};
use crate::model::{Draft, Timestamp};
use crate::switches::ContentTypes;

const PICTURE: &[u8] = include_bytes!("files/courtyard.png");
const DOCUMENT: &[u8] = include_bytes!("files/house-rules.pdf");
/// The beginning of an MP4 file and no more: clients show that it cannot be
/// played, or a poster.
const FILM: &[u8] = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom";

/// A file to send, and how.
struct Shape {
    content_type: &'static str,
    folder: &'static str,
    name: &'static str,
    mime: &'static str,
    bytes: &'static [u8],
}

/// A message of that kind. Only words carry the words.
pub(super) async fn draft(
    bucket: &Bucket,
    kind: ContentTypes,
    words: &str,
) -> Result<Draft, BucketError> {
    let film = Shape {
        content_type: "VIDEO",
        folder: "chat-videos",
        name: "lobby.mp4",
        mime: "video/mp4",
        bytes: FILM,
    };
    let shape = match kind {
        ContentTypes::Text => return Ok(plain("TEXT", words)),
        ContentTypes::Unknown => return Ok(plain("HOLOGRAM", words)),
        ContentTypes::File => Shape {
            content_type: "FILE",
            folder: "chat-documents",
            name: "house-rules.pdf",
            mime: "application/pdf",
            bytes: DOCUMENT,
        },
        ContentTypes::Image => Shape {
            content_type: "IMAGE",
            folder: "chat-images",
            name: "courtyard.png",
            mime: "image/png",
            bytes: PICTURE,
        },
        ContentTypes::Video => film,
        ContentTypes::VideoAsImage => Shape {
            content_type: "IMAGE",
            folder: "chat-images",
            ..film
        },
    };
    let extension = shape.name.rsplit('.').next().unwrap_or_default();
    let place = bucket.place(shape.folder, extension, shape.mime, Timestamp::now());
    bucket
        .put(
            &place.upload_url,
            shape.mime,
            Bytes::from_static(shape.bytes),
        )
        .await?;
    Ok(Draft {
        content_type: shape.content_type.to_owned(),
        content: place.public_url,
        metadata: Some(json!({"file": {"name": shape.name}})),
    })
}

pub(super) fn plain(content_type: &str, words: &str) -> Draft {
    Draft {
        content_type: content_type.to_owned(),
        content: words.to_owned(),
        metadata: None,
    }
}
