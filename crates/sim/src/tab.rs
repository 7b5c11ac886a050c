//! One tab: its session, what its views show, and the connections it has open.

use std::collections::{BTreeMap, BTreeSet};

use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::{
    Action, Ask, ConnId, Content, Effect, Event, Input, Instant, Key, MessageId, Mirror, Now, Page,
    Row, RowState, Session, Setup, Slot, Status, Stored, UploadRules,
};

use crate::desk::{Kind, Line, Route, Said};

/// For so long an unsend can be undone.
const UNDO: u64 = 5_000;

/// What the page answers when it is asked for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageToken {
    /// A token without an end.
    Good,
    /// There is none: the visitor is not signed in.
    None,
    /// Its own server is away.
    Unreachable,
    /// Never answers.
    Hangs,
    /// With this end, in ms from the world's birth.
    Ends(i64),
    /// A new one that lives so many ms; whether the page says how long.
    Lasts(i64, bool),
}

/// A connection that the tab has open.
pub(crate) struct Wire {
    pub(crate) line: Line,
    /// What the tab sends is lost, and nobody is told.
    pub(crate) is_mute: bool,
    /// What the server sends is lost, and nobody is told.
    pub(crate) is_deaf: bool,
    /// Calls that are not answered, with the message that one names.
    in_flight: [Option<u64>; Route::ALL.len()],
}

impl Wire {
    pub(crate) const fn new(line: Line) -> Self {
        Self {
            line,
            is_mute: false,
            is_deaf: false,
            in_flight: [None; Route::ALL.len()],
        }
    }

    /// A call goes out. Answers carry nothing but their route, so its route
    /// must be free (contract 5.3).
    pub(crate) fn begin(&mut self, route: Route, message: u64) {
        let place = &mut self.in_flight[route as usize];
        assert!(
            place.is_none(),
            "a second call of {} while the first is not answered",
            route.name()
        );
        *place = Some(message);
    }

    /// A frame may have answered any call.
    pub(crate) const fn answer_all(&mut self) {
        self.in_flight = [None; Route::ALL.len()];
    }

    /// Whether a call of this route is not answered.
    pub(crate) const fn awaits(&self, route: Route) -> bool {
        self.in_flight[route as usize].is_some()
    }

    /// A frame arrives. Gives the call that it ends without success.
    fn end(&mut self, kind: Kind) -> Option<(Route, u64, Said)> {
        let (route, said) = match kind {
            Kind::Answer(route, said) => (route, said),
            // It names no call: with two in flight it ends neither.
            Kind::Fault(route) if self.in_flight.iter().flatten().count() == 1 => {
                (route, Said::Unclear)
            }
            Kind::Fault(_) | Kind::Event => return None,
        };
        let message = self.in_flight[route as usize].take()?;
        (said != Said::Done).then_some((route, message, said))
    }
}

/// What became of the calls that name a message.
#[derive(Default)]
struct Told {
    calls: u32,
    /// Calls whose answers were lost, or said neither yes nor no.
    unclear: u32,
    /// Calls that were refused.
    refused: u32,
}

/// What decides in a tab.
pub(crate) enum Brain {
    /// A session that knows of no other tabs: what stories direct.
    Alone(Box<Session>),
    /// One that leads or follows.
    Among(Box<concierge_core::Tab>),
}

impl Brain {
    fn new(seed: u64, number: usize, stored: Stored, rules: UploadRules, is_alone: bool) -> Self {
        let setup = setup(seed, number, stored, rules);
        if is_alone {
            Self::Alone(Box::new(Session::new(setup)))
        } else {
            Self::Among(Box::new(concierge_core::Tab::new(setup)))
        }
    }

    pub(crate) fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        match self {
            Self::Alone(session) => session.handle(now, input),
            Self::Among(tab) => tab.handle(now, input),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Alone(session) => session.deadline(),
            Self::Among(tab) => tab.deadline(),
        }
    }

    pub(crate) fn mirror(&self) -> Mirror {
        match self {
            Self::Alone(session) => session.mirror(),
            Self::Among(tab) => tab.mirror(),
        }
    }
}

/// One tab.
pub struct Tab {
    /// What a view has made of the changes.
    pub mirror: Mirror,
    /// The composer, as the session last set it.
    pub draft: Option<String>,
    /// What the page was told.
    pub events: Vec<Event>,
    /// Every time the page was asked for a token.
    pub asked: Vec<Ask>,
    /// When each connection was tried.
    pub tries: Vec<u64>,
    /// Every frame that the session transmitted, in a world that keeps them.
    pub frames: Vec<String>,
    /// Texts of messages that failed, each time one did.
    pub(crate) failures: Vec<String>,
    /// What the session wanted stored since the browser refuses: it is kept as
    /// long as the page.
    pub(crate) memory: Option<BTreeMap<Slot, String>>,
    /// When the last input was done with.
    pub(crate) last_input: Instant,
    pub(crate) brain: Brain,
    pub(crate) wires: Vec<Wire>,
    /// The handshake under way.
    pub(crate) dialling: Option<Line>,
    /// Seen calls, by the ids of their messages.
    seen: BTreeMap<u64, Told>,
    /// Send calls, by the uids of their messages.
    sent: BTreeMap<u64, Told>,
    /// Messages of the staff that the visitor has seen on this load.
    pub(crate) saw: BTreeSet<u64>,
    /// What the visitor saw before another session began: it goes with the old
    /// one, unless it was carried over in time.
    pub(crate) saw_before: BTreeSet<u64>,
    /// Messages that the visitor takes back, on any load.
    pub(crate) wished_gone: BTreeSet<u64>,
    /// When that was wished.
    pub(crate) wished_at: BTreeMap<u64, Instant>,
    /// Those that the visitor keeps after all, which the leader may not know.
    undone: BTreeSet<u64>,
    /// Messages that the page was told of: received, sent, unsent.
    announced: [BTreeSet<MessageId>; 3],
    /// The browser has frozen the page until then.
    pub(crate) thaws_at: u64,
    pub(crate) inputs: u64,
    pub(crate) number: usize,
    pub(crate) load: u32,
    pub(crate) seed: u64,
    visible: bool,
    panel_open: bool,
    left: bool,
}

impl Tab {
    pub(crate) fn new(number: usize, seed: u64, rules: UploadRules, is_alone: bool) -> Self {
        let seed = seed.wrapping_add(1_000_003 * number as u64);
        Self {
            mirror: Mirror::default(),
            draft: None,
            events: Vec::new(),
            asked: Vec::new(),
            tries: Vec::new(),
            frames: Vec::new(),
            failures: Vec::new(),
            memory: None,
            last_input: Instant(0),
            brain: Brain::new(seed, number, Stored::default(), rules, is_alone),
            thaws_at: 0,
            wires: Vec::new(),
            dialling: None,
            seen: BTreeMap::new(),
            sent: BTreeMap::new(),
            saw: BTreeSet::new(),
            saw_before: BTreeSet::new(),
            wished_gone: BTreeSet::new(),
            wished_at: BTreeMap::new(),
            undone: BTreeSet::new(),
            announced: Default::default(),
            inputs: 0,
            number,
            load: 0,
            seed,
            visible: true,
            panel_open: false,
            left: false,
        }
    }

    /// The page is loaded again; its session finds this in the store.
    pub(crate) fn load(&mut self, stored: Stored, rules: UploadRules) {
        self.seed += 1;
        self.load += 1;
        let is_alone = matches!(self.brain, Brain::Alone(_));
        self.brain = Brain::new(self.seed, self.number, stored, rules, is_alone);
        self.thaws_at = 0;
        self.mirror = Mirror::default();
        self.draft = None;
        self.memory = None;
        self.wires.clear();
        self.dialling = None;
        self.announced = Default::default();
        self.saw.clear();
        self.saw_before.clear();
        (self.visible, self.panel_open, self.left) = (true, false, false);
    }

    pub(crate) const fn line(&self, conn: ConnId) -> Line {
        Line {
            tab: self.number,
            load: self.load,
            conn,
        }
    }

    pub(crate) fn wire(&mut self, line: Line) -> Option<&mut Wire> {
        self.wires.iter_mut().find(|wire| wire.line == line)
    }

    /// Takes a connection out that is over.
    pub(crate) fn unplug(&mut self, line: Line) {
        if let Some(index) = self.wires.iter().position(|wire| wire.line == line) {
            let wire = self.wires.remove(index);
            for route in [Route::Seen, Route::Send] {
                if let Some(message) = wire.in_flight[route as usize] {
                    self.note_failed(route, message, Said::Unclear);
                }
            }
        }
    }

    /// A frame arrives on this connection. False if it is lost, or the
    /// connection is over.
    pub(crate) fn hears(&mut self, line: Line, kind: Kind) -> bool {
        let Some(wire) = self.wire(line).filter(|wire| !wire.is_deaf) else {
            return false;
        };
        if let Some((route, message, said)) = wire.end(kind) {
            self.note_failed(route, message, said);
        }
        true
    }

    fn note_failed(&mut self, route: Route, message: u64, said: Said) {
        let told = match route {
            Route::Seen => self.seen.entry(message).or_default(),
            Route::Send => self.sent.entry(message).or_default(),
            _ => return,
        };
        match said {
            Said::Unclear => told.unclear += 1,
            Said::Refused => told.refused += 1,
            Said::Done => {}
        }
    }

    /// A seen call goes out: one a message, again only if that failed
    /// (contract 5.8).
    pub(crate) fn note_seen(&mut self, message: u64) {
        let told = self.seen.entry(message).or_default();
        told.calls += 1;
        assert!(
            told.calls <= 1 + told.unclear + told.refused,
            "message {message} is told to be seen again although the first time succeeded"
        );
    }

    /// Whether the server was told twice that this message was seen, and nobody
    /// knows whether it has heard (contract 5.8).
    pub(crate) fn gave_up_telling(&self, message: u64) -> bool {
        let told = self.seen.get(&message);
        told.is_some_and(|told| told.unclear + told.refused >= 2)
    }

    /// A message goes out. After an answer was lost it is looked up, and sent
    /// again once; then only the visitor may try again (contract 5.4).
    pub(crate) fn note_sent(&mut self, uid: u64) {
        let told = self.sent.entry(uid).or_default();
        assert!(
            told.unclear <= 1,
            "a message is sent again after {} lost answers",
            told.unclear
        );
    }

    /// The visitor tries again, or the browser does not store what was tried:
    /// nobody counts lost answers any more.
    pub(crate) fn forgive(&mut self) {
        self.sent.clear();
    }

    /// The page is told of each message once a load.
    pub(crate) fn note_announced(&mut self, event: &Event) {
        let (kind, id) = match event {
            Event::MessageReceived(row) => (0, row.id.as_ref()),
            Event::MessageSent(_, id) => (1, Some(id)),
            Event::MessageUnsent(id) => (2, Some(id)),
            _ => return,
        };
        let id = id.expect("what is announced has an id");
        let is_new = self.announced[kind].insert(id.clone());
        assert!(is_new, "the page is told twice: {event:?}");
    }

    /// Notes what the input says of the page.
    pub(crate) fn note_page(&mut self, input: &Input, now: Instant) {
        if let Input::Page(page) = input {
            match page {
                Page::Visible => self.visible = true,
                Page::Hidden => self.visible = false,
                Page::Leaving => self.left = true,
                Page::Restored => self.left = false,
                Page::Online | Page::Offline => {}
            }
        }
        if let Input::User(action) = input {
            self.note_wish(action, now);
            self.panel_open |= matches!(action, Action::OpenPanel);
            self.panel_open &= !matches!(action, Action::ClosePanel);
        }
    }

    fn note_wish(&mut self, action: &Action, now: Instant) {
        let row = |key: &Key| self.mirror.rows.iter().find(|row| row.key == *key);
        let id = |key: &Key| row(key)?.id.as_ref()?.0.parse::<u64>().ok();
        match action {
            Action::Retry(_) => self.forgive(),
            Action::Saw(key) => self.saw.extend(id(key)),
            Action::Unsend(key) => {
                let id = id(key);
                self.wished_gone.extend(id);
                self.wished_at.extend(id.map(|id| (id, now)));
            }
            Action::Undo(key) => {
                // A tab whose leader is frozen shows for longer that it can be
                // undone.
                let is_in_time = |id| {
                    self.wished_at
                        .get(&id)
                        .is_some_and(|at| now.since(*at) < UNDO)
                };
                let may = row(key).is_some_and(|row| row.state == RowState::Unsending(true))
                    && (self.is_leading() || id(key).is_some_and(is_in_time));
                if let Some(id) = id(key).filter(|_| may) {
                    self.wished_gone.remove(&id);
                    self.undone.insert(id);
                }
            }
            _ => {}
        }
    }

    /// What the leader has not taken goes with the page.
    pub(crate) fn drop_undone(&mut self) -> BTreeSet<u64> {
        let mut undone = std::mem::take(&mut self.undone);
        let is_going = |row: &&Row| matches!(row.state, RowState::Unsending(_));
        let going = self.mirror.rows.iter().filter(is_going);
        let ids = going.filter_map(|row| row.id.as_ref()?.0.parse().ok());
        let ids: BTreeSet<u64> = ids.collect();
        undone.retain(|id| ids.contains(id));
        undone
    }

    /// What the browser has stored may be carried out, undone or not.
    pub(crate) fn may_delete(&mut self, message: u64) {
        self.wished_gone.insert(message);
    }

    /// A delete call goes out: only for what the visitor takes back.
    pub(crate) fn note_deleted(&self, message: u64) {
        assert!(
            self.wished_gone.contains(&message),
            "message {message} is taken back, and the visitor did not want that"
        );
    }

    /// Whether the visitor sees the conversation.
    #[must_use]
    pub const fn is_looked_at(&self) -> bool {
        self.visible && self.panel_open && !self.left
    }

    // ---- what a test sees ----

    /// The connection as views see it.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.mirror.connection.status
    }

    /// What the rows say, from top to bottom.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.mirror.rows.iter().map(text_of).collect()
    }

    /// The one row with this text.
    ///
    /// # Panics
    /// If there is none, or more than one.
    pub fn row(&self, text: &str) -> &Row {
        let mut rows = self.mirror.rows.iter().filter(|row| said(row) == text);
        let row = rows.next().unwrap_or_else(|| panic!("no row says {text}"));
        assert!(rows.next().is_none(), "two rows say {text}");
        row
    }

    /// How far the message with this text has come.
    #[must_use]
    pub fn state(&self, text: &str) -> RowState {
        self.row(text).state.clone()
    }

    /// The key of the one row with this text.
    #[must_use]
    pub fn key(&self, text: &str) -> Key {
        self.row(text).key
    }

    /// The open connection.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn conn(&self) -> ConnId {
        self.wires.last().expect("an open connection").line.conn
    }

    /// Whether any connection is open.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        !self.wires.is_empty()
    }

    /// When the session wants to be woken.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.brain.deadline()
    }

    /// Frames in which the session found nothing.
    #[must_use]
    pub fn unknown_frames(&self) -> u32 {
        match &self.brain {
            Brain::Alone(session) => session.unknown_frames(),
            Brain::Among(tab) => tab.unknown_frames(),
        }
    }

    /// Whether it knows of no other tabs.
    pub(crate) const fn is_alone(&self) -> bool {
        matches!(self.brain, Brain::Alone(_))
    }

    /// Whether this tab has the session.
    #[must_use]
    pub const fn is_leading(&self) -> bool {
        match &self.brain {
            Brain::Alone(_) => true,
            Brain::Among(tab) => tab.is_leading(),
        }
    }
}

/// What a row says: its text, or the URL of its file.
#[must_use]
pub fn text_of(row: &Row) -> String {
    said(row).to_owned()
}

/// The same, borrowed.
pub(crate) fn said(row: &Row) -> &str {
    match &row.content {
        Content::Text(text) => text,
        Content::File(file) => &file.url,
        Content::Rich(rich) => &rich.text,
    }
}

/// What tells an own message from others as long as it is not on the server:
/// its text, or the stem of its file's name.
pub(crate) fn name_of(row: &Row) -> &str {
    match &row.content {
        Content::Text(text) => text,
        Content::File(file) => file.name.split('.').next().unwrap_or_default(),
        Content::Rich(rich) => &rich.text,
    }
}

fn setup(seed: u64, tab: usize, stored: Stored, rules: UploadRules) -> Setup {
    let backend = Box::new(Concierge::new(Settings {
        socket_url: "wss://socket.example.com/prod".into(),
        device_id: format!("web-{}", tab + 1),
        api_url: Some("https://api.example.com".into()),
        page_size: 20,
    }));
    Setup {
        backend,
        seed,
        stored,
        rules,
    }
}
