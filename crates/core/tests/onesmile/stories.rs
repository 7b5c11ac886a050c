//! A session that speaks OneSmile.

use concierge_core::{
    Action, Author, Effect, Input, Instant, Mirror, Now, RequestId, Session, Setup, Stored,
    Timestamp, Token, UploadRules,
};
use serde_json::{Value, json};

use crate::*;

/// A visitor's page and a server that answers at once.
struct Page {
    session: Session,
    mirror: Mirror,
    now: u64,
    /// Rows on the server, the newest last.
    rows: Vec<Value>,
    is_made: bool,
    /// Commands, in order.
    asked: Vec<String>,
}

impl Page {
    fn new() -> Self {
        let session = Session::new(Setup {
            backend: Box::new(adapter()),
            seed: 3,
            stored: Stored::default(),
            rules: UploadRules::default(),
        });
        Self {
            session,
            mirror: Mirror::default(),
            now: 1_000,
            rows: Vec::new(),
            is_made: false,
            asked: Vec::new(),
        }
    }

    fn serve(&mut self, request: &concierge_core::Request) -> Value {
        let command = command(request).to_owned();
        self.asked.push(command.clone());
        let told = body(request);
        match command.as_str() {
            "generalmessagelist" if self.is_made => list(&[listed(700, DESK, 0, 0)]),
            "generalmessagelist" => list(&[]),
            "generalmessagecreate" => {
                self.is_made = true;
                json!({"success": true, "msg": "", "response": {"room_id": "700"}})
            }
            "generalmessagesent" => {
                let text = told["message"].as_str().expect("a text").to_owned();
                self.write(ME, &text);
                let mut answer = self.rows.last().expect("a row").clone();
                answer["message"] = Value::Null;
                json!({"success": true, "response": answer})
            }
            _ => page(&self.rows),
        }
    }

    fn write(&mut self, member: &str, text: &str) {
        let number = u32::try_from(self.rows.len()).unwrap() + 1;
        self.rows.push(row(number, member, number, text));
    }

    fn handle(&mut self, input: Input) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            let now = Now {
                at: Instant(self.now),
                wall: Timestamp(1_772_591_400_000),
            };
            for effect in self.session.handle(now, input) {
                match effect {
                    Effect::AskToken(_) => inputs.push(Input::Token(Ok(Token {
                        secret: token(),
                        expires_at: None,
                    }))),
                    Effect::Request(RequestId(id), request) => {
                        let body = self.serve(&request).to_string();
                        let response = Response { status: 200, body };
                        inputs.push(Input::Answered(RequestId(id), Ok(response)));
                    }
                    Effect::Changed(change) => self.mirror.apply(&change),
                    _ => {}
                }
            }
        }
    }

    fn wait(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(at) = self.session.deadline().filter(|at| at.0 <= end) {
            self.now = self.now.max(at.0);
            self.handle(Input::Wake);
        }
        self.now = end;
    }

    fn shown(&self) -> Vec<(Author, String)> {
        let rows = self.mirror.rows.iter();
        rows.map(|row| (row.author.clone(), row.content.preview().to_owned()))
            .collect()
    }
}

#[test]
fn the_first_message_makes_the_room_and_answers_come_by_asking() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    assert_eq!(page.asked, ["generalmessagelist"]);
    page.handle(Input::User(Action::Send("is it open?".into())));
    assert!(page.asked.contains(&"generalmessagecreate".into()));
    assert_eq!(page.shown(), [(Author::Me, "is it open?".into())]);
    page.write("3", "until six");
    page.wait(20_000);
    let both = [
        (Author::Me, "is it open?".into()),
        (Author::Them, "until six".into()),
    ];
    assert_eq!(page.shown(), both);
    let made = page.asked.iter().filter(|it| *it == "generalmessagecreate");
    assert_eq!(made.count(), 1);
}

#[test]
fn the_room_that_is_there_shows_at_once() {
    let mut page = Page::new();
    page.is_made = true;
    page.write("3", "welcome");
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    assert_eq!(page.shown(), [(Author::Them, "welcome".into())]);
}
