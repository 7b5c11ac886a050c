//! Events: what a contact hears over the cable (contract 3.8).

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::cable::{Outbox, Outgoing, Subscription};
use super::dialect::{DELETED, Dialect, attributes};
use super::thread::Setting;
use super::{ACCOUNT_ID, OneChat, staff, steps};
use crate::chat::{Event, News, Origin, Typing};
use crate::model::{ConversationKey, Message, Party, StaffId};
use crate::store::StoreError;
use crate::store::onechat::is_contact;
use crate::switches::onechat::{Generation, OneChatSwitches, OrderOfEvents};

/// Marks what a contact did over REST. Its call tells of it itself, or nobody
/// is to be told.
pub(super) const BY_CONTACT: Origin = Some(u64::MAX);

/// For how long `event_order: reversed` collects events.
const REVERSAL: Duration = Duration::from_millis(80);

/// What was last told of a conversation: its status and who has it.
pub(super) type Told = (&'static str, Option<StaffId>);

/// An event that waits for its turn.
pub(super) struct Held {
    outbox: Outbox,
    frame: String,
}

/// Passes news on to the contacts' sockets until no more can come.
pub(crate) async fn run(front: Arc<OneChat>, mut news: UnboundedReceiver<News>) {
    while let Some(news) = news.recv().await {
        if is_contact(news.visitor) {
            // What cannot be read cannot be told; the next call will fail, too.
            let _ = tell(&front, &news);
        }
    }
}

fn tell(front: &Arc<OneChat>, news: &News) -> Result<(), StoreError> {
    let is_own = news.origin == BY_CONTACT;
    match &news.event {
        Event::Arrived => Ok(()),
        Event::Opened(conversation) => {
            opened(front, &conversation.key)?;
            steps::play(front);
            Ok(())
        }
        Event::Changed(conversation) => changed(front, &conversation.key),
        Event::Posted(_) | Event::Seen(_) | Event::Typing(..) if is_own => Ok(()),
        Event::Posted(message) => {
            if let Some(setting) = front.setting(&message.conversation)? {
                message_created(front, &setting, message);
            }
            Ok(())
        }
        Event::Seen(message) if message.sender.is_staff() => {
            updated(front, message, json!({"status": ["sent", "read"]}))
        }
        Event::Seen(_) => Ok(()),
        Event::Unsent(message) => {
            let before = front.extras(message)?.content_attributes;
            let changes = json!({
                "content": [message.content, DELETED],
                "processed_message_content": [message.content, DELETED],
                "content_attributes": [before, {"deleted": true}],
            });
            updated(front, message, changes)
        }
        Event::Revised(message) => {
            let after = attributes(message, &front.extras(message)?);
            let mut before = after.clone();
            if let Some(fields) = before.as_object_mut() {
                fields.remove("submitted_values");
            }
            updated(
                front,
                message,
                json!({"content_attributes": [before, after]}),
            )
        }
        Event::Typing(conversation, Party::Staff(id), typing) => {
            typed(front, &conversation.key, *id, *typing)
        }
        Event::Typing(_, Party::Visitor(_), _) => Ok(()),
    }
}

/// Sends a message as a new one.
pub(super) fn message_created(front: &OneChat, setting: &Setting, message: &Message) {
    // The state of the conversation may have changed since.
    let fresh = front.setting(&setting.thread.key).ok().flatten();
    let setting = fresh.as_ref().unwrap_or(setting);
    if let Ok(mut data) = Dialect::of(front).live_message(setting, message) {
        if data["sender_type"] == "User" {
            data["performer"] = data["sender"].clone();
        }
        deliver(front, setting, "message.created", &data);
    }
}

/// Sends who of staff is there to one subscriber.
pub(super) fn presence(front: &OneChat, subscription: &Subscription) {
    let data = json!({"users": staff::presence(), "account_id": ACCOUNT_ID});
    for (outbox, identifier) in front.sockets.listeners(&[subscription.session]) {
        if identifier == subscription.identifier {
            put(front, outbox, &identifier, "presence.update", &data);
        }
    }
}

/// Sends an event to all who may hear of a conversation: its session, or, once
/// that was proved, all proved sessions of the contact.
pub(super) fn deliver(front: &OneChat, setting: &Setting, event: &str, data: &Value) {
    let mut sessions = vec![setting.session.id];
    if setting.session.hmac_verified {
        let all = front
            .chat
            .with_store(|store| store.sessions_of(setting.contact.id));
        let proved = all
            .unwrap_or_default()
            .into_iter()
            .filter(|session| session.hmac_verified);
        sessions = proved.map(|session| session.id).collect();
    }
    for (outbox, identifier) in front.sockets.listeners(&sessions) {
        put(front, outbox, &identifier, event, data);
    }
}

/// Sends a typing event.
pub(super) fn typing_event(
    front: &OneChat,
    setting: &Setting,
    who: StaffId,
    typing: Typing,
    is_private: bool,
) -> Result<(), StoreError> {
    let mut conversation = Dialect::of(front).live_conversation(setting)?;
    if let Some(fields) = conversation.as_object_mut() {
        fields.remove("account_id");
    }
    let event = match typing {
        Typing::On => "conversation.typing_on",
        Typing::Off => "conversation.typing_off",
    };
    let data = json!({
        "conversation": conversation,
        "user": staff::person(who),
        "is_private": is_private,
        "account_id": ACCOUNT_ID,
        "performer": staff::person(who),
    });
    deliver(front, setting, event, &data);
    Ok(())
}

fn opened(front: &OneChat, key: &ConversationKey) -> Result<(), StoreError> {
    let Some(setting) = front.setting(key)? else {
        return Ok(());
    };
    remember(front, &setting);
    if !front.switches().generation.is_newer() {
        return Ok(());
    }
    let mut data = Dialect::of(front).live_conversation(&setting)?;
    data["messages"] = json!([]);
    deliver(front, &setting, "conversation.created", &data);
    Ok(())
}

fn changed(front: &OneChat, key: &ConversationKey) -> Result<(), StoreError> {
    let Some(setting) = front.setting(key)? else {
        return Ok(());
    };
    let now = (setting.status(), setting.conversation.staff());
    let before = remember(front, &setting);
    if before == Some(now) {
        return Ok(());
    }
    let data = Dialect::of(front).live_conversation(&setting)?;
    if before.is_none_or(|(status, _)| status != now.0) {
        deliver(front, &setting, "conversation.status_changed", &data);
    }
    if front.switches().generation.is_newer() {
        deliver(front, &setting, "conversation.updated", &data);
    }
    Ok(())
}

/// Notes what is told of a conversation; what was told before.
fn remember(front: &OneChat, setting: &Setting) -> Option<Told> {
    let now = (setting.status(), setting.conversation.staff());
    let mut told = front.told.lock().unwrap_or_else(PoisonError::into_inner);
    told.insert(setting.thread.key.0.clone(), now)
}

fn updated(front: &OneChat, message: &Message, changes: Value) -> Result<(), StoreError> {
    let Some(setting) = front.setting(&message.conversation)? else {
        return Ok(());
    };
    let dialect = Dialect::of(front);
    let mut data = dialect.live_message(&setting, message)?;
    if dialect.switches.generation.is_newer() {
        data["previous_changes"] = changes;
        let sent_at = dialect.iso(message.sent_at);
        data["previous_changes"]["updated_at"] = json!([sent_at, data["updated_at"]]);
    }
    deliver(front, &setting, "message.updated", &data);
    Ok(())
}

/// The oldest generation does not tell that staff types; a bot's typing in a
/// pending conversation only the newest does.
fn typed(
    front: &OneChat,
    key: &ConversationKey,
    who: StaffId,
    typing: Typing,
) -> Result<(), StoreError> {
    let generation = front.switches().generation;
    let Some(setting) = front.setting(key)? else {
        return Ok(());
    };
    let is_told = match generation {
        Generation::Oc21 => false,
        Generation::Oc42 => setting.status() != "pending",
        Generation::Cw => true,
    };
    if is_told {
        typing_event(front, &setting, who, typing, false)?;
    }
    Ok(())
}

/// Puts an event into an outbox as the switches have it: in order or not,
/// once, twice or not at all.
pub(super) fn put(front: &OneChat, outbox: Outbox, identifier: &str, event: &str, data: &Value) {
    let frame = frame(&front.switches(), identifier, event, data);
    let order = front
        .switches
        .take(|switches| switches.onechat.event_order.take(None))
        .0;
    let send = |frame: String| {
        // A socket that is gone hears nothing.
        let _ = outbox.send(Outgoing::Text(frame));
    };
    match order {
        OrderOfEvents::Fifo => send(frame),
        OrderOfEvents::Duplicated => {
            send(frame.clone());
            send(frame);
        }
        OrderOfEvents::Dropped => {}
        OrderOfEvents::Reversed => hold(front, Held { outbox, frame }),
    }
}

fn frame(switches: &OneChatSwitches, identifier: &str, event: &str, data: &Value) -> String {
    let mut frame = json!({"identifier": identifier, "message": {"event": event, "data": data}});
    let least = switches
        .big_frame
        .and_then(|bytes| usize::try_from(bytes).ok());
    let text = frame.to_string();
    let Some(missing) = least.and_then(|least| least.checked_sub(text.len())) else {
        return text;
    };
    frame["message"]["data"]["padding"] = json!("x".repeat(missing));
    frame.to_string()
}

/// Keeps an event back for a moment, then lets all of that moment go, the last
/// one first.
fn hold(front: &OneChat, event: Held) {
    let held = Arc::clone(&front.held);
    let is_first = {
        let mut events = held.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
        events.len() == 1
    };
    if !is_first {
        return;
    }
    tokio::spawn(async move {
        tokio::time::sleep(REVERSAL).await;
        let events = std::mem::take(&mut *held.lock().unwrap_or_else(PoisonError::into_inner));
        for Held { outbox, frame } in events.into_iter().rev() {
            let _ = outbox.send(Outgoing::Text(frame));
        }
    });
}
