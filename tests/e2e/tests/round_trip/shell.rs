//! The smallest shell that can do everything: real sockets, real requests,
//! files in memory, and a clock that a test can make go faster.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant as Clock};

use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::{
    Action, Ask, Close, ConnId, Content, Effect, Event, Input, Instant, Key, Mirror, NewFile,
    NoFile, NoToken, Now, ReadyFile, Request, Response, RowState, Secret, Session, Setup, Slot,
    Status, Stored, Timestamp, Token, Uid, Unreachable, UploadBody, UploadRequest, UploadRules,
    UploadStep,
};
use concierge_e2e::{PATIENCE, Server};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// How much faster time goes where a test would wait. A call may still take
/// more than a second of ours then.
const HURRY: u64 = 25;

/// Which token the page gives.
#[derive(Clone, Copy)]
pub enum PageToken {
    /// A new one each time, good for so many seconds.
    GoodFor(i64),
    /// None: the visitor is not signed in.
    None,
}

#[derive(Clone)]
struct Chosen {
    name: String,
    mime: String,
    bytes: Vec<u8>,
}

/// A visitor's browser.
pub struct Shell {
    pub mirror: Mirror,
    pub events: Vec<Event>,
    /// Every time the page was asked for a token.
    pub asked: Vec<Ask>,
    /// Connections that were tried.
    pub tries: usize,
    pub page_token: PageToken,
    url: String,
    device: String,
    rules: UploadRules,
    session: Session,
    store: BTreeMap<Slot, String>,
    socket: Option<(ConnId, UnboundedSender<String>, AbortHandle)>,
    files: HashMap<Uid, Chosen>,
    chosen: u64,
    uploads: HashMap<Uid, AbortHandle>,
    post: UnboundedSender<Input>,
    inbox: UnboundedReceiver<Input>,
    tasks: JoinSet<()>,
    http: reqwest::Client,
    /// The session's time, and ours when that was set.
    clock: (u64, Clock),
    speed: u64,
}

impl Shell {
    pub fn new(server: &Server, device: &str) -> Self {
        Self::with_proxy(server, device, false, false)
    }

    /// The page has a proxy for uploads if it is to be used, always or when
    /// the file store keeps the page out.
    pub fn with_proxy(server: &Server, device: &str, has_proxy: bool, always: bool) -> Self {
        let proxy = format!("{}/concierge/api/upload-proxy", server.url());
        let rules = UploadRules {
            max_size: 83_886_080,
            proxy: has_proxy.then_some(proxy),
            always_proxy: always,
            ..UploadRules::default()
        };
        let (post, inbox) = unbounded_channel();
        Self {
            mirror: Mirror::default(),
            events: Vec::new(),
            asked: Vec::new(),
            tries: 0,
            page_token: PageToken::GoodFor(3_600),
            url: server.url().to_owned(),
            device: device.to_owned(),
            session: session(server.url(), device, Stored::default(), &rules),
            rules,
            store: BTreeMap::new(),
            socket: None,
            files: HashMap::new(),
            chosen: 0,
            uploads: HashMap::new(),
            post,
            inbox,
            tasks: JoinSet::new(),
            http: reqwest::Client::new(),
            clock: (1, Clock::now()),
            speed: 1,
        }
    }

    /// The page is gone; what it has stored stays.
    pub fn leave(&mut self) {
        self.socket = None;
        self.tasks.abort_all();
        let (post, inbox) = unbounded_channel();
        (self.post, self.inbox) = (post, inbox);
        let take = |slot| self.store.get(&slot).cloned();
        let stored = Stored {
            conversation: take(Slot::Conversation),
            visitor: take(Slot::Visitor),
            outbox: take(Slot::Outbox),
            draft: take(Slot::Draft),
            device: None,
            system: None,
        };
        self.session = session(&self.url, &self.device, stored, &self.rules);
        self.mirror = Mirror::default();
    }

    fn now(&self) -> u64 {
        let (start, since) = self.clock;
        let real = u64::try_from(since.elapsed().as_millis()).expect("a short test");
        start + real * self.speed
    }

    fn set_speed(&mut self, speed: u64) {
        self.clock = (self.now(), Clock::now());
        self.speed = speed;
    }

    pub fn input(&mut self, input: Input) {
        let wall = std::time::UNIX_EPOCH
            .elapsed()
            .expect("after 1970")
            .as_millis();
        let now = Now {
            at: Instant(self.now()),
            wall: Timestamp(i64::try_from(wall).expect("before the end of time")),
        };
        for effect in self.session.handle(now, input) {
            self.perform(effect);
        }
    }

    pub fn act(&mut self, action: Action) {
        self.input(Input::User(action));
    }

    pub fn say(&mut self, text: &str) {
        self.act(Action::Send(text.into()));
    }

    /// The visitor chooses a file.
    pub fn attach(&mut self, name: &str, mime: &str, bytes: &[u8]) {
        self.chosen += 1;
        let uid = Uid(concierge_core::uuid(0, self.chosen));
        let size = bytes.len() as u64;
        let chosen = Chosen {
            name: name.into(),
            mime: mime.into(),
            bytes: bytes.into(),
        };
        self.files.insert(uid.clone(), chosen);
        self.act(Action::Attach(NewFile {
            uid,
            name: name.into(),
            mime: mime.into(),
            size,
        }));
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect(conn, door) => {
                self.tries += 1;
                let (send, frames) = unbounded_channel();
                let task = self
                    .tasks
                    .spawn(live(conn, door.url.0, frames, self.post.clone()));
                self.socket = Some((conn, send, task));
            }
            Effect::Transmit(conn, frame) => {
                let (current, send, _) = self.socket.as_ref().expect("an open socket");
                assert_eq!(*current, conn);
                // The socket may have ended in this very moment.
                let _ = send.send(frame);
            }
            Effect::Close(_) => {
                if let Some((_, _, task)) = self.socket.take() {
                    task.abort();
                }
            }
            Effect::AskToken(ask) => {
                self.asked.push(ask);
                let (url, http, post) = (self.url.clone(), self.http.clone(), self.post.clone());
                let page = self.page_token;
                self.tasks.spawn(async move {
                    let token = match page {
                        PageToken::GoodFor(ttl) => Ok(token(&http, &url, ttl).await),
                        PageToken::None => Err(NoToken::SignedOut),
                    };
                    let _ = post.send(Input::Token(token));
                });
            }
            Effect::Changed(change) => self.mirror.apply(&change),
            Effect::Announce(event) => self.events.push(event),
            Effect::Store(slot, Some(text)) => {
                self.store.insert(slot, text);
            }
            Effect::Store(slot, None) => {
                self.store.remove(&slot);
            }
            Effect::Request(id, request) => {
                let (http, post) = (self.http.clone(), self.post.clone());
                self.tasks.spawn(async move {
                    let answer = ask(&http, request).await;
                    let _ = post.send(Input::Answered(id, answer));
                });
            }
            Effect::Prepare(uid) => {
                let ready = self
                    .files
                    .get(&uid)
                    .map(|it| ReadyFile {
                        name: it.name.clone(),
                        mime: it.mime.clone(),
                        size: it.bytes.len() as u64,
                        dimensions: None,
                        preview: None,
                    })
                    .ok_or(NoFile::Gone);
                let _ = self.post.send(Input::Prepared(uid, ready));
            }
            Effect::Upload(uid, request) => {
                let file = self.files[&uid].clone();
                let (http, post) = (self.http.clone(), self.post.clone());
                let of = uid.clone();
                let task = self.tasks.spawn(async move {
                    let _ = post.send(Input::Uploaded(of.clone(), UploadStep::Progress(1)));
                    let step = upload(&http, request, file).await;
                    let _ = post.send(Input::Uploaded(of, step));
                });
                self.uploads.insert(uid, task);
            }
            Effect::Abort(uid) => {
                if let Some(task) = self.uploads.remove(&uid) {
                    task.abort();
                }
            }
            Effect::Forget(uid) => {
                self.files.remove(&uid);
            }
            // One tab, and no sound.
            Effect::Stand | Effect::Seize | Effect::Resign | Effect::Tell(_) | Effect::Chime => {}
        }
    }

    /// Files whose bytes are kept still.
    pub fn kept_files(&self) -> usize {
        self.files.len()
    }

    /// Lets the session live until what is waited for holds.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Mirror) -> bool) {
        self.live_until(what, |shell| holds(&shell.mirror)).await;
    }

    /// The same, with everything of the shell to look at.
    pub async fn live_until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Clock::now() + PATIENCE;
        while !holds(self) {
            assert!(
                Clock::now() < deadline,
                "never: {what}; {:#?} {:?}",
                self.mirror,
                self.events
            );
            let due = self
                .session
                .deadline()
                .map(|at| at.0.saturating_sub(self.now()));
            let wait = due.map_or(200, |due| (due / self.speed).min(200));
            let input = timeout(Duration::from_millis(wait), self.inbox.recv()).await;
            self.input(input.ok().flatten().unwrap_or(Input::Wake));
        }
    }

    /// The same, where a wait of the session's own is part of it: time flies.
    pub async fn soon(&mut self, what: &str, holds: impl Fn(&Mirror) -> bool) {
        self.set_speed(HURRY);
        self.until(what, holds).await;
        self.set_speed(1);
    }

    /// Lets so many milliseconds of the session's pass.
    pub async fn pass(&mut self, ms: u64) {
        self.set_speed(HURRY);
        let end = self.now() + ms;
        self.live_until("the end of a while", |shell| shell.now() >= end)
            .await;
        self.set_speed(1);
    }

    pub async fn open(&mut self) {
        self.input(Input::Start);
        self.act(Action::OpenPanel);
        self.online().await;
    }

    pub async fn online(&mut self) {
        self.until("online", |it| it.connection.status == Status::Online)
            .await;
    }

    pub async fn sent(&mut self, text: &str) {
        self.say(text);
        self.row(text, &RowState::Sent).await;
    }

    /// Waits for the message with this text to be in this state.
    pub async fn row(&mut self, text: &str, state: &RowState) {
        self.until(&format!("{text}: {state:?}"), |it| has(it, text, state))
            .await;
    }

    pub fn key(&self, text: &str) -> Key {
        let mut rows = self.mirror.rows.iter();
        let row = rows.find(|row| row.content == Content::Text(text.into()));
        row.expect("a row with this text").key
    }

    /// What the rows say; nothing for one that was taken back.
    pub fn texts(&self) -> Vec<String> {
        let rows = self.mirror.rows.iter();
        rows.map(|row| match &row.content {
            Content::Text(text) => text.clone(),
            Content::File(file) => file.url.clone(),
            Content::Rich(rich) => rich.text.clone(),
        })
        .collect()
    }
}

pub fn has(mirror: &Mirror, text: &str, state: &RowState) -> bool {
    let is_it = |row: &concierge_core::Row| row.content == Content::Text(text.into());
    mirror
        .rows
        .iter()
        .any(|row| is_it(row) && row.state == *state)
}

fn session(url: &str, device: &str, stored: Stored, rules: &UploadRules) -> Session {
    let backend = Concierge::new(Settings {
        socket_url: format!("{url}/concierge/socket").replace("http:", "ws:"),
        device_id: device.into(),
        api_url: Some(format!("{url}/concierge/api")),
        page_size: 20,
    });
    Session::new(Setup {
        backend: Box::new(backend),
        seed: 1,
        stored,
        rules: rules.clone(),
    })
}

async fn token(http: &reqwest::Client, url: &str, ttl: i64) -> Token {
    let answer = http
        .get(format!("{url}/demo/token?tenant=1001&ttl={ttl}"))
        .send()
        .await
        .expect("a token");
    let token: serde_json::Value = answer.json().await.expect("a token in JSON");
    Token {
        secret: Secret(token["accessToken"].as_str().expect("a token").into()),
        expires_at: None,
    }
}

/// One connection, from the handshake to its end.
async fn live(
    conn: ConnId,
    url: String,
    mut frames: UnboundedReceiver<String>,
    post: UnboundedSender<Input>,
) {
    let closed = |code| Input::Closed(conn, Close { code });
    let Ok((mut socket, _)) = connect_async(url).await else {
        let _ = post.send(closed(1006));
        return;
    };
    let _ = post.send(Input::Opened(conn));
    loop {
        let input = tokio::select! {
            frame = frames.recv() => {
                let Some(frame) = frame else { return };
                // A lost socket is heard of on the other way.
                let _ = socket.send(Message::text(frame)).await;
                continue;
            }
            heard = socket.next() => match heard {
                Some(Ok(Message::Text(text))) => Input::Received(conn, text.to_string()),
                Some(Ok(Message::Binary(_))) => Input::Received(conn, String::new()),
                Some(Ok(Message::Close(frame))) => closed(frame.map_or(1005, |it| it.code.into())),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(_)) | None => closed(1006),
            },
        };
        let is_over = matches!(input, Input::Closed(..));
        let _ = post.send(input);
        if is_over {
            return;
        }
    }
}

async fn ask(http: &reqwest::Client, request: Request) -> Result<Response, Unreachable> {
    let method = request.method.parse().expect("a method");
    let mut call = http.request(method, request.url.0);
    for (name, value) in request.headers {
        call = call.header(name, value.0);
    }
    let body = request.body.map(|body| body.0).unwrap_or_default();
    let answer = call.body(body).send().await.map_err(|_| Unreachable)?;
    read(answer).await.map_err(|_| Unreachable)
}

async fn read(answer: reqwest::Response) -> reqwest::Result<Response> {
    Ok(Response {
        status: answer.status().as_u16(),
        body: answer.text().await?,
    })
}

async fn upload(http: &reqwest::Client, request: UploadRequest, file: Chosen) -> UploadStep {
    let method = request.method.parse().expect("a method");
    let mut call = http.request(method, request.url.0);
    for (name, value) in request.headers {
        call = call.header(name, value.0);
    }
    let call = match request.body {
        UploadBody::Bytes(mime) => call.header("Content-Type", mime).body(file.bytes),
        UploadBody::Form(fields, name) => {
            let mut form = reqwest::multipart::Form::new();
            for (name, value) in fields {
                form = form.text(name, value.0);
            }
            let part = reqwest::multipart::Part::bytes(file.bytes).file_name("image");
            let part = part.mime_str(&file.mime).expect("a MIME type");
            call.multipart(form.part(name, part))
        }
        // No system of these tests asks for it.
        UploadBody::Text(..) => unreachable!("a file as a text"),
    };
    let answer = match call.send().await {
        Ok(answer) => read(answer).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(response) => UploadStep::Answered(response),
        Err(error) => UploadStep::Broken {
            begun: !error.is_connect(),
        },
    }
}
