//! The four commands as they go out (contract 3).

use concierge_core::backend::onesmile::OneSmile;
use concierge_core::backend::{Backend, Call, Outgoing, PageSize, RefusalKind, Reply};
use concierge_core::model::Transport;
use concierge_core::{Content, FileContent, FileKind, MessageId, Uid};
use serde_json::json;

use crate::*;

#[test]
fn every_command_is_a_post_of_json_with_the_bare_token() {
    let mut adapter = adapter();
    for (call, name) in [
        (Call::Look, "generalmessagelist"),
        (Call::Rooms, "generalmessagelist"),
        (Call::Unread, "generalmessagelist"),
        (Call::Begin, "generalmessagecreate"),
        (Call::Check(room("700")), "generalmessagedetail"),
        (newest(), "generalmessagedetail"),
        (send("hi"), "generalmessagesent"),
    ] {
        let request = ask(&mut adapter, &call);
        assert_eq!(request.method, "POST");
        assert_eq!(command(&request), name);
        let headers = [
            ("Content-Type", Secret("application/json".into())),
            ("X-Auth-Token", Secret("member-token".into())),
        ];
        assert_eq!(request.headers, headers);
    }
}

#[test]
fn a_prefix_and_another_header_go_along_where_an_installation_wants_them() {
    let mut adapter = OneSmile::new(Settings {
        token_prefix: "Bearer ".into(),
        api_key: Some("partner".into()),
        ..settings()
    });
    let request = ask(&mut adapter, &Call::Look);
    assert_eq!(request.headers[1].1.0, "Bearer member-token");
    assert_eq!(request.headers[2], ("X-Auth-Api", Secret("partner".into())));
}

#[test]
fn the_list_is_asked_for_with_an_empty_object() {
    assert_eq!(body(&ask(&mut adapter(), &Call::Look)), json!({}));
}

#[test]
fn a_room_is_made_with_empty_texts_and_what_the_site_sets() {
    let plain = json!({"recipient_id": DESK, "image": "", "document": "", "message": ""});
    assert_eq!(body(&ask(&mut adapter(), &Call::Begin)), plain);
    let mut adapter = OneSmile::new(Settings {
        role: Some("2".into()),
        room_type: Some(5),
        ..settings()
    });
    let call = Call::BeginWith(vec!["90".into()], "unused".into());
    let full = json!({
        "room_type": 5, "recipient_id": "90", "role": "2", "image": "", "document": "", "message": ""
    });
    assert_eq!(body(&ask(&mut adapter, &call)), full);
}

#[test]
fn a_page_is_asked_for_by_what_is_known_already() {
    let mut adapter = adapter();
    let told = body(&ask(&mut adapter, &newest()));
    assert_eq!(told, json!({"sf": 0, "limit": 4, "room_id": "700"}));
    let told = body(&ask(&mut adapter, &history(2, Some(7))));
    assert_eq!(told, json!({"sf": 7, "limit": 4, "room_id": "700"}));
    let Call::History(id, mut page) = newest() else {
        unreachable!()
    };
    page.size = PageSize::Small;
    let told = body(&ask(&mut adapter, &Call::History(id, page)));
    assert_eq!(told["limit"], 1);
}

#[test]
fn a_message_names_room_and_recipient_and_says_one_thing() {
    let mut adapter = OneSmile::new(Settings {
        role: Some("1".into()),
        ..settings()
    });
    assert_eq!(
        body(&ask(&mut adapter, &send("is it \"open\"?"))),
        json!({
            "recipient_id": DESK, "room_id": "700", "role": "1",
            "image": "", "document": "", "message": "is it \"open\"?"
        })
    );
    for (kind, image, document) in [
        (FileKind::Image, "https://f.example.org/a", ""),
        (FileKind::Other, "", "https://f.example.org/a"),
        (FileKind::Video, "", "https://f.example.org/a"),
    ] {
        let file = Content::File(FileContent {
            kind,
            url: "https://f.example.org/a".into(),
            name: "a".into(),
            mime: None,
            size: None,
            dimensions: None,
        });
        let told = body(&ask(
            &mut adapter,
            &Call::Send(room("700"), Uid("u".into()), file),
        ));
        assert_eq!(told["image"], image);
        assert_eq!(told["document"], document);
        assert_eq!(told["message"], "");
    }
}

#[test]
fn what_the_system_cannot_do_is_refused_without_a_request() {
    let mut adapter = OneSmile::new(Settings {
        recipient_id: None,
        ..settings()
    });
    let id = || MessageId("1".into());
    for call in [
        Call::Begin,
        Call::BeginWith(Vec::new(), "x".into()),
        Call::Ping(room("700")),
        Call::Delete(room("700"), id()),
        Call::End(room("700")),
        Call::Typing(room("700"), true),
        Call::Answer(room("700"), id(), String::new()),
    ] {
        let Outgoing::Known(Err(refusal)) = adapter.encode(&call, &token()) else {
            panic!("{call:?}");
        };
        assert_eq!(refusal.kind, RefusalKind::Rejected);
    }
    let traits = adapter.traits();
    assert_eq!(traits.transport, Transport::Requests { push: false });
    assert!(traits.token && traits.rooms);
    assert!(!(traits.typing || traits.unsend || traits.upload));
    assert!(!(traits.end || traits.reopen));
    assert_eq!(adapter.door(&token()), Ok(None));
    assert_eq!(adapter.decode("{}").len(), 1);
}

#[test]
fn what_is_known_here_needs_no_request() {
    let mut adapter = adapter();
    let Outgoing::Known(taken_up) = adapter.encode(&Call::Resume(room("700")), &token()) else {
        panic!("a request");
    };
    assert_eq!(conversation(taken_up).as_deref(), Some("700"));
    let seen = Call::Seen(room("700"), MessageId("5~a".into()));
    assert_eq!(
        adapter.encode(&seen, &token()),
        Outgoing::Known(Ok(Reply::Done))
    );
}
