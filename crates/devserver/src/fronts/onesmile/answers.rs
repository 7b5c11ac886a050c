//! How a command went: successes, refusals and their many forms (contract 7).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::bucket::BucketError;
use crate::chat::Refusal;
use crate::store::StoreError;
use crate::switches::onesmile::{AuthFailure, ErrorForm, OneSmileSwitches, SuccessKey};

/// What bad tokens and bad bodies are called.
pub(super) const INVALID: &str = "Invalid Parameters";

/// Why a command was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// With a text for the member.
    Refused(&'static str),
    /// The server is at fault.
    Broken,
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
            Refusal::Closed => Self::Refused("This room is closed"),
            Refusal::NoConversation | Refusal::NoMessage => Self::Refused("Room not found"),
            Refusal::Store(_) => Self::Broken,
        }
    }
}

impl Failure {
    /// The answer in the form that the switches ask for.
    pub(super) fn answer(&self, switches: &OneSmileSwitches) -> Response {
        match self {
            Self::Refused(text) => refusal(switches, text),
            Self::Broken => server_error(switches),
        }
    }
}

/// The outcome, and `data` under `key` where there is one.
pub(super) fn success(switches: &OneSmileSwitches, data: Option<(&str, Value)>) -> Response {
    let mut body = outcome(switches, Outcome::Good, "OK");
    if let Some((key, data)) = data {
        body.insert(key.to_owned(), data);
    }
    Json(body).into_response()
}

/// A refusal as `error_form` has it.
pub(super) fn refusal(switches: &OneSmileSwitches, text: &str) -> Response {
    match switches.error_form {
        ErrorForm::SuccessFalse => Json(outcome(switches, Outcome::Bad, text)).into_response(),
        ErrorForm::StatusErrors => {
            let error =
                json!({"type": "field", "msg": text, "path": "message", "location": "body"});
            let body = json!({"status": false, "msg": "Bad Request", "errors": [error]});
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
        ErrorForm::DataArray => {
            let mut body = outcome(switches, Outcome::Bad, text);
            body.insert("data".to_owned(), json!([]));
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
        ErrorForm::Html => {
            let page = Html("<html><body><h1>The gateway found no server</h1></body></html>");
            (StatusCode::BAD_GATEWAY, page).into_response()
        }
        ErrorForm::Empty => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A command without a good token.
pub(super) fn not_authorised(switches: &OneSmileSwitches) -> Response {
    let status = match switches.auth_failure {
        AuthFailure::Ok200 => StatusCode::OK,
        AuthFailure::BadRequest => StatusCode::BAD_REQUEST,
        AuthFailure::Unauthorized => StatusCode::UNAUTHORIZED,
    };
    bad(switches, status, INVALID)
}

/// More commands in a minute than `rate_limit` lets pass.
pub(super) fn too_many(switches: &OneSmileSwitches) -> Response {
    bad(switches, StatusCode::TOO_MANY_REQUESTS, "Too many requests")
}

/// The server failed.
pub(super) fn server_error(switches: &OneSmileSwitches) -> Response {
    bad(
        switches,
        StatusCode::INTERNAL_SERVER_ERROR,
        "Internal server error",
    )
}

/// The document's sample of a room that was not made: empty in all its parts.
pub(super) fn empty_room(switches: &OneSmileSwitches) -> Response {
    let mut body = outcome(switches, Outcome::Bad, "");
    body.insert("response".to_owned(), no_room());
    Json(body).into_response()
}

/// A room with nothing in any field.
pub(super) fn no_room() -> Value {
    json!({"room_id": "", "created_date": "", "message": "", "fullname": "", "member_photo": ""})
}

/// A path that is no command.
pub(super) async fn unknown() -> StatusCode {
    StatusCode::NOT_FOUND
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Good,
    Bad,
}

fn outcome(switches: &OneSmileSwitches, outcome: Outcome, text: &str) -> Map<String, Value> {
    let good = outcome == Outcome::Good;
    let (key, value) = match switches.success_key {
        SuccessKey::Success => ("success", json!(good)),
        SuccessKey::StatusBool => ("status", json!(good)),
        SuccessKey::StatusOk => ("status", json!(if good { "OK" } else { "ERROR" })),
    };
    Map::from_iter([(key.to_owned(), value), ("msg".to_owned(), json!(text))])
}

fn bad(switches: &OneSmileSwitches, status: StatusCode, text: &str) -> Response {
    (status, Json(outcome(switches, Outcome::Bad, text))).into_response()
}
