//! A world of one visitor, one network and one server, with a clock that jumps
//! to whatever happens next.

use std::collections::BTreeMap;

use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::{
    Action, Ask, Author, Close, ConnId, Effect, Event, Input, Instant, Key, Mirror, NewFile,
    NoToken, Now, Page, RequestId, Response, Row, RowState, Secret, Session, Setup, Slot, Status,
    Stored, Timestamp, Token, Uid, Unreachable, UploadRules, UploadStep,
};

use crate::desk::{Desk, Out};
use crate::files::Files;

/// 2026-11-20, 08:00 UTC.
const BIRTH: i64 = 1_795_161_600_000;

/// Something on its way.
#[derive(Clone, Debug)]
enum Transit {
    Opened(ConnId),
    ToServer(ConnId, String),
    ToClient(ConnId, String),
    Closed(ConnId, u16),
    Token,
    Prepared(Uid),
    Answered(RequestId, Result<Response, Unreachable>),
    Uploaded(Uid, UploadStep),
}

impl Transit {
    /// Whether it is not on a connection of the session's.
    const fn is_elsewhere(&self) -> bool {
        match self {
            Self::Token | Self::Prepared(_) | Self::Answered(..) | Self::Uploaded(..) => true,
            Self::Opened(_) | Self::ToServer(..) | Self::ToClient(..) | Self::Closed(..) => false,
        }
    }
}

/// What the page answers when it is asked for a token.
#[derive(Clone, Debug)]
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
}

/// One visitor, one network, one server, and a clock.
pub struct World {
    /// Milliseconds since the world's birth.
    pub time: u64,
    /// The server.
    pub desk: Desk,
    /// What a view has made of the changes.
    pub mirror: Mirror,
    /// The composer, as the session last set it.
    pub draft: Option<String>,
    /// What the page was told.
    pub events: Vec<Event>,
    /// The browser's storage.
    pub store: BTreeMap<Slot, String>,
    /// Whether handshakes succeed.
    pub server_up: bool,
    /// Bytes go nowhere, and nobody is told; they wait for the road to open.
    is_stalled: bool,
    stalled: Vec<Transit>,
    /// Milliseconds one way.
    pub latency: u64,
    /// Files and where they go.
    pub files: Files,
    /// What the page answers when it is asked for a token.
    pub token: PageToken,
    /// Every time the page was asked for a token.
    pub asked: Vec<Ask>,
    /// When each connection was tried.
    pub tries: Vec<u64>,
    /// Every frame that the session transmitted.
    pub frames: Vec<String>,
    /// A hash of all effects.
    pub trace: u64,
    session: Session,
    rules: UploadRules,
    seed: u64,
    transits: BTreeMap<(u64, u64), Transit>,
    sequence: u64,
    open: Vec<ConnId>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A world in which nothing has happened.
    pub fn new() -> Self {
        Self::with_seed(7)
    }

    /// The same; the seed is the session's.
    pub fn with_seed(seed: u64) -> Self {
        Self {
            time: 1_000,
            desk: Desk::default(),
            mirror: Mirror::default(),
            draft: None,
            events: Vec::new(),
            store: BTreeMap::new(),
            server_up: true,
            is_stalled: false,
            stalled: Vec::new(),
            latency: 40,
            files: Files::default(),
            token: PageToken::Good,
            asked: Vec::new(),
            tries: Vec::new(),
            frames: Vec::new(),
            trace: 0,
            session: session(seed, Stored::default(), rules()),
            rules: rules(),
            seed,
            transits: BTreeMap::new(),
            sequence: 0,
            open: Vec::new(),
        }
    }

    /// Connected, on a page that passes files on itself: all of them, or those
    /// that the store does not take from it.
    pub fn with_proxy(always: bool) -> Self {
        let mut world = Self::new();
        world.rules.proxy = Some("https://site.example/upload".into());
        world.rules.always_proxy = always;
        world.session = session(world.seed, Stored::default(), world.rules.clone());
        world.enter();
        world
    }

    /// A world in which the visitor has opened the chat and is connected.
    pub fn chatting() -> Self {
        let mut world = Self::new();
        world.enter();
        world
    }

    fn enter(&mut self) {
        self.input(Input::Start);
        self.act(Action::OpenPanel);
        self.run(1_000);
        assert_eq!(self.status(), Status::Online);
    }

    // ---- what a test does ----

    /// The visitor does something.
    pub fn act(&mut self, action: Action) {
        self.input(Input::User(action));
    }

    /// The visitor sends a text.
    pub fn say(&mut self, text: &str) {
        self.act(Action::Send(text.into()));
    }

    /// The page or its device changes.
    pub fn page(&mut self, page: Page) {
        self.input(Input::Page(page));
    }

    /// The staff writes.
    pub fn staff_says(&mut self, text: &str) {
        let out = self.desk.staff_says(text, self.wall());
        self.carry(out);
    }

    /// Something happens at the server.
    pub fn at_desk(&mut self, act: impl FnOnce(&mut Desk) -> Vec<Out>) {
        let out = act(&mut self.desk);
        self.carry(out);
    }

    /// A frame that the server did not mean to send.
    pub fn inject(&mut self, frame: &str) {
        for conn in self.open.clone() {
            self.post(0, Transit::ToClient(conn, frame.into()));
        }
        self.run(1);
    }

    /// All connections break; what is on its way is lost.
    pub fn cut(&mut self) {
        self.cut_with(1006);
    }

    /// All connections close with this code; what is on its way is lost.
    pub fn cut_with(&mut self, code: u16) {
        let is_kept =
            |transit: &Transit| transit.is_elsewhere() || matches!(transit, Transit::Opened(_));
        self.transits.retain(|_, transit| is_kept(transit));
        self.stalled.retain(is_kept);
        self.desk.connections.clear();
        for conn in std::mem::take(&mut self.open) {
            self.input(Input::Closed(conn, Close { code }));
        }
    }

    /// Nothing gets through any more, either way, and no connection breaks.
    pub fn stall(&mut self) {
        self.is_stalled = true;
    }

    /// The road is open again; what waited arrives.
    pub fn unstall(&mut self) {
        self.is_stalled = false;
        for transit in std::mem::take(&mut self.stalled) {
            self.post(self.latency, transit);
        }
    }

    /// The server goes away with all connections; what it has stored stays.
    pub fn stop_server(&mut self) {
        self.server_up = false;
        // Handshakes that are under way fail.
        for transit in self.transits.values_mut().chain(&mut self.stalled) {
            if let Transit::Opened(conn) = transit {
                *transit = Transit::Closed(*conn, 1006);
            }
        }
        self.cut();
    }

    /// The tab is killed and the page is loaded again.
    pub fn reload(&mut self) {
        self.transits.clear();
        self.stalled.clear();
        self.desk.connections.clear();
        self.open.clear();
        self.seed += 1;
        let take = |slot| self.store.get(&slot).cloned();
        let stored = Stored {
            conversation: take(Slot::Conversation),
            visitor: take(Slot::Visitor),
            outbox: take(Slot::Outbox),
            draft: take(Slot::Draft),
        };
        self.session = session(self.seed, stored, self.rules.clone());
        self.mirror = Mirror::default();
        self.draft = None;
        self.input(Input::Start);
    }

    /// Lets time pass.
    pub fn run(&mut self, ms: u64) {
        let end = self.time + ms;
        let mut steps = 0;
        while self.step(end) {
            steps += 1;
            assert!(steps < 100_000, "the world spins");
        }
        self.time = end;
    }

    /// Does the next thing that happens up to `end`. False when nothing does.
    fn step(&mut self, end: u64) -> bool {
        let transit = self.transits.keys().next().copied();
        let deadline = self.session.deadline().map(|at| at.0.max(self.time));
        let is_transit_first = match (transit, deadline) {
            (Some((at, _)), Some(deadline)) => at <= deadline,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if is_transit_first {
            let Some(key) = transit.filter(|(at, _)| *at <= end) else {
                return false;
            };
            self.time = self.time.max(key.0);
            if let Some(transit) = self.transits.remove(&key) {
                self.deliver(transit);
            }
            return true;
        }
        let Some(deadline) = deadline.filter(|at| *at <= end) else {
            return false;
        };
        self.time = deadline;
        self.input(Input::Wake);
        true
    }

    /// The visitor chooses a picture. Returns the message's uid.
    pub fn attach(&mut self, name: &str) -> Uid {
        self.files.made += 1;
        let uid = Uid(format!("file-{}-{}", self.seed, self.files.made));
        self.files.kept.insert(uid.clone());
        self.act(Action::Attach(NewFile {
            uid: uid.clone(),
            name: name.into(),
            mime: "image/png".into(),
            size: 90_000,
        }));
        uid
    }

    /// The visitor has all messages before their eyes.
    pub fn look(&mut self) {
        let rows = self.mirror.rows.iter();
        let theirs = rows.filter(|row| row.author == Author::Them);
        for key in theirs.map(|row| row.key).collect::<Vec<Key>>() {
            self.act(Action::Saw(key));
        }
    }

    // ---- what a test sees ----

    /// The connection as views see it.
    pub fn status(&self) -> Status {
        self.mirror.connection.status
    }

    /// What the rows say, from top to bottom.
    pub fn texts(&self) -> Vec<String> {
        self.mirror.rows.iter().map(text_of).collect()
    }

    /// The one row with this text.
    pub fn row(&self, text: &str) -> &Row {
        let mut rows = self.mirror.rows.iter().filter(|row| text_of(row) == text);
        let row = rows.next().unwrap_or_else(|| panic!("no row says {text}"));
        assert!(rows.next().is_none(), "two rows say {text}");
        row
    }

    /// How far the message with this text has come.
    pub fn state(&self, text: &str) -> RowState {
        self.row(text).state.clone()
    }

    /// The key of the one row with this text.
    pub fn key(&self, text: &str) -> Key {
        self.row(text).key
    }

    /// The open connection.
    pub fn conn(&self) -> ConnId {
        *self.open.last().expect("an open connection")
    }

    /// Whether any connection is open.
    pub fn is_connected(&self) -> bool {
        !self.open.is_empty()
    }

    /// When the session wants to be woken.
    pub fn deadline(&self) -> Option<Instant> {
        self.session.deadline()
    }

    /// Whether anything is on its way.
    pub fn is_busy(&self) -> bool {
        !self.transits.is_empty()
    }

    /// Frames in which the session found nothing.
    pub fn unknown_frames(&self) -> u32 {
        self.session.unknown_frames()
    }

    /// The true time, in milliseconds since 1970.
    pub fn wall(&self) -> i64 {
        BIRTH + i64::try_from(self.time).expect("a time")
    }

    // ---- the machinery ----

    /// Tells the session, and does what it asks for.
    pub fn input(&mut self, input: Input) {
        let now = Now {
            at: Instant(self.time),
            wall: Timestamp(self.wall()),
        };
        let effects = self.session.handle(now, input);
        for effect in effects {
            self.perform(effect);
        }
        // Views see changes only; what they make of them is what the session has.
        assert_eq!(self.mirror, self.session.mirror());
    }

    fn perform(&mut self, effect: Effect) {
        self.trace = hash(self.trace, &format!("{} {effect:?}", self.time));
        match effect {
            Effect::Connect(conn, url) => {
                assert!(url.0.contains("Auth=") && url.0.contains("deviceId="));
                self.tries.push(self.time);
                if self.server_up {
                    self.post(2 * self.latency, Transit::Opened(conn));
                } else {
                    self.post(self.latency, Transit::Closed(conn, 1006));
                }
            }
            Effect::Transmit(conn, frame) => {
                self.check_is_stored(&frame);
                self.frames.push(frame.clone());
                assert!(
                    self.open.contains(&conn),
                    "a frame on a connection that is not open"
                );
                self.post(self.latency, Transit::ToServer(conn, frame));
            }
            Effect::Close(conn) => {
                self.open.retain(|it| *it != conn);
                self.desk.connections.retain(|it| *it != conn);
                let is_of_it = |transit: &Transit| matches!(transit, Transit::Opened(it) | Transit::Closed(it, _) if *it == conn);
                self.transits.retain(|_, transit| !is_of_it(transit));
                self.stalled.retain(|transit| !is_of_it(transit));
            }
            Effect::AskToken(ask) => {
                self.asked.push(ask);
                self.post(1, Transit::Token);
            }
            Effect::Request(id, request) => {
                let answer = if self.server_up {
                    self.files.answer(&request)
                } else {
                    Err(Unreachable)
                };
                self.post(2 * self.latency, Transit::Answered(id, answer));
            }
            Effect::Prepare(uid) => self.post(30, Transit::Prepared(uid)),
            Effect::Upload(uid, request) => {
                let steps = if self.server_up {
                    self.files.put(&request)
                } else {
                    vec![UploadStep::Broken { begun: false }]
                };
                for (delay, step) in (1..).zip(steps) {
                    self.post(delay * 300, Transit::Uploaded(uid.clone(), step));
                }
            }
            Effect::Abort(uid) => {
                self.transits
                    .retain(|_, it| !matches!(it, Transit::Uploaded(of, _) if *of == uid));
                self.files.aborted.push(uid);
            }
            Effect::Forget(uid) => {
                self.files.kept.remove(&uid);
            }
            Effect::Store(slot, Some(text)) => {
                self.store.insert(slot, text);
            }
            Effect::Store(slot, None) => {
                self.store.remove(&slot);
            }
            Effect::Changed(change) => {
                if let concierge_core::Change::Draft(draft) = &change {
                    self.draft = Some(draft.clone());
                }
                self.mirror.apply(&change);
            }
            Effect::Announce(event) => self.events.push(event),
            // A session alone says none of these; a `Tab` does.
            Effect::Stand | Effect::Seize | Effect::Resign | Effect::Tell(_) | Effect::Chime => {}
        }
    }

    /// What goes out as a message is in the store, and will be looked up there.
    fn check_is_stored(&self, frame: &str) {
        let frame: serde_json::Value = serde_json::from_str(frame).expect("JSON");
        if frame["data"]["route"] != "client/send-message" {
            return;
        }
        let uid = &frame["data"]["body"]["metadata"]["messageUid"];
        let stored = self
            .store
            .get(&Slot::Outbox)
            .expect("an outbox in the store");
        let stored: serde_json::Value = serde_json::from_str(stored).expect("JSON");
        let messages = stored["messages"].as_array().expect("its messages");
        let kept = messages.iter().find(|it| it["uid"] == *uid);
        assert_eq!(kept.expect("the message")["fate"], "unknown");
    }

    fn carry(&mut self, out: Vec<Out>) {
        for out in out {
            match out {
                Out::Frame(conn, frame) => {
                    self.post(self.latency, Transit::ToClient(conn, frame));
                }
                Out::Close(conn, code) => {
                    self.desk.connections.retain(|it| *it != conn);
                    self.post(self.latency, Transit::Closed(conn, code));
                }
            }
        }
    }

    fn post(&mut self, delay: u64, transit: Transit) {
        if self.is_stalled && !transit.is_elsewhere() {
            self.stalled.push(transit);
            return;
        }
        self.sequence += 1;
        self.transits
            .insert((self.time + delay, self.sequence), transit);
    }

    fn deliver(&mut self, transit: Transit) {
        match transit {
            Transit::Opened(conn) => {
                self.open.push(conn);
                self.desk.connections.push(conn);
                self.input(Input::Opened(conn));
            }
            Transit::ToServer(conn, frame) => {
                if self.desk.connections.contains(&conn) {
                    let out = self.desk.hear(conn, &frame, self.wall());
                    self.carry(out);
                }
            }
            Transit::ToClient(conn, frame) => {
                if self.open.contains(&conn) {
                    self.input(Input::Received(conn, frame));
                }
            }
            Transit::Closed(conn, code) => {
                self.open.retain(|it| *it != conn);
                self.input(Input::Closed(conn, Close { code }));
            }
            Transit::Prepared(uid) => {
                let file = self.files.prepare(&uid);
                self.input(Input::Prepared(uid, file));
            }
            Transit::Answered(id, answer) => self.input(Input::Answered(id, answer)),
            Transit::Uploaded(uid, step) => self.input(Input::Uploaded(uid, step)),
            Transit::Token => {
                let token = |ends: Option<i64>| Token {
                    secret: Secret("a.b.c".into()),
                    expires_at: ends.map(|ends| Timestamp(BIRTH + ends)),
                };
                match self.token {
                    PageToken::Good => self.input(Input::Token(Ok(token(None)))),
                    PageToken::None => self.input(Input::Token(Err(NoToken::SignedOut))),
                    PageToken::Unreachable => {
                        self.input(Input::Token(Err(NoToken::Unreachable)));
                    }
                    PageToken::Hangs => {}
                    PageToken::Ends(ends) => self.input(Input::Token(Ok(token(Some(ends))))),
                }
            }
        }
    }
}

/// What a row says: its text, or the URL of its file.
pub fn text_of(row: &Row) -> String {
    match &row.content {
        concierge_core::Content::Text(text) => text.clone(),
        concierge_core::Content::File(file) => file.url.clone(),
    }
}

fn rules() -> UploadRules {
    UploadRules {
        max_size: 83_886_080,
        ..UploadRules::default()
    }
}

fn session(seed: u64, stored: Stored, rules: UploadRules) -> Session {
    let backend = Box::new(Concierge::new(Settings {
        socket_url: "wss://socket.example.com/prod".into(),
        device_id: "web-1".into(),
        api_url: Some("https://api.example.com".into()),
        page_size: 20,
    }));
    Session::new(Setup {
        backend,
        seed,
        stored,
        rules,
    })
}

/// FNV-1a.
fn hash(start: u64, text: &str) -> u64 {
    text.bytes()
        .fold(start ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}
