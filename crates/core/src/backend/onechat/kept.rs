//! What must outlive the page: JSON with a version number.

use super::{Generation, OneChat};
use crate::json::{Json, object};
use crate::model::ConversationId;

/// What is kept has this form.
const VERSION: i64 = 1;

impl OneChat {
    /// What must outlive the page.
    pub(super) fn write(&self) -> String {
        object(|out| {
            out.pair_number("v", Some(VERSION));
            out.pair("at", Some(&self.settings.inbox));
            out.pair("who", self.settings.contact.identifier.as_deref());
            out.pair("source", self.source.as_deref());
            out.key("exists");
            out.bool(self.exists);
            out.pair("token", self.token.as_deref());
            if let Some(generation) = self.generation {
                out.key("old");
                out.bool(generation == Generation::Old);
            }
            out.pair_number("inbox", self.inbox);
            if let Some((room, seen)) = &self.seen {
                out.pair("room", Some(&room.0));
                out.pair_number("seen", Some(*seen));
            }
        })
    }

    /// Reads what was kept, unless it is another inbox's or person's.
    pub(super) fn read(&mut self, kept: &str) -> Option<()> {
        let kept = Json::parse(kept)?;
        let text = |key: &str| kept.at(key).as_str().map(str::to_owned);
        let is_ours = kept.at("v").as_int() == Some(VERSION)
            && kept.at("at").as_str() == Some(&self.settings.inbox);
        if !is_ours {
            return None;
        }
        self.generation = kept.at("old").as_bool().map(|is_old| {
            if is_old {
                Generation::Old
            } else {
                Generation::New
            }
        });
        self.inbox = kept.at("inbox").as_int();
        let source = text("source")?;
        let given = self.settings.contact.source_id.as_ref();
        if text("who") != self.settings.contact.identifier
            || given.is_some_and(|given| *given != source)
        {
            return None;
        }
        self.source = Some(source);
        self.exists = kept.at("exists").as_bool()?;
        self.token = text("token");
        self.seen = text("room")
            .map(ConversationId)
            .zip(kept.at("seen").as_int());
        Some(())
    }

    /// The contact is not there any more.
    pub(super) fn forget(&mut self) {
        self.source = None;
        self.exists = false;
        self.token = None;
        self.email = None;
        self.current = None;
        self.seen = None;
    }
}
