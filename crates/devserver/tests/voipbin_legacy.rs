//! The first generation of the VoIPBIN front: chats, rooms, their messages.

mod support;

use reqwest::{Method, multipart};
use serde_json::{Value, json};
use support::agent::Agent;

const ALIVE: &str = "9999-01-01 00:00:00.000000";

async fn agent() -> Agent {
    Agent::with(json!({})).await
}

impl Agent {
    /// A chat with staff's first agent, and the caller's room of it.
    async fn chat(&self) -> (Value, String) {
        let body = json!({"participant_ids": [self.staff(0)], "name": "roof", "detail": "tiles"});
        let room = self.post("/service_agents/chatrooms", body).await;
        let id = room["id"].as_str().expect("an id").to_owned();
        (room, id)
    }

    async fn say(&self, room: &str, text: &str) -> Value {
        let body = json!({"chatroom_id": room, "text": text, "medias": []});
        self.post("/service_agents/chatroommessages", body).await
    }

    async fn messages(&self, room: &str) -> Vec<Value> {
        self.rows(&format!(
            "/service_agents/chatroommessages?chatroom_id={room}"
        ))
        .await
    }

    async fn texts(&self, room: &str) -> Vec<Value> {
        let rows = self.messages(room).await;
        rows.iter().map(|row| row["text"].clone()).collect()
    }
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[tokio::test]
async fn a_new_agent_finds_chats() {
    let agent = agent().await;
    let rooms = agent.rows("/service_agents/chatrooms").await;
    let kinds: Vec<_> = rooms.iter().map(|room| room["type"].clone()).collect();
    assert_eq!(kinds, ["normal", "group", "normal"]);
    assert_eq!(
        rooms[1]["participant_ids"].as_array().map(Vec::len),
        Some(3)
    );
    assert_eq!(agent.texts(id(&rooms[0])).await, ["Welcome aboard."]);
    assert_eq!(agent.texts(id(&rooms[1])).await.len(), 2);
    let source = agent.messages(id(&rooms[1])).await[0]["source"]["target"].clone();
    assert_eq!(source, agent.staff(1));
    assert_eq!(agent.rows("/chatrooms").await, rooms);
    assert_eq!(agent.rows("/chats").await.len(), 3);
}

#[tokio::test]
async fn a_chat_has_a_room_for_each_participant() {
    let agent = agent().await;
    let body = json!({
        "type": "group", "owner_id": agent.id, "participant_ids": [agent.id, agent.staff(2), agent.staff(1)],
        "name": "paint", "detail": "stairs",
    });
    let chat = agent.post("/chats", body).await;
    assert_eq!(
        (
            &chat["type"],
            &chat["owner_id"],
            &chat["name"],
            &chat["detail"],
            &chat["tm_delete"]
        ),
        (
            &json!("group"),
            &json!(agent.id),
            &json!("paint"),
            &json!("stairs"),
            &json!(ALIVE)
        )
    );
    assert_eq!(
        chat["participant_ids"],
        json!([agent.staff(1), agent.staff(2), agent.id])
    );
    assert_eq!(chat["customer_id"], agent.demo["customerId"]);
    let created = chat["tm_create"].as_str().expect("a time");
    assert_eq!(
        (created.len(), &chat["tm_update"]),
        (26, &chat["tm_create"])
    );
    assert_eq!(agent.get(&format!("/chats/{}", id(&chat))).await, chat);
    let own = agent
        .rows(&format!("/chatrooms?owner_id={}", agent.id))
        .await;
    assert_eq!(own[0]["chat_id"], chat["id"]);
    assert_eq!(
        (
            &own[0]["owner_id"],
            &own[0]["owner_type"],
            &own[0]["room_owner_id"]
        ),
        (&json!(agent.id), &json!("agent"), &json!(agent.id))
    );
    let theirs = agent
        .rows(&format!("/chatrooms?owner_id={}", agent.staff(2)))
        .await;
    assert_eq!(theirs[0]["chat_id"], chat["id"]);
    assert_ne!(theirs[0]["id"], own[0]["id"]);
    assert_eq!(
        agent
            .refused(
                Method::GET,
                &format!("/chatrooms/{}", id(&theirs[0])),
                Value::Null
            )
            .await,
        (400, String::new())
    );
}

#[tokio::test]
async fn chats_are_changed_and_deleted() {
    let agent = agent().await;
    let (room, room_id) = agent.chat().await;
    let chat = format!("/chats/{}", room["chat_id"].as_str().expect("an id"));
    let renamed = agent
        .put(&chat, json!({"name": "gutter", "detail": "leaves"}))
        .await;
    assert_eq!(
        (&renamed["name"], &renamed["detail"]),
        (&json!("gutter"), &json!("leaves"))
    );
    assert_ne!(renamed["tm_update"], renamed["tm_create"]);
    let path = format!("/service_agents/chatrooms/{room_id}");
    assert_eq!(agent.get(&path).await["name"], "gutter");
    let owned = agent
        .put(
            &format!("{chat}/room_owner_id"),
            json!({"room_owner_id": agent.staff(0)}),
        )
        .await;
    assert_eq!(owned["owner_id"], agent.staff(0));
    let more = agent
        .post(
            &format!("{chat}/participant_ids"),
            json!({"participant_id": agent.staff(3)}),
        )
        .await;
    assert_eq!(more["participant_ids"].as_array().map(Vec::len), Some(3));
    let less = agent
        .delete(&format!("{chat}/participant_ids/{}", agent.staff(3)))
        .await;
    assert_eq!(less["participant_ids"].as_array().map(Vec::len), Some(2));
    let own_name = agent
        .put(&path, json!({"name": "mine", "detail": ""}))
        .await;
    assert_eq!(
        (&own_name["name"], &agent.get(&chat).await["name"]),
        (&json!("mine"), &json!("gutter"))
    );
    let deleted = agent.delete(&chat).await;
    assert_ne!(deleted["tm_delete"], ALIVE);
    for path in [&chat, &path] {
        assert_eq!(agent.refused(Method::GET, path, Value::Null).await.0, 400);
    }
    assert_eq!(agent.rows("/chats").await.len(), 3);
    let sessions = agent.world.get("/console/api/sessions").await;
    let closed = sessions
        .as_array()
        .expect("chats")
        .iter()
        .filter(|chat| chat["closed"] == true);
    assert_eq!(closed.count(), 1);
}

#[tokio::test]
async fn whoever_deletes_a_room_has_left() {
    let agent = agent().await;
    let (room, room_id) = agent.chat().await;
    let left = agent
        .delete(&format!("/service_agents/chatrooms/{room_id}"))
        .await;
    assert_ne!(left["tm_delete"], ALIVE);
    assert_eq!(agent.rows("/service_agents/chatrooms").await.len(), 3);
    let chat = format!("/chats/{}", room["chat_id"].as_str().expect("an id"));
    assert_eq!(agent.refused(Method::GET, &chat, Value::Null).await.0, 400);
}

#[tokio::test]
async fn a_message_is_copied_into_every_room() {
    let agent = agent().await;
    let (room, room_id) = agent.chat().await;
    let sent = agent.say(&room_id, "The ladder is here").await;
    assert_eq!(
        (
            &sent["chatroom_id"],
            &sent["owner_id"],
            &sent["type"],
            &sent["text"],
            &sent["medias"]
        ),
        (
            &json!(room_id),
            &json!(agent.id),
            &json!("normal"),
            &json!("The ladder is here"),
            &json!([])
        )
    );
    assert_eq!(
        sent["source"],
        json!({"type": "agent", "target": agent.id, "target_name": "", "name": "", "detail": ""})
    );
    let body = json!({
        "chat_id": room["chat_id"], "source": {"type": "agent", "target": agent.id}, "type": "system", "text": "Noted",
    });
    let noted = agent.post("/chatmessages", body).await;
    assert_eq!(
        (&noted["chat_id"], &noted["type"]),
        (&room["chat_id"], &json!("system"))
    );
    assert_eq!(noted.get("owner_id"), None);
    assert_eq!(
        agent.get(&format!("/chatmessages/{}", id(&noted))).await,
        noted
    );
    assert_eq!(agent.texts(&room_id).await, ["Noted", "The ladder is here"]);
    let in_chat = agent
        .rows(&format!(
            "/chatmessages?chat_id={}",
            room["chat_id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!(in_chat[1]["id"], sent["messagechat_id"]);
    let own = format!("/service_agents/chatroommessages/{}", id(&sent));
    assert_eq!(agent.get(&own).await, sent);
    let copies = agent.world.inspect("/voipbin/messages").await;
    let stored = copies
        .as_array()
        .and_then(|list| list.last())
        .expect("a message")
        .clone();
    assert_eq!(
        (&stored["text"], stored["copies"].as_array().map(Vec::len)),
        (&json!("Noted"), Some(2))
    );

    let gone = agent.delete(&own).await;
    assert_ne!(gone["tm_delete"], ALIVE);
    assert_eq!(agent.texts(&room_id).await, ["Noted"], "the copy is gone");
    let path = format!(
        "/chatmessages?chat_id={}",
        room["chat_id"].as_str().expect("an id")
    );
    assert_eq!(agent.rows(&path).await.len(), 2, "the message is not");
    agent.delete(&format!("/chatmessages/{}", id(&noted))).await;
    assert_eq!(agent.rows(&path).await.len(), 1);
    assert!(agent.texts(&room_id).await.is_empty());
}

#[tokio::test]
async fn a_file_goes_to_the_page_s_own_place_and_a_message_links_it() {
    let agent = agent().await;
    let (_, room_id) = agent.chat().await;
    let part = multipart::Part::bytes(b"%PDF-1.4".to_vec())
        .file_name("ladder.pdf")
        .mime_str("application/pdf")
        .expect("a type");
    let place = agent.demo["uploadUrl"].as_str().expect("a place");
    let stored = agent
        .world
        .http
        .post(place)
        .header("origin", "https://shop.example.com")
        .multipart(multipart::Form::new().part("file", part))
        .send()
        .await
        .expect("an answer");
    assert_eq!(stored.headers()["access-control-allow-origin"], "*");
    let stored: Value = stored.json().await.expect("JSON");
    let url = &stored["data"]["url"];
    let medias = json!([{"type": "link", "link_url": url}]);
    let body = json!({"chatroom_id": room_id, "text": "", "medias": medias});
    let sent = agent
        .post("/service_agents/chatroommessages", body.clone())
        .await;
    assert_eq!(
        (&sent["medias"], &sent["text"]),
        (&medias, &json!("")),
        "as it was sent"
    );
    assert_eq!(agent.messages(&room_id).await, [sent]);
    let file = agent.world.http.get(url.as_str().expect("a URL"));
    let file = file.send().await.expect("an answer");
    assert_eq!(file.text().await.expect("a body"), "%PDF-1.4");

    // It is a message like any other: a copy in every room, a file at the console.
    let copies = agent.world.inspect("/voipbin/messages").await;
    let copies = copies.as_array().and_then(|list| list.last());
    let stored = copies.expect("a message").clone();
    assert_eq!(stored["medias"], medias);
    assert_eq!(stored["copies"].as_array().map(Vec::len), Some(2));
    let chat = stored["chat"].as_str().expect("a chat");
    let log = agent
        .world
        .get(&format!("/console/api/sessions/{chat}/messages"))
        .await;
    assert_eq!(log[0]["contentType"], "FILE");

    agent
        .set(json!({"send_result": {"value": "stored_but_400", "times": 1}}))
        .await;
    let doubtful = agent
        .refused(Method::POST, "/service_agents/chatroommessages", body)
        .await;
    assert_eq!(doubtful, (400, String::new()));
    assert_eq!(agent.messages(&room_id).await[0]["medias"], medias);
}

#[tokio::test]
async fn what_is_missing_is_refused_without_a_word() {
    let agent = agent().await;
    let (room, room_id) = agent.chat().await;
    let cases = [
        (
            "/chats",
            json!({"type": "normal", "owner_id": agent.id, "participant_ids": [agent.id], "name": "", "detail": ""}),
        ),
        (
            "/chats",
            json!({"type": "normal", "owner_id": agent.id, "participant_ids": [agent.staff(0)], "name": ""}),
        ),
        (
            "/chats",
            json!({"type": "crowd", "owner_id": agent.id, "participant_ids": [agent.staff(0)], "name": "", "detail": ""}),
        ),
        (
            "/chatrooms",
            json!({"participant_ids": ["somebody"], "name": "", "detail": ""}),
        ),
        (
            "/chatmessages",
            json!({"chat_id": room["chat_id"], "text": "x"}),
        ),
        (
            "/service_agents/chatroommessages",
            json!({"chatroom_id": room_id, "text": "x"}),
        ),
        (
            "/service_agents/chatroommessages",
            json!({"chatroom_id": room_id, "text": "", "medias": []}),
        ),
        (
            "/service_agents/chatroommessages",
            json!({"chatroom_id": "nowhere", "text": "x", "medias": []}),
        ),
    ];
    for (path, body) in cases {
        let refused = agent.refused(Method::POST, path, body.clone()).await;
        assert_eq!(refused, (400, String::new()), "{path} {body}");
    }
    for path in [
        "/chatmessages",
        "/chatroommessages",
        "/chatmessages/none",
        "/chats/none",
    ] {
        assert_eq!(
            agent.refused(Method::GET, path, Value::Null).await.0,
            400,
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_go_from_the_newest_to_an_empty_one() {
    let agent = agent().await;
    let (_, room) = agent.chat().await;
    for number in 1..=5 {
        agent.say(&room, &number.to_string()).await;
    }
    let mut token = String::new();
    let mut pages: Vec<Vec<Value>> = Vec::new();
    loop {
        let escaped = token.replace(' ', "%20").replace(':', "%3A");
        let path = format!("/chatroommessages?chatroom_id={room}&page_size=2&page_token={escaped}");
        let page = agent.get(&path).await;
        let rows = page["result"].as_array().expect("rows").clone();
        if rows.is_empty() {
            assert_eq!(page["next_page_token"], "");
            break;
        }
        token = page["next_page_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        assert_eq!(
            rows.last().expect("a row")["tm_create"],
            token,
            "also on the last page"
        );
        pages.push(rows.iter().map(|row| row["text"].clone()).collect());
    }
    assert_eq!(pages, [vec!["5", "4"], vec!["3", "2"], vec!["1"]]);
    agent
        .set(json!({"page_size_cap": 3, "last_page_token": "empty"}))
        .await;
    let path = format!("/chatroommessages?chatroom_id={room}&page_size=100");
    assert_eq!(agent.rows(&path).await.len(), 3);
    agent.set(json!({"page_size_cap": 100})).await;
    assert_eq!(agent.get(&path).await["next_page_token"], "");
}

#[tokio::test]
async fn messages_of_one_microsecond_are_lost_between_pages() {
    let agent = Agent::with(json!({"same_microsecond": "on"})).await;
    let (_, room) = agent.chat().await;
    for text in ["a", "b", "c"] {
        agent.say(&room, text).await;
    }
    let page = agent
        .get(&format!("/chatroommessages?chatroom_id={room}&page_size=2"))
        .await;
    assert_eq!(
        page["result"][0]["tm_create"],
        page["result"][1]["tm_create"]
    );
    let token = page["next_page_token"]
        .as_str()
        .expect("a token")
        .replace(' ', "%20");
    let rest = agent
        .rows(&format!(
            "/chatroommessages?chatroom_id={room}&page_token={token}"
        ))
        .await;
    assert!(rest.is_empty());
}

#[tokio::test]
async fn staff_answers_at_the_console() {
    let agent = agent().await;
    let (room, room_id) = agent.chat().await;
    let key = room["chat_id"].as_str().expect("an id");
    agent.say(&room_id, "Anyone there?").await;
    let sessions = agent.world.get("/console/api/sessions").await;
    assert_eq!(
        (&sessions[0]["id"], &sessions[0]["lastMessage"]["content"]),
        (&json!(key), &json!("Anyone there?"))
    );
    agent.world.staff_says(key, "Here").await;
    let rows = agent.messages(&room_id).await;
    assert_eq!(
        (&rows[0]["text"], &rows[0]["source"]["target"]),
        (&json!("Here"), &json!(agent.staff(0)))
    );
    let unsent = agent
        .world
        .get(&format!("/console/api/sessions/{key}/messages"))
        .await[1]["id"]
        .clone();
    let path = format!("/console/api/sessions/{key}/messages/{unsent}");
    agent
        .world
        .http
        .delete(agent.world.at(&path))
        .send()
        .await
        .expect("an answer");
    for _ in 0..100 {
        if agent.texts(&room_id).await == ["Anyone there?"] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(agent.texts(&room_id).await, ["Anyone there?"]);
    let picture = agent
        .world
        .http
        .post(
            agent
                .world
                .at(&format!("/console/api/sessions/{key}/files?name=a.png")),
        )
        .header("content-type", "image/png")
        .body("picture");
    picture.send().await.expect("an answer");
    let rows = agent.messages(&room_id).await;
    assert_eq!(
        (&rows[0]["medias"][0]["type"], &rows[0]["text"]),
        (&json!("link"), &json!(""))
    );

    let started = agent
        .world
        .post("/console/api/sessions", json!({"tenant": 5_000_001}))
        .await;
    let rooms = agent.rows("/service_agents/chatrooms").await;
    assert_eq!(
        rooms[0]["chat_id"], started["id"],
        "a chat that staff starts is there at once"
    );
}

#[tokio::test]
async fn the_scripted_agent_answers() {
    let agent = agent().await;
    agent
        .world
        .set(json!({"staff": {"value": "auto_reply", "delay_ms": 5}}))
        .await;
    let rooms = agent.rows("/service_agents/chatrooms").await;
    let room = id(&rooms[0]).to_owned();
    agent.say(&room, "Is there a parcel?").await;
    for _ in 0..100 {
        let texts = agent.texts(&room).await;
        if texts[0]
            .as_str()
            .is_some_and(|text| text.contains("locker"))
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("nobody answers");
}

#[tokio::test]
async fn a_send_ends_as_set_that_many_times() {
    let agent = agent().await;
    let (_, room) = agent.chat().await;
    let path = "/service_agents/chatroommessages";
    let body = |text: &str| json!({"chatroom_id": room, "text": text, "medias": []});
    let once = |value: &str| json!({"send_result": {"value": value, "times": 1}});
    agent.set(once("stored_but_400")).await;
    assert_eq!(
        agent.refused(Method::POST, path, body("kept")).await,
        (400, String::new())
    );
    agent.set(once("stored_but_no_answer")).await;
    assert!(
        agent
            .try_call(Method::POST, path, body("silent"))
            .await
            .is_err_and(|error| error.is_timeout())
    );
    agent.set(json!({"no_answer": "break"})).await;
    agent.set(once("lost")).await;
    assert!(
        agent
            .try_call(Method::POST, path, body("lost"))
            .await
            .is_err_and(|error| !error.is_timeout())
    );
    agent.set(once("400_role")).await;
    assert_eq!(
        agent.refused(Method::POST, path, body("denied")).await.0,
        400
    );
    agent
        .set(json!({"send_result": "slow", "slow_ms": 60_000}))
        .await;
    assert!(
        agent
            .try_call(Method::POST, path, body("slow"))
            .await
            .is_err_and(|error| error.is_timeout())
    );
    agent.set(json!({"slow_ms": 20})).await;
    agent.say(&room, "slower").await;
    assert_eq!(
        agent.texts(&room).await,
        ["slower", "slow", "silent", "kept"]
    );
}

#[tokio::test]
async fn plain_agents_may_do_less() {
    let agent = Agent::with(json!({"rights": "plain_agent"})).await;
    let (room, room_id) = agent.chat().await;
    let message = json!({"chat_id": room["chat_id"], "source": {"type": "agent", "target": agent.id}, "type": "normal", "text": "x"});
    assert_eq!(
        agent.refused(Method::POST, "/chatmessages", message).await,
        (400, String::new())
    );
    assert_eq!(
        agent
            .refused(Method::GET, "/chatrooms", Value::Null)
            .await
            .0,
        400
    );
    let message = json!({"chatroom_id": room_id, "text": "x", "medias": []});
    assert_eq!(
        agent
            .refused(Method::POST, "/chatroommessages", message)
            .await
            .0,
        400
    );
    let sent = agent.say(&room_id, "under service_agents").await;
    let path = format!(
        "/chatmessages/{}",
        sent["messagechat_id"].as_str().expect("an id")
    );
    assert_eq!(
        agent.refused(Method::DELETE, &path, Value::Null).await.0,
        400
    );
}

#[tokio::test]
async fn rows_are_written_as_set() {
    let agent = agent().await;
    let (room, room_id) = agent.chat().await;
    agent.say(&room_id, "x").await;
    let chat = format!("/chats/{}", room["chat_id"].as_str().expect("an id"));
    let message = async |switches: Value| {
        agent.set(switches).await;
        agent.messages(&room_id).await[0].clone()
    };
    assert_eq!(
        message(json!({"source_empty": "omitted"})).await["source"],
        json!({"type": "agent", "target": agent.id})
    );
    let cases = [
        ("null", Value::Null),
        ("zero_parts", json!([])),
        ("link", json!("link")),
        ("file", json!("file")),
        ("agent", json!("agent")),
        ("address", json!("address")),
        ("unknown", json!("hologram")),
    ];
    for (form, expected) in cases {
        let medias = message(json!({"medias_form": form})).await["medias"].clone();
        let seen = if expected.is_string() {
            medias[0]["type"].clone()
        } else {
            medias
        };
        assert_eq!(seen, expected, "{form}");
    }
    let link = json!({"chatroom_id": room_id, "text": "", "medias": [{"type": "link", "link_url": "https://files.invalid/a.png"}]});
    agent.post("/service_agents/chatroommessages", link).await;
    let media = message(json!({"medias_form": "zero_parts"})).await["medias"][0].clone();
    assert_eq!(
        (&media["link_url"], &media["address"]),
        (&json!("https://files.invalid/a.png"), &json!({}))
    );
    assert_eq!(media["file_id"], media["agent"]["id"]);
    assert_eq!(
        message(json!({"alive_form": "null"})).await["tm_delete"],
        Value::Null
    );
    assert_eq!(
        message(json!({"alive_form": "absent"}))
            .await
            .get("tm_delete"),
        None
    );
    let time = async |form: &str| {
        message(json!({"time_form": form})).await["tm_create"]
            .as_str()
            .expect("a time")
            .to_owned()
    };
    let legacy = time("legacy").await;
    assert_eq!(time("iso6").await, format!("{}Z", legacy.replace(' ', "T")));
    let short = time("iso_short").await;
    assert!(
        short.ends_with('Z')
            && short.len() <= 27
            && legacy
                .replace(' ', "T")
                .starts_with(short.trim_end_matches('Z'))
    );
    assert_eq!(time("iso_space").await, short.replace('T', " "));
    for (form, owner, room_owner) in [
        ("room_owner_id", false, true),
        ("both", true, true),
        ("owner_id", true, false),
    ] {
        agent.set(json!({"owner_key": form})).await;
        let chat = agent.get(&chat).await;
        assert_eq!(
            (
                chat.get("owner_id").is_some(),
                chat.get("room_owner_id").is_some()
            ),
            (owner, room_owner)
        );
    }
    agent.set(json!({"participants_order": "same"})).await;
    assert_eq!(
        agent.get(&chat).await["participant_ids"],
        json!([agent.id, agent.staff(0)])
    );
}

#[tokio::test]
async fn generations_that_are_not_there_are_not_found() {
    let agent = agent().await;
    let cases = [
        ("legacy", 200, 404),
        ("talk", 404, 200),
        ("webchat", 404, 404),
        ("all", 200, 200),
        ("legacy_removed", 404, 200),
    ];
    for (dialect, legacy, talk) in cases {
        agent.set(json!({"dialect": dialect})).await;
        for (path, status) in [
            ("/chats", legacy),
            ("/service_agents/chatrooms", legacy),
            ("/service_agents/talk_chats", talk),
        ] {
            let answer = agent.call(Method::GET, path, Value::Null).await;
            assert_eq!(answer.status(), status, "{dialect} {path}");
            if status == 404 {
                assert_eq!(answer.text().await.expect("a body"), "");
            }
        }
    }
}

#[tokio::test]
async fn errors_have_the_form_and_the_routes_that_are_set() {
    let agent = Agent::with(json!({"errors": "envelope"})).await;
    let (status, body) = agent.refused(Method::GET, "/chats/none", Value::Null).await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(
        (status, &body["error"]["status"], &body["error"]["reason"]),
        (404, &json!("NOT_FOUND"), &json!("CHAT_NOT_FOUND"))
    );
    assert!(
        body["error"]["request_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_"))
    );
    let cases = [
        ("empty_400", 400),
        ("401_empty", 401),
        ("402", 402),
        ("403", 403),
        ("404", 404),
        ("409", 409),
        ("429", 429),
        ("500", 500),
        ("503", 503),
    ];
    for (error, status) in cases {
        agent
            .set(json!({"errors": {"GET /chats/{id}": {"value": error, "times": 1}}}))
            .await;
        agent.get("/chats").await;
        let (answered, body) = agent.refused(Method::GET, "/chats/none", Value::Null).await;
        assert_eq!(answered, status);
        assert_eq!(body.is_empty(), error.contains("empty"), "{error}: {body}");
        assert_eq!(
            agent.refused(Method::GET, "/chats/none", Value::Null).await,
            (400, String::new())
        );
    }
    agent
        .set(json!({"errors": {"GET /chats": "429", "form": "envelope"}}))
        .await;
    let (_, body) = agent.refused(Method::GET, "/chats", Value::Null).await;
    assert!(body.contains("limited_by"), "{body}");
    assert_eq!(
        agent.world.get("/switches").await["voipbin"]["errors"],
        json!({"GET /chats": "429", "form": "envelope"})
    );
}

#[tokio::test]
async fn tokens_come_by_header_query_or_cookie() {
    let agent = agent().await;
    let call = async |path: &str, header: Option<(&str, String)>| {
        let mut request = agent.world.http.get(agent.world.at(path));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(call("/v1.0/chats", None).await, 401);
    assert_eq!(
        call(&format!("/v1.0/chats?token={}", agent.token), None).await,
        200
    );
    assert_eq!(
        call(
            "/v1.0/chats",
            Some(("cookie", format!("a=b; token={}", agent.token)))
        )
        .await,
        200
    );
    let tenant = agent.world.token(1001, 600).await;
    assert_eq!(
        call(
            "/v1.0/chats",
            Some(("authorization", format!("Bearer {tenant}")))
        )
        .await,
        401
    );
    let expired = agent.world.get("/demo/voipbin?ttl=-5").await;
    let expired = format!("Bearer {}", expired["token"].as_str().expect("a token"));
    assert_eq!(
        call("/v1.0/chats", Some(("authorization", expired))).await,
        401
    );
    for (kind, status) in [
        ("expired", 401),
        ("exp_claim", 200),
        ("expire_claim", 200),
        ("any", 200),
    ] {
        agent.set(json!({"token": kind})).await;
        let demo = agent.world.get("/demo/voipbin").await;
        let bearer = format!("Bearer {}", demo["token"].as_str().expect("a token"));
        assert_eq!(
            call("/v1.0/chats", Some(("authorization", bearer))).await,
            status,
            "{kind}"
        );
    }
    assert!(
        !agent
            .world
            .inspect("")
            .await
            .to_string()
            .contains(&agent.token)
    );
}

#[tokio::test]
async fn an_agent_logs_in() {
    let agent = agent().await;
    let login = async |password: &Value| {
        let body = json!({"username": agent.demo["username"], "password": password});
        agent
            .world
            .http
            .post(agent.world.at("/auth/login"))
            .json(&body)
            .send()
            .await
            .expect("an answer")
    };
    let good: Value = login(&agent.demo["password"])
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(good["username"], agent.demo["username"]);
    let token = good["token"].as_str().expect("a token");
    let chats = agent
        .world
        .http
        .get(agent.world.at("/v1.0/chats"))
        .bearer_auth(token);
    assert_eq!(chats.send().await.expect("an answer").status(), 200);
    let bad = login(&json!("guess")).await;
    assert_eq!(
        (bad.status().as_u16(), bad.text().await.expect("a body")),
        (400, String::new())
    );
}

#[tokio::test]
async fn bodies_need_no_type_unless_set() {
    let agent = agent().await;
    let (_, room) = agent.chat().await;
    let send = async || {
        let body = json!({"chatroom_id": room, "text": "typed", "medias": []}).to_string();
        let request = agent
            .world
            .http
            .post(agent.world.at("/v1.0/service_agents/chatroommessages"));
        let request = request
            .bearer_auth(&agent.token)
            .header("content-type", "text/plain")
            .body(body);
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(send().await, 200);
    agent.set(json!({"strict_content_type": "415"})).await;
    assert_eq!(send().await, 415);
    agent.say(&room, "JSON").await;
}

#[tokio::test]
async fn other_origins_may_call_as_the_service_has_it() {
    let agent = agent().await;
    let preflight = async || {
        let request = agent
            .world
            .http
            .request(Method::OPTIONS, agent.world.at("/v1.0/chats"))
            .header("origin", "http://page.example");
        request.send().await.expect("an answer")
    };
    let allowed = preflight().await;
    assert_eq!(allowed.headers()["access-control-allow-origin"], "*");
    assert!(
        allowed.headers()["access-control-allow-headers"]
            .to_str()
            .is_ok_and(|list| list.contains("Authorization"))
    );
    assert_eq!(allowed.headers()["access-control-max-age"], "43200");
    assert_eq!(
        allowed.headers().get("access-control-allow-credentials"),
        None
    );
    let refused = agent.call(Method::GET, "/chats/none", Value::Null).await;
    assert_eq!(
        refused.headers()["access-control-expose-headers"],
        "Content-Length"
    );
    agent.set(json!({"cors": "none"})).await;
    assert_eq!(
        preflight()
            .await
            .headers()
            .get("access-control-allow-origin"),
        None
    );
}

#[tokio::test]
async fn another_agent_acts_as_set() {
    let agent = agent().await;
    let rooms = agent.rows("/service_agents/chatrooms").await;
    let room = id(&rooms[1]).to_owned();
    let path = format!("/service_agents/chatrooms/{room}");
    let cases = [
        ("message", "normal"),
        ("system_message", "system"),
        ("empty_type", ""),
    ];
    for (act, kind) in cases {
        agent.set(json!({"peer": {"value": act, "times": 1}})).await;
        agent.say(&room, act).await;
        let rows = agent.messages(&room).await;
        assert_eq!(
            (&rows[0]["type"], &rows[1]["text"]),
            (&json!(kind), &json!(act))
        );
        assert_ne!(rows[0]["source"]["target"], agent.id);
    }
    let members = async || {
        agent.get(&path).await["participant_ids"]
            .as_array()
            .map(Vec::len)
    };
    for (act, count) in [("participant_added", 4), ("participant_removed", 3)] {
        agent.set(json!({"peer": {"value": act, "times": 1}})).await;
        agent.say(&room, act).await;
        assert_eq!(members().await, Some(count));
    }
    agent
        .set(json!({"peer": {"value": "rename", "times": 1}}))
        .await;
    agent.say(&room, "rename").await;
    assert_eq!(agent.get(&path).await["name"], "Evening crew (renamed)");
    let before = agent.messages(&room).await.len();
    agent
        .set(json!({"peer": {"value": "delete", "times": 1}}))
        .await;
    agent.say(&room, "delete").await;
    assert_eq!(agent.messages(&room).await.len(), before + 1);
    let act = json!({"chat": rooms[1]["chat_id"], "act": "message"});
    agent.world.post("/demo/voipbin/peer", act).await;
    assert_eq!(agent.messages(&room).await.len(), before + 2);
}

#[tokio::test]
async fn what_was_asked_is_shown() {
    let agent = agent().await;
    agent.get("/chats?page_size=3").await;
    let calls = agent.world.inspect("/calls").await;
    let call = &calls[0];
    assert_eq!(
        (
            &call["front"],
            &call["method"],
            &call["path"],
            &call["query"]
        ),
        (
            &json!("voipbin"),
            &json!("GET"),
            &json!("/v1.0/chats"),
            &json!("page_size=3")
        )
    );
    assert_eq!(
        (&call["headers"]["authorization"], &call["visitor"]),
        (&json!("Bearer …"), &json!(5_000_001))
    );
}

#[tokio::test]
async fn staff_knows_chats_apart_and_takes_them_from_the_script() {
    let agent = agent().await;
    let sessions = agent.world.get("/console/api/sessions").await;
    let sessions = sessions.as_array().expect("chats");
    let names: Vec<_> = sessions
        .iter()
        .map(|chat| chat["tenantName"].clone())
        .collect();
    assert!(
        names.contains(&json!("Agent 5000001 · Evening crew")),
        "{names:?}"
    );
    assert!(
        names.contains(&json!("Agent 5000001 · Paulo Reis")),
        "{names:?}"
    );
    let room = agent.rows("/service_agents/chatrooms").await[0].clone();
    let key = room["chat_id"].as_str().expect("an id");
    agent.world.console(key, "join").await;
    agent
        .world
        .set(json!({"staff": {"value": "auto_reply", "delay_ms": 1}}))
        .await;
    agent.say(id(&room), "Is there a parcel?").await;
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    assert_eq!(
        agent.texts(id(&room)).await.len(),
        2,
        "the script leaves it to the person"
    );
    let taken = agent.world.get("/console/api/sessions").await;
    let taken = taken
        .as_array()
        .expect("chats")
        .iter()
        .find(|chat| chat["id"] == key);
    assert_eq!(taken.expect("the chat")["staff"], "me");
}
