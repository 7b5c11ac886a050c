//! `/demo/onechat`: stands in for a host page's own server, which knows the
//! inbox and computes the hash of its user.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{INBOX, OneChat, identity};

#[derive(Deserialize)]
struct Asked {
    /// The host page's own name of its user.
    identifier: Option<String>,
}

/// `GET /demo/onechat?identifier=…`
pub(crate) fn router(front: Arc<OneChat>) -> Router {
    Router::new()
        .route("/demo/onechat", get(show))
        .with_state(front)
}

async fn show(State(front): State<Arc<OneChat>>, Query(asked): Query<Asked>) -> Json<Value> {
    let hash = asked.identifier.as_deref().map(identity::identifier_hash);
    Json(json!({
        "baseUrl": front.base_url,
        "inbox": INBOX,
        "identifierHash": hash,
    }))
}
