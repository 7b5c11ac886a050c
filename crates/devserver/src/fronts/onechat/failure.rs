//! Why a call was not done, as it goes over the wire (contract 7).

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::chat::Refusal;
use crate::store::StoreError;

/// Why a call was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// The body cannot be read.
    Malformed,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// A value breaks a rule: the rule's words and the attribute.
    Invalid(String, &'static str),
    /// A survey is too old to be answered.
    SurveyClosed,
    /// The file is too large for the proxy in front.
    TooLarge,
    /// Too many calls.
    Throttled,
    /// The service broke.
    Broken,
    /// The connection breaks without an answer.
    Cut,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = |status: StatusCode, text: &str| {
            let body = json!({"status": status.as_u16(), "error": text});
            (status, Json(body)).into_response()
        };
        match self {
            Self::Malformed => error(StatusCode::BAD_REQUEST, "Bad Request"),
            Self::NotFound => error(StatusCode::NOT_FOUND, "Not Found"),
            Self::Invalid(message, attribute) => {
                let body = json!({"message": message, "attributes": [attribute]});
                (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
            }
            Self::SurveyClosed => {
                let body = json!({"error": "You cannot update the CSAT survey after 14 days"});
                (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
            }
            Self::TooLarge => {
                let page = "<html><body><h1>413 Request Entity Too Large</h1></body></html>";
                (StatusCode::PAYLOAD_TOO_LARGE, axum::response::Html(page)).into_response()
            }
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Retry later\n").into_response(),
            Self::Broken => error(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::Cut => cut(),
        }
    }
}

/// An answer whose body fails before its head was sent, so that the connection
/// ends without a byte.
fn cut() -> Response {
    let broken = std::io::Error::other("the answer is withheld on purpose");
    let nothing = futures_util::stream::iter([Err::<Bytes, _>(broken)]);
    Body::from_stream(nothing).into_response()
}

impl From<StoreError> for Failure {
    fn from(_: StoreError) -> Self {
        Self::Broken
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoConversation | Refusal::NoMessage => Self::NotFound,
            Refusal::Closed | Refusal::Store(_) => Self::Broken,
        }
    }
}
