//! OneChat's cable: subscriptions, events, and the staff that causes them.

mod support;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use support::World;
use support::onechat::{Cable, Guest, call, hash_of, identifier, inspect, set};

#[tokio::test]
async fn a_socket_is_welcomed_pinged_and_confirmed() {
    let world = World::new().await;
    set(&world, json!({"cable_ping": 20})).await;
    let guest = Guest::new(&world).await;
    let mut cable = Cable::open(&world).await;
    assert_eq!(cable.protocol.as_deref(), Some("actioncable-v1-json"));
    let ping = cable.any_frame().await;
    assert_eq!(ping["type"], "ping");
    assert!(
        ping["message"]
            .as_i64()
            .is_some_and(|at| (1_700_000_000..9_000_000_000).contains(&at))
    );
    let identifier = identifier(&guest.token);
    cable.subscribe(&guest.token).await;
    assert_eq!(
        cable.frame().await,
        json!({"identifier": identifier, "type": "confirm_subscription"})
    );
    let present = cable.frame().await;
    assert_eq!(present["identifier"], identifier);
    assert_eq!(present["message"]["data"]["users"]["503"], "busy");
    let sockets = inspect(&world, "/sockets").await;
    assert_eq!(
        sockets[0]["subscriptions"],
        json!([{"identifier": identifier, "contact": guest.id}])
    );
    let plain = world
        .http
        .get(world.at("/cable"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(plain.status(), 404);
}

#[tokio::test]
async fn what_is_not_understood_is_met_with_silence() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut cable = Cable::open(&world).await;
    cable.subscribe("no token of ours").await;
    cable.send_text("no JSON").await;
    cable
        .send(&json!({"command": "dance", "identifier": "x"}))
        .await;
    for odd in [
        json!({"channel": "RoomChannel", "pubsub_token": guest.token, "user_id": 1}),
        json!({"channel": "RoomChannel", "pubsub_token": guest.token, "account_id": 8}),
        json!({"channel": "OtherChannel", "pubsub_token": guest.token}),
    ] {
        cable
            .send(&json!({"command": "subscribe", "identifier": odd.to_string()}))
            .await;
    }
    cable.hears_nothing().await;
    let mut cable = guest.cable().await;
    cable.subscribe(&guest.token).await;
    cable.hears_nothing().await;
}

#[tokio::test]
async fn presence_is_told_and_noted() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    let identifier = identifier(&guest.token);
    let action = json!({"action": "update_presence"}).to_string();
    let frame = json!({"command": "message", "identifier": identifier, "data": action});
    cable.send(&frame).await;
    assert_eq!(
        cable.event("presence.update").await["users"]["501"],
        "online"
    );
    let noted = inspect(&world, "/presence").await;
    assert_eq!(
        (noted.as_array().map(Vec::len), &noted[0]["contact"]),
        (Some(1), &json!(guest.id))
    );
    let other =
        json!({"command": "message", "identifier": identifier, "data": "{\"action\":\"other\"}"});
    cable.send(&other).await;
    let foreign = json!({"command": "message", "identifier": "{}", "data": action});
    cable.send(&foreign).await;
    cable.hears_nothing().await;
    cable
        .send(&json!({"command": "unsubscribe", "identifier": identifier}))
        .await;
    cable.send(&frame).await;
    guest.hears("Anyone?").await;
    cable.hears_nothing().await;
}

#[tokio::test]
async fn messages_come_as_events() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let (mut cable, mut other_tab) = (guest.cable().await, guest.cable().await);
    // The stream is one: the first tab hears of the second.
    cable.event("presence.update").await;
    let sent = guest.say("Is there a berth?").await;
    for cable in [&mut cable, &mut other_tab] {
        let own = cable.event("message.created").await;
        assert_eq!(
            (&own["id"], &own["echo_id"]),
            (&sent["id"], &json!("echo of Is there a berth?"))
        );
        assert_eq!(
            (&own["sender_type"], &own["message_type"], &own["status"]),
            (&json!("Contact"), &json!(0), &json!("sent"))
        );
        assert_eq!(
            own["conversation"]["contact_inbox"]["source_id"],
            guest.source
        );
        assert_eq!(
            (
                &own["conversation"]["unread_count"],
                &own["conversation_id"]
            ),
            (&json!(1), &json!(guest.display_id))
        );
    }
    guest.hears("There is.").await;
    let joined = cable.event("conversation.updated").await;
    assert_eq!(joined["meta"]["assignee"]["id"], 501);
    let theirs = cable.event("message.created").await;
    assert_eq!(
        (
            &theirs["content"],
            &theirs["sender_type"],
            &theirs["message_type"]
        ),
        (&json!("There is."), &json!("User"), &json!(1))
    );
    assert!(theirs.get("echo_id").is_none());
    assert_eq!(theirs["performer"], theirs["sender"]);
    assert_eq!(theirs["private"], false);
    cable.hears_nothing().await;
}

#[tokio::test]
async fn reading_and_deleting_are_told() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    guest.hears("One").await;
    let last = guest.hears("Two").await;
    let mut cable = guest.cable().await;
    guest.ask(Method::POST, "/update_last_seen", None).await;
    for text in ["One", "Two"] {
        let read = cable.event("message.updated").await;
        assert_eq!(
            (&read["content"], &read["status"]),
            (&json!(text), &json!("read"))
        );
        assert_eq!(read["previous_changes"]["status"], json!(["sent", "read"]));
    }
    guest.ask(Method::POST, "/update_last_seen", None).await;
    cable.hears_nothing().await;
    let path = format!(
        "/console/api/sessions/{}/messages/{}",
        guest.key().await,
        last["id"]
    );
    call(&world, Method::DELETE, &path, None).await;
    let deleted = cable.event("message.updated").await;
    assert_eq!(
        (&deleted["id"], &deleted["content"]),
        (&last["id"], &json!("This message was deleted"))
    );
    assert_eq!(deleted["content_attributes"], json!({"deleted": true}));
    assert_eq!(
        deleted["previous_changes"]["content"],
        json!(["Two", "This message was deleted"])
    );
}

#[tokio::test]
async fn answers_to_questions_are_told() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let form = json!({"content": "Your boat?", "content_type": "form",
                      "content_attributes": {"items": [{"name": "boat", "type": "text"}]}});
    let mut cable = guest.cable().await;
    world
        .post(
            &format!("/console/api/sessions/{}/rich", guest.key().await),
            form,
        )
        .await;
    let asked = cable.find("message.created").await;
    assert_eq!(
        (
            &asked["content_type"],
            &asked["content_attributes"]["items"][0]["name"]
        ),
        (&json!("form"), &json!("boat"))
    );
    let answer = json!({"submitted_values": [{"name": "boat", "value": "Petrel"}]});
    guest
        .asked(
            Method::PATCH,
            &format!("/messages/{}", asked["id"]),
            Some(answer),
        )
        .await;
    let told = cable.event("message.updated").await;
    assert_eq!(
        told["content_attributes"]["submitted_values"],
        json!([{"name": "boat", "value": "Petrel"}])
    );
    assert!(
        told["previous_changes"]["content_attributes"][0]
            .get("submitted_values")
            .is_none()
    );
}

#[tokio::test]
async fn a_conversation_is_told_from_its_birth_to_its_end_and_on() {
    let world = World::new().await;
    let mut guest = Guest::create(&world, json!({})).await;
    let mut cable = guest.cable().await;
    let begun = guest.begin().await;
    let created = cable.event("conversation.created").await;
    assert_eq!(
        (&created["id"], &created["messages"], &created["status"]),
        (&begun["id"], &json!([]), &json!("open"))
    );
    assert_eq!(created["contact_inbox"]["pubsub_token"], guest.token);
    assert_eq!(
        (
            &created["meta"]["assignee"],
            &created["meta"]["assignee_type"]
        ),
        (&Value::Null, &Value::Null)
    );
    assert!(created["updated_at"].is_f64());
    let key = guest.key().await;
    world.console(&key, "join").await;
    let joined = cable.event("conversation.updated").await;
    assert_eq!(
        (
            &joined["meta"]["assignee"]["name"],
            &joined["meta"]["assignee_type"]
        ),
        (&json!("Mara Lindholm"), &json!("User"))
    );
    world.console(&key, "end").await;
    assert_eq!(
        cable.event("conversation.status_changed").await["status"],
        "resolved"
    );
    assert_eq!(
        cable.event("conversation.updated").await["status"],
        "resolved"
    );
    guest.say("One more thing").await;
    assert_eq!(
        cable.event("conversation.status_changed").await["status"],
        "open"
    );
    assert_eq!(cable.event("conversation.updated").await["status"], "open");
    assert_eq!(
        cable.event("message.created").await["content"],
        "One more thing"
    );
    guest.asked(Method::POST, "/toggle_status", None).await;
    let ended = cable.event("conversation.status_changed").await;
    assert_eq!(
        (&ended["status"], &ended["messages"][0]["content"]),
        (&json!("resolved"), &json!("One more thing"))
    );
}

#[tokio::test]
async fn typing_goes_both_ways() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    let key = guest.key().await;
    for (word, event) in [
        ("on", "conversation.typing_on"),
        ("off", "conversation.typing_off"),
    ] {
        let path = format!("/console/api/sessions/{key}/typing");
        let (status, _) = call(&world, Method::POST, &path, Some(json!({"typing": word}))).await;
        assert_eq!(status, 204);
        let told = cable.event(event).await;
        assert_eq!(
            (
                &told["conversation"]["id"],
                &told["user"]["id"],
                &told["is_private"]
            ),
            (&json!(guest.display_id), &json!(501), &json!(false))
        );
        assert!(told["conversation"].get("account_id").is_none());
    }
    let mut live = world
        .http
        .get(world.at("/console/live"))
        .send()
        .await
        .expect("an answer");
    guest
        .asked(
            Method::POST,
            "/toggle_typing",
            Some(json!({"typing_status": "on"})),
        )
        .await;
    let piece = live.chunk().await.expect("a stream").expect("a piece");
    assert!(
        String::from_utf8_lossy(&piece).contains("\"typing\":{\"author\":\"tenant\",\"on\":true}")
    );
    cable.hears_nothing().await;
}

#[tokio::test]
async fn proved_sessions_hear_each_other() {
    let world = World::new().await;
    set(&world, json!({"hmac": "optional"})).await;
    let hash = hash_of(&world, "guest-88").await;
    let proof = json!({"identifier": "guest-88", "identifier_hash": hash});
    let (mut one, two) = (
        Guest::create(&world, proof.clone()).await,
        Guest::create(&world, proof.clone()).await,
    );
    one.begin().await;
    let mut other = two.cable().await;
    one.say("Alone").await;
    other.hears_nothing().await;
    for session in [&one, &two] {
        session.done(Method::PATCH, "", Some(proof.clone())).await;
    }
    one.say("Together").await;
    let told = other.event("message.created").await;
    assert_eq!(told["content"], "Together");
    assert_eq!(told["conversation_id"], one.display_id);
}

#[tokio::test]
async fn staff_may_write_first() {
    let world = World::new().await;
    let guest = Guest::create(&world, json!({"name": "Ada Quill"})).await;
    let mut cable = guest.cable().await;
    let session = world
        .post("/console/api/sessions", json!({"tenant": guest.id}))
        .await;
    assert_eq!(session["tenantName"], "Ada Quill");
    let begun = cable.event("conversation.created").await;
    world
        .staff_says(session["id"].as_str().expect("a key"), "Welcome ashore")
        .await;
    assert_eq!(
        cable.find("message.created").await["conversation_id"],
        begun["id"]
    );
    let list = guest.done(Method::GET, "/conversations", None).await;
    assert_eq!(list[0]["messages"][0]["content"], "Welcome ashore");
}

#[tokio::test]
async fn the_scripted_staff_shows_a_message_of_each_kind() {
    let world = World::new().await;
    world
        .set(json!({"staff": {"value": "auto_reply", "delay_ms": 1}}))
        .await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    for (words, kind) in [
        ("Which choices are there?", "input_select"),
        ("cards please", "cards"),
        ("A form?", "form"),
        ("Any articles", "article"),
        ("Let me rate you", "input_csat"),
        ("my email", "input_email"),
        ("unknown", "hologram"),
    ] {
        guest.say(words).await;
        loop {
            let told = cable.find("message.created").await;
            if told["content_type"] == kind {
                break;
            }
        }
    }
    guest.say("markdown").await;
    cable.find_text("**Bold**").await;
    guest.say("Send me an image").await;
    loop {
        let told = cable.find("message.created").await;
        if let Some(file) = told["attachments"].get(0) {
            let address = file["data_url"].as_str().expect("an address");
            assert_eq!(
                world
                    .http
                    .get(address)
                    .send()
                    .await
                    .expect("an answer")
                    .status(),
                200
            );
            break;
        }
    }
    guest.say("Is the pool open?").await;
    let typed = cable.find("conversation.typing_on").await;
    assert_eq!(typed["user"]["available_name"], "Noor");
    cable.find("conversation.typing_off").await;
    cable.find_text("The pool is open").await;
    let history = guest.history().await;
    let question = history
        .iter()
        .find(|message| message["content_type"] == "input_select");
    let path = format!("/messages/{}", question.expect("a question")["id"]);
    let answer = json!({"submitted_values": [{"title": "Fuel", "value": "fuel"}]});
    guest.asked(Method::PATCH, &path, Some(answer)).await;
    cable.find_text("Thank you").await;
}

#[tokio::test]
async fn sockets_are_broken_and_notes_forgotten_on_demand() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    world.post("/inspect/drop", json!({})).await;
    assert_eq!(cable.close_code().await, 1006);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(inspect(&world, "/sockets").await, json!([]));
    assert_eq!(inspect(&world, "/commands/0/command").await, "subscribe");
    world.post("/inspect/reset", json!({})).await;
    assert_eq!(inspect(&world, "/commands").await, json!([]));
}

#[tokio::test]
async fn stopping_says_goodbye() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    drop(guest);
    let stopping = tokio::spawn(world.server.stop());
    let goodbye = json!({"type": "disconnect", "reason": "server_restart", "reconnect": true});
    assert_eq!(cable.frame().await, goodbye);
    assert_eq!(cable.close_code().await, 1000);
    stopping.await.expect("a stop");
}
