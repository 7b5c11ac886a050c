//! The OneSmile front: members who write to service desks by four commands,
//! and ask again and again, because nothing is ever told to them.
//!
//! [`gate`] stands before all commands, [`rooms`] and [`messages`] do them, [`rows`] writes
//! what is stored, [`answers`] says how it went, [`files`] takes attachments,
//! [`desks`] are whom one writes to, [`peer`] makes a desk write, [`demo`]
//! serves pages that show the widget. The wire follows the OneSmile contract.

mod answers;
mod demo;
mod desks;
mod files;
mod gate;
mod inspect;
mod messages;
mod peer;
mod rooms;
mod rows;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use axum::{Router, middleware};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::bucket::Bucket;
use crate::chat::Chat;
use crate::inspection::Inspection;
use crate::model::{Conversation, VisitorId};
use crate::server::any_origin;
use crate::store::{Room, StoreError};
use crate::switches::SwitchBoard;

/// The numbers of members; other fronts' visitors have others.
const MEMBERS: std::ops::Range<i64> = 6_000_001..6_100_000;

/// The largest command, with a file inside, in bytes.
const COMMAND_LIMIT: usize = 8 * 1024 * 1024;

/// The largest file of the upload endpoint, in bytes.
const UPLOAD_LIMIT: usize = 84 * 1024 * 1024;

/// What the parts of this front share.
pub(crate) struct OneSmile {
    chat: Arc<Chat>,
    switches: Arc<SwitchBoard>,
    inspection: Arc<Inspection>,
    bucket: Arc<Bucket>,
    /// When requests of the last minute came, for `rate_limit`.
    recent: Mutex<VecDeque<Instant>>,
    /// Where everybody's photo is, once somebody has called.
    photo: OnceCell<String>,
}

impl OneSmile {
    pub(crate) fn new(
        chat: Arc<Chat>,
        switches: Arc<SwitchBoard>,
        inspection: Arc<Inspection>,
        bucket: Arc<Bucket>,
    ) -> Self {
        Self {
            chat,
            switches,
            inspection,
            bucket,
            recent: Mutex::default(),
            photo: OnceCell::new(),
        }
    }

    /// The member's rooms, the newest first. A conversation that staff opened
    /// becomes a room with the first desk.
    fn rooms_of(&self, member: VisitorId) -> Result<Vec<Room>, StoreError> {
        let conversations = self.chat.conversations()?;
        self.chat.with_store(|store| {
            for conversation in &conversations {
                if conversation.visitor == member {
                    store.onesmile_room_for(conversation, desks::FIRST.id)?;
                }
            }
            store.onesmile_rooms_of(member)
        })
    }
}

/// The member and the desk of a conversation, if it is one of ours.
pub(super) fn title(
    chat: &Chat,
    conversation: &Conversation,
) -> Result<Option<String>, StoreError> {
    let member = conversation.visitor;
    if !MEMBERS.contains(&member.0) {
        return Ok(None);
    }
    let rooms = chat.with_store(|store| store.onesmile_rooms_of(member))?;
    let room = rooms
        .iter()
        .find(|room| room.conversation == conversation.key);
    let desk = room
        .and_then(|room| desks::find(&room.recipient))
        .unwrap_or(desks::FIRST);
    Ok(Some(format!("Member {} · {}", member.0, desk.name)))
}

/// Everything under `/api-v2/`, `/demo/onesmile`, and `/demo/upload`.
pub(crate) fn router(front: Arc<OneSmile>) -> Router {
    Router::new()
        .route("/api-v2/generalmessagecreate", post(rooms::create))
        .route("/api-v2/generalmessagelist", post(rooms::list))
        .route("/api-v2/generalmessagedetail", post(messages::detail))
        .route("/api-v2/generalmessagesent", post(messages::send))
        .route(
            "/api-v2/demo-upload",
            post(files::upload).layer(DefaultBodyLimit::max(UPLOAD_LIMIT)),
        )
        .route("/api-v2/{*rest}", any(answers::unknown))
        .layer(DefaultBodyLimit::max(COMMAND_LIMIT))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&front),
            gate::pass,
        ))
        .with_state(Arc::clone(&front))
        .merge(
            Router::new()
                .route("/demo/onesmile", get(demo::page_data))
                .route("/demo/onesmile/peer", post(demo::act))
                .route(
                    "/demo/upload",
                    post(files::upload).layer(DefaultBodyLimit::max(UPLOAD_LIMIT)),
                )
                .layer(any_origin())
                .with_state(front),
        )
}
