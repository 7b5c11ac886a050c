//! What an adapter is: a translation between the session's words and one
//! system's wire. No I/O, no clock, no retries: back-end code never decides
//! *when*, and session code never knows JSON.

#[cfg(feature = "concierge")]
pub mod concierge;
mod has;
#[cfg(any(feature = "onesmile", feature = "voipbin"))]
mod lenient;
#[cfg(feature = "onechat")]
pub mod onechat;
#[cfg(feature = "onesmile")]
pub mod onesmile;
#[cfg(any(feature = "onesmile", feature = "voipbin"))]
#[cfg_attr(
    not(all(feature = "onesmile", feature = "voipbin")),
    allow(dead_code, reason = "one of the two reads zones, the other writes")
)]
mod times;
#[cfg(feature = "voipbin")]
pub mod voipbin;

use crate::io::{Close, Door, Request, Response, Secret, UploadRequest, Url};
use crate::model::{Author, Content, ConversationId, FileContent, MessageId, Room, Traits, Uid};
use crate::only::Only;
use crate::time::Timestamp;

pub(crate) use self::has::*;

/// A chat system's wire, translated.
pub trait Backend {
    /// What the system can do.
    fn traits(&self) -> Traits;

    /// What was kept of this adapter on an earlier page (`Slot::System`).
    fn restore(&mut self, _kept: &str) {}

    /// What is to be kept of it, if that has changed since this was last asked.
    fn keep(&mut self) -> Option<String> {
        None
    }

    /// The id of this tab as a device, for systems that want one.
    fn set_device(&mut self, _id: &str) {}

    /// Whether a text is short enough.
    ///
    /// # Errors
    /// How long it is, and how long it may be.
    fn check(&self, uid: &Uid, text: &str) -> Result<(), TooLong>;

    /// A call as what goes out.
    fn encode(&mut self, call: &Call, token: &Secret) -> Outgoing;

    /// What a request was answered with.
    fn answer(&mut self, _call: &Call, _response: &Response, _token: &Secret) -> Answer {
        Answer::Done(Err(Refusal {
            kind: RefusalKind::Unclear,
            text: None,
        }))
    }

    /// Where the WebSocket is; `None` while there is nothing to listen to.
    ///
    /// # Errors
    /// When token and device id make a URL that the system's gateway refuses.
    fn door(&self, token: &Secret) -> Result<Option<Door>, UrlTooLong>;

    /// The frames that an open WebSocket begins with. Of a push channel that
    /// answers none of them, this is empty once it is live.
    fn greet(&self) -> Greeting {
        Greeting {
            frames: Vec::new(),
            confirmed: false,
        }
    }

    /// The frame that shows that the visitor is here, for systems that want it.
    fn presence(&self) -> Option<String> {
        None
    }

    /// What a frame says. A frame that says nothing we know is `Unknown`.
    fn decode(&mut self, frame: &str) -> Vec<Incoming>;

    /// What a close code says about the call in flight.
    fn verdict(&self, _close: Close) -> Verdict {
        Verdict::Over
    }

    /// How this file gets to the system.
    fn upload(&mut self, to: &Destination<'_>, file: &FileContent) -> Upload;

    /// What [`Upload::Ask`] was answered with.
    ///
    /// # Errors
    /// When the server names no place.
    fn place(&self, _response: &Response) -> Result<FilePlace, Refusal> {
        Err(Refusal {
            kind: RefusalKind::Rejected,
            text: None,
        })
    }

    /// What the answer to a file's bytes says.
    fn upload_verdict(&mut self, response: &Response) -> UploadVerdict;
}

/// A call, as what goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// A frame on the WebSocket; its answer comes as a frame.
    Frame(String),
    /// A request; its answer is read by [`Backend::answer`].
    Request(Only<Request>),
    /// Nothing: it is known at once.
    Known(Only<Outcome>),
}

/// What a request was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The call is over.
    Done(Outcome),
    /// The call needs another request.
    Next(Request),
}

/// How a push channel begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The frames that go out as soon as it is open.
    pub frames: Vec<String>,
    /// Whether the other side says when it is live ([`Incoming::Live`]).
    pub confirmed: bool,
}

/// A text is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// Bytes, or letters, that it has.
    pub size: usize,
    /// As many as it may have.
    pub limit: usize,
}

/// Where a file goes.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The conversation.
    pub conversation: &'a ConversationId,
    /// The message's uid.
    pub uid: &'a Uid,
    /// The token to go with.
    pub token: &'a Secret,
}

/// How a file gets to the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upload {
    /// A REST call asks where it may be put, and its bytes go there; a message
    /// names the place.
    Ask(Request),
    /// Its bytes go there; a message names the place that this is answered with.
    Put(Only<UploadRequest>),
    /// Its bytes go there, and that is the message.
    Send(Only<UploadRequest>),
    /// It does not.
    Never,
}

/// Where a file may be put, and where it is found afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// Signed, good for some minutes.
    pub upload: Url,
    /// What the message says.
    pub public: String,
}

/// What a file store says of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadVerdict {
    /// The file is there: at the place that was asked for, or at this one.
    Done(Option<String>),
    /// It is a message.
    Sent(Only<Box<Message>>),
    /// The token is not accepted.
    Token,
    /// Whether the file is there is not known.
    Unclear,
    /// The signed URL is too old.
    Expired,
    /// Later.
    Busy,
    /// No, and asking again changes nothing; the server's own short words, if
    /// there are some.
    Refused(Option<String>),
}

/// The connect URL would be longer than the system takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrlTooLong;

/// Something to ask of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// What is there? Before a conversation is.
    Look,
    /// Begin a new conversation.
    Begin,
    /// Begin one with these people, under this title.
    BeginWith(Only<Vec<String>>, String),
    /// Is this conversation still open?
    Check(ConversationId),
    /// Take this open conversation up again.
    Resume(ConversationId),
    /// Read a page of messages.
    History(ConversationId, Page),
    /// The visitor is still here.
    Ping(ConversationId),
    /// Send a message.
    Send(ConversationId, Uid, Content),
    /// The visitor has seen this message.
    Seen(ConversationId, MessageId),
    /// Take this message back.
    Delete(ConversationId, MessageId),
    /// How many messages the visitor has not seen.
    Unread,
    /// End the conversation.
    End(ConversationId),
    /// The visitor types, or has stopped.
    Typing(Only<ConversationId>, bool),
    /// Answer a question of the other side: a list of `[name, value]` in JSON.
    Answer(Only<ConversationId>, MessageId, String),
    /// List the visitor's conversations.
    Rooms,
}

/// Which page of messages is asked for: by number where a system counts pages,
/// else by what stands below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// 1 = the newest.
    pub number: u32,
    /// How many.
    pub size: PageSize,
    /// The oldest message below it; `None` for the newest page.
    pub below: Option<Only<Below>>,
}

/// The oldest message that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// Its id.
    pub id: MessageId,
    /// When it was written.
    pub at: Timestamp,
    /// How many messages are known from there on.
    pub count: u32,
}

/// How much is asked for at a time. Page numbers of two sizes do not mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageSize {
    /// As the settings say.
    Usual,
    /// A quarter of that: an answer that is too large is never delivered.
    Small,
}

/// The part of a call that its answer names. At most one call a route is in
/// flight, because nothing else tells two answers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// `Look`, `Begin`, `BeginWith` and `Resume`.
    Open,
    /// `Check`.
    Check,
    /// `History`.
    History,
    /// `Ping`.
    Ping,
    /// `Send`.
    Send,
    /// `Seen`.
    Seen,
    /// `Delete`.
    Delete,
    /// `Unread`.
    Unread,
    /// `End`.
    End,
    /// `Typing`.
    Typing,
    /// `Answer`.
    Answer,
    /// `Rooms`.
    Rooms,
}

impl Call {
    /// The route this call is answered on.
    #[must_use]
    pub const fn route(&self) -> Route {
        match self {
            Self::Look | Self::Begin | Self::BeginWith(..) | Self::Resume(_) => Route::Open,
            Self::Check(_) => Route::Check,
            Self::History(..) => Route::History,
            Self::Ping(_) => Route::Ping,
            Self::Send(..) => Route::Send,
            Self::Seen(..) => Route::Seen,
            Self::Delete(..) => Route::Delete,
            Self::Unread => Route::Unread,
            Self::End(_) => Route::End,
            Self::Typing(..) => Route::Typing,
            Self::Answer(..) => Route::Answer,
            Self::Rooms => Route::Rooms,
        }
    }
}

/// What came in on the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// The answer to the call in flight on this route.
    Answered(Route, Outcome),
    /// The gateway failed without saying which call it meant.
    Fault,
    /// A message is new or has changed.
    Message(Message),
    /// A message was taken back.
    Gone(MessageId),
    /// A conversation has changed.
    Conversation(ConversationInfo),
    /// The push channel is live.
    Live,
    /// The push channel shows that it is there.
    Alive,
    /// The push channel ends; whether it may be tried again soon.
    Over(bool),
    /// Something is new, and must be read to be known.
    News,
    /// Somebody of the other side types in this conversation: their name, which
    /// may be empty; `None`: nobody does any more.
    Typing(Only<ConversationId>, Option<String>),
    /// Nothing we know. Counted, never fatal.
    Unknown,
}

/// How a call ended.
pub type Outcome = Result<Reply, Refusal>;

/// What a call was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To `Look`, `Begin`, `Check`, `Resume`, `Ping`, `End`. To `Look` without
    /// an id: there is none, and the first message begins one.
    Conversation(ConversationInfo),
    /// To `History`.
    Messages(Vec<Message>),
    /// To `Send`: the message as it was stored.
    Sent(Message),
    /// To `Unread`.
    Unread(u32),
    /// To `Rooms`, and to `Look`: the newest first.
    Rooms(Only<Vec<Room>>),
    /// To `Answer`: the message as it is now.
    Changed(Only<Message>),
    /// To `Seen`, `Delete` and `Typing`. What else such an answer tells may be of another
    /// message (contract concierge 6, 10).
    Done,
}

/// Why a call was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What that means for us.
    pub kind: RefusalKind,
    /// The server's own words, when they are short enough to show.
    pub text: Option<String>,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The token is not accepted (401, 403).
    Token,
    /// What the call speaks of is not there (404).
    Missing,
    /// The call itself is wrong; asking again changes nothing.
    Rejected,
    /// The server did not do the call, for now: later.
    Busy,
    /// The server failed or is too busy; whether it did the call is not known.
    Unclear,
}

/// A conversation as the system describes it. What it leaves out is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationInfo {
    /// Its id.
    pub id: Option<ConversationId>,
    /// Whether it is over.
    pub closed: bool,
    /// Whether somebody of the other side takes part.
    pub joined: Option<bool>,
    /// Who the visitor is to the system. Nothing else of the person is kept.
    pub visitor: Option<String>,
    /// Milliseconds that the connection may live from when it was made.
    pub life: Option<u64>,
    /// The other side has seen the visitor's messages up to then.
    pub seen_until: Option<Timestamp>,
}

/// A message as the system describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The conversation it came in, as far as an event says: its channel counts,
    /// not its row.
    pub conversation: Option<ConversationId>,
    /// The id that we drew for it, if it came back.
    pub uid: Option<Uid>,
    /// Who wrote it.
    pub author: Author,
    /// What it says; nothing when it was taken back.
    pub content: Option<Content>,
    /// When the server took it.
    pub at: Timestamp,
    /// Whether the other side of its author has seen it.
    pub seen: bool,
}

/// What a close code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The connection is over, and that is all.
    Over,
    /// The frame in flight was too large.
    TooLarge,
}
