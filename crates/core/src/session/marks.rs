//! What the visitor does to messages that are on the server: seeing them and
//! taking them back.

use super::Session;
use crate::backend::{Call, Outcome, RefusalKind, Route, UNSEND};
use crate::change::Change;
use crate::io::{Effect, Event};
use crate::model::{Author, ConversationId, Key, MessageId, Row, RowState};
use crate::time::SECOND;
use crate::timers::Timer;
use crate::unsends::Unsend;

/// For so long an unsend can be undone.
const UNDO: u64 = 5 * SECOND;
/// Where one receipt is for all messages before it, it is told this often at
/// most (contract onechat 5.7).
const SEEN_EVERY: u64 = 5 * SECOND;

impl Session {
    // ---- seen ----

    /// A message of the other side is before the visitor's eyes.
    pub(super) fn saw(&mut self, key: Key, out: &mut Vec<Effect>) {
        let Some(row) = self.timeline.row(key) else {
            return;
        };
        if row.author == Author::Them
            && row.state == RowState::Received
            && let Some(id) = row.id.clone()
        {
            self.receipts.note(&id);
            self.tell_unread(out);
        }
    }

    /// Tells the server of what was seen, one message at a time.
    fn tell_seen(&mut self, conversation: &ConversationId, out: &mut Vec<Effect>) {
        if self.is_by_requests() {
            self.tell_seen_until(conversation, out);
        } else if !self.calls.is_busy(Route::Seen)
            && let Some(message) = self.receipts.take_next()
        {
            self.call(&Call::Seen(conversation.clone(), message), out);
        }
    }

    pub(super) fn on_seen_outcome(
        &mut self,
        id: &MessageId,
        outcome: &Outcome,
        out: &mut Vec<Effect>,
    ) {
        let is_known = match outcome {
            Ok(_) => true,
            // It is not there any more.
            Err(refusal) => refusal.kind == RefusalKind::Missing,
        };
        if !is_known {
            return;
        }
        if self.is_by_requests() {
            // Seen up to there.
            for id in self.receipts.take_until(id) {
                self.timeline.mark_seen(&id, out);
            }
        } else {
            self.receipts.remove(id);
            self.timeline.mark_seen(id, out);
        }
        self.tell_unread(out);
    }

    /// Tells the server up to where messages were seen, not too often, and at
    /// once when the visitor looks away.
    fn tell_seen_until(&mut self, conversation: &ConversationId, out: &mut Vec<Effect>) {
        let later = self.timers.is_set(Timer::Seen) && self.page.is_looking();
        if !later
            && !self.calls.is_busy(Route::Seen)
            && let Some(message) = self.receipts.take_newest()
        {
            self.timers.set(Timer::Seen, self.now.at.after(SEEN_EVERY));
            self.call(&Call::Seen(conversation.clone(), message), out);
        }
    }

    /// The number of messages that the visitor has not seen: of the rows that
    /// are here, and of those that are not.
    pub(super) fn tell_unread(&mut self, out: &mut Vec<Effect>) {
        let here = self.count_unread_rows();
        let count = self.unread_elsewhere.saturating_add(here);
        self.show(Change::Unread(count), out);
    }

    fn count_unread_rows(&self) -> u32 {
        self.timeline.count_unread(|id| self.receipts.contains(id))
    }

    /// The server's count holds what is not here, too.
    pub(super) fn on_unread_count(&mut self, count: u32, out: &mut Vec<Effect>) {
        let known = self.count_unread_rows() + self.receipts.count();
        self.unread_elsewhere = count.saturating_sub(known);
        self.tell_unread(out);
    }

    // ---- unsend ----

    /// What was being taken back when it was stored still is.
    pub(super) fn take_up_unsends(&mut self, unsends: Vec<Unsend>, out: &mut Vec<Effect>) {
        if !UNSEND {
            return;
        }
        // What another tab has shown as being taken back is so if it is stored.
        let going = |row: &&Row| matches!(row.state, RowState::Unsending(_));
        let going: Vec<Row> = self.timeline.rows().filter(going).cloned().collect();
        for row in &going {
            self.timeline.set_state(row.key, RowState::Sent, out);
        }
        for mut unsend in unsends {
            let may_undo = |row: &Row| {
                row.id.as_ref() == Some(&unsend.id) && row.state == RowState::Unsending(true)
            };
            if going.iter().any(may_undo) {
                unsend.until = Some(self.now.at.after(UNDO));
            }
            if let Some(key) = self.timeline.key_of(&unsend.id) {
                unsend.was = Some(RowState::Sent);
                self.timeline.set_state(key, unsend.row_state(), out);
            }
            self.unsends.push(unsend);
        }
        self.plan_unsend();
    }

    /// The visitor takes an own message back.
    pub(super) fn unsend(&mut self, key: Key, out: &mut Vec<Effect>) {
        let Some(row) = self.timeline.row(key) else {
            return;
        };
        let may = row.author == Author::Me && matches!(row.state, RowState::Sent | RowState::Seen);
        if let Some(id) = row.id.clone().filter(|_| may) {
            // It may have been wished for before its row was here.
            if self.unsends.get_mut(&id).is_none() {
                let until = self.now.at.after(UNDO);
                self.unsends.push(Unsend::new(id.clone(), Some(until)));
            }
            self.hide_unsending(&id, out);
            self.plan_unsend();
            self.store_outbox(out);
        }
    }

    /// The visitor does not after all.
    pub(super) fn undo(&mut self, key: Key, out: &mut Vec<Effect>) {
        let id = self.timeline.row(key).and_then(|row| row.id.clone());
        let unsend = id.and_then(|id| self.unsends.get_mut(&id).cloned());
        if let Some(unsend) = unsend.filter(|unsend| unsend.until.is_some()) {
            self.restore_unsent(&unsend.id, out);
            self.plan_unsend();
        }
    }

    /// The time to undo is over for some messages, or for all when the page is
    /// being left.
    pub(super) fn finish_unsends(&mut self, all: bool, out: &mut Vec<Effect>) {
        if !UNSEND {
            return;
        }
        for unsend in self.unsends.finish((!all).then_some(self.now.at)) {
            if let Some(key) = self.timeline.key_of(&unsend.id) {
                self.timeline.set_state(key, unsend.row_state(), out);
            }
        }
        self.plan_unsend();
    }

    pub(super) fn plan_unsend(&mut self) {
        match self.unsends.next_end() {
            Some(at) => self.timers.set(Timer::Undo, at),
            None => self.timers.cancel(Timer::Undo),
        }
    }

    /// A message that is being taken back has come (again): it stays hidden.
    pub(super) fn hide_unsending(&mut self, id: &MessageId, out: &mut Vec<Effect>) {
        let Some(unsend) = self.unsends.get_mut(id) else {
            return;
        };
        let Some(key) = self.timeline.key_of(id) else {
            return;
        };
        let state = self.timeline.row(key).map(|row| row.state.clone());
        match state {
            Some(RowState::Unsent) => {
                self.forget_unsend(id, out);
            }
            Some(RowState::Unsending(_)) => {}
            state => {
                unsend.was = state;
                self.timeline.set_state(key, unsend.row_state(), out);
            }
        }
    }

    /// The message stays after all.
    fn restore_unsent(&mut self, id: &MessageId, out: &mut Vec<Effect>) {
        if let Some(unsend) = self.unsends.remove(id) {
            if let (Some(key), Some(was)) = (self.timeline.key_of(id), unsend.was) {
                self.timeline.set_state(key, was, out);
            }
            self.store_outbox(out);
        }
    }

    pub(super) fn on_delete_outcome(
        &mut self,
        id: &MessageId,
        outcome: Outcome,
        out: &mut Vec<Effect>,
    ) {
        match outcome {
            Ok(_) => self.on_gone(id, out),
            Err(refusal) => match refusal.kind {
                RefusalKind::Missing => self.on_gone(id, out),
                RefusalKind::Unclear => self.give_up_unsends(out),
                RefusalKind::Token | RefusalKind::Rejected | RefusalKind::Busy => {
                    self.restore_unsent(id, out);
                    self.tell_refusal(refusal.text, out);
                }
            },
        }
    }

    /// The server was told as often as it is told, and has not done it.
    pub(super) fn give_up_unsends(&mut self, out: &mut Vec<Effect>) {
        if !UNSEND {
            return;
        }
        let given_up = |unsend: &&Unsend| unsend.is_given_up();
        let ids = self.unsends.all().iter().filter(given_up);
        let ids: Vec<MessageId> = ids.map(|unsend| unsend.id.clone()).collect();
        for id in ids {
            self.restore_unsent(&id, out);
            self.tell_refusal(None, out);
        }
    }

    fn tell_unsends(&mut self, conversation: &ConversationId, out: &mut Vec<Effect>) {
        if !self.calls.is_busy(Route::Delete)
            && let Some(message) = self.unsends.take_next()
        {
            self.call(&Call::Delete(conversation.clone(), message), out);
        }
    }

    /// A message is gone, by either side.
    pub(super) fn on_gone(&mut self, id: &MessageId, out: &mut Vec<Effect>) {
        if self.timeline.retract(id, out).is_some() {
            self.on_missing(id, out);
            return;
        }
        self.forget_unsend(id, out);
        if self.timeline.key_of(id).is_none() && self.gone.note(id) {
            self.shifts += 1;
        }
        if self.unread_elsewhere > 0 {
            // It may be one of those that are counted and not here.
            self.call(&Call::Unread, out);
        }
    }

    /// Whether this message was taken back before it had a row.
    pub(super) fn is_gone(&self, id: &MessageId) -> bool {
        self.gone.has(id)
    }

    /// Nothing is left to do for this message's unsend.
    fn forget_unsend(&mut self, id: &MessageId, out: &mut Vec<Effect>) {
        if self.unsends.remove(id).is_some() {
            self.plan_unsend();
            self.store_outbox(out);
        }
    }

    /// The row of a message has just been marked as taken back.
    pub(super) fn on_missing(&mut self, id: &MessageId, out: &mut Vec<Effect>) {
        self.shifts += 1;
        self.receipts.remove(id);
        self.forget_unsend(id, out);
        out.push(Effect::Announce(Event::MessageUnsent(id.clone())));
        self.tell_unread(out);
    }

    /// What the server is to be told of messages, on a working connection.
    pub(super) fn tell_marks(&mut self, out: &mut Vec<Effect>) {
        if let Some(id) = self.conversation_id().cloned() {
            self.tell_unsends(&id, out);
            self.tell_seen(&id, out);
        }
    }
}
