//! `/inspect`: lets a test see what the server saw, forget it, and break all
//! sockets.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::chat::Chat;
use crate::fronts::concierge::Concierge;
use crate::fronts::onechat::OneChat;
use crate::fronts::onesmile::OneSmile;
use crate::fronts::voipbin::VoipBin;
use crate::inspection::Inspection;
use crate::model::{Message, Timestamp};
use crate::store::StoreError;

/// What the handlers look into.
pub(crate) struct Inspected {
    pub(crate) chat: Arc<Chat>,
    pub(crate) concierge: Arc<Concierge>,
    pub(crate) onechat: Arc<OneChat>,
    pub(crate) onesmile: Arc<OneSmile>,
    pub(crate) voipbin: Arc<VoipBin>,
    pub(crate) inspection: Arc<Inspection>,
}

type Seen = State<Arc<Inspected>>;

/// `GET /inspect`, `POST /inspect/reset`, `POST /inspect/drop`
pub(crate) fn router(inspected: Arc<Inspected>) -> Router {
    Router::new()
        .route("/inspect", get(show))
        .route("/inspect/reset", post(reset))
        .route("/inspect/drop", post(break_sockets))
        .with_state(inspected)
}

async fn show(State(seen): Seen) -> Response {
    match all(&seen) {
        Ok(all) => Json(all).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn all(seen: &Inspected) -> Result<Value, StoreError> {
    let messages = seen.chat.all_messages()?;
    let mut all = json!(seen.inspection.notes());
    all["sockets"] = json!(seen.concierge.open_sockets());
    all["messages"] = messages.iter().map(stored).collect();
    all["onechat"] = seen.onechat.inspect();
    all["onesmile"] = seen.onesmile.inspect()?;
    all["voipbin"] = seen.voipbin.inspect()?;
    Ok(all)
}

async fn reset(State(seen): Seen) -> StatusCode {
    seen.inspection.reset();
    seen.onechat.forget();
    StatusCode::NO_CONTENT
}

async fn break_sockets(State(seen): Seen) -> StatusCode {
    seen.concierge.drop_sockets();
    seen.onechat.drop_sockets();
    seen.voipbin.drop_sockets();
    StatusCode::NO_CONTENT
}

fn stored(message: &Message) -> Value {
    json!({
        "id": message.id.0,
        "uid": message.metadata.as_ref().and_then(|metadata| metadata.get("messageUid")),
        "session": message.conversation.0,
        "tenant": message.visitor.0,
        "sender": if message.sender.is_staff() { "staff" } else { "tenant" },
        "contentType": message.content_type,
        "text": message.content,
        "metadata": message.metadata,
        "sentAt": message.sent_at.0,
        "seenAt": message.seen_at.map(|Timestamp(ms)| ms),
        "unsent": message.unsent,
    })
}
