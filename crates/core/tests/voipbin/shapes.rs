//! The shapes of the contract in files, with values of our own: bodies in both
//! directions, events wrapped, bare, doubled and as the document has them,
//! errors (contract 3, 7).

use concierge_core::backend::{Backend, Incoming, RefusalKind, UploadVerdict};
use concierge_core::{Author, Content, FileContent, FileKind};

use crate::in_files::{self, Case};
use crate::*;

/// The room, or the talk, of the fixtures, and another one.
const ROOM: &str = "dddd4444-0000-4000-8000-000000000004";
const OTHER: &str = "dddd8888-0000-4000-8000-000000000008";

const CASES: [(&str, Case); 37] = [
    ("error_busy", busy),
    ("error_internal", in_doubt),
    ("error_invalid", rejected),
    ("error_missing", missing),
    ("error_token", without_a_token),
    ("legacy_chatroom", a_chatroom),
    ("legacy_chatroom_request", what_makes_a_chatroom),
    ("legacy_chatrooms", the_chatrooms),
    ("legacy_event_bare", news_in_a_chatroom),
    ("legacy_event_deleted", a_copy_taken_back),
    ("legacy_event_link", a_link_in_a_chatroom),
    ("legacy_event_of_the_chat", a_reason_to_read_the_copy),
    ("legacy_event_room", a_changed_room),
    ("legacy_event_wrapped", news_in_a_chatroom),
    ("legacy_list_end", nothing_more),
    ("legacy_message_create", a_message_sent_to_a_chatroom),
    ("legacy_message_request", what_is_sent_to_a_chatroom),
    ("legacy_messages", the_messages_of_a_chatroom),
    ("legacy_subscribe", the_legacy_greeting),
    ("site_upload", a_file_at_the_site_s_own_place),
    ("talk_chat", a_talk),
    ("talk_chat_request", what_makes_a_talk),
    ("talk_chats", the_talks),
    ("talk_event_bare", news_in_a_talk),
    ("talk_event_bare_gone", a_message_taken_back),
    ("talk_event_chat_gone", a_talk_that_is_over),
    ("talk_event_documented", news_in_a_talk),
    ("talk_event_old_name", news_in_a_talk),
    ("talk_event_participant", a_participant),
    ("talk_event_wrapped", news_in_a_talk),
    ("talk_file", a_file),
    ("talk_message_create", a_message_sent_to_a_talk),
    ("talk_message_request", what_is_sent_to_a_talk),
    ("talk_messages", the_messages_of_a_talk),
    ("talk_participants", who_leaves_a_talk),
    ("talk_subscribe", the_greeting_of_talk),
    ("webchat_event", nothing_known),
];

fn fixture(name: &str) -> Value {
    in_files::fixture("voipbin", name)
}

#[test]
fn no_fixture_of_voipbin_is_read_by_nobody() {
    in_files::no_file_is_left_out("voipbin", &CASES);
}

#[test]
fn each_fixture_of_voipbin_is_read_as_what_it_is() {
    in_files::read_all("voipbin", &CASES);
}

#[test]
fn an_event_that_comes_twice_in_other_shapes_is_one_message() {
    let hear = |mut adapter: VoipBin, names: &[&str]| -> Vec<Incoming> {
        let frames = names.iter().map(|name| fixture(name));
        frames.map(|it| event(&mut adapter, &it)).collect()
    };
    let names = ["talk_event_bare", "talk_event_wrapped", "talk_event_bare"];
    let heard = hear(talk(), &names);
    assert!(heard.iter().all(|it| *it == heard[0]), "{heard:?}");
    let names = ["legacy_event_wrapped", "legacy_event_bare"];
    let heard = hear(legacy(), &names);
    assert_eq!(heard[0], heard[1]);
}

// ---- legacy ----

fn the_chatrooms(body: &Value) {
    let pages = [body.clone(), fixture("legacy_list_end")];
    let listed = rooms_of(&mut legacy(), &pages, |_| (200, list(&[])));
    let expected = [
        (ROOM, "east tower", at(9)),
        (OTHER, "cccc3333, bbbb2222", at(3)),
    ];
    assert_eq!(titles(&listed), expected);
}

fn nothing_more(body: &Value) {
    assert_eq!(rooms(&mut legacy(), &[]), []);
    let page = outcome(&mut legacy(), &page_of_room(), 200, body);
    assert_eq!(messages(page), []);
}

fn a_chatroom(body: &Value) {
    is_open(legacy(), body);
}

fn what_makes_a_chatroom(body: &Value) {
    let call = Call::BeginWith(vec![PEER.into()], "east tower".into());
    assert_eq!(crate::body(&ask(&mut legacy(), &call)), *body);
}

fn the_messages_of_a_chatroom(body: &Value) {
    let page = messages(outcome(&mut legacy(), &page_of_room(), 200, body));
    let plan = file("https://files.example.org/tower/plan.pdf", "plan.pdf", None);
    let expected = [
        (11, Author::Them, Some(plan)),
        (22, Author::Me, text("keys are with me")),
        (31, Author::Them, text("the lift is out again")),
    ];
    are(&page, expected);
}

fn what_is_sent_to_a_chatroom(body: &Value) {
    assert_eq!(crate::body(&ask(&mut legacy(), &say("on my way"))), *body);
}

fn a_message_sent_to_a_chatroom(body: &Value) {
    is_sent(legacy(), body, "on my way");
}

fn news_in_a_chatroom(frame: &Value) {
    is_message(event(&mut legacy(), frame), "good, hurry");
}

fn a_link_in_a_chatroom(frame: &Value) {
    let Incoming::Message(message) = event(&mut legacy(), frame) else {
        panic!("no message");
    };
    let plan = file("https://files.example.org/tower/plan.pdf", "plan.pdf", None);
    assert_eq!(message.content, Some(plan));
}

fn a_copy_taken_back(frame: &Value) {
    is_gone(event(&mut legacy(), frame));
}

fn a_reason_to_read_the_copy(frame: &Value) {
    assert_eq!(event(&mut legacy(), frame), Incoming::News);
}

fn a_changed_room(frame: &Value) {
    assert_eq!(event(&mut legacy(), frame), Incoming::News);
}

fn the_legacy_greeting(frame: &Value) {
    is_greeting(&legacy(), frame);
}

// ---- talk ----

fn the_talks(body: &Value) {
    let pages = [body.clone(), fixture("legacy_list_end")];
    let listed = rooms_of(&mut talk(), &pages, |_| (200, list(&[])));
    let expected = [(ROOM, "roof team", at(9)), (OTHER, "", at(3))];
    // Times have as many digits as they need.
    assert_eq!(titles(&listed), expected);
}

fn a_talk(body: &Value) {
    is_open(talk(), body);
}

fn what_makes_a_talk(body: &Value) {
    let call = Call::BeginWith(vec![PEER.into()], String::new());
    let mut adapter = talk();
    ask(&mut adapter, &call);
    // There is none yet.
    let Answer::Next(request) = answer(&mut adapter, &call, 200, &list(&[]).to_string()) else {
        panic!("nothing is made");
    };
    assert_eq!(crate::body(&request), *body);
}

fn who_leaves_a_talk(body: &Value) {
    let mut asked = Vec::new();
    let left = run(&mut talk(), &Call::End(room(ROOM)), |line| {
        asked.push(line.to_owned());
        (200, body.clone())
    });
    assert_eq!(conversation(left), (ROOM.to_owned(), true));
    let people = format!("talk_chats/{ROOM}/participants");
    let own = "88888888-0000-4000-8000-000000000008";
    let expected = [format!("GET {people}"), format!("DELETE {people}/{own}")];
    assert_eq!(asked, expected);
}

fn the_messages_of_a_talk(body: &Value) {
    let (page, asked) = with_its_file(body);
    assert_eq!(asked, 1);
    let expected = [
        (11, Author::System, text("roof team was founded")),
        (15, Author::Them, None),
        (22, Author::Me, page[2].content.clone()),
        (31, Author::Them, text("two ladders are missing")),
    ];
    are(&page, expected);
}

/// What the site's own endpoint answers to a file.
fn a_file_at_the_site_s_own_place(body: &Value) {
    let mut adapter = with_endpoint(ChatApi::Legacy, "https://shop.example.org/files");
    let verdict = adapter.upload_verdict(&Response {
        status: 200,
        body: body.to_string(),
    });
    let url = body["url"].as_str().expect("a URL");
    assert_eq!(verdict, UploadVerdict::Done(Some(url.into())));
}

fn a_file(body: &Value) {
    assert_eq!(body["filename"], "sketch.pdf");
    let (page, _) = with_its_file(&fixture("talk_messages"));
    let Some(Content::Rich(rich)) = &page[2].content else {
        panic!("no file");
    };
    let url = "https://store.example.org/sketch.pdf?sig=11";
    let sketch = file(url, "sketch.pdf", Some(7_300));
    let shown: Vec<Content> = rich.files.iter().cloned().map(Content::File).collect();
    assert_eq!(
        (rich.text.as_str(), shown.as_slice()),
        ("the sketch", &[sketch][..])
    );
}

fn what_is_sent_to_a_talk(body: &Value) {
    assert_eq!(crate::body(&ask(&mut talk(), &say("found them"))), *body);
}

fn a_message_sent_to_a_talk(body: &Value) {
    is_sent(talk(), body, "found them");
}

fn news_in_a_talk(frame: &Value) {
    is_message(event(&mut talk(), frame), "splendid");
}

fn a_message_taken_back(frame: &Value) {
    is_gone(event(&mut talk(), frame));
}

fn a_talk_that_is_over(frame: &Value) {
    let Incoming::Conversation(info) = event(&mut talk(), frame) else {
        panic!("no conversation");
    };
    assert_eq!((info.id, info.closed), (Some(room(ROOM)), true));
}

fn a_participant(frame: &Value) {
    assert_eq!(event(&mut talk(), frame), Incoming::News);
}

fn the_greeting_of_talk(frame: &Value) {
    is_greeting(&talk(), frame);
}

// ---- both, and neither ----

fn nothing_known(frame: &Value) {
    for mut adapter in both() {
        assert_eq!(event(&mut adapter, frame), Incoming::Unknown);
    }
}

fn busy(body: &Value) {
    is_refused(429, body, RefusalKind::Busy, "Slow down, please.");
}

fn in_doubt(body: &Value) {
    is_refused(500, body, RefusalKind::Unclear, "Something broke.");
}

fn rejected(body: &Value) {
    is_refused(400, body, RefusalKind::Rejected, "A text is needed.");
}

fn missing(body: &Value) {
    is_refused(404, body, RefusalKind::Missing, "There is no such talk.");
}

fn without_a_token(body: &Value) {
    is_refused(401, body, RefusalKind::Token, "Who are you?");
}

// ---- what is in them ----

fn say(text: &str) -> Call {
    let content = Content::Text(text.into());
    Call::Send(room(ROOM), Uid("u-1".into()), content)
}

fn page_of_room() -> Call {
    let page = Page {
        number: 1,
        size: PageSize::Usual,
        below: None,
    };
    Call::History(room(ROOM), page)
}

fn message_id(number: u32) -> String {
    format!("3e550000-0000-4000-8000-{number:012}")
}

fn text(text: &str) -> Option<Content> {
    Some(Content::Text(text.into()))
}

fn file(url: &str, name: &str, size: Option<u64>) -> Content {
    Content::File(FileContent {
        kind: FileKind::Other,
        url: url.into(),
        name: name.into(),
        mime: None,
        size,
        dimensions: None,
    })
}

fn titles(rooms: &[Room]) -> Vec<(&str, &str, i64)> {
    let rooms = rooms.iter();
    rooms
        .map(|room| (room.id.0.as_str(), room.title.as_str(), room.at.0))
        .collect()
}

/// A page of talk, and how often it asked for its file.
fn with_its_file(body: &Value) -> (Vec<Message>, usize) {
    let mut asked = 0;
    let page = run(&mut talk(), &page_of_room(), |line| {
        if line.starts_with("GET files/") {
            asked += 1;
            return (200, fixture("talk_file"));
        }
        (200, body.clone())
    });
    (messages(page), asked)
}

/// Each message's number, which is its second, too; who wrote it, and what.
fn are<const COUNT: usize>(page: &[Message], expected: [(u32, Author, Option<Content>); COUNT]) {
    assert_eq!(page.len(), COUNT);
    for (message, (number, author, content)) in page.iter().zip(expected) {
        assert_eq!(message.id.name(), message_id(number));
        assert_eq!(message.at.0, at(number));
        assert_eq!(message.conversation, Some(room(ROOM)));
        assert_eq!((&message.author, &message.content), (&author, &content));
    }
}

fn is_open(mut adapter: VoipBin, body: &Value) {
    let made = Call::BeginWith(vec![PEER.into()], "east tower".into());
    for call in [Call::Check(room(ROOM)), made] {
        let found = conversation(outcome(&mut adapter, &call, 200, body));
        assert_eq!(found, (ROOM.to_owned(), false));
    }
}

fn is_sent(mut adapter: VoipBin, body: &Value, said: &str) {
    let Ok(Reply::Sent(message)) = outcome(&mut adapter, &say(said), 200, body) else {
        panic!("not sent");
    };
    are(&[message], [(41, Author::Me, text(said))]);
}

fn is_message(incoming: Incoming, said: &str) {
    let Incoming::Message(message) = incoming else {
        panic!("{incoming:?}");
    };
    assert!(!message.seen);
    are(&[message], [(42, Author::Them, text(said))]);
}

fn is_gone(incoming: Incoming) {
    let Incoming::Gone(id) = incoming else {
        panic!("{incoming:?}");
    };
    assert_eq!(id.name(), message_id(42));
}

fn is_greeting(adapter: &VoipBin, frame: &Value) {
    let frames = adapter.greet().frames;
    assert_eq!(frames.len(), 1);
    let said: Value = serde_json::from_str(&frames[0]).unwrap();
    assert_eq!(said, *frame);
}

fn is_refused(status: u16, body: &Value, kind: RefusalKind, words: &str) {
    for call in [say("hi"), page_of_room(), Call::Check(room(ROOM))] {
        let refusal = outcome(&mut talk(), &call, status, body).unwrap_err();
        let told = (refusal.kind, refusal.text.as_deref());
        assert_eq!(told, (kind, Some(words)), "{call:?}");
    }
}
