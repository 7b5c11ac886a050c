//! The Concierge front: tenants on a WebSocket gateway, staff behind it.
//!
//! [`handshake`] lets a socket in, [`socket`] runs it with the gateway's
//! limits, [`frame`] reads what comes, [`calls`] does it, [`dialect`] writes
//! the answer, [`push`] tells a tenant's other devices, [`uploads`] is the REST
//! half. The wire follows the Concierge contract; its sections are named where
//! they matter.

mod calls;
mod dialect;
mod envelope;
mod frame;
mod handshake;
mod outcome;
mod push;
mod registry;
mod socket;
mod tenants;
mod uploads;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;

use crate::bucket::Bucket;
use crate::chat::Chat;
use crate::inspection::Inspection;
use crate::switches::SwitchBoard;

pub(crate) use push::run as run_push;
pub(crate) use registry::SocketSeen;
pub(crate) use tenants::name as tenant_name;

/// The organisation that all made-up tenants and staff belong to.
const ORGANISATION: i64 = 305;

/// The largest file that may be uploaded, as the widget has it.
const UPLOAD_LIMIT: usize = 84 * 1024 * 1024;

/// What the parts of this front share.
pub(crate) struct Concierge {
    chat: Arc<Chat>,
    switches: Arc<SwitchBoard>,
    inspection: Arc<Inspection>,
    bucket: Arc<Bucket>,
    sockets: registry::Registry,
    /// Tokens that opened a socket, for `token: one_time`.
    spent_tokens: Mutex<HashSet<String>>,
    /// Events that `event_order: reversed` keeps back.
    held: Arc<Mutex<Vec<push::Held>>>,
    stop: CancellationToken,
}

impl Concierge {
    pub(crate) fn new(
        chat: Arc<Chat>,
        switches: Arc<SwitchBoard>,
        inspection: Arc<Inspection>,
        bucket: Arc<Bucket>,
        stop: CancellationToken,
    ) -> Self {
        let sockets = registry::Registry::default();
        Self {
            chat,
            switches,
            inspection,
            bucket,
            sockets,
            spent_tokens: Mutex::default(),
            held: Arc::default(),
            stop,
        }
    }

    /// The sockets that are open.
    pub(crate) fn open_sockets(&self) -> Vec<SocketSeen> {
        self.sockets.list()
    }

    /// Breaks every socket's connection without a close frame.
    pub(crate) fn drop_sockets(&self) {
        self.sockets.drop_all();
    }
}

/// Everything under `/concierge/`.
pub(crate) fn router(front: Arc<Concierge>) -> Router {
    Router::new()
        .route("/concierge/socket", get(handshake::open))
        .route(
            "/concierge/api/file-new/get-upload-url",
            post(uploads::get_upload_url),
        )
        .route(
            "/concierge/api/upload-proxy",
            post(uploads::proxy).layer(DefaultBodyLimit::max(UPLOAD_LIMIT)),
        )
        .with_state(front)
}
