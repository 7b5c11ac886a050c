//! What is shown, as signals: one for each thing that changes on its own, and
//! one for each row of the log.

use std::rc::Rc;

use concierge_core::only::{Only, only, plain};
use concierge_core::{
    Author, Change, Connection, Conversation, ConversationId, Event, Key, Notice, Older, Room, Row,
    RowState, Status, Timestamp,
};
use reactive_graph::graph::untrack;
use reactive_graph::owner::Owner;

use super::Options;
use super::dates;
use super::live::{Live, Told};
use super::message;
use super::place::Place;
use super::texts::{EN, fill};
use crate::system;

/// A message younger than this, in ms, moves in.
const FRESH: i64 = 10_000;

/// Why the chat cannot be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The page's settings are not enough to begin.
    Settings,
    /// The program failed and will not come back by itself.
    Failed,
}

/// All signals that a view reads. A clone is another handle to the same state,
/// which lives as long as one of them.
#[derive(Clone)]
pub struct ViewState {
    signals: Signals,
    options: Rc<Options>,
    // Holds the signals; the last handle disposes of them.
    _owner: Owner,
}

/// The signals themselves, for the views.
#[derive(Clone, Copy)]
pub(super) struct Signals {
    pub(super) open: Live<bool>,
    pub(super) connection: Live<Connection>,
    pub(super) conversation: Live<Conversation>,
    pub(super) lines: Live<Vec<Line>>,
    pub(super) older: Live<Older>,
    pub(super) joined: Live<bool>,
    pub(super) unread: Live<u32>,
    /// The visitor's conversations, if they are known.
    pub(super) rooms: Live<Option<Only<Vec<Room>>>>,
    /// The conversation that was open last.
    pub(super) room: Live<Option<Only<ConversationId>>>,
    /// Who is typing.
    pub(super) typing: Live<Option<Only<String>>>,
    /// The row whose question is being answered.
    pub(super) answering: Live<Option<Only<Key>>>,
    pub(super) draft: Live<String>,
    pub(super) notice: Live<Option<Notice>>,
    pub(super) problem: Live<Option<Problem>>,
    /// The log follows its end.
    pub(super) stuck: Live<bool>,
    /// Messages that arrived below while the log did not follow.
    pub(super) below: Live<u32>,
    /// Whether an unread divider stands in the log.
    pub(super) divided: Live<bool>,
    /// The visitor wants no sounds.
    pub(super) muted: Live<bool>,
    /// Sentences for the announcer, numbered.
    pub(super) said: Live<Vec<(u32, String)>>,
}

/// One row of the log. Its signals live as long as the row.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) key: Key,
    /// It came just now and before the visitor's eyes: it may move in.
    pub(super) fresh: bool,
    pub(super) row: Rc<Told<Row>>,
    pub(super) place: Rc<Told<Place>>,
}

impl Line {
    /// Tells only of what is new: most rows stay as they are.
    fn move_to(&self, place: Place) {
        if self.place.get_untracked() != place {
            self.place.set(place);
        }
    }
}

impl ViewState {
    /// Nothing said yet, nothing connected; closed unless inline.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let owner = Owner::new();
        let (inline, muted) = (options.inline, options.muted);
        let signals = owner.with(|| Signals {
            open: Live::new(inline),
            connection: Live::new(Connection::IDLE),
            conversation: Live::new(Conversation::None),
            lines: Live::new(Vec::new()),
            older: Live::new(Older::Unknown),
            joined: Live::new(false),
            unread: Live::new(0),
            rooms: Live::new(None),
            room: Live::new(None),
            typing: Live::new(None),
            answering: Live::new(None),
            draft: Live::new(String::new()),
            notice: Live::new(None),
            problem: Live::new(None),
            stuck: Live::new(true),
            below: Live::new(0),
            divided: Live::new(false),
            muted: Live::new(muted),
            said: Live::new(Vec::new()),
        });
        Self {
            signals,
            options: Rc::new(options),
            _owner: owner,
        }
    }

    /// Takes one change of the session in.
    pub fn apply(&self, change: &Change) {
        let signals = &self.signals;
        match change {
            Change::Connection(connection) => {
                signals.connection.set(*connection);
                // What was asked over a connection that is lost is not answered.
                if system::RICH && connection.status != Status::Online {
                    signals.answering.set(None);
                }
            }
            Change::Conversation(conversation) => self.enter(conversation),
            Change::Inserted(index, row) => self.insert(*index, row),
            Change::Updated(row) => self.replace(row),
            Change::Moved(key, index) => {
                if let Some((from, line)) = self.take(*key) {
                    let to = self.put(*index, line);
                    self.settle(from);
                    self.settle(to);
                }
            }
            Change::Removed(key) => {
                self.end_answer(*key);
                if let Some((from, _)) = self.take(*key) {
                    self.settle(from);
                }
            }
            Change::Older(older) => signals.older.set(*older),
            Change::Joined(joined) => signals.joined.set(*joined),
            Change::Unread(count) => signals.unread.set(*count),
            Change::Rooms(rooms) if system::ROOMS => signals.rooms.set(rooms.clone()),
            Change::Typing(name) if system::TYPING => signals.typing.set(name.clone()),
            Change::Rooms(_) | Change::Typing(_) => {}
            Change::Draft(text) => signals.draft.set(text.clone()),
            Change::Notice(notice) => signals.notice.set(notice.clone()),
        }
    }

    /// Tells assistive technology what has happened, where it should know.
    pub fn hear(&self, event: &Event) {
        match event {
            Event::MessageReceived(row) => {
                let text = message::plain(row, &EN);
                self.signals.say(fill(EN.new_message, &[&text]));
            }
            Event::MessageFailed(_) => self.signals.say(EN.not_sent.to_owned()),
            Event::ConversationEnd(_) => self.signals.say(EN.ended.to_owned()),
            Event::AgentJoin => self.signals.say(EN.joined.to_owned()),
            // The banner speaks for the connection, ticks for what was sent,
            // and the row itself when it is taken back.
            Event::ConversationStart(_)
            | Event::MessageSent(..)
            | Event::MessageUnsent(_)
            | Event::Typing(_)
            | Event::TokenExpired
            | Event::Error { .. } => {}
        }
    }

    /// Shows or hides the panel. To be called before `Action::OpenPanel` is
    /// dispatched, while `Change::Unread` still tells what is new.
    pub fn set_open(&self, open: bool) {
        let signals = &self.signals;
        if signals.open.get_untracked() == open {
            return;
        }
        let unread = signals.unread.get_untracked();
        self.divide(if open { unread } else { 0 });
        if open {
            signals.stuck.set(true);
            signals.below.set(0);
        }
        signals.open.set(open);
    }

    /// Whether the visitor wants no sounds.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        untrack(|| self.signals.muted.get())
    }

    /// Shows that the chat cannot be used, or that it can again.
    pub fn set_problem(&self, problem: Option<Problem>) {
        self.signals.problem.set(problem);
    }

    pub(super) fn signals(&self) -> Signals {
        self.signals
    }

    pub(super) fn options(&self) -> Rc<Options> {
        Rc::clone(&self.options)
    }

    fn enter(&self, conversation: &Conversation) {
        let signals = &self.signals;
        if system::RICH {
            signals.answering.set(None);
        }
        if system::ROOMS {
            match conversation {
                Conversation::Open(id) | Conversation::Ended(id) => {
                    signals.room.set(Some(only(id.clone())));
                }
                // Another one is shown from its end, too, whatever was seen of this.
                Conversation::None => {
                    signals.divided.set(false);
                    signals.follow();
                }
            }
        }
        signals.conversation.set(conversation.clone());
    }

    fn insert(&self, index: usize, row: &Row) {
        let age = wall_clock().0 - row.at.0;
        let line = Line {
            key: row.key,
            fresh: self.signals.open.get_untracked()
                && index >= self.signals.lines.with_untracked(Vec::len)
                && age.abs() < FRESH,
            row: Rc::new(Told::new(row.clone())),
            place: Rc::new(Told::new(Place::default())),
        };
        let at = self.put(index, line);
        self.settle(at);
        let signals = &self.signals;
        if at + 1 < signals.lines.with_untracked(Vec::len) {
            return;
        }
        match (&row.author, &row.state) {
            // What the visitor has just written is always brought into view.
            (Author::Me, RowState::Queued | RowState::Sending | RowState::Uploading(_)) => {
                signals.follow();
            }
            (Author::Them, _) if !signals.stuck.get_untracked() => {
                signals.below.update(|count| *count += 1);
            }
            _ => {}
        }
    }

    fn replace(&self, row: &Row) {
        if let Some(index) = self.find(row.key) {
            self.end_answer(row.key);
            let line = self
                .signals
                .lines
                .with_untracked(|lines| lines[index].row.clone());
            if line.with_untracked(|old| old != row) {
                let gone = |row: &Row| message::is_taken_back(&row.state);
                if gone(row) && !line.with_untracked(gone) {
                    self.signals.say(EN.unsent.to_owned());
                }
                line.set(row.clone());
                self.settle(index);
            }
        }
    }

    /// Whatever is said of a row that was answered: it is over with that.
    fn end_answer(&self, key: Key) {
        if system::RICH && self.signals.answering.get_untracked().map(plain) == Some(key) {
            self.signals.answering.set(None);
        }
    }

    /// The newest rows change most, so the search begins at the end.
    fn find(&self, key: Key) -> Option<usize> {
        self.signals
            .lines
            .with_untracked(|lines| lines.iter().rposition(|line| line.key == key))
    }

    fn take(&self, key: Key) -> Option<(usize, Line)> {
        let index = self.find(key)?;
        let line = self.signals.lines.update(|lines| lines.remove(index))?;
        Some((index, line))
    }

    fn put(&self, index: usize, line: Line) -> usize {
        self.signals
            .lines
            .update(|lines| {
                let index = index.min(lines.len());
                lines.insert(index, line);
                index
            })
            .unwrap_or_default()
    }

    /// Finds the places around `index` anew.
    fn settle(&self, index: usize) {
        self.signals.lines.with_untracked(|lines| {
            let from = index.saturating_sub(1);
            for (i, line) in lines.iter().enumerate().skip(from).take(3) {
                let row = |i: usize| lines.get(i).map(|line| line.row.get_untracked());
                let before = i.checked_sub(1).and_then(row);
                let place = line.row.with_untracked(|this| {
                    Place::of(
                        before.as_ref(),
                        this,
                        row(i + 1).as_ref(),
                        &dates::local_day,
                    )
                });
                let old = line.place.get_untracked();
                line.move_to(Place {
                    unread_from: old.unread_from,
                    ..place
                });
            }
        });
    }

    /// Puts the divider above the last `unread` messages of the other side.
    fn divide(&self, unread: u32) {
        let mut left = unread;
        let mut divided = false;
        self.signals.lines.with_untracked(|lines| {
            for line in lines.iter().rev() {
                let theirs = line.row.with_untracked(|row| row.author == Author::Them);
                let mut here = false;
                if left > 0 && theirs {
                    left -= 1;
                    here = left == 0;
                }
                divided |= here;
                line.move_to(Place {
                    unread_from: here,
                    ..line.place.get_untracked()
                });
            }
        });
        self.signals.divided.set(divided);
    }
}

impl Signals {
    /// The log follows its end from now on.
    pub(super) fn follow(self) {
        self.stuck.set(true);
        self.below.set(0);
    }

    /// Whether the conversation has ended.
    pub(super) fn ended(self) -> bool {
        self.conversation
            .with(|conversation| matches!(conversation, Conversation::Ended(_)))
    }

    /// Whether the list of conversations is shown, and none of them.
    pub(super) fn is_listing(self) -> bool {
        system::ROOMS
            && self.rooms.with(Option::is_some)
            && self
                .conversation
                .with(|conversation| *conversation == Conversation::None)
    }

    /// Gives a sentence to the announcer.
    pub(super) fn say(self, sentence: String) {
        self.said.update(|said| {
            let number = said.last().map_or(0, |(number, _)| number.wrapping_add(1));
            said.push((number, sentence));
            // Nobody listens to a backlog.
            if said.len() > 5 {
                said.remove(0);
            }
        });
    }
}

/// The present moment on the visitor's clock.
pub(super) fn wall_clock() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}
