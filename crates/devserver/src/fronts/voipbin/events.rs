//! Events: what sockets hear unasked (contract 3.4). Each is published on a
//! topic of the old form and on one of the new, to each agent whom it concerns.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::sockets::{Outbox, Outgoing};
use super::{CUSTOMER, Front, VoipBin, agents, deeds, legacy, talk, webchat};
use crate::chat::{Event, News};
use crate::fronts::moments;
use crate::model::{Conversation, Message, Micros};
use crate::store::{Place, StoreError, Talk, Word, WordCopy};
use crate::switches::voipbin::{
    Copies, Dialect, EventNames, SocketOrder, SocketShape, VoipBinSwitches,
};

/// For how long `ws_order: reversed` collects events.
const REVERSAL: Duration = Duration::from_millis(80);

/// An event that waits for its turn.
pub(super) struct Held {
    outbox: Outbox,
    frame: String,
}

/// What happened to a chat.
pub(super) enum Happened {
    /// There is a new chat.
    TalkCreated,
    /// It has another name or owner.
    TalkUpdated,
    /// It is gone.
    TalkDeleted,
    /// One agent's room has another name.
    RoomUpdated(Place),
    /// An agent came in.
    Joined(Place),
    /// An agent is out.
    Left(Place),
    /// Somebody said something.
    Said(Word),
    /// A message was taken back.
    Unsaid(Word),
    /// One agent deleted a copy of a message.
    CopyDeleted(Word, WordCopy),
    /// A message has one more reaction.
    Reacted(Word),
}

/// One event on its topics.
pub(super) struct Published {
    /// In the old form and in the new.
    pub(super) topics: [String; 2],
    /// Its type, where the shape has one.
    pub(super) name: &'static str,
    pub(super) resource: Value,
}

/// Passes the chat's news on to the sockets until no more can come.
pub(crate) async fn run(front: Front, mut news: UnboundedReceiver<News>) {
    while let Some(news) = news.recv().await {
        if agents::OURS.contains(&news.visitor.0) {
            // What cannot be read now is read by the client's next request.
            let _ = pass_on(&front, &news);
        } else if webchat::GUESTS.contains(&news.visitor.0) {
            let _ = webchat::pass_on(&front, &news);
        }
    }
}

fn pass_on(front: &VoipBin, news: &News) -> Result<(), StoreError> {
    match &news.event {
        Event::Opened(conversation) => deeds::adopt(front, conversation),
        Event::Changed(conversation) => note_end(front, conversation),
        Event::Posted(message) => about(front, message, Happened::Said),
        Event::Unsent(message) => {
            let word = deeds::word(front, message)?;
            deeds::mark_unsaid(front, &word)?;
            about(front, message, Happened::Unsaid)
        }
        Event::Arrived | Event::Seen(_) => Ok(()),
    }
}

fn note_end(front: &VoipBin, conversation: &Conversation) -> Result<(), StoreError> {
    let talk = front
        .chat
        .with_store(|store| store.voipbin_talk(&conversation.key))?;
    match talk {
        Some(talk) if conversation.closed => deeds::mark_deleted(front, &talk).map(|_| ()),
        Some(_) | None => Ok(()),
    }
}

fn about(
    front: &VoipBin,
    message: &Message,
    happened: fn(Word) -> Happened,
) -> Result<(), StoreError> {
    let talk = front
        .chat
        .with_store(|store| store.voipbin_talk(&message.conversation))?;
    let Some(talk) = talk else { return Ok(()) };
    let word = deeds::word(front, message)?;
    tell(front, &talk, &happened(word))
}

/// Tells all sockets whom it concerns, in each generation that is there.
pub(super) fn tell(front: &VoipBin, talk: &Talk, happened: &Happened) -> Result<(), StoreError> {
    let switches = front.switches.read().voipbin;
    let (legacy, talks) = match switches.dialect {
        Dialect::Legacy => (true, false),
        Dialect::Talk | Dialect::LegacyRemoved => (false, true),
        Dialect::Webchat => (false, false),
        Dialect::All => (true, true),
    };
    let places = deeds::places(front, &talk.conversation)?;
    if legacy {
        for event in legacy_events(front, &switches, talk, &places, happened)? {
            publish(front, &switches, SocketShape::Wrapped, &event);
        }
    }
    if talks {
        for event in talk_events(&switches, talk, &places, happened) {
            publish(front, &switches, SocketShape::Bare, &event);
        }
    }
    Ok(())
}

fn legacy_events(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    talk: &Talk,
    places: &[Place],
    happened: &Happened,
) -> Result<Vec<Published>, StoreError> {
    let writer = legacy::shapes(switches);
    let chat = |name| {
        let resource = writer.chat(talk, places);
        published(
            "customer_id",
            CUSTOMER,
            ("chat", "webhook"),
            name,
            &talk.conversation.0,
            resource,
        )
    };
    let room = |name, place: &Place| {
        let resource = writer.room(talk, place, places);
        let owner = agents::id(place.agent);
        published(
            "agent_id",
            &owner,
            ("chatroom", "webhook"),
            name,
            &place.room,
            resource,
        )
    };
    let rooms = |name| places.iter().map(move |place| room(name, place));
    Ok(match happened {
        Happened::TalkCreated => std::iter::once(chat("chat_created"))
            .chain(rooms("chatroom_created"))
            .collect(),
        Happened::TalkUpdated => std::iter::once(chat("chat_updated"))
            .chain(rooms("chatroom_updated"))
            .collect(),
        Happened::TalkDeleted => std::iter::once(chat("chat_deleted"))
            .chain(rooms("chatroom_deleted"))
            .collect(),
        Happened::RoomUpdated(place) => vec![room("chatroom_updated", place)],
        Happened::Joined(place) => {
            let others = places.iter().filter(|other| other.id != place.id);
            std::iter::once(room("chatroom_created", place))
                .chain(others.map(|other| room("chatroom_updated", other)))
                .collect()
        }
        Happened::Left(place) => std::iter::once(room("chatroom_deleted", place))
            .chain(rooms("chatroom_updated"))
            .collect(),
        Happened::Said(word) => message_events(
            front,
            switches,
            word,
            ["messagechat_created", "messagechatroom_created"],
        )?,
        Happened::Unsaid(word) => message_events(
            front,
            switches,
            word,
            ["messagechat_deleted", "messagechatroom_deleted"],
        )?,
        Happened::CopyDeleted(word, copy) => {
            copy_event(front, switches, word, copy, "messagechatroom_deleted")?
                .into_iter()
                .collect()
        }
        // Reactions are newer than this generation.
        Happened::Reacted(_) => Vec::new(),
    })
}

fn message_events(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    word: &Word,
    [in_chat, in_room]: [&'static str; 2],
) -> Result<Vec<Published>, StoreError> {
    let resource = legacy::shapes(switches).chat_message(word);
    let services = ("messagechat", "webhook");
    let mut events = vec![published(
        "customer_id",
        CUSTOMER,
        services,
        in_chat,
        &word.id,
        resource,
    )];
    let copies = front
        .chat
        .with_store(|store| store.voipbin_copies(word.message))?;
    for copy in &copies {
        events.extend(copy_event(front, switches, word, copy, in_room)?);
    }
    Ok(events)
}

fn copy_event(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    word: &Word,
    copy: &WordCopy,
    name: &'static str,
) -> Result<Option<Published>, StoreError> {
    let place = front
        .chat
        .with_store(|store| store.voipbin_room(&copy.room))?;
    Ok(place.map(|place| {
        let resource = legacy::shapes(switches).room_message(word, copy, place.agent);
        let owner = agents::id(place.agent);
        published(
            "agent_id",
            &owner,
            ("messagechatroom", "webhook"),
            name,
            &copy.id,
            resource,
        )
    }))
}

fn talk_events(
    switches: &VoipBinSwitches,
    talk: &Talk,
    places: &[Place],
    happened: &Happened,
) -> Vec<Published> {
    let writer = talk::shapes(switches);
    let is_new = switches.ws_event_names == EventNames::New;
    let named = |new, old| if is_new { new } else { old };
    let (name, resource) = match happened {
        Happened::TalkCreated => ("chat_created", writer.talk(talk, places.len())),
        Happened::TalkUpdated => ("chat_updated", writer.talk(talk, places.len())),
        Happened::TalkDeleted => ("chat_deleted", writer.talk(talk, places.len())),
        Happened::Joined(place) => (
            named("chatparticipant_added", "participant_added"),
            writer.participant(place),
        ),
        Happened::Left(place) => (
            named("chatparticipant_removed", "participant_removed"),
            writer.participant(place),
        ),
        Happened::Said(word) => (
            named("chatmessage_created", "message_created"),
            writer.message(word),
        ),
        Happened::Unsaid(word) => (
            named("chatmessage_deleted", "message_deleted"),
            writer.message(word),
        ),
        Happened::Reacted(word) => (
            named("chatmessage_reaction_updated", "message_reaction_updated"),
            writer.message(word),
        ),
        // Rooms are older than this generation.
        Happened::RoomUpdated(_) | Happened::CopyDeleted(..) => return Vec::new(),
    };
    // Whoever left hears of it as well.
    let gone = if let Happened::Left(place) = happened {
        Some(place)
    } else {
        None
    };
    let to = |place: &Place| {
        let owner = agents::id(place.agent);
        published(
            "agent_id",
            &owner,
            ("chat", "talk"),
            name,
            &talk.conversation.0,
            resource.clone(),
        )
    };
    places.iter().chain(gone).map(to).collect()
}

/// An event on `agent_id:<id>:<resource>:<rid>` and on
/// `agent_id:<id>:<service>:<event>:<rid>`.
fn published(
    kind: &str,
    owner: &str,
    (resource_name, service): (&str, &str),
    name: &'static str,
    id: &str,
    resource: Value,
) -> Published {
    Published {
        topics: [
            format!("{kind}:{owner}:{resource_name}:{id}"),
            format!("{kind}:{owner}:{service}:{name}:{id}"),
        ],
        name,
        resource,
    }
}

/// Sends an event, in the usual shape of its generation unless a switch says
/// otherwise.
pub(super) fn publish(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    usual: SocketShape,
    event: &Published,
) {
    let shape = if switches.ws_shape == SocketShape::AsDialect {
        usual
    } else {
        switches.ws_shape
    };
    for (outbox, heard) in front.sockets.listeners(&event.topics) {
        let times = match switches.ws_copies {
            Copies::Once => 1,
            Copies::Twice => heard,
            Copies::Thrice => heard + 1,
        };
        for _ in 0..times {
            let frame = event.written(shape, front.turn.fetch_add(1, Ordering::Relaxed));
            deliver(front, switches, outbox.clone(), frame.to_string());
        }
    }
}

impl Published {
    /// The event in a shape; the turn decides where shapes are mixed.
    fn written(&self, shape: SocketShape, turn: u64) -> Value {
        let [topic, _] = &self.topics;
        match (shape, turn % 3) {
            (SocketShape::Wrapped, _) | (SocketShape::Mixed, 0) => {
                json!({"type": self.name, "data": self.resource})
            }
            (SocketShape::DocShape, _) | (SocketShape::Mixed, 1) => json!({
                "event_type": self.name,
                "timestamp": moments::iso(Micros::now()),
                "topic": topic,
                "data": self.resource,
            }),
            (SocketShape::AsDialect | SocketShape::Bare | SocketShape::Mixed, _) => {
                self.resource.clone()
            }
        }
    }
}

/// Puts an event into an outbox as the switches have it: at once or late, in
/// order or not.
fn deliver(front: &VoipBin, switches: &VoipBinSwitches, outbox: Outbox, frame: String) {
    match switches.ws_order {
        SocketOrder::Reversed => hold(front, Held { outbox, frame }),
        SocketOrder::Fifo if switches.ws_lag_ms == 0 => {
            let _ = outbox.send(Outgoing::Text(frame));
        }
        SocketOrder::Fifo => {
            let lag = Duration::from_millis(switches.ws_lag_ms);
            tokio::spawn(async move {
                tokio::time::sleep(lag).await;
                let _ = outbox.send(Outgoing::Text(frame));
            });
        }
    }
}

/// Keeps an event back for a moment, then lets all of that moment go, the last
/// one first.
fn hold(front: &VoipBin, event: Held) {
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
