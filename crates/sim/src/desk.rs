//! A Concierge server as a value: what the contract says of it, and the faults
//! that a test asks for. Its wire is written here anew ([`wire`]), so that the
//! adapter and its test cannot be wrong together.

pub mod wire;

use std::collections::{BTreeSet, VecDeque};

use concierge_core::ConnId;
use serde_json::Value;

use crate::dice::Dice;

use self::wire::{Dialect, quoted};

/// The visitor that all tests play.
pub const VISITOR: &str = "1001";

/// An answer that is larger than this is never delivered, in bytes (contract 4.5).
const LARGEST_ANSWER: usize = 128 * 1_024;
/// A frame that is larger than this costs its connection, in bytes (4.5).
const LARGEST_FRAME: usize = 32 * 1_024;

/// A connection as network and server know it. A page that is loaded again
/// counts its connections anew, so its load belongs to the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// Which tab.
    pub tab: usize,
    /// Which load of its page.
    pub load: u32,
    /// Which of its connections.
    pub conn: ConnId,
}

/// The routes of contract 3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// Begin a chat or take one up.
    Init,
    /// Is it still open?
    Session,
    /// A page of messages.
    Messages,
    /// The visitor is still here.
    Ping,
    /// A message of the visitor's.
    Send,
    /// Take one back.
    Delete,
    /// A message of the staff's was seen.
    Seen,
    /// How many were not seen.
    Unread,
    /// The visitor ends the chat.
    End,
}

impl Route {
    /// All of them, by their number.
    pub const ALL: [Self; 9] = [
        Self::Init,
        Self::Session,
        Self::Messages,
        Self::Ping,
        Self::Send,
        Self::Delete,
        Self::Seen,
        Self::Unread,
        Self::End,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "client/init-chat-with-concierge",
            Self::Session => "client/get-chat-session",
            Self::Messages => "client/get-chat-messages",
            Self::Ping => "client/ping-on-chat-session",
            Self::Send => "client/send-message",
            Self::Delete => "client/delete-message",
            Self::Seen => "client/update-message-seen-at",
            Self::Unread => "client/get-unread-msg-count",
            Self::End => "client/end-chat-with-concierge",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.name() == name)
    }
}

/// What the server does with the next call of a route instead of its duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Does nothing and says nothing.
    Deaf,
    /// Does it and says nothing.
    Mute,
    /// Does it and answers so many milliseconds late.
    Slow(u64),
    /// Refuses with this status.
    Status(u16),
    /// Does nothing; the gateway says "Internal server error".
    Gateway,
    /// Does it; the gateway says "Internal server error".
    GatewayAfter,
    /// Does nothing and closes the connection with this code.
    Close(u16),
    /// Does it and closes the connection with 1006.
    CloseAfter,
    /// Answers 200 without a body, and does nothing if that needs one.
    Hollow,
}

/// A message on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Counts up.
    pub id: u64,
    /// The chat it belongs to.
    pub session: String,
    /// By the visitor, else by the staff.
    pub by_visitor: bool,
    /// What it says.
    pub text: String,
    /// The same as JSON.
    quoted: String,
    /// The `messageUid` it came with.
    pub uid: Option<String>,
    /// The `contentType` and the `metadata` it came with, as JSON.
    extras: (String, String),
    /// When it came, in milliseconds since 1970.
    pub at: i64,
    /// The other side has seen it.
    pub seen: bool,
    /// It was taken back.
    pub gone: bool,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is done.
    Done,
    /// It is not done.
    Refused,
    /// Neither.
    Unclear,
}

impl Said {
    /// What a status that is not 200 says (contract 7).
    const fn by_status(status: u16) -> Self {
        match status {
            400..=428 | 430..=499 => Self::Refused,
            _ => Self::Unclear,
        }
    }
}

/// What a frame of the server is, for those who carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The answer to the call of this route.
    Answer(Route, Said),
    /// The gateway's word that the call of this route failed; it does not name it.
    Fault(Route),
    /// Something happened.
    Event,
}

/// What the server wants the network to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// Carry this text there, after so many milliseconds.
    Frame(Line, String, Kind, u64),
    /// Close this connection with this code.
    Close(Line, u16),
}

/// What `get-chat-session` and `init` say of a chat that is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedAs {
    /// Its row, which says so.
    Row,
    /// An error.
    Missing,
    /// Another chat, which is open.
    NewId,
}

/// What history shows of a message that was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoneAs {
    /// Nothing.
    Nothing,
    /// Its row with status 0.
    StatusZero,
    /// Its row without a text.
    Empty,
}

/// In which order a page of history comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageOrder {
    /// Oldest first, as the contract has it.
    Rising,
    /// Newest first.
    Falling,
    /// Any.
    Shuffled,
}

/// Whether the visitor's own messages come back as events too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// Before the answer.
    First,
    /// After it.
    Last,
}

#[derive(Clone, Debug)]
struct ChatSession {
    id: String,
    closed: bool,
    joined: bool,
}

/// The server.
pub struct Desk {
    sessions: Vec<ChatSession>,
    /// All messages, oldest first.
    pub messages: Vec<Stored>,
    /// Whom events are sent to.
    pub connections: Vec<Line>,
    faults: [VecDeque<Fault>; Route::ALL.len()],
    /// Own messages come back as events too.
    pub echoes: bool,
    /// When they do.
    pub echo: Echo,
    /// The metadata of a message is not kept.
    pub drops_metadata: bool,
    /// The id of the visitor whose token is used.
    pub visitor: &'static str,
    /// How the wire is written.
    pub dialect: Dialect,
    /// See [`ClosedAs`].
    pub closed_as: ClosedAs,
    /// See [`GoneAs`].
    pub gone_as: GoneAs,
    /// See [`PageOrder`].
    pub page_order: PageOrder,
    /// The most rows of a page, whatever is asked for.
    pub page_cap: usize,
    /// A chat that is begun while another is open is that other one.
    pub begins_same: bool,
    /// Status of a call for a chat that is closed or not known.
    pub refusal: u16,
    /// How long a connection's row lives, in milliseconds.
    pub life: i64,
    /// Pings that were answered.
    pub pings: usize,
    /// Answers that were too large to be delivered.
    pub oversize: usize,
    /// The newest message when the first page of the history was last asked for.
    pub paged: u64,
    /// The same since the last fault.
    pub paged_well: u64,
    /// Messages that the visitor's browser may send again although they are
    /// here: it was not allowed to note that they were sent.
    pub may_double: BTreeSet<String>,
    /// What the visitor takes back is told as an event too.
    pub tells_deletes: bool,
    next_id: u64,
    dice: Dice,
    /// The messages of all seen calls that arrived.
    pub seen_calls: Vec<u64>,
    /// The messages of all delete calls that arrived.
    pub delete_calls: Vec<u64>,
    /// Routes of all calls that arrived.
    pub calls: Vec<&'static str>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            sessions: Vec::new(),
            messages: Vec::new(),
            connections: Vec::new(),
            faults: Default::default(),
            echoes: false,
            echo: Echo::Last,
            drops_metadata: false,
            visitor: VISITOR,
            dialect: Dialect::default(),
            closed_as: ClosedAs::Row,
            gone_as: GoneAs::Nothing,
            page_order: PageOrder::Rising,
            page_cap: usize::MAX,
            begins_same: false,
            refusal: 400,
            life: 3_600_000,
            pings: 0,
            oversize: 0,
            paged: 0,
            paged_well: 0,
            may_double: BTreeSet::new(),
            tells_deletes: false,
            next_id: 600,
            dice: Dice::new(1),
            seen_calls: Vec::new(),
            delete_calls: Vec::new(),
            calls: Vec::new(),
        }
    }
}

impl Desk {
    /// The next call of this route goes wrong in this way. Faults queue up.
    ///
    /// # Panics
    /// If there is no such route.
    pub fn fail(&mut self, route: &str, fault: Fault) {
        let route = Route::named(route).expect("a route of the contract");
        self.fail_route(route, fault);
    }

    /// The same for a route by its word.
    pub fn fail_route(&mut self, route: Route, fault: Fault) {
        self.faults[route as usize].push_back(fault);
    }

    /// No more faults.
    pub fn heal(&mut self) {
        self.paged_well = 0;
        self.faults = Default::default();
    }

    /// The texts that the server has, in its order.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.messages
            .iter()
            .map(|message| message.text.as_str())
            .collect()
    }

    /// The message with this id.
    #[must_use]
    pub fn message(&self, id: u64) -> Option<&Stored> {
        self.index(id).map(|index| &self.messages[index])
    }

    fn index(&self, id: u64) -> Option<usize> {
        self.messages.binary_search_by_key(&id, |it| it.id).ok()
    }

    /// The newest chat that is not closed.
    #[must_use]
    pub fn open_session(&self) -> Option<&str> {
        self.open_index()
            .map(|index| self.sessions[index].id.as_str())
    }

    fn open_index(&self) -> Option<usize> {
        self.sessions.iter().rposition(|it| !it.closed)
    }

    /// Chats that were ever begun.
    #[must_use]
    pub const fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// How many calls of a route arrived.
    #[must_use]
    pub fn count(&self, route: &str) -> usize {
        self.calls.iter().filter(|call| **call == route).count()
    }

    // ---- what the staff does ----

    /// Somebody of the staff joins the open chat.
    pub fn join(&mut self) -> Vec<Out> {
        let Some(index) = self.open_index() else {
            return Vec::new();
        };
        self.sessions[index].joined = true;
        self.to_all(&self.session_event(index))
    }

    /// The staff closes the open chat.
    pub fn close_session(&mut self) -> Vec<Out> {
        self.open_index()
            .map(|index| self.close(index))
            .unwrap_or_default()
    }

    fn close(&mut self, index: usize) -> Vec<Out> {
        self.sessions[index].closed = true;
        self.to_all(&self.session_event(index))
    }

    /// The staff writes; nothing if no session is open.
    pub fn staff_says(&mut self, text: &str, at: i64) -> Vec<Out> {
        let Some(session) = self.open_session().map(str::to_owned) else {
            return Vec::new();
        };
        let index = self.store(&session, false, text, None, at);
        self.to_all(&self.message_event(index))
    }

    /// The staff takes the newest message with this text back.
    ///
    /// # Panics
    /// If there is none.
    pub fn staff_deletes(&mut self, text: &str) -> Vec<Out> {
        let index = self.messages.iter().rposition(|it| it.text == text);
        self.take_back(index.expect("the message"))
    }

    /// The message at this place is taken back, by either side.
    pub fn take_back(&mut self, index: usize) -> Vec<Out> {
        self.messages[index].gone = true;
        let id = self.messages[index].id;
        self.to_all(&self.dialect.gone_event(id))
    }

    /// The staff has seen the visitor's messages.
    pub fn staff_sees(&mut self) -> Vec<Out> {
        let mut out = Vec::new();
        for index in 0..self.messages.len() {
            let message = &mut self.messages[index];
            if message.by_visitor && !message.seen && !message.gone {
                message.seen = true;
                let event = self.message_event(index);
                out.extend(self.to_all(&event));
            }
        }
        out
    }

    // ---- calls ----

    /// A frame arrives.
    ///
    /// # Panics
    /// If it is not a call of the contract.
    pub fn hear(&mut self, line: Line, frame: &str, at: i64) -> Vec<Out> {
        if frame.len() > LARGEST_FRAME {
            return vec![Out::Close(line, 1009)];
        }
        let frame: Value = serde_json::from_str(frame).expect("the session sends JSON");
        assert_eq!(frame["action"], "api");
        let channel = frame["data"]["route"].as_str().expect("a route");
        let body = &frame["data"]["body"];
        let (path, query) = channel.split_once('?').unwrap_or((channel, ""));
        let route = Route::named(path).unwrap_or_else(|| panic!("no such route: {path}"));
        self.calls.push(route.name());
        let fault = self.faults[route as usize].pop_front();
        let gateway = || {
            let text = wire::GATEWAY_ERROR.to_owned();
            Out::Frame(line, text, Kind::Fault(route), 0)
        };
        match fault {
            Some(Fault::Deaf) => Vec::new(),
            Some(Fault::Status(status)) => {
                let text = self.dialect.refusal(channel, status, "Not now, please");
                vec![Out::Frame(
                    line,
                    text,
                    Kind::Answer(route, Said::by_status(status)),
                    0,
                )]
            }
            Some(Fault::Gateway) => vec![gateway()],
            Some(Fault::Close(code)) => vec![Out::Close(line, code)],
            Some(Fault::Hollow) => {
                // For these 200 is enough to be believed (contract 5.8, 5.10).
                if matches!(route, Route::Seen | Route::Delete) {
                    self.serve(route, query, body, at);
                }
                let text = self.dialect.hollow(channel);
                vec![Out::Frame(
                    line,
                    text,
                    Kind::Answer(route, Said::Unclear),
                    0,
                )]
            }
            Some(Fault::Mute) => self.serve(route, query, body, at).1,
            Some(Fault::GatewayAfter) => {
                let (_, mut out) = self.serve(route, query, body, at);
                out.insert(0, gateway());
                out
            }
            Some(Fault::CloseAfter) => {
                self.serve(route, query, body, at);
                vec![Out::Close(line, 1006)]
            }
            Some(Fault::Slow(delay)) => self.answer(line, route, channel, body, at, delay),
            None => self.answer(line, route, channel, body, at, 0),
        }
    }

    fn answer(
        &mut self,
        line: Line,
        route: Route,
        channel: &str,
        body: &Value,
        at: i64,
        delay: u64,
    ) -> Vec<Out> {
        let query = channel.split_once('?').map_or("", |(_, query)| query);
        let (content, mut out) = self.serve(route, query, body, at);
        let said = match content {
            Some(_) => Said::Done,
            None => Said::by_status(self.refusal_of(route).0),
        };
        let text = match content {
            Some(content) => self.dialect.answer(channel, &content),
            None => {
                let (status, message) = self.refusal_of(route);
                self.dialect.refusal(channel, status, message)
            }
        };
        if text.len() > LARGEST_ANSWER {
            self.oversize += 1;
            return out;
        }
        let answer = Out::Frame(line, text, Kind::Answer(route, said), delay);
        match self.echo {
            Echo::First => out.push(answer),
            Echo::Last => out.insert(0, answer),
        }
        out
    }

    const fn refusal_of(&self, route: Route) -> (u16, &'static str) {
        match route {
            Route::Seen | Route::Delete => (404, "No such message"),
            _ => (self.refusal, "Session is closed"),
        }
    }

    /// Does a call. Gives the content of its answer, none when it is refused,
    /// and the events that follow from it.
    fn serve(
        &mut self,
        route: Route,
        query: &str,
        body: &Value,
        at: i64,
    ) -> (Option<String>, Vec<Out>) {
        let id = body["chatSessionId"].as_str().unwrap_or_default();
        let session = self.sessions.iter().position(|it| it.id == id);
        let mut events = Vec::new();
        let content = match route {
            Route::Init if body["newSession"].as_bool() == Some(true) => {
                let same = self.open_index().filter(|_| self.begins_same);
                let index = same.unwrap_or_else(|| self.begin());
                Some(self.four_keys(index, at))
            }
            Route::Init | Route::Session => self
                .as_closed(session)
                .map(|index| self.four_keys(index, at)),
            Route::Ping => {
                self.pings += 1;
                session.map(|index| self.four_keys(index, at))
            }
            Route::Messages => Some(self.page(query)),
            Route::Send => session
                .filter(|index| !self.sessions[*index].closed)
                .map(|index| {
                    let uid = body["metadata"]["messageUid"].as_str().map(str::to_owned);
                    let text = body["messageContent"].as_str().expect("a text");
                    self.check_is_new(uid.as_deref(), text);
                    let session = self.sessions[index].id.clone();
                    let index = self.store(&session, true, text, uid, at);
                    let extra = |key: &str| body[key].to_string();
                    self.messages[index].extras = (extra("contentType"), extra("metadata"));
                    if self.echoes {
                        events = self.to_all(&self.message_event(index));
                    }
                    self.message_answer(index)
                }),
            Route::Unread => {
                let is_unread = |it: &&Stored| !it.by_visitor && !it.seen && !it.gone;
                let count = self.messages.iter().filter(is_unread).count();
                Some(self.dialect.unread(count))
            }
            Route::Seen => {
                let id = number_of(&body["messageId"]);
                self.seen_calls.push(id);
                self.there(id, false).map(|index| {
                    self.messages[index].seen = true;
                    // The document's sample shows another row than was asked for.
                    r#"{"chatSessionId":"foreign","chatMessage":{"id":"1"}}"#.into()
                })
            }
            Route::Delete => {
                let id = number_of(&body["messageId"]);
                self.delete_calls.push(id);
                self.there(id, true).map(|index| {
                    let out = self.take_back(index);
                    if self.tells_deletes {
                        events = out;
                    }
                    self.dialect.gone_content(id)
                })
            }
            Route::End => session.map(|index| {
                if !self.sessions[index].closed {
                    events = self.close(index);
                }
                self.dialect.ended(&self.sessions[index].id)
            }),
        };
        (content, events)
    }

    /// The place of this message, if it is there and of this side.
    fn there(&self, id: u64, by_visitor: bool) -> Option<usize> {
        let index = self.index(id)?;
        let message = &self.messages[index];
        (message.by_visitor == by_visitor && !message.gone).then_some(index)
    }

    /// Whatever a session does to be sure, the other side must not read a
    /// message twice. One that was taken back meanwhile is nowhere to be found
    /// (contract 5.10), so it may come again.
    fn check_is_new(&self, uid: Option<&str>, text: &str) {
        let is_it = |it: &&Stored| it.by_visitor && !it.gone && it.uid.as_deref() == uid;
        if uid.is_some_and(|uid| !self.may_double.contains(uid)) {
            assert!(
                self.messages.iter().rev().find(is_it).is_none(),
                "the server has a message twice: {text}"
            );
        }
    }

    fn begin(&mut self) -> usize {
        self.sessions.push(ChatSession {
            id: format!("session-{}", self.sessions.len() + 1),
            closed: false,
            joined: false,
        });
        self.sessions.len() - 1
    }

    /// What stands for this chat if it is closed.
    fn as_closed(&mut self, session: Option<usize>) -> Option<usize> {
        let index = session?;
        if !self.sessions[index].closed {
            return Some(index);
        }
        match self.closed_as {
            ClosedAs::Row => Some(index),
            ClosedAs::Missing => None,
            ClosedAs::NewId => Some(self.open_index().unwrap_or_else(|| self.begin())),
        }
    }

    fn store(
        &mut self,
        session: &str,
        by_visitor: bool,
        text: &str,
        uid: Option<String>,
        at: i64,
    ) -> usize {
        self.next_id += 1;
        self.messages.push(Stored {
            id: self.next_id,
            session: session.into(),
            by_visitor,
            text: text.into(),
            quoted: quoted(text),
            uid,
            extras: ("\"TEXT\"".into(), "null".into()),
            at,
            seen: false,
            gone: false,
        });
        self.messages.len() - 1
    }

    fn to_all(&self, event: &str) -> Vec<Out> {
        self.connections
            .iter()
            .map(|line| Out::Frame(*line, event.to_owned(), Kind::Event, 0))
            .collect()
    }

    fn page(&mut self, query: &str) -> String {
        let number = |key: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(key));
            pair.and_then(|it| it.parse::<usize>().ok())
                .expect("a number")
        };
        let (page, limit) = (number("page="), number("limit=").min(self.page_cap));
        if page == 1 {
            self.paged = self.next_id;
            self.paged_well = self.next_id;
        }
        let hides_gone = self.gone_as == GoneAs::Nothing;
        let is_shown = |it: &&Stored| !(hides_gone && it.gone);
        let mut rows: Vec<&Stored> = self
            .messages
            .iter()
            .rev()
            .filter(is_shown)
            .skip(page.saturating_sub(1).saturating_mul(limit))
            .take(limit)
            .collect();
        match self.page_order {
            PageOrder::Falling => {}
            PageOrder::Rising => rows.reverse(),
            PageOrder::Shuffled => {
                for last in (1..rows.len()).rev() {
                    rows.swap(last, self.dice.pick(last + 1));
                }
            }
        }
        self.dialect.page(&rows, page, self)
    }

    fn message_answer(&self, index: usize) -> String {
        self.dialect.message_answer(&self.messages[index], self)
    }

    fn message_event(&self, index: usize) -> String {
        self.dialect.message_event(&self.messages[index], self)
    }

    fn session_event(&self, index: usize) -> String {
        let session = &self.sessions[index];
        self.dialect
            .session_event(&session.id, session.joined, session.closed)
    }

    fn four_keys(&self, index: usize, at: i64) -> String {
        let it = &self.sessions[index];
        self.dialect
            .four_keys(&it.id, it.joined, it.closed, self.visitor, at, self.life)
    }
}

/// A message's id in a body: a number, or its digits.
fn number_of(id: &Value) -> u64 {
    let digits = id.as_str().and_then(|id| id.parse().ok());
    id.as_u64().or(digits).expect("an id")
}
