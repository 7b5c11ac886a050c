//! OneSmile: four commands, all of them `POST`, and no live channel (contract
//! `onesmile.md`).
//!
//! The visitor is a *member* who writes to a *recipient*, mostly a service desk.
//! Nothing of what the server answers can be taken for granted: where the rows
//! of a page are, in which order they come and from which end pages are counted
//! is found out (contract 5.7, 6). What was read last is kept here, because the
//! server takes no receipts (5.9).

mod kept;
mod read;

use self::kept::Places;
use self::read::Row;
use crate::backend::lenient::{push_room, refused, stored, url};
use crate::backend::times::{self, Micros, growing};
use crate::backend::{
    Answer, Backend, Call, ConversationInfo, Destination, Incoming, Message, Outcome, Outgoing,
    Page, PageSize, RefusalKind, Reply, TooLong, Upload, UploadVerdict, UrlTooLong,
};
use crate::io::{Door, Request, Response, Secret, UploadBody, UploadRequest, Url};
use crate::json::{Json, object};
use crate::model::{
    Author, Content, ConversationId, FileContent, FileKind, Room, Traits, Transport, Uid,
};

/// No more than so many pages are read to get to the newest one.
const MOST_PAGES: u32 = 50;
/// The zone of times that name none (contract 2.3 `timeZone`).
const ZONE: i64 = 7 * 3_600;
/// Times of one message may differ by this much between list and page.
const NEAR: i64 = 1_000_000;

/// Whom to speak to, and as whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// REST base URL (contract 2.1).
    pub api_url: String,
    /// What stands before the token in its header (contract 2.3 `tokenPrefix`).
    pub token_prefix: String,
    /// `X-Auth-Api`, which some installations want (contract 2.3).
    pub api_key: Option<String>,
    /// The other side. Without one the visitor chooses among their rooms.
    pub recipient_id: Option<String>,
    /// A room to be in, whoever the other side is.
    pub room_id: Option<String>,
    /// The visitor: the only sure way to tell own messages (contract 5.4).
    pub member_id: Option<String>,
    /// `role` of messages and new rooms.
    pub role: Option<String>,
    /// `room_type` of new rooms.
    pub room_type: Option<i64>,
    /// How files are sent.
    pub upload: UploadMode,
    /// Zone of times that name none: `+07:00` unless told otherwise.
    pub time_zone: Option<String>,
    /// Messages a page.
    pub page_size: u32,
}

/// How files are sent (contract 5.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadMode {
    /// Not at all.
    Off,
    /// In the message, as Base64.
    Base64,
    /// They are put there in a form, and the message has the URL that this is
    /// answered with.
    Url(String),
}

/// The adapter.
pub struct OneSmile {
    settings: Settings,
    zone: i64,
    places: Places,
    /// The room that was made here: it may be listed nowhere before its first
    /// message.
    made: Option<String>,
    /// `Check` has come to the list; holds whether its page had been fine.
    checked: Option<bool>,
    reading: Reading,
    /// The room that a file is being sent to in Base64, and the file.
    sending: Option<(String, FileContent)>,
}

/// The pages of one `History`.
#[derive(Default)]
struct Reading {
    /// Rows before the page that was asked for.
    start: u32,
    /// Rows asked for.
    limit: u32,
    /// Pages read.
    pages: u32,
    rows: Vec<Row>,
    direction: Direction,
    /// Rows of this room, where they are counted from the oldest.
    total: Option<(ConversationId, u32)>,
}

/// From which end the server counts (contract 5.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Direction {
    /// From the newest, as far as is known.
    #[default]
    Newest,
    /// From the newest, or not at all: that was found out.
    NewestForSure,
    /// From the oldest.
    Oldest,
}

impl OneSmile {
    /// An adapter for these settings.
    #[must_use]
    pub fn new(mut settings: Settings) -> Self {
        settings.page_size = settings.page_size.max(1);
        let zone = settings.time_zone.as_deref().and_then(times::zone);
        Self {
            places: Places::new(settings.member_id.clone()),
            zone: zone.unwrap_or(ZONE),
            settings,
            made: None,
            checked: None,
            reading: Reading::default(),
            sending: None,
        }
    }

    // ---- requests ----

    fn headers(&self, token: &Secret) -> Vec<(&'static str, Secret)> {
        let token = [&self.settings.token_prefix, token.0.as_str()].concat();
        let mut headers = vec![
            ("Content-Type", Secret("application/json".into())),
            ("X-Auth-Token", Secret(token)),
        ];
        if let Some(key) = &self.settings.api_key {
            headers.push(("X-Auth-Api", Secret(key.clone())));
        }
        headers
    }

    fn post(&self, command: &str, body: String, token: &Secret) -> Request {
        Request {
            method: "POST",
            url: Url(url(&self.settings.api_url, command)),
            headers: self.headers(token),
            body: Some(Secret(body)),
        }
    }

    fn list(&self, token: &Secret) -> Request {
        self.post("generalmessagelist", object(|_| {}), token)
    }

    /// Opens the room with this recipient. The first message goes by itself:
    /// not all servers take one here (contract 5.1).
    fn create(&self, recipient: &str, token: &Secret) -> Request {
        let body = object(|out| {
            out.pair_number("room_type", self.settings.room_type);
            out.pair("recipient_id", Some(recipient));
            out.pair("role", self.settings.role.as_deref());
            out.pair("image", Some(""));
            out.pair("document", Some(""));
            out.pair("message", Some(""));
        });
        self.post("generalmessagecreate", body, token)
    }

    fn detail(&self, room: &str, start: u32, limit: u32, token: &Secret) -> Request {
        let body = object(|out| {
            out.pair_number("sf", Some(start.into()));
            out.pair_number("limit", Some(limit.into()));
            out.pair("room_id", Some(room));
        });
        self.post("generalmessagedetail", body, token)
    }

    /// The body of a message: its text, and its image and document if they are
    /// given.
    fn message(&self, room: &str, text: &str, files: Option<[&str; 2]>) -> String {
        let [image, document] = files.map_or([None; 2], |files| files.map(Some));
        object(|out| {
            out.pair("recipient_id", self.recipient_of(room));
            out.pair("room_id", Some(room));
            out.pair("role", self.settings.role.as_deref());
            out.pair("message", Some(text));
            out.pair("image", image);
            out.pair("document", document);
        })
    }

    /// The recipient of a room, as far as that is known.
    fn recipient_of(&self, room: &str) -> Option<&str> {
        let known = self.places.recipient(room);
        known.or(self.settings.recipient_id.as_deref())
    }

    const fn limit(&self, size: PageSize) -> u32 {
        match size {
            PageSize::Usual => self.settings.page_size,
            PageSize::Small => self.settings.page_size.div_ceil(4),
        }
    }

    // ---- rooms ----

    /// Notes the rooms of a list and tells of those that are meant.
    fn take_rooms(&mut self, list: &Json) -> Vec<Room> {
        let mut rooms: Vec<Room> = Vec::new();
        for row in read::rows(list) {
            let Some(listed) = read::listed(row, self.zone) else {
                continue;
            };
            self.places.set_recipient(&listed.room, &listed.recipient);
            let place = self.places.enter(&listed.room);
            place.newest = place.newest.max(listed.at);
            place.unseen = Some(listed.unseen);
            // A count that the server never takes back is not counted again.
            let last = times::id(listed.at, Some(0), "");
            let is_read = listed.at != Micros::default()
                && place.read().is_some_and(|read| growing(&last) <= read);
            if self.is_meant(&listed) {
                let room = Room {
                    id: ConversationId(listed.room),
                    title: listed.title,
                    last: listed.last,
                    at: listed.at.stamp(),
                    unread: if is_read { 0 } else { listed.unseen },
                };
                push_room(&mut rooms, room);
            }
        }
        rooms
    }

    /// Whether the site wants this room: all of them, or that of its recipient.
    fn is_meant(&self, listed: &read::Listed) -> bool {
        self.is_free()
            || self.settings.room_id.as_ref() == Some(&listed.room)
            || self.is_recipient(&listed.recipient)
    }

    /// The same for a room of which the recipient may not be known. What is
    /// stored may be of another page, with another recipient.
    fn is_wanted(&self, room: &str) -> Option<bool> {
        if self.is_free() || self.settings.room_id.as_deref() == Some(room) {
            return Some(true);
        }
        let recipient = self.places.recipient(room)?;
        Some(self.is_recipient(recipient))
    }

    /// Whether all is known of a room that is needed to go on in it.
    fn is_known(&self, room: &str) -> bool {
        self.is_wanted(room) == Some(true) && self.recipient_of(room).is_some()
    }

    /// Whether the visitor chooses.
    const fn is_free(&self) -> bool {
        self.settings.room_id.is_none() && self.settings.recipient_id.is_none()
    }

    fn is_recipient(&self, other: &str) -> bool {
        let wanted = self.settings.recipient_id.as_deref();
        wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(other))
    }

    fn info(&self, room: Option<&str>) -> Reply {
        Reply::Conversation(ConversationInfo {
            id: room.map(|room| ConversationId(room.to_owned())),
            closed: false,
            joined: None,
            visitor: self.settings.member_id.clone(),
            life: None,
            seen_until: None,
        })
    }

    /// What there is before a conversation is (contract 5.1).
    fn look(&mut self, list: &Json) -> Reply {
        let rooms = self.take_rooms(list);
        let wanted = self.settings.room_id.as_deref();
        if self.is_free() {
            return Reply::Rooms(rooms);
        }
        let newest = rooms.first().map(|room| room.id.0.as_str());
        self.info(wanted.or(newest))
    }

    /// The room that a stored one has become, by the list (contract 5.2).
    fn find_again(&mut self, id: &ConversationId, was_fine: bool, list: &Json) -> Outcome {
        let rooms = self.take_rooms(list);
        let is_listed = |row: &Json| read::listed(row, self.zone).is_some_and(|it| it.room == id.0);
        let is_there = was_fine || read::rows(list).iter().any(is_listed);
        if is_there && self.is_wanted(&id.0) != Some(false) {
            return Ok(self.info(Some(&id.0)));
        }
        match rooms.first() {
            Some(room) if !self.is_free() => Ok(self.info(Some(&room.id.0))),
            Some(_) | None => Err(refused(RefusalKind::Missing, None)),
        }
    }

    /// A room was made.
    fn made(&mut self, recipient: Option<&str>, answer: &Json) -> Outcome {
        let Some(room) = read::made(answer) else {
            return Err(refused(RefusalKind::Rejected, None));
        };
        if let Some(recipient) = recipient {
            self.places.set_recipient(&room, recipient);
        }
        let reply = self.info(Some(&room));
        self.made = Some(room);
        Ok(reply)
    }

    // ---- messages ----

    /// Where a page is (contract 5.7).
    fn plan_page(&mut self, id: &ConversationId, page: &Page) {
        let limit = self.limit(page.size);
        let known = page.below.as_ref().map_or(0, |below| below.count);
        let total = self.reading.total.take().filter(|(room, _)| room == id);
        let (start, limit) = match &total {
            // From some rows that are known to the end.
            Some((_, total)) if page.below.is_none() => (total.saturating_sub(limit), limit),
            Some((_, total)) => {
                let end = total.saturating_sub(known);
                let start = end.saturating_sub(limit);
                (start, end - start)
            }
            None => (known, limit),
        };
        self.reading = Reading {
            start,
            limit,
            direction: self.reading.direction,
            total,
            ..Reading::default()
        };
    }

    fn read_page(
        &mut self,
        id: &ConversationId,
        page: &Page,
        answer: &Json,
        token: &Secret,
    ) -> Answer {
        let rows = read::page(answer, self.zone);
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let newest = rows.iter().map(|row| row.at).max();
        let before = self.reading.rows.iter().map(|row| row.at).max();
        let wanted = self.places.enter(&id.0).newest;
        let is_behind = newest.is_some_and(|newest| newest.0.saturating_add(NEAR) < wanted.0);
        self.reading.rows.extend(rows);
        self.reading.start = self.reading.start.saturating_add(count);
        self.reading.pages += 1;
        let goes_on = match self.reading.direction {
            _ if page.below.is_some() || count == 0 => false,
            Direction::NewestForSure => false,
            // A page may be short of what was asked for and not the last one.
            Direction::Oldest => true,
            Direction::Newest => match before {
                // A message that is known to be there is not: this is the other
                // end, as it seems.
                None => is_behind,
                Some(before) if newest.is_some_and(|newest| newest > before) => {
                    self.reading.direction = Direction::Oldest;
                    true
                }
                Some(_) => {
                    self.reading.direction = Direction::NewestForSure;
                    false
                }
            },
        };
        if goes_on && self.reading.pages < MOST_PAGES {
            let request = self.detail(&id.0, self.reading.start, self.reading.limit, token);
            return Answer::Next(request);
        }
        if self.reading.direction == Direction::Oldest && page.below.is_none() {
            self.reading.total = Some((id.clone(), self.reading.start));
        }
        let rows = std::mem::take(&mut self.reading.rows);
        Answer::Done(Ok(Reply::Messages(self.take_rows(id, rows))))
    }

    /// Rows as messages, with who wrote them and whether the visitor has seen
    /// them.
    fn take_rows(&mut self, id: &ConversationId, mut rows: Vec<Row>) -> Vec<Message> {
        // Theirs, the newest first.
        let mut theirs: Vec<&str> = Vec::new();
        let mut newest = Micros::default();
        for row in &mut rows {
            row.is_own = self.is_own(id, row);
            newest = newest.max(row.at);
        }
        for row in rows.iter().filter(|row| !row.is_own) {
            let it = growing(&row.id);
            theirs.insert(theirs.partition_point(|other| *other > it), it);
        }
        let place = self.places.enter(&id.0);
        place.newest = place.newest.max(newest);
        // Where nothing is known of what was read, the server's count tells.
        let unseen = usize::try_from(place.unseen.unwrap_or(0)).unwrap_or(usize::MAX);
        let counted = || theirs.get(unseen).copied().unwrap_or("");
        let read = place.read().unwrap_or_else(counted).to_owned();
        self.places.read_up_to(&id.0, &read);
        let messages = rows.into_iter().filter_map(|row| {
            let content = row.content?;
            let is_seen = growing(&row.id) <= read.as_str();
            Some(Message {
                id: row.id,
                conversation: None,
                uid: None,
                author: if row.is_own { Author::Me } else { Author::Them },
                content: Some(content),
                at: row.at.stamp(),
                seen: !row.is_own && is_seen,
            })
        });
        messages.collect()
    }

    /// Contract 5.4.
    fn is_own(&self, id: &ConversationId, row: &Row) -> bool {
        let me = self
            .settings
            .member_id
            .as_deref()
            .or_else(|| self.places.me());
        match (me, row.member.as_deref()) {
            (Some(me), Some(member)) => me.eq_ignore_ascii_case(member),
            (None, _) | (_, None) => {
                let recipient = self.recipient_of(&id.0);
                recipient.is_some_and(|recipient| recipient.eq_ignore_ascii_case(&row.recipient))
            }
        }
    }

    /// The answer to a message. What it says is what was sent: servers answer
    /// without it (contract 3.4).
    fn sent(&mut self, room: &str, content: &Content, answer: &Json) -> Option<Message> {
        let row = read::page(answer, self.zone).pop()?;
        if let Some(member) = &row.member {
            // An answer that tells of another message tells nothing of us.
            let is_ours = row
                .content
                .as_ref()
                .is_none_or(|said| said.words() == content.words());
            if is_ours {
                self.places.learn_me(member);
            }
        }
        let place = self.places.enter(room);
        let (id, at) = if row.at == Micros::default() {
            (
                times::id(place.newest, Some(row.order), row.id.name()),
                place.newest,
            )
        } else {
            (row.id, row.at)
        };
        place.newest = place.newest.max(at);
        // Who answers has read what was there.
        self.places.read_to(room, &id);
        let url = match (content, row.content) {
            (Content::File(file), Some(Content::File(stored))) if file.url.is_empty() => stored.url,
            _ => String::new(),
        };
        let mut content = content.clone();
        if let Content::File(file) = &mut content
            && file.url.is_empty()
        {
            file.url = url;
        }
        Some(Message {
            id,
            conversation: None,
            uid: None,
            author: Author::Me,
            content: Some(content),
            at: at.stamp(),
            seen: false,
        })
    }
}

impl Backend for OneSmile {
    fn traits(&self) -> Traits {
        Traits {
            transport: Transport::Requests { push: false },
            token: true,
            rooms: true,
            begin: self.settings.recipient_id.is_some(),
            typing: false,
            seen: true,
            unsend: false,
            upload: self.settings.upload != UploadMode::Off,
            end: false,
            reopen: false,
            presence: false,
            csat: false,
        }
    }

    fn restore(&mut self, kept: &str) {
        self.places.restore(kept);
    }

    fn keep(&mut self) -> Option<String> {
        self.places.keep()
    }

    fn check(&self, _uid: &Uid, _text: &str) -> Result<(), TooLong> {
        Ok(())
    }

    fn encode(&mut self, call: &Call, token: &Secret) -> Outgoing {
        let rejected = || Outgoing::Known(Err(refused(RefusalKind::Rejected, None)));
        Outgoing::Request(match call {
            Call::Look | Call::Rooms | Call::Unread => self.list(token),
            Call::Begin => match self.settings.recipient_id.as_deref() {
                Some(recipient) => self.create(recipient, token),
                None => return rejected(),
            },
            Call::BeginWith(people, _) => match people.first() {
                Some(recipient) => self.create(recipient, token),
                None => return rejected(),
            },
            Call::Check(id) => {
                self.checked = None;
                self.detail(&id.0, 0, self.settings.page_size, token)
            }
            Call::Resume(id) => return Outgoing::Known(Ok(self.info(Some(&id.0)))),
            Call::History(id, page) => {
                self.plan_page(id, page);
                if self.reading.limit == 0 {
                    return Outgoing::Known(Ok(Reply::Messages(Vec::new())));
                }
                self.detail(&id.0, self.reading.start, self.reading.limit, token)
            }
            Call::Send(id, _, content) => {
                let (text, files) = match content {
                    Content::Text(text) => (text.as_str(), [""; 2]),
                    Content::File(file) if file.kind == FileKind::Image => {
                        ("", [file.url.as_str(), ""])
                    }
                    Content::File(file) => ("", ["", file.url.as_str()]),
                    Content::Rich(_) => return rejected(),
                };
                let message = self.message(&id.0, text, Some(files));
                self.post("generalmessagesent", message, token)
            }
            Call::Seen(id, message) => {
                self.places.read_to(&id.0, message);
                return Outgoing::Known(Ok(Reply::Done));
            }
            Call::Ping(_)
            | Call::Delete(..)
            | Call::End(_)
            | Call::Typing(..)
            | Call::Answer(..) => {
                return rejected();
            }
        })
    }

    fn answer(&mut self, call: &Call, response: &Response, token: &Secret) -> Answer {
        let answer = read::answer(response);
        // A page that is refused may be of a room that has another id now.
        if let Call::Check(id) = call
            && self.checked.is_none()
        {
            let rows = match &answer {
                Ok(page) => Some(read::rows(page).len()),
                Err(refusal) => match refusal.kind {
                    RefusalKind::Missing | RefusalKind::Rejected => None,
                    RefusalKind::Token | RefusalKind::Busy | RefusalKind::Unclear => {
                        return Answer::Done(Err(refusal.clone()));
                    }
                },
            };
            let is_fine = rows.is_some_and(|rows| rows > 0 || self.made.as_ref() == Some(&id.0));
            let is_all = rows.is_some_and(|rows| rows < self.settings.page_size as usize);
            if is_fine && is_all && self.is_known(&id.0) {
                return Answer::Done(Ok(self.info(Some(&id.0))));
            }
            self.checked = Some(is_fine);
            return Answer::Next(self.list(token));
        }
        let answer = match answer {
            Ok(answer) => answer,
            // Without the list there is still the page.
            Err(_) if matches!(call, Call::Check(_)) && self.checked == Some(true) => Json::Null,
            Err(refusal) => return Answer::Done(Err(refusal)),
        };
        let outcome = match call {
            Call::Look => Ok(self.look(&answer)),
            Call::Check(id) => self.find_again(id, self.checked == Some(true), &answer),
            Call::Begin => {
                let recipient = self.settings.recipient_id.clone();
                self.made(recipient.as_deref(), &answer)
            }
            Call::BeginWith(people, _) => self.made(people.first().map(String::as_str), &answer),
            Call::Rooms => Ok(Reply::Rooms(self.take_rooms(&answer))),
            Call::Unread => {
                let rooms = self.take_rooms(&answer);
                let sum = rooms.iter().map(|room| room.unread);
                Ok(Reply::Unread(sum.fold(0, u32::saturating_add)))
            }
            Call::History(id, page) => return self.read_page(id, page, &answer, token),
            Call::Send(id, _, content) => match self.sent(&id.0, content, &answer) {
                Some(message) => Ok(Reply::Sent(message)),
                None => Err(refused(RefusalKind::Unclear, None)),
            },
            Call::Resume(_)
            | Call::Ping(_)
            | Call::Seen(..)
            | Call::Delete(..)
            | Call::End(_)
            | Call::Typing(..)
            | Call::Answer(..) => Err(refused(RefusalKind::Rejected, None)),
        };
        Answer::Done(outcome)
    }

    fn door(&self, _token: &Secret) -> Result<Option<Door>, UrlTooLong> {
        Ok(None)
    }

    fn decode(&mut self, _frame: &str) -> Vec<Incoming> {
        vec![Incoming::Unknown]
    }

    /// Contract 5.6.
    fn upload(&mut self, to: &Destination<'_>, file: &FileContent) -> Upload {
        match &self.settings.upload {
            UploadMode::Off => Upload::Never,
            UploadMode::Url(place) => {
                // The token is for the system, and for nobody else.
                let own = url(&self.settings.api_url, "");
                let mut headers = Vec::new();
                if place.starts_with(&own) {
                    headers = self.headers(to.token);
                    // The browser writes its own, with the form's boundary.
                    headers.remove(0);
                }
                Upload::Put(UploadRequest {
                    method: "POST",
                    url: Url(place.clone()),
                    headers,
                    body: UploadBody::Form(Vec::new(), "file"),
                })
            }
            UploadMode::Base64 => {
                let (key, other) = match file.kind {
                    FileKind::Image => ("image", "document"),
                    FileKind::Video | FileKind::Audio | FileKind::Other => ("document", "image"),
                };
                let room = &to.conversation.0;
                let message = self.message(room, "", None);
                // An object that is open at its end.
                let open = message.strip_suffix('}').unwrap_or(&message);
                let before = [open, ",\"", other, "\":\"\",\"", key, "\":\""].concat();
                let request = UploadRequest {
                    method: "POST",
                    url: Url(url(&self.settings.api_url, "generalmessagesent")),
                    headers: self.headers(to.token),
                    body: UploadBody::Text(Secret(before), Secret("\"}".into())),
                };
                self.sending = Some((to.conversation.0.clone(), file.clone()));
                Upload::Send(request)
            }
        }
    }

    fn upload_verdict(&mut self, response: &Response) -> UploadVerdict {
        let answer = match read::answer(response) {
            Ok(answer) => answer,
            Err(refusal) => {
                return match refusal.kind {
                    RefusalKind::Token => UploadVerdict::Token,
                    RefusalKind::Busy => UploadVerdict::Busy,
                    RefusalKind::Unclear => UploadVerdict::Unclear,
                    RefusalKind::Missing | RefusalKind::Rejected => {
                        UploadVerdict::Refused(refusal.text)
                    }
                };
            }
        };
        if let Some((room, file)) = self.sending.take() {
            return self
                .sent(&room, &Content::File(file), &answer)
                .map_or(UploadVerdict::Unclear, |message| {
                    UploadVerdict::Sent(Box::new(message))
                });
        }
        match stored(&answer) {
            Some(url) => UploadVerdict::Done(Some(url)),
            None => UploadVerdict::Unclear,
        }
    }
}
