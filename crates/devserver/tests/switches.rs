//! The switches, each by what a client sees of it.

mod support;

use serde_json::{Value, json};
use support::{Client, DELETE, END, GET, HISTORY, INIT, PING, SEEN, SEND, UNREAD, World};
use tokio_tungstenite::tungstenite::Message;

/// A world with one switch set, and a client in a session.
async fn scene(switch: &str, value: Value) -> (World, Client) {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    world.set(json!({switch: value})).await;
    (world, client)
}

/// The types of JSON values, as short words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[tokio::test]
async fn switches_are_read_replaced_merged_and_reset() {
    let world = World::new().await;
    let defaults = world.get("/switches").await;
    assert_eq!(
        (&defaults["ids"], &defaults["staff"], &defaults["idle_s"]),
        (&json!("doc"), &json!("manual"), &json!(600.0))
    );
    world.set(json!({"ids": "strings", "idle_s": 5})).await;
    world.set(json!({"times": "numbers"})).await;
    let merged = world.get("/switches").await;
    assert_eq!(
        (&merged["ids"], &merged["times"], &merged["idle_s"]),
        (&json!("strings"), &json!("numbers"), &json!(5.0))
    );
    let put = world
        .http
        .put(world.at("/switches"))
        .json(&json!({"junk": "binary"}))
        .send()
        .await
        .expect("an answer");
    let put: Value = put.json().await.expect("JSON");
    assert_eq!(
        (&put["ids"], &put["junk"]),
        (&json!("doc"), &json!("binary"))
    );
    world
        .http
        .delete(world.at("/switches"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(world.get("/switches").await, defaults);
}

#[tokio::test]
async fn unknown_names_and_values_are_refused_by_name() {
    let world = World::new().await;
    let before = world.get("/switches").await;
    let bad = [
        json!({"colour": "red"}),
        json!({"ids": "roman"}),
        json!({"idle_s": "soon"}),
        json!({"page_cap": 0}),
        json!({"close": {"code": 1001, "afterwards": 2}}),
        json!({"fail_route": {"client/send-message": {"state": 422}}}),
        json!({"handshake": {"value": "ok", "often": 2}}),
        json!({"staff": {"value": "manual", "speed": 2}}),
    ];
    for changes in bad {
        let answer = world
            .http
            .patch(world.at("/switches"))
            .json(&changes)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 400, "{changes}");
        let answer: Value = answer.json().await.expect("JSON");
        let name = changes
            .as_object()
            .and_then(|map| map.keys().next())
            .expect("a name");
        let sentence = answer["message"].as_str().expect("a sentence");
        assert!(sentence.contains(&format!("`{name}`")), "{sentence}");
    }
    assert_eq!(world.get("/switches").await, before);
}

#[tokio::test]
async fn ids_and_times_have_the_types_that_are_set() {
    // Switches, then the types of id and sentAt in an answer and in an event.
    let cases = [
        (json!({}), ["string", "string", "number", "number"]),
        (
            json!({"ids": "numbers"}),
            ["number", "string", "number", "number"],
        ),
        (
            json!({"ids": "strings"}),
            ["string", "string", "string", "number"],
        ),
        (
            json!({"times": "numbers"}),
            ["string", "number", "number", "number"],
        ),
    ];
    for (switches, types) in cases {
        let world = World::with(switches).await;
        let mut client = world.client().await;
        client.begin().await;
        let answer = client.done(SEND, client.text("Hello")).await;
        world.staff_says(&client.session, "Hello to you").await;
        client.frame().await;
        let event = client.frame().await;
        let (answer, event) = (&answer["chatMessage"], &event["payload"]["chatMessage"]);
        assert_eq!(
            [
                kind(&answer["id"]),
                kind(&answer["sentAt"]),
                kind(&event["id"]),
                kind(&event["sentAt"])
            ],
            types
        );
    }
}

#[tokio::test]
async fn metadata_comes_back_as_it_is_set() {
    let sent = json!({"messageUid": "uid of Hello"});
    let cases = [
        ("metadata_key", "metadata", json!({"metadata": sent})),
        ("metadata_key", "metdata", json!({"metdata": sent})),
        ("metadata_key", "drop", json!({})),
        ("metadata_value", "echo", json!({"metadata": sent})),
        ("metadata_value", "null", json!({"metadata": null})),
        (
            "metadata_value",
            "string",
            json!({"metadata": sent.to_string()}),
        ),
        (
            "metadata_value",
            "agent_file",
            json!({"metadata": {"file": {"name": "house-rules.pdf"}}}),
        ),
    ];
    for (switch, value, expected) in cases {
        let (_world, mut client) = scene(switch, json!(value)).await;
        let answer = client.done(SEND, client.text("Hello")).await;
        for key in ["metadata", "metdata"] {
            assert_eq!(
                answer["chatMessage"].get(key),
                expected.get(key),
                "{switch}: {value}"
            );
        }
    }
}

#[tokio::test]
async fn answers_have_the_envelope_that_is_set() {
    let route = format!("{HISTORY}?page=1&limit=50");
    let cases = [
        ("channel_echo", "exact", "/channel", json!(route)),
        (
            "channel_echo",
            "other_limit",
            "/channel",
            json!(format!("{HISTORY}?page=1&limit=25")),
        ),
        ("channel_echo", "bare", "/channel", json!(HISTORY)),
        ("channel_echo", "array", "/channel", json!([route])),
        ("status_key", "status", "/status", json!(200)),
        ("status_key", "statusCode", "/statusCode", json!(200)),
        ("content_key", "body", "/body/messages", json!([])),
        ("content_key", "payload", "/payload/messages", json!([])),
        ("content_key", "data", "/data/messages", json!([])),
    ];
    for (switch, value, pointer, expected) in cases {
        let (_world, mut client) = scene(switch, json!(value)).await;
        let answer = client.call(&route, client.here()).await;
        assert_eq!(
            answer.pointer(pointer),
            Some(&expected),
            "{switch}: {value}: {answer}"
        );
    }
}

#[tokio::test]
async fn events_have_the_envelope_that_is_set() {
    for key in ["payload", "body", "data"] {
        let (world, mut client) = scene("event_key", json!(key)).await;
        world.console(&client.session, "join").await;
        assert!(client.frame().await[key]["chatSession"].is_object());
    }
    let (world, mut client) = scene("event_envelope", json!("bare")).await;
    world.console(&client.session, "join").await;
    let event = client.frame().await;
    let keys: Vec<_> = event
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys, ["channel", "payload"]);
}

#[tokio::test]
async fn a_frame_may_come_after_connecting() {
    let world = World::with(json!({"ack": "welcome"})).await;
    assert_eq!(world.client().await.frame().await["channel"], "welcome");
    world.set(json!({"ack": "unknown_shape"})).await;
    assert_eq!(world.client().await.frame().await.get("channel"), None);
    world.set(json!({"ack": "none"})).await;
    world.client().await.hears_nothing().await;
}

#[tokio::test]
async fn own_messages_may_come_as_events() {
    let (_world, mut client) = scene("echo_own", json!("event_before")).await;
    let event = client.call(SEND, client.text("Before")).await;
    let answer = client.frame().await;
    assert_eq!(event["channel"], format!("chat-message-{}", client.session));
    assert_eq!(answer["channel"], SEND);
    assert_eq!(
        event["payload"]["chatMessage"]["id"].to_string(),
        answer["body"]["chatMessage"]["id"]
            .as_str()
            .unwrap_or_default()
    );

    let (_world, mut client) = scene("echo_own", json!("event_after")).await;
    assert_eq!(
        client.call(SEND, client.text("After")).await["channel"],
        SEND
    );
    assert_eq!(client.frame().await["senderType"], "TENANT");
}

#[tokio::test]
async fn events_may_come_more_than_once_and_out_of_order() {
    let (world, mut client) = scene("duplicate_events", json!(3)).await;
    world.console(&client.session, "end").await;
    let event = client.frame().await;
    assert_eq!(client.frame().await["channel"], event["channel"]);
    assert_eq!(client.frame().await["channel"], event["channel"]);
    client.hears_nothing().await;

    let (world, mut client) = scene("event_order", json!("reversed")).await;
    world.console(&client.session, "join").await;
    world.staff_says(&client.session, "first").await;
    world.staff_says(&client.session, "second").await;
    assert_eq!(
        client.frame().await["payload"]["chatMessage"]["messageContent"],
        "second"
    );
    assert_eq!(
        client.frame().await["payload"]["chatMessage"]["messageContent"],
        "first"
    );
    assert!(client.frame().await["payload"]["chatSession"].is_object());

    let (world, mut client) = scene("event_order", json!({"delay_ms": 100})).await;
    world.console(&client.session, "join").await;
    client.done(PING, client.here()).await;
    assert!(client.frame().await["payload"]["chatSession"].is_object());
}

#[tokio::test]
async fn an_unsent_message_leaves_what_is_set() {
    let cases = [
        ("gone", json!([])),
        ("status0", json!([["Hello", 0]])),
        ("empty", json!([["", 3]])),
    ];
    for (value, expected) in cases {
        let (_world, mut client) = scene("delete_effect", json!(value)).await;
        let id = client.say("Hello").await;
        client
            .done(
                DELETE,
                json!({"chatSessionId": client.session, "messageId": id}),
            )
            .await;
        let rows = client.done(HISTORY, client.here()).await;
        let rows = rows["messages"].as_array().expect("rows").iter();
        let rows: Vec<_> = rows
            .map(|row| json!([row["messageContent"], row["status"]]))
            .collect();
        assert_eq!(json!(rows), expected, "{value}");
    }
    let (world, mut client) = scene("delete_effect", json!("refuse")).await;
    let id = client.say("Hello").await;
    let body = json!({"chatSessionId": client.session, "messageId": id});
    assert_eq!(client.call(DELETE, body.clone()).await["status"], 403);
    world
        .set(json!({"delete_effect": "gone", "delete_id_type": "string"}))
        .await;
    assert_eq!(client.done(DELETE, body).await["messageId"], id.as_str());
}

#[tokio::test]
async fn history_has_the_shape_that_is_set() {
    let cases = [
        ("page_cap", json!(2), json!(["three", "four"])),
        ("history_scope", json!("session"), json!(["three", "four"])),
        (
            "history_scope",
            json!("tenant"),
            json!(["one", "two", "three", "four"]),
        ),
        (
            "history_order",
            json!("desc"),
            json!(["four", "three", "two", "one"]),
        ),
        (
            "history_order",
            json!("shuffled"),
            json!(["four", "two", "three", "one"]),
        ),
    ];
    for (switch, value, expected) in cases {
        let (_world, mut client) = scene(switch, value).await;
        client.say("one").await;
        client.say("two").await;
        client.begin().await;
        client.say("three").await;
        client.say("four").await;
        assert_eq!(json!(client.history(1, 50).await), expected, "{switch}");
    }
}

#[tokio::test]
async fn seen_answers_and_unread_counts_have_the_form_that_is_set() {
    let (world, mut client) = scene("seen_answer", json!("other_row")).await;
    world.set(json!({"unread_type": "number"})).await;
    let message = world.staff_says(&client.session, "Hello").await;
    client.frame().await;
    client.frame().await;
    assert_eq!(
        client.done(UNREAD, json!({})).await,
        json!({"unreadMsgCount": 1})
    );
    let seen = client
        .done(
            SEEN,
            json!({"chatSessionId": client.session, "messageId": message["id"]}),
        )
        .await;
    assert_ne!(seen["chatMessage"]["id"], message["id"].to_string());
    assert_ne!(seen["chatSessionId"], client.session);
    assert_eq!(
        client.done(UNREAD, json!({})).await,
        json!({"unreadMsgCount": 0})
    );
}

#[tokio::test]
async fn the_tenant_comes_in_the_form_that_is_set() {
    for (value, has_profile, has_tenant) in [
        ("long_then_short", true, true),
        ("short", false, true),
        ("absent", false, false),
    ] {
        let world = World::with(json!({"tenant_form": value})).await;
        let begun = world.client().await.begin().await;
        assert_eq!(
            begun["tenant"].get("residentProfile").is_some(),
            has_profile,
            "{value}"
        );
        assert_eq!(begun.get("tenant").is_some(), has_tenant, "{value}");
    }
}

#[tokio::test]
async fn a_new_session_beside_an_open_one_is_as_set() {
    let (world, mut client) = scene("init_existing", json!("same")).await;
    let first = client.session.clone();
    client.begin().await;
    assert_eq!(client.session, first);
    world.set(json!({"init_existing": "new"})).await;
    client.begin().await;
    assert_ne!(client.session, first);
}

#[tokio::test]
async fn a_closed_session_answers_as_set() {
    let (world, mut client) = scene("closed_session", json!("error404")).await;
    client.done(END, client.here()).await;
    let go_on = json!({"newSession": false, "chatSessionId": client.session});
    assert_eq!(client.call(GET, client.here()).await["status"], 404);
    assert_eq!(client.call(INIT, go_on.clone()).await["status"], 404);
    world.set(json!({"closed_session": "row"})).await;
    assert_eq!(
        client.done(INIT, go_on.clone()).await["chatSession"]["isSessionClosed"],
        true
    );
    world.set(json!({"closed_session": "new_id"})).await;
    let fresh = client.done(INIT, go_on).await;
    assert_ne!(fresh["chatSessionId"], client.session);
    assert_eq!(fresh["chatSession"]["isSessionClosed"], false);
}

#[tokio::test]
async fn a_route_may_fail_a_number_of_times() {
    for (place, pointer) in [("message", "/message"), ("body.message", "/body/message")] {
        let fault = json!({"status": 422, "message": "Not today", "place": place, "times": 1});
        let (_world, mut client) = scene("fail_route", json!({SEND: fault})).await;
        client.done(PING, client.here()).await;
        let answer = client.call(SEND, client.text("Hello")).await;
        assert_eq!(answer["status"], 422);
        assert_eq!(answer.pointer(pointer), Some(&json!("Not today")));
        client.say("Hello").await;
        assert_eq!(client.history(1, 20).await, ["Hello"]);
    }
}

#[tokio::test]
async fn a_route_may_be_silent_with_and_without_effect() {
    let (world, mut client) =
        scene("silent_route", json!({SEND: {"effect": true, "times": 1}})).await;
    client.ask(SEND, client.text("Stored")).await;
    client.hears_nothing().await;
    assert_eq!(client.history(1, 20).await, ["Stored"]);
    world.set(json!({"silent_route": [SEND]})).await;
    client.ask(SEND, client.text("Lost")).await;
    client.hears_nothing().await;
    assert_eq!(client.history(1, 20).await, ["Stored"]);
    world.set(json!({"silent_route": {}})).await;
    client.say("Heard").await;
    // Stored, not answered, but echoed.
    world
        .set(json!({"silent_route": {SEND: {"effect": true}}, "echo_own": "event_after"}))
        .await;
    let event = client.call(SEND, client.text("Echoed")).await;
    assert_eq!(event["payload"]["chatMessage"]["messageContent"], "Echoed");
}

#[tokio::test]
async fn the_gateway_may_answer_in_place_of_the_service() {
    let (world, mut client) = scene("gateway_error", json!("forbidden")).await;
    assert_eq!(
        client.call(PING, client.here()).await["message"],
        "Forbidden"
    );
    let once = json!({"value": "internal", "route": SEND, "times": 1, "effect": true});
    world.set(json!({"gateway_error": once})).await;
    client.done(PING, client.here()).await;
    let answer = client.call(SEND, client.text("Stored")).await;
    assert_eq!(answer["message"], "Internal server error");
    assert_eq!(answer.get("channel"), None);
    client.say("Answered").await;
    assert_eq!(client.history(1, 20).await, ["Stored", "Answered"]);
    world
        .set(json!({"gateway_error": {"value": "internal", "times": 1}}))
        .await;
    client.call(SEND, client.text("Not stored")).await;
    assert_eq!(client.history(1, 20).await, ["Stored", "Answered"]);
}

#[tokio::test]
async fn noise_may_come_before_answers() {
    for value in ["non_json", "binary", "unknown_channel", "no_channel"] {
        let (_world, mut client) = scene("junk", json!(value)).await;
        client.ask(PING, client.here()).await;
        let noise = client.next().await;
        assert_eq!(matches!(noise, Message::Binary(_)), value == "binary");
        assert_eq!(client.frame().await["channel"], PING, "{value}");
    }
}
