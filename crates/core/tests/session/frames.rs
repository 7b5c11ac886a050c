//! Frames that nobody should send, and the shapes that the contract knows.

use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::backend::{
    Backend, Call, ConversationInfo, Destination, Incoming, Message, Outgoing, Page, PageSize,
    RefusalKind, Reply, Route, Upload,
};
use concierge_core::{
    Author, Content, ConversationId, FileContent, FileKind, MessageId, Secret, Status, Timestamp,
    Uid,
};
use serde_json::{Value, json};

use crate::world::World;

fn adapter() -> Concierge {
    Concierge::new(Settings {
        socket_url: "wss://socket.example.com/prod".into(),
        device_id: "web 1/ü".into(),
        api_url: None,
        page_size: 20,
    })
}

fn decode(frame: &str) -> Incoming {
    let mut frames = adapter().decode(frame);
    assert_eq!(frames.len(), 1);
    frames.remove(0)
}

#[test]
fn noise_is_counted_and_changes_nothing() {
    let mut world = World::chatting();
    let before = world.mirror.clone();
    let large = format!(
        "{{\"channel\":\"news\",\"payload\":\"{}\"}}",
        "x".repeat(1 << 20)
    );
    let noise = [
        "",
        "not JSON",
        "null",
        "7",
        "[]",
        "{}",
        r#"{"channel":7}"#,
        r#"{"channel":"chat-message-session-1"}"#,
        r#"{"channel":"chat-message-session-1","payload":{"chatMessage":null}}"#,
        r#"{"channel":"chat-message-session-1","payload":{"chatMessage":{"id":{}}}}"#,
        r#"{"channel":"chat-message-delete","payload":{}}"#,
        r#"{"channel":"chat-session-update-session-1","payload":{}}"#,
        r#"{"message":"welcome"}"#,
        r#"{"action":"pong"}"#,
        r#"{"channel":"chat-message-delete","payload":{"messageId":1}} // an end"#,
        "\u{0}\u{1}\u{fffd}",
        &large,
    ];
    for frame in noise {
        world.inject(frame);
    }
    assert_eq!(world.mirror, before);
    assert_eq!(world.unknown_frames() as usize, noise.len());
    world.say("Still here");
    world.run(1_000);
    assert_eq!(world.desk.texts(), ["Still here"]);
}

#[test]
fn answers_nobody_asked_for_change_nothing() {
    let mut world = World::chatting();
    let before = world.mirror.clone();
    for frame in [
        r#"{"channel":"client/send-message","status":200,"body":{"chatMessage":{"id":"5","senderEntityType":"TENANT","messageContent":"not mine","sentAt":"1"}}}"#,
        r#"{"channel":"client/end-chat-with-concierge","status":200,"body":{"chatSession":{"isSessionClosed":true}}}"#,
        r#"{"message":"Internal server error","connectionId":"a=","requestId":"b="}"#,
        r#"{"message":"Forbidden","connectionId":"a=","requestId":"b="}"#,
    ] {
        world.inject(frame);
    }
    assert_eq!(world.mirror, before);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn deeply_nested_json_is_noise_and_not_a_crash() {
    let mut world = World::chatting();
    world.inject(&"[".repeat(100_000));
    world.inject(&"{\"a\":".repeat(50_000));
    assert_eq!(world.status(), Status::Online);
}

/// Frames of all kinds with letters swapped, dropped and doubled: whatever
/// arrives, reading it ends, and the chat goes on.
#[test]
fn broken_frames_of_all_kinds_are_read_without_a_crash() {
    const LETTERS: [char; 12] = ['{', '}', '[', ']', '"', ':', ',', '\\', '-', '9', 'e', 'ü'];
    let whole: Vec<Vec<char>> = [
        include_str!("../fixtures/concierge/message_shapes.jsonl"),
        include_str!("../fixtures/concierge/answer_envelopes.jsonl"),
        include_str!("../fixtures/concierge/requests.jsonl"),
        include_str!("../fixtures/concierge/answers.jsonl"),
        include_str!("../fixtures/concierge/events.jsonl"),
    ]
    .iter()
    .flat_map(|text| text.lines())
    .chain([include_str!("../fixtures/concierge/init_answer.json")])
    .map(|frame| frame.chars().collect())
    .collect();
    let mut dice = crate::dice::Dice::new(3);
    let mut world = World::chatting();
    for round in 0..20_000 {
        let mut frame = whole[dice.pick(whole.len())].clone();
        for _ in 0..=dice.roll(4) {
            let place = dice.pick(frame.len());
            match dice.roll(4) {
                0 => frame[place] = LETTERS[dice.pick(LETTERS.len())],
                1 => frame.truncate(place.max(1)),
                2 => frame.insert(place, LETTERS[dice.pick(LETTERS.len())]),
                _ => frame.swap(place, 0),
            }
        }
        let frame: String = frame.into_iter().collect();
        let read = adapter().decode(&frame);
        assert!(read.len() <= 1, "{frame}");
        if round % 20 == 0 {
            world.inject(&frame);
        }
    }
    world.run(120_000);
    world.say("Still here");
    world.run(10_000);
    assert_eq!(world.desk.texts(), ["Still here"]);
}

#[test]
fn the_connect_url_is_percent_encoded_and_bounded() {
    let door = adapter().door(&Secret("a+b/c=&d".into()));
    let url = door.expect("a URL").expect("a door").url;
    assert_eq!(
        url.0,
        "wss://socket.example.com/prod?Auth=a%2Bb%2Fc%3D%26d&deviceId=web%201%2F%C3%BC"
    );
    assert!(adapter().door(&Secret("x".repeat(4_096))).is_err());
    assert_eq!(format!("{url:?}"), "Url(***)");
}

#[test]
fn requests_are_those_of_the_contract() {
    let id = ConversationId("c-1".into());
    let file = |kind, url: &str, name: &str, mime: &str, size, dimensions| {
        Content::File(FileContent {
            kind,
            url: url.into(),
            name: name.into(),
            mime: Some(mime.into()),
            size: Some(size),
            dimensions,
        })
    };
    let send = |content| Call::Send(id.clone(), Uid("u-1".into()), content);
    let page = |number, size| {
        let below = None;
        Call::History(
            id.clone(),
            Page {
                number,
                size,
                below,
            },
        )
    };
    let calls = [
        Call::Begin,
        Call::Resume(id.clone()),
        Call::Check(id.clone()),
        page(3, PageSize::Usual),
        page(1, PageSize::Small),
        Call::Ping(id.clone()),
        send(Content::Text("Is \"Roof 2\" free?\n".into())),
        send(file(
            FileKind::Image,
            "https://files.example.com/a/1.png",
            "tap.png",
            "image/png",
            4_096,
            Some((64, 48)),
        )),
        send(file(
            FileKind::Video,
            "https://files.example.com/a/2.mp4",
            "tap.mp4",
            "video/mp4",
            5_000_000_000,
            None,
        )),
        send(file(
            FileKind::Other,
            "https://files.example.com/a/3.pdf",
            "lease.pdf",
            "application/pdf",
            7,
            None,
        )),
        Call::Seen(id.clone(), MessageId("731".into())),
        Call::Delete(id.clone(), MessageId("732".into())),
        Call::Unread,
        Call::End(id.clone()),
    ];
    let expected = include_str!("../fixtures/concierge/requests.jsonl");
    assert_eq!(calls.len(), expected.lines().count());
    for (call, expected) in calls.iter().zip(expected.lines()) {
        let Outgoing::Frame(frame) = adapter().encode(call, &Secret(String::new())) else {
            panic!("no frame");
        };
        let frame: Value = serde_json::from_str(&frame).expect("JSON");
        let expected: Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(frame, expected);
    }
}

#[test]
fn a_place_for_a_file_is_asked_for_as_the_contract_has_it() {
    let file = FileContent {
        kind: FileKind::Image,
        url: String::new(),
        name: "balcony \"2\".png".into(),
        mime: Some("image/png".into()),
        size: Some(5),
        dimensions: None,
    };
    for base in ["https://api.example.com/v1", "https://api.example.com/v1/"] {
        let mut adapter = Concierge::new(Settings {
            socket_url: "wss://socket.example.com".into(),
            device_id: "web-1".into(),
            api_url: Some(base.into()),
            page_size: 20,
        });
        let to = Destination {
            conversation: &ConversationId("c-1".into()),
            uid: &Uid("u-1".into()),
            token: &Secret("a.b.c".into()),
        };
        let Upload::Ask(request) = adapter.upload(&to, &file) else {
            panic!("no place is asked for");
        };
        assert_eq!(request.method, "POST");
        assert_eq!(
            request.url.0,
            "https://api.example.com/v1/file-new/get-upload-url"
        );
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (*name, value.0.as_str()))
            .collect();
        assert_eq!(
            headers,
            [
                ("Content-Type", "application/json"),
                ("Authorization", "Bearer a.b.c")
            ]
        );
        let body = request.body.expect("a body").0;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(
            body,
            json!({"filename": "balcony \"2\".png", "mimeType": "image/png", "type": "chat-images"})
        );
    }
}

/// The same value with its numbers as digits in strings, or the other way
/// round, wherever the contract has seen both.
fn retyped(value: &Value, as_text: bool) -> Value {
    match value {
        Value::Number(number) if as_text => json!(number.to_string()),
        Value::String(text) if !as_text => text
            .parse::<i64>()
            .map_or_else(|_| value.clone(), |number| json!(number)),
        Value::Array(list) => list.iter().map(|it| retyped(it, as_text)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, it)| (key.clone(), retyped(it, as_text)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// All types that a frame's content may have.
fn in_all_types(content: &Value) -> [Value; 3] {
    [
        content.clone(),
        retyped(content, true),
        retyped(content, false),
    ]
}

/// A frame with its content under each of these keys, and without any.
fn in_all_places(frame: &Value, keys: [&str; 3], content: &Value) -> Vec<Value> {
    let mut frames: Vec<Value> = keys
        .iter()
        .map(|key| {
            let mut frame = frame.clone();
            frame[*key] = content.clone();
            frame
        })
        .collect();
    let mut flat = frame.clone();
    for (key, value) in content.as_object().expect("an object") {
        flat[key] = value.clone();
    }
    frames.push(flat);
    frames
}

fn message_731(author: Author, conversation: &str, uid: Option<&str>) -> Message {
    Message {
        id: MessageId("731".into()),
        conversation: Some(ConversationId(conversation.into())),
        uid: uid.map(|uid| Uid(uid.into())),
        author,
        content: Some(Content::Text("The gym opens at 6".into())),
        at: Timestamp(1_795_162_355_872),
        seen: false,
    }
}

fn conversation(joined: bool, has_all: bool, closed: bool) -> ConversationInfo {
    ConversationInfo {
        id: Some(ConversationId("c-1".into())),
        closed,
        joined: Some(joined),
        visitor: has_all.then(|| "9001".into()),
        life: has_all.then_some(3_600_000),
        seen_until: None,
    }
}

#[test]
fn each_route_s_answer_reads_the_same_in_all_envelopes_and_types() {
    let expected = [
        (
            Route::Open,
            Reply::Conversation(conversation(false, true, false)),
        ),
        (
            Route::Check,
            Reply::Conversation(conversation(true, true, false)),
        ),
        (
            Route::History,
            Reply::Messages(vec![message_731(Author::Them, "c-0", None)]),
        ),
        (
            Route::Ping,
            Reply::Conversation(conversation(true, true, false)),
        ),
        (
            Route::Send,
            Reply::Sent(message_731(Author::Me, "c-0", Some("u-1"))),
        ),
        (Route::Delete, Reply::Done),
        (Route::Seen, Reply::Done),
        (Route::Unread, Reply::Unread(3)),
        (
            Route::End,
            Reply::Conversation(conversation(true, false, true)),
        ),
    ];
    let text = include_str!("../fixtures/concierge/answers.jsonl");
    assert_eq!(text.lines().count(), expected.len());
    for (line, (route, reply)) in text.lines().zip(expected) {
        let plain: Value = serde_json::from_str(line).expect("JSON");
        let channel = plain["channel"].as_str().expect("a channel");
        let path = channel.split('?').next().expect("a path");
        let channels = [
            json!(channel),
            json!(path),
            json!(format!("{path}?page=1&limit=7")),
            json!([channel]),
        ];
        for channel in channels {
            for status in [
                json!({"status": 200}),
                json!({"statusCode": 200}),
                json!({"status": "200"}),
            ] {
                let mut frame = status;
                frame["channel"] = channel.clone();
                for content in in_all_types(&plain["body"]) {
                    for frame in in_all_places(&frame, ["body", "payload", "data"], &content) {
                        assert_eq!(
                            decode(&frame.to_string()),
                            Incoming::Answered(route, Ok(reply.clone())),
                            "{frame}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn each_event_reads_the_same_in_all_envelopes_and_types() {
    let mut joined = conversation(true, false, false);
    joined.life = None;
    let expected = [
        Incoming::Conversation(joined),
        Incoming::Message(message_731(Author::Them, "c-1", None)),
        Incoming::Gone(MessageId("731".into())),
    ];
    let around = json!({
        "actions": [], "receiverId": "9001", "receiverType": "TENANT", "senderId": "88",
        "senderType": "BACKEND_USER", "socketMessageId": "e-1",
    });
    let text = include_str!("../fixtures/concierge/events.jsonl");
    assert_eq!(text.lines().count(), expected.len());
    for (line, expected) in text.lines().zip(expected) {
        let plain: Value = serde_json::from_str(line).expect("JSON");
        for channel in [plain["channel"].clone(), json!([plain["channel"]])] {
            for mut frame in [json!({}), around.clone()] {
                frame["channel"] = channel.clone();
                for content in in_all_types(&plain["payload"]) {
                    for frame in in_all_places(&frame, ["payload", "body", "data"], &content) {
                        assert_eq!(decode(&frame.to_string()), expected, "{frame}");
                    }
                }
            }
        }
    }
}

#[test]
fn one_message_reads_the_same_in_all_its_shapes() {
    let text = include_str!("../fixtures/concierge/message_shapes.jsonl");
    let mut count = 0;
    for line in text.lines() {
        let Incoming::Message(message) = decode(line) else {
            panic!("no message: {line}")
        };
        assert_eq!(message.id, MessageId("731".into()), "{line}");
        assert_eq!(message.at, Timestamp(1_795_162_355_872), "{line}");
        assert_eq!(
            message.content,
            Some(Content::Text("The gym opens at 6".into())),
            "{line}"
        );
        count += 1;
    }
    assert!(count >= 8);
}

#[test]
fn one_answer_reads_the_same_in_all_its_envelopes() {
    let text = include_str!("../fixtures/concierge/answer_envelopes.jsonl");
    let mut count = 0;
    for line in text.lines() {
        let Incoming::Answered(Route::Unread, Ok(Reply::Unread(3))) = decode(line) else {
            panic!("not read: {line} as {:?}", decode(line))
        };
        count += 1;
    }
    assert!(count >= 6);
}

#[test]
fn refusals_say_what_can_be_done() {
    for (status, kind) in [
        (401, RefusalKind::Token),
        (403, RefusalKind::Token),
        (404, RefusalKind::Missing),
        (400, RefusalKind::Rejected),
        (422, RefusalKind::Rejected),
        (429, RefusalKind::Unclear),
        (500, RefusalKind::Unclear),
    ] {
        for message in [r#""message":"No""#, r#""body":{"message":"No"}"#] {
            let frame =
                format!(r#"{{"channel":"client/send-message","status":{status},{message}}}"#);
            let Incoming::Answered(Route::Send, Err(refusal)) = decode(&frame) else {
                panic!("not a refusal: {frame}")
            };
            assert_eq!(refusal.kind, kind, "{frame}");
            assert_eq!(refusal.text.as_deref(), Some("No"), "{frame}");
        }
    }
    let long = format!(
        r#"{{"channel":"client/send-message","status":400,"message":"{}"}}"#,
        "stack trace ".repeat(40)
    );
    let Incoming::Answered(_, Err(refusal)) = decode(&long) else {
        panic!("not a refusal")
    };
    assert_eq!(refusal.text, None, "long words of a server are not shown");
}

#[test]
fn files_of_all_kinds_are_told_apart() {
    let of = |kind: &str, url: &str, metadata: &str| {
        let frame = format!(
            r#"{{"channel":"chat-message-c","payload":{{"chatMessage":{{"id":1,"sentAt":2,
            "senderEntityType":"BACKEND_USER","contentType":"{kind}","messageContent":"{url}",
            "metadata":{metadata}}}}}}}"#
        );
        let Incoming::Message(message) = decode(&frame) else {
            panic!("no message")
        };
        message.content.expect("content")
    };
    let Content::File(file) = of(
        "IMAGE",
        "https://files.example.com/chat-images/a1.png?x=1",
        r#"{"filename":"lobby.png","width":640,"height":"480","fileSize":"2048"}"#,
    ) else {
        panic!("no file")
    };
    assert_eq!(
        file,
        FileContent {
            kind: FileKind::Image,
            url: "https://files.example.com/chat-images/a1.png?x=1".into(),
            name: "lobby.png".into(),
            mime: None,
            size: Some(2_048),
            dimensions: Some((640, 480)),
        }
    );
    let kind = |content: Content| match content {
        Content::File(file) => (file.kind, file.name),
        Content::Text(text) => panic!("only text: {text}"),
        Content::Rich(_) => panic!("no file"),
    };
    let film = "https://files.example.com/chat-videos/tour.MOV";
    assert_eq!(
        kind(of("IMAGE", film, "null")),
        (FileKind::Video, "tour.MOV".into())
    );
    assert_eq!(
        kind(of("VIDEO", film, "null")),
        (FileKind::Video, "tour.MOV".into())
    );
    let plan = "https://files.example.com/chat-documents/9f.pdf";
    let staff = r#"{"file":{"name":"plan.pdf"}}"#;
    assert_eq!(
        kind(of("FILE", plan, staff)),
        (FileKind::Other, "plan.pdf".into())
    );
    assert_eq!(
        kind(of("HOLOGRAM", plan, "7")),
        (FileKind::Other, "9f.pdf".into())
    );
    assert_eq!(of("HOLOGRAM", "hello", "[]"), Content::Text("hello".into()));
}

#[test]
fn a_message_with_status_0_or_without_content_was_taken_back() {
    for rest in [
        r#""status":0,"messageContent":"x""#,
        r#""messageContent":"""#,
        r#""status":3"#,
    ] {
        let frame = format!(
            r#"{{"channel":"chat-message-c","payload":{{"chatMessage":{{"id":1,{rest}}}}}}}"#
        );
        let Incoming::Message(message) = decode(&frame) else {
            panic!("no message")
        };
        assert_eq!(message.content, None, "{frame}");
    }
}

#[test]
fn of_the_tenant_nothing_but_the_id_is_read() {
    let frame = include_str!("../fixtures/concierge/init_answer.json");
    let incoming = decode(frame);
    let told = format!("{incoming:?}");
    assert!(told.contains("\"9001\""), "{told}");
    for secret in ["AB-777", "visitor@example.com", "Imogen", "070"] {
        assert!(
            frame.contains(secret) && !told.contains(secret),
            "{secret} was kept"
        );
    }
}

#[test]
fn no_fixture_of_the_concierge_is_read_by_nobody() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/concierge");
    let tests = include_str!("frames.rs");
    for file in std::fs::read_dir(folder).expect("a folder") {
        let name = file.expect("a file").file_name();
        let name = name.to_str().expect("a name");
        let read = format!("include_str!(\"../fixtures/concierge/{name}\")");
        assert!(tests.contains(&read), "{name}");
    }
}
