//! Attachments: where they are kept, how they are told of, and the way to them
//! (contract 3.5).
//!
//! An attachment's address is permanent and redirects to the file's place in
//! the bucket, which stands for short-lived storage on another host.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::failure::Failure;
use super::measure;
use super::params::SentFile;
use super::{ACCOUNT_ID, OneChat};
use crate::bucket::is_plain;
use crate::model::Timestamp;
use crate::signing::mac;
use crate::store::onechat::{Attachment, Extras, StoredFile};
use crate::switches::onechat::{AttachmentUrl, Generation, Upload};

/// A host that is not there.
pub(super) const NOWHERE: &str = "http://files.harbour-desk.invalid";

/// Signs attachments' addresses, so that nobody reads the bucket by guessing.
const KEY: &[u8] = b"onechat attachments of this machine";

/// Where an attachment belongs.
pub(super) struct Place {
    pub(super) id: i64,
    pub(super) message: i64,
    pub(super) account: i64,
}

/// Everything under `/rails/active_storage/`. No page of another origin may
/// read there by script.
pub(super) fn router() -> Router<Arc<OneChat>> {
    let root = "/rails/active_storage";
    Router::new()
        .route(
            &format!("{root}/blobs/redirect/{{signed}}/{{name}}"),
            get(redirect),
        )
        .route(
            &format!("{root}/representations/redirect/{{signed}}/{{variant}}/{{name}}"),
            get(redirect_thumb),
        )
        .route(
            &format!("{root}/blobs/moved/{{signed}}/{{name}}"),
            get(arrive),
        )
        .route(&format!("{root}/disk/{{signed}}/{{name}}"), get(expired))
}

impl OneChat {
    /// Puts a file that was sent into the bucket.
    pub(super) async fn keep(&self, file: SentFile, fault: Upload) -> Result<StoredFile, Failure> {
        let folder = match file_type(&file.mime) {
            "image" => "onechat-images",
            "video" => "onechat-videos",
            "audio" => "onechat-sounds",
            _ => "onechat-documents",
        };
        let extension = extension(&file.name);
        let plain = if is_plain(&extension) { &extension } else { "" };
        let place = self
            .bucket
            .place(folder, plain, &file.mime, Timestamp::now());
        let size = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
        let dimensions = if fault == Upload::WidthNull {
            None
        } else {
            measure::dimensions(&file.bytes)
        };
        self.bucket
            .put(&place.upload_url, &file.mime, file.bytes)
            .await
            .map_err(|_| Failure::Broken)?;
        Ok(StoredFile {
            name: file.name,
            mime: file.mime,
            path: place.path,
            size,
            dimensions,
        })
    }

    /// Where the file itself may be read.
    pub(super) fn public_url(&self, file: &StoredFile) -> String {
        format!("{}{}", self.bucket.url(), file.path)
    }
}

/// An attachment as messages carry it.
pub(super) fn show(
    attachment: &Attachment,
    place: &Place,
    base: &str,
    generation: Generation,
) -> Value {
    let mut shown =
        json!({"id": place.id, "message_id": place.message, "account_id": place.account});
    match attachment {
        Attachment::File(file) => add_file(&mut shown, file, base, generation),
        Attachment::Other(keys) => {
            for (key, value) in keys.as_object().into_iter().flatten() {
                shown[key] = value.clone();
            }
        }
    }
    shown
}

fn add_file(shown: &mut Value, file: &StoredFile, base: &str, generation: Generation) {
    let kind = file_type(&file.mime);
    let root = format!("{base}/rails/active_storage");
    let signed = sign(&file.path);
    let name = utf8_percent_encode(&file.name, NON_ALPHANUMERIC)
        .to_string()
        .replace("%2E", ".");
    let thumb_url = if kind == "image" {
        format!("{root}/representations/redirect/{signed}/w250/{name}")
    } else {
        String::new()
    };
    shown["file_type"] = json!(kind);
    shown["extension"] = json!(extension(&file.name));
    shown["data_url"] = json!(format!("{root}/blobs/redirect/{signed}/{name}"));
    shown["thumb_url"] = json!(thumb_url);
    if generation.is_newer() {
        shown["file_size"] = json!(file.size);
        shown["width"] = json!(file.dimensions.map(|(width, _)| width));
        shown["height"] = json!(file.dimensions.map(|(_, height)| height));
    }
    if generation.is_upstream() {
        shown["content_type"] = json!(file.mime);
        if kind == "audio" {
            shown["transcribed_text"] = json!("");
        }
    }
}

/// The attachments of a message for the console, which is of this origin.
pub(crate) fn for_staff(extras: &Extras) -> Vec<Value> {
    let nowhere = Place {
        id: 0,
        message: 0,
        account: ACCOUNT_ID,
    };
    extras
        .attachments
        .iter()
        .map(|attachment| show(attachment, &nowhere, "", Generation::Cw))
        .collect()
}

/// What kind of file a MIME type makes.
pub(super) fn file_type(mime: &str) -> &'static str {
    let bare = mime.split(';').next().unwrap_or_default().trim();
    match bare.split_once('/') {
        Some(("image", "jpeg" | "jpg" | "png" | "gif" | "bmp" | "webp")) => "image",
        Some(("video", "ogg" | "mp4" | "webm" | "quicktime")) => "video",
        Some(("audio", _)) => "audio",
        _ => "file",
    }
}

fn extension(name: &str) -> String {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.to_ascii_lowercase()
}

async fn redirect(
    State(front): State<Arc<OneChat>>,
    Path((signed, name)): Path<(String, String)>,
) -> Response {
    lead(&front, &signed, &name)
}

async fn redirect_thumb(
    State(front): State<Arc<OneChat>>,
    Path((signed, _, name)): Path<(String, String, String)>,
) -> Response {
    lead(&front, &signed, &name)
}

/// The second hop of `attachment_url: redirect`.
async fn arrive(
    State(front): State<Arc<OneChat>>,
    Path((signed, _)): Path<(String, String)>,
) -> Response {
    read(&signed).map_or_else(
        || Failure::NotFound.into_response(),
        |path| found(&format!("{}{path}", front.bucket.url())),
    )
}

/// A storage address whose time is over.
async fn expired() -> Response {
    (StatusCode::FORBIDDEN, "Request has expired").into_response()
}

fn lead(front: &OneChat, signed: &str, name: &str) -> Response {
    let Some(path) = read(signed) else {
        return Failure::NotFound.into_response();
    };
    let root = format!("{}/rails/active_storage", front.base_url);
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    match front.switches().attachment_url {
        AttachmentUrl::Ok | AttachmentUrl::UnreachableHost => {
            found(&format!("{}{path}", front.bucket.url()))
        }
        AttachmentUrl::Redirect => found(&format!("{root}/blobs/moved/{signed}/{name}")),
        AttachmentUrl::Expired => found(&format!("{root}/disk/{signed}/{name}")),
    }
}

fn found(url: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(value) = HeaderValue::from_str(url) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

fn sign(path: &str) -> String {
    let code = mac(KEY, path).finalize().into_bytes();
    format!(
        "{}--{}",
        URL_SAFE_NO_PAD.encode(path),
        URL_SAFE_NO_PAD.encode(code)
    )
}

/// The path inside a signed name, if the signature is ours.
fn read(signed: &str) -> Option<String> {
    // The code may hold two dashes itself; its length does not change.
    let at = signed.len().checked_sub(45)?;
    let (path, code) = (signed.get(..at)?, signed.get(at..)?.strip_prefix("--")?);
    let path = String::from_utf8(URL_SAFE_NO_PAD.decode(path).ok()?).ok()?;
    let code = URL_SAFE_NO_PAD.decode(code).ok()?;
    mac(KEY, &path).verify_slice(&code).is_ok().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::{file_type, read, sign};

    #[test]
    fn only_our_own_addresses_are_read() {
        for path in [
            "/onechat-images/a.png",
            "/x",
            "/onechat-documents/some-longer-name.pdf",
        ] {
            let signed = sign(path);
            assert_eq!(read(&signed).as_deref(), Some(path));
            assert_eq!(read(&signed.replacen(&signed[..2], "QQ", 1)), None);
        }
        assert_eq!(read("short"), None);
    }

    #[test]
    fn kinds_follow_the_type() {
        assert_eq!(file_type("image/jpeg"), "image");
        assert_eq!(file_type("image/svg+xml"), "file");
        assert_eq!(file_type("audio/ogg; codecs=opus"), "audio");
        assert_eq!(file_type("video/x-matroska"), "file");
    }
}
