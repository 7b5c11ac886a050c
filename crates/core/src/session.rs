//! The session: the one place that sees all parts of a conversation.
//!
//! The story of a connection: something makes it wanted ([`Action::OpenPanel`],
//! a stored conversation) → a token is asked for → handshake → the conversation
//! is resumed or begun (`session::resume`) → history is read until there is no
//! gap → messages that wait are sent one by one (`session::delivery`). Whatever
//! ends a connection goes through one funnel (`session::connection`), and the
//! story begins again.

mod connection;
mod delivery;
mod resume;

use crate::backend::{
    Backend, Call, ConversationInfo, Incoming, Message, Outcome, Refusal, RefusalKind, Reply, Route,
};
use crate::calls::Calls;
use crate::change::{Change, Mirror};
use crate::io::{Action, ConnId, Effect, ErrorCode, Event, Input, Page, Slot};
use crate::link::{Dialling, Link};
use crate::model::{
    Author, Connection, Conversation, ConversationId, MessageId, Notice, Older, Reason, RowState,
    Status, Traits,
};
use crate::outbox::Outbox;
use crate::random::Random;
use crate::stored::{StoredConversation, read_outbox};
use crate::time::{Instant, MINUTE, Now, SECOND};
use crate::timeline::{Merged, Place, Timeline};
use crate::timers::{Timer, Timers};

use self::resume::{SideReading, Stage};

/// A ping is sent this often while the chat is looked at (contract concierge 2.4).
const PING_EVERY: u64 = 30 * SECOND;
/// Nothing heard for so long although we ping: the connection is half open
/// (contract concierge 5.13).
const SILENCE: u64 = 45 * SECOND;
/// How long the first answer may take when we only look whether a connection
/// is still alive.
const PROBE: u64 = 10 * SECOND;
/// The unread count is asked for this often while nobody looks; it also keeps
/// the gateway from closing an idle connection (contract concierge 5.9).
const UNREAD_EVERY: u64 = 4 * MINUTE;
/// A page that is hidden for so long gives its connection up (5.13).
const REST_AFTER: u64 = 5 * MINUTE;

/// What a session starts from.
pub struct Setup {
    /// The adapter of the back end to speak to.
    pub backend: Box<dyn Backend>,
    /// The source of all randomness.
    pub seed: u64,
    /// What the shell found in storage.
    pub stored: Stored,
}

/// The texts found in storage, one a slot; whatever they hold, reading them is safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Of [`Slot::Conversation`].
    pub conversation: Option<String>,
    /// Of [`Slot::Visitor`].
    pub visitor: Option<String>,
    /// Of [`Slot::Outbox`].
    pub outbox: Option<String>,
    /// Of [`Slot::Draft`].
    pub draft: Option<String>,
}

/// What is known of the page.
struct PageState {
    visible: bool,
    online: bool,
    /// The page was left and may come back from the back/forward cache.
    left: bool,
    panel_open: bool,
}

impl PageState {
    /// Whether the visitor can see the conversation.
    const fn is_looking(&self) -> bool {
        self.visible && self.panel_open && !self.left
    }
}

/// A chat with the people behind a site.
pub struct Session {
    backend: Box<dyn Backend>,
    random: Random,
    now: Now,
    timers: Timers,
    link: Link,
    dialling: Dialling,
    calls: Calls,
    stage: Stage,
    side_reading: SideReading,
    timeline: Timeline,
    outbox: Outbox,
    page: PageState,
    /// A conversation is wished for, so a connection is.
    wanted: bool,
    /// The visitor wants the conversation to end as soon as that can be said.
    ending: bool,
    visitor: Option<String>,
    /// The conversation to take up, from storage or from before.
    resumable: Option<ConversationId>,
    /// The conversation before the current one: its late words still count.
    last_conversation: Option<ConversationId>,
    /// The newest message that the visitor has had before the eyes.
    read_to: Option<MessageId>,
    draft: String,
    stored: Stored,
    /// Times in a row that taking the conversation up was answered neither yes
    /// nor no, or not at all.
    doubts: u32,
    /// Times in a row that a history page was not answered.
    silent_pages: u32,
    /// Since when messages flow on this connection.
    done_since: Option<Instant>,
    /// History could not be read up to what was known before.
    has_gap: bool,
    /// Up to where the history that is being read must reach.
    floor: Option<Place>,
    /// Rows of a full history page, as far as the server has shown.
    page_rows: usize,
    /// Frames that said nothing we know.
    unknown_frames: u32,
    /// All that was shown, but for the rows: the timeline has those.
    shown: Mirror,
}

impl Session {
    /// A session that has done nothing yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            backend: setup.backend,
            random: Random::new(setup.seed),
            now: Now::default(),
            timers: Timers::default(),
            link: Link::Idle,
            dialling: Dialling::default(),
            calls: Calls::default(),
            stage: Stage::Idle,
            side_reading: SideReading::None,
            timeline: Timeline::default(),
            outbox: Outbox::default(),
            page: PageState {
                visible: true,
                online: true,
                left: false,
                panel_open: false,
            },
            wanted: false,
            ending: false,
            visitor: None,
            resumable: None,
            last_conversation: None,
            read_to: None,
            draft: String::new(),
            stored: setup.stored,
            doubts: 0,
            silent_pages: 0,
            done_since: None,
            has_gap: false,
            floor: None,
            page_rows: 0,
            unknown_frames: 0,
            shown: Mirror::default(),
        }
    }

    /// Takes an input and returns all its consequences, to be run in order.
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        self.now = now;
        let mut out = Vec::new();
        match input {
            Input::Start => self.on_start(&mut out),
            Input::Opened(conn) => self.on_opened(conn, &mut out),
            Input::Received(conn, frame) => self.on_received(conn, &frame, &mut out),
            Input::Closed(conn, close) => self.on_closed(conn, close, &mut out),
            Input::Page(page) => self.on_page(page, &mut out),
            Input::Token(token) => self.on_token(token, &mut out),
            Input::Wake => self.on_wake(&mut out),
            Input::User(action) => self.on_action(action, &mut out),
        }
        self.settle(&mut out);
        out
    }

    /// When to send `Input::Wake`, if at all. Earlier or later does no harm.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        [self.timers.next(), self.calls.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// What the back end can do.
    #[must_use]
    pub fn traits(&self) -> Traits {
        self.backend.traits()
    }

    /// Everything that views have been told, as it is now.
    #[must_use]
    pub fn mirror(&self) -> Mirror {
        Mirror {
            rows: self.timeline.rows().cloned().collect(),
            ..self.shown.clone()
        }
    }

    /// How many frames said nothing we know (for the log).
    #[must_use]
    pub const fn unknown_frames(&self) -> u32 {
        self.unknown_frames
    }

    // ---- inputs ----

    fn on_start(&mut self, out: &mut Vec<Effect>) {
        let stored = std::mem::take(&mut self.stored);
        if let Some(draft) = stored.draft.filter(|draft| !draft.is_empty()) {
            self.draft.clone_from(&draft);
            self.show(Change::Draft(draft), out);
        }
        let outbox = stored
            .outbox
            .as_deref()
            .map(read_outbox)
            .unwrap_or_default();
        for mut entry in outbox {
            entry.key = self.timeline.write(
                entry.uid.clone(),
                entry.content.clone(),
                entry.at,
                entry.row_state(),
                out,
            );
            self.outbox.push(entry);
        }
        self.visitor = stored.visitor;
        let conversation = stored
            .conversation
            .as_deref()
            .and_then(StoredConversation::read);
        if let Some(conversation) = conversation {
            self.resumable = Some(conversation.id);
            self.read_to = conversation.read;
            // That there was a conversation shows that the settings are right.
            self.dialling.has_opened = true;
            self.wanted = true;
            self.connect(out);
        }
    }

    fn on_received(&mut self, conn: ConnId, frame: &str, out: &mut Vec<Effect>) {
        if !matches!(self.link, Link::Open(current, _) if current == conn) {
            return;
        }
        if self.timers.is_set(Timer::Silence) {
            self.timers.set(Timer::Silence, self.now.at.after(SILENCE));
        }
        for incoming in self.backend.decode(frame) {
            self.on_incoming(incoming, out);
        }
    }

    fn on_incoming(&mut self, incoming: Incoming, out: &mut Vec<Effect>) {
        match incoming {
            Incoming::Answered(route, outcome) => {
                // Without a call in flight this is nobody's answer.
                if let Some(call) = self.calls.take(route) {
                    self.on_outcome(call, outcome, out);
                }
            }
            Incoming::Fault => {
                // It names no call; with two in flight their timeouts decide.
                if let Some(call) = self.calls.take_only() {
                    let unclear = Err(Refusal {
                        kind: RefusalKind::Unclear,
                        text: None,
                    });
                    self.on_outcome(call, unclear, out);
                }
            }
            Incoming::Message(message) => self.on_message(&message, out),
            Incoming::Gone(id) => self.on_gone(&id, out),
            Incoming::Conversation(info) => {
                if info.id.is_none() || info.id.as_ref() == self.conversation_id() {
                    self.on_conversation(&info, out);
                }
            }
            Incoming::Unknown => self.unknown_frames = self.unknown_frames.saturating_add(1),
        }
        while let Some(call) = self.calls.take_waiting() {
            self.call(&call, out);
        }
    }

    fn on_outcome(&mut self, call: Call, outcome: Outcome, out: &mut Vec<Effect>) {
        // What is asked for in passing is no reason to give a connection up.
        if let Err(refusal) = &outcome
            && refusal.kind == RefusalKind::Token
            && call != Call::Unread
        {
            self.on_token_refused(&call, out);
            return;
        }
        match call {
            Call::Begin | Call::Check(_) | Call::Resume(_) => {
                self.on_resume_outcome(&call, outcome, out);
            }
            Call::History(_, page, _) => self.on_history_outcome(page, outcome, out),
            Call::Send(_, uid, _) => self.on_send_outcome(&uid, outcome, out),
            Call::Ping(_) => match outcome {
                Ok(Reply::Conversation(info)) => self.on_conversation(&info, out),
                Err(refusal) if refusal.kind == RefusalKind::Missing => {
                    self.check_conversation(out);
                }
                Ok(Reply::Messages(_) | Reply::Sent(_) | Reply::Unread(_)) | Err(_) => {}
            },
            Call::Unread => {
                // What was read here is not told to the server: once something
                // was, counting is done here.
                if let Ok(Reply::Unread(count)) = outcome
                    && !self.page.is_looking()
                    && self.read_to.is_none()
                {
                    self.show(Change::Unread(count), out);
                }
            }
            Call::End(_) => self.on_end_outcome(outcome, out),
        }
    }

    fn on_page(&mut self, page: Page, out: &mut Vec<Effect>) {
        match page {
            Page::Online => {
                self.page.online = true;
                self.wake_up(out);
            }
            Page::Offline => {
                self.page.online = false;
                self.give_up_connection(Link::Stopped(Reason::DeviceOffline), out);
            }
            Page::Visible => {
                self.page.visible = true;
                self.timers.cancel(Timer::Rest);
                self.wake_up(out);
            }
            Page::Hidden => {
                self.page.visible = false;
                self.timers.set(Timer::Rest, self.now.at.after(REST_AFTER));
            }
            Page::Restored => {
                self.page.left = false;
                self.wake_up(out);
            }
            Page::Leaving => {
                self.page.left = true;
                self.give_up_connection(Link::Stopped(Reason::Resting), out);
            }
        }
    }

    fn on_wake(&mut self, out: &mut Vec<Effect>) {
        while let Some(timer) = self.timers.take_due(self.now.at) {
            match timer {
                Timer::Token => self.fail_handshake(out),
                Timer::Handshake | Timer::Silence => self.drop_connection(out),
                Timer::Retry => self.connect(out),
                Timer::Ping => self.ping(out),
                Timer::Unread => self.call(&Call::Unread, out),
                Timer::Rotate => self.rotate(out),
                Timer::Rest if self.outbox.head().is_some() => {
                    self.timers.set(Timer::Rest, self.now.at.after(REST_AFTER));
                }
                Timer::Rest => {
                    self.give_up_connection(Link::Stopped(Reason::Resting), out);
                }
                Timer::Again => self.read_again(out),
            }
        }
        if let Some(call) = self.calls.overdue(self.now.at) {
            match call {
                Call::History(..) => self.silent_pages += 1,
                Call::Check(_) | Call::Resume(_) => self.doubts += 1,
                Call::Begin | Call::Ping(_) | Call::Send(..) | Call::Unread | Call::End(_) => {}
            }
            // A late answer would be taken for the next one on its route: the
            // connection is not to be trusted any more.
            self.drop_connection(out);
        }
    }

    fn on_action(&mut self, action: Action, out: &mut Vec<Effect>) {
        match action {
            Action::OpenPanel => {
                self.page.panel_open = true;
                self.wanted |= !matches!(self.shown.conversation, Conversation::Ended(_));
                self.wake_up(out);
            }
            Action::ClosePanel => self.page.panel_open = false,
            Action::Send(text) => self.send(text, out),
            Action::Draft(text) => {
                if text != self.draft {
                    let kept = (!text.is_empty()).then(|| text.clone());
                    self.draft = text;
                    out.push(Effect::Store(Slot::Draft, kept));
                    self.show(Change::Notice(None), out);
                }
            }
            Action::Retry(key) => self.retry(key, out),
            Action::Discard(key) => self.discard(key, out),
            Action::LoadOlder => self.load_older(out),
            Action::StartConversation => self.start_conversation(out),
            Action::EndConversation => {
                if matches!(self.shown.conversation, Conversation::Open(_)) {
                    self.ending = true;
                }
            }
            Action::Reconnect => {
                self.page.online = true;
                self.dialling.failures = 0;
                if matches!(self.link, Link::Stopped(_)) {
                    self.dialling.distrust_token();
                }
                self.wake_up(out);
            }
            Action::SignedIn => self.on_signed_in(out),
            Action::DismissNotice => self.show(Change::Notice(None), out),
        }
    }

    // ---- what the system tells ----

    fn on_message(&mut self, message: &Message, out: &mut Vec<Effect>) {
        if self.is_foreign(message) {
            if message.author == Author::Them && !self.page.is_looking() {
                self.count_one_more(out);
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
        self.take_in(message, true, out);
        self.note_no_gap();
    }

    /// An event of a conversation that is neither the current one nor the one
    /// before it (contract concierge 5.7).
    fn is_foreign(&self, message: &Message) -> bool {
        match (&message.conversation, self.conversation_id()) {
            (Some(theirs), Some(ours)) => {
                theirs != ours && self.last_conversation.as_ref() != Some(theirs)
            }
            (None, _) | (_, None) => false,
        }
    }

    fn count_one_more(&mut self, out: &mut Vec<Effect>) {
        self.show(Change::Unread(self.shown.unread.saturating_add(1)), out);
    }

    /// Merges a message. When `tell` is set and it is news, the page hears of it.
    fn take_in(&mut self, message: &Message, tell: bool, out: &mut Vec<Effect>) {
        let is_news = self.timeline.is_news(message);
        let merged = self.timeline.merge(message, out);
        match merged {
            Merged::Known(key) => self.note_confirmed(key, out),
            Merged::New(key) => {
                let Some(row) = self.timeline.row(key) else {
                    return;
                };
                let arrived = row.author == Author::Them && row.state != RowState::Unsent;
                if tell && is_news && arrived {
                    out.push(Effect::Announce(Event::MessageReceived(row.clone())));
                    if !self.page.is_looking() {
                        self.count_one_more(out);
                    }
                }
            }
        }
    }

    fn on_gone(&mut self, id: &MessageId, out: &mut Vec<Effect>) {
        if self.timeline.retract(id, out).is_some() {
            out.push(Effect::Announce(Event::MessageUnsent(id.clone())));
        }
    }

    /// The conversation as the system describes it, on an open connection.
    fn on_conversation(&mut self, info: &ConversationInfo, out: &mut Vec<Effect>) {
        if info.closed {
            match &mut self.stage {
                // The last words may tell what became of a message on its way.
                Stage::Done if self.outbox.has_doubts() => self.find_over(out),
                Stage::Done => self.end(out),
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

    fn on_end_outcome(&mut self, outcome: Outcome, out: &mut Vec<Effect>) {
        self.ending = false;
        match outcome {
            Ok(_) => self.end(out),
            Err(refusal) => match refusal.kind {
                RefusalKind::Missing => self.end(out),
                RefusalKind::Token | RefusalKind::Rejected | RefusalKind::Unclear => {
                    self.tell_refusal(refusal.text, out);
                }
            },
        }
    }

    /// Something other than a message was refused.
    fn tell_refusal(&mut self, text: Option<String>, out: &mut Vec<Effect>) {
        self.show(Change::Notice(Some(Notice::Refused(text))), out);
        out.push(Effect::Announce(Event::Error {
            code: ErrorCode::Refused,
            recoverable: true,
        }));
    }

    /// The one funnel for "the conversation is over".
    fn end(&mut self, out: &mut Vec<Effect>) {
        let Some(id) = self.conversation_id().cloned() else {
            return;
        };
        self.wanted = false;
        self.ending = false;
        self.resumable = None;
        self.last_conversation = Some(id.clone());
        out.push(Effect::Store(Slot::Conversation, None));
        self.give_up_connection(Link::Idle, out);
        self.show(Change::Joined(false), out);
        self.show(Change::Conversation(Conversation::Ended(id.clone())), out);
        out.push(Effect::Announce(Event::ConversationEnd(id)));
    }

    fn start_conversation(&mut self, out: &mut Vec<Effect>) {
        if matches!(self.shown.conversation, Conversation::Open(_)) {
            return;
        }
        self.show(Change::Conversation(Conversation::None), out);
        self.wanted = true;
        self.wake_up(out);
    }

    // ---- what follows from any input ----

    /// Everything that is derived: what is due on a working connection, and
    /// what views show of the whole.
    fn settle(&mut self, out: &mut Vec<Effect>) {
        if self.page.is_looking() {
            self.show(Change::Unread(0), out);
        }
        if matches!(self.stage, Stage::Done) {
            self.deliver(out);
            // The end comes after what was written before it.
            if self.ending
                && self.outbox.head().is_none()
                && let Some(id) = self.conversation_id().cloned()
                && !self.calls.is_busy(Route::End)
            {
                self.call(&Call::End(id), out);
            }
            self.keep_alive();
            self.note_read(out);
        }
        let is_idle_open = matches!(self.link, Link::Open(..)) && !self.page.visible;
        if is_idle_open && !self.timers.is_set(Timer::Rest) {
            self.timers.set(Timer::Rest, self.now.at.after(REST_AFTER));
        }
        self.show(Change::Connection(self.connection()), out);
    }

    /// Pings while the chat is looked at, the unread count while it is not.
    fn keep_alive(&mut self) {
        if self.page.is_looking() {
            self.timers.cancel(Timer::Unread);
            if !self.timers.is_set(Timer::Ping) {
                self.timers.set(Timer::Ping, self.now.at.after(PING_EVERY));
            }
            return;
        }
        self.timers.cancel(Timer::Ping);
        self.timers.cancel(Timer::Silence);
        if self.page.visible && !self.timers.is_set(Timer::Unread) {
            let wait = UNREAD_EVERY + self.random.below(MINUTE);
            self.timers.set(Timer::Unread, self.now.at.after(wait));
        }
    }

    /// What the visitor looks at is read.
    fn note_read(&mut self, out: &mut Vec<Effect>) {
        let newest = self.timeline.newest();
        if self.page.is_looking() && newest.is_some() && newest != self.read_to.as_ref() {
            self.read_to = newest.cloned();
            self.store_conversation(out);
        }
    }

    /// Keeps which conversation is open and how far it was read.
    fn store_conversation(&self, out: &mut Vec<Effect>) {
        if let Some(id) = &self.resumable {
            let stored = StoredConversation {
                id: id.clone(),
                read: self.read_to.clone(),
            };
            out.push(Effect::Store(Slot::Conversation, Some(stored.write())));
        }
    }

    fn ping(&mut self, out: &mut Vec<Effect>) {
        let Some(id) = self.conversation_id().cloned() else {
            return;
        };
        if !self.timers.is_set(Timer::Silence) {
            self.timers.set(Timer::Silence, self.now.at.after(SILENCE));
        }
        self.call(&Call::Ping(id), out);
    }

    /// The connection as views see it.
    fn connection(&self) -> Connection {
        let (status, reason) = match self.link {
            _ if matches!(self.shown.conversation, Conversation::Ended(_)) => {
                (Status::Ended, Reason::None)
            }
            Link::Idle => (Status::Idle, Reason::None),
            Link::Stopped(Reason::Resting) => (Status::Idle, Reason::Resting),
            Link::Stopped(reason) => (Status::Offline, reason),
            Link::Waiting(reason) => (Status::Waiting, reason),
            Link::Open(..) if matches!(self.stage, Stage::Done) => (Status::Online, Reason::None),
            Link::AwaitingToken(_) | Link::Handshaking(_) | Link::Open(..) => {
                let reason = if self.dialling.has_opened {
                    Reason::Lost
                } else {
                    Reason::None
                };
                (Status::Connecting, reason)
            }
        };
        let retry_at = match status {
            Status::Waiting => self.timers.at(Timer::Retry),
            Status::Idle
            | Status::Connecting
            | Status::Online
            | Status::Offline
            | Status::Ended => None,
        };
        Connection {
            status,
            reason,
            retry_at,
        }
    }

    fn conversation_id(&self) -> Option<&ConversationId> {
        match &self.shown.conversation {
            Conversation::Open(id) => Some(id),
            Conversation::None | Conversation::Ended(_) => None,
        }
    }

    /// Tells views, if it is not what they were told last.
    fn show(&mut self, change: Change, out: &mut Vec<Effect>) {
        let shown = &self.shown;
        let known = match &change {
            Change::Connection(connection) => shown.connection == *connection,
            Change::Conversation(conversation) => shown.conversation == *conversation,
            Change::Older(older) => shown.older == *older,
            Change::Joined(joined) => shown.joined == *joined,
            Change::Unread(count) => shown.unread == *count,
            Change::Notice(notice) => shown.notice == *notice,
            Change::Draft(_)
            | Change::Inserted(..)
            | Change::Updated(_)
            | Change::Moved(..)
            | Change::Removed(_) => false,
        };
        if !known {
            self.shown.apply(&change);
            out.push(Effect::Changed(change));
        }
    }

    /// Sends a call, or keeps it until its route is free.
    fn call(&mut self, call: &Call, out: &mut Vec<Effect>) {
        let Link::Open(conn, _) = self.link else {
            return;
        };
        if !self.calls.begin(call, self.now.at) {
            return;
        }
        out.push(Effect::Transmit(conn, self.backend.encode(call)));
    }
}
