//! Requests as they go out, the socket and its greeting (contract 2, 3).

use concierge_core::backend::{Backend, Call, Outgoing, PageSize, RefusalKind, Reply};
use concierge_core::model::Transport;
use concierge_core::{Content, FileContent, FileKind, MessageId};
use serde_json::json;

use crate::*;

fn id(name: &str) -> MessageId {
    MessageId(format!("1772607900250125~{name}"))
}

#[test]
fn each_call_is_the_request_of_its_dialect() {
    let people = || Call::BeginWith(vec![PEER.into()], "gate".into());
    for (call, of_legacy, of_talk) in [
        (
            Call::Look,
            "GET chatrooms?page_size=100",
            "GET talk_chats?page_size=100",
        ),
        (
            Call::Rooms,
            "GET chatrooms?page_size=100",
            "GET talk_chats?page_size=100",
        ),
        (people(), "POST chatrooms", "POST talk_chats"),
        (
            Call::Check(room("r")),
            "GET chatrooms/r",
            "GET talk_chats/r",
        ),
        (
            newest(),
            "GET chatroommessages?chatroom_id=room-1&page_size=50",
            "GET talk_messages?chat_id=room-1&page_size=50",
        ),
        (send("hi"), "POST chatroommessages", "POST talk_messages"),
        (
            Call::End(room("r")),
            "DELETE chatrooms/r",
            "GET talk_chats/r/participants",
        ),
    ] {
        for (mut adapter, wanted) in both().into_iter().zip([of_legacy, of_talk]) {
            let request = ask(&mut adapter, &call);
            assert_eq!(line(&request), wanted);
            assert_eq!(
                request.headers[0],
                ("Authorization", Secret("Bearer agent.token".into()))
            );
            let says_json = request
                .headers
                .contains(&("Content-Type", Secret("application/json".into())));
            assert_eq!(says_json, request.body.is_some());
        }
    }
}

#[test]
fn an_older_page_begins_a_little_after_the_oldest_message_in_the_dialect_s_time() {
    let call = history(Some(1_772_607_900_999));
    let request = ask(&mut legacy(), &call);
    assert!(
        request
            .url
            .0
            .ends_with("&page_token=2026-03-04%2007%3A05%3A01.000000")
    );
    let request = ask(&mut talk(), &call);
    assert!(
        request
            .url
            .0
            .ends_with("&page_token=2026-03-04T07%3A05%3A01.000000Z")
    );
    let Call::History(id, mut page) = call else {
        unreachable!()
    };
    page.size = PageSize::Small;
    let request = ask(&mut talk(), &Call::History(id, page));
    assert!(request.url.0.contains("page_size=12&"));
}

#[test]
fn messages_are_sent_to_the_room() {
    let told = body(&ask(&mut legacy(), &send("a \"b\"")));
    assert_eq!(
        told,
        json!({"chatroom_id": "room-1", "text": "a \"b\"", "medias": []})
    );
    let told = body(&ask(&mut talk(), &send("hi")));
    let wanted = json!({"chat_id": "room-1", "type": "normal", "text": "hi", "medias": []});
    assert_eq!(told, wanted);
}

#[test]
fn rooms_are_made_with_people() {
    let one = Call::BeginWith(vec![PEER.into()], "gate".into());
    let two = Call::BeginWith(vec![PEER.into(), THIRD.into()], String::new());
    assert_eq!(
        body(&ask(&mut legacy(), &two)),
        json!({"participant_ids": [ME, PEER, THIRD], "name": "", "detail": ""})
    );
    let agent = |id| json!({"owner_type": "agent", "owner_id": id});
    assert_eq!(
        body(&ask(&mut talk(), &one)),
        json!({"type": "direct", "name": "gate", "detail": "", "participants": [agent(PEER)]})
    );
    let told = body(&ask(&mut talk(), &two));
    assert_eq!(told["type"], "group");
    assert_eq!(told["participants"], json!([agent(PEER), agent(THIRD)]));
}

#[test]
fn only_talk_takes_messages_back() {
    let delete = Call::Delete(room("room-1"), id("m-7"));
    let request = ask(&mut talk(), &delete);
    assert_eq!(line(&request), "DELETE talk_messages/m-7");
    assert_eq!(
        outcome(&mut talk(), &delete, 200, &said(7, ME, "x")),
        Ok(Reply::Done)
    );
    assert!(matches!(
        legacy().encode(&delete, &token()),
        Outgoing::Known(Err(_))
    ));
    assert!(talk().traits().unsend && talk().traits().upload);
    for adapter in [legacy(), VoipBin::new(settings(ChatApi::Detect))] {
        let traits = adapter.traits();
        assert!(!traits.unsend && !traits.upload);
        assert_eq!(traits.transport, Transport::Requests { push: true });
        assert!(traits.token && traits.rooms && traits.end);
        assert!(!traits.typing && !traits.begin && !traits.reopen);
    }
}

#[test]
fn what_the_system_cannot_do_is_refused_without_a_request() {
    let file = Content::File(FileContent {
        kind: FileKind::Other,
        url: "file-1".into(),
        name: "a".into(),
        mime: None,
        size: None,
        dimensions: None,
    });
    for mut adapter in both() {
        for call in [
            Call::Begin,
            Call::BeginWith(Vec::new(), "x".into()),
            Call::Ping(room("r")),
            Call::Typing(room("r"), true),
            Call::Answer(room("r"), id("m"), String::new()),
        ] {
            let Outgoing::Known(Err(refusal)) = adapter.encode(&call, &token()) else {
                panic!("{call:?}");
            };
            assert_eq!(refusal.kind, RefusalKind::Rejected);
        }
        assert_eq!(conversation_known(&mut adapter), "r");
    }
    let call = Call::Send(room("r"), Uid("u".into()), file);
    assert!(matches!(
        legacy().encode(&call, &token()),
        Outgoing::Known(Err(_))
    ));
}

fn conversation_known(adapter: &mut VoipBin) -> String {
    match adapter.encode(&Call::Resume(room("r")), &token()) {
        Outgoing::Known(outcome) => conversation(outcome).0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_socket_is_beside_the_api_unless_the_site_says_where() {
    let door = |socket: Option<&str>| {
        let adapter = VoipBin::new(Settings {
            socket_url: socket.map(str::to_owned),
            ..settings(ChatApi::Talk)
        });
        let door = adapter
            .door(&Secret("a+b/c".into()))
            .unwrap()
            .expect("a door");
        assert!(door.protocols.is_empty());
        door.url.0
    };
    assert_eq!(
        door(None),
        "wss://phone.example.org/v1.0/ws?token=a%2Bb%2Fc"
    );
    assert_eq!(door(Some("ws://h/ws")), "ws://h/ws?token=a%2Bb%2Fc");
    assert_eq!(door(Some("ws://h/ws?x=1")), "ws://h/ws?x=1&token=a%2Bb%2Fc");
    let nobody = VoipBin::new(Settings {
        agent_id: String::new(),
        ..settings(ChatApi::Talk)
    });
    assert_eq!(nobody.door(&token()), Ok(None));
}

#[test]
fn the_socket_is_greeted_with_the_visitor_s_own_topic() {
    for (adapter, topic) in both()
        .into_iter()
        .zip([format!("agent_id:{ME}"), format!("agent_id:{ME}:chat")])
    {
        let greeting = adapter.greet();
        assert!(!greeting.confirmed);
        let frames: Vec<Value> = greeting
            .frames
            .iter()
            .map(|frame| serde_json::from_str(frame).unwrap())
            .collect();
        assert_eq!(frames, [json!({"type": "subscribe", "topics": [topic]})]);
    }
}

#[test]
fn ids_lead_nowhere_else() {
    let strange = || room("../calls?x=1#/");
    let wanted = "/..%2Fcalls%3Fx%3D1%23%2F";
    for mut adapter in both() {
        for call in [Call::Check(strange()), Call::End(strange())] {
            let request = ask(&mut adapter, &call);
            assert!(request.url.0.contains(wanted), "{}", request.url.0);
        }
    }
    let request = ask(&mut talk(), &Call::Delete(room("r"), id("../x")));
    assert!(request.url.0.ends_with("talk_messages/..%2Fx"));
}
