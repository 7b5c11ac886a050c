//! The session's border: everything that can happen to it, and everything it
//! asks of its surroundings.

use core::fmt;

use crate::change::Change;
use crate::model::{ConversationId, Key, MessageId, Row, Uid};
use crate::only::Only;
use crate::session::Stored;
use crate::time::Timestamp;

/// One connection attempt and the connection it may become. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u32);

/// Everything that can happen to a session, in the past tense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The app has started. What was stored is shown; a conversation that was
    /// open before is connected to, so that unread messages show.
    Start,
    /// The connection was opened.
    Opened(ConnId),
    /// A text frame arrived. A binary frame is reported as an empty text.
    Received(ConnId, String),
    /// The connection closed, failed, or could not be made.
    Closed(ConnId, Close),
    /// The page or its device changed.
    Page(Page),
    /// The page answered `Effect::AskToken`.
    Token(Result<Token, NoToken>),
    /// A request was answered, or not.
    Answered(RequestId, Result<Response, Unreachable>),
    /// `Effect::Prepare` is done.
    Prepared(Uid, Result<ReadyFile, NoFile>),
    /// An upload has come further, or is over.
    Uploaded(Uid, UploadStep),
    /// The browser's lock is ours: this tab leads from now on, from what is
    /// stored now.
    Elected(Stored),
    /// Another tab has taken the lock.
    Ousted,
    /// Another tab says this.
    Told(String),
    /// The time of `Tab::deadline` has come. Early or late is harmless.
    Wake,
    /// The visitor, or the page in the visitor's name, did something.
    User(Action),
}

/// What the visitor does, in the imperative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open the panel. The first time this connects.
    OpenPanel,
    /// Close the panel. The conversation goes on.
    ClosePanel,
    /// Send this text under a uid that was drawn already, by another tab; and
    /// whether it may have been sent before.
    Post(Uid, String, bool),
    /// Send this text. When it is taken, `Change::Draft("")` follows; when it
    /// is refused (`Change::Notice`), the draft is kept.
    Send(String),
    /// The composer's text changed: keep it over a reload.
    Draft(String),
    /// Try a failed message again.
    Retry(Key),
    /// Throw away a message that is not sent; one that is being uploaded is
    /// cancelled.
    Discard(Key),
    /// Send this file. The shell has its bytes under `NewFile::uid`.
    Attach(NewFile),
    /// Take an own message back. For some seconds `Undo` still helps.
    Unsend(Key),
    /// Do not take it back after all.
    Undo(Key),
    /// At least half of this row is before the visitor's eyes.
    Saw(Key),
    /// Read the page of messages above the first row.
    LoadOlder,
    /// Begin a new conversation after one has ended, or beside the others.
    StartConversation,
    /// Begin one with these people, under this title.
    StartWith(Only<Vec<String>>, String),
    /// Show this one of the visitor's conversations.
    OpenRoom(Only<ConversationId>),
    /// Show the list of the visitor's conversations.
    ShowRooms,
    /// Answer the question of this row: a list of `[name, value]` in JSON, as in
    /// `Rich::parts`.
    Answer(Key, Only<String>),
    /// End the conversation.
    EndConversation,
    /// Do not wait for the next try: connect.
    Reconnect,
    /// The page has another token now, perhaps another visitor's.
    SignedIn,
    /// The notice was read.
    DismissNotice,
    /// The visitor is gone, and what was stored: the other tabs forget them
    /// too. This one is about to be taken down.
    Forget,
}

/// What the browser says of the page and the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The device has a network again.
    Online,
    /// The device has none.
    Offline,
    /// The page is looked at.
    Visible,
    /// The page is in the background.
    Hidden,
    /// The page came back from the back/forward cache.
    Restored,
    /// The page is being left, and may come back from the cache: no
    /// connection may stay open.
    Leaving,
}

/// How a connection ended: the WebSocket close code, 1006 when there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close {
    /// RFC 6455 close code.
    pub code: u16,
}

/// Everything a session asks of its surroundings, in the imperative. The
/// shell runs them in order before the next input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open a WebSocket. Answered by `Opened` or `Closed`.
    Connect(ConnId, Door),
    /// Send a text frame.
    Transmit(ConnId, String),
    /// Close the connection with 1000. No `Closed` needs to follow.
    Close(ConnId),
    /// Ask the page for the access token. Answered by `Token`.
    AskToken(Ask),
    /// Make a REST call. Answered by `Answered`.
    Request(RequestId, Request),
    /// Make the file of this message ready to be sent: find its bytes (in
    /// memory, or kept from before a reload), make a picture smaller, take out
    /// of it where it was made. Answered by `Prepared`.
    Prepare(Uid),
    /// Send the file's bytes there. Answered by `Uploaded`, many times.
    Upload(Uid, UploadRequest),
    /// Stop the upload. No `Uploaded` needs to follow.
    Abort(Uid),
    /// The file's bytes are not needed any more.
    Forget(Uid),
    /// Keep this text under the slot, or remove it.
    Store(Slot, Option<String>),
    /// Stand for election: ask for the browser's lock and wait in line.
    Stand,
    /// Take the lock from whoever has it and does not answer.
    Seize,
    /// Give the lock up, or leave the line.
    Resign,
    /// Say this to the other tabs.
    Tell(String),
    /// A message came that nobody has seen: sound, if the visitor likes that.
    Chime,
    /// Something a view shows has changed.
    Changed(Change),
    /// Something happened that the page may want to hear of.
    Announce(Event),
}

/// Where to open a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Its URL.
    pub url: Url,
    /// The sub-protocols to offer.
    pub protocols: &'static [&'static str],
}

/// Which token is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The one at hand will do.
    Any,
    /// The last one was refused or is about to expire.
    Fresh,
}

/// An access token from the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token itself.
    pub secret: Secret,
    /// When it ends, if the page said so. Otherwise a JWT's `exp` is read.
    pub expires_at: Option<Timestamp>,
}

/// The page gave no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoToken {
    /// There is none, or its function says so by failing.
    SignedOut,
    /// The page could not reach whoever gives tokens.
    Unreachable,
}

/// One REST call. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);

/// A REST call. Its URL and headers may carry secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: &'static str,
    /// Where to.
    pub url: Url,
    /// Names and values of headers.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body, JSON as a rule.
    pub body: Option<Secret>,
}

/// What a server answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Answers of a file store echo what it was signed with.
        write!(f, "Response({}, ***)", self.status)
    }
}

/// No answer came: no network, no server, or the browser forbids to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

/// A file that the visitor wants to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Drawn by the shell, which keeps the bytes under it. It becomes the
    /// message's.
    pub uid: Uid,
    /// The file's name.
    pub name: String,
    /// Its MIME type as the browser tells it; empty when that does not know.
    pub mime: String,
    /// Bytes.
    pub size: u64,
}

/// A file that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyFile {
    /// The name, which ends as the type says.
    pub name: String,
    /// MIME type, never empty.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// Width and height of a picture, in pixels.
    pub dimensions: Option<(u32, u32)>,
    /// A `blob:` URL of it, for the row to show while it is on its way.
    pub preview: Option<String>,
}

/// Why a file cannot be made ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFile {
    /// Its bytes are not there any more: the visitor must choose it again.
    Gone,
    /// It cannot be read.
    Unreadable,
}

/// Where a file's bytes go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRequest {
    /// `PUT` or `POST`.
    pub method: &'static str,
    /// Where to. It may be signed.
    pub url: Url,
    /// Names and values of headers.
    pub headers: Vec<Only<(&'static str, Secret)>>,
    /// What the bytes are in.
    pub body: UploadBody,
}

/// What a file's bytes are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadBody {
    /// Nothing else, under this `Content-Type` to the letter.
    Bytes(String),
    /// A form: names and values, and the name of the file's field.
    Form(Vec<(&'static str, Secret)>, &'static str),
    /// A text: what stands before and after the bytes in Base64.
    Text(Only<Secret>, Secret),
}

/// How far an upload has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadStep {
    /// Hundredths of its bytes are on their way.
    Progress(u8),
    /// The store answered.
    Answered(Response),
    /// It broke; whether any byte had gone out.
    Broken {
        /// Some had.
        begun: bool,
    },
}

/// A place in the browser's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The open conversation.
    Conversation,
    /// The visitor's id with the system: whose everything else here is.
    Visitor,
    /// Messages that are written and not confirmed, and those that are being
    /// taken back.
    Outbox,
    /// The text in the composer.
    Draft,
    /// What the adapter keeps for itself.
    System,
}

impl Slot {
    /// All slots, for reading and for forgetting the visitor.
    pub const ALL: [Self; 5] = [
        Self::Conversation,
        Self::Visitor,
        Self::Outbox,
        Self::Draft,
        Self::System,
    ];
}

/// What happened, for the page's event listeners, sounds and announcements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A conversation began or was taken up again.
    ConversationStart(ConversationId),
    /// The conversation ended, by either side.
    ConversationEnd(ConversationId),
    /// Someone has joined the conversation.
    AgentJoin,
    /// An own message is on the server.
    MessageSent(Key, MessageId),
    /// A message from the other side arrived just now (not from history read
    /// for the first time).
    MessageReceived(Row),
    /// An own message was refused or lost for good.
    MessageFailed(Key),
    /// A message was taken back.
    MessageUnsent(MessageId),
    /// Somebody of the other side types, or has stopped.
    Typing(Only<bool>),
    /// The token is over and the page gave no fresh one.
    TokenExpired,
    /// Something went wrong. `recoverable` is false when the page or the
    /// visitor must act.
    Error {
        /// Stable name for programs.
        code: ErrorCode,
        /// Whether the session tries again by itself.
        recoverable: bool,
    },
}

/// Stable names of what can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The server cannot be reached or refuses the handshake.
    Unreachable,
    /// No token from the page.
    SignedOut,
    /// The token does not fit into the connect URL.
    UrlTooLong,
    /// A call was refused by the server.
    Refused,
    /// The file store cannot be reached from this page: its rules for other
    /// sites (CORS) may forbid it.
    UploadBlocked,
}

impl ErrorCode {
    /// The name that the page's `error` event carries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::SignedOut => "signed-out",
            Self::UrlTooLong => "url-too-long",
            Self::Refused => "refused",
            Self::UploadBlocked => "upload-blocked",
        }
    }
}

/// A URL that may carry a token: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(pub String);

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Url(***)")
    }
}

/// A text that must not be logged: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
