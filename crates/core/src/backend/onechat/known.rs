//! Conversations and messages, with what only the adapter knows of them.

use super::{Generation, OneChat, read, rich};
use crate::backend::Message;
use crate::json::Json;
use crate::model::{Author, Content, ConversationId, MessageId, RichKind, Room};
use crate::text::number;

impl OneChat {
    // ---- conversations ----

    /// Whether a row is of this inbox, as far as can be known.
    pub(super) fn is_of_inbox(&self, row: &Json) -> bool {
        let named = read::int(row.at("inbox_id"));
        named.zip(self.inbox).is_none_or(|(one, two)| one == two)
    }

    /// The conversations of this inbox. While its number is not known, those of
    /// the only inbox there are any of.
    pub(super) fn ours<'a>(&self, list: &'a Json) -> std::vec::IntoIter<&'a Json> {
        let rows = list.as_list().unwrap_or_default();
        let first = rows.first().and_then(|row| read::int(row.at("inbox_id")));
        let is_first = |row: &&Json| read::int(row.at("inbox_id")) == first;
        let mut ours = Vec::new();
        if self.inbox.is_some() || rows.iter().all(|row| is_first(&row)) {
            ours.extend(rows.iter().filter(|row| self.is_of_inbox(row)));
        }
        ours.into_iter()
    }

    /// The list of conversations, the newest first.
    pub(super) fn rooms(&self, list: &Json) -> Vec<Room> {
        let mut rooms: Vec<Room> = Vec::new();
        for row in self.ours(list) {
            if let Some(mut room) = read::room(row) {
                if self.generation != Some(Generation::New) {
                    // What is not told there is not unread for ever.
                    room.unread = 0;
                }
                let place = rooms.partition_point(|other| other.at > room.at);
                rooms.insert(place, room);
            }
        }
        rooms
    }

    // ---- messages ----

    /// A message, with what only the adapter knows of it.
    pub(super) fn message(&mut self, row: &Json, room: Option<&ConversationId>) -> Option<Message> {
        let mut message = read::message(row)?;
        message.conversation = message.conversation.or_else(|| room.cloned());
        if let Some(Content::Rich(rich)) = &mut message.content
            && !rich.answered
        {
            match rich.kind {
                RichKind::Choices | RichKind::Rating => {
                    if self.kind_of(&message.id).is_none() {
                        self.asked.push((message.id.clone(), rich.kind));
                    }
                }
                RichKind::Form if row.at("content_type").as_str() == Some("input_email") => {
                    // The contact has one: that is the answer.
                    if let Some(email) = &self.email {
                        rich::answer_with(email, rich);
                    }
                }
                RichKind::Form
                | RichKind::Text
                | RichKind::Plain
                | RichKind::Cards
                | RichKind::Articles => {}
            }
        }
        message.seen |= self.is_seen(&message);
        Some(message)
    }

    pub(super) fn kind_of(&self, id: &MessageId) -> Option<RichKind> {
        let mut asked = self.asked.iter();
        asked.find(|(asked, _)| asked == id).map(|(_, kind)| *kind)
    }

    /// Whether the other side of its author has seen a message.
    fn is_seen(&self, message: &Message) -> bool {
        let current = self.current.as_ref();
        let current = current.filter(|info| info.id == message.conversation);
        if message.author == Author::Me {
            let until = current.and_then(|info| info.seen_until);
            return until.is_some_and(|until| message.at <= until);
        }
        let is_before = |(room, seen): &(ConversationId, i64)| {
            Some(room) == message.conversation.as_ref()
                && number(&message.id.0).is_some_and(|id| id <= *seen)
        };
        (current.is_some() && message.at <= read::time(self.seen_until))
            || self.seen.as_ref().is_some_and(is_before)
    }

    /// The visitor has seen up to this message.
    pub(super) fn note_seen(&mut self, room: &ConversationId, message: &MessageId) {
        let Some(id) = number(&message.0) else {
            return;
        };
        let before = self.seen.take().filter(|(seen, _)| seen == room);
        let before = before.map_or(id, |(_, before)| before);
        self.seen = Some((room.clone(), id.max(before)));
    }
}
