//! Conversations (contract 3.3).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::dialect::Dialect;
use super::failure::Failure;
use super::params::{Params, Reading};
use super::thread::{Reach, Setting};
use super::{ACCOUNT_ID, OneChat, push};
use crate::chat::Typing;
use crate::model::{Party, Timestamp};
use crate::store::Scope;
use crate::store::onechat::{Session, Waiting};
use crate::switches::onechat::{ConversationList, OffOn, OkOr404, ReadReceipts};

type Front = State<Arc<OneChat>>;
type ContactPath = Path<(String, String)>;
type ConversationPath = Path<(String, String, String)>;

/// `GET {C}/conversations`: all of them, each with its whole history.
pub(super) async fn list(
    State(front): Front,
    Path((inbox, source)): ContactPath,
) -> Result<Json<Vec<Value>>, Failure> {
    let session = front.session(&inbox, &source)?;
    let switches = front.switches();
    let fails = switches.conversation_list == ConversationList::ErrorWhenVerified
        || !switches.generation.is_upstream();
    if fails && session.hmac_verified {
        return Err(Failure::Broken);
    }
    let list = front
        .settings_of(&session)?
        .iter()
        .map(|setting| front.show_conversation(setting))
        .collect::<Result<_, _>>()?;
    Ok(Json(list))
}

/// `POST {C}/conversations`
pub(super) async fn create(
    State(front): Front,
    Path((inbox, source)): ContactPath,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let session = front.session(&inbox, &source)?;
    let params = Params::read(request, Reading::Usual).await?;
    let switches = front.switches();
    if switches.lock_single == OffOn::On
        && switches.generation.is_newer()
        && let Some(last) = front.settings_of(&session)?.last()
    {
        return front.show_conversation(last).map(Json);
    }
    let attributes = params
        .object("custom_attributes")
        .map_or_else(|| json!({}), |own| json!(own));
    let setting = front.begin(&session, attributes).await?;
    front.show_conversation(&setting).map(Json)
}

/// `GET {V}`
pub(super) async fn show(
    State(front): Front,
    Path((inbox, source, id)): ConversationPath,
) -> Result<Json<Value>, Failure> {
    let session = front.session(&inbox, &source)?;
    let setting = front.reach(&session, &id, Reach::Session)?;
    front.show_conversation(&setting).map(Json)
}

/// `POST {V}/toggle_status`: resolves; it opens nothing.
pub(super) async fn toggle_status(
    State(front): Front,
    Path((inbox, source, id)): ConversationPath,
) -> Result<Json<Value>, Failure> {
    needs(front.switches().toggle_status)?;
    let session = front.session(&inbox, &source)?;
    let mut setting = front.reach(&session, &id, Reach::Session)?;
    if !setting.conversation.closed {
        setting.conversation = front.chat.close(&setting.thread.key, None)?;
    }
    front.show_conversation(&setting).map(Json)
}

/// `POST {V}/toggle_typing` `{"typing_status": "on"}`
pub(super) async fn toggle_typing(
    State(front): Front,
    Path((inbox, source, id)): ConversationPath,
    request: Request,
) -> Result<StatusCode, Failure> {
    needs(front.switches().typing)?;
    let session = front.session(&inbox, &source)?;
    let setting = front.reach(&session, &id, Reach::Session)?;
    let params = Params::read(request, Reading::Usual).await?;
    let status = params.text("typing_status").unwrap_or_default();
    front.notes.typing(&setting, status);
    let typing = match status {
        "on" => Typing::On,
        "off" => Typing::Off,
        _ => return Ok(StatusCode::OK),
    };
    let contact = Party::Visitor(setting.contact.id);
    front
        .chat
        .typing(&setting.thread.key, contact, typing, push::BY_CONTACT)?;
    Ok(StatusCode::OK)
}

/// `POST {V}/update_last_seen`: all of staff's messages become read.
pub(super) async fn update_last_seen(
    State(front): Front,
    Path((inbox, source, id)): ConversationPath,
) -> Result<StatusCode, Failure> {
    let switches = front.switches();
    needs(switches.last_seen)?;
    let session = front.session(&inbox, &source)?;
    let mut setting = front.reach(&session, &id, Reach::Session)?;
    front.notes.last_seen(&setting);
    setting.thread.contact_seen_at = Some(Timestamp::now());
    let unseen = front.chat.with_store(|store| {
        store.save_thread(&setting.thread)?;
        store.unseen(Scope::Conversation(&setting.thread.key), true)
    })?;
    let origin = match switches.read_receipts {
        ReadReceipts::Burst => None,
        ReadReceipts::None => push::BY_CONTACT,
    };
    for message in unseen {
        front.chat.see(message.id, origin)?;
    }
    Ok(StatusCode::OK)
}

impl OneChat {
    /// Opens a conversation with all that the switches give it.
    async fn begin(&self, session: &Session, attributes: Value) -> Result<Setting, Failure> {
        let switches = self.switches();
        let contact = self.contact_of(session)?;
        let waiting = if switches.bot_pending == OffOn::On {
            Waiting::Pending
        } else {
            Waiting::Open
        };
        let files = self.history_files(&switches).await?;
        let party = Party::Visitor(contact.id);
        let conversation = self.chat.open_with(
            contact.id,
            party,
            push::BY_CONTACT,
            |store, conversation| {
                store.add_thread(&conversation.key, session.id, waiting, attributes)?;
                let history = super::history::of(&switches, conversation, &files);
                store.add_history(conversation, &history)
            },
        )?;
        if contact.blocked {
            self.chat.close(&conversation.key, push::BY_CONTACT)?;
        }
        self.setting(&conversation.key)?.ok_or(Failure::Broken)
    }

    /// The answer, with rows that are not for the contact where the server is
    /// so careless.
    fn show_conversation(&self, setting: &Setting) -> Result<Value, Failure> {
        let switches = self.switches();
        let mut shown = Dialect::of(self).conversation(setting)?;
        let is_careless = switches.conversation_list == ConversationList::WithPrivate
            || !switches.generation.is_newer();
        if is_careless
            && let Some(messages) = shown.get_mut("messages").and_then(Value::as_array_mut)
        {
            messages.extend(self.internal_rows(setting));
        }
        Ok(shown)
    }

    /// A private note and an activity row, which nothing marks.
    fn internal_rows(&self, setting: &Setting) -> [Value; 2] {
        let row = |nth: i64, kind: i64, words: &str| {
            json!({
                "id": 900_000_000 + setting.conversation.row * 10 + nth,
                "content": words,
                "message_type": kind,
                "content_type": "text",
                "content_attributes": {},
                "created_at": self.seconds(setting.conversation.created_at),
                "conversation_id": setting.thread.display_id,
                "account_id": ACCOUNT_ID,
            })
        };
        [
            row(1, 1, "Note among us: this guest has complained before."),
            row(2, 2, "The conversation was taken by the harbour desk"),
        ]
    }
}

fn needs(route: OkOr404) -> Result<(), Failure> {
    match route {
        OkOr404::Ok => Ok(()),
        OkOr404::NotFound => Err(Failure::NotFound),
    }
}
