//! The socket of the VoIPBIN front: topics, events, faults.

mod support;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use support::Client;
use support::agent::Agent;
use tokio_tungstenite::tungstenite::Message;

const ROOM_MESSAGES: &str = "/service_agents/chatroommessages";
const TALK_MESSAGES: &str = "/service_agents/talk_messages";

impl Agent {
    fn own_topic(&self) -> String {
        format!("agent_id:{}", self.id)
    }

    fn customer_topic(&self) -> String {
        format!(
            "customer_id:{}",
            self.demo["customerId"].as_str().expect("an id")
        )
    }

    /// The first room of the list; it is of two agents.
    async fn room(&self) -> Value {
        self.rows("/service_agents/chatrooms").await[0].clone()
    }

    async fn say(&self, room: &Value, text: &str) -> Value {
        let body = json!({"chatroom_id": room["id"], "text": text, "medias": []});
        self.post(ROOM_MESSAGES, body).await
    }

    /// The first talk of the list; it is of two agents.
    async fn talk(&self) -> Value {
        self.rows("/service_agents/talk_chats").await[0].clone()
    }

    async fn talk_says(&self, talk: &Value, text: &str) -> Value {
        let body = json!({"chat_id": talk["id"], "type": "normal", "text": text});
        self.post(TALK_MESSAGES, body).await
    }
}

/// The types of the next events.
async fn types(socket: &mut Client, count: usize) -> Vec<Value> {
    let mut types = Vec::new();
    for _ in 0..count {
        types.push(socket.frame().await["type"].clone());
    }
    types
}

async fn legacy() -> Agent {
    Agent::with(json!({})).await
}

async fn talk() -> Agent {
    Agent::with(json!({"dialect": "talk"})).await
}

#[tokio::test]
async fn a_message_comes_wrapped_to_its_owner() {
    let agent = legacy().await;
    let room = agent.room().await;
    let mut socket = agent.hearing(&agent.own_topic()).await;
    let sent = agent.say(&room, "Hello").await;
    let event = socket.frame().await;
    assert_eq!(event["type"], "messagechatroom_created");
    assert_eq!(event["data"], sent, "the own copy");
    agent
        .world
        .staff_says(room["chat_id"].as_str().expect("an id"), "Hello yourself")
        .await;
    let event = socket.frame().await;
    assert_eq!(
        (
            &event["data"]["text"],
            &event["data"]["owner_id"],
            &event["data"]["source"]["target"]
        ),
        (
            &json!("Hello yourself"),
            &json!(agent.id),
            &json!(agent.staff(0))
        )
    );
    agent
        .delete(&format!(
            "{ROOM_MESSAGES}/{}",
            sent["id"].as_str().expect("an id")
        ))
        .await;
    let event = socket.frame().await;
    assert_eq!(
        (&event["type"], &event["data"]["id"]),
        (&json!("messagechatroom_deleted"), &sent["id"])
    );
    socket.hears_nothing().await;
}

#[tokio::test]
async fn changes_of_chats_come_by_their_topics() {
    let agent = legacy().await;
    let mut own = agent.hearing(&agent.own_topic()).await;
    let mut all = agent.hearing(&agent.customer_topic()).await;
    let body =
        json!({"participant_ids": [agent.staff(0), agent.staff(1)], "name": "a", "detail": ""});
    let room = agent.post("/service_agents/chatrooms", body).await;
    let chat = format!("/chats/{}", room["chat_id"].as_str().expect("an id"));
    agent.put(&chat, json!({"name": "b", "detail": ""})).await;
    agent
        .put(
            &format!("/chatrooms/{}", room["id"].as_str().expect("an id")),
            json!({"name": "c", "detail": ""}),
        )
        .await;
    agent
        .post(
            &format!("{chat}/participant_ids"),
            json!({"participant_id": agent.staff(2)}),
        )
        .await;
    agent
        .delete(&format!("{chat}/participant_ids/{}", agent.staff(2)))
        .await;
    let message = json!({"chat_id": room["chat_id"], "source": {"type": "agent", "target": agent.id}, "type": "normal", "text": "x"});
    let sent = agent.post("/chatmessages", message).await;
    assert_eq!(
        types(&mut own, 6).await,
        [
            "chatroom_created",
            "chatroom_updated",
            "chatroom_updated",
            "chatroom_updated",
            "chatroom_updated",
            "messagechatroom_created"
        ]
    );
    agent
        .delete(&format!(
            "/chatmessages/{}",
            sent["id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!(types(&mut own, 1).await, ["messagechatroom_deleted"]);
    agent.delete(&chat).await;
    assert_eq!(types(&mut own, 1).await, ["chatroom_deleted"]);
    assert_eq!(
        types(&mut all, 5).await,
        [
            "chat_created",
            "chat_updated",
            "messagechat_created",
            "messagechat_deleted",
            "chat_deleted"
        ]
    );
    own.hears_nothing().await;
    all.hears_nothing().await;
}

#[tokio::test]
async fn staff_ends_and_starts_chats() {
    let agent = legacy().await;
    let room = agent.room().await;
    let mut own = agent.hearing(&agent.own_topic()).await;
    agent
        .world
        .console(room["chat_id"].as_str().expect("an id"), "end")
        .await;
    assert_eq!(types(&mut own, 1).await, ["chatroom_deleted"]);
    let started = agent
        .world
        .post("/console/api/sessions", json!({"tenant": 5_000_001}))
        .await;
    let event = own.frame().await;
    assert_eq!(
        (&event["type"], &event["data"]["chat_id"]),
        (&json!("chatroom_created"), &started["id"])
    );
}

#[tokio::test]
async fn a_talks_events_are_bare() {
    let agent = talk().await;
    let talk = agent.talk().await;
    let mut socket = agent.hearing(&format!("{}:chat", agent.own_topic())).await;
    let sent = agent.talk_says(&talk, "Hello").await;
    assert_eq!(socket.frame().await, sent);
    let path = format!("{TALK_MESSAGES}/{}", sent["id"].as_str().expect("an id"));
    let reacted = agent
        .post(&format!("{path}/reactions"), json!({"emoji": "👍"}))
        .await;
    assert_eq!(socket.frame().await, reacted);
    let deleted = agent.delete(&path).await;
    assert_eq!(socket.frame().await, deleted);
    let renamed = agent
        .put(
            &format!(
                "/service_agents/talk_chats/{}",
                talk["id"].as_str().expect("an id")
            ),
            json!({"name": "x"}),
        )
        .await;
    assert_eq!(socket.frame().await, renamed);
    agent
        .world
        .staff_says(talk["id"].as_str().expect("an id"), "Hello yourself")
        .await;
    assert_eq!(socket.frame().await["owner_id"], agent.staff(0));
}

#[tokio::test]
async fn participants_come_and_go() {
    let agent = Agent::with(json!({"dialect": "talk", "ws_shape": "wrapped"})).await;
    let mut socket = agent.hearing(&agent.own_topic()).await;
    let members = json!([{"owner_type": "agent", "owner_id": agent.staff(0)}]);
    let talk = agent
        .post(
            "/service_agents/talk_chats",
            json!({"type": "group", "participants": members}),
        )
        .await;
    let path = format!(
        "/service_agents/talk_chats/{}",
        talk["id"].as_str().expect("an id")
    );
    let added = agent
        .post(
            &format!("{path}/participants"),
            json!({"owner_type": "agent", "owner_id": agent.staff(1)}),
        )
        .await;
    agent
        .delete(&format!(
            "{path}/participants/{}",
            added["id"].as_str().expect("an id")
        ))
        .await;
    let own = agent.get(&format!("{path}/participants")).await[0]["id"].clone();
    agent
        .delete(&format!(
            "{path}/participants/{}",
            own.as_str().expect("an id")
        ))
        .await;
    assert_eq!(
        types(&mut socket, 4).await,
        [
            "chat_created",
            "chatparticipant_added",
            "chatparticipant_removed",
            "chatparticipant_removed"
        ]
    );
    agent
        .delete(&path.replace(
            talk["id"].as_str().expect("an id"),
            agent.talk().await["id"].as_str().expect("an id"),
        ))
        .await;
    assert_eq!(types(&mut socket, 1).await, ["chat_deleted"]);
}

#[tokio::test]
async fn events_have_the_names_that_are_set() {
    let agent = Agent::with(json!({"dialect": "talk", "ws_shape": "wrapped"})).await;
    let talk = agent.talk().await;
    let mut socket = agent.hearing(&agent.own_topic()).await;
    for (names, created, reacted, deleted) in [
        (
            "new",
            "chatmessage_created",
            "chatmessage_reaction_updated",
            "chatmessage_deleted",
        ),
        (
            "old",
            "message_created",
            "message_reaction_updated",
            "message_deleted",
        ),
    ] {
        agent.set(json!({"ws_event_names": names})).await;
        let sent = agent.talk_says(&talk, names).await;
        let path = format!("{TALK_MESSAGES}/{}", sent["id"].as_str().expect("an id"));
        assert_eq!(types(&mut socket, 1).await, [created]);
        agent
            .post(&format!("{path}/reactions"), json!({"emoji": "👍"}))
            .await;
        assert_eq!(types(&mut socket, 1).await, [reacted]);
        agent.delete(&path).await;
        assert_eq!(types(&mut socket, 1).await, [deleted]);
    }
}

#[tokio::test]
async fn events_have_the_shape_that_is_set() {
    let agent = legacy().await;
    let room = agent.room().await;
    let mut socket = agent.hearing(&agent.own_topic()).await;
    let mut shape = async |name: &str| {
        agent.set(json!({"ws_shape": name})).await;
        agent.say(&room, name).await;
        let event = socket.frame().await;
        match (event.get("event_type"), event.get("data")) {
            (Some(_), Some(_)) => {
                assert!(
                    event["topic"]
                        .as_str()
                        .is_some_and(|topic| topic.starts_with("agent_id:"))
                );
                assert!(event["timestamp"].is_string());
                "doc_shape"
            }
            (None, Some(_)) => "wrapped",
            _ => {
                assert_eq!(event["text"], name);
                "bare"
            }
        }
    };
    for name in ["wrapped", "bare", "doc_shape"] {
        assert_eq!(shape(name).await, name);
    }
    let mut mixed = [
        shape("mixed").await,
        shape("mixed").await,
        shape("mixed").await,
    ];
    mixed.sort_unstable();
    assert_eq!(mixed, ["bare", "doc_shape", "wrapped"]);
}

#[tokio::test]
async fn events_come_once_twice_or_thrice() {
    let agent = legacy().await;
    let room = agent.room().await;
    let mut broad = agent.hearing(&agent.own_topic()).await;
    let mut narrow = agent
        .hearing(&format!("{}:messagechatroom:", agent.own_topic()))
        .await;
    let mut newer = agent
        .hearing(&format!(
            "{}:webhook:messagechatroom_created",
            agent.own_topic()
        ))
        .await;
    for (copies, in_broad, in_narrow) in [("1", 1, 1), ("2", 2, 1), ("3", 3, 2)] {
        agent.set(json!({"ws_copies": copies})).await;
        agent.say(&room, copies).await;
        for (socket, count) in [
            (&mut broad, in_broad),
            (&mut narrow, in_narrow),
            (&mut newer, in_narrow),
        ] {
            for _ in 0..count {
                assert_eq!(socket.frame().await["data"]["text"], copies);
            }
            socket.hears_nothing().await;
        }
    }
}

#[tokio::test]
async fn events_are_late_or_in_reverse_if_set() {
    let agent = Agent::with(json!({"ws_lag_ms": 150})).await;
    let room = agent.room().await;
    let mut socket = agent.hearing(&agent.own_topic()).await;
    let start = Instant::now();
    agent.say(&room, "late").await;
    assert_eq!(socket.frame().await["data"]["text"], "late");
    assert!(start.elapsed() >= Duration::from_millis(150));
    agent.set(json!({"ws_order": "reversed"})).await;
    agent
        .world
        .staff_says(room["chat_id"].as_str().expect("an id"), "first")
        .await;
    agent
        .world
        .staff_says(room["chat_id"].as_str().expect("an id"), "second")
        .await;
    assert_eq!(socket.frame().await["data"]["text"], "second");
    assert_eq!(socket.frame().await["data"]["text"], "first");
}

#[tokio::test]
async fn a_bad_topic_cuts_the_socket_off() {
    let agent = legacy().await;
    let foreign = format!("agent_id:{}", agent.staff(0));
    for topic in [
        foreign.as_str(),
        "agent_id:*",
        "*",
        "customer_id:00000000-0000-0000-0000-000000000000",
    ] {
        let mut socket = agent.socket().await;
        socket
            .send_text(&json!({"type": "subscribe", "topics": [topic]}).to_string())
            .await;
        assert_eq!(socket.close_code().await, 1006, "{topic}");
    }
    agent.set(json!({"rights": "plain_agent"})).await;
    let mut socket = agent.socket().await;
    socket
        .send_text(&json!({"type": "subscribe", "topics": [agent.customer_topic()]}).to_string())
        .await;
    assert_eq!(socket.close_code().await, 1006);
    agent.set(json!({"ws_bad_topic": "ignore"})).await;
    let mut socket = agent.socket().await;
    socket
        .send_text(
            &json!({"type": "subscribe", "topics": [foreign, agent.own_topic()]}).to_string(),
        )
        .await;
    agent
        .subscribe(&mut socket, &format!("{}:chatroom", agent.own_topic()))
        .await;
    let room = agent.room().await;
    agent.say(&room, "still here").await;
    assert_eq!(socket.frame().await["data"]["text"], "still here");
}

#[tokio::test]
async fn nonsense_is_ignored_and_binary_is_not() {
    let agent = legacy().await;
    let room = agent.room().await;
    let mut socket = agent.socket().await;
    socket.send_text("no JSON").await;
    socket.send_text("{\"type\":\"dance\"}").await;
    agent.subscribe(&mut socket, &agent.own_topic()).await;
    agent.say(&room, "heard").await;
    assert_eq!(socket.frame().await["data"]["text"], "heard");
    let frame = json!({"type": "unsubscribe", "topics": [agent.own_topic()]});
    socket.send_text(&frame.to_string()).await;
    for _ in 0..200 {
        if agent.world.inspect("/voipbin/sockets/0/topics").await == json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    agent.say(&room, "not heard").await;
    socket.hears_nothing().await;
    socket.send_message(Message::binary(vec![1, 2])).await;
    assert_eq!(socket.close_code().await, 1006);
}

#[tokio::test]
async fn a_handshake_needs_a_good_token() {
    let agent = legacy().await;
    let host = agent.world.url.replace("http", "ws");
    let expired = agent.world.get("/demo/voipbin?ttl=-5").await;
    for token in [
        "",
        "?token=nonsense",
        &format!("?token={}", expired["token"].as_str().expect("a token")),
    ] {
        assert_eq!(
            agent.world.refusal(&format!("{host}/v1.0/ws{token}")).await,
            401
        );
    }
    let good = format!("{host}/v1.0/ws?token={}", agent.token);
    assert_eq!(agent.world.refusal(&good).await, 101);
    agent
        .set(json!({"ws_auth": {"value": "401", "times": 1}}))
        .await;
    assert_eq!(agent.world.refusal(&good).await, 401);
    assert_eq!(agent.world.refusal(&good).await, 101);
    let handshakes = agent.world.inspect("/handshakes").await;
    assert_eq!(
        (&handshakes[3]["status"], &handshakes[3]["tenant"]),
        (&json!(101), &json!(5_000_001))
    );
}

#[tokio::test]
async fn sockets_close_as_set() {
    let agent = Agent::with(
        json!({"ws_close": {"code": 1011, "after_frames": 1, "delay_ms": 20, "times": 1}}),
    )
    .await;
    let mut socket = agent.socket().await;
    socket
        .send_text(&json!({"type": "subscribe", "topics": [agent.own_topic()]}).to_string())
        .await;
    assert_eq!(socket.close_code().await, 1011);
    let start = Instant::now();
    agent
        .set(json!({"ws_close": {"code": 1006, "delay_ms": 50}}))
        .await;
    assert_eq!(agent.socket().await.close_code().await, 1006);
    assert!(start.elapsed() >= Duration::from_millis(50));
    agent.set(json!({"ws_close": "off"})).await;
    let mut socket = agent.hearing(&agent.own_topic()).await;
    agent
        .world
        .http
        .request(Method::POST, agent.world.at("/inspect/drop"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(socket.close_code().await, 1006);
}

#[tokio::test]
async fn subscriptions_are_shown() {
    let agent = legacy().await;
    let _socket = agent.hearing(&agent.own_topic()).await;
    let sockets = agent.world.inspect("/voipbin/sockets").await;
    assert_eq!(
        (&sockets[0]["agent"], &sockets[0]["topics"]),
        (&json!(agent.id), &json!([agent.own_topic()]))
    );
    let frames = agent.world.inspect("/frames").await;
    assert_eq!(
        (&frames[0]["route"], &frames[0]["tenant"]),
        (&json!("subscribe"), &json!(5_000_001))
    );
}

#[tokio::test]
async fn sockets_end_with_the_server() {
    let agent = legacy().await;
    let mut socket = agent.socket().await;
    let closing = tokio::spawn(agent.world.server.stop());
    assert_eq!(socket.close_code().await, 1001);
    closing.await.expect("an end");
}
