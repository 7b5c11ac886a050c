//! What this front saw, for tests to look at: `onechat` in `GET /inspect`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::OneChat;
use super::thread::Setting;
use crate::model::{Message, Timestamp};
use crate::store::StoreError;
use crate::store::onechat::is_contact;

/// How many entries each list keeps.
const KEPT: usize = 10_000;

/// Takes notes.
#[derive(Default)]
pub(super) struct Notes {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    handshakes: VecDeque<Value>,
    commands: VecDeque<Value>,
    presence: VecDeque<Value>,
    typing: VecDeque<Value>,
    last_seen: VecDeque<Value>,
    /// How often each echo id arrived, by conversation.
    arrivals: BTreeMap<(i64, String), u64>,
}

impl Notes {
    /// The status of a handshake; 0 if none was answered.
    pub(super) fn handshake(&self, status: u16) {
        keep(
            &mut self.lock().handshakes,
            json!({"status": status, "at": now()}),
        );
    }

    /// A frame of a client; an empty name is one that could not be read.
    pub(super) fn command(&self, socket: u64, name: &str) {
        let entry = json!({"socket": socket, "command": name, "at": now()});
        keep(&mut self.lock().commands, entry);
    }

    pub(super) fn presence(&self, contact: i64) {
        keep(
            &mut self.lock().presence,
            json!({"contact": contact, "at": now()}),
        );
    }

    pub(super) fn typing(&self, setting: &Setting, status: &str) {
        let entry =
            json!({"conversation": setting.thread.display_id, "status": status, "at": now()});
        keep(&mut self.lock().typing, entry);
    }

    pub(super) fn last_seen(&self, setting: &Setting) {
        let entry = json!({"conversation": setting.thread.display_id, "at": now()});
        keep(&mut self.lock().last_seen, entry);
    }

    /// A message came in, whatever became of it.
    pub(super) fn arrival(&self, setting: &Setting, echo_id: Option<&str>) {
        if let Some(echo_id) = echo_id {
            let name = (setting.thread.display_id, echo_id.to_owned());
            *self.lock().arrivals.entry(name).or_default() += 1;
        }
    }

    pub(super) fn reset(&self) {
        *self.lock() = Inner::default();
    }

    fn arrivals(&self, conversation: i64, echo_id: &str) -> u64 {
        let name = (conversation, echo_id.to_owned());
        self.lock().arrivals.get(&name).copied().unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All of it, with the open sockets and the stored messages.
pub(super) fn show(front: &OneChat) -> Value {
    let messages = messages(front).unwrap_or_default();
    let notes = front.notes.lock();
    let arrivals: Vec<Value> = notes
        .arrivals
        .iter()
        .map(|((conversation, echo_id), times)| {
            json!({"conversation": conversation, "echoId": echo_id, "times": times})
        })
        .collect();
    json!({
        "sockets": front.sockets.show(),
        "handshakes": notes.handshakes,
        "commands": notes.commands,
        "presence": notes.presence,
        "typing": notes.typing,
        "lastSeen": notes.last_seen,
        "arrivals": arrivals,
        "messages": messages,
    })
}

fn messages(front: &OneChat) -> Result<Vec<Value>, StoreError> {
    let all = front.chat.all_messages()?;
    let own = all.iter().filter(|message| is_contact(message.visitor));
    own.map(|message| stored(front, message)).collect()
}

fn stored(front: &OneChat, message: &Message) -> Result<Value, StoreError> {
    let extras = front.extras(message)?;
    let thread = front
        .chat
        .with_store(|store| store.thread(&message.conversation))?;
    let conversation = thread.map(|thread| thread.display_id);
    let arrivals = conversation
        .zip(extras.echo_id.as_deref())
        .map(|(conversation, echo_id)| front.notes.arrivals(conversation, echo_id));
    Ok(json!({
        "id": message.id.0,
        "conversation": conversation,
        "session": message.conversation.0,
        "contact": message.visitor.0,
        "sender": if message.sender.is_staff() { "staff" } else { "contact" },
        "text": message.content,
        "contentType": extras.content_type,
        "contentAttributes": extras.content_attributes,
        "attachments": extras.attachments.len(),
        "echoId": extras.echo_id,
        "arrivals": arrivals,
        "seenAt": message.seen_at.map(|Timestamp(ms)| ms),
        "unsent": message.unsent,
    }))
}

fn now() -> i64 {
    Timestamp::now().0
}

fn keep(list: &mut VecDeque<Value>, entry: Value) {
    if list.len() == KEPT {
        list.pop_front();
    }
    list.push_back(entry);
}
