//! The WebSocket handshake (contract 2.2): who may come in, and how the
//! gateway refuses the others.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Concierge, socket};
use crate::inspection::HandshakeSeen;
use crate::model::{Timestamp, VisitorId};
use crate::switches::{Handshake, TokenCheck};
use crate::token;

/// The longest URL that the gateway takes.
const URL_LIMIT: usize = 4096;

/// `GET /concierge/socket?Auth=…&deviceId=…`
pub(super) async fn open(
    State(front): State<Arc<Concierge>>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let fault = front
        .switches
        .take(|switches| switches.handshake.take(None))
        .0;
    if fault == Handshake::Hang {
        std::future::pending::<()>().await;
    }
    let admitted = admit(&front, &uri, &query, fault);
    let tenant = query
        .get("Auth")
        .and_then(|token| token::read(token).ok())
        .map(|claims| claims.visitor.0);
    front.inspection.note_handshake(HandshakeSeen {
        tenant,
        device: query.get("deviceId").cloned(),
        status: admitted
            .as_ref()
            .err()
            .copied()
            .unwrap_or(StatusCode::SWITCHING_PROTOCOLS)
            .as_u16(),
        at: Timestamp::now().0,
    });
    match admitted {
        Ok((tenant, device)) => {
            upgrade.on_upgrade(move |stream| socket::run(front, stream, tenant, device))
        }
        Err(status) => status.into_response(),
    }
}

fn admit(
    front: &Concierge,
    uri: &Uri,
    query: &HashMap<String, String>,
    fault: Handshake,
) -> Result<(VisitorId, String), StatusCode> {
    let url_length = uri.path_and_query().map_or(0, |path| path.as_str().len());
    if url_length > URL_LIMIT {
        return Err(StatusCode::URI_TOO_LONG);
    }
    match fault {
        Handshake::Ok | Handshake::Hang => {}
        Handshake::Refuse401 => return Err(StatusCode::UNAUTHORIZED),
        Handshake::Refuse403 => return Err(StatusCode::FORBIDDEN),
        Handshake::TooMany => return Err(StatusCode::TOO_MANY_REQUESTS),
        Handshake::BadGateway => return Err(StatusCode::BAD_GATEWAY),
    }
    let token = query.get("Auth").ok_or(StatusCode::UNAUTHORIZED)?;
    let tenant = authorise(front, token).ok_or(StatusCode::UNAUTHORIZED)?;
    if front.switches.read().token == TokenCheck::OneTime {
        let mut spent = front
            .spent_tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !spent.insert(token.clone()) {
            return Err(StatusCode::UNAUTHORIZED);
        }
    }
    let device = query
        .get("deviceId")
        .filter(|device| !device.is_empty())
        .ok_or(StatusCode::BAD_REQUEST)?;
    Ok((tenant, device.clone()))
}

/// Whose token it is, if the `token` switch accepts it.
pub(super) fn authorise(front: &Concierge, token: &str) -> Option<VisitorId> {
    let claims = token::read(token).ok()?;
    if front.switches.read().token != TokenCheck::Any {
        claims.check(Timestamp::now()).ok()?;
    }
    Some(claims.visitor)
}

/// A fresh name in the gateway's manner: 16 characters, the last one `=`.
pub(super) fn new_connection_id() -> String {
    let random = uuid::Uuid::new_v4();
    STANDARD.encode(random.as_bytes().get(..11).unwrap_or_default())
}
