//! The VoIPBIN front: agents of one company who talk to each other. The widget
//! is one of them; the others are staff.
//!
//! [`gate`] stands before all requests. [`legacy`] and [`talk`] are two
//! generations of the API over the same chats, which [`deeds`] changes and
//! [`shapes`] writes; [`webchat`] is a product for visitors beside them. [`handshake`] lets a socket in, [`socket`] runs it,
//! [`events`] tells it what happened. [`peer`] makes another agent do
//! something, [`demo`] serves pages that show the widget. The wire follows the
//! VoIPBIN contract; its sections are named where they matter.

mod agents;
mod deeds;
mod delivery;
mod demo;
mod events;
mod files;
mod gate;
mod handshake;
mod inspect;
mod legacy;
mod legacy_messages;
mod pages;
mod peer;
mod refusals;
mod sending;
mod shapes;
mod socket;
mod sockets;
mod talk;
mod talk_messages;
mod webchat;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use axum::extract::DefaultBodyLimit;
use axum::routing::{any, delete, get, post, put};
use axum::{Router, middleware};
use tokio_util::sync::CancellationToken;

use crate::bucket::Bucket;
use crate::chat::Chat;
use crate::inspection::Inspection;
use crate::model::Conversation;
use crate::server::any_origin;
use crate::store::StoreError;
use crate::switches::SwitchBoard;

pub(crate) use events::run as run_push;

/// The company that all agents belong to.
const CUSTOMER: &str = "3e07b9c4-52ad-4c61-9f18-d4a60b7e2c95";

/// The largest file, in bytes.
const UPLOAD_LIMIT: usize = 84 * 1024 * 1024;

type Front = Arc<VoipBin>;

/// What the parts of this front share.
pub(crate) struct VoipBin {
    chat: Arc<Chat>,
    switches: Arc<SwitchBoard>,
    inspection: Arc<Inspection>,
    bucket: Arc<Bucket>,
    sockets: sockets::Registry,
    /// Events that `ws_order: reversed` keeps back.
    held: Arc<Mutex<Vec<delivery::Held>>>,
    /// Counts events, for `ws_shape: mixed`.
    turn: AtomicU64,
    stop: CancellationToken,
}

impl VoipBin {
    pub(crate) fn new(
        chat: Arc<Chat>,
        switches: Arc<SwitchBoard>,
        inspection: Arc<Inspection>,
        bucket: Arc<Bucket>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            chat,
            switches,
            inspection,
            bucket,
            sockets: sockets::Registry::default(),
            held: Arc::default(),
            turn: AtomicU64::default(),
            stop,
        }
    }

    /// Breaks every socket's connection without a close frame.
    pub(crate) fn drop_sockets(&self) {
        self.sockets.drop_all();
    }
}

/// The agent and the name of a chat, or who else is in it; if it is one of
/// ours.
pub(super) fn title(
    chat: &Chat,
    conversation: &Conversation,
) -> Result<Option<String>, StoreError> {
    let visitor = conversation.visitor.0;
    if webchat::GUESTS.contains(&visitor) {
        return Ok(Some(format!("Guest {visitor}")));
    }
    if !agents::OURS.contains(&visitor) {
        return Ok(None);
    }
    let (talk, places) = chat.with_store(|store| {
        let talk = store.voipbin_talk(&conversation.key)?;
        Ok::<_, StoreError>((talk, store.voipbin_places(&conversation.key)?))
    })?;
    let named = talk.map(|talk| talk.name).filter(|name| !name.is_empty());
    let others = || {
        let others = places.iter().filter(|place| place.agent != visitor);
        let names: Vec<_> = others.map(|place| agents::name(place.agent)).collect();
        names.join(", ")
    };
    let subject = named.unwrap_or_else(others);
    Ok(Some(format!("{} · {subject}", agents::name(visitor))))
}

/// Everything under `/v1.0/`, `/auth/`, and `/demo/voipbin`.
pub(crate) fn router(front: Front) -> Router {
    let api = legacy_routes(Router::new(), "/v1.0/service_agents");
    let api = legacy_routes(api, "/v1.0");
    webchat_routes(talk_routes(api))
        .route("/auth/login", post(demo::login))
        .route("/v1.0/ws", get(handshake::open))
        .route("/v1.0/service_agents/ws", get(handshake::open))
        .route("/v1.0/{*rest}", any(refusals::no_route))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&front),
            gate::pass,
        ))
        .merge(
            Router::new()
                .route("/demo/voipbin", get(demo::page_data))
                .route("/demo/voipbin/peer", post(demo::act))
                .layer(any_origin()),
        )
        .with_state(front)
}

/// Chats and rooms (contract 3.2).
fn legacy_routes(router: Router<Front>, base: &str) -> Router<Front> {
    let at = |path: &str| format!("{base}{path}");
    let one_chat = get(legacy::chat)
        .put(legacy::rename_chat)
        .delete(legacy::delete_chat);
    let one_room = get(legacy::room)
        .put(legacy::rename_room)
        .delete(legacy::leave_room);
    router
        .route(&at("/chats"), get(legacy::chats).post(legacy::new_chat))
        .route(&at("/chats/{id}"), one_chat)
        .route(&at("/chats/{id}/room_owner_id"), put(legacy::set_owner))
        .route(
            &at("/chats/{id}/participant_ids"),
            post(legacy::add_participant),
        )
        .route(
            &at("/chats/{id}/participant_ids/{participant}"),
            delete(legacy::remove_participant),
        )
        .route(&at("/chatrooms"), get(legacy::rooms).post(legacy::new_room))
        .route(&at("/chatrooms/{id}"), one_room)
        .route(
            &at("/chatmessages"),
            get(legacy_messages::in_chat).post(legacy_messages::to_chat),
        )
        .route(
            &at("/chatmessages/{id}"),
            get(legacy_messages::one).delete(legacy_messages::delete),
        )
        .route(
            &at("/chatroommessages"),
            get(legacy_messages::in_room).post(legacy_messages::to_room),
        )
        .route(
            &at("/chatroommessages/{id}"),
            get(legacy_messages::one_copy).delete(legacy_messages::delete_copy),
        )
}

/// Talk and files (contract 3.5).
fn talk_routes(router: Router<Front>) -> Router<Front> {
    let at = |path: &str| format!("/v1.0/service_agents{path}");
    let one_talk = get(talk::one).put(talk::rename).delete(talk::delete);
    router
        .route(&at("/talk_chats"), get(talk::joined).post(talk::create))
        .route(&at("/talk_chats/{id}"), one_talk)
        .route(&at("/talk_chats/{id}/join"), post(talk::join))
        .route(
            &at("/talk_chats/{id}/participants"),
            get(talk::participants).post(talk::add_participant),
        )
        .route(
            &at("/talk_chats/{id}/participants/{participant}"),
            delete(talk::remove_participant),
        )
        .route(&at("/talk_channels"), get(talk::channels))
        .route(
            &at("/talk_messages"),
            get(talk_messages::list).post(talk_messages::send),
        )
        .route(
            &at("/talk_messages/{id}"),
            get(talk_messages::one).delete(talk_messages::delete),
        )
        .route(
            &at("/talk_messages/{id}/reactions"),
            post(talk_messages::react),
        )
        .route(
            &at("/files"),
            get(files::list)
                .post(files::upload)
                .layer(DefaultBodyLimit::max(UPLOAD_LIMIT)),
        )
        .route(&at("/files/{id}"), get(files::one).delete(files::delete))
        .route(&at("/files/{id}/file"), get(files::download))
}

/// The visitors' product (contract 3.6).
fn webchat_routes(router: Router<Front>) -> Router<Front> {
    router
        .route("/auth/boot", post(webchat::boot))
        .route("/v1.0/webchat_sessions", post(webchat::begin))
        .route(
            "/v1.0/webchat_sessions/{id}",
            get(webchat::session).delete(webchat::end),
        )
        .route("/v1.0/webchat_sessions/{id}/end", post(webchat::end))
        .route(
            "/v1.0/webchat_messages",
            get(webchat::messages).post(webchat::send),
        )
        .route(
            "/v1.0/webchat_messages/{id}",
            get(webchat::message).delete(webchat::delete),
        )
}
