//! What the server does not tell, or not again: who the visitor is, whom a room
//! is with, and how far the visitor has read in it.

use crate::backend::lenient::{int_of, text_of};
use crate::backend::times::{Micros, growing};
use crate::json::{Json, object};
use crate::model::MessageId;

/// The form of what is kept.
const VERSION: i64 = 1;
/// No more rooms than so many are kept, those last used.
const MOST: usize = 100;

/// A room.
#[derive(Default)]
pub(super) struct Place {
    room: String,
    /// Whom it is with; empty when that is not known.
    recipient: String,
    /// The visitor has seen everything up to there ([`growing`]).
    read: Option<String>,
    /// The newest message that is known to be there. Not kept.
    pub(super) newest: Micros,
    /// How many messages the server last counted as not seen. Not kept.
    pub(super) unseen: Option<u32>,
}

impl Place {
    /// Up to where the visitor has read, if anything is known of that.
    pub(super) fn read(&self) -> Option<&str> {
        self.read.as_deref()
    }
}

/// All that is known of rooms.
pub(super) struct Places {
    /// Who the visitor is by the settings: what was kept of another one does not
    /// count.
    owner: Option<String>,
    /// Who the visitor is by an answer.
    me: Option<String>,
    places: Vec<Place>,
    has_changed: bool,
}

impl Places {
    pub(super) const fn new(owner: Option<String>) -> Self {
        Self {
            owner,
            me: None,
            places: Vec::new(),
            has_changed: false,
        }
    }

    pub(super) fn me(&self) -> Option<&str> {
        self.me.as_deref()
    }

    /// An answer to an own message names its member.
    pub(super) fn learn_me(&mut self, member: &str) {
        if self.me() != Some(member) {
            self.me = Some(member.to_owned());
            self.has_changed = true;
        }
    }

    fn get(&self, room: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.room == room)
    }

    /// Whom a room is with.
    pub(super) fn recipient(&self, room: &str) -> Option<&str> {
        let recipient = self.get(room)?.recipient.as_str();
        (!recipient.is_empty()).then_some(recipient)
    }

    pub(super) fn set_recipient(&mut self, room: &str, recipient: &str) {
        let place = self.enter(room);
        if !recipient.is_empty() && place.recipient != recipient {
            place.recipient = recipient.to_owned();
            self.has_changed = true;
        }
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

    /// The visitor has seen everything up to this message.
    pub(super) fn read_to(&mut self, room: &str, id: &MessageId) {
        self.read_up_to(room, growing(id));
    }

    /// The visitor has seen everything up to there; up to `""`: nothing.
    pub(super) fn read_up_to(&mut self, room: &str, read: &str) {
        let place = self.enter(room);
        if place.read.as_deref().is_none_or(|known| known < read) {
            place.read = Some(read.to_owned());
            self.has_changed = true;
        }
    }

    pub(super) fn restore(&mut self, kept: &str) {
        let json = Json::parse(kept).unwrap_or(Json::Null);
        let owner = text_of(&json, "owner");
        if int_of(&json, "v") != Some(VERSION) || owner != self.owner.as_deref() {
            return;
        }
        self.me = text_of(&json, "me").map(str::to_owned);
        for row in json.at("rooms").as_list().unwrap_or_default() {
            if let Some(room) = text_of(row, "id") {
                let place = self.enter(room);
                place.read = row.at("read").as_str().map(str::to_owned);
                place.recipient = text_of(row, "with").unwrap_or_default().to_owned();
            }
        }
    }

    /// What is to be kept, if that has changed.
    pub(super) fn keep(&mut self) -> Option<String> {
        std::mem::take(&mut self.has_changed).then(|| self.write())
    }

    fn write(&self) -> String {
        let first = self.places.len().saturating_sub(MOST);
        object(|out| {
            out.pair_number("v", Some(VERSION));
            out.pair("owner", self.owner.as_deref());
            out.pair("me", self.me.as_deref());
            out.key("rooms");
            out.list(|out| {
                for place in self.places.iter().skip(first) {
                    out.object(|out| {
                        out.pair("id", Some(&place.room));
                        out.pair("with", Some(&place.recipient));
                        out.pair("read", place.read());
                    });
                }
            });
        })
    }
}
