//! Several conversations, and what is said in them besides messages: who
//! types, and answers to questions.

use super::{Session, Starting};
use crate::backend::{Call, Message, Outcome, REQUESTS, Reply, Route, TYPING};
use crate::change::Change;
use crate::io::{Effect, Event, Slot};
use crate::link::Link;
use crate::model::{Content, Conversation, ConversationId, Key, MessageId, Older, Room};
use crate::only::{Only, only, plain};
use crate::time::SECOND;
use crate::timers::Timer;

/// Whoever has not typed for so long has stopped (contract onechat 5.8).
const TYPING_OFF: u64 = 4 * SECOND;
/// The other side is told again of one who types on.
const TYPING_AGAIN: u64 = 10 * SECOND;
/// Whoever is said to type and does not stop has gone (contract onechat 3.8).
const TYPING_GONE: u64 = 30 * SECOND;

impl Session {
    // ---- rooms ----

    /// The visitor wants to see this conversation.
    pub(super) fn open_room(&mut self, id: ConversationId, out: &mut Vec<Effect>) {
        if self.conversation_id() != Some(&id) {
            self.leave_room(Some(id), None, out);
        }
    }

    /// The visitor wants to see the list.
    pub(super) fn show_rooms(&mut self, out: &mut Vec<Effect>) {
        if !self.traits.rooms {
            return;
        }
        self.leave_room(None, None, out);
        // The list that was last read shows at once.
        if self.shown.rooms.is_none() {
            self.show(Change::Rooms(Some(only(Vec::new()))), out);
        }
        self.call(&Call::Rooms, out);
    }

    /// The visitor begins a conversation with these people.
    pub(super) fn start_with(&mut self, people: Vec<String>, title: String, out: &mut Vec<Effect>) {
        if self.traits.rooms {
            self.leave_room(None, Some(only((people, title))), out);
        }
    }

    /// Leaves the conversation that is shown, for another one, for one that is
    /// to be begun, or for none.
    pub(super) fn leave_room(
        &mut self,
        next: Option<ConversationId>,
        starting: Option<Only<Starting>>,
        out: &mut Vec<Effect>,
    ) {
        self.starting = starting;
        self.ending = false;
        self.stop_typing(out);
        self.show_typing(None, out);
        // A message that is on its way is answered wherever the visitor is.
        self.calls.keep_only(Route::Send);
        self.stop_reading(out);
        self.has_gap = false;
        self.receipts.clear();
        self.timeline.clear(out);
        if let Some(upload) = self.upload.take() {
            self.timers.cancel(Timer::Upload);
            out.push(Effect::Abort(upload.uid));
        }
        self.outbox.enter(next.clone());
        if next.is_none() {
            self.write_waiting(out);
        }
        self.store_outbox(out);
        self.show(Change::Older(Older::Unknown), out);
        self.show(Change::Joined(false), out);
        self.show(Change::Conversation(Conversation::None), out);
        if next.is_none() {
            out.push(Effect::Store(Slot::Conversation, None));
        }
        self.resumable = next;
        self.last_conversation = None;
        self.count_rooms(out);
        if !matches!(self.link, Link::Open(..)) {
            self.wanted = true;
            self.wake_up(out);
        } else if self.resumable.is_some() || self.starting.is_some() {
            self.take_up(out);
        } else {
            self.finish_without_conversation();
        }
    }

    /// A conversation is open: its messages that wait have rows again.
    pub(super) fn enter_room(&mut self, id: &ConversationId, out: &mut Vec<Effect>) {
        if self.outbox.room().is_some_and(|it| it.0 == id.0) {
            self.write_waiting(out);
            return;
        }
        self.outbox.name_room(id);
        self.store_outbox(out);
        self.count_rooms(out);
        self.write_waiting(out);
    }

    /// Gives each message that waits here and has no row one.
    fn write_waiting(&mut self, out: &mut Vec<Effect>) {
        let timeline = &mut self.timeline;
        for entry in self.outbox.without_rows() {
            entry.key = timeline.write(
                entry.uid.clone(),
                entry.content.clone(),
                entry.at,
                entry.row_state(),
                out,
            );
        }
    }

    pub(super) fn on_rooms(&mut self, rooms: Vec<Room>, out: &mut Vec<Effect>) {
        self.show(Change::Rooms(Some(only(rooms))), out);
        self.count_rooms(out);
    }

    /// What is unread in the conversations that are not shown.
    fn count_rooms(&mut self, out: &mut Vec<Effect>) {
        let current = self.resumable.as_ref();
        if let Some(rooms) = &self.shown.rooms {
            let others = rooms.iter().filter(|room| Some(&room.id) != current);
            self.unread_elsewhere = others.map(|room| room.unread).sum();
            self.tell_unread(out);
        }
    }

    /// A message of a conversation that is not shown.
    pub(super) fn note_in_rooms(
        &mut self,
        message: &Message,
        is_unread: bool,
        out: &mut Vec<Effect>,
    ) {
        if !REQUESTS || self.shown.rooms.is_none() {
            return;
        }
        let mut rooms = self.shown.rooms.clone().map(plain).unwrap_or_default();
        let is_it = |room: &Room| Some(&room.id) == message.conversation.as_ref();
        let Some(index) = rooms.iter().position(is_it) else {
            // One that is not known yet.
            self.call(&Call::Rooms, out);
            return;
        };
        let mut room = rooms.remove(index);
        if message.at >= room.at {
            room.at = message.at;
            room.last = match &message.content {
                Some(content) => content.preview().to_owned(),
                None => String::new(),
            };
        }
        room.unread = room.unread.saturating_add(is_unread.into());
        rooms.insert(0, room);
        self.show(Change::Rooms(Some(only(rooms))), out);
    }

    // ---- typing ----

    /// The visitor changes the text in the composer.
    pub(super) fn note_typing(&mut self, text: &str, out: &mut Vec<Effect>) {
        if !TYPING || !self.traits.typing {
            return;
        }
        if text.is_empty() {
            self.stop_typing(out);
            return;
        }
        let Some(id) = self.conversation_id().cloned() else {
            return;
        };
        self.timers
            .set(Timer::TypingOff, self.now.at.after(TYPING_OFF));
        if self.typing_again.is_none_or(|at| at <= self.now.at) {
            self.typing_again = Some(self.now.at.after(TYPING_AGAIN));
            self.call(&Call::Typing(only(id), true), out);
        }
    }

    pub(super) fn stop_typing(&mut self, out: &mut Vec<Effect>) {
        if !TYPING {
            return;
        }
        self.timers.cancel(Timer::TypingOff);
        if self.typing_again.take().is_some()
            && let Some(id) = self.conversation_id().cloned()
        {
            self.call(&Call::Typing(only(id), false), out);
        }
    }

    pub(super) fn on_typing(
        &mut self,
        id: &ConversationId,
        name: Option<String>,
        out: &mut Vec<Effect>,
    ) {
        if self.conversation_id() == Some(id) {
            self.show_typing(name, out);
        }
    }

    pub(super) fn show_typing(&mut self, name: Option<String>, out: &mut Vec<Effect>) {
        if !TYPING || (name.is_none() && self.shown.typing.is_none()) {
            return;
        }
        match &name {
            Some(_) => {
                self.timers
                    .set(Timer::TypingGone, self.now.at.after(TYPING_GONE));
            }
            None => self.timers.cancel(Timer::TypingGone),
        }
        if name.is_some() != self.shown.typing.is_some() {
            out.push(Effect::Announce(Event::Typing(only(name.is_some()))));
        }
        self.show(Change::Typing(name.map(only)), out);
    }

    // ---- answers ----

    /// The visitor answers a question of the other side.
    pub(super) fn answer(&mut self, key: Key, values: String, out: &mut Vec<Effect>) {
        let row = self.timeline.row(key);
        let asks =
            row.is_some_and(|row| matches!(&row.content, Content::Rich(rich) if !rich.answered));
        let id = row.and_then(|row| row.id.clone()).filter(|_| asks);
        if let Some(id) = id
            && let Some(conversation) = self.conversation_id().cloned()
            && !self.calls.is_busy(Route::Answer)
        {
            self.call(&Call::Answer(only(conversation), id, values), out);
        }
    }

    pub(super) fn on_answer_outcome(
        &mut self,
        id: &MessageId,
        outcome: Outcome,
        out: &mut Vec<Effect>,
    ) {
        match outcome {
            Ok(Reply::Changed(message)) => self.take_in(&message, false, out),
            Ok(_) => self.look_up(out),
            Err(refusal) => {
                // The row is told anew, so that its view lets the visitor try
                // again.
                if let Some(key) = self.timeline.key_of(id)
                    && let Some(row) = self.timeline.row(key)
                {
                    out.push(Effect::Changed(Change::Updated(row.clone())));
                }
                self.tell_refusal(refusal.text, out);
            }
        }
    }
}
