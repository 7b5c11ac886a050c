//! The OneChat front: contacts over REST, live events over ActionCable, staff
//! behind them.
//!
//! [`gate`] is what every request passes; [`inbox`], [`contacts`],
//! [`conversations`], [`messages`] and [`csat`] are the calls; [`params`] reads
//! their bodies, [`dialect`] writes their answers, [`failure`] their refusals.
//! [`files`] keeps attachments, [`cable`] is the socket, [`push`] tells it what
//! happens, [`steps`] and [`history`] make things up on demand from
//! [`samples`]. The wire follows the OneChat contract; its sections are named
//! where they matter.

mod cable;
mod contacts;
mod conversations;
mod csat;
mod demo;
mod dialect;
mod failure;
mod files;
mod gate;
mod generation;
mod history;
mod identity;
mod inbox;
mod measure;
mod messages;
mod notes;
mod params;
mod push;
mod samples;
mod staff;
mod steps;
mod thread;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::bucket::Bucket;
use crate::chat::Chat;
use crate::switches::SwitchBoard;
use crate::switches::onechat::OneChatSwitches;

pub(crate) use demo::router as demo_router;
pub(crate) use files::for_staff as attachments_for_staff;
pub(crate) use push::run as run_push;
pub(crate) use samples::{Sample, answer_to as sample_in_answer_to};
pub(crate) use steps::run as run_steps;

/// The only inbox, as clients name it.
pub(crate) const INBOX: &str = "Lq7wNzR3bHtVx5KdPm9YcJ2s";
/// The number of the inbox, which clients only see.
const INBOX_ID: i64 = 61;
/// What the inbox is called.
const INBOX_NAME: &str = "Harbour desk";
/// The account that the inbox belongs to.
const ACCOUNT_ID: i64 = 8;

/// The largest body that is taken, in bytes; a proxy would have such a limit.
const BODY_LIMIT: usize = 84 * 1024 * 1024;

/// What the parts of this front share.
pub(crate) struct OneChat {
    chat: Arc<Chat>,
    switches: Arc<SwitchBoard>,
    bucket: Arc<Bucket>,
    /// Where this server listens; attachments' addresses begin so.
    base_url: String,
    sockets: cable::Registry,
    notes: notes::Notes,
    /// What the cable last told of each conversation.
    told: Mutex<BTreeMap<String, push::Told>>,
    /// Events that `event_order: reversed` keeps back.
    held: Arc<Mutex<Vec<push::Held>>>,
    stop: CancellationToken,
}

impl OneChat {
    pub(crate) fn new(
        chat: Arc<Chat>,
        switches: Arc<SwitchBoard>,
        bucket: Arc<Bucket>,
        base_url: String,
        stop: CancellationToken,
    ) -> Self {
        Self {
            chat,
            switches,
            bucket,
            base_url,
            sockets: cable::Registry::default(),
            notes: notes::Notes::default(),
            told: Mutex::default(),
            held: Arc::default(),
            stop,
        }
    }

    /// What `/inspect` shows of this front.
    pub(crate) fn inspect(&self) -> Value {
        notes::show(self)
    }

    /// Forgets what was noted.
    pub(crate) fn forget(&self) {
        self.notes.reset();
    }

    /// Breaks every socket's connection without a word.
    pub(crate) fn drop_sockets(&self) {
        self.sockets.drop_all();
    }

    fn switches(&self) -> OneChatSwitches {
        self.switches.read().onechat
    }
}

/// Everything under `/public/api/v1/`, the files and the cable.
pub(crate) fn router(front: Arc<OneChat>) -> Router {
    let inbox = "/public/api/v1/inboxes/{inbox}";
    let contact = format!("{inbox}/contacts/{{source}}");
    let conversation = format!("{contact}/conversations/{{id}}");
    let message = format!("{conversation}/messages/{{message}}");
    let api = Router::new()
        .route(inbox, get(inbox::show))
        .route(&format!("{inbox}/contacts"), post(contacts::create))
        .route(
            &contact,
            get(contacts::show)
                .patch(contacts::update)
                .put(contacts::update),
        )
        .route(
            &format!("{contact}/conversations"),
            get(conversations::list).post(conversations::create),
        )
        .route(&conversation, get(conversations::show))
        .route(
            &format!("{conversation}/toggle_status"),
            post(conversations::toggle_status),
        )
        .route(
            &format!("{conversation}/toggle_typing"),
            post(conversations::toggle_typing),
        )
        .route(
            &format!("{conversation}/update_last_seen"),
            post(conversations::update_last_seen),
        )
        .route(
            &format!("{conversation}/messages"),
            get(messages::list).post(messages::create),
        )
        .route(
            &message,
            axum::routing::patch(messages::update).put(messages::update),
        )
        .route(
            "/public/api/v1/csat_survey/{conversation}",
            get(csat::show).put(csat::update),
        )
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&front),
            gate::pass,
        ));
    Router::new()
        .merge(api)
        .merge(files::router())
        .route("/cable", get(cable::open))
        .with_state(front)
}
