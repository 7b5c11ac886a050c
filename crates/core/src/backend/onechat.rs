//! `OneChat`: the client API of an API channel, and events over `ActionCable`
//! (contract `onechat.md`).
//!
//! A visitor is a "contact": an id of our own drawing that is told to nobody
//! (`source_id`), and a token for the stream of events. Who holds the two *is*
//! the visitor, so neither is ever printed. Some calls need several requests;
//! which of them is out is a `Step`.
//!
//! Which build a site runs is not known: the routes of the newer ones are tried
//! and done without where they are missing (contract 4.3).

mod asking;
mod events;
mod kept;
mod known;
mod opening;
mod read;
mod rich;

use core::cell::Cell;
use core::fmt;

use crate::backend::{
    Answer, Backend, Call, ConversationInfo, Destination, Greeting, Incoming, Outcome, Outgoing,
    Refusal, RefusalKind, Reply, Route, TooLong, Upload, UploadVerdict, UrlTooLong,
};
use crate::io::{Door, Request, Response, Secret, UploadBody, UploadRequest, Url};
use crate::json::Json;
use crate::model::{
    Content, ConversationId, FileContent, MessageId, RichKind, Traits, Transport, Uid,
};

/// Letters that a message may have (contract 3.4).
const TEXT_LIMIT: usize = 150_000;
/// The sub-protocols of `ActionCable` (contract 3.7).
const PROTOCOLS: &[&str] = &["actioncable-v1-json", "actioncable-unsupported"];

/// Where and as whom to chat.
#[derive(Clone)]
pub struct Settings {
    /// The installation's URL (contract 2.1 `baseUrl`), or a proxy's.
    pub api_url: String,
    /// The WebSocket's URL; `None`: `/cable` beside the API.
    pub socket_url: Option<String>,
    /// The API channel (contract 2.1 `inboxIdentifier`).
    pub inbox: String,
    /// A UUID v4, drawn anew for each page: the visitor's id from the first
    /// message on, if there is none yet.
    pub new_id: String,
    /// What the site knows of the visitor.
    pub contact: Contact,
    /// What an agent is to know of a new conversation: an object in JSON.
    pub context: Option<String>,
}

/// What the site knows of the visitor (contract 2.1 `identity`).
#[derive(Clone, Default)]
pub struct Contact {
    /// The visitor's session with this inbox, for sites that keep it themselves.
    pub source_id: Option<String>,
    /// The site's own id of the visitor.
    pub identifier: Option<String>,
    /// The site's proof of it (contract 2.3).
    pub identifier_hash: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Address for e-mail.
    pub email: Option<String>,
    /// Phone number, with `+` and country.
    pub phone_number: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// What else: an object in JSON.
    pub custom_attributes: Option<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings(***)")
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(***)")
    }
}

/// What the server is, as far as that makes a difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Generation {
    /// Of 2022: without most routes (contract 4.3).
    Old,
    /// Any later one.
    New,
}

/// Which of its requests a call has out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// What is behind the inbox id?
    Inbox,
    /// Make the contact, or take it up.
    Create,
    /// Read the contact, and prove who it is.
    Contact,
    /// Read its conversations.
    List,
    /// Begin a conversation.
    Begin,
    /// Read a conversation.
    View,
    /// Read messages.
    Messages,
}

/// The adapter.
pub struct OneChat {
    settings: Settings,
    /// `None` until the inbox was read.
    generation: Option<Generation>,
    /// The visitor's id here.
    source: Option<String>,
    /// The server has a contact of that id, or had.
    exists: bool,
    /// The key of the stream of events.
    token: Option<String>,
    /// The contact's address, as the server has it.
    email: Option<String>,
    /// The number of the inbox: a contact whose identity is proven sees
    /// conversations of others, too (contract 2.3).
    inbox: Option<i64>,
    /// The conversation that was last taken up.
    current: Option<ConversationInfo>,
    /// The visitor has seen what was written there up to then, in seconds.
    seen_until: i64,
    /// The visitor has seen up to this message in this conversation.
    seen: Option<(ConversationId, i64)>,
    /// Questions that are not forms.
    asked: Vec<(MessageId, RichKind)>,
    /// The conversations were looked through, or need not be.
    is_searched: bool,
    /// Conversations of this contact are born over.
    is_blocked: bool,
    /// Routes that the server does not have.
    missing: Vec<Route>,
    opening: Step,
    checking: Step,
    reading: Step,
    /// A channel was greeted and has not confirmed that: the token may be bad.
    unconfirmed: Cell<bool>,
    /// A socket was opened, and nothing came through it.
    silent: Cell<bool>,
    /// Sub-protocols are not offered: something between may strip the answer.
    plain: Cell<bool>,
    /// As it was last kept.
    kept: String,
}

impl OneChat {
    /// An adapter for these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let source = settings.contact.source_id.clone();
        let mut it = Self {
            settings,
            generation: None,
            exists: source.is_some(),
            source,
            token: None,
            email: None,
            inbox: None,
            current: None,
            seen_until: 0,
            seen: None,
            asked: Vec::new(),
            is_searched: false,
            is_blocked: false,
            missing: Vec::new(),
            opening: Step::Inbox,
            checking: Step::Contact,
            reading: Step::Messages,
            unconfirmed: Cell::new(false),
            silent: Cell::new(false),
            plain: Cell::new(false),
            kept: String::new(),
        };
        it.kept = it.write();
        it
    }

    /// Whether the site proves who the visitor is.
    const fn is_proven(&self) -> bool {
        let contact = &self.settings.contact;
        contact.identifier.is_some() && contact.identifier_hash.is_some()
    }

    /// Whether the server does without this route.
    fn lacks(&self, route: Route) -> bool {
        self.generation == Some(Generation::Old) || self.missing.contains(&route)
    }

    /// The request of this step.
    fn ask(&mut self, call: &Call, step: Step) -> Request {
        let steps = [
            (Route::Open, &mut self.opening),
            (Route::Check, &mut self.checking),
            (Route::History, &mut self.reading),
        ];
        for (route, at) in steps {
            if route == call.route() {
                *at = step;
            }
        }
        self.request_of(call, step)
    }
}

impl Backend for OneChat {
    fn traits(&self) -> Traits {
        Traits {
            transport: Transport::Requests { push: true },
            token: false,
            rooms: true,
            begin: true,
            typing: true,
            seen: true,
            unsend: false,
            upload: true,
            end: true,
            reopen: true,
            presence: true,
            csat: true,
        }
    }

    fn restore(&mut self, kept: &str) {
        // What is not ours is written over.
        self.kept = kept.to_owned();
        let _ = self.read(kept);
    }

    fn keep(&mut self) -> Option<String> {
        let text = self.write();
        if text == self.kept {
            return None;
        }
        self.kept.clone_from(&text);
        Some(text)
    }

    fn check(&self, _uid: &Uid, text: &str) -> Result<(), TooLong> {
        // `chars` has a large way of counting.
        let begins = |byte: &u8| byte & 0xc0 != 0x80;
        let size = text.bytes().filter(begins).count();
        if size <= TEXT_LIMIT {
            return Ok(());
        }
        Err(TooLong {
            size,
            limit: TEXT_LIMIT,
        })
    }

    fn encode(&mut self, call: &Call, _token: &Secret) -> Outgoing {
        let step = match call {
            Call::Look => Step::Inbox,
            Call::Begin if !self.is_blocked => {
                self.draw();
                Step::Create
            }
            Call::Rooms if self.exists => Step::List,
            Call::Rooms => return known(Reply::Rooms(Vec::new())),
            Call::Begin
            | Call::BeginWith(..)
            | Call::Delete(..)
            | Call::Unread
            | Call::Send(_, _, Content::File(_) | Content::Rich(_)) => {
                return Outgoing::Known(failed(RefusalKind::Rejected));
            }
            Call::Seen(room, message) => {
                self.note_seen(room, message);
                Step::Messages
            }
            Call::Check(_) => Step::Contact,
            Call::Ping(_) => Step::View,
            // A token that was not confirmed may be another one by now
            // (contract 5.3).
            Call::History(_, page) if page.below.is_none() && self.unconfirmed.take() => {
                Step::Contact
            }
            Call::Resume(_)
            | Call::History(..)
            | Call::Send(..)
            | Call::End(_)
            | Call::Typing(..)
            | Call::Answer(..) => Step::Messages,
        };
        if self.source.is_none() && !matches!(call, Call::Look) {
            return Outgoing::Known(failed(RefusalKind::Missing));
        }
        if let Call::Resume(id) = call {
            let current = self.current.clone();
            let info = current.filter(|info| info.id.as_ref() == Some(id));
            let info = info.unwrap_or_else(|| self.info_of(Some(id.clone())));
            return known(Reply::Conversation(info));
        }
        if is_optional(call) && self.lacks(call.route()) {
            return known(Reply::Done);
        }
        Outgoing::Request(self.ask(call, step))
    }

    fn answer(&mut self, call: &Call, response: &Response, _token: &Secret) -> Answer {
        let body = Json::parse(&response.body).unwrap_or(Json::Null);
        let is_ok = is_ok(response);
        if matches!(call, Call::History(..)) && self.reading == Step::Contact {
            if is_ok {
                self.note_contact(&body);
            }
            return Answer::Next(self.ask(call, Step::Messages));
        }
        if is_optional(call) && response.status == 404 {
            self.missing.push(call.route());
            return done(Reply::Done);
        }
        let is_opening = matches!(call.route(), Route::Open | Route::Check);
        if !is_ok && !is_opening {
            if let Call::Answer(_, _, answer) = call
                && rich::email(answer).is_some()
            {
                return self.contact_refused(response, &body);
            }
            return Answer::Done(Err(refusal(response, &body)));
        }
        let reply = match call {
            Call::Look | Call::Begin | Call::BeginWith(..) | Call::Resume(_) => {
                return self.on_opening(call, response, &body);
            }
            Call::Check(id) => return self.on_check(call, id, response, &body),
            Call::History(id, _) => body.as_list().map(|rows| {
                let rows = rows.iter().filter_map(|row| self.message(row, Some(id)));
                Reply::Messages(rows.collect())
            }),
            Call::Send(id, uid, _) => self.message(&body, Some(id)).map(|mut message| {
                message.uid = Some(uid.clone());
                Reply::Sent(message)
            }),
            Call::Answer(id, _, answer) => {
                if let Some(email) = rich::email(answer) {
                    self.email = Some(email);
                    return done(Reply::Done);
                }
                let message = self.message(&body, Some(id));
                Some(message.map_or(Reply::Done, Reply::Changed))
            }
            Call::Rooms => body.as_list().map(|_| Reply::Rooms(self.rooms(&body))),
            Call::Ping(_) => self.take_up(&body).map(Reply::Conversation),
            Call::Seen(..) | Call::Typing(..) | Call::End(_) | Call::Delete(..) | Call::Unread => {
                Some(Reply::Done)
            }
        };
        reply.map_or_else(unclear, done)
    }

    fn door(&self, _token: &Secret) -> Result<Option<Door>, UrlTooLong> {
        let Some(url) = self.cable_url().filter(|_| self.token.is_some()) else {
            return Ok(None);
        };
        // Whoever strips the answer to the sub-protocols makes the browser
        // close at once: every other try goes without (contract 3.7).
        if self.silent.replace(true) {
            self.plain.set(!self.plain.get());
        }
        Ok(Some(Door {
            url: Url(url),
            protocols: if self.plain.get() { &[] } else { PROTOCOLS },
        }))
    }

    fn greet(&self) -> Greeting {
        self.unconfirmed.set(true);
        Greeting {
            frames: self.command("subscribe", None).into_iter().collect(),
            confirmed: true,
        }
    }

    fn presence(&self) -> Option<String> {
        self.command("message", Some("{\"action\":\"update_presence\"}"))
    }

    fn decode(&mut self, frame: &str) -> Vec<Incoming> {
        self.silent.set(false);
        let Some(frame) = Json::parse(frame) else {
            return vec![Incoming::Unknown];
        };
        self.on_frame(&frame).into_iter().collect()
    }

    /// Contract 3.5.
    fn upload(&mut self, to: &Destination<'_>, _file: &FileContent) -> Upload {
        if self.source.is_none() {
            return Upload::Never;
        }
        Upload::Send(UploadRequest {
            method: "POST",
            url: Url(self.conversation_url(to.conversation, "/messages")),
            headers: vec![asking::accept()],
            body: UploadBody::Form(vec![("echo_id", Secret(to.uid.0.clone()))], "attachments[]"),
        })
    }

    fn upload_verdict(&mut self, response: &Response) -> UploadVerdict {
        let body = Json::parse(&response.body).unwrap_or(Json::Null);
        if is_ok(response) {
            return match self.message(&body, None) {
                Some(message) => UploadVerdict::Sent(Box::new(message)),
                None => UploadVerdict::Unclear,
            };
        }
        let refusal = refusal(response, &body);
        match refusal.kind {
            RefusalKind::Busy => UploadVerdict::Busy,
            RefusalKind::Unclear => UploadVerdict::Unclear,
            RefusalKind::Token => UploadVerdict::Token,
            RefusalKind::Missing | RefusalKind::Rejected => UploadVerdict::Refused(refusal.text),
        }
    }
}

/// What a server may do without, and so do we (contract 6, 13).
const fn is_optional(call: &Call) -> bool {
    matches!(
        call,
        Call::Seen(..) | Call::Typing(..) | Call::End(_) | Call::Ping(_)
    )
}

fn is_ok(response: &Response) -> bool {
    matches!(response.status, 200..=299)
}

/// What a status means; the body does not (contract 7).
fn refusal(response: &Response, body: &Json) -> Refusal {
    let kind = match response.status {
        401 | 403 => RefusalKind::Token,
        404 => RefusalKind::Missing,
        429 => RefusalKind::Busy,
        400..=499 => RefusalKind::Rejected,
        _ => RefusalKind::Unclear,
    };
    let text = read::said(body, "message").or_else(|| read::said(body, "error"));
    let text = text.filter(|text| response.status == 422 && text.len() <= SHORT);
    Refusal {
        kind,
        text: text.map(str::to_owned),
    }
}

/// Longest text of the server that a visitor is shown, in bytes.
const SHORT: usize = 160;

const fn failed(kind: RefusalKind) -> Outcome {
    Err(Refusal { kind, text: None })
}

const fn refused(kind: RefusalKind) -> Answer {
    Answer::Done(failed(kind))
}

const fn unclear() -> Answer {
    refused(RefusalKind::Unclear)
}

const fn done(reply: Reply) -> Answer {
    Answer::Done(Ok(reply))
}

const fn known(reply: Reply) -> Outgoing {
    Outgoing::Known(Ok(reply))
}
