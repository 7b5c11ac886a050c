//! The visitors' product (contract 3.6): anyone with the public hash gets a
//! token, and a session of its own with each opening. Every session is a
//! conversation.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::deeds::{self, Said};
use super::delivery::{Published, publish};
use super::gate::{Era, Sent};
use super::legacy::Answer;
use super::pages::{self, Asked};
use super::refusals::Failure;
use super::sending::said;
use super::shapes::Shapes;
use super::{CUSTOMER, Front, VoipBin, agents};
use crate::chat::{Event, News};
use crate::model::{
    Conversation, ConversationKey, Draft, Message, Micros, Party, Timestamp, VisitorId,
};
use crate::store::{Guest, StoreError, Word};
use crate::switches::voipbin::{SocketShape, VoipBinSwitches, WebchatSession};
use crate::token;

/// The widget that all sessions belong to.
pub(super) const WIDGET: &str = "c48e1f70-93ab-4d26-b5f1-60d7e82a3c19";

/// What a page needs to get a token; public by design.
pub(super) const HASH: &str = "direct.7c20e9a4b8f1";

/// The number of whoever has a token and no session, as tokens name it.
pub(super) const NOBODY: i64 = 5_900_000;

/// The numbers of visitors with a session.
pub(super) const GUESTS: std::ops::Range<i64> = 5_900_001..6_000_000;

/// The longest address that a session keeps.
const ADDRESS_LIMIT: usize = 2048;

/// Milliseconds after which `webchat_session: idle_ended` ends a session.
const IDLE: i64 = 1000;

const NO_SESSION: Failure = Failure::NotFound("WEBCHAT_SESSION_NOT_FOUND");
const NO_MESSAGE: Failure = Failure::NotFound("WEBCHAT_MESSAGE_NOT_FOUND");

#[derive(Deserialize)]
pub(super) struct Boot {
    direct_hash: String,
}

#[derive(Deserialize)]
pub(super) struct NewSession {
    widget_id: String,
    #[serde(default)]
    page_url: String,
    #[serde(default)]
    referrer: String,
}

#[derive(Deserialize)]
pub(super) struct NewMessage {
    session_id: String,
    /// Required, and without effect: who sends is known.
    #[serde(rename = "direction")]
    _direction: String,
    text: String,
}

/// Whether it is a good token of this product.
pub(super) fn is_guest(token: &str) -> bool {
    let claims = token::read(token).ok();
    let good = claims.filter(|claims| claims.check(Timestamp::now()).is_ok());
    good.is_some_and(|claims| claims.visitor.0 == NOBODY)
}

/// The only topic that tells of a session.
fn topic(session: &str) -> String {
    format!("customer_id:{CUSTOMER}:webchat_session:{session}")
}

/// Whether it is the whole topic of one session.
pub(super) fn is_topic(text: &str) -> bool {
    let session = text.rsplit(':').next().unwrap_or_default();
    uuid::Uuid::parse_str(session).is_ok() && text == topic(session)
}

/// `POST /auth/boot`
pub(super) async fn boot(State(front): State<Front>, Sent(body): Sent<Boot>) -> Answer {
    let switches = front.switches.read().voipbin;
    let is_known = switches.webchat_session != WebchatSession::UnknownHash;
    if body.direct_hash != HASH || !is_known {
        return Err(Failure::Invalid("The hash is not known."));
    }
    let now = Timestamp::now();
    let (token, expires) = token::issue(VisitorId(NOBODY), switches.boot_expire_s, now);
    let expires = shapes(&switches).time(Micros(expires.0.saturating_mul(1000)));
    Ok(Json(json!({
        "token": token,
        "type": "direct",
        "resource_type": "webchat_widget",
        "resource_id": WIDGET,
        "customer_id": CUSTOMER,
        "expire": expires,
        "resource_data": {"public_display_config": {
            "primary_color": "#3b5b4c",
            "header_background_color": "#3b5b4c",
            "header_text_color": "#fffdf6",
            "position": "bottom_left",
            "theme_mode": "light",
            "header_title": "Lantern Quay",
            "header_subtitle": "Somebody is at the desk",
            "typing_indicator_enabled": false,
            "border_radius": "pill",
            "font_size": "large",
        }},
    })))
}

/// `POST /webchat_sessions`: always a new one.
pub(super) async fn begin(State(front): State<Front>, Sent(body): Sent<NewSession>) -> Answer {
    let is_long = body.page_url.len().max(body.referrer.len()) > ADDRESS_LIMIT;
    if body.widget_id != WIDGET || is_long {
        return Err(Failure::Invalid(
            "The widget is not known, or an address is too long.",
        ));
    }
    let now = Micros::now();
    let number = front.chat.with_store(|store| {
        store.voipbin_new_guest(GUESTS.start, &body.page_url, &body.referrer)
    })?;
    let visitor = VisitorId(number);
    let conversation = front.chat.open(visitor, Party::Visitor(visitor), None)?;
    let guest = Guest {
        number,
        page_url: body.page_url,
        referrer: body.referrer,
        active: now,
    };
    front
        .chat
        .with_store(|store| store.voipbin_save_guest(&guest))?;
    let switches = front.switches.read().voipbin;
    Ok(Json(written(&switches, &conversation, &guest)))
}

/// A session that is there, ended by now if a switch wants it so.
fn find(front: &VoipBin, id: &str) -> Result<(Conversation, Guest), Failure> {
    let key = ConversationKey(id.to_owned());
    let conversation = front
        .chat
        .conversation(&key)?
        .filter(|conversation| GUESTS.contains(&conversation.visitor.0))
        .ok_or(NO_SESSION)?;
    let number = conversation.visitor.0;
    let guest = front
        .chat
        .with_store(|store| store.voipbin_guest(number))?
        .ok_or(NO_SESSION)?;
    let idle = Timestamp::now().0 - guest.active.0 / 1000;
    let is_over = match front.switches.read().voipbin.webchat_session {
        WebchatSession::Active | WebchatSession::UnknownHash => false,
        WebchatSession::Ended => true,
        WebchatSession::IdleEnded => idle >= IDLE,
    };
    if is_over && !conversation.closed {
        return Ok((front.chat.close(&key, None)?, guest));
    }
    Ok((conversation, guest))
}

/// `GET /webchat_sessions/{id}`
pub(super) async fn session(State(front): State<Front>, Path(id): Path<String>) -> Answer {
    let switches = front.switches.read().voipbin;
    let (conversation, guest) = find(&front, &id)?;
    Ok(Json(written(&switches, &conversation, &guest)))
}

/// `POST /webchat_sessions/{id}/end`, `DELETE /webchat_sessions/{id}`
pub(super) async fn end(State(front): State<Front>, Path(id): Path<String>) -> Answer {
    let switches = front.switches.read().voipbin;
    let (conversation, guest) = find(&front, &id)?;
    let conversation = if conversation.closed {
        conversation
    } else {
        front.chat.close(&conversation.key, None)?
    };
    Ok(Json(written(&switches, &conversation, &guest)))
}

/// `GET /webchat_messages`
pub(super) async fn messages(State(front): State<Front>, query: Asked) -> Answer {
    let switches = front.switches.read().voipbin;
    let before = pages::asked(&switches, &query);
    let id = query
        .get("session_id")
        .ok_or(Failure::Invalid("session_id is required."))?;
    let (conversation, _) = find(&front, id)?;
    let mut found = Vec::new();
    for message in front.chat.messages_in(&conversation.key)? {
        if !message.unsent {
            found.push((deeds::word(&front, &message)?, message));
        }
    }
    let created: fn(&(Word, Message)) -> Micros = |(word, _)| word.created;
    let found = pages::cut(found, before, created);
    pages::page(shapes(&switches), before, &found, created, |it| {
        Ok(row(&switches, &it.0, &it.1))
    })
}

/// `POST /webchat_messages`; an ended session is not found.
pub(super) async fn send(State(front): State<Front>, Sent(body): Sent<NewMessage>) -> Answer {
    let switches = front.switches.read().voipbin;
    let (conversation, mut guest) = find(&front, &body.session_id)?;
    if conversation.closed {
        return Err(NO_SESSION);
    }
    let Said { text, .. } = said("normal", body.text, None, None)?;
    let draft = Draft {
        content_type: "TEXT".to_owned(),
        content: text,
        metadata: None,
    };
    let sender = Party::Visitor(conversation.visitor);
    let message = front.chat.post(&conversation.key, sender, draft, None)?;
    guest.active = Micros::now();
    front
        .chat
        .with_store(|store| store.voipbin_save_guest(&guest))?;
    let word = deeds::word(&front, &message)?;
    Ok(Json(row(&switches, &word, &message)))
}

fn find_message(front: &VoipBin, id: &str) -> Result<(Word, Message), Failure> {
    let word = front
        .chat
        .with_store(|store| store.voipbin_word_of_id(id))?
        .ok_or(NO_MESSAGE)?;
    let message = front
        .chat
        .message(word.message)?
        .filter(|message| GUESTS.contains(&message.visitor.0))
        .ok_or(NO_MESSAGE)?;
    Ok((word, message))
}

/// `GET /webchat_messages/{id}`
pub(super) async fn message(State(front): State<Front>, Path(id): Path<String>) -> Answer {
    let switches = front.switches.read().voipbin;
    let (word, message) = find_message(&front, &id)?;
    Ok(Json(row(&switches, &word, &message)))
}

/// `DELETE /webchat_messages/{id}`
pub(super) async fn delete(State(front): State<Front>, Path(id): Path<String>) -> Answer {
    let switches = front.switches.read().voipbin;
    let (word, message) = find_message(&front, &id)?;
    let word = deeds::unsay(&front, &word)?;
    Ok(Json(row(&switches, &word, &message)))
}

/// Tells a session's sockets what the chat tells.
pub(super) fn pass_on(front: &VoipBin, news: &News) -> Result<(), StoreError> {
    let switches = front.switches.read().voipbin;
    let (session, name, resource) = match &news.event {
        Event::Posted(message) => {
            let word = deeds::word(front, message)?;
            let resource = row(&switches, &word, message);
            (&message.conversation, "webchat_message_created", resource)
        }
        Event::Changed(conversation) if conversation.closed => {
            let number = conversation.visitor.0;
            let guest = front.chat.with_store(|store| store.voipbin_guest(number))?;
            let Some(guest) = guest else { return Ok(()) };
            let resource = written(&switches, conversation, &guest);
            (&conversation.key, "webchat_session_ended", resource)
        }
        Event::Arrived
        | Event::Opened(_)
        | Event::Changed(_)
        | Event::Seen(_)
        | Event::Unsent(_)
        | Event::Revised(_)
        | Event::Typing(..) => return Ok(()),
    };
    let newer = format!("customer_id:{CUSTOMER}:webchat:{name}:{}", session.0);
    let event = Published {
        topics: [topic(&session.0), newer],
        name,
        resource,
    };
    publish(front, &switches, SocketShape::Bare, &event);
    Ok(())
}

fn shapes(switches: &VoipBinSwitches) -> Shapes<'_> {
    Shapes {
        switches,
        era: Era::Webchat,
    }
}

fn written(switches: &VoipBinSwitches, conversation: &Conversation, guest: &Guest) -> Value {
    let shapes = shapes(switches);
    let created = shapes.time(Micros(conversation.created_at.0 * 1000));
    let active = shapes.time(guest.active);
    let id = &conversation.key.0;
    json!({
        "id": id,
        "customer_id": CUSTOMER,
        "widget_id": WIDGET,
        "status": if conversation.closed { "ended" } else { "active" },
        "page_url": guest.page_url,
        "referrer": guest.referrer,
        "peer": {"type": "web_session", "target": id},
        "local": {"type": "webchat", "target": WIDGET},
        "tm_last_activity": active,
        "tm_create": created,
        "tm_update": null,
        "tm_end": conversation.closed.then_some(active),
    })
}

fn row(switches: &VoipBinSwitches, word: &Word, message: &Message) -> Value {
    let shapes = shapes(switches);
    let from_staff = message.sender.is_staff();
    let sender = if from_staff {
        agents::id(agents::STAFF.start)
    } else {
        String::new()
    };
    json!({
        "id": word.id,
        "customer_id": CUSTOMER,
        "widget_id": WIDGET,
        "session_id": word.conversation.0,
        "direction": if from_staff { "outbound" } else { "inbound" },
        "status": "sent",
        "sender_id": sender,
        "text": word.text,
        "tm_create": shapes.time(word.created),
        "tm_delete": word.deleted.map(|moment| shapes.time(moment)),
    })
}
