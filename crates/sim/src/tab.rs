//! One tab: its session, what its views show, and the connections it has open.

use std::collections::BTreeMap;

use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::{
    Action, Ask, ConnId, Content, Event, Input, Instant, Key, Mirror, Page, Row, RowState, Session,
    Setup, Status, Stored,
};

use crate::desk::{Kind, Line, Route};

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
    /// Calls that are not answered, with the message that a seen call names.
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

    /// A frame arrives. Gives the message of a seen call that was refused.
    pub(crate) fn end(&mut self, kind: Kind) -> Option<u64> {
        match kind {
            Kind::Answer(route, is_done) => {
                let message = self.in_flight[route as usize].take()?;
                (route == Route::Seen && !is_done).then_some(message)
            }
            // It names no call: with two in flight it ends neither.
            Kind::Fault(route) if self.in_flight.iter().flatten().count() == 1 => {
                let message = self.in_flight[route as usize].take()?;
                (route == Route::Seen).then_some(message)
            }
            Kind::Fault(_) | Kind::Event => None,
        }
    }

    /// The message of the seen call that will not be answered any more.
    pub(crate) const fn unanswered_seen(&self) -> Option<u64> {
        self.in_flight[Route::Seen as usize]
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
    /// The outbox as the session last wanted it stored, if it was refused.
    pub(crate) outbox: Option<String>,
    pub(crate) session: Session,
    pub(crate) wires: Vec<Wire>,
    /// The handshake under way.
    pub(crate) dialling: Option<Line>,
    /// Seen calls a message may have had: those whose answers were lost.
    pub(crate) seen_lost: BTreeMap<u64, u32>,
    pub(crate) seen_told: BTreeMap<u64, u32>,
    pub(crate) inputs: u64,
    pub(crate) number: usize,
    pub(crate) load: u32,
    seed: u64,
    visible: bool,
    panel_open: bool,
    left: bool,
}

impl Tab {
    pub(crate) fn new(number: usize, seed: u64) -> Self {
        Self {
            mirror: Mirror::default(),
            draft: None,
            events: Vec::new(),
            asked: Vec::new(),
            tries: Vec::new(),
            frames: Vec::new(),
            failures: Vec::new(),
            outbox: None,
            session: session(seed, number, Stored::default()),
            wires: Vec::new(),
            dialling: None,
            seen_lost: BTreeMap::new(),
            seen_told: BTreeMap::new(),
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
    pub(crate) fn load(&mut self, stored: Stored) {
        self.seed += 1;
        self.load += 1;
        self.session = session(self.seed, self.number, stored);
        self.mirror = Mirror::default();
        self.draft = None;
        self.outbox = None;
        self.wires.clear();
        self.dialling = None;
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
            if let Some(message) = wire.unanswered_seen() {
                self.note_seen_lost(message);
            }
        }
    }

    /// A seen call names this message.
    pub(crate) fn note_seen(&mut self, message: u64) {
        let lost = self.seen_lost.get(&message).copied().unwrap_or(0);
        let told = self.seen_told.entry(message).or_default();
        *told += 1;
        assert!(
            *told <= 1 + lost,
            "message {message} is told to be seen {told} times, and {lost} answers were lost"
        );
    }

    pub(crate) fn note_seen_lost(&mut self, message: u64) {
        *self.seen_lost.entry(message).or_default() += 1;
    }

    /// Notes what the input says of the page.
    pub(crate) const fn look(&mut self, input: &Input) {
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
            self.panel_open |= matches!(action, Action::OpenPanel);
            self.panel_open &= !matches!(action, Action::ClosePanel);
        }
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
        self.session.deadline()
    }

    /// Frames in which the session found nothing.
    #[must_use]
    pub const fn unknown_frames(&self) -> u32 {
        self.session.unknown_frames()
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
    }
}

fn session(seed: u64, tab: usize, stored: Stored) -> Session {
    let backend = Box::new(Concierge::new(Settings {
        socket_url: "wss://socket.example.com/prod".into(),
        device_id: format!("web-{}", tab + 1),
        page_size: 20,
    }));
    Session::new(Setup {
        backend,
        seed,
        stored,
    })
}
