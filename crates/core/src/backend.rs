//! What an adapter is: a translation between the session's words and one
//! system's wire. No I/O, no clock, no retries: back-end code never decides
//! *when*, and session code never knows JSON.

pub mod concierge;

use crate::io::{Close, Request, Response, Secret, Url};
use crate::model::{Author, Content, ConversationId, FileContent, MessageId, Traits, Uid};
use crate::time::Timestamp;

/// A chat system's wire, translated.
pub trait Backend {
    /// What the system can do.
    fn traits(&self) -> Traits;

    /// Where to connect with this token.
    ///
    /// # Errors
    /// When token and device id make a URL that the system's gateway refuses.
    fn connect_url(&self, token: &Secret) -> Result<Url, UrlTooLong>;

    /// The id of this tab as a device, for systems that want one.
    fn set_device(&mut self, _id: &str) {}

    /// A call as the frame that goes out.
    fn encode(&self, call: &Call) -> String;

    /// What a frame says. A frame that says nothing we know is `Unknown`.
    fn decode(&self, frame: &str) -> Vec<Incoming>;

    /// What a close code says about the call in flight.
    fn verdict(&self, close: Close) -> Verdict;

    /// The most bytes that one outgoing frame may have.
    fn frame_limit(&self) -> usize;

    /// The REST call that asks where this file may be put.
    fn ask_for_place(&self, token: &Secret, file: &FileContent) -> Request;

    /// What that call was answered with.
    ///
    /// # Errors
    /// When the server names no place.
    fn place(&self, response: &Response) -> Result<FilePlace, Refusal>;

    /// What the file store's answer says of the upload.
    fn upload_verdict(&self, response: &Response) -> UploadVerdict;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadVerdict {
    /// The file is there.
    Done,
    /// The signed URL is too old.
    Expired,
    /// Later.
    Busy,
    /// No, and asking again changes nothing.
    Refused,
}

/// The connect URL would be longer than the system takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrlTooLong;

/// Something to ask of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Begin a new conversation.
    Begin,
    /// Is this conversation still open?
    Check(ConversationId),
    /// Take this open conversation up again.
    Resume(ConversationId),
    /// Read a page of messages, 1 = the newest.
    History(ConversationId, u32, PageSize),
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
    /// `Begin` and `Resume`.
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
}

impl Call {
    /// The route this call is answered on.
    #[must_use]
    pub const fn route(&self) -> Route {
        match self {
            Self::Begin | Self::Resume(_) => Route::Open,
            Self::Check(_) => Route::Check,
            Self::History(..) => Route::History,
            Self::Ping(_) => Route::Ping,
            Self::Send(..) => Route::Send,
            Self::Seen(..) => Route::Seen,
            Self::Delete(..) => Route::Delete,
            Self::Unread => Route::Unread,
            Self::End(_) => Route::End,
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
    /// Nothing we know. Counted, never fatal.
    Unknown,
}

/// How a call ended.
pub type Outcome = Result<Reply, Refusal>;

/// What a call was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To `Begin`, `Check`, `Resume`, `Ping`, `End`.
    Conversation(ConversationInfo),
    /// To `History`.
    Messages(Vec<Message>),
    /// To `Send`: the message as it was stored.
    Sent(Message),
    /// To `Unread`.
    Unread(u32),
    /// To `Seen` and `Delete`. What else such an answer tells may be of another
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
