//! VoIPBIN: agents of one customer talk to each other; calls are requests, and
//! events come through a WebSocket that only listens (contract `voipbin.md`).
//!
//! Its chat exists twice. In the *legacy* one each participant has a room, a view
//! of the chat, and each message one copy a room: only the visitor's own copies
//! are shown. *Talk* has one of each. Which one is there is found out, unless the
//! site knows. Neither tells what was seen, so that is counted here.

mod kept;
mod read;

use self::kept::Places;
use self::read::{Event, Said};
use crate::backend::lenient::{id_of, push_room, refused, stored, text_of, url};
use crate::backend::times::{self, Micros, growing};
use crate::backend::{
    Answer, Backend, Below, Call, ConversationInfo, Destination, Greeting, Incoming, Message,
    Outcome, Outgoing, PageSize, RefusalKind, Reply, TooLong, Upload, UploadVerdict, UrlTooLong,
};
use crate::io::{Door, Request, Response, Secret, UploadBody, UploadRequest, Url};
use crate::json::{Json, object};
use crate::model::{Author, Content, ConversationId, FileContent, Room, Traits, Transport, Uid};
use crate::text::{before, contains, encoded, push_digits, push_encoded};

/// Rows a page of a list: as many as there may be.
const ROOMS: u32 = 100;
/// Messages a page.
const MESSAGES: u32 = 50;
/// Messages that are asked for to show a room in the list.
const LAST: u32 = 20;
/// No more rooms than so many are looked into to show one list, or to find the
/// one with somebody.
const MOST_LOOKS: usize = 8;
/// No more files than so many are asked for to show one page.
const MOST_FILES: usize = 8;

/// Where and as whom to connect.
#[derive(Clone, Debug)]
pub struct Settings {
    /// REST base URL (contract 2 `baseUrl`).
    pub api_url: String,
    /// WebSocket URL; `ws` on the REST base where there is none.
    pub socket_url: Option<String>,
    /// The visitor. Without it nothing can be listened to.
    pub agent_id: String,
    /// Whose agent that is: what comes of other customers is not shown.
    pub customer_id: Option<String>,
    /// Which of the two chats.
    pub chat_api: ChatApi,
    /// The page's own endpoint for files (contract 5 "upload"): they are put
    /// there in a form, and the message has the URL that this is answered with.
    /// Without one files go to talk's store, where talk is.
    pub upload_url: Option<String>,
}

/// Which of the two chats to speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatApi {
    /// The one that is there. What only one of them can is left out: what a back
    /// end can do is asked before it is known which one it is.
    Detect,
    /// Chat rooms.
    Legacy,
    /// Talk.
    Talk,
}

/// The one that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Legacy,
    Talk,
}

/// The adapter.
pub struct VoipBin {
    settings: Settings,
    dialect: Option<Dialect>,
    /// It was found out which chat is there, and need not be again.
    is_sure: bool,
    places: Places,
    /// The rooms of a list that is being read.
    listing: Vec<Room>,
    /// The room of it that is being looked into, and how many were.
    looking: Option<ConversationId>,
    looks: usize,
    /// The talk whose people are asked for, to find the one with somebody; empty
    /// while it is the list that is asked for.
    finding: Option<String>,
    /// The next ones, the last one first.
    talks: Vec<String>,
    /// The room whose messages were last read.
    current: String,
    /// Rows of a page whose files are being asked for.
    page: Vec<Json>,
    /// The file that is being asked for, and how many were.
    asked: Option<(String, usize)>,
    /// Files and until when their URLs are good.
    files: Vec<(String, FileContent, Micros)>,
    /// The latest time that the server told: there is no other clock here.
    latest: Micros,
    /// `End` has come to the visitor's own participation.
    is_leaving: bool,
}

impl VoipBin {
    /// An adapter for these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let dialect = match settings.chat_api {
            ChatApi::Detect => None,
            ChatApi::Legacy => Some(Dialect::Legacy),
            ChatApi::Talk => Some(Dialect::Talk),
        };
        Self {
            dialect,
            is_sure: dialect.is_some(),
            places: Places::new(settings.agent_id.clone()),
            settings,
            listing: Vec::new(),
            looking: None,
            looks: 0,
            finding: None,
            talks: Vec::new(),
            current: String::new(),
            page: Vec::new(),
            asked: None,
            files: Vec::new(),
            latest: Micros::default(),
            is_leaving: false,
        }
    }

    // ---- requests ----

    /// The resources have other names in each chat.
    fn name(&self, legacy: &'static str, talk: &'static str) -> &'static str {
        if self.dialect == Some(Dialect::Legacy) {
            legacy
        } else {
            talk
        }
    }

    fn rooms(&self) -> &'static str {
        self.name("chatrooms", "talk_chats")
    }

    fn messages(&self) -> &'static str {
        self.name("chatroommessages", "talk_messages")
    }

    /// The key of a room's id.
    fn room_key(&self) -> &'static str {
        self.name("chatroom_id", "chat_id")
    }

    /// Plain agents may do this only under `service_agents` (contract 4.3).
    fn place(&self, path: &[&str]) -> String {
        url(
            &url(&self.settings.api_url, "service_agents"),
            &path.concat(),
        )
    }

    fn request(
        &self,
        method: &'static str,
        path: &[&str],
        body: Option<String>,
        token: &Secret,
    ) -> Request {
        let mut headers = vec![authorization(token)];
        if body.is_some() {
            headers.push(("Content-Type", Secret("application/json".into())));
        }
        Request {
            method,
            url: Url(self.place(path)),
            headers,
            body: body.map(Secret),
        }
    }

    /// The list of rooms from there on.
    fn list(&self, after: &str, token: &Secret) -> Request {
        let mut query = String::from("?page_size=");
        push_digits(i64::from(ROOMS), &mut query);
        push_page_token(after, &mut query);
        self.request("GET", &[self.rooms(), &query], None, token)
    }

    /// So many messages, the newest ones or those below.
    fn history(&self, id: &str, size: u32, below: Option<&Below>, token: &Secret) -> Request {
        let mut query = String::from("?");
        query.push_str(self.room_key());
        query.push('=');
        push_encoded(&mut query, id);
        query.push_str("&page_size=");
        push_digits(i64::from(size), &mut query);
        if let Some(below) = below {
            // A little later than that, because a page begins before its token
            // and several messages may have one time.
            let time = Micros(below.at.0.saturating_add(1).saturating_mul(1_000));
            let is_talk = self.dialect != Some(Dialect::Legacy);
            push_page_token(&times::write(time, is_talk), &mut query);
        }
        self.request("GET", &[self.messages(), &query], None, token)
    }

    /// Who is in a talk.
    fn people(&self, id: &str, token: &Secret) -> Request {
        let path = [self.rooms(), "/", &encoded(id), "/participants"];
        self.request("GET", &path, None, token)
    }

    fn file(&self, id: &str, token: &Secret) -> Request {
        self.request("GET", &["files/", &encoded(id)], None, token)
    }

    fn begin(&self, people: &[String], title: &str, token: &Secret) -> Request {
        let me = self.settings.agent_id.as_str();
        let body = object(|out| {
            out.pair("name", Some(title));
            out.pair("detail", Some(""));
            if self.dialect == Some(Dialect::Legacy) {
                out.key("participant_ids");
                out.list(|out| {
                    out.text(me);
                    for id in people {
                        out.text(id);
                    }
                });
                return;
            }
            let kind = if people.len() > 1 { "group" } else { "direct" };
            out.pair("type", Some(kind));
            out.key("participants");
            out.list(|out| {
                for id in people {
                    out.object(|out| {
                        out.pair("owner_type", Some("agent"));
                        out.pair("owner_id", Some(id));
                    });
                }
            });
        });
        self.request("POST", &[self.rooms()], Some(body), token)
    }

    /// A message; nothing for what cannot be sent. A file is
    /// `{type: "link", link_url}`, or `{type: "file", file_id}` (contract 3.1).
    fn send(&self, id: &str, content: &Content, token: &Secret) -> Option<Request> {
        let is_talk = self.dialect != Some(Dialect::Legacy);
        let (text, file) = match content {
            Content::Text(text) => (text.as_str(), None),
            Content::File(file) if is_talk || is_link(&file.url) => ("", Some(&file.url)),
            Content::File(_) | Content::Rich(_) => return None,
        };
        let body = object(|out| {
            out.pair(self.room_key(), Some(id));
            out.pair("type", is_talk.then_some("normal"));
            out.pair("text", Some(text));
            out.key("medias");
            out.list(|out| {
                if let Some(file) = file {
                    let (kind, key) = if is_link(file) {
                        ("link", "link_url")
                    } else {
                        ("file", "file_id")
                    };
                    out.object(|out| {
                        out.pair("type", Some(kind));
                        out.pair(key, Some(file));
                    });
                }
            });
        });
        Some(self.request("POST", &[self.messages()], Some(body), token))
    }

    /// The first request of a call; nothing for what is not to be had.
    fn first(&mut self, call: &Call, token: &Secret) -> Option<Request> {
        Some(match call {
            Call::Look | Call::Rooms => {
                self.current.clear();
                self.listing.clear();
                self.looking = None;
                self.looks = 0;
                self.list("", token)
            }
            Call::BeginWith(people, title) => {
                let is_alone = self.dialect != Some(Dialect::Legacy) && is_alone(people, title);
                self.finding = is_alone.then(String::new);
                if is_alone {
                    self.list("", token)
                } else {
                    self.begin(people, title, token)
                }
            }
            Call::Check(id) => {
                self.request("GET", &[self.rooms(), "/", &encoded(&id.0)], None, token)
            }
            Call::History(id, page) => {
                self.current.clone_from(&id.0);
                self.page.clear();
                self.asked = None;
                let size = match page.size {
                    PageSize::Usual => MESSAGES,
                    PageSize::Small => MESSAGES / 4,
                };
                self.history(&id.0, size, page.below.as_ref(), token)
            }
            Call::Send(id, _, content) => return self.send(&id.0, content, token),
            Call::Delete(_, id) if self.dialect != Some(Dialect::Legacy) => self.request(
                "DELETE",
                &[self.messages(), "/", &encoded(id.name())],
                None,
                token,
            ),
            Call::End(id) => {
                self.is_leaving = self.dialect == Some(Dialect::Legacy);
                if self.is_leaving {
                    self.request("DELETE", &[self.rooms(), "/", &encoded(&id.0)], None, token)
                } else {
                    self.people(&id.0, token)
                }
            }
            Call::Begin
            | Call::Resume(_)
            | Call::Ping(_)
            | Call::Seen(..)
            | Call::Delete(..)
            | Call::Unread
            | Call::Typing(..)
            | Call::Answer(..) => return None,
        })
    }

    // ---- which chat ----

    /// Asks whether talk is there.
    fn detect(&self, token: &Secret) -> Request {
        self.request("GET", &["talk_chats?page_size=1"], None, token)
    }

    /// The answer to that: then the call itself.
    fn detected(&mut self, call: &Call, response: &Response, token: &Secret) -> Answer {
        let dialect = match read::answer(response) {
            Ok(_) => Dialect::Talk,
            Err(_) if response.status == 404 => Dialect::Legacy,
            Err(refusal) => return Answer::Done(Err(refusal)),
        };
        self.dialect = Some(dialect);
        self.is_sure = true;
        self.places.set_api(self.name("legacy", "talk"));
        match self.first(call, token) {
            Some(request) => Answer::Next(request),
            None => Answer::Done(Err(refused(RefusalKind::Rejected, None))),
        }
    }

    // ---- rooms ----

    fn read_rooms(&mut self, answer: &Json, token: &Secret) -> Answer {
        let mut has_new = false;
        for row in read::result(answer) {
            let Some(mut it) = read::room(row) else {
                continue;
            };
            // Others' views of the same chat.
            let is_own = it
                .owner
                .as_ref()
                .is_none_or(|owner| *owner == self.settings.agent_id);
            let id = ConversationId(std::mem::take(&mut it.id));
            if it.is_gone || !is_own || self.listing.iter().any(|room| room.id == id) {
                continue;
            }
            has_new = true;
            let place = self.places.enter(&id.0);
            it.others.retain(|other| *other != self.settings.agent_id);
            place.others = it.others;
            let room = Room {
                title: it.title.unwrap_or_default(),
                last: String::new(),
                at: it.at.max(place.at).stamp(),
                unread: 0,
                id,
            };
            push_room(&mut self.listing, room);
        }
        // The last page has a token too; only an empty one is the end.
        match text_of(answer, "next_page_token") {
            Some(next) if has_new => Answer::Next(self.list(next, token)),
            Some(_) | None => self.look_into(token),
        }
    }

    /// The list, or a look into the next room of which nothing is known yet.
    fn look_into(&mut self, token: &Secret) -> Answer {
        let places = &mut self.places;
        let mut rooms = self.listing.iter();
        if self.looks < MOST_LOOKS
            && let Some(room) = rooms.find(|room| places.enter(&room.id.0).is_new())
        {
            let request = self.history(&room.id.0, LAST, None, token);
            self.looking = Some(room.id.clone());
            self.looks += 1;
            return Answer::Next(request);
        }
        let mut rooms = Vec::new();
        for mut room in std::mem::take(&mut self.listing) {
            let place = self.places.enter(&room.id.0);
            if room.title.is_empty() {
                room.title = place.title();
            }
            room.last.clone_from(&place.last);
            room.at = room.at.max(place.at.stamp());
            room.unread = place.unread();
            push_room(&mut rooms, room);
        }
        let is_there = |id: &str| rooms.iter().any(|room| room.id.0 == id);
        self.places.close(|id| !is_there(id));
        Answer::Done(Ok(Reply::Rooms(rooms)))
    }

    /// The legacy room that is only with this person, if it is known. Talks name
    /// nobody.
    fn known_with(&self, people: &[String], title: &str) -> Option<&str> {
        let room = self.places.with(people);
        room.filter(|_| is_alone(people, title))
    }

    /// Looks for the talk that is only with this person: these are the talks, or
    /// the people of the one that was asked for. Else there will be a new one.
    fn find(&mut self, asked: &str, rows: &[Json], people: &[String], token: &Secret) -> Answer {
        if asked.is_empty() {
            self.talks.clear();
            for row in rows {
                if self.talks.len() < MOST_LOOKS
                    && text_of(row, "type") == Some("direct")
                    && let Some(talk) = read::room(row)
                    && !talk.is_gone
                {
                    self.talks.push(talk.id);
                }
            }
            self.talks.reverse();
        } else {
            let owners = rows.iter().filter_map(|it| id_of(it, "owner_id"));
            let others = owners.filter(|it| *it != self.settings.agent_id);
            if others.eq(people.iter().cloned()) {
                return Answer::Done(Ok(Reply::Conversation(self.info(asked, false))));
            }
        }
        self.finding = self.talks.pop();
        Answer::Next(match &self.finding {
            Some(id) => self.people(id, token),
            None => self.begin(people, "", token),
        })
    }

    fn info(&self, room: &str, closed: bool) -> ConversationInfo {
        ConversationInfo {
            id: Some(ConversationId(room.to_owned())),
            closed,
            joined: None,
            visitor: Some(self.settings.agent_id.clone()).filter(|id| !id.is_empty()),
            life: None,
            seen_until: None,
        }
    }

    fn take_room(&mut self, answer: &Json) -> Outcome {
        match read::room(answer) {
            Some(room) => Ok(Reply::Conversation(self.info(&room.id, room.is_gone))),
            None => Err(refused(RefusalKind::Unclear, None)),
        }
    }

    /// Leaves a talk: by the id of the visitor's participation.
    fn leave(&mut self, id: &ConversationId, answer: &Json, token: &Secret) -> Answer {
        if !self.is_leaving {
            self.is_leaving = true;
            let people = answer.as_list().unwrap_or_default().iter();
            let mut own =
                people.filter(|it| id_of(it, "owner_id").as_ref() == Some(&self.settings.agent_id));
            if let Some(own) = own.find_map(|it| id_of(it, "id")) {
                let (room, own) = (encoded(&id.0), encoded(&own));
                let path = [self.rooms(), "/", &room, "/participants/", &own];
                return Answer::Next(self.request("DELETE", &path, None, token));
            }
        }
        Answer::Done(Ok(Reply::Conversation(self.close(&id.0))))
    }

    // ---- messages ----

    /// A page, or the next file that is needed to show it.
    fn read_page(&mut self, id: &ConversationId, token: &Secret) -> Answer {
        let asked = self.asked.as_ref().map_or(0, |(_, count)| *count);
        if asked < MOST_FILES
            && let Some(file) = self.next_file()
        {
            let request = self.file(&file, token);
            self.asked = Some((file, asked + 1));
            return Answer::Next(request);
        }
        self.asked = None;
        let rows = std::mem::take(&mut self.page);
        Answer::Done(Ok(Reply::Messages(self.take_page(id, &rows))))
    }

    fn take_page(&mut self, id: &ConversationId, rows: &[Json]) -> Vec<Message> {
        let said: Vec<Said> = rows.iter().filter_map(read::message).collect();
        let place = self.places.enter(&id.0);
        // A room of which nothing is known begins as read, but for what has just
        // come.
        let first = place.first_unseen().map(growing).unwrap_or("~");
        let ids = said.iter().map(|it| growing(&it.id));
        let read = ids.filter(|it| *it < first).max().unwrap_or("").to_owned();
        self.places.begin_reading(&id.0, &read);
        let messages = said.into_iter().filter_map(|said| self.take(&id.0, said));
        messages.collect()
    }

    /// A file of the page whose URL is not known.
    fn next_file(&self) -> Option<String> {
        let files = self.page.iter().flat_map(read::files);
        let mut unknown = files.filter(|file| self.find_file(file).is_none());
        unknown.next()
    }

    fn find_file(&self, id: &str) -> Option<&FileContent> {
        let mut files = self.files.iter();
        let found = files.find(|(file, _, until)| file == id && *until > self.latest);
        found.map(|(_, file, _)| file)
    }

    /// Notes a file, or that it cannot be had.
    fn take_file(&mut self, id: String, answer: Option<&Json>) {
        let (mut file, until) = read::file(answer.unwrap_or(&Json::Null));
        if file.url.is_empty() {
            file.url.clone_from(&id);
        }
        // One that cannot be had, or is over already, is asked for again when
        // there are other news.
        let until = until.max(Micros(self.latest.0 + 1));
        self.files.retain(|(known, ..)| *known != id);
        self.files.push((id, file, until));
    }

    /// A message, with what is known of its room. `None` when it shows nothing.
    fn take(&mut self, room: &str, said: Said) -> Option<Message> {
        self.latest = self.latest.max(said.at);
        let author = if said.is_system {
            Author::System
        } else if said.author.as_ref() == Some(&self.settings.agent_id) {
            Author::Me
        } else {
            Author::Them
        };
        let content = if said.is_gone {
            None
        } else {
            Some(said.content(|id| self.find_file(id).cloned())?)
        };
        let last = content.as_ref().map_or("", Content::preview);
        self.places.note(room, &said, &author, last);
        let seen = author == Author::Them && self.places.enter(room).has_read(&said.id);
        Some(Message {
            id: said.id,
            conversation: Some(ConversationId(room.to_owned())),
            uid: None,
            author,
            content,
            at: said.at.stamp(),
            seen,
        })
    }

    /// The answer to a message, which is as it was written.
    fn sent(&mut self, room: &str, content: &Content, answer: &Json) -> Outcome {
        let Some(said) = read::message(answer) else {
            return Err(refused(RefusalKind::Unclear, None));
        };
        let (id, at) = (said.id.clone(), said.at);
        let stored = self.take(room, said).and_then(|taken| taken.content);
        self.places.read_to(room, &id);
        let content = match (content, stored) {
            // What a link leads to is known better here.
            (Content::File(own), Some(Content::File(stored)))
                if !is_link(&own.url) && contains(&stored.url, "://") =>
            {
                Content::File(stored)
            }
            (content, _) => content.clone(),
        };
        Ok(Reply::Sent(Message {
            id,
            conversation: Some(ConversationId(room.to_owned())),
            uid: None,
            author: Author::Me,
            content: Some(content),
            at: at.stamp(),
            seen: false,
        }))
    }

    /// A message that came as an event.
    fn on_message(&mut self, row: &Json) -> Vec<Incoming> {
        let is_copy = row.get("chatroom_id").is_some();
        let room = id_of(row, self.room_key());
        let (Some(room), Some(said)) = (room, read::message(row)) else {
            // The chat's own row of a message: the visitor's copy is what counts.
            let is_master = self.dialect == Some(Dialect::Legacy) && !is_copy;
            return vec![if is_master {
                Incoming::News
            } else {
                Incoming::Unknown
            }];
        };
        let owner = id_of(row, "owner_id");
        if is_copy && owner.is_some_and(|owner| owner != self.settings.agent_id) {
            return vec![Incoming::Unknown];
        }
        if said.is_gone {
            self.places.forget(&room, &said.id);
            return vec![Incoming::Gone(said.id)];
        }
        // A file has a URL only by a request.
        let needs_file = said.files().any(|file| self.find_file(file).is_none());
        let is_here = room == self.current;
        let message = self.take(&room, said);
        let mut news = vec![message.map_or(Incoming::Unknown, Incoming::Message)];
        if needs_file && is_here {
            news.push(Incoming::News);
        }
        news
    }

    /// The visitor is not in a room any more.
    fn close(&mut self, room: &str) -> ConversationInfo {
        self.places.close(|other| other == room);
        self.info(room, true)
    }
}

fn authorization(token: &Secret) -> (&'static str, Secret) {
    ("Authorization", Secret(["Bearer ", &token.0].concat()))
}

/// Whether the one room that there is with somebody will do.
fn is_alone(people: &[String], title: &str) -> bool {
    title.is_empty() && people.len() == 1
}

/// Whether a file is named by its URL, and not by its id.
fn is_link(file: &str) -> bool {
    contains(file, "/")
}

/// Page tokens are times, with spaces and colons.
fn push_page_token(token: &str, query: &mut String) {
    if !token.is_empty() {
        query.push_str("&page_token=");
        push_encoded(query, token);
    }
}

impl Backend for VoipBin {
    fn traits(&self) -> Traits {
        let is_talk = self.settings.chat_api == ChatApi::Talk;
        Traits {
            transport: Transport::Requests { push: true },
            token: true,
            rooms: true,
            begin: false,
            typing: false,
            seen: true,
            unsend: is_talk,
            upload: is_talk || self.settings.upload_url.is_some(),
            end: true,
            reopen: false,
            presence: false,
            csat: false,
        }
    }

    fn restore(&mut self, kept: &str) {
        let api = self.places.restore(kept);
        if self.dialect.is_none() {
            self.dialect = match api.as_deref() {
                Some("legacy") => Some(Dialect::Legacy),
                Some("talk") => Some(Dialect::Talk),
                Some(_) | None => None,
            };
        }
    }

    fn keep(&mut self) -> Option<String> {
        self.places.keep()
    }

    fn check(&self, _uid: &Uid, _text: &str) -> Result<(), TooLong> {
        Ok(())
    }

    fn encode(&mut self, call: &Call, token: &Secret) -> Outgoing {
        match call {
            Call::Resume(id) => {
                return Outgoing::Known(Ok(Reply::Conversation(self.info(&id.0, false))));
            }
            Call::Seen(id, message) => {
                self.places.read_to(&id.0, message);
                return Outgoing::Known(Ok(Reply::Done));
            }
            Call::Unread => return Outgoing::Known(Ok(Reply::Unread(self.places.unread()))),
            Call::BeginWith(people, title) => {
                if let Some(room) = self.known_with(people, title) {
                    return Outgoing::Known(Ok(Reply::Conversation(self.info(room, false))));
                }
            }
            Call::Look
            | Call::Begin
            | Call::Check(_)
            | Call::History(..)
            | Call::Ping(_)
            | Call::Send(..)
            | Call::Delete(..)
            | Call::End(_)
            | Call::Typing(..)
            | Call::Answer(..)
            | Call::Rooms => {}
        }
        let nobody = matches!(call, Call::BeginWith(people, _) if people.is_empty());
        match self.first(call, token).filter(|_| !nobody) {
            Some(_) if self.dialect.is_none() => Outgoing::Request(self.detect(token)),
            Some(request) => Outgoing::Request(request),
            None => Outgoing::Known(Err(refused(RefusalKind::Rejected, None))),
        }
    }

    fn answer(&mut self, call: &Call, response: &Response, token: &Secret) -> Answer {
        if self.dialect.is_none() {
            return self.detected(call, response, token);
        }
        let answer = read::answer(response);
        self.is_sure |= answer.is_ok();
        // A file that cannot be had is no reason to show nothing.
        if let Call::History(id, _) = call
            && let Some((file, count)) = self.asked.take()
        {
            self.take_file(file, answer.as_ref().ok());
            self.asked = Some((String::new(), count));
            return self.read_page(id, token);
        }
        // Nor is a room that cannot be looked into.
        if matches!(call, Call::Look | Call::Rooms)
            && let Some(id) = self.looking.take()
        {
            if let Ok(answer) = &answer {
                self.take_page(&id, read::result(answer));
            }
            return self.look_into(token);
        }
        // Nor is a talk whose people are not told.
        let goes_on = |asked: &String| match &answer {
            Ok(_) => true,
            Err(it) => {
                let is_no = matches!(it.kind, RefusalKind::Missing | RefusalKind::Rejected);
                is_no && !asked.is_empty()
            }
        };
        if let Call::BeginWith(people, _) = call
            && let Some(asked) = self.finding.take().filter(goes_on)
        {
            let rows = answer.as_ref().map(read::result).unwrap_or_default();
            return self.find(&asked, rows, people, token);
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(_)
                if matches!(call, Call::Look)
                    && !self.is_sure
                    && matches!(response.status, 400 | 404) =>
            {
                // The chat that was there on an earlier page may have been
                // switched off since (contract 4.2).
                self.dialect = None;
                return Answer::Next(self.detect(token));
            }
            Err(mut refusal) => {
                if refusal.kind == RefusalKind::Missing && response.status == 400 {
                    // Without a word: not there, not allowed, not so, or stored.
                    let is_read = matches!(call, Call::Check(_) | Call::History(..));
                    if matches!(call, Call::Send(..)) {
                        refusal.kind = RefusalKind::Unclear;
                    } else if !is_read {
                        refusal.kind = RefusalKind::Rejected;
                    }
                }
                return Answer::Done(Err(refusal));
            }
        };
        let outcome = match call {
            Call::Look | Call::Rooms => return self.read_rooms(&answer, token),
            Call::BeginWith(..) | Call::Check(_) => self.take_room(&answer),
            Call::History(id, _) => {
                self.page = read::result(&answer).to_vec();
                return self.read_page(id, token);
            }
            Call::Send(id, _, content) => self.sent(&id.0, content, &answer),
            Call::Delete(..) => Ok(Reply::Done),
            Call::End(id) => return self.leave(id, &answer, token),
            Call::Begin
            | Call::Resume(_)
            | Call::Ping(_)
            | Call::Seen(..)
            | Call::Unread
            | Call::Typing(..)
            | Call::Answer(..) => Err(refused(RefusalKind::Rejected, None)),
        };
        Answer::Done(outcome)
    }

    /// The token stands in the URL, where it may get into logs, because the
    /// system takes it nowhere else: a browser's WebSocket sends no headers, and
    /// no sub-protocol is read (contract 2, 3.4).
    fn door(&self, token: &Secret) -> Result<Option<Door>, UrlTooLong> {
        if self.settings.agent_id.is_empty() {
            return Ok(None);
        }
        let mut address = match &self.settings.socket_url {
            Some(socket) => socket.clone(),
            None => {
                let api = url(&self.settings.api_url, "ws");
                let rest = api.strip_prefix("http").unwrap_or(&api);
                ["ws", rest].concat()
            }
        };
        let has_query = before(&address, b"?").len() < address.len();
        address.push_str(if has_query { "&token=" } else { "?token=" });
        push_encoded(&mut address, &token.0);
        Ok(Some(Door {
            url: Url(address),
            protocols: &[],
        }))
    }

    /// Nothing is answered to this; a topic that is refused closes the socket
    /// (contract 3.4).
    fn greet(&self) -> Greeting {
        let end = if self.dialect == Some(Dialect::Talk) {
            ":chat"
        } else {
            ""
        };
        let topic = ["agent_id:", &self.settings.agent_id, end].concat();
        let frame = object(|out| {
            out.pair("type", Some("subscribe"));
            out.key("topics");
            out.list(|out| out.text(&topic));
        });
        Greeting {
            frames: vec![frame],
            confirmed: false,
        }
    }

    fn decode(&mut self, frame: &str) -> Vec<Incoming> {
        let frame = Json::parse(frame).unwrap_or(Json::Null);
        let (event, data) = read::event(&frame);
        let ours = self.settings.customer_id.as_deref();
        let theirs = text_of(data, "customer_id");
        let is_foreign = ours.is_some() && theirs.is_some() && theirs != ours;
        if is_foreign {
            return vec![Incoming::Unknown];
        }
        let news = match event {
            Event::Message => return self.on_message(data),
            Event::MessageGone => match read::message(data) {
                Some(said) => {
                    if let Some(room) = id_of(data, self.room_key()) {
                        self.places.forget(&room, &said.id);
                    }
                    Incoming::Gone(said.id)
                }
                None => Incoming::Unknown,
            },
            Event::Room | Event::RoomGone => match read::room(data) {
                Some(room) if room.is_gone || event == Event::RoomGone => {
                    Incoming::Conversation(self.close(&room.id))
                }
                Some(_) => Incoming::News,
                None => Incoming::Unknown,
            },
            Event::People => Incoming::News,
            Event::Unknown => Incoming::Unknown,
        };
        vec![news]
    }

    /// The page's own endpoint (contract 5), or talk's (3.5, `files`).
    fn upload(&mut self, to: &Destination<'_>, _file: &FileContent) -> Upload {
        let (place, fields) = match &self.settings.upload_url {
            Some(place) => (place.clone(), Vec::new()),
            None if self.dialect == Some(Dialect::Talk) => (
                self.place(&["files"]),
                vec![("type", Secret("talk".into()))],
            ),
            None => return Upload::Never,
        };
        let mut headers = Vec::new();
        // The token is for the system, and for nobody else.
        if place.starts_with(&url(&self.settings.api_url, "")) {
            headers.push(authorization(to.token));
        }
        Upload::Put(UploadRequest {
            method: "POST",
            url: Url(place),
            headers,
            body: UploadBody::Form(fields, "file"),
        })
    }

    /// The page's endpoint answers `{url}` or `{data: {url}}`, talk's a file.
    fn upload_verdict(&mut self, response: &Response) -> UploadVerdict {
        match read::answer(response) {
            Ok(answer) => {
                let place = if self.settings.upload_url.is_some() {
                    stored(&answer)
                } else {
                    let id = id_of(&answer, "id");
                    if let Some(id) = &id {
                        self.take_file(id.clone(), Some(&answer));
                    }
                    id
                };
                match place {
                    Some(place) => UploadVerdict::Done(Some(place)),
                    None => UploadVerdict::Unclear,
                }
            }
            Err(refusal) => match refusal.kind {
                RefusalKind::Token => UploadVerdict::Token,
                RefusalKind::Busy => UploadVerdict::Busy,
                RefusalKind::Unclear => UploadVerdict::Unclear,
                RefusalKind::Missing | RefusalKind::Rejected => {
                    UploadVerdict::Refused(refusal.text)
                }
            },
        }
    }
}
