//! Frames that nobody should send, and the shapes that the contract knows.

use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::backend::{Backend, Call, Incoming, PageSize, RefusalKind, Reply, Route};
use concierge_core::{
    Content, ConversationId, FileContent, FileKind, MessageId, Secret, Status, Timestamp,
};

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
    let url = adapter()
        .connect_url(&Secret("a+b/c=&d".into()))
        .expect("a URL");
    assert_eq!(
        url.0,
        "wss://socket.example.com/prod?Auth=a%2Bb%2Fc%3D%26d&deviceId=web%201%2F%C3%BC"
    );
    assert!(adapter().connect_url(&Secret("x".repeat(4_096))).is_err());
    assert_eq!(format!("{url:?}"), "Url(***)");
}

#[test]
fn requests_are_those_of_the_contract() {
    let id = ConversationId("c-1".into());
    let frames = [
        adapter().encode(&Call::Begin),
        adapter().encode(&Call::Resume(id.clone())),
        adapter().encode(&Call::History(id, 3, PageSize::Usual)),
        adapter().encode(&Call::Unread),
    ];
    let expected = include_str!("../fixtures/concierge/requests.jsonl");
    for (frame, expected) in frames.iter().zip(expected.lines()) {
        let frame: serde_json::Value = serde_json::from_str(frame).expect("JSON");
        let expected: serde_json::Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(frame, expected);
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
