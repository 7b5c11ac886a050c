//! The Concierge: WebSocket routes and events (contract `concierge.md`).
//!
//! A call goes out as `{"action":"api","data":{"route":…,"body":…}}` and comes
//! back as `{"channel": route, "status": 200, "body": …}`; events come unasked
//! as `{"channel": …, "payload": …}`. The document and its servers differ in
//! the types of ids and times, in key names and in envelopes (contract 6), so
//! reading is tolerant and lives in `concierge::read`.

mod read;

use self::read::{
    content_of, conversation_info, is_ok, message, message_id, refusal, text_of, unread_count,
};
use crate::backend::{
    Backend, Call, Destination, FilePlace, Incoming, Outcome, Outgoing, PageSize, Refusal,
    RefusalKind, Reply, Route, TooLong, Upload, UploadVerdict, UrlTooLong, Verdict,
};
use crate::io::{Close, Door, Request, Response, Secret, Url};
use crate::json::{Json, Writer, object};
use crate::model::{Content, ConversationId, FileContent, FileKind, Traits, Transport, Uid};
use crate::text::{before, contains, number, push_digits, push_encoded};

/// Longest connect URL the gateway takes (contract 2.2).
const URL_LIMIT: usize = 4_096;
/// Largest frame we send: 2 KB below the gateway's limit (contract 5.3).
const FRAME_LIMIT: usize = 30_000;
/// As long as any conversation id: for the size of a frame before it is known.
const LONGEST_ID: &str = "00000000-0000-0000-0000-000000000000";
/// WebSocket close code for a message that is too big.
const TOO_BIG: u16 = 1_009;

/// Where and as whom to connect.
#[derive(Clone, Debug)]
pub struct Settings {
    /// WebSocket base URL (contract 2.1 `socketOrigin`).
    pub socket_url: String,
    /// REST base URL (contract 2.1 `serverUrl`). Without one nothing can be
    /// uploaded.
    pub api_url: Option<String>,
    /// This browser tab's id (contract 2.3).
    pub device_id: String,
    /// Messages a history page (contract 3.3, route 3).
    pub page_size: u32,
}

/// The adapter.
pub struct Concierge {
    settings: Settings,
}

impl Concierge {
    /// An adapter for these settings.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// A call as a frame.
    fn frame(&self, call: &Call) -> String {
        object(|out| {
            out.pair("action", Some("api"));
            out.key("data");
            out.object(|out| {
                out.pair("route", Some(&self.route(call)));
                out.key("body");
                out.object(|out| write_body(call, out));
            });
        })
    }

    /// The route with its query (contract 3.3).
    fn route(&self, call: &Call) -> String {
        let route = match call {
            Call::Begin | Call::Resume(_) => INIT,
            Call::Check(_) => SESSION,
            Call::History(_, page) => {
                let mut route = String::from(MESSAGES);
                route.push_str("?page=");
                push_digits(i64::from(page.number), &mut route);
                route.push_str("&limit=");
                let usual = self.settings.page_size;
                let limit = match page.size {
                    PageSize::Usual => usual,
                    PageSize::Small => (usual / 4).max(1),
                };
                push_digits(i64::from(limit), &mut route);
                return route;
            }
            Call::Ping(_) => PING,
            Call::Send(..) => SEND,
            Call::Seen(..) => SEEN,
            Call::Delete(..) => DELETE,
            Call::Unread => UNREAD,
            Call::End(_) => END,
            // A session asks a system with one socket for nothing of these.
            Call::Look
            | Call::BeginWith(..)
            | Call::Typing(..)
            | Call::Answer(..)
            | Call::Rooms => "",
        };
        route.to_owned()
    }
}

const INIT: &str = "client/init-chat-with-concierge";
const SESSION: &str = "client/get-chat-session";
const MESSAGES: &str = "client/get-chat-messages";
const PING: &str = "client/ping-on-chat-session";
const SEND: &str = "client/send-message";
const DELETE: &str = "client/delete-message";
const SEEN: &str = "client/update-message-seen-at";
const UNREAD: &str = "client/get-unread-msg-count";
const END: &str = "client/end-chat-with-concierge";

const MESSAGE_EVENT: &str = "chat-message-";
const DELETE_EVENT: &str = "chat-message-delete";
const SESSION_EVENT: &str = "chat-session-update-";

/// The route that a channel names. Servers echo the query, sometimes with
/// another limit than was asked for, so only the path counts (contract 6, 7).
fn route_of(channel: &str) -> Option<Route> {
    Some(match before(channel, b"?") {
        INIT => Route::Open,
        SESSION => Route::Check,
        MESSAGES => Route::History,
        PING => Route::Ping,
        SEND => Route::Send,
        DELETE => Route::Delete,
        SEEN => Route::Seen,
        UNREAD => Route::Unread,
        END => Route::End,
        _ => return None,
    })
}

impl Backend for Concierge {
    fn traits(&self) -> Traits {
        Traits {
            transport: Transport::Socket,
            token: true,
            rooms: false,
            begin: true,
            typing: false,
            seen: true,
            unsend: true,
            upload: self.settings.api_url.is_some(),
            end: true,
            reopen: false,
            presence: false,
            csat: false,
        }
    }

    fn door(&self, token: &Secret) -> Result<Option<Door>, UrlTooLong> {
        let base = &self.settings.socket_url;
        let mut url = String::with_capacity(base.len() + token.0.len() + 80);
        url.push_str(base);
        url.push(if contains(base, "?") { '&' } else { '?' });
        url.push_str("Auth=");
        push_encoded(&mut url, &token.0);
        url.push_str("&deviceId=");
        push_encoded(&mut url, &self.settings.device_id);
        if url.len() > URL_LIMIT {
            Err(UrlTooLong)
        } else {
            Ok(Some(Door {
                url: Url(url),
                protocols: &[],
            }))
        }
    }

    fn set_device(&mut self, id: &str) {
        // A site may have given one of its own.
        if self.settings.device_id.is_empty() {
            self.settings.device_id = id.into();
        }
    }

    fn check(&self, uid: &Uid, text: &str) -> Result<(), TooLong> {
        let longest = ConversationId(LONGEST_ID.into());
        let call = Call::Send(longest, uid.clone(), Content::Text(text.into()));
        let size = self.frame(&call).len();
        if size <= FRAME_LIMIT {
            return Ok(());
        }
        Err(TooLong {
            size,
            limit: FRAME_LIMIT,
        })
    }

    fn encode(&mut self, call: &Call, _token: &Secret) -> Outgoing {
        Outgoing::Frame(self.frame(call))
    }

    fn decode(&mut self, frame: &str) -> Vec<Incoming> {
        let Some(frame) = Json::parse(frame) else {
            return vec![Incoming::Unknown];
        };
        vec![decode_frame(&frame)]
    }

    fn verdict(&self, close: Close) -> Verdict {
        if close.code == TOO_BIG {
            Verdict::TooLarge
        } else {
            Verdict::Over
        }
    }

    /// Contract 3.3, 5b.
    fn upload(&mut self, to: &Destination<'_>, file: &FileContent) -> Upload {
        let base = self.settings.api_url.as_deref().unwrap_or_default();
        let base = base.strip_suffix('/').unwrap_or(base);
        let body = object(|out| {
            out.pair("filename", Some(&file.name));
            out.pair("mimeType", file.mime.as_deref());
            out.pair("type", Some(UPLOAD_TYPE));
        });
        Upload::Ask(Request {
            method: "POST",
            url: Url([base, "/file-new/get-upload-url"].concat()),
            headers: vec![
                ("Content-Type", Secret("application/json".into())),
                ("Authorization", Secret(["Bearer ", &to.token.0].concat())),
            ],
            body: Some(Secret(body)),
        })
    }

    fn place(&self, response: &Response) -> Result<FilePlace, Refusal> {
        read::place(response)
    }

    fn upload_verdict(&mut self, response: &Response) -> UploadVerdict {
        match response.status {
            200..=299 => UploadVerdict::Done(None),
            403 if contains(&response.body, "Request has expired") => UploadVerdict::Expired,
            400 if contains(&response.body, "ExpiredToken") => UploadVerdict::Expired,
            503 => UploadVerdict::Busy,
            _ => UploadVerdict::Refused(None),
        }
    }
}

/// Where the server files what we upload. The phone app of the same service
/// uses this one for documents and films too (contract 4.6).
const UPLOAD_TYPE: &str = "chat-images";

/// What goes out with a call (contract 3.3).
fn write_body(call: &Call, out: &mut Writer) {
    if matches!(call, Call::Begin | Call::Resume(_)) {
        out.key("newSession");
        out.bool(matches!(call, Call::Begin));
    }
    let id = match call {
        Call::Check(id)
        | Call::Resume(id)
        | Call::History(id, _)
        | Call::Ping(id)
        | Call::Send(id, ..)
        | Call::Seen(id, _)
        | Call::Delete(id, _)
        | Call::End(id) => Some(id.0.as_str()),
        Call::Look
        | Call::Begin
        | Call::BeginWith(..)
        | Call::Unread
        | Call::Typing(..)
        | Call::Answer(..)
        | Call::Rooms => None,
    };
    out.pair("chatSessionId", id);
    if let Call::Send(_, uid, content) = call {
        let (kind, text) = match content {
            Content::Text(text) => ("TEXT", text),
            Content::File(file) => match file.kind {
                FileKind::Image => ("IMAGE", &file.url),
                FileKind::Video => ("VIDEO", &file.url),
                FileKind::Audio | FileKind::Other => ("FILE", &file.url),
            },
            // Nobody sends these.
            Content::Rich(rich) => ("TEXT", &rich.text),
        };
        out.pair("contentType", Some(kind));
        out.pair("messageContent", Some(text));
        out.key("metadata");
        out.object(|out| write_metadata(uid, content, out));
    }
    if let Call::Seen(_, message) | Call::Delete(_, message) = call {
        out.key("messageId");
        // It goes out as the number that it is (contract 5.10).
        match number(&message.0) {
            Some(number) => out.number(number),
            None => out.text(&message.0),
        }
    }
}

/// What goes along with a message (contract 5.4, 5.6).
fn write_metadata(uid: &Uid, content: &Content, out: &mut Writer) {
    out.pair("messageUid", Some(&uid.0));
    if let Content::File(file) = content {
        let (width, height) = file.dimensions.unzip();
        out.pair("filename", Some(&file.name));
        out.pair("mimeType", file.mime.as_deref());
        let size = file.size.and_then(|size| i64::try_from(size).ok());
        out.pair_number("fileSize", size);
        out.pair_number("width", width.map(i64::from));
        out.pair_number("height", height.map(i64::from));
    }
}

fn decode_frame(frame: &Json) -> Incoming {
    let Some(channel) = channel_of(frame) else {
        return gateway_frame(frame);
    };
    if let Some(route) = route_of(channel) {
        return Incoming::Answered(route, outcome(route, frame));
    }
    let payload = read::event_body(frame);
    if channel == DELETE_EVENT {
        return message_id(payload).map_or(Incoming::Unknown, Incoming::Gone);
    }
    if let Some(id) = channel.strip_prefix(MESSAGE_EVENT) {
        let row = payload.get("chatMessage").unwrap_or(payload);
        return message(row).map_or(Incoming::Unknown, |mut message| {
            message.conversation = conversation_named(id).or(message.conversation);
            Incoming::Message(message)
        });
    }
    if let Some(id) = channel.strip_prefix(SESSION_EVENT) {
        return conversation_info(payload).map_or(Incoming::Unknown, |mut info| {
            info.id = conversation_named(id).or(info.id);
            Incoming::Conversation(info)
        });
    }
    Incoming::Unknown
}

/// The session that an event's channel names (contract 6, 20).
fn conversation_named(id: &str) -> Option<ConversationId> {
    (!id.is_empty()).then(|| ConversationId(id.to_owned()))
}

/// The channel: a string, or the first string of an array (contract 4.2).
fn channel_of(frame: &Json) -> Option<&str> {
    let channel = frame.get("channel")?;
    channel
        .as_str()
        .or_else(|| channel.as_list()?.first()?.as_str())
}

/// A frame without a channel: the gateway's own error, or noise (contract 4.5).
fn gateway_frame(frame: &Json) -> Incoming {
    let from_gateway = frame.get("requestId").is_some() || frame.get("connectionId").is_some();
    if from_gateway && text_of(frame, "message").is_some() {
        Incoming::Fault
    } else {
        Incoming::Unknown
    }
}

fn outcome(route: Route, frame: &Json) -> Outcome {
    if !is_ok(frame) {
        return Err(refusal(frame));
    }
    let body = content_of(frame);
    let reply = match route {
        Route::Open | Route::Check | Route::Ping | Route::End => {
            conversation_info(body).map(Reply::Conversation)
        }
        Route::History => body.get("messages").and_then(Json::as_list).map(|rows| {
            // A row that cannot be read is left out; the others still count.
            Reply::Messages(rows.iter().filter_map(message).collect())
        }),
        Route::Send => body.get("chatMessage").and_then(message).map(Reply::Sent),
        Route::Unread => unread_count(body).map(Reply::Unread),
        Route::Seen | Route::Delete => Some(Reply::Done),
        Route::Typing | Route::Answer | Route::Rooms => None,
    };
    reply.ok_or(Refusal {
        kind: RefusalKind::Unclear,
        text: None,
    })
}
