//! From the composer to the server: one message at a time, in order, each
//! exactly once (contract concierge 5.4).

use super::Session;
use crate::backend::{Call, Message, Outcome, REQUESTS, RefusalKind, Reply, Route, TooLong};
use crate::change::Change;
use crate::io::{Effect, Event, Slot};
use crate::link::Link;
use crate::model::{Author, Content, Conversation, Failure, Key, MessageId, Notice, RowState, Uid};
use crate::only::plain;
use crate::outbox::{Entry, Fate, FileStage};
use crate::stored::write_outbox;
use crate::text::trim;

impl Session {
    /// The visitor sends a text.
    pub(super) fn send(&mut self, uid: Uid, text: String, fate: Fate, out: &mut Vec<Effect>) {
        if trim(&text).is_empty() {
            return;
        }
        // What the page sends is not what the visitor is writing.
        let is_draft = trim(&text) == trim(&self.draft);
        if let Err(TooLong { size, limit }) = self.backend.check(&uid, &text) {
            let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
            let notice = Notice::TooLong {
                bytes: number(size),
                limit: number(limit),
            };
            self.show(Change::Notice(Some(notice)), out);
            return;
        }
        let content = Content::Text(text);
        if is_draft {
            self.draft.clear();
            out.push(Effect::Store(Slot::Draft, None));
            self.show(Change::Draft(String::new()), out);
            self.stop_typing(out);
        }
        self.show(Change::Notice(None), out);
        self.write(uid, content, fate, out);
    }

    /// Notes an own message: first its row, then the store.
    pub(super) fn write(&mut self, uid: Uid, content: Content, fate: Fate, out: &mut Vec<Effect>) {
        let mut entry = Entry::new(Key(0), uid.clone(), content.clone(), self.now.wall);
        if fate == Fate::Unknown {
            // Another tab may have sent it since the last row that is here.
            let newest = self.timeline.newest().cloned();
            entry.after = Some(newest.unwrap_or_else(|| MessageId(String::new())));
        }
        entry.fate = fate;
        entry.room = self.outbox.room().cloned();
        entry.key = self
            .timeline
            .write(uid, content, entry.at, entry.row_state(), out);
        self.outbox.push(entry);
        self.store_outbox(out);
        self.go_on(out);
    }

    /// The visitor wants something to be sent: whatever is in the way of that
    /// and can be done is done.
    fn go_on(&mut self, out: &mut Vec<Effect>) {
        // Where a message opens an ended one again, it goes there.
        if matches!(self.shown.conversation, Conversation::Ended(_))
            && self.conversation_id().is_none()
        {
            self.start_conversation(out);
        }
        self.wanted = true;
        if matches!(self.link, Link::Idle | Link::Stopped(_)) {
            self.wake_up(out);
        }
    }

    /// Sends the first message that waits, or looks up the one before it.
    pub(super) fn deliver(&mut self, out: &mut Vec<Effect>) {
        // Nearly every input finds nothing to send.
        let everywhere = REQUESTS && self.knows_visitor;
        let Some(head) = self.outbox.head(everywhere) else {
            return;
        };
        let room = head.room.clone().map(plain);
        if self.calls.is_busy(Route::Send) {
            return;
        }
        let Some(id) = room.or_else(|| self.conversation_id().cloned()) else {
            self.begin_for_message(out);
            return;
        };
        let knows_all = self.timeline.is_settled() && !self.has_gap;
        let nothing = || knows_all.then(|| MessageId(String::new()));
        let newest = self.timeline.newest().cloned().or_else(nothing);
        let Some(entry) = self.outbox.head(everywhere) else {
            return;
        };
        match entry.fate {
            Fate::Unknown => self.look_up(out),
            Fate::Waiting => {
                entry.fate = Fate::OnWire;
                // A second send of one message is looked for from where its
                // first one could stand.
                if entry.after.is_none() {
                    entry.after = newest;
                }
                let key = entry.key;
                let call = Call::Send(id, entry.uid.clone(), entry.content.clone());
                self.store_outbox(out);
                self.timeline.set_state(key, RowState::Sending, out);
                self.call(&call, out);
            }
            Fate::OnWire | Fate::Wedged(_) | Fate::File(_) => {}
        }
    }

    pub(super) fn on_send_outcome(&mut self, uid: &Uid, outcome: Outcome, out: &mut Vec<Effect>) {
        // An event may have confirmed it before its answer came.
        let Some(key) = self.outbox.named(uid) else {
            return;
        };
        if REQUESTS && key == Key(0) {
            self.on_sent_elsewhere(uid, &outcome, out);
            return;
        }
        match outcome {
            Ok(Reply::Sent(message)) => {
                self.timeline.confirm(key, &message, out);
                self.note_confirmed(key, out);
                self.note_no_gap();
            }
            Ok(
                Reply::Conversation(_)
                | Reply::Messages(_)
                | Reply::Unread(_)
                | Reply::Rooms(_)
                | Reply::Changed(_)
                | Reply::Done,
            ) => {
                self.set_fate(key, Fate::Unknown, out);
            }
            Err(refusal) => match refusal.kind {
                RefusalKind::Unclear => self.set_fate(key, Fate::Unknown, out),
                RefusalKind::Missing => {
                    // The conversation is gone: this message is the next one's
                    // first (contract 7).
                    self.turn_away(key, out);
                    self.check_conversation(out);
                }
                RefusalKind::Rejected => {
                    self.wedge(key, Failure::Refused(refusal.text), out);
                    self.check_conversation(out);
                }
                RefusalKind::Token | RefusalKind::Busy => {}
            },
        }
    }

    /// A message for a conversation that is not shown was answered.
    fn on_sent_elsewhere(&mut self, uid: &Uid, outcome: &Outcome, out: &mut Vec<Effect>) {
        let fate = match outcome {
            Ok(Reply::Sent(_)) => {
                self.outbox.drop_named(uid);
                self.store_outbox(out);
                return;
            }
            Err(refusal) => match refusal.kind {
                RefusalKind::Missing | RefusalKind::Rejected => {
                    Fate::Wedged(Failure::Refused(refusal.text.clone()))
                }
                RefusalKind::Token | RefusalKind::Busy => return,
                RefusalKind::Unclear => Fate::Unknown,
            },
            Ok(_) => Fate::Unknown,
        };
        if let Some(entry) = self.outbox.entry(uid) {
            entry.fate = fate;
        }
        self.store_outbox(out);
    }

    /// A refusal may mean that the conversation is over.
    pub(super) fn check_conversation(&mut self, out: &mut Vec<Effect>) {
        if let Some(id) = self.conversation_id().cloned() {
            self.stage = super::Stage::Opening;
            self.call(&Call::Check(id), out);
        }
    }

    /// The token was refused with this message, so the server does not have it.
    pub(super) fn note_token_refused(&mut self, uid: &Uid, out: &mut Vec<Effect>) {
        if let Some(entry) = self.outbox.entry(uid) {
            let key = entry.key;
            entry.fate = Fate::Waiting;
            let state = entry.row_state();
            self.store_outbox(out);
            self.timeline.set_state(key, state, out);
        }
    }

    /// The message on the wire will not be answered any more.
    pub(super) fn doubt_on_wire(&mut self, out: &mut Vec<Effect>) {
        let Some(entry) = self.outbox.on_wire() else {
            return;
        };
        let key = entry.key;
        entry.fate = Fate::Unknown;
        entry.doubted = self.readings;
        self.store_outbox(out);
        self.timeline.set_state(key, RowState::Sending, out);
    }

    /// The message was not taken because its conversation is gone.
    fn turn_away(&mut self, key: Key, out: &mut Vec<Effect>) {
        let Some(entry) = self.outbox.get_mut(key) else {
            return;
        };
        if entry.turned_away {
            self.wedge(key, Failure::Refused(None), out);
        } else {
            entry.turned_away = true;
            self.set_fate(key, Fate::Waiting, out);
        }
    }

    /// The message of this row is on the server, if it was waited for.
    pub(super) fn note_confirmed(&mut self, key: Key, out: &mut Vec<Effect>) {
        let Some(entry) = self.outbox.remove(key) else {
            return;
        };
        self.store_outbox(out);
        self.drop_file(&entry, out);
        if let Some(id) = self.timeline.row(key).and_then(|row| row.id.clone()) {
            out.push(Effect::Announce(Event::MessageSent(key, id.clone())));
            if self.is_gone(&id) {
                self.on_gone(&id, out);
            }
        }
    }

    /// An own message came as an event without its metadata: it is the one on
    /// the wire if it says the same.
    pub(super) fn confirms_unnamed(&mut self, message: &Message, out: &mut Vec<Effect>) -> bool {
        if message.author != Author::Me || message.uid.is_some() || !self.timeline.is_news(message)
        {
            return false;
        }
        let Some(entry) = self.outbox.on_wire().filter(|entry| entry.key != Key(0)) else {
            return false;
        };
        let says = |content: &Content| content.is_like(&entry.content);
        if !message.content.as_ref().is_some_and(says) {
            return false;
        }
        let key = entry.key;
        self.timeline.confirm(key, message, out);
        self.note_confirmed(key, out);
        self.note_no_gap();
        true
    }

    /// History has been read: what is not in it is not on the server.
    pub(super) fn settle_unknown(&mut self, out: &mut Vec<Effect>) {
        for entry in self.outbox.unconfirmed() {
            let after = entry.after.as_ref();
            let found = after.and_then(|after| self.timeline.find_unnamed(&entry.content, after));
            let found = found.cloned();
            if let Some(id) = found {
                self.timeline.adopt_unnamed(entry.key, &id, out);
                self.note_confirmed(entry.key, out);
            } else if entry.fate != Fate::Unknown
                || (entry.doubted >= self.readings && !self.hears_last_words())
            {
                // The visitor has been told, and decides; or this was asked for
                // before the message could be in it.
            } else if entry.resent || after.is_none() {
                // Sent twice, or of which nothing tells where it would stand.
                self.wedge(entry.key, Failure::Unconfirmed, out);
            } else {
                let mut fate = Fate::Waiting;
                if let Some(entry) = self.outbox.get_mut(entry.key) {
                    entry.resent = true;
                    if REQUESTS
                        && matches!(&entry.content, Content::File(file) if file.url.is_empty())
                    {
                        // Its bytes are the message.
                        fate = Fate::File(FileStage::Raw);
                    }
                }
                self.set_fate(entry.key, fate, out);
            }
        }
    }

    /// Only the visitor can judge.
    pub(super) fn wedge_unknown(&mut self, out: &mut Vec<Effect>) {
        let unknown: Vec<Key> = self.outbox.unknown().map(|entry| entry.key).collect();
        for key in unknown {
            self.wedge(key, Failure::Unconfirmed, out);
        }
    }

    /// The message on the wire failed for good.
    pub(super) fn fail_on_wire(&mut self, failure: Failure, out: &mut Vec<Effect>) {
        if let Some(key) = self.outbox.on_wire().map(|entry| entry.key) {
            self.wedge(key, failure, out);
        }
    }

    pub(super) fn wedge(&mut self, key: Key, failure: Failure, out: &mut Vec<Effect>) {
        self.set_fate(key, Fate::Wedged(failure), out);
        out.push(Effect::Announce(Event::MessageFailed(key)));
    }

    pub(super) fn set_fate(&mut self, key: Key, fate: Fate, out: &mut Vec<Effect>) {
        let Some(entry) = self.outbox.get_mut(key) else {
            return;
        };
        if fate == Fate::Unknown {
            entry.doubted = self.readings;
        }
        entry.fate = fate;
        let state = entry.row_state();
        self.store_outbox(out);
        self.timeline.set_state(key, state, out);
    }

    /// The visitor wants a failed message to be tried again. One whose fate is
    /// not known is looked up first.
    pub(super) fn retry(&mut self, key: Key, out: &mut Vec<Effect>) {
        let newest = self.timeline.newest().cloned();
        let Some(entry) = self.outbox.get_mut(key) else {
            return;
        };
        // From here on it is sent again unless it is found.
        entry
            .after
            .get_or_insert(newest.unwrap_or_else(|| MessageId(String::new())));
        let fate = match &entry.fate {
            // A connection may be closed as if it were too long, and have it.
            Fate::Wedged(Failure::Unconfirmed | Failure::TooLong) => Fate::Unknown,
            Fate::Wedged(Failure::Refused(_)) => Fate::Waiting,
            Fate::Wedged(
                Failure::Upload
                | Failure::UploadBlocked
                | Failure::FileRefused(_)
                | Failure::FileGone
                | Failure::SignedOut,
            ) => Fate::File(FileStage::Raw),
            Fate::File(_) | Fate::Waiting | Fate::OnWire | Fate::Unknown => return,
        };
        entry.resent = false;
        entry.turned_away = false;
        self.set_fate(key, fate, out);
        self.go_on(out);
    }

    /// The visitor throws a message away that is not on its way.
    pub(super) fn discard(&mut self, key: Key, out: &mut Vec<Effect>) {
        let may = self
            .outbox
            .get_mut(key)
            .is_some_and(|entry| !matches!(entry.fate, Fate::OnWire | Fate::Unknown));
        if may && let Some(entry) = self.outbox.remove(key) {
            self.store_outbox(out);
            self.timeline.remove(key, out);
            self.drop_file(&entry, out);
        }
    }

    pub(super) fn store_outbox(&self, out: &mut Vec<Effect>) {
        out.push(Effect::Store(
            Slot::Outbox,
            write_outbox(self.outbox.entries(), self.unsends.all()),
        ));
    }
}
