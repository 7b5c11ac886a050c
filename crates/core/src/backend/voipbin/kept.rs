//! What the server does not tell: how far the visitor has read in each room,
//! and what has come since (contract voipbin 4.3, 5 "seen").

use super::read::Said;
use crate::backend::lenient::{int_of, text_of};
use crate::backend::times::{Micros, growing};
use crate::json::{Json, object};
use crate::model::{Author, MessageId};

/// The form of what is kept.
const VERSION: i64 = 1;
/// No more rooms than so many are kept, those last used.
const MOST: usize = 100;
/// No more messages of a room are counted.
const MOST_UNSEEN: usize = 99;
/// Letters of an id that stand for somebody without a name.
const SHORT: usize = 8;

/// A room.
#[derive(Default)]
pub(super) struct Place {
    room: String,
    /// The visitor has seen everything up to there ([`growing`]).
    read: Option<String>,
    /// What came after that.
    unseen: Vec<MessageId>,
    /// The newest message, which is not kept.
    pub(super) last: String,
    pub(super) at: Micros,
    /// Who writes there, as messages call them. Not kept.
    name: String,
    /// Who takes part besides the visitor. Not kept.
    pub(super) others: Vec<String>,
    /// The list has asked for its messages. Not kept.
    is_asked: bool,
}

impl Place {
    pub(super) fn unread(&self) -> u32 {
        u32::try_from(self.unseen.len()).unwrap_or(u32::MAX)
    }

    /// Whether it is to be asked for its last message, which is so once at most.
    pub(super) fn is_new(&mut self) -> bool {
        self.last.is_empty() && !std::mem::replace(&mut self.is_asked, true)
    }

    pub(super) fn first_unseen(&self) -> Option<&MessageId> {
        self.unseen.iter().min_by_key(|id| growing(id))
    }

    pub(super) fn has_read(&self, id: &MessageId) -> bool {
        self.read.as_deref().is_some_and(|read| growing(id) <= read)
    }

    /// A name for a room without one: who writes there, else who is there.
    pub(super) fn title(&self) -> String {
        if self.others.len() < 2 && !self.name.is_empty() {
            return self.name.clone();
        }
        let mut title = String::new();
        for other in &self.others {
            if !title.is_empty() {
                title.push_str(", ");
            }
            title.push_str(short(other));
        }
        title
    }
}

/// Somebody without a name.
pub(super) fn short(id: &str) -> &str {
    id.get(..SHORT).unwrap_or(id)
}

/// All that is known of rooms.
pub(super) struct Places {
    /// The agent: what was kept of another one does not count.
    agent: String,
    /// Which chat is there.
    api: Option<&'static str>,
    places: Vec<Place>,
    has_changed: bool,
}

impl Places {
    pub(super) const fn new(agent: String) -> Self {
        Self {
            agent,
            api: None,
            places: Vec::new(),
            has_changed: false,
        }
    }

    pub(super) fn set_api(&mut self, api: &'static str) {
        self.has_changed |= self.api != Some(api);
        self.api = Some(api);
    }

    /// The room, which is there from now on.
    pub(super) fn enter(&mut self, room: &str) -> &mut Place {
        let found = self.places.iter().position(|place| place.room == room);
        let index = found.unwrap_or(self.places.len());
        if found.is_none() {
            self.places.push(Place {
                room: room.to_owned(),
                ..Place::default()
            });
        }
        &mut self.places[index]
    }

    /// The room with just these people.
    pub(super) fn with(&self, people: &[String]) -> Option<&str> {
        let mut places = self.places.iter();
        let found = places.find(|place| place.others == people);
        found.map(|place| place.room.as_str())
    }

    /// All that is not seen.
    pub(super) fn unread(&self) -> u32 {
        let rooms = self.places.iter().map(Place::unread);
        rooms.fold(0, u32::saturating_add)
    }

    /// A page of a room was read. One that was never read before begins there.
    pub(super) fn begin_reading(&mut self, room: &str, read: &str) {
        let place = self.enter(room);
        if place.read.is_none() {
            place.read = Some(read.to_owned());
            self.has_changed = true;
        }
    }

    /// The visitor has seen everything up to this message.
    pub(super) fn read_to(&mut self, room: &str, id: &MessageId) {
        let place = self.enter(room);
        let read = growing(id);
        if place.has_read(id) {
            return;
        }
        place.unseen.retain(|id| growing(id) > read);
        place.read = Some(read.to_owned());
        self.has_changed = true;
    }

    /// A message is there.
    pub(super) fn note(&mut self, room: &str, said: &Said, author: &Author, last: &str) {
        if said.is_gone {
            self.forget(room, &said.id);
        }
        let place = self.enter(room);
        if said.at >= place.at {
            place.at = said.at;
            last.clone_into(&mut place.last);
        }
        match author {
            // Who answers has read what was there.
            Author::Me => self.read_to(room, &said.id),
            Author::System => {}
            Author::Them => {
                if let Some(name) = &said.name {
                    place.name.clone_from(name);
                } else if let Some(author) = &said.author
                    && place.name.is_empty()
                {
                    short(author).clone_into(&mut place.name);
                }
                let is_news = !said.is_gone && !place.has_read(&said.id);
                if is_news && !place.unseen.contains(&said.id) && place.unseen.len() < MOST_UNSEEN {
                    place.unseen.push(said.id.clone());
                    self.has_changed = true;
                }
            }
        }
    }

    /// Rooms are not the visitor's any more.
    pub(super) fn close(&mut self, is_it: impl Fn(&str) -> bool) {
        for place in &mut self.places {
            if is_it(&place.room) {
                self.has_changed |= !place.unseen.is_empty();
                place.unseen.clear();
                place.others.clear();
            }
        }
    }

    /// A message is gone.
    pub(super) fn forget(&mut self, room: &str, id: &MessageId) {
        let place = self.enter(room);
        let before = place.unseen.len();
        place.unseen.retain(|other| other != id);
        self.has_changed |= place.unseen.len() < before;
    }

    /// Takes up what was kept. Returns which chat was there.
    pub(super) fn restore(&mut self, kept: &str) -> Option<String> {
        let json = Json::parse(kept)?;
        if int_of(&json, "v") != Some(VERSION) || text_of(&json, "agent") != Some(&self.agent) {
            return None;
        }
        for row in json.at("rooms").as_list().unwrap_or_default() {
            if let Some(room) = text_of(row, "id") {
                let place = self.enter(room);
                place.read = row.at("read").as_str().map(str::to_owned);
                let unseen = row.at("unseen").as_list().unwrap_or_default().iter();
                let unseen = unseen.filter_map(|id| Some(MessageId(id.as_str()?.to_owned())));
                place.unseen = unseen.collect();
            }
        }
        let api = text_of(&json, "api");
        self.api = ["legacy", "talk"].into_iter().find(|it| Some(*it) == api);
        api.map(str::to_owned)
    }

    /// What is to be kept, if that has changed.
    pub(super) fn keep(&mut self) -> Option<String> {
        if !std::mem::take(&mut self.has_changed) {
            return None;
        }
        let first = self.places.len().saturating_sub(MOST);
        Some(object(|out| {
            out.pair_number("v", Some(VERSION));
            out.pair("agent", Some(&self.agent));
            out.pair("api", self.api);
            out.key("rooms");
            out.list(|out| {
                for place in self.places.iter().skip(first) {
                    out.object(|out| {
                        out.pair("id", Some(&place.room));
                        out.pair("read", place.read.as_deref());
                        out.key("unseen");
                        out.list(|out| {
                            for id in &place.unseen {
                                out.text(&id.0);
                            }
                        });
                    });
                }
            });
        }))
    }
}
