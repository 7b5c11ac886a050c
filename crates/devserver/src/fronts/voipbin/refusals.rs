//! Why a request was not done, and how that is said (contract 7).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::gate::Era;
use crate::bucket::BucketError;
use crate::chat::Refusal;
use crate::store::StoreError;
use crate::switches::voipbin::{ErrorForm, RouteError};

/// Why a request was not done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failure {
    /// The request is not as it should be; what is wrong with it.
    Invalid(&'static str),
    /// The caller may not.
    Denied,
    /// There is no such thing; its name in capitals.
    NotFound(&'static str),
    /// It cannot be done any more, or not yet.
    State(&'static str),
    /// There is no token, or no good one.
    Unauthenticated,
    /// The server failed.
    Broken,
    /// The path is none of ours.
    NoRoute,
    /// The body is not called JSON.
    NotJson,
    /// The `errors` switch wants it so.
    Forced(RouteError),
}

impl From<StoreError> for Failure {
    fn from(_: StoreError) -> Self {
        Self::Broken
    }
}

impl From<BucketError> for Failure {
    fn from(_: BucketError) -> Self {
        Self::Broken
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoConversation => Self::NotFound("CHAT_NOT_FOUND"),
            Refusal::NoMessage => Self::NotFound("MESSAGE_NOT_FOUND"),
            Refusal::Closed => Self::State("CHAT_DELETED"),
            Refusal::Store(_) => Self::Broken,
        }
    }
}

/// Says only that there is a failure; [`super::gate`], which knows the switches,
/// writes it.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::BAD_REQUEST.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A path that is none of ours.
pub(super) async fn no_route() -> Failure {
    Failure::NoRoute
}

impl Failure {
    /// The answer in the form that is set.
    pub(super) fn answer(self, form: ErrorForm, era: Era) -> Response {
        let has_envelope = match form {
            ErrorForm::AsDialect => era != Era::Legacy,
            ErrorForm::Empty400 => false,
            ErrorForm::Envelope => true,
        };
        let (status, name, reason, text) = match self {
            Self::NoRoute => return StatusCode::NOT_FOUND.into_response(),
            Self::NotJson => return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response(),
            Self::Unauthenticated if !has_envelope => {
                return StatusCode::UNAUTHORIZED.into_response();
            }
            Self::Forced(error) => return forced(error),
            Self::Invalid(_) | Self::Denied | Self::NotFound(_) | Self::State(_) | Self::Broken
                if !has_envelope =>
            {
                return StatusCode::BAD_REQUEST.into_response();
            }
            Self::Invalid(text) => (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", text),
            Self::Denied => (
                403,
                "PERMISSION_DENIED",
                "PERMISSION_DENIED",
                "This is not yours to do.",
            ),
            Self::NotFound(reason) => (404, "NOT_FOUND", reason, "There is no such thing here."),
            Self::State(reason) => (
                409,
                "FAILED_PRECONDITION",
                reason,
                "This cannot be done any more.",
            ),
            Self::Unauthenticated => (
                401,
                "UNAUTHENTICATED",
                "AUTHENTICATION_REQUIRED",
                "A good token is required.",
            ),
            Self::Broken => (500, "INTERNAL", "INTERNAL", "The server failed."),
        };
        envelope(status, name, reason, text)
    }
}

fn forced(error: RouteError) -> Response {
    match error {
        RouteError::Off | RouteError::Empty400 => StatusCode::BAD_REQUEST.into_response(),
        RouteError::Empty401 => StatusCode::UNAUTHORIZED.into_response(),
        RouteError::Payment => envelope(
            402,
            "PAYMENT_REQUIRED",
            "PAYMENT_REQUIRED",
            "The account is empty.",
        ),
        RouteError::Denied => envelope(
            403,
            "PERMISSION_DENIED",
            "ACCOUNT_FROZEN",
            "The account is frozen.",
        ),
        RouteError::NotFound => envelope(
            404,
            "NOT_FOUND",
            "NOT_FOUND",
            "There is no such thing here.",
        ),
        RouteError::Exists => envelope(
            409,
            "ALREADY_EXISTS",
            "ALREADY_EXISTS",
            "It is there already.",
        ),
        RouteError::Throttled => envelope(
            429,
            "RESOURCE_EXHAUSTED",
            "RATE_LIMIT_EXCEEDED",
            "That was too often.",
        ),
        RouteError::Internal => envelope(500, "INTERNAL", "INTERNAL", "The server failed."),
        RouteError::Unavailable => {
            envelope(503, "UNAVAILABLE", "UNAVAILABLE", "The server is away.")
        }
    }
}

fn envelope(status: u16, name: &str, reason: &str, text: &str) -> Response {
    let details = if status == 429 {
        json!([{"limited_by": "ip"}])
    } else {
        json!([{}])
    };
    let request = uuid::Uuid::new_v4().simple().to_string();
    let request: String = request.chars().take(16).collect();
    let body = json!({"error": {
        "status": name,
        "reason": reason,
        "message": text,
        "request_id": format!("req_{}", request.to_uppercase()),
        "details": details,
    }});
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}
