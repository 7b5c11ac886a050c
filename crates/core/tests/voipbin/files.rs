//! Files. Those of the system have a URL only for some time, and only by a request
//! (contract 3.5); those of the page's own endpoint are links (5).

use concierge_core::backend::{Backend, Call, Destination, Incoming, Upload, UploadVerdict};
use concierge_core::io::UploadBody;
use concierge_core::{Author, Content, FileContent, FileKind, RowState, UploadRequest};
use concierge_sim::requests::{Fault, System, World, is_file};
use serde_json::{Value, json};

use crate::*;

fn stored(id: &str, expire: &str) -> Value {
    json!({
        "id": id, "customer_id": COMPANY, "owner_id": PEER, "reference_id": NOBODY, "type": "talk",
        "name": "", "filename": "roof.png", "filesize": 1234,
        "uri_download": format!("https://s.example.org/{id}?sig=1"),
        "tm_download_expire": expire, "tm_create": "2026-03-04T07:00:00Z",
    })
}

fn with_file(number: u32, file: &str) -> Value {
    let mut row = said(number, PEER, "");
    row["medias"] = json!([{"type": "file", "address": {}, "agent_id": NOBODY, "file_id": file}]);
    row
}

/// Reads a page; returns its messages and the files that were asked for.
fn read_files(adapter: &mut VoipBin, rows: &[Value], expire: &str) -> (Vec<Message>, Vec<String>) {
    let mut files = Vec::new();
    let outcome = run(adapter, &newest(), |line| {
        match line.strip_prefix("GET files/") {
            Some(id) if id.starts_with("bad") => {
                files.push(id.to_owned());
                (400, Value::Null)
            }
            Some(id) => {
                files.push(id.to_owned());
                (200, stored(id, expire))
            }
            None => (200, list(rows)),
        }
    });
    (messages(outcome), files)
}

fn file(message: &Message) -> &FileContent {
    match &message.content {
        Some(Content::File(file)) => file,
        other => panic!("{other:?}"),
    }
}

const LATER: &str = "2026-03-05T07:00:00Z";

#[test]
fn the_files_of_a_page_are_asked_for_once() {
    let mut adapter = talk();
    let rows = [
        with_file(3, "f-3"),
        said(2, PEER, "text"),
        with_file(1, "f-1"),
    ];
    let (read, asked) = read_files(&mut adapter, &rows, LATER);
    assert_eq!(asked, ["f-3", "f-1"]);
    assert_eq!(read.len(), 3);
    let shown = file(&read[0]);
    assert_eq!(shown.url, "https://s.example.org/f-1?sig=1");
    assert_eq!(
        (shown.name.as_str(), shown.kind, shown.size),
        ("roof.png", FileKind::Image, Some(1234))
    );
    let (_, asked) = read_files(&mut adapter, &rows, LATER);
    assert_eq!(asked, [""; 0]);
}

#[test]
fn a_url_that_is_over_is_asked_for_again_when_time_has_passed() {
    let mut adapter = talk();
    read_files(&mut adapter, &[with_file(3, "f-3")], "2026-03-04T07:05:30Z");
    let rows = [with_file(3, "f-3")];
    assert_eq!(read_files(&mut adapter, &rows, LATER).1, [""; 0]);
    event(&mut adapter, &said(31, PEER, "much later"));
    assert_eq!(read_files(&mut adapter, &rows, LATER).1, ["f-3"]);
}

#[test]
fn a_page_asks_for_eight_files_at_most_and_goes_on_later() {
    let mut adapter = talk();
    let rows: Vec<Value> = (1..=10)
        .rev()
        .map(|n| with_file(n, &format!("f-{n}")))
        .collect();
    let (read, asked) = read_files(&mut adapter, &rows, LATER);
    assert_eq!(asked.len(), 8);
    assert_eq!(read.len(), 10);
    assert_eq!(file(&read[0]).url, "f-1");
    assert_eq!(file(&read[9]).url, "https://s.example.org/f-10?sig=1");
    let (read, asked) = read_files(&mut adapter, &rows, LATER);
    assert_eq!(asked, ["f-2", "f-1"]);
    assert!(read.iter().all(|message| !file(message).url.is_empty()));
}

#[test]
fn a_file_that_cannot_be_had_is_a_card_without_a_link() {
    let mut adapter = talk();
    let (read, _) = read_files(
        &mut adapter,
        &[with_file(2, "bad"), with_file(1, "f-1")],
        LATER,
    );
    assert_eq!(
        (file(&read[1]).url.as_str(), file(&read[1]).name.as_str()),
        ("bad", "file"),
        "its id, which leads nowhere"
    );
    assert_eq!(file(&read[0]).url, "https://s.example.org/f-1?sig=1");
}

#[test]
fn the_files_of_messages_that_are_gone_are_not_asked_for() {
    let mut gone = with_file(2, "f-2");
    gone["tm_delete"] = json!("2026-03-04T08:00:00Z");
    let (read, asked) = read_files(&mut talk(), &[gone], LATER);
    assert_eq!(asked, [""; 0]);
    assert_eq!(read[0].content, None);
}

#[test]
fn an_event_with_a_file_shows_it_and_has_the_page_read() {
    let mut adapter = talk();
    read(&mut adapter, &[]);
    let news = adapter.decode(&with_file(3, "f-3").to_string());
    assert!(
        matches!(&news[..], [Incoming::Message(_), Incoming::News]),
        "{news:?}"
    );
    let (read, _) = read_files(&mut adapter, &[with_file(3, "f-3")], LATER);
    assert!(!file(&read[0]).url.is_empty());
    // It is known, or not in the room that is shown.
    for row in [with_file(3, "f-3"), {
        let mut row = with_file(4, "f-4");
        row["chat_id"] = json!("another");
        row
    }] {
        assert!(matches!(event(&mut adapter, &row), Incoming::Message(_)));
    }
}

fn upload(adapter: &mut VoipBin) -> Upload {
    let (conversation, uid, token) = (room("room-1"), Uid("u-1".into()), token());
    let to = Destination {
        conversation: &conversation,
        uid: &uid,
        token: &token,
    };
    adapter.upload(&to, &mine(""))
}

fn mine(url: &str) -> FileContent {
    FileContent {
        kind: FileKind::Image,
        url: url.into(),
        name: "roof.png".into(),
        mime: Some("image/png".into()),
        size: Some(1234),
        dimensions: None,
    }
}

fn verdict(adapter: &mut VoipBin, status: u16, body: &Value) -> UploadVerdict {
    let body = body.to_string();
    adapter.upload_verdict(&Response { status, body })
}

#[test]
fn a_file_is_put_there_and_a_message_names_it() {
    let mut adapter = talk();
    let Upload::Put(request) = upload(&mut adapter) else {
        panic!("not put");
    };
    assert_eq!(
        (request.method, request.url.0),
        ("POST", [AGENTS, "files"].concat())
    );
    assert_eq!(
        request.headers,
        [("Authorization", Secret("Bearer agent.token".into()))]
    );
    let form = UploadBody::Form(vec![("type", Secret("talk".into()))], "file");
    assert_eq!(request.body, form);
    let done = verdict(&mut adapter, 200, &stored("f-9", LATER));
    assert_eq!(done, UploadVerdict::Done(Some("f-9".into())));
    let call = Call::Send(room("room-1"), Uid("u".into()), Content::File(mine("f-9")));
    let told = body(&ask(&mut adapter, &call));
    assert_eq!(told["medias"], json!([{"type": "file", "file_id": "f-9"}]));
    assert_eq!(told["text"], "");
    let mut answer = with_file(9, "f-9");
    answer["owner_id"] = json!(ME);
    let Ok(Reply::Sent(message)) = outcome(&mut adapter, &call, 200, &answer) else {
        panic!("not sent");
    };
    assert_eq!(file(&message).url, "https://s.example.org/f-9?sig=1");
    // After a reload its URL comes with the page.
    let Ok(Reply::Sent(message)) = outcome(&mut talk(), &call, 200, &answer) else {
        panic!("not sent");
    };
    assert_eq!(file(&message), &mine("f-9"));
}

#[test]
fn a_file_may_be_refused() {
    let refused = |text: Option<&str>| UploadVerdict::Refused(text.map(str::to_owned));
    for (status, body, meant) in [
        (400, Value::Null, refused(None)),
        (
            400,
            envelope("INVALID_ARGUMENT", "too large"),
            refused(Some("too large")),
        ),
        (
            403,
            envelope("PERMISSION_DENIED", "not you"),
            refused(Some("not you")),
        ),
        (413, Value::Null, refused(None)),
        (401, Value::Null, UploadVerdict::Token),
        (429, Value::Null, UploadVerdict::Busy),
        (503, Value::Null, UploadVerdict::Unclear),
        (200, json!({}), UploadVerdict::Unclear),
    ] {
        assert_eq!(
            verdict(&mut talk(), status, &body),
            meant,
            "{status} {body}"
        );
    }
    assert_eq!(upload(&mut legacy()), Upload::Never);
}

const ENDPOINT: &str = "https://files.example.org/put";
const LINK: &str = "https://f.example.org/9c41.png";

fn put(adapter: &mut VoipBin) -> UploadRequest {
    match upload(adapter) {
        Upload::Put(request) => request,
        other => panic!("{other:?}"),
    }
}

fn with_link(number: u32, author: &str, link: &str) -> Value {
    let mut row = copy(number, author, "");
    row["medias"] = json!([
        {"type": "link", "address": {}, "agent": {"id": NOBODY}, "file_id": NOBODY, "link_url": link}
    ]);
    row
}

#[test]
fn files_can_be_sent_with_talk_s_store_or_the_site_s_endpoint() {
    for chat_api in [ChatApi::Detect, ChatApi::Legacy, ChatApi::Talk] {
        let is_talk = chat_api == ChatApi::Talk;
        assert_eq!(VoipBin::new(settings(chat_api)).traits().upload, is_talk);
        let traits = with_endpoint(chat_api, ENDPOINT).traits();
        assert!(traits.upload);
        assert_eq!(traits.unsend, is_talk);
    }
}

#[test]
fn a_file_goes_to_the_site_s_endpoint_and_a_message_links_it() {
    for (chat_api, stored) in [
        (ChatApi::Detect, json!({"url": LINK})),
        (ChatApi::Talk, json!({"data": {"url": LINK}, "url": "no"})),
        (
            ChatApi::Legacy,
            json!({"success": true, "data": {"path": "a/b", "url": LINK}}),
        ),
    ] {
        let mut adapter = with_endpoint(chat_api, ENDPOINT);
        let request = put(&mut adapter);
        assert_eq!((request.method, request.url.0.as_str()), ("POST", ENDPOINT));
        assert_eq!(request.body, UploadBody::Form(Vec::new(), "file"));
        let done = verdict(&mut adapter, 200, &stored);
        assert_eq!(done, UploadVerdict::Done(Some(LINK.into())));
    }
    let mut adapter = with_endpoint(ChatApi::Legacy, ENDPOINT);
    let call = Call::Send(room("room-1"), Uid("u".into()), Content::File(mine(LINK)));
    assert_eq!(
        body(&ask(&mut adapter, &call)),
        json!({
            "chatroom_id": "room-1", "text": "",
            "medias": [{"type": "link", "link_url": LINK}]
        })
    );
    // Its name and size are known here alone.
    let answer = with_link(9, ME, LINK);
    let Ok(Reply::Sent(message)) = outcome(&mut adapter, &call, 200, &answer) else {
        panic!("not sent");
    };
    assert_eq!(file(&message), &mine(LINK));
    // A talk has the same link; and one without a host is no id.
    for link in [LINK, "/files/9c41.png"] {
        let call = Call::Send(room("room-1"), Uid("u".into()), Content::File(mine(link)));
        let told = body(&ask(&mut talk(), &call));
        assert_eq!(told["medias"], json!([{"type": "link", "link_url": link}]));
    }
}

#[test]
fn the_token_is_for_no_endpoint_but_the_system_s() {
    for (place, is_told) in [
        (ENDPOINT, false),
        ("https://phone.example.org/v1.0.files/put", false),
        ("https://phone.example.org/v1.0/put", true),
    ] {
        let headers = put(&mut with_endpoint(ChatApi::Legacy, place)).headers;
        let bearer = ("Authorization", Secret("Bearer agent.token".into()));
        assert_eq!(headers.contains(&bearer), is_told, "{place}");
        assert_eq!(headers.len(), usize::from(is_told));
    }
}

#[test]
fn the_site_s_endpoint_may_refuse_a_file() {
    for (status, body, meant) in [
        (413, Value::Null, UploadVerdict::Refused(None)),
        (404, Value::Null, UploadVerdict::Refused(None)),
        (401, Value::Null, UploadVerdict::Token),
        (429, Value::Null, UploadVerdict::Busy),
        (502, Value::Null, UploadVerdict::Unclear),
        (200, json!({"id": "f-9"}), UploadVerdict::Unclear),
        (200, json!({"data": {"url": ""}}), UploadVerdict::Unclear),
    ] {
        let mut adapter = with_endpoint(ChatApi::Detect, ENDPOINT);
        assert_eq!(
            verdict(&mut adapter, status, &body),
            meant,
            "{status} {body}"
        );
    }
}

#[test]
fn a_legacy_message_has_links_and_files() {
    let mut adapter = legacy();
    let rows = [
        with_link(3, PEER, LINK),
        with_link(2, ME, "https://f.example.org/plan.pdf"),
        {
            let mut row = copy(1, PEER, "");
            row["medias"] = json!([
                {"type": "file", "address": {}, "agent": {"id": NOBODY}, "file_id": "f-1"}
            ]);
            row
        },
    ];
    let (read, asked) = read_files(&mut adapter, &rows, LATER);
    assert_eq!(asked, ["f-1"]);
    let shown: Vec<_> = read
        .iter()
        .map(|it| (&it.author, file(it).url.as_str(), file(it).kind))
        .collect();
    assert_eq!(
        shown,
        [
            (
                &Author::Them,
                "https://s.example.org/f-1?sig=1",
                FileKind::Image
            ),
            (
                &Author::Me,
                "https://f.example.org/plan.pdf",
                FileKind::Other
            ),
            (&Author::Them, LINK, FileKind::Image),
        ]
    );
}

/// The visitor sends a file, and this happens to the message with its link.
fn send_with(fault: Fault) -> World {
    let mut world = World::new(System::VoipLegacy, 5);
    world.open();
    world.faults.push_back(("chatroommessages", fault));
    world.attach("roof.png");
    world.run(60_000);
    world
}

#[test]
fn a_message_with_a_link_is_looked_up_and_not_sent_twice() {
    for (fault, posts) in [
        (Fault::AnswerLost, 1),
        (Fault::Hangs, 1),
        // Without a word, though it is stored.
        (Fault::DoneStatus(400), 1),
        (Fault::DoneStatus(500), 1),
        (Fault::Lost, 2),
        (Fault::Status(400), 2),
    ] {
        let mut world = send_with(fault);
        assert_eq!(world.faults.len(), 0);
        let is_post = |line: &&String| line.starts_with("POST") && line.ends_with("messages");
        assert_eq!(
            world.requests.iter().filter(is_post).count(),
            posts,
            "{fault:?}"
        );
        let stored = &world.book().entries;
        assert_eq!(stored.len(), 1, "{fault:?}");
        assert_eq!(stored[0].said(), "roof.png");
        let rows: Vec<_> = world
            .mirror
            .rows
            .iter()
            .filter(|it| is_file(&it.content))
            .map(|it| it.state.clone())
            .collect();
        assert_eq!(rows, [RowState::Sent], "{fault:?}");
    }
}
