//! One visitor's page, the network and a server.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use concierge_core::{
    Action, Change, Close, ConnId, Content, Conversation, Effect, Event, Input, Instant, Key,
    Mirror, NewFile, NoToken, Now, Page, ReadyFile, Request, RequestId, Response, Row, RowState,
    Secret, Session, Setup, Slot, Stored, Timestamp, Token, Uid, Unreachable, UploadBody,
    UploadRequest, UploadRules, UploadStep,
};

use super::{Book, Server, System};

/// The wall clock at the beginning.
const MORNING: i64 = 1_795_161_600_000;
/// `ActionCable` pings this often.
const TICK: u64 = 3_000;
/// No story has more effects than this: one that has goes round in circles.
const MOST_EFFECTS: usize = 100_000;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives.
    Lost,
    /// It is done, and its answer never arrives.
    AnswerLost,
    /// It is done, and nobody says anything.
    Hangs,
    /// It is not done, and answered with this status.
    Status(u16),
    /// It is done, and answered with this status all the same.
    DoneStatus(u16),
}

enum Transit {
    Answer(RequestId, Result<Response, Unreachable>),
    Uploaded(Uid, UploadStep),
    Arrive(RequestId, Request, Option<Fault>),
    ArriveFile(Uid, UploadRequest, Option<Fault>),
    Opened(ConnId),
    Frame(ConnId, String),
    Heard(ConnId, String),
    Closed(ConnId),
    Token,
    Prepared(Uid),
    Tick,
}

/// See the module.
pub struct World {
    /// Which system it is.
    pub system: System,
    /// Milliseconds since the beginning.
    pub time: u64,
    session: Session,
    seed: u64,
    load: u32,
    server: Box<dyn Server>,
    /// What has been shown.
    pub mirror: Mirror,
    /// The composer, as the session last set it.
    pub draft: Option<String>,
    /// What is stored in the browser.
    pub store: BTreeMap<Slot, String>,
    /// What the page was told, in order.
    pub events: Vec<Event>,
    /// Files whose bytes the browser has.
    pub files: BTreeMap<Uid, (String, u64)>,
    /// What will happen to the next requests that go to a path with this in it.
    pub faults: VecDeque<(&'static str, Fault)>,
    /// What will happen to the next uploads.
    pub upload_faults: VecDeque<Fault>,
    /// The network is there.
    pub up: bool,
    /// WebSockets can be had.
    pub sockets_work: bool,
    /// What WebSockets deliver gets lost.
    pub deaf: bool,
    /// The page has a token.
    pub signed_in: bool,
    /// Milliseconds from here to there and back.
    pub latency: u64,
    /// Methods and URLs' paths of all requests.
    pub requests: Vec<String>,
    /// All that the server says, answers and frames, where that is kept.
    pub told: Option<Vec<String>>,
    sockets: BTreeSet<ConnId>,
    transits: BTreeMap<(u64, u64), (u32, Transit)>,
    sent: u64,
    effects: usize,
    /// Prints what happens.
    pub is_loud: bool,
}

impl World {
    /// A page that has just loaded, and a server that is there.
    #[must_use]
    pub fn new(system: System, seed: u64) -> Self {
        let mut world = Self {
            system,
            time: 1_000,
            session: session(system, seed, Stored::default()),
            seed,
            load: 0,
            server: system.server(),
            mirror: Mirror::default(),
            draft: None,
            store: BTreeMap::new(),
            events: Vec::new(),
            files: BTreeMap::new(),
            faults: VecDeque::new(),
            upload_faults: VecDeque::new(),
            up: true,
            sockets_work: true,
            deaf: false,
            signed_in: true,
            latency: 200,
            requests: Vec::new(),
            told: None,
            sockets: BTreeSet::new(),
            transits: BTreeMap::new(),
            sent: 0,
            effects: 0,
            is_loud: false,
        };
        world.send(TICK, Transit::Tick);
        world.input(Input::Start);
        world
    }

    /// What the server has.
    pub fn book(&mut self) -> &mut Book {
        self.server.book()
    }

    /// The wall clock, in ms.
    #[must_use]
    pub fn wall(&self) -> i64 {
        MORNING + i64::try_from(self.time).expect("a short time")
    }

    /// The visitor does this.
    pub fn act(&mut self, action: Action) {
        self.input(Input::User(action));
    }

    /// The visitor opens the panel, and the conversation that there is.
    pub fn open(&mut self) {
        self.act(Action::OpenPanel);
        self.run(5_000);
        self.enter();
    }

    /// The visitor goes into the first conversation of the list, if a list is
    /// shown.
    pub fn enter(&mut self) {
        let rooms = self.mirror.rooms.clone().unwrap_or_default();
        if self.mirror.conversation == Conversation::None
            && let Some(room) = rooms.first()
        {
            self.act(Action::OpenRoom(room.id.clone()));
            self.run(5_000);
        }
    }

    /// The visitor sends a text.
    pub fn say(&mut self, text: &str) {
        self.act(Action::Send(text.into()));
    }

    /// The visitor sends a file.
    pub fn attach(&mut self, name: &str) {
        let uid = Uid(format!("file-{name}-{}", self.sent));
        self.files.insert(uid.clone(), (name.into(), 4_096));
        self.act(Action::Attach(NewFile {
            uid,
            name: name.into(),
            mime: "image/png".into(),
            size: 4_096,
        }));
    }

    /// The staff writes.
    pub fn staff_says(&mut self, text: &str) {
        let at = self.wall();
        self.server.staff_says(text, at);
        self.deliver_frames();
    }

    /// The page loads anew.
    pub fn reload(&mut self) {
        self.load += 1;
        for conn in std::mem::take(&mut self.sockets) {
            self.server.close(conn);
        }
        let take = |slot| self.store.get(&slot).cloned();
        let stored = Stored {
            conversation: take(Slot::Conversation),
            visitor: take(Slot::Visitor),
            outbox: take(Slot::Outbox),
            draft: take(Slot::Draft),
            system: take(Slot::System),
            device: None,
        };
        self.session = session(self.system, self.seed + u64::from(self.load), stored);
        self.mirror = Mirror::default();
        self.draft = None;
        self.input(Input::Start);
    }

    /// The network goes, and the browser says so if it notices.
    pub fn disconnect(&mut self, is_noticed: bool) {
        self.up = false;
        self.cut();
        if is_noticed {
            self.input(Input::Page(Page::Offline));
        }
    }

    /// The network is back.
    pub fn reconnect(&mut self) {
        self.up = true;
        self.input(Input::Page(Page::Online));
    }

    /// The browser says something of the page.
    pub fn page(&mut self, page: Page) {
        self.input(Input::Page(page));
    }

    /// All WebSockets break.
    pub fn cut(&mut self) {
        for conn in std::mem::take(&mut self.sockets) {
            self.server.close(conn);
            self.send(1, Transit::Closed(conn));
        }
    }

    /// The texts and the names of the files that are shown, in order.
    #[must_use]
    pub fn shown(&self) -> Vec<String> {
        let rows = self.mirror.rows.iter();
        let shown = rows.filter(|row| row.state != RowState::Unsent);
        shown.map(|row| row.content.preview().to_owned()).collect()
    }

    /// The states of the visitor's own messages.
    #[must_use]
    pub fn own_states(&self) -> Vec<RowState> {
        let own = |row: &&Row| row.author == concierge_core::Author::Me;
        let rows = self.mirror.rows.iter().filter(own);
        rows.map(|row| row.state.clone()).collect()
    }

    /// The key of the first row with this text.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn key_of(&self, text: &str) -> Key {
        let mut rows = self.mirror.rows.iter();
        let row = rows.find(|row| row.content.preview() == text);
        row.unwrap_or_else(|| panic!("{text} is not shown")).key
    }

    /// Lets time pass.
    ///
    /// # Panics
    /// If too much happens.
    pub fn run(&mut self, ms: u64) {
        let end = self.time + ms;
        loop {
            let transit = self.transits.keys().next().map(|(at, _)| *at);
            let wake = self.session.deadline().map(|at| at.0.max(self.time));
            let next = [transit, wake].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.time = end;
                return;
            };
            self.time = next.max(self.time);
            assert!(self.effects < MOST_EFFECTS, "it goes round in circles");
            if transit == Some(next) {
                if let Some((_, (load, transit))) = self.transits.pop_first() {
                    self.happen(load, transit);
                }
            } else {
                self.input(Input::Wake);
            }
        }
    }

    fn send(&mut self, wait: u64, transit: Transit) {
        self.sent += 1;
        self.transits
            .insert((self.time + wait, self.sent), (self.load, transit));
    }

    fn happen(&mut self, load: u32, transit: Transit) {
        let is_here = load == self.load;
        match transit {
            Transit::Tick => {
                self.server.tick();
                self.deliver_frames();
                self.send(TICK, Transit::Tick);
            }
            Transit::Arrive(id, request, fault) => self.arrive(load, id, &request, fault),
            Transit::ArriveFile(uid, request, fault) => {
                self.arrive_file(load, &uid, &request, fault);
            }
            Transit::Heard(conn, frame) => {
                if self.sockets.contains(&conn) {
                    self.server.hear(conn, &frame);
                    self.deliver_frames();
                }
            }
            Transit::Opened(conn) if is_here => {
                self.sockets.insert(conn);
                self.server.open(conn);
                self.input(Input::Opened(conn));
                self.deliver_frames();
            }
            Transit::Frame(conn, frame) if is_here && self.sockets.contains(&conn) => {
                self.input(Input::Received(conn, frame));
            }
            Transit::Closed(conn) if is_here => {
                self.input(Input::Closed(conn, Close { code: 1_006 }));
            }
            Transit::Answer(id, answer) if is_here => self.input(Input::Answered(id, answer)),
            Transit::Uploaded(uid, step) if is_here => self.input(Input::Uploaded(uid, step)),
            Transit::Token if is_here => {
                let token = if self.signed_in {
                    Ok(Token {
                        secret: Secret(format!("token-{}", self.sent)),
                        expires_at: None,
                    })
                } else {
                    Err(NoToken::SignedOut)
                };
                self.input(Input::Token(token));
            }
            Transit::Prepared(uid) if is_here => {
                let prepared = match self.files.get(&uid) {
                    Some((name, size)) => Ok(ReadyFile {
                        name: name.clone(),
                        mime: "image/png".into(),
                        size: *size,
                        dimensions: Some((64, 48)),
                        preview: None,
                    }),
                    None => Err(concierge_core::NoFile::Gone),
                };
                self.input(Input::Prepared(uid, prepared));
            }
            Transit::Opened(_)
            | Transit::Frame(..)
            | Transit::Closed(_)
            | Transit::Answer(..)
            | Transit::Uploaded(..)
            | Transit::Token
            | Transit::Prepared(_) => {}
        }
    }

    fn arrive(&mut self, load: u32, id: RequestId, request: &Request, fault: Option<Fault>) {
        let at = self.wall();
        let half = self.latency / 2;
        if !self.up || fault == Some(Fault::Lost) {
            self.reply(load, half, Transit::Answer(id, Err(Unreachable)));
            return;
        }
        let answer = match fault {
            Some(Fault::Status(status)) => refused(status),
            fault => {
                let done = self.server.answer(request, at);
                self.note(&done);
                self.deliver_frames();
                match fault {
                    Some(Fault::AnswerLost) => {
                        self.reply(load, half, Transit::Answer(id, Err(Unreachable)));
                        return;
                    }
                    // The shell gives up after 30 s.
                    Some(Fault::Hangs) => {
                        self.reply(load, 30_000, Transit::Answer(id, Err(Unreachable)));
                        return;
                    }
                    Some(Fault::DoneStatus(status)) => refused(status),
                    Some(Fault::Lost | Fault::Status(_)) | None => done,
                }
            }
        };
        self.reply(load, half, Transit::Answer(id, Ok(answer)));
    }

    fn arrive_file(&mut self, load: u32, uid: &Uid, request: &UploadRequest, fault: Option<Fault>) {
        let at = self.wall();
        let half = self.latency / 2;
        let broken = UploadStep::Broken { begun: true };
        if !self.up || fault == Some(Fault::Lost) {
            self.reply(load, half, Transit::Uploaded(uid.clone(), broken));
            return;
        }
        let (name, size) = self.files.get(uid).cloned().unwrap_or_default();
        let step = match fault {
            Some(Fault::Status(status)) => UploadStep::Answered(refused(status)),
            fault => {
                let done = self.server.take(request, (&name, size), at);
                self.note(&done);
                self.deliver_frames();
                match fault {
                    Some(Fault::AnswerLost | Fault::Hangs) => broken,
                    Some(Fault::DoneStatus(status)) => UploadStep::Answered(refused(status)),
                    Some(Fault::Lost | Fault::Status(_)) | None => UploadStep::Answered(done),
                }
            }
        };
        self.reply(load, half, Transit::Uploaded(uid.clone(), step));
    }

    fn reply(&mut self, load: u32, wait: u64, transit: Transit) {
        self.sent += 1;
        self.transits
            .insert((self.time + wait, self.sent), (load, transit));
    }

    fn note(&mut self, answer: &Response) {
        if let Some(told) = self.told.as_mut().filter(|_| answer.status == 200) {
            told.push(answer.body.clone());
        }
    }

    fn deliver_frames(&mut self) {
        for (conn, frame) in self.server.take_frames() {
            if let Some(told) = &mut self.told {
                told.push(frame.clone());
            }
            if self.up && !self.deaf && self.sockets.contains(&conn) {
                self.send(self.latency / 2, Transit::Frame(conn, frame));
            }
        }
    }

    fn input(&mut self, input: Input) {
        if self.is_loud {
            println!("{:>9} <- {}", self.time, short(&format!("{input:?}")));
        }
        let now = Now {
            at: Instant(self.time),
            wall: Timestamp(self.wall()),
        };
        let effects = self.session.handle(now, input);
        for effect in effects {
            self.effects += 1;
            if self.is_loud {
                println!("{:>9}    -> {}", self.time, short(&format!("{effect:?}")));
            }
            self.run_effect(effect);
        }
        assert!(
            self.mirror == self.session.mirror(),
            "what is shown is not what the session has"
        );
    }

    fn run_effect(&mut self, effect: Effect) {
        let half = self.latency / 2;
        match effect {
            Effect::Connect(conn, _) if self.up && self.sockets_work => {
                self.send(self.latency, Transit::Opened(conn));
            }
            Effect::Connect(conn, _) => self.send(half, Transit::Closed(conn)),
            Effect::Transmit(conn, frame) => self.send(half, Transit::Heard(conn, frame)),
            Effect::Close(conn) => {
                self.sockets.remove(&conn);
                self.server.close(conn);
            }
            Effect::AskToken(_) => self.send(1, Transit::Token),
            Effect::Request(id, request) => {
                let (path, _) = super::path(&request.url.0);
                self.requests.push(format!("{} {path}", request.method));
                let hit = self.faults.iter().position(|(part, _)| path.contains(part));
                let fault = hit.and_then(|hit| self.faults.remove(hit));
                let fault = fault.map(|(_, fault)| fault);
                self.send(half, Transit::Arrive(id, request, fault));
            }
            Effect::Prepare(uid) => self.send(1, Transit::Prepared(uid)),
            Effect::Upload(uid, request) => {
                check_upload(&request);
                let fault = self.upload_faults.pop_front();
                self.send(
                    half,
                    Transit::Uploaded(uid.clone(), UploadStep::Progress(40)),
                );
                self.send(half + 1, Transit::ArriveFile(uid, request, fault));
            }
            Effect::Forget(uid) => {
                self.files.remove(&uid);
            }
            Effect::Store(slot, Some(text)) => {
                self.store.insert(slot, text);
            }
            Effect::Store(slot, None) => {
                self.store.remove(&slot);
            }
            Effect::Changed(change) => {
                if let Change::Draft(draft) = &change {
                    self.draft = Some(draft.clone());
                }
                self.mirror.apply(&change);
            }
            Effect::Announce(event) => self.events.push(event),
            Effect::Abort(_)
            | Effect::Stand
            | Effect::Seize
            | Effect::Resign
            | Effect::Tell(_)
            | Effect::Chime => {}
        }
    }
}

fn refused(status: u16) -> Response {
    Response {
        status,
        body: String::new(),
    }
}

/// A file goes out with everything that a browser needs for it.
fn check_upload(request: &UploadRequest) {
    assert_eq!(request.method, "POST", "none of these takes a PUT");
    if let UploadBody::Form(_, field) = &request.body {
        assert!(!field.is_empty(), "the file has no field");
    }
}

fn session(system: System, seed: u64, stored: Stored) -> Session {
    Session::new(Setup {
        backend: system.adapter(),
        seed,
        stored,
        rules: UploadRules {
            max_size: 5_000_000,
            ..UploadRules::default()
        },
    })
}

fn short(line: &str) -> String {
    line.chars().take(300).collect()
}

/// The content's kind, for stories that count files.
#[must_use]
pub fn is_file(content: &Content) -> bool {
    match content {
        Content::File(_) => true,
        Content::Rich(rich) => !rich.files.is_empty(),
        Content::Text(_) => false,
    }
}
