//! What the system tells of the conversation, and the one way it ends.

use super::{Session, Stage};
use crate::backend::{Call, ConversationInfo, Message, Outcome, REOPEN, REQUESTS, RefusalKind};
use crate::change::Change;
use crate::io::{Effect, ErrorCode, Event, Slot};
use crate::link::Link;
use crate::model::{Author, Conversation, Notice, Older, RowState};
use crate::timeline::Merged;

impl Session {
    pub(super) fn on_message(&mut self, message: &Message, out: &mut Vec<Effect>) {
        if self.is_foreign(message) {
            let is_unread =
                message.author == Author::Them && !message.seen && self.counted.note(&message.id);
            self.note_in_rooms(message, is_unread, out);
            if is_unread {
                self.unread_elsewhere = self.unread_elsewhere.saturating_add(1);
                self.tell_unread(out);
            }
            return;
        }
        if self.confirms_unnamed(message, out) {
            return;
        }
        let has_older = matches!(self.shown.older, Older::More | Older::Loading);
        if has_older && self.timeline.begins_after(message) {
            // A change of a message that is not loaded comes with its page; a
            // row of it now would hide the gap before the first row.
            return;
        }
        if message.author == Author::Them && self.timeline.is_news(message) {
            // Whoever was typing has written this.
            self.show_typing(None, out);
        }
        self.take_in(message, true, out);
        self.note_no_gap();
    }

    /// An event of a conversation that is neither the current one nor the one
    /// before it (contract concierge 5.7).
    fn is_foreign(&self, message: &Message) -> bool {
        let Some(theirs) = &message.conversation else {
            return false;
        };
        // Of several conversations none may be open, or one about to be.
        let several = self.is_by_requests();
        let coming = self.resumable.as_ref().filter(|_| several);
        match self.conversation_id().or(coming) {
            Some(ours) => theirs != ours && self.last_conversation.as_ref() != Some(theirs),
            None => several,
        }
    }

    /// Merges a message. When `tell` is set and it is news, the page hears of it.
    pub(super) fn take_in(&mut self, message: &Message, tell: bool, out: &mut Vec<Effect>) {
        let is_news = self.timeline.is_news(message);
        let merged = self.timeline.merge(message, out);
        if message.seen {
            self.receipts.remove(&message.id);
        }
        self.hide_unsending(&message.id, out);
        match merged {
            Merged::Known(key) => self.note_confirmed(key, out),
            Merged::New(key) => {
                if REQUESTS {
                    self.news_at = self.now.at;
                }
                if self.is_gone(&message.id) {
                    // It was on its way when it was taken back.
                    self.timeline.retract(&message.id, out);
                }
                let Some(row) = self.timeline.row(key) else {
                    return;
                };
                let arrived = row.author == Author::Them && row.state != RowState::Unsent;
                if tell && is_news && arrived {
                    out.push(Effect::Announce(Event::MessageReceived(row.clone())));
                    if self.unread_elsewhere > 0 {
                        // It may have been counted before it came.
                        self.call(&Call::Unread, out);
                    }
                } else if arrived && !message.seen {
                    // It is one of those that are counted elsewhere.
                    self.unread_elsewhere = self.unread_elsewhere.saturating_sub(1);
                }
            }
        }
        self.tell_unread(out);
    }

    /// The conversation as the system describes it, on an open connection.
    pub(super) fn on_conversation(&mut self, info: &ConversationInfo, out: &mut Vec<Effect>) {
        if REQUESTS && let Some(until) = info.seen_until {
            self.timeline.mark_read_by_them(until, out);
        }
        if REOPEN && self.traits.reopen {
            self.set_resolved(info.closed, out);
        } else if info.closed {
            match &mut self.stage {
                Stage::Done => self.end_when_all_is_known(out),
                Stage::Reading(reading) => reading.last_words = true,
                // The answer that is awaited says the same.
                Stage::Idle | Stage::Opening => {}
            }
            return;
        }
        if let Some(joined) = info.joined {
            if joined && !self.shown.joined {
                out.push(Effect::Announce(Event::AgentJoin));
            }
            self.show(Change::Joined(joined), out);
        }
    }

    pub(super) fn on_end_outcome(&mut self, outcome: Outcome, out: &mut Vec<Effect>) {
        self.ending = false;
        match outcome {
            Ok(_) if REOPEN && self.traits.reopen => self.set_resolved(true, out),
            Ok(_) => self.end_when_all_is_known(out),
            Err(refusal) => match refusal.kind {
                RefusalKind::Missing => self.end_when_all_is_known(out),
                RefusalKind::Token
                | RefusalKind::Rejected
                | RefusalKind::Busy
                | RefusalKind::Unclear => {
                    self.tell_refusal(refusal.text, out);
                }
            },
        }
    }

    /// With systems where a message opens a conversation again: it is over, or
    /// goes on.
    pub(super) fn set_resolved(&mut self, closed: bool, out: &mut Vec<Effect>) {
        let Some(id) = self.conversation_id().cloned() else {
            return;
        };
        let next = if closed {
            Conversation::Ended(id.clone())
        } else {
            Conversation::Open(id.clone())
        };
        if self.shown.conversation != next {
            self.show(Change::Conversation(next), out);
            out.push(Effect::Announce(if closed {
                Event::ConversationEnd(id)
            } else {
                Event::ConversationStart(id)
            }));
        }
    }

    /// Something other than a message was refused.
    pub(super) fn tell_refusal(&mut self, text: Option<String>, out: &mut Vec<Effect>) {
        self.show(Change::Notice(Some(Notice::Refused(text))), out);
        out.push(Effect::Announce(Event::Error {
            code: ErrorCode::Refused,
            recoverable: true,
        }));
    }

    /// The last words may tell what became of a message on its way.
    fn end_when_all_is_known(&mut self, out: &mut Vec<Effect>) {
        if self.outbox.has_doubts() {
            self.find_over(out);
        } else {
            self.end(out);
        }
    }

    /// The one funnel for "the conversation is over".
    pub(super) fn end(&mut self, out: &mut Vec<Effect>) {
        let Some(id) = self.conversation_id().cloned() else {
            return;
        };
        self.wanted = false;
        self.ending = false;
        self.resumable = None;
        if REQUESTS {
            self.outbox.close_room();
        }
        self.last_conversation = Some(id.clone());
        out.push(Effect::Store(Slot::Conversation, None));
        self.give_up_connection(Link::Idle, out);
        self.show(Change::Joined(false), out);
        self.show(Change::Conversation(Conversation::Ended(id.clone())), out);
        out.push(Effect::Announce(Event::ConversationEnd(id)));
    }

    pub(super) fn start_conversation(&mut self, out: &mut Vec<Effect>) {
        if self.is_by_requests() {
            if self.traits.begin {
                self.leave_room(None, None, out);
                self.show(Change::Rooms(None), out);
            } else {
                self.show_rooms(out);
            }
            return;
        }
        if matches!(self.shown.conversation, Conversation::Open(_)) {
            return;
        }
        self.show(Change::Conversation(Conversation::None), out);
        self.wanted = true;
        self.wake_up(out);
    }
}
