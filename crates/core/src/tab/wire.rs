//! What tabs say to each other, as JSON. All tabs of a browser may not be of
//! one version, so a word carries the version and another one's is no word.

use core::cell::Cell;

use crate::backend::{ASKS, REQUESTS, STARTS, TYPING};
use crate::change::{Change, Mirror};
use crate::io::{Action, ErrorCode, Event, NewFile};
use crate::json::{Json, Writer};
use crate::model::{
    Author, Connection, Content, Conversation, ConversationId, Failure, FileContent, Key,
    MessageId, Notice, Older, Reason, Row, RowState, Status, Uid,
};
use crate::only::only;
use crate::stored::{read_file, write_file};
use crate::time::{Instant, Timestamp};
use crate::timeline::Known;

use super::rich::{read_rich, read_rooms, write_rich, write_rooms};

const VERSION: i64 = 2;

/// What a tab says.
pub(super) enum Word {
    /// How a tab is; with `hello` it is new and wants to know everything.
    Here {
        tab: String,
        /// The latest election that it knows of.
        epoch: i64,
        visible: bool,
        open: bool,
        hello: bool,
    },
    /// A tab goes.
    Bye(String),
    /// The visitor did this in this tab, under this election as far as it knew;
    /// its acts are numbered: the one before that no leader has taken, or 0, and
    /// this one.
    Act(i64, String, [u32; 2], Action),
    /// A tab would like to lead.
    Wish(String),
    /// The leader has heard that.
    Stay(String),
    /// The leader is not looked at any more.
    Free,
    /// The visitor is gone.
    Forgotten,
}

/// What a tab is told.
pub(super) enum Told {
    /// By any tab.
    Word(Word),
    /// By the leader: everything.
    All(All),
    /// By the leader: what has changed.
    Patch(Patch),
}

/// Everything that the leader knows.
pub(super) struct All {
    pub(super) epoch: i64,
    pub(super) mirror: Mirror,
    /// What the rows do not show.
    pub(super) known: Known,
    /// The composer's text.
    pub(super) draft: String,
}

/// What has changed at the leader.
#[derive(Default)]
pub(super) struct Patch {
    pub(super) epoch: i64,
    /// Changes of rows and of the composer; of the rest the state that they
    /// lead to goes along (`fill`).
    pub(super) changes: Vec<Change>,
    pub(super) events: Vec<Event>,
    /// The act of another tab that this came of.
    pub(super) taken: Option<(String, u32)>,
    /// What a visitor has written into a composer.
    pub(super) typed: Option<String>,
    pub(super) known: Known,
}

impl Patch {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.events.is_empty()
            && self.taken.is_none()
            && self.typed.is_none()
    }

    /// Puts the state of all that is not a row in the place of its changes.
    pub(super) fn fill(&mut self, shown: &Mirror) {
        let is_kept = |change: &Change| {
            matches!(
                change,
                Change::Inserted(..)
                    | Change::Updated(_)
                    | Change::Moved(..)
                    | Change::Removed(_)
                    | Change::Draft(_)
            )
        };
        self.changes.retain(is_kept);
        self.changes.extend(shown.scalars());
    }
}

// ---- writing ----

/// The beginning of a word.
fn word(name: &str) -> Writer {
    let mut out = Writer::default();
    out.open();
    out.number(VERSION);
    out.text(name);
    out
}

fn done(mut out: Writer) -> String {
    out.close();
    out.done()
}

impl Word {
    pub(super) fn write(&self) -> String {
        let (name, tab) = match self {
            Self::Here { tab, .. } => ("here", Some(tab)),
            Self::Bye(tab) => ("bye", Some(tab)),
            Self::Act(..) => ("act", None),
            Self::Wish(tab) => ("wish", Some(tab)),
            Self::Stay(tab) => ("stay", Some(tab)),
            Self::Free => ("free", None),
            Self::Forgotten => ("forgotten", None),
        };
        let mut out = word(name);
        if let Some(tab) = tab {
            out.text(tab);
        }
        match self {
            Self::Here {
                tab: _,
                epoch,
                visible,
                open,
                hello,
            } => {
                out.number(*epoch);
                out.bool(*visible);
                out.bool(*open);
                out.bool(*hello);
            }
            Self::Act(epoch, tab, [before, act], action) => {
                out.number(*epoch);
                out.text(tab);
                out.number((*before).into());
                out.number((*act).into());
                out.open();
                write_action(action, &mut out);
                out.close();
            }
            Self::Bye(_) | Self::Wish(_) | Self::Stay(_) | Self::Free | Self::Forgotten => {}
        }
        done(out)
    }
}

/// Everything, as [`Told::All`].
pub(super) fn write_all(
    epoch: i64,
    mirror: &Mirror,
    known: &Known,
    draft: &str,
    now: Instant,
) -> String {
    let mut out = word("all");
    out.number(epoch);
    out.open();
    for row in &mirror.rows {
        write_row(row, &mut out);
    }
    out.close();
    write_changes(&mirror.scalars(), now, &mut out);
    write_known(known, &mut out);
    out.text(draft);
    done(out)
}

/// What has changed, as [`Told::Patch`].
pub(super) fn write_patch(patch: &Patch, now: Instant) -> String {
    let mut out = word("patch");
    out.number(patch.epoch);
    write_changes(&patch.changes, now, &mut out);
    out.open();
    for event in &patch.events {
        out.open();
        write_event(event, &mut out);
        out.close();
    }
    out.close();
    match &patch.taken {
        Some((tab, act)) => {
            out.open();
            out.text(tab);
            out.number((*act).into());
            out.close();
        }
        None => out.maybe(None),
    }
    out.maybe(patch.typed.as_deref());
    write_known(&patch.known, &mut out);
    done(out)
}

fn write_known(known: &Known, out: &mut Writer) {
    out.open();
    for id in known {
        out.maybe(id.as_deref());
    }
    out.close();
}

fn write_changes(changes: &[Change], now: Instant, out: &mut Writer) {
    out.open();
    for change in changes {
        out.open();
        write_change(change, now, out);
        out.close();
    }
    out.close();
}

/// What is in the list of an action.
fn write_action(action: &Action, out: &mut Writer) {
    let mut key = |code: i64, key: &Key| {
        out.number(code);
        out.number(key.0.into());
    };
    match action {
        Action::Post(uid, words, _) => {
            out.number(0);
            out.text(&uid.0);
            out.text(words);
        }
        Action::Draft(words) => {
            out.number(1);
            out.text(words);
        }
        Action::Retry(it) => key(2, it),
        Action::Discard(it) => key(3, it),
        Action::Unsend(it) => key(4, it),
        Action::Undo(it) => key(5, it),
        Action::Saw(it) => key(6, it),
        Action::LoadOlder => out.number(7),
        Action::StartConversation => out.number(8),
        Action::EndConversation => out.number(9),
        Action::Reconnect => out.number(10),
        Action::DismissNotice => out.number(11),
        Action::Attach(file) => {
            out.number(12);
            out.text(&file.uid.0);
            out.text(&file.name);
            out.text(&file.mime);
            out.number(i64::try_from(file.size).unwrap_or(i64::MAX));
        }
        Action::StartWith(people, title) if STARTS => {
            out.number(13);
            out.open();
            for it in people.iter() {
                out.text(it);
            }
            out.close();
            out.text(title);
        }
        Action::OpenRoom(id) if REQUESTS => {
            out.number(14);
            out.text(&id.0);
        }
        Action::ShowRooms if REQUESTS => out.number(15),
        Action::Answer(it, values) if ASKS => {
            key(16, it);
            out.text(values);
        }
        // These are never handed on.
        Action::OpenPanel
        | Action::ClosePanel
        | Action::Send(_)
        | Action::SignedIn
        | Action::Forget => {}
        // With systems that are not in this program.
        Action::StartWith(..) | Action::OpenRoom(_) | Action::ShowRooms | Action::Answer(..) => {}
    }
}

/// What is in the list of a change.
fn write_change(change: &Change, now: Instant, out: &mut Writer) {
    match change {
        Change::Inserted(index, row) => {
            out.number(0);
            out.number(i64::try_from(*index).unwrap_or(i64::MAX));
            write_row(row, out);
        }
        Change::Updated(row) => {
            out.number(1);
            write_row(row, out);
        }
        Change::Moved(key, index) => {
            out.number(2);
            out.number(key.0.into());
            out.number(i64::try_from(*index).unwrap_or(i64::MAX));
        }
        Change::Removed(key) => {
            out.number(3);
            out.number(key.0.into());
        }
        Change::Draft(words) => {
            out.number(4);
            out.text(words);
        }
        Change::Connection(connection) => {
            out.number(5);
            out.number(connection.status as i64);
            out.number(connection.reason as i64);
            // Clocks differ: how long it is, not until when.
            let wait = connection.retry_at.map(|at| at.since(now));
            match wait.and_then(|wait| i64::try_from(wait).ok()) {
                Some(wait) => out.number(wait),
                None => out.maybe(None),
            }
        }
        Change::Conversation(conversation) => {
            let (state, id) = match conversation {
                Conversation::None => (0, None),
                Conversation::Open(id) => (1, Some(id)),
                Conversation::Ended(id) => (2, Some(id)),
            };
            out.number(6);
            out.number(state);
            out.maybe(id.map(|id| id.0.as_str()));
        }
        Change::Older(older) => {
            out.number(7);
            out.number(*older as i64);
        }
        Change::Joined(joined) => {
            out.number(8);
            out.bool(*joined);
        }
        Change::Unread(count) => {
            out.number(9);
            out.number((*count).into());
        }
        Change::Rooms(rooms) => {
            out.number(11);
            if REQUESTS && let Some(rooms) = rooms {
                write_rooms(rooms, out);
            }
        }
        Change::Typing(name) => {
            out.number(12);
            out.maybe(name.as_ref().map(|name| name.as_str()));
        }
        Change::Notice(notice) => {
            out.number(10);
            match notice {
                None => {}
                Some(Notice::TooLong { bytes, limit }) => {
                    out.number(0);
                    out.number((*bytes).into());
                    out.number((*limit).into());
                }
                Some(Notice::Refused(words)) => {
                    out.number(1);
                    out.maybe(words.as_deref());
                }
                Some(Notice::FileTooLarge { name, limit }) => {
                    out.number(2);
                    out.text(name);
                    out.number(i64::try_from(*limit).unwrap_or(i64::MAX));
                }
                Some(Notice::FileType { name }) => {
                    out.number(3);
                    out.text(name);
                }
            }
        }
    }
}

/// What is in the list of an event.
fn write_event(event: &Event, out: &mut Writer) {
    let mut named = |code: i64, name: &str| {
        out.number(code);
        out.text(name);
    };
    match event {
        Event::ConversationStart(id) => named(0, &id.0),
        Event::ConversationEnd(id) => named(1, &id.0),
        Event::AgentJoin => out.number(2),
        Event::MessageSent(key, id) => {
            named(3, &id.0);
            out.number(key.0.into());
        }
        Event::MessageReceived(row) => {
            out.number(4);
            write_row(row, out);
        }
        Event::MessageFailed(key) => {
            out.number(5);
            out.number(key.0.into());
        }
        Event::MessageUnsent(id) => named(6, &id.0),
        Event::TokenExpired => out.number(7),
        Event::Error { code, recoverable } => {
            out.number(8);
            out.number(*code as i64);
            out.bool(*recoverable);
        }
        Event::Typing(is_on) => {
            let is_on: &bool = is_on;
            out.number(9);
            out.bool(*is_on);
        }
    }
}

fn write_row(row: &Row, out: &mut Writer) {
    let (state, argument, words) = match &row.state {
        RowState::Queued => (0, 0, None),
        RowState::Uploading(percent) => (1, i64::from(*percent), None),
        RowState::Sending => (2, 0, None),
        RowState::Sent => (3, 0, None),
        RowState::Seen => (4, 0, None),
        RowState::Unsending(undo) => (5, i64::from(*undo), None),
        RowState::Unsent => (6, 0, None),
        RowState::Received => (7, 0, None),
        RowState::Failed(failure) => {
            let (code, words) = match failure {
                Failure::Refused(words) => (0, words.as_deref()),
                Failure::TooLong => (1, None),
                Failure::Unconfirmed => (2, None),
                Failure::Upload => (3, None),
                Failure::UploadBlocked => (4, None),
                Failure::FileRefused(words) => (5, words.as_deref()),
                Failure::FileGone => (6, None),
                Failure::SignedOut => (7, None),
            };
            (8, code, words)
        }
    };
    out.open();
    out.number(row.key.0.into());
    out.maybe(row.id.as_ref().map(|id| id.0.as_str()));
    out.number(match row.author {
        Author::Me => 0,
        Author::Them => 1,
        Author::System => 2,
    });
    match &row.content {
        Content::Text(words) => out.text(words),
        Content::File(file) => write_file(file, out),
        Content::Rich(rich) if REQUESTS => write_rich(rich, out),
        Content::Rich(_) => out.maybe(None),
    }
    out.number(row.at.0);
    out.number(state);
    out.number(argument);
    out.maybe(words);
    out.close();
}

// ---- reading ----

/// A list that is read from its start. What is not as it should be is read as
/// nothing, and noted: so a word is looked at once, when all of it is read. A
/// look at each item would be half of the program that reads.
pub(super) struct Items<'a> {
    items: std::slice::Iter<'a, Json>,
    wrong: &'a Cell<bool>,
}

impl<'a> Items<'a> {
    pub(super) fn of(json: &'a Json, wrong: &'a Cell<bool>) -> Self {
        let items = noted(json.as_list(), wrong).iter();
        Self { items, wrong }
    }

    /// An item, or null where there is none.
    pub(super) fn next(&mut self) -> &'a Json {
        self.items.next().unwrap_or(&Json::Null)
    }

    /// All items of a list, each by this reader.
    pub(super) fn all<T>(&mut self, read: impl Fn(Self) -> T) -> Vec<T> {
        let wrong = self.wrong;
        let list = noted(self.next().as_list(), wrong);
        list.iter().map(|it| read(Items::of(it, wrong))).collect()
    }

    pub(super) fn has_more(&self) -> bool {
        !self.items.as_slice().is_empty()
    }

    /// The list that comes next.
    pub(super) fn inner(&mut self) -> Self {
        Items::of(self.next(), self.wrong)
    }

    pub(super) fn int(&mut self) -> i64 {
        noted(self.next().as_int(), self.wrong)
    }

    /// A number of 32 bits.
    pub(super) fn number(&mut self) -> u32 {
        noted(u32::try_from(self.int()).ok(), self.wrong)
    }

    fn key(&mut self) -> Key {
        Key(self.number())
    }

    pub(super) fn text(&mut self) -> String {
        noted(self.maybe(), self.wrong)
    }

    /// A text, or none.
    pub(super) fn maybe(&mut self) -> Option<String> {
        self.next().as_str().map(str::to_owned)
    }

    fn known(&mut self) -> Known {
        let mut it = self.inner();
        [it.maybe(), it.maybe()]
    }

    pub(super) fn bool(&mut self) -> bool {
        noted(self.next().as_bool(), self.wrong)
    }

    /// One of these, by its place.
    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let place = self.number() as usize;
        let Some(one) = all.get(place) else {
            return self.rubbish(all[0]);
        };
        *one
    }

    /// A number of bytes.
    fn size(&mut self) -> u64 {
        noted(u64::try_from(self.int()).ok(), self.wrong)
    }

    /// The files that come next, as they are stored.
    pub(super) fn files(&mut self) -> Vec<FileContent> {
        let list = noted(self.next().as_list(), self.wrong);
        let files: Vec<_> = list.iter().filter_map(read_file).collect();
        if files.len() < list.len() {
            self.wrong.set(true);
        }
        files
    }

    /// Notes that this is not what was written.
    fn rubbish<T>(&self, instead: T) -> T {
        self.wrong.set(true);
        instead
    }
}

/// What is there, or its default and a note.
fn noted<T: Default>(it: Option<T>, wrong: &Cell<bool>) -> T {
    it.unwrap_or_else(|| {
        wrong.set(true);
        T::default()
    })
}

/// What another tab has said. `None` when it is of another version.
pub(super) fn read(said: &str, now: Instant) -> Option<Told> {
    let json = Json::parse(said)?;
    let wrong = Cell::new(false);
    let mut it = Items::of(&json, &wrong);
    if it.int() != VERSION {
        return None;
    }
    let told = read_told(it, now);
    told.filter(|_| !wrong.get())
}

fn read_told(mut it: Items<'_>, now: Instant) -> Option<Told> {
    let word = match it.next().as_str()? {
        "here" => Word::Here {
            tab: it.text(),
            epoch: it.int(),
            visible: it.bool(),
            open: it.bool(),
            hello: it.bool(),
        },
        "bye" => Word::Bye(it.text()),
        "act" => Word::Act(
            it.int(),
            it.text(),
            [it.number(), it.number()],
            read_action(it.inner()),
        ),
        "wish" => Word::Wish(it.text()),
        "stay" => Word::Stay(it.text()),
        "free" => Word::Free,
        "forgotten" => Word::Forgotten,
        "all" => {
            let epoch = it.int();
            let mut mirror = Mirror {
                rows: it.all(read_row),
                ..Mirror::default()
            };
            for change in it.all(|it| read_change(it, now)) {
                mirror.apply(&change);
            }
            return Some(Told::All(All {
                epoch,
                mirror,
                known: it.known(),
                draft: it.text(),
            }));
        }
        "patch" => {
            let epoch = it.int();
            let changes = it.all(|it| read_change(it, now));
            let events = it.all(read_event);
            let taken = it.next();
            let taken = (*taken != Json::Null).then(|| {
                let mut taken = Items::of(taken, it.wrong);
                (taken.text(), taken.number())
            });
            return Some(Told::Patch(Patch {
                epoch,
                changes,
                events,
                taken,
                typed: it.maybe(),
                known: it.known(),
            }));
        }
        _ => return None,
    };
    Some(Told::Word(word))
}

fn read_action(mut it: Items<'_>) -> Action {
    match it.int() {
        0 => Action::Post(Uid(it.text()), it.text(), false),
        1 => Action::Draft(it.text()),
        2 => Action::Retry(it.key()),
        3 => Action::Discard(it.key()),
        4 => Action::Unsend(it.key()),
        5 => Action::Undo(it.key()),
        6 => Action::Saw(it.key()),
        7 => Action::LoadOlder,
        8 => Action::StartConversation,
        9 => Action::EndConversation,
        10 => Action::Reconnect,
        11 => Action::DismissNotice,
        12 => Action::Attach(NewFile {
            uid: Uid(it.text()),
            name: it.text(),
            mime: it.text(),
            size: it.size(),
        }),
        13 if STARTS => {
            let people = noted(it.next().as_list(), it.wrong).iter();
            let people = people.filter_map(Json::as_str).map(str::to_owned);
            Action::StartWith(only(people.collect()), it.text())
        }
        14 if REQUESTS => Action::OpenRoom(only(ConversationId(it.text()))),
        15 if REQUESTS => Action::ShowRooms,
        16 if ASKS => Action::Answer(it.key(), only(it.text())),
        _ => it.rubbish(Action::Reconnect),
    }
}

fn read_change(mut it: Items<'_>, now: Instant) -> Change {
    match it.int() {
        0 => Change::Inserted(it.number() as usize, read_row(it.inner())),
        1 => Change::Updated(read_row(it.inner())),
        2 => Change::Moved(it.key(), it.number() as usize),
        3 => Change::Removed(it.key()),
        4 => Change::Draft(it.text()),
        5 => Change::Connection(Connection {
            status: it.one_of(&STATUSES),
            reason: it.one_of(&REASONS),
            retry_at: {
                let wait = it.next().as_int().and_then(|wait| u64::try_from(wait).ok());
                wait.map(|wait| now.after(wait))
            },
        }),
        6 => {
            let state = it.int();
            let id = it.maybe().map(ConversationId);
            Change::Conversation(match (state, id) {
                (1, Some(id)) => Conversation::Open(id),
                (2, Some(id)) => Conversation::Ended(id),
                _ => Conversation::None,
            })
        }
        7 => Change::Older(it.one_of(&OLDER)),
        8 => Change::Joined(it.bool()),
        9 => Change::Unread(it.number()),
        10 => Change::Notice(it.next().as_int().map(|kind| match kind {
            0 => Notice::TooLong {
                bytes: it.number(),
                limit: it.number(),
            },
            1 => Notice::Refused(it.maybe()),
            2 => Notice::FileTooLarge {
                name: it.text(),
                limit: it.size(),
            },
            _ => Notice::FileType { name: it.text() },
        })),
        11 if REQUESTS => Change::Rooms(read_rooms(&mut it).map(only)),
        11 => Change::Rooms(None),
        12 if TYPING => Change::Typing(it.maybe().map(only)),
        12 => Change::Typing(None),
        _ => it.rubbish(Change::Typing(None)),
    }
}

fn read_event(mut it: Items<'_>) -> Event {
    match it.int() {
        0 => Event::ConversationStart(ConversationId(it.text())),
        1 => Event::ConversationEnd(ConversationId(it.text())),
        2 => Event::AgentJoin,
        3 => {
            let id = MessageId(it.text());
            Event::MessageSent(it.key(), id)
        }
        4 => Event::MessageReceived(read_row(it.inner())),
        5 => Event::MessageFailed(it.key()),
        6 => Event::MessageUnsent(MessageId(it.text())),
        7 => Event::TokenExpired,
        8 => Event::Error {
            code: it.one_of(&CODES),
            recoverable: it.bool(),
        },
        9 if TYPING => Event::Typing(only(it.bool())),
        _ => it.rubbish(Event::TokenExpired),
    }
}

fn read_content(json: &Json, it: &Items<'_>) -> Content {
    if let Json::Text(words) = json {
        return Content::Text(words.clone());
    }
    if REQUESTS && json.as_list().is_some() {
        return Content::rich(read_rich(Items::of(json, it.wrong)));
    }
    match read_file(json) {
        Some(file) => Content::File(file),
        None => it.rubbish(Content::Text(String::new())),
    }
}

fn read_row(mut it: Items<'_>) -> Row {
    let key = it.key();
    let id = it.maybe().map(MessageId);
    let author = match it.int() {
        0 => Author::Me,
        1 => Author::Them,
        _ => Author::System,
    };
    let content = read_content(it.next(), &it);
    let at = Timestamp(it.int());
    let (state, argument, words) = (it.int(), it.int(), it.maybe());
    let state = match state {
        0 => RowState::Queued,
        1 => RowState::Uploading(noted(u8::try_from(argument).ok(), it.wrong)),
        2 => RowState::Sending,
        3 => RowState::Sent,
        4 => RowState::Seen,
        5 => RowState::Unsending(argument == 1),
        6 => RowState::Unsent,
        7 => RowState::Received,
        _ => RowState::Failed(match argument {
            0 => Failure::Refused(words),
            1 => Failure::TooLong,
            2 => Failure::Unconfirmed,
            3 => Failure::Upload,
            4 => Failure::UploadBlocked,
            5 => Failure::FileRefused(words),
            6 => Failure::FileGone,
            _ => Failure::SignedOut,
        }),
    };
    Row {
        key,
        id,
        author,
        content,
        at,
        state,
    }
}

// In the order of their declarations.

const STATUSES: [Status; 6] = [
    Status::Idle,
    Status::Connecting,
    Status::Online,
    Status::Waiting,
    Status::Offline,
    Status::Ended,
];

const REASONS: [Reason; 10] = [
    Reason::None,
    Reason::DeviceOffline,
    Reason::Lost,
    Reason::Unreachable,
    Reason::SignedOut,
    Reason::TokenRefused,
    Reason::UrlTooLong,
    Reason::Resting,
    Reason::Busy,
    Reason::Polling,
];

const OLDER: [Older; 4] = [Older::Unknown, Older::More, Older::Loading, Older::End];

const CODES: [ErrorCode; 5] = [
    ErrorCode::Unreachable,
    ErrorCode::SignedOut,
    ErrorCode::UrlTooLong,
    ErrorCode::Refused,
    ErrorCode::UploadBlocked,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileKind;

    const NOW: Instant = Instant(5_000);

    fn row(state: RowState) -> Row {
        Row {
            key: Key(7),
            id: Some(MessageId("644".into())),
            author: Author::Me,
            content: Content::Text("Is the \"pool\" open?\n".into()),
            at: Timestamp(1_795_161_600_000),
            state,
        }
    }

    fn patch_of(changes: Vec<Change>, events: Vec<Event>) -> Patch {
        Patch {
            changes,
            events,
            ..Patch::default()
        }
    }

    #[test]
    fn every_change_and_event_comes_through_as_it_was() {
        let words = || Some("No".to_owned());
        let mut changes: Vec<Change> = [
            RowState::Queued,
            RowState::Uploading(40),
            RowState::Sending,
            RowState::Sent,
            RowState::Seen,
            RowState::Unsending(true),
            RowState::Unsending(false),
            RowState::Unsent,
            RowState::Received,
            RowState::Failed(Failure::Refused(words())),
            RowState::Failed(Failure::Refused(None)),
            RowState::Failed(Failure::TooLong),
            RowState::Failed(Failure::Unconfirmed),
            RowState::Failed(Failure::Upload),
            RowState::Failed(Failure::UploadBlocked),
            RowState::Failed(Failure::FileRefused(words())),
            RowState::Failed(Failure::FileGone),
            RowState::Failed(Failure::SignedOut),
        ]
        .map(|state| Change::Updated(row(state)))
        .into();
        let file = Content::File(FileContent {
            kind: FileKind::Video,
            url: "https://files.example.com/a.mp4".into(),
            name: "a.mp4".into(),
            mime: Some("video/mp4".into()),
            size: Some(9),
            dimensions: Some((4, 3)),
        });
        for (author, id) in [
            (Author::Them, None),
            (Author::System, Some(MessageId("x".into()))),
        ] {
            let row = Row {
                author,
                id,
                content: file.clone(),
                ..row(RowState::Received)
            };
            changes.push(Change::Inserted(3, row));
        }
        changes.extend([
            Change::Moved(Key(7), 0),
            Change::Removed(Key(7)),
            Change::Draft("And the".into()),
            Change::Joined(true),
            Change::Unread(12),
        ]);
        let connections = STATUSES.iter().zip(REASONS.iter().rev());
        changes.extend(connections.map(|(status, reason)| {
            Change::Connection(Connection {
                status: *status,
                reason: *reason,
                retry_at: (*status == Status::Waiting).then_some(Instant(9_000)),
            })
        }));
        changes.extend(REASONS.map(|reason| {
            Change::Connection(Connection {
                reason,
                ..Connection::IDLE
            })
        }));
        let id = || ConversationId("c-1".into());
        changes.extend(
            [
                Conversation::None,
                Conversation::Open(id()),
                Conversation::Ended(id()),
            ]
            .map(Change::Conversation),
        );
        changes.extend(OLDER.map(Change::Older));
        changes.extend(
            [
                None,
                Some(Notice::TooLong { bytes: 9, limit: 8 }),
                Some(Notice::Refused(words())),
                Some(Notice::Refused(None)),
                Some(Notice::FileTooLarge {
                    name: "a".into(),
                    limit: 5,
                }),
                Some(Notice::FileType { name: "a".into() }),
            ]
            .map(Change::Notice),
        );
        let mut events = vec![
            Event::ConversationStart(id()),
            Event::ConversationEnd(id()),
            Event::AgentJoin,
            Event::MessageSent(Key(7), MessageId("644".into())),
            Event::MessageReceived(row(RowState::Received)),
            Event::MessageFailed(Key(7)),
            Event::MessageUnsent(MessageId("644".into())),
            Event::TokenExpired,
        ];
        events.extend(CODES.map(|code| Event::Error {
            code,
            recoverable: code == ErrorCode::Refused,
        }));
        let mut patch = patch_of(changes, events);
        patch.taken = Some(("tab".into(), 4));
        patch.typed = Some(String::new());
        patch.known = [Some(String::new()), Some("600".into())];
        let Some(Told::Patch(read)) = read(&write_patch(&patch, NOW), NOW) else {
            panic!("no patch");
        };
        assert_eq!(read.changes, patch.changes);
        assert_eq!(read.events, patch.events);
        assert_eq!(read.taken, patch.taken);
        assert_eq!(read.typed, patch.typed);
        assert_eq!(read.known, patch.known);
    }

    #[test]
    fn every_action_comes_through_as_it_was() {
        let actions = [
            Action::Post(Uid("u".into()), "Hi".into(), false),
            Action::Draft("H".into()),
            Action::Retry(Key(1)),
            Action::Discard(Key(2)),
            Action::Unsend(Key(3)),
            Action::Undo(Key(4)),
            Action::Saw(Key(5)),
            Action::LoadOlder,
            Action::StartConversation,
            Action::EndConversation,
            Action::Reconnect,
            Action::DismissNotice,
            Action::Attach(NewFile {
                uid: Uid("f".into()),
                name: "a.pdf".into(),
                mime: String::new(),
                size: 12,
            }),
        ];
        for action in actions {
            let word = Word::Act(9, "tab".into(), [2, 3], action.clone());
            let Some(Told::Word(Word::Act(9, tab, [2, 3], read))) = read(&word.write(), NOW) else {
                panic!("no act");
            };
            assert_eq!((tab.as_str(), read), ("tab", action));
        }
    }

    #[test]
    fn rubbish_and_other_versions_are_no_word() {
        for said in [
            "",
            "{}",
            "[]",
            "[1,\"free\"]",
            "[1]",
            "[2,\"what\"]",
            "[2,\"act\",1,\"t\",0,1,[]]",
            "[2,\"act\",1,\"t\",0,-1,[7]]",
            "[2,\"act\",1,\"t\",0,1,[99]]",
            "[2,\"bye\"]",
            "[2,\"here\",\"t\",1,true,true]",
            "[2,\"patch\",1,[[9]],[],null,null,[null,null]]",
            "[2,\"patch\",1,[[7,4]],[],null,null,[null,null]]",
            "[2,\"patch\",1,[[1,[7,null,0,{},5,3,0,null]]],[],null,null,[null,null]]",
            "[2,\"patch\",1,[],{},null,null,[null,null]]",
            "[2,\"patch\",1,[],[],[\"t\"],null,[null,null]]",
            "[2,\"patch\",1,[],[],null,null]",
        ] {
            assert!(read(said, NOW).is_none(), "{said}");
        }
    }

    #[test]
    fn a_waiting_time_is_told_and_not_a_clock() {
        let waiting = Connection {
            status: Status::Waiting,
            reason: Reason::Lost,
            retry_at: Some(Instant(9_000)),
        };
        let patch = patch_of(vec![Change::Connection(waiting)], Vec::new());
        let said = write_patch(&patch, NOW);
        let Some(Told::Patch(patch)) = read(&said, Instant(100)) else {
            panic!("no patch");
        };
        let Change::Connection(read) = &patch.changes[0] else {
            panic!("no connection");
        };
        assert_eq!(read.retry_at, Some(Instant(4_100)));
    }
}
