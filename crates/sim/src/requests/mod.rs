//! The same for the systems whose calls are requests: a [`World`] of one
//! visitor's page, a network and a model of one of three servers
//! ([`System`]), each speaking its own wire.
//!
//! The servers promise less than the Concierge's: none knows a message again
//! that it was given twice, two do not tell what the visitor typed, one tells of
//! nothing by itself. So what must hold is: nothing that was taken is lost; no
//! message is there twice as long as what the network delivers it delivers
//! within seconds; what the page shows is what the server has.

mod book;
pub mod history;
mod onechat;
mod onesmile;
mod voipbin;
mod world;

pub use book::{Book, Entry};
pub use world::{Fault, World, is_file};

use concierge_core::Request;
use concierge_core::backend::Backend;
use concierge_core::{ConnId, Response, UploadRequest};

/// One of the systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Chatwoot's client API and `ActionCable`.
    OneChat,
    /// VoIPBIN's chat rooms.
    VoipLegacy,
    /// VoIPBIN's talks.
    VoipTalk,
    /// OneSmile.
    OneSmile,
}

impl System {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::OneChat,
        Self::VoipLegacy,
        Self::VoipTalk,
        Self::OneSmile,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneChat => "onechat",
            Self::VoipLegacy => "voipbin",
            Self::VoipTalk => "talk",
            Self::OneSmile => "onesmile",
        }
    }

    /// A new server, and nobody has written.
    pub(crate) fn server(self) -> Box<dyn Server> {
        match self {
            Self::OneChat => Box::new(onechat::OneChatDesk::default()),
            Self::VoipLegacy => Box::new(voipbin::VoipDesk::new(false)),
            Self::VoipTalk => Box::new(voipbin::VoipDesk::new(true)),
            Self::OneSmile => Box::new(onesmile::OneSmileDesk::default()),
        }
    }

    /// The adapter that a page makes.
    pub(crate) fn adapter(self) -> Box<dyn Backend> {
        match self {
            Self::OneChat => onechat::adapter(),
            Self::VoipLegacy => voipbin::adapter(false),
            Self::VoipTalk => voipbin::adapter(true),
            Self::OneSmile => onesmile::adapter(),
        }
    }

    /// Whether files can be sent with what the model of its server knows.
    #[must_use]
    pub fn takes_files(self) -> bool {
        self.adapter().traits().upload
    }

    /// Whether a conversation is there before the visitor writes.
    #[must_use]
    pub const fn begins_with_a_list(self) -> bool {
        matches!(self, Self::VoipLegacy | Self::VoipTalk)
    }
}

/// A model of a server.
pub(crate) trait Server {
    /// What it has.
    fn book(&mut self) -> &mut Book;

    /// Does what is asked, at this wall time in ms.
    fn answer(&mut self, request: &Request, at: i64) -> Response;

    /// Takes a file.
    fn take(&mut self, request: &UploadRequest, file: (&str, u64), at: i64) -> Response;

    /// A WebSocket is open.
    fn open(&mut self, _conn: ConnId) {}

    /// The page says this on it.
    fn hear(&mut self, _conn: ConnId, _frame: &str) {}

    /// It is closed.
    fn close(&mut self, _conn: ConnId) {}

    /// Three seconds have passed.
    fn tick(&mut self) {}

    /// The staff writes.
    fn staff_says(&mut self, text: &str, at: i64);

    /// What goes out on WebSockets since this was last asked.
    fn take_frames(&mut self) -> Vec<(ConnId, String)> {
        Vec::new()
    }
}

/// An answer with a JSON body.
pub(crate) fn json(status: u16, body: &serde_json::Value) -> Response {
    Response {
        status,
        body: body.to_string(),
    }
}

/// The path of a URL and what it asks for.
pub(crate) fn path(url: &str) -> (String, String) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split_once('/').map_or("", |(_, rest)| rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (format!("/{path}"), query.to_owned())
}

/// The value of a name in a query, decoded.
pub(crate) fn value(query: &str, name: &str) -> Option<String> {
    let pair = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then_some(value)
    })?;
    let mut bytes = Vec::new();
    let mut rest = pair.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let hex: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&hex, 16).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
