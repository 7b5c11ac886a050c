//! `/demo/voipbin` and `/auth/login`: stand in for a site's own server, which
//! knows its agent, and for the service's login.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::gate::{Sent, new_token};
use super::refusals::Failure;
use super::{CUSTOMER, Front, agents, peer, webchat};
use crate::model::ConversationKey;
use crate::switches::voipbin::{ErrorForm, Peer};

/// What all demo agents log in with.
const PASSWORD: &str = "quay-side";

/// Seconds for which a token is good, unless told: seven days.
const WEEK: i64 = 604_800;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default = "first_agent")]
    agent: i64,
    /// Seconds; a negative number gives a token that has expired.
    #[serde(default = "week")]
    ttl: i64,
}

/// What another agent shall do, and in which chat.
#[derive(Deserialize)]
pub(super) struct Act {
    chat: String,
    act: Peer,
}

#[derive(Deserialize)]
pub(super) struct Login {
    username: String,
    password: String,
}

fn first_agent() -> i64 {
    agents::OURS.start
}

fn week() -> i64 {
    WEEK
}

fn username(agent: i64) -> String {
    format!("agent-{agent}@lantern-quay.invalid")
}

/// `GET /demo/voipbin?agent=5000001&ttl=604800`
pub(super) async fn page_data(
    State(front): State<Front>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    if !agents::OURS.contains(&asked.agent) || agents::welcome(&front, asked.agent).is_err() {
        return (StatusCode::BAD_REQUEST, "There is no such agent.\n").into_response();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let kind = front.switches.read().voipbin.token;
    let (token, expires) = new_token(kind, asked.agent, asked.ttl);
    let staff: Vec<Value> = agents::STAFF
        .map(|agent| json!({"id": agents::id(agent), "name": agents::name(agent)}))
        .collect();
    Json(json!({
        "apiUrl": format!("http://{host}/v1.0"),
        "uploadUrl": format!("http://{host}/demo/upload"),
        "loginUrl": format!("http://{host}/auth/login"),
        "token": token,
        "tokenExpiryTime": expires.0,
        "agentId": agents::id(asked.agent),
        "customerId": CUSTOMER,
        "recipientId": agents::id(agents::STAFF.start),
        "recipientName": agents::name(agents::STAFF.start),
        "agents": staff,
        "bootUrl": format!("http://{host}/auth/boot"),
        "directHash": webchat::HASH,
        "widgetId": webchat::WIDGET,
        "username": username(asked.agent),
        "password": PASSWORD,
    }))
    .into_response()
}

/// `POST /auth/login`
pub(super) async fn login(
    State(front): State<Front>,
    Sent(body): Sent<Login>,
) -> Result<Json<Value>, StatusCode> {
    let agent = body
        .username
        .strip_prefix("agent-")
        .and_then(|rest| rest.split('@').next())
        .and_then(|number| number.parse().ok())
        .filter(|agent| agents::OURS.contains(agent) && username(*agent) == body.username)
        .filter(|_| body.password == PASSWORD)
        .ok_or(StatusCode::BAD_REQUEST)?;
    let kind = front.switches.read().voipbin.token;
    let (token, _) = new_token(kind, agent, WEEK);
    Ok(Json(json!({"username": body.username, "token": token})))
}

/// `POST /demo/voipbin/peer`: another agent does something at once.
pub(super) async fn act(State(front): State<Front>, Json(asked): Json<Act>) -> Response {
    let key = ConversationKey(asked.chat);
    let done = front
        .chat
        .with_store(|store| store.voipbin_talk(&key))
        .map_err(Failure::from)
        .and_then(|talk| talk.ok_or(Failure::NotFound("CHAT_NOT_FOUND")))
        .and_then(|talk| peer::act(&front, &talk, asked.act));
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(failure) => failure.answer(ErrorForm::Envelope, super::gate::Era::Talk),
    }
}
