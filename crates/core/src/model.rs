//! The words of the domain, the same for every back end: conversations,
//! messages, rows, and the states they are in.

use crate::text::before;
use crate::time::{Instant, Timestamp};

/// The key of a row on this page. It stays when the server's id arrives, so
/// that a view never rebuilds a row because a message was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

/// A message's id, as the server gives it. Numbers are kept as their digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub String);

/// A conversation's id, as the server gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub String);

/// The id that this client draws for a message before it is sent (UUID v4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub String);

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// The visitor, from this or another device.
    Me,
    /// The people behind the site.
    Them,
    /// The system itself: "the agent joined" and the like.
    System,
}

impl Author {
    /// The name that pages see (EMBED §3, `data-author`).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Them => "them",
            Self::System => "system",
        }
    }
}

/// What a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Plain text. Never HTML.
    Text(String),
    /// A picture, a film, a sound or any other file at a URL.
    File(FileContent),
}

impl Content {
    /// What identifies it where nothing else does: its text, or its file's URL.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::File(file) => &file.url,
        }
    }

    /// The name of its kind that pages see (EMBED §3, `data-kind`).
    #[must_use]
    pub const fn kind_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::File(file) => file.kind.name(),
        }
    }
}

/// A file in a message. Everything but the URL is what the sender claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// How to show it.
    pub kind: FileKind,
    /// Where it lies. Not checked here: the view shows `https` (and local) only.
    pub url: String,
    /// Its name, as the sender told it or as the URL ends.
    pub name: String,
    /// Its MIME type.
    pub mime: Option<String>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Width and height in pixels.
    pub dimensions: Option<(u32, u32)>,
}

/// How a file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// As a picture.
    Image,
    /// As a film with controls.
    Video,
    /// As a sound with controls.
    Audio,
    /// As a card with name and size.
    Other,
}

impl FileKind {
    /// The name that pages see (EMBED §3, `data-kind`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Other => "file",
        }
    }

    /// The kind of this name.
    pub(crate) fn named(name: &str) -> Self {
        let mut kinds = [Self::Image, Self::Video, Self::Audio].into_iter();
        kinds
            .find(|kind| kind.name() == name)
            .unwrap_or(Self::Other)
    }

    /// How a file of this type is shown. A drawing in SVG is a program, too,
    /// and goes as a file.
    pub(crate) fn of_mime(mime: &str) -> Self {
        match before(mime, b"/") {
            "image" if !mime.starts_with("image/svg") => Self::Image,
            "video" => Self::Video,
            "audio" => Self::Audio,
            _ => Self::Other,
        }
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Stable on this page.
    pub key: Key,
    /// The server's id, once it is known.
    pub id: Option<MessageId>,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub content: Content,
    /// When it was written: the server's time, or ours until that is known.
    pub at: Timestamp,
    /// How far it has come.
    pub state: RowState,
}

/// How far a message has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowState {
    /// Own: written, kept, waiting for its turn or for the connection.
    Queued,
    /// Own: its file is being uploaded; hundredths done.
    Uploading(u8),
    /// Own: on the wire, or its fate is being looked up.
    Sending,
    /// Own: the server has it.
    Sent,
    /// Own: the other side has seen it. Theirs: the visitor has.
    Seen,
    /// Own: it was not sent, and only the visitor can decide what now.
    Failed(Failure),
    /// Own: taken back, but the server has not been told; whether the visitor
    /// may still change their mind.
    Unsending(bool),
    /// Either side: taken back.
    Unsent,
    /// Theirs: arrived.
    Received,
}

/// Why a message could not be sent. Retry and Discard are offered for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server refused it, with its own short words where it gave some.
    Refused(Option<String>),
    /// Larger than a frame may be.
    TooLong,
    /// Sent twice, answered never, and not in the history.
    Unconfirmed,
    /// The upload of its file failed.
    Upload,
    /// The upload did not get through; the network or the browser is in the way.
    UploadBlocked,
    /// The file was refused, with the server's own short words if it gave some.
    FileRefused(Option<String>),
    /// The file's bytes are not there any more: it must be chosen again.
    FileGone,
    /// The token for the upload is refused.
    SignedOut,
}

/// The connection, as a person would describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing has been asked for.
    Idle,
    /// Asking for a token, shaking hands, or resuming.
    Connecting,
    /// Messages flow.
    Online,
    /// Lost; the next try is set.
    Waiting,
    /// Cannot connect: the device is offline, or a person must act first.
    Offline,
    /// The conversation has ended; nothing is connected.
    Ended,
}

impl Status {
    /// The name that pages see (EMBED §2, `connection.status`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Online => "online",
            Self::Waiting => "waiting",
            Self::Offline => "offline",
            Self::Ended => "ended",
        }
    }
}

/// Why the connection is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// All is as asked for.
    None,
    /// The device says that it has no network.
    DeviceOffline,
    /// An open connection was lost.
    Lost,
    /// The server could not be reached, or refused the handshake.
    Unreachable,
    /// The page gave no token: the visitor must sign in.
    SignedOut,
    /// The page's token is refused or over, and no fresh one came.
    TokenRefused,
    /// Token and device id do not fit into the connect URL.
    UrlTooLong,
    /// The page is hidden; the connection rests until it is looked at again.
    Resting,
}

/// The connection's state for views and for the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Where we are.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// When the next try is due, while `Waiting`.
    pub retry_at: Option<Instant>,
}

impl Connection {
    /// The state before anything was asked for.
    pub const IDLE: Self = Self {
        status: Status::Idle,
        reason: Reason::None,
        retry_at: None,
    };
}

/// Where the conversation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversation {
    /// None yet: it begins when the panel is opened.
    None,
    /// Open under this id.
    Open(ConversationId),
    /// Over. A new one begins on `Action::StartConversation`.
    Ended(ConversationId),
}

impl Conversation {
    /// The one that is open.
    pub(crate) const fn open(&self) -> Option<&ConversationId> {
        match self {
            Self::Open(id) => Some(id),
            Self::None | Self::Ended(_) => None,
        }
    }
}

/// Whether there are messages above the first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Older {
    /// Not known: no page has been read.
    Unknown,
    /// There may be more: `Action::LoadOlder` asks for them.
    More,
    /// A page is on its way.
    Loading,
    /// The first message of all is shown.
    End,
}

/// Something the visitor should be told, with a way on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The text does not fit into one message; the draft is kept.
    TooLong {
        /// Bytes of the frame it would make.
        bytes: u32,
        /// Bytes a frame may have.
        limit: u32,
    },
    /// Something other than a message was refused, e.g. ending the chat.
    Refused(Option<String>),
    /// The file is larger than may be sent.
    FileTooLarge {
        /// Its name.
        name: String,
        /// Bytes a file may have.
        limit: u64,
    },
    /// Files of this kind may not be sent.
    FileType {
        /// Its name.
        name: String,
    },
}

/// What a back end can do. Views show this and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// Tells and takes seen receipts.
    pub seen: bool,
    /// Lets the visitor take a message back.
    pub unsend: bool,
    /// Takes files.
    pub upload: bool,
    /// Lets the visitor end the conversation.
    pub end: bool,
    /// A new message opens an ended conversation again.
    pub reopen: bool,
}
