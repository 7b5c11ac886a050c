//! `/demo/onesmile`: stands in for a partner's own server, which knows its
//! member and fetches the token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::desks::DESKS;
use super::{MEMBERS, OneSmile, desks, peer, rooms};
use crate::model::{Timestamp, VisitorId};
use crate::switches::onesmile::Peer;
use crate::token;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default = "first_member")]
    member: i64,
    /// Seconds; a negative number gives a token that has expired.
    #[serde(default = "an_hour")]
    ttl: i64,
}

/// What a desk shall write, and to whom.
#[derive(Deserialize)]
pub(super) struct Act {
    #[serde(default = "first_member")]
    member: i64,
    /// The room's number; without, the member's room with the demo's desk.
    #[serde(default)]
    room: Value,
    act: Peer,
}

fn first_member() -> i64 {
    MEMBERS.start
}

fn an_hour() -> i64 {
    3600
}

/// `GET /demo/onesmile?member=6000001&ttl=3600`
pub(super) async fn page_data(
    State(front): State<Arc<OneSmile>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Json<Value> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let base = format!("http://{host}/api-v2");
    let (token, expires) = token::issue(VisitorId(asked.member), asked.ttl, Timestamp::now());
    let desk = desks::for_demo(front.switches.read().onesmile.recipient_form);
    let recipients = DESKS.map(|desk| json!({"id": desk.id, "name": desk.name}));
    Json(json!({
        "apiUrl": base,
        "uploadUrl": format!("{base}/demo-upload"),
        "token": token,
        "tokenExpiryTime": expires.0,
        "memberId": asked.member.to_string(),
        "recipientId": desk.id,
        "recipientName": desk.name,
        "recipients": recipients,
    }))
}

/// `POST /demo/onesmile/peer`: the desk writes at once.
pub(super) async fn act(State(front): State<Arc<OneSmile>>, Json(asked): Json<Act>) -> Response {
    let switches = front.switches.read().onesmile;
    let member = VisitorId(asked.member);
    let desk = desks::for_demo(switches.recipient_form).id;
    let room = rooms::room(&front, member, &asked.room).and_then(|room| {
        room.map_or_else(
            || rooms::open_room(&front, member, desk).map(|(room, _)| room),
            Ok,
        )
    });
    let done = match room {
        Ok(room) => peer::act(&front, &room.conversation, asked.act, switches.burst).await,
        Err(failure) => Err(failure),
    };
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(failure) => failure.answer(&switches),
    }
}
