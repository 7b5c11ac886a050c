//! The REST half (contract 5b): a place for a file, and the page's own proxy
//! that puts a file there.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Concierge, handshake};
use crate::bucket::{UploadPlace, is_plain};
use crate::model::Timestamp;
use crate::switches::{UploadProxy, UploadUrl};

/// What a client tells of its file.
#[derive(Deserialize)]
pub(super) struct Asked {
    filename: String,
    #[serde(rename = "mimeType")]
    mime_type: String,
    #[serde(rename = "type")]
    folder: String,
}

/// `POST /concierge/api/file-new/get-upload-url`
pub(super) async fn get_upload_url(
    State(front): State<Arc<Concierge>>,
    headers: HeaderMap,
    body: Result<Json<Asked>, axum::extract::rejection::JsonRejection>,
) -> Response {
    if !is_authorised(&front, &headers) {
        return errors(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "The access token is missing, wrong or expired.",
        );
    }
    let invalid = |message: &str| errors(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message);
    let asked = match body {
        Ok(Json(asked)) => asked,
        Err(rejection) => return invalid(&rejection.body_text()),
    };
    if asked.filename.is_empty() || !asked.mime_type.contains('/') || !is_plain(&asked.folder) {
        return invalid("filename, mimeType and type are required.");
    }
    let extension = asked
        .filename
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    let extension = if is_plain(extension) { extension } else { "" };
    let place = front
        .bucket
        .place(&asked.folder, extension, &asked.mime_type, Timestamp::now());
    let fault = front
        .switches
        .take(|switches| switches.upload_url.take(None))
        .0;
    answer(fault, data(&asked, &place))
}

fn data(asked: &Asked, place: &UploadPlace) -> Value {
    json!({"uploadUrlData": {
        "uploadURL": place.upload_url,
        "fileName": asked.filename,
        "uploadPath": place.path,
        "resourceUrl": place.public_url,
    }})
}

fn answer(fault: UploadUrl, mut data: Value) -> Response {
    const GOOD: &str = "Upload Url generated successfully!";
    match fault {
        UploadUrl::Ok => Json(json!({"data": data, "message": GOOD})).into_response(),
        UploadUrl::NoDataWrapper => {
            data["message"] = json!(GOOD);
            Json(data).into_response()
        }
        UploadUrl::ExtraKeys => {
            data["uploadUrlData"]["photoFilename"] = data["uploadUrlData"]["fileName"].clone();
            data["uploadUrlData"]["isBase64Encoded"] = json!(false);
            let headers = json!({"Access-Control-Allow-Origin": "*"});
            Json(json!({"data": data, "message": GOOD, "isBase64Encoded": false, "headers": headers})).into_response()
        }
        UploadUrl::Errors400 => errors(
            StatusCode::BAD_REQUEST,
            "VALIDATION_ERROR",
            "This type of file is not accepted.",
        ),
        UploadUrl::Array400 => {
            let list = json!([{"code": "VALIDATION_ERROR", "message": "This type of file is not accepted."}]);
            (StatusCode::BAD_REQUEST, Json(list)).into_response()
        }
        UploadUrl::Unauthorized => errors(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "The access token is not valid.",
        ),
        UploadUrl::NotFound => errors(
            StatusCode::NOT_FOUND,
            "NOT_FOUND_ERROR",
            "There is nothing here.",
        ),
        UploadUrl::ServerError => errors(
            StatusCode::INTERNAL_SERVER_ERROR,
            "THIRD_PARTY_API_ERROR",
            "The file service does not answer.",
        ),
        UploadUrl::EmptyNull => Json(json!({"status": 1, "data": null})).into_response(),
    }
}

/// `POST /concierge/api/upload-proxy`, multipart `{uploadURL, image}`: stands
/// in for a page's own server. It puts files into our bucket only.
pub(super) async fn proxy(State(front): State<Arc<Concierge>>, mut form: Multipart) -> Response {
    let mut upload_url = None;
    let mut image: Option<(String, Bytes)> = None;
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return (error.status(), error.body_text()).into_response(),
        };
        match field.name() {
            Some("uploadURL") => upload_url = field.text().await.ok(),
            Some("image") => {
                let mime = field
                    .content_type()
                    .unwrap_or("application/octet-stream")
                    .to_owned();
                image = field.bytes().await.ok().map(|bytes| (mime, bytes));
            }
            _ => {}
        }
    }
    let (Some(upload_url), Some((mime, bytes))) = (upload_url, image) else {
        return errors(
            StatusCode::BAD_REQUEST,
            "VALIDATION_ERROR",
            "uploadURL and image are required.",
        );
    };
    let fault = front
        .switches
        .take(|switches| switches.upload_proxy.take(None))
        .0;
    if fault == UploadProxy::ServerError {
        return errors(
            StatusCode::INTERNAL_SERVER_ERROR,
            "THIRD_PARTY_API_ERROR",
            "The upload did not work.",
        );
    }
    match front.bucket.put(&upload_url, &mime, bytes).await {
        Ok(()) => Json(json!({"status": 1, "data": null})).into_response(),
        Err(error) => errors(StatusCode::BAD_GATEWAY, "THIRD_PARTY_API_ERROR", &error.0),
    }
}

fn is_authorised(front: &Concierge, headers: &HeaderMap) -> bool {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    token.is_some_and(|token| handshake::authorise(front, token).is_some())
}

fn errors(status: StatusCode, code: &str, message: &str) -> Response {
    (
        status,
        Json(json!({"errors": [{"code": code, "message": message}]})),
    )
        .into_response()
}
