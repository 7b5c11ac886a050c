//! From an open connection to a working one: the stored conversation is taken
//! up or a new one is begun, and history is read until there is no gap between
//! what was known and what is (contract concierge 5.1, 5.2, 5.5).
//!
//! The same reading settles the fate of messages whose answer was lost, also
//! on a connection that works (`SideReading::Lookup`).

use super::{Link, Session};
use crate::backend::{
    Below, Call, ConversationInfo, Message, Outcome, Page, PageSize, REOPEN, REQUESTS, RefusalKind,
    Reply, Route, STARTS,
};
use crate::change::Change;
use crate::io::{Effect, ErrorCode, Event, Slot};
use crate::model::{Conversation, Notice, Older, Reason};
use crate::only::{only, plain};
use crate::outbox::Fate;
use crate::stored::write_conversation;
use crate::time::SECOND;
use crate::timeline::is_later;
use crate::timers::Timer;

/// No more than so many pages are read in one go to fill a gap.
const MOST_PAGES: u32 = 50;
/// No more than so many pages are read for a lost message whose place nothing
/// tells, or of which the visitor has been told.
const MOST_LOOKUP_PAGES: u32 = 3;
/// A refused page is asked for once more after this.
const READ_AGAIN: u64 = 2 * SECOND;
/// A gap that could not be filled is looked at again after this.
const FILL_AGAIN: u64 = 30 * SECOND;
/// What is answered neither yes nor no, or not at all, is asked for so many
/// times in a row.
const PATIENCE: u32 = 2;

/// How far an open connection has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is none.
    Idle,
    /// The conversation is being taken up or begun.
    Opening,
    /// History is being read.
    Reading(Reading),
    /// All is known: messages flow.
    Done,
}

/// Why history is being read while messages do not flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Pages asked for and refused.
    refused: u32,
    /// The conversation turned out to be over: this is for the last words.
    pub(super) last_words: bool,
    /// A page is on its way that was asked for before it was known that these
    /// are the last words: it may lack some.
    is_old: bool,
}

/// Reading for another purpose than a new connection's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SideReading {
    /// None.
    #[default]
    None,
    /// The visitor scrolled up. Holds how many pages brought nothing new.
    Older(u32),
    /// A message's fate, or rows that may have slipped, are looked up on a
    /// working connection.
    Lookup,
}

impl Session {
    /// The connection is open: take up the conversation.
    pub(super) fn take_up(&mut self, out: &mut Vec<Effect>) {
        self.stage = Stage::Opening;
        if STARTS
            && self.resumable.is_none()
            && let Some((people, title)) = self.starting.take().map(plain)
        {
            self.call(&Call::BeginWith(only(people), title), out);
            return;
        }
        match self.resumable.clone() {
            Some(id) if self.doubts < PATIENCE => self.call(&Call::Check(id), out),
            Some(_) => self.find_over(out),
            None if self.is_by_requests() => self.call(&Call::Look, out),
            None => self.call(&Call::Begin, out),
        }
    }

    pub(super) fn on_resume_outcome(
        &mut self,
        call: &Call,
        outcome: Outcome,
        out: &mut Vec<Effect>,
    ) {
        match outcome {
            Ok(Reply::Rooms(rooms)) if REQUESTS => {
                self.on_rooms(plain(rooms), out);
                self.finish_without_conversation();
            }
            Ok(Reply::Conversation(info)) => match call {
                Call::Look if REQUESTS && info.id.is_none() => self.finish_without_conversation(),
                Call::Look | Call::BeginWith(..) => self.adopt(&info, out),
                Call::Check(id) if !info.closed || (REOPEN && self.traits.reopen) => {
                    // It may be another one (contract 6, 32).
                    let id = info.id.unwrap_or_else(|| id.clone());
                    self.call(&Call::Resume(id), out);
                }
                Call::Begin if info.closed || info.id.is_none() => self.drop_connection(out),
                Call::Resume(_) if info.closed && !(REOPEN && self.traits.reopen) => {
                    self.find_over(out);
                }
                Call::Begin | Call::Resume(_) => self.adopt(&info, out),
                Call::Check(_)
                | Call::History(..)
                | Call::Ping(_)
                | Call::Send(..)
                | Call::Seen(..)
                | Call::Delete(..)
                | Call::Unread
                | Call::End(_)
                | Call::Typing(..)
                | Call::Answer(..)
                | Call::Rooms => self.find_over(out),
            },
            Ok(
                Reply::Messages(_)
                | Reply::Sent(_)
                | Reply::Unread(_)
                | Reply::Rooms(_)
                | Reply::Changed(_)
                | Reply::Done,
            ) => {
                self.drop_connection(out);
            }
            Err(refusal) => match (refusal.kind, call) {
                (_, Call::BeginWith(..)) if refusal.kind != RefusalKind::Unclear => {
                    self.tell_refusal(refusal.text, out);
                    self.finish_without_conversation();
                }
                (RefusalKind::Missing | RefusalKind::Rejected, Call::Begin)
                    if self.is_by_requests() =>
                {
                    self.turn_homeless_away(refusal.text, out);
                    self.finish_without_conversation();
                }
                (RefusalKind::Missing | RefusalKind::Rejected, Call::Look)
                    if self.is_by_requests() =>
                {
                    // Who the visitor is, or where the chat is, is not as the page
                    // says: it will not be in a moment either.
                    self.give_up_connection(Link::Idle, out);
                    self.stop(Reason::Unreachable, ErrorCode::Refused, out);
                }
                (_, Call::Look | Call::Begin | Call::BeginWith(..)) => {
                    self.tell_refusal(refusal.text, out);
                    self.drop_connection(out);
                }
                // A server that fails says nothing of the conversation.
                (RefusalKind::Unclear, _) if self.is_by_requests() => {
                    self.drop_connection(out);
                }
                (RefusalKind::Unclear, _) => {
                    self.doubts += 1;
                    if self.doubts < PATIENCE {
                        self.drop_connection(out);
                    } else {
                        self.find_over(out);
                    }
                }
                _ => self.find_over(out),
            },
        }
    }

    /// The conversation to take up is over. One that this page has shown ends
    /// before the visitor's eyes; one from an earlier visit makes way.
    pub(super) fn find_over(&mut self, out: &mut Vec<Effect>) {
        if self.conversation_id().is_some() {
            self.read(
                Reading {
                    refused: 0,
                    last_words: true,
                    is_old: self.calls.is_busy(Route::History),
                },
                out,
            );
            return;
        }
        self.last_conversation = self.resumable.take();
        if REQUESTS {
            self.outbox.close_room();
        }
        out.push(Effect::Store(Slot::Conversation, None));
        let is_by_requests = self.is_by_requests();
        self.call(
            if is_by_requests {
                &Call::Look
            } else {
                &Call::Begin
            },
            out,
        );
    }

    /// The conversation is open under this id.
    fn adopt(&mut self, info: &ConversationInfo, out: &mut Vec<Effect>) {
        let Some(id) = info.id.clone().or_else(|| self.resumable.clone()) else {
            self.drop_connection(out);
            return;
        };
        self.doubts = 0;
        self.knows_visitor = true;
        if let Some(visitor) = &info.visitor {
            self.know_visitor(visitor, out);
        }
        if self.resumable.as_ref() != Some(&id) {
            let last = self.resumable.replace(id.clone());
            self.last_conversation = last.or_else(|| self.last_conversation.take());
        }
        out.push(Effect::Store(
            Slot::Conversation,
            Some(write_conversation(&id)),
        ));
        if self.is_by_requests() {
            self.enter_room(&id, out);
        }
        if self.conversation_id() != Some(&id) {
            self.show(Change::Conversation(Conversation::Open(id.clone())), out);
            out.push(Effect::Announce(Event::ConversationStart(id)));
        }
        self.on_conversation(info, out);
        self.plan_rotation(info.life);
        self.read(
            Reading {
                refused: 0,
                last_words: false,
                is_old: false,
            },
            out,
        );
    }

    /// Notes who the visitor is. Somebody else sees and sends nothing of what
    /// the last one wrote.
    fn know_visitor(&mut self, visitor: &str, out: &mut Vec<Effect>) {
        if self.visitor.as_deref() == Some(visitor) {
            return;
        }
        if self.visitor.is_some() {
            for entry in self.outbox.take() {
                self.drop_file(&entry, out);
            }
            self.unsends.clear();
            self.receipts.clear();
            self.unread_elsewhere = 0;
            self.store_outbox(out);
            self.timeline.clear(out);
            self.draft.clear();
            out.push(Effect::Store(Slot::Draft, None));
            self.show(Change::Draft(String::new()), out);
            self.show(Change::Older(Older::Unknown), out);
            self.show(Change::Unread(0), out);
        }
        self.visitor = Some(visitor.to_owned());
        out.push(Effect::Store(Slot::Visitor, Some(visitor.to_owned())));
    }

    /// Begins to read history, unless the server does not answer that at all.
    fn read(&mut self, reading: Reading, out: &mut Vec<Effect>) {
        // Whatever else was being read is answered in vain.
        self.stop_reading(out);
        self.stage = Stage::Reading(reading);
        if self.silent_pages < PATIENCE {
            self.read_newest(out);
        } else {
            self.leave_gap(out);
            self.finish_reading(out);
        }
    }

    pub(super) fn on_history_outcome(
        &mut self,
        page: &Page,
        outcome: Outcome,
        out: &mut Vec<Effect>,
    ) {
        if let Stage::Reading(reading) = &mut self.stage
            && std::mem::take(&mut reading.is_old)
        {
            // The one that counts waits for this route.
            return;
        }
        let messages = match outcome {
            Ok(Reply::Messages(messages)) => {
                // Small pages stay small: numbers of two sizes do not mix.
                self.silent_pages = self.silent_pages.min(1);
                messages
            }
            Ok(_) | Err(_) => {
                self.on_page_refused(out);
                return;
            }
        };
        let page = page.number;
        if REQUESTS {
            self.note_read_down(page, &messages);
        }
        for id in self.timeline.retract_missing(&messages, out) {
            self.on_missing(&id, out);
        }
        if let SideReading::Older(empty_handed) = self.side_reading {
            self.on_older_page(page, empty_handed, &messages, out);
            return;
        }
        if page == 1 {
            self.page_rows = messages.len();
            self.floor = self.timeline.floor(self.is_torn());
        }
        let tell = self.timeline.is_settled();
        let gap_is_open = page < MOST_PAGES
            && self
                .floor
                .as_ref()
                .is_some_and(|floor| !messages.iter().any(|message| floor.is_reached_by(message)));
        for message in &messages {
            self.take_in(message, tell, out);
        }
        let goes_on = gap_is_open || self.must_look_further(page, &messages);
        if goes_on && !messages.is_empty() {
            self.read_page(page + 1, out);
        } else if page > 1 && self.shifts != self.shifts_asked {
            self.read_newest(out);
        } else {
            self.shifts_mended = self.shifts_asked;
            if page > 1 {
                self.note_joined();
            }
            let older = if messages.is_empty() {
                Older::End
            } else {
                Older::More
            };
            if !tell || self.shown.older == Older::Unknown {
                self.show(Change::Older(older), out);
            }
            self.has_gap = false;
            self.timeline.note_read();
            if self.hears_last_words() {
                // What is not in the last words did not arrive.
                self.doubt_on_wire(out);
            }
            self.settle_unknown(out);
            self.give_up_unsends(out);
            self.finish_reading(out);
        }
    }

    /// Whether a lost message may stand on a page before this one.
    fn must_look_further(&self, page: u32, messages: &[Message]) -> bool {
        self.outbox.unconfirmed().iter().any(|entry| {
            let is_above = |after| (messages.iter()).all(|message| is_later(&message.id, after));
            let most = match &entry.after {
                Some(_) if entry.fate == Fate::Unknown => MOST_PAGES,
                Some(_) | None => MOST_LOOKUP_PAGES,
            };
            page < most && entry.after.as_ref().is_none_or(is_above)
        })
    }

    fn read_newest(&mut self, out: &mut Vec<Effect>) {
        self.shifts_asked = self.shifts;
        self.read_page(1, out);
    }

    fn read_page(&mut self, number: u32, out: &mut Vec<Effect>) {
        if let Some(id) = self.resumable.clone() {
            self.readings += u32::from(number == 1);
            let below = if REQUESTS {
                self.below(number).map(only)
            } else {
                None
            };
            let size = if self.silent_pages == 0 {
                PageSize::Usual
            } else {
                PageSize::Small
            };
            let page = Page {
                number,
                size,
                below,
            };
            self.call(&Call::History(id, page), out);
        }
    }

    pub(super) const fn hears_last_words(&self) -> bool {
        matches!(&self.stage, Stage::Reading(reading) if reading.last_words)
    }

    /// A message came on a working connection: unless a gap is known, there is
    /// none above it.
    pub(super) fn note_no_gap(&mut self) {
        if matches!(self.stage, Stage::Done) && !self.has_gap {
            self.timeline.settle();
        }
    }

    /// What can be read has been read: messages flow.
    fn finish_reading(&mut self, out: &mut Vec<Effect>) {
        self.side_reading = SideReading::None;
        if let Stage::Reading(reading) = &self.stage {
            if reading.last_words {
                self.end(out);
                return;
            }
            self.stage = Stage::Done;
            self.done_since = Some(self.now.at);
            if matches!(self.shown.notice, Some(Notice::Refused(_))) {
                self.show(Change::Notice(None), out);
            }
            if !self.page.is_looking() {
                self.call(&Call::Unread, out);
            }
        }
    }

    fn on_page_refused(&mut self, out: &mut Vec<Effect>) {
        match (&mut self.stage, self.side_reading) {
            (_, SideReading::Older(_)) => {
                self.side_reading = SideReading::None;
                self.show(Change::Older(Older::More), out);
            }
            (Stage::Reading(reading), _) => {
                reading.refused += 1;
                if reading.refused < PATIENCE {
                    self.timers.set(Timer::Again, self.now.at.after(READ_AGAIN));
                } else {
                    // Without history there is still a chat.
                    self.leave_gap(out);
                    self.finish_reading(out);
                }
            }
            (Stage::Idle | Stage::Opening | Stage::Done, _) => {
                self.side_reading = SideReading::None;
                self.leave_gap(out);
            }
        }
    }

    /// History cannot be read: the fate of lost messages is the visitor's to
    /// judge, and the gap is filled later.
    fn leave_gap(&mut self, out: &mut Vec<Effect>) {
        self.has_gap = true;
        if self.hears_last_words() {
            self.doubt_on_wire(out);
        }
        self.wedge_unknown(out);
        let wait = FILL_AGAIN << self.silent_pages.min(6);
        self.timers.set(Timer::Again, self.now.at.after(wait));
    }

    /// A page that was refused is asked for again.
    pub(super) fn read_again(&mut self, out: &mut Vec<Effect>) {
        match self.stage {
            Stage::Reading(_) => self.read_newest(out),
            Stage::Done if self.side_reading == SideReading::None => self.look_up(out),
            Stage::Done => self.timers.set(Timer::Again, self.now.at.after(FILL_AGAIN)),
            Stage::Idle | Stage::Opening => {}
        }
    }

    /// Looks up the fate of a message on a connection that works.
    pub(super) fn look_up(&mut self, out: &mut Vec<Effect>) {
        if self.side_reading == SideReading::None {
            self.side_reading = SideReading::Lookup;
            self.read_newest(out);
        }
    }

    // ---- older messages ----

    pub(super) fn load_older(&mut self, out: &mut Vec<Effect>) {
        let may = matches!(self.stage, Stage::Done)
            && self.shown.older == Older::More
            && self.side_reading == SideReading::None;
        if may {
            self.side_reading = SideReading::Older(0);
            self.show(Change::Older(Older::Loading), out);
            self.read_page(self.next_older_page(), out);
        }
    }

    /// The page on which the first unknown row stands. New rows shift the
    /// pages, so this counts rows; pages that overlap do no harm.
    fn next_older_page(&self) -> u32 {
        if self.is_by_requests() {
            // Asked for by what stands below it.
            return 2;
        }
        let known = self.timeline.count();
        let page = known.checked_div(self.page_rows).map_or(1, |full| full + 1);
        u32::try_from(page).unwrap_or(u32::MAX)
    }

    fn on_older_page(
        &mut self,
        page: u32,
        empty_handed: u32,
        messages: &[Message],
        out: &mut Vec<Effect>,
    ) {
        let before = self.timeline.count();
        for message in messages {
            self.take_in(message, false, out);
        }
        let found_new = self.timeline.count() > before;
        let is_by_requests = self.is_by_requests();
        if !messages.is_empty() && !found_new && empty_handed == 0 && !is_by_requests {
            // Rows that were taken back shift the pages the other way.
            self.side_reading = SideReading::Older(1);
            self.read_page(page + 1, out);
            return;
        }
        self.side_reading = SideReading::None;
        self.note_joined();
        let older = if found_new { Older::More } else { Older::End };
        self.show(Change::Older(older), out);
    }

    const fn note_joined(&mut self) {
        self.is_joined |= !self.is_by_requests();
    }

    /// Whether a message is gone since pages were joined: a row may be missing
    /// where they met.
    const fn is_torn(&self) -> bool {
        self.is_joined && self.shifts != self.shifts_mended
    }

    /// A message is gone since pages were joined: they are read once more. A
    /// gap that is known is looked at later, and this with it.
    pub(super) fn mend_seam(&mut self, out: &mut Vec<Effect>) {
        if !self.has_gap && self.is_torn() {
            self.look_up(out);
        }
    }

    /// Notes how far down the pages that are being read have come.
    fn note_read_down(&mut self, page: u32, messages: &[Message]) {
        let so_far = match &self.read_down_to {
            Some(below) if page > 1 => below.count,
            Some(_) | None => 0,
        };
        let oldest = messages.iter().min_by_key(|message| message.at);
        if let Some(oldest) = oldest {
            let count = u32::try_from(messages.len()).unwrap_or(0);
            self.read_down_to = Some(only(Below {
                id: oldest.id.clone(),
                at: oldest.at,
                count: so_far.saturating_add(count),
            }));
        }
    }

    /// What stands below a page: for a reading of several pages the last one,
    /// for older messages the first row.
    fn below(&self, number: u32) -> Option<Below> {
        if number == 1 {
            return None;
        }
        if !matches!(self.side_reading, SideReading::Older(_)) {
            return self.read_down_to.clone().map(plain);
        }
        let (id, at) = self.timeline.oldest()?;
        Some(Below {
            id: id.clone(),
            at,
            count: u32::try_from(self.timeline.count()).unwrap_or(0),
        })
    }

    /// The connection is gone, and with it whatever was being read.
    pub(super) fn stop_reading(&mut self, out: &mut Vec<Effect>) {
        self.side_reading = SideReading::None;
        if self.shown.older == Older::Loading {
            self.show(Change::Older(Older::More), out);
        }
    }
}
