//! A chat whose other side says nothing but what lies in `tests/fixtures`: the
//! same story with each system, and what is in its files must come to be shown.

use std::collections::VecDeque;

use concierge_core::{
    Action, Author, ConnId, Conversation, Effect, Input, Instant, MessageId, Mirror, Now, Request,
    Response, RowState, Secret, Session, Setup, Status, Stored, Timestamp, Token, UploadRules,
};
use serde_json::Value;

use crate::scripts::{ROOM, Script, all};

/// 2026-03-06, after all that the files tell of.
const NOW: i64 = 1_772_755_200_000;

#[test]
fn what_lies_in_files_is_shown_sent_and_taken_back_in_each_system() {
    for script in all() {
        live(script);
    }
}

fn live(script: Box<dyn Script>) {
    let mut site = Site::new(script);
    eprintln!("that says {:?}", site.script.sent().0);
    let mut expected = site.script.history();
    site.open();
    if site.script.begins_with_a_message() {
        assert_eq!(site.mirror.conversation, Conversation::None);
        // Its file has what is sent in the history, too.
        expected.retain(|(_, text)| *text != site.script.sent().0);
    } else {
        assert_eq!(site.shown(), expected);
    }

    let (text, number) = site.script.sent();
    site.put(Input::User(Action::Send(text.into())));
    site.run(3_000);
    assert!(matches!(site.mirror.conversation, Conversation::Open(_)));
    let rows = site.mirror.rows.iter();
    let own: Vec<_> = rows
        .filter(|row| row.content.preview() == text && row.author == Author::Me)
        .collect();
    assert_eq!(own.len(), 1, "{text}");
    assert_eq!(own[0].state, RowState::Sent);
    assert_eq!(own[0].id.as_ref().map(MessageId::name), Some(number));
    for told in &expected {
        let count = site.shown().iter().filter(|it| *it == told).count();
        assert_eq!(count, 1, "{told:?}");
    }
    assert_eq!(site.mirror.connection.status, Status::Online);

    let Some((events, text, gone)) = site.script.events() else {
        return;
    };
    for event in events {
        site.push(&event);
        let count = |site: &Site| site.shown().iter().filter(|it| it.1 == text).count();
        assert_eq!(count(&site), 1, "{text}");
    }
    let count = site.shown().len();
    site.push(&gone);
    assert!(site.shown().iter().all(|it| it.1 != text), "{text}");
    assert_eq!(site.shown().len(), count - 1, "{text}");
}

/// A page with a session; what it asks is answered at once.
struct Site {
    script: Box<dyn Script>,
    session: Session,
    mirror: Mirror,
    at: u64,
    socket: Option<ConnId>,
}

impl Site {
    fn new(script: Box<dyn Script>) -> Self {
        let session = Session::new(Setup {
            backend: script.adapter(),
            seed: 5,
            stored: Stored::default(),
            rules: UploadRules::default(),
        });
        let mut site = Self {
            script,
            session,
            mirror: Mirror::default(),
            at: 1_000,
            socket: None,
        };
        site.put(Input::Start);
        site
    }

    fn open(&mut self) {
        self.put(Input::User(Action::OpenPanel));
        self.run(2_000);
        let rooms = self.mirror.rooms.clone().unwrap_or_default();
        if self.mirror.conversation == Conversation::None && !rooms.is_empty() {
            let room = rooms.iter().find(|room| room.id.0 == ROOM);
            let room = room.expect("the room of the files");
            self.put(Input::User(Action::OpenRoom(room.id.clone())));
            self.run(2_000);
        }
    }

    fn run(&mut self, ms: u64) {
        let end = self.at + ms;
        while let Some(Instant(at)) = self.session.deadline().filter(|at| at.0 <= end) {
            self.at = self.at.max(at);
            self.put(Input::Wake);
        }
        self.at = end;
    }

    fn push(&mut self, frame: &Value) {
        let conn = self.socket.expect("a socket");
        self.put(Input::Received(conn, frame.to_string()));
        self.run(100);
    }

    fn shown(&self) -> Vec<(Author, &str)> {
        let rows = self.mirror.rows.iter();
        rows.filter(|row| row.state != RowState::Unsent)
            .map(|row| (row.author.clone(), row.content.preview()))
            .collect()
    }

    fn put(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = Now {
                at: Instant(self.at),
                wall: Timestamp(NOW + i64::try_from(self.at).expect("a short time")),
            };
            for effect in self.session.handle(now, input) {
                self.follow(effect, &mut inputs);
            }
        }
    }

    fn follow(&mut self, effect: Effect, inputs: &mut VecDeque<Input>) {
        match effect {
            Effect::Request(id, request) => {
                inputs.push_back(Input::Answered(id, Ok(self.serve(&request))));
            }
            Effect::Connect(conn, _) => {
                self.socket = Some(conn);
                inputs.push_back(Input::Opened(conn));
            }
            Effect::Transmit(conn, frame) => {
                let told = self.script.reply(&frame).into_iter();
                inputs.extend(told.map(|it| Input::Received(conn, it.to_string())));
            }
            Effect::Close(conn) if self.socket == Some(conn) => self.socket = None,
            Effect::AskToken(_) => inputs.push_back(Input::Token(Ok(Token {
                secret: Secret("a.b.c".into()),
                expires_at: None,
            }))),
            Effect::Changed(change) => self.mirror.apply(&change),
            Effect::Close(_)
            | Effect::Prepare(_)
            | Effect::Upload(..)
            | Effect::Abort(_)
            | Effect::Forget(_)
            | Effect::Store(..)
            | Effect::Stand
            | Effect::Seize
            | Effect::Resign
            | Effect::Tell(_)
            | Effect::Chime
            | Effect::Announce(_) => {}
        }
    }

    /// What no file answers is not there.
    fn serve(&mut self, request: &Request) -> Response {
        let url = request.url.0.split('?').next().unwrap_or_default();
        let line = format!("{} {url}", request.method);
        let body = self.script.answer(&line);
        Response {
            status: if body.is_some() { 200 } else { 404 },
            body: body.map_or_else(String::new, |body| body.to_string()),
        }
    }
}
