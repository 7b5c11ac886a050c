//! The session: the one place that sees all parts of a conversation.
//!
//! The story of a connection: something makes it wanted ([`Action::OpenPanel`],
//! a stored conversation) → a token is asked for → handshake → the conversation
//! is resumed or begun (`session::resume`) → history is read until there is no
//! gap → messages that wait are sent one by one (`session::delivery`). Whatever
//! ends a connection goes through one funnel (`session::connection`), and the
//! story begins again. What is due at any time is in `session::upkeep`.

mod connection;
mod conversation;
mod delivery;
mod live;
mod marks;
mod requests;
mod resume;
mod rooms;
mod upkeep;
mod uploads;

use crate::backend::{
    ASKS, Backend, Below, Call, Incoming, Outcome, Outgoing, PRESENCE, PUSH, REOPEN, REQUESTS,
    Refusal, RefusalKind, Reply, Route, SOCKET, STARTS, TOKEN, TYPING, UNSEND,
};
use crate::calls::Calls;
use crate::change::{Change, Mirror};
use crate::io::{Action, ConnId, Effect, Input, Page, Slot};
use crate::lately::Lately;
use crate::link::{Dialling, Link};
use crate::model::{
    Content, Conversation, ConversationId, Key, Older, Reason, Row, Status, Traits,
};
use crate::only::{Only, only, plain};
use crate::outbox::{Entry, Fate, FileStage, Outbox};
use crate::random::Random;
use crate::receipts::Receipts;
use crate::stored::{read_conversation, read_outbox};
use crate::time::{Instant, MINUTE, Now, SECOND};
use crate::timeline::{Known, Place, Timeline};
use crate::timers::{Timer, Timers};
use crate::unsends::Unsends;
use crate::upload::{Moving, UploadRules};

use self::live::Live;
use self::resume::{SideReading, Stage};

/// Nothing heard for so long although we ping: the connection is half open
/// (contract concierge 5.13).
const SILENCE: u64 = 45 * SECOND;
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
    /// What may be uploaded.
    pub rules: UploadRules,
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
    /// Of [`Slot::System`].
    pub system: Option<String>,
    /// This tab's id as a device, for systems that want one. Not a slot.
    pub device: Option<String>,
}

/// What a session takes over from one in another tab, beside what is stored.
#[derive(Default)]
pub(crate) struct Inheritance {
    /// What is shown.
    pub(crate) mirror: Mirror,
    /// What its rows do not show.
    pub(crate) known: Known,
    /// The numbers that were drawn on this page: none is drawn again, for what
    /// comes late on an old one would be taken for the new one's.
    pub(crate) drawn: Drawn,
}

/// The last numbers that were drawn.
#[derive(Clone, Copy, Default)]
pub(crate) struct Drawn {
    conn: u32,
    request: u32,
}

/// With whom a conversation is begun, and its title.
type Starting = (Vec<String>, String);

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
    traits: Traits,
    random: Random,
    now: Now,
    timers: Timers,
    link: Link,
    dialling: Dialling,
    calls: Calls,
    /// What was known at once, to be taken when the input is done with.
    known_at_once: Vec<Only<(Route, Outcome)>>,
    /// A request was answered on this connection.
    has_heard: bool,
    live: Live,
    stage: Stage,
    side_reading: SideReading,
    timeline: Timeline,
    outbox: Outbox,
    rules: UploadRules,
    /// The upload that is under way.
    upload: Option<Moving>,
    last_request: u32,
    receipts: Receipts,
    unsends: Unsends,
    /// Messages that the visitor has not seen and that have no row here.
    unread_elsewhere: u32,
    page: PageState,
    /// A conversation is wished for, so a connection is.
    wanted: bool,
    /// The conversation that the visitor wants to begin as soon as that can be
    /// said.
    starting: Option<Only<Starting>>,
    /// Whose the messages are that wait has been seen on this page.
    knows_visitor: bool,
    /// The visitor wants the conversation to end as soon as that can be said.
    ending: bool,
    visitor: Option<String>,
    /// The conversation to take up, from storage or from before.
    resumable: Option<ConversationId>,
    /// The conversation before the current one: its late words still count.
    last_conversation: Option<ConversationId>,
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
    /// How many messages were taken back. Each may have let a row slip from one
    /// page to the other where pages were joined.
    shifts: u32,
    /// The same when the newest page was last asked for.
    shifts_asked: u32,
    /// The same when all that is known was last read without gaps.
    shifts_mended: u32,
    /// Pages were joined that were asked for by their numbers.
    is_joined: bool,
    /// Messages that were lately taken back without having a row: a page or an
    /// answer that shows them may be on its way.
    gone: Lately,
    /// Messages that were lately counted and are not shown, for their conversation
    /// is not: a system may tell of one several times.
    counted: Lately,
    /// Rows of a full history page, as far as the server has shown.
    page_rows: usize,
    /// How many readings of the newest messages have begun.
    readings: u32,
    /// The oldest message of the pages that are being read, and how many rows
    /// those have.
    read_down_to: Option<Only<Below>>,
    /// When something new last came.
    news_at: Instant,
    /// The other side was told that the visitor types, and may be again then.
    typing_again: Option<Instant>,
    /// Frames that said nothing we know.
    unknown_frames: u32,
    /// All that was shown, but for the rows: the timeline has those.
    shown: Mirror,
}

impl Session {
    /// A session that has done nothing yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self::inherit(setup, Inheritance::default())
    }

    /// A session that goes on where another tab's has ended.
    pub(crate) fn inherit(setup: Setup, from: Inheritance) -> Self {
        let mut mirror = from.mirror;
        if mirror.older == Older::Loading {
            // The other tab's answer does not come any more.
            mirror.older = Older::More;
        }
        let rows = std::mem::take(&mut mirror.rows);
        let timeline = Timeline::inherit(rows, from.known, mirror.conversation.open());
        let unread_elsewhere = mirror
            .unread
            .saturating_sub(timeline.count_unread(|_| false));
        let traits = setup.backend.traits();
        Self {
            backend: setup.backend,
            traits,
            random: Random::new(setup.seed),
            now: Now::default(),
            timers: Timers::default(),
            link: Link::Idle,
            dialling: Dialling::after(from.drawn.conn),
            calls: Calls::default(),
            known_at_once: Vec::new(),
            has_heard: false,
            live: Live::default(),
            stage: Stage::Idle,
            side_reading: SideReading::None,
            timeline,
            outbox: Outbox::default(),
            rules: setup.rules,
            upload: None,
            last_request: from.drawn.request,
            receipts: Receipts::default(),
            unsends: Unsends::default(),
            unread_elsewhere,
            page: PageState {
                visible: true,
                online: true,
                left: false,
                panel_open: false,
            },
            // The other tab's was connected, or on the way to it.
            wanted: !matches!(mirror.connection.status, Status::Idle | Status::Ended),
            starting: None,
            knows_visitor: false,
            ending: false,
            visitor: None,
            resumable: None,
            last_conversation: None,
            draft: String::new(),
            stored: setup.stored,
            doubts: 0,
            silent_pages: 0,
            done_since: None,
            has_gap: false,
            floor: None,
            shifts: 0,
            shifts_asked: 0,
            shifts_mended: 0,
            is_joined: false,
            gone: Lately::default(),
            counted: Lately::default(),
            readings: 0,
            read_down_to: None,
            news_at: Instant::default(),
            typing_again: None,
            page_rows: 0,
            unknown_frames: 0,
            shown: mirror,
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
            Input::Token(token) if TOKEN => self.on_token(token, &mut out),
            Input::Wake => self.on_wake(&mut out),
            // Of these the `Tab` around a session makes what concerns it.
            // Without tokens none comes.
            Input::Elected(_) | Input::Ousted | Input::Told(_) | Input::Token(_) => {}
            Input::Answered(id, answer) => self.on_answered(id, answer, &mut out),
            Input::Prepared(uid, file) => self.on_prepared(&uid, file, &mut out),
            Input::Uploaded(uid, step) => self.on_uploaded(&uid, step, &mut out),
            Input::User(action) => self.on_action(action, &mut out),
        }
        self.settle(&mut out);
        while REQUESTS && let Some((route, outcome)) = self.known_at_once.pop().map(plain) {
            self.on_incoming(Incoming::Answered(route, outcome), &mut out);
            self.settle(&mut out);
        }
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
    pub const fn traits(&self) -> Traits {
        self.traits
    }

    /// Everything that views have been told, as it is now.
    #[must_use]
    pub fn mirror(&self) -> Mirror {
        Mirror {
            rows: self.timeline.rows().cloned().collect(),
            ..self.shown.clone()
        }
    }

    /// What the rows do not show.
    pub(crate) fn known(&self) -> Known {
        self.timeline.known(self.conversation_id())
    }

    /// The last numbers that were drawn.
    pub(crate) const fn drawn(&self) -> Drawn {
        Drawn {
            conn: self.dialling.last_conn,
            request: self.last_request,
        }
    }

    /// The text in the composer.
    pub(crate) fn draft(&self) -> &str {
        &self.draft
    }

    /// What is shown, but for the rows.
    pub(crate) const fn shown(&self) -> &Mirror {
        &self.shown
    }

    /// The page's token may be another visitor's: it is asked anew.
    pub(crate) const fn distrust_token(&mut self) {
        self.dialling.distrust_token();
    }

    /// Whether nothing is under way that would be lost or delayed if another
    /// tab went on from here.
    pub(crate) fn is_quiet(&self) -> bool {
        self.calls.is_idle()
            && self.upload.is_none()
            && self.outbox.first_at(FileStage::Preparing).is_none()
            && self.unsends.next_end().is_none()
    }

    /// Ends the session so that another tab can go on from what is stored.
    pub(crate) fn retire(mut self, out: &mut Vec<Effect>) -> Box<dyn Backend> {
        if let Some(upload) = self.upload.take() {
            out.push(Effect::Abort(upload.uid));
        }
        let mut last = Vec::new();
        self.give_up_connection(Link::Idle, &mut last);
        // What is stored and shown is the other tab's from here on.
        out.extend(last.into_iter().filter(|it| matches!(it, Effect::Close(_))));
        self.backend
    }

    /// How many frames said nothing we know (for the log).
    #[must_use]
    pub const fn unknown_frames(&self) -> u32 {
        self.unknown_frames
    }

    fn on_start(&mut self, out: &mut Vec<Effect>) {
        let stored = std::mem::take(&mut self.stored);
        if REQUESTS && let Some(kept) = &stored.system {
            self.backend.restore(kept);
        }
        if let Some(draft) = stored.draft.filter(|draft| !draft.is_empty()) {
            self.draft.clone_from(&draft);
            self.show(Change::Draft(draft), out);
        }
        let (entries, unsends) = stored
            .outbox
            .as_deref()
            .map(read_outbox)
            .unwrap_or_default();
        self.take_up_unsends(unsends, out);
        let conversation = stored.conversation.as_deref().and_then(read_conversation);
        if self.is_by_requests() {
            self.show_typing(None, out);
            self.outbox.enter(conversation.clone());
        }
        // Rows that another tab has shown keep their keys, as long as they are
        // those that are stored, in their order: the numbers alone may be
        // another page's.
        let mut shown = self.timeline.rows().filter(|row| row.id.is_none());
        let places = entries.iter().map(|entry| {
            if REQUESTS && !self.outbox.is_here(entry) {
                return None;
            }
            let row = shown.find(|row| is_of(row, entry))?;
            Some(row.key)
        });
        let places: Vec<Option<Key>> = places.collect();
        drop(shown);
        self.timeline
            .keep_waiting(|key| places.contains(&Some(key)), out);
        let keys: Vec<Key> = entries.iter().map(|entry| entry.key).collect();
        for (mut entry, place) in entries.into_iter().zip(places) {
            if let Some(key) = place {
                entry.key = key;
                self.timeline.set_uid(key, entry.uid.clone());
                self.timeline.set_state(key, entry.row_state(), out);
            } else if REQUESTS && !self.outbox.is_here(&entry) {
                // It has a row where its conversation is shown.
                entry.key = Key(0);
            } else {
                entry.key = self.timeline.write(
                    entry.uid.clone(),
                    entry.content.clone(),
                    entry.at,
                    entry.row_state(),
                    out,
                );
            }
            self.outbox.push(entry);
        }
        let has_keys = |(entry, key): (&Entry, &Key)| entry.key == *key;
        if !self.outbox.entries().iter().zip(&keys).all(has_keys) {
            // Whoever goes on from here finds the rows by their keys.
            self.store_outbox(out);
        }
        self.visitor = stored.visitor;
        if let Some(id) = conversation {
            let shown = &self.shown.conversation;
            let is_over = matches!(shown, Conversation::Ended(shown) if *shown != id);
            if is_over && !self.is_by_requests() {
                // What this tab has shown is over; another tab has begun the next.
                self.show(Change::Conversation(Conversation::None), out);
            }
            self.resumable = Some(id);
            // That there was a conversation shows that the settings are right.
            self.dialling.has_opened = true;
            self.wanted = true;
        }
        self.connect(out);
    }

    fn on_received(&mut self, conn: ConnId, frame: &str, out: &mut Vec<Effect>) {
        if self.is_by_requests() {
            self.on_live_frame(conn, frame, out);
            return;
        }
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
            Incoming::Fault if SOCKET => {
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
            Incoming::Live if PRESENCE => self.on_live(out),
            Incoming::Over(again) if PRESENCE => self.on_live_over(again, out),
            Incoming::News if PUSH => self.poll(out),
            Incoming::Typing(id, name) if TYPING => self.on_typing(&id, name, out),
            Incoming::Fault
            | Incoming::Live
            | Incoming::Alive
            | Incoming::Over(_)
            | Incoming::News
            | Incoming::Typing(..) => {}
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
            && !matches!(call, Call::Unread | Call::Seen(..) | Call::Delete(..))
        {
            self.on_token_refused(&call, out);
            return;
        }
        if REQUESTS
            && let Err(refusal) = &outcome
            && refusal.kind == RefusalKind::Busy
        {
            self.on_busy(&call, out);
            return;
        }
        match call {
            Call::Look | Call::Begin | Call::BeginWith(..) | Call::Check(_) | Call::Resume(_) => {
                self.on_resume_outcome(&call, outcome, out);
            }
            Call::History(_, page) => self.on_history_outcome(&page, outcome, out),
            Call::Send(_, uid, _) => self.on_send_outcome(&uid, outcome, out),
            // What is said late of another conversation is not said of this one.
            Call::Ping(id) | Call::End(id) if self.conversation_id() != Some(&id) => {}
            Call::Ping(_) => match outcome {
                Ok(Reply::Conversation(info)) => self.on_conversation(&info, out),
                Err(refusal) if refusal.kind == RefusalKind::Missing => {
                    self.check_conversation(out);
                }
                Ok(_) | Err(_) => {}
            },
            Call::Seen(_, id) => self.on_seen_outcome(&id, &outcome, out),
            Call::Delete(_, id) => self.on_delete_outcome(&id, outcome, out),
            Call::Unread => {
                if let Ok(Reply::Unread(count)) = outcome {
                    self.on_unread_count(count, out);
                }
            }
            Call::End(_) => self.on_end_outcome(outcome, out),
            Call::Answer(_, id, _) if ASKS => self.on_answer_outcome(&id, outcome, out),
            Call::Rooms if REQUESTS => {
                if let Ok(Reply::Rooms(rooms)) = outcome {
                    self.on_rooms(plain(rooms), out);
                }
            }
            Call::Answer(..) | Call::Rooms | Call::Typing(..) => {}
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
                self.finish_unsends(true, out);
                if matches!(self.stage, Stage::Done) {
                    self.tell_marks(out);
                }
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
                Timer::Ping if SOCKET => self.ping(out),
                Timer::Unread => self.call(&Call::Unread, out),
                Timer::Rotate => self.rotate(out),
                Timer::Rest if !self.outbox.is_at_rest() => {
                    self.timers.set(Timer::Rest, self.now.at.after(REST_AFTER));
                }
                Timer::Rest => {
                    self.give_up_connection(Link::Stopped(Reason::Resting), out);
                }
                Timer::Again => self.read_again(out),
                Timer::Undo if UNSEND => self.finish_unsends(false, out),
                Timer::Upload => self.try_upload_again(out),
                Timer::Alive if PUSH => self.on_live_silent(out),
                Timer::Poll if REQUESTS => self.poll(out),
                Timer::Presence if PRESENCE => self.show_presence(out),
                Timer::TypingOff if TYPING => self.stop_typing(out),
                Timer::TypingGone if TYPING => self.show_typing(None, out),
                Timer::Live
                | Timer::Seen
                | Timer::Ping
                | Timer::Undo
                | Timer::Alive
                | Timer::Poll
                | Timer::Presence
                | Timer::TypingOff
                | Timer::TypingGone => {}
            }
        }
        if let Some(call) = self.calls.overdue(self.now.at) {
            match call {
                Call::History(..) => self.silent_pages += 1,
                Call::Check(_) | Call::Resume(_) if !self.is_by_requests() => self.doubts += 1,
                Call::Look
                | Call::Begin
                | Call::BeginWith(..)
                | Call::Check(_)
                | Call::Resume(_)
                | Call::Ping(_)
                | Call::Send(..)
                | Call::Seen(..)
                | Call::Delete(..)
                | Call::Unread
                | Call::End(_)
                | Call::Typing(..)
                | Call::Answer(..)
                | Call::Rooms => {}
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
                if REQUESTS {
                    self.news_at = self.now.at;
                }
                self.wanted |= !matches!(self.shown.conversation, Conversation::Ended(_));
                self.wake_up(out);
            }
            Action::ClosePanel => {
                self.page.panel_open = false;
                self.stop_typing(out);
                if matches!(self.stage, Stage::Done) {
                    self.call(&Call::Unread, out);
                }
            }
            Action::Send(text) => {
                let uid = self.random.uid();
                self.send(uid, text, Fate::Waiting, out);
            }
            Action::Post(uid, text, doubtful) => {
                let fate = if doubtful {
                    Fate::Unknown
                } else {
                    Fate::Waiting
                };
                if self.outbox.named(&uid).is_none() {
                    self.send(uid, text, fate, out);
                }
            }
            Action::Draft(text) => {
                if text != self.draft {
                    self.note_typing(&text, out);
                    let kept = (!text.is_empty()).then(|| text.clone());
                    self.draft = text;
                    out.push(Effect::Store(Slot::Draft, kept));
                    self.show(Change::Notice(None), out);
                }
            }
            Action::Retry(key) => self.retry(key, out),
            Action::Discard(key) => self.discard(key, out),
            Action::Attach(file) => self.attach(file, out),
            Action::Unsend(key) if UNSEND => self.unsend(key, out),
            Action::Undo(key) if UNSEND => self.undo(key, out),
            Action::Saw(key) => self.saw(key, out),
            Action::LoadOlder => self.load_older(out),
            Action::StartConversation => self.start_conversation(out),
            Action::StartWith(people, title) if STARTS => {
                self.start_with(plain(people), title, out)
            }
            Action::OpenRoom(id) if REQUESTS => self.open_room(plain(id), out),
            Action::ShowRooms if REQUESTS => self.show_rooms(out),
            Action::Answer(key, values) if ASKS => self.answer(key, plain(values), out),
            // What no system of this program has.
            Action::Unsend(_)
            | Action::Undo(_)
            | Action::StartWith(..)
            | Action::OpenRoom(_)
            | Action::ShowRooms
            | Action::Answer(..) => {}
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
            // Between tabs; see `Tab`.
            Action::Forget => {}
        }
    }

    /// The conversation that messages go to.
    fn conversation_id(&self) -> Option<&ConversationId> {
        match &self.shown.conversation {
            Conversation::Open(id) => Some(id),
            Conversation::Ended(id) if REOPEN && self.traits.reopen => {
                self.resumable.as_ref().filter(|it| *it == id)
            }
            Conversation::Ended(_) | Conversation::None => None,
        }
    }

    /// Tells views, if it is not what they were told last.
    fn show(&mut self, change: Change, out: &mut Vec<Effect>) {
        if !self.shown.is_told_by(&change) {
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
        match self.backend.encode(call, self.dialling.secret()) {
            Outgoing::Frame(frame) => out.push(Effect::Transmit(conn, frame)),
            Outgoing::Request(request) if REQUESTS => {
                self.request(call.route(), plain(request), out);
            }
            Outgoing::Known(outcome) if REQUESTS => {
                self.known_at_once
                    .push(only((call.route(), plain(outcome))));
            }
            // Nothing that is said to a system with one socket.
            Outgoing::Request(_) | Outgoing::Known(_) => {}
        }
    }
}

/// Whether a row that is not on the server is this message's. What is shown of
/// a file grows while it is made ready.
fn is_of(row: &Row, entry: &Entry) -> bool {
    match (&row.content, &entry.content) {
        (Content::File(row), Content::File(entry)) => row.name == entry.name,
        (row, entry) => row == entry,
    }
}
