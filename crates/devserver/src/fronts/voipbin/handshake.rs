//! The WebSocket handshake (contract 3.4): who may come in.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::{Front, gate, socket};
use crate::inspection::HandshakeSeen;
use crate::model::Timestamp;
use crate::switches::voipbin::SocketAuth;

/// `GET /v1.0/ws?token=…`, `GET /v1.0/service_agents/ws?token=…`
pub(super) async fn open(
    State(front): State<Front>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let token = gate::credentials(&headers, uri.query().unwrap_or_default());
    let (fault, _) = front
        .switches
        .take(|switches| switches.voipbin.ws_auth.take(None));
    let listener = token
        .filter(|_| fault == SocketAuth::Ok)
        .and_then(|token| socket::Listener::of(&token));
    front.inspection.note_handshake(HandshakeSeen {
        tenant: listener.as_ref().map(socket::Listener::number),
        device: None,
        status: listener
            .as_ref()
            .map_or(StatusCode::UNAUTHORIZED, |_| {
                StatusCode::SWITCHING_PROTOCOLS
            })
            .as_u16(),
        at: Timestamp::now().0,
    });
    match listener {
        Some(listener) => upgrade.on_upgrade(move |stream| socket::run(front, stream, listener)),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}
