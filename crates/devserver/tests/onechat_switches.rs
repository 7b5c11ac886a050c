//! The switches of OneChat: each does what it says.

mod support;

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use support::World;
use support::onechat::{Answer, Cable, Guest, call, hash_of, inbox, inspect, read, set};
use tokio_tungstenite::tungstenite::Error;

/// A GIF picture of 4 by 3 pixels, as far as its head goes.
const GIF: &[u8] = b"GIF89a\x04\0\x03\0\0\0\0";

async fn world_with(switches: Value) -> World {
    World::with(json!({"onechat": switches})).await
}

/// Sends a picture.
async fn upload(guest: &Guest<'_>) -> Result<Answer, reqwest::Error> {
    let picture = Part::bytes(GIF).file_name("sail.gif").mime_str("image/gif");
    let form = Form::new().part("attachments[]", picture.expect("a type"));
    let url = guest.world.at(&format!("{}/messages", guest.conversation));
    let answer = guest.world.http.post(url).multipart(form).send().await?;
    Ok(read(answer).await)
}

async fn headers(world: &World, method: Method, path: &str) -> (u16, HeaderMap) {
    let request = world
        .http
        .request(method, world.at(path))
        .header("origin", "https://site.example")
        .header("access-control-request-headers", "content-type");
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.headers().clone())
}

#[tokio::test]
async fn the_group_is_set_in_parts() {
    let world = world_with(json!({"generation": "oc42"})).await;
    set(&world, json!({"echo": "never"})).await;
    let switches = world.get("/switches").await["onechat"].clone();
    assert_eq!(
        (&switches["generation"], &switches["echo"]),
        (&json!("oc42"), &json!("never"))
    );
    for (change, words) in [
        (
            json!({"onechat": {"sails": 1}}),
            "There is no switch `onechat.sails`.",
        ),
        (
            json!({"onechat": {"echo": "loud"}}),
            "Switch `onechat.echo` cannot be \"loud\"",
        ),
        (
            json!({"onechat": {"cable_ping": 0}}),
            "Switch `onechat.cable_ping` cannot be 0",
        ),
        (
            json!({"onechat": {"events": ["sunrise"]}}),
            "Switch `onechat.events` cannot be",
        ),
        (
            json!({"onechat": {"cable_disconnect": {"value": "restart", "when": 1}}}),
            "Switch `onechat.cable_disconnect`",
        ),
        (json!({"onechat": 5}), "Switch `onechat` cannot be 5"),
    ] {
        let (status, body) = call(&world, Method::PATCH, "/switches", Some(change)).await;
        assert_eq!(status, 400);
        assert!(
            body["message"]
                .as_str()
                .is_some_and(|text| text.starts_with(words)),
            "{body}"
        );
    }
    let (_, reset) = call(&world, Method::DELETE, "/switches", None).await;
    assert_eq!(reset["onechat"]["generation"], "cw");
    let (status, again) = call(&world, Method::PUT, "/switches", Some(reset.clone())).await;
    assert_eq!((status, again), (200, reset));
}

#[tokio::test]
async fn generation_oc21_lacks_what_came_later() {
    let world = world_with(json!({"generation": "oc21", "hmac": "optional"})).await;
    let inbox = inbox(&world).await;
    let answer = |accept: &'static str| {
        world
            .http
            .get(world.at(&inbox))
            .header(ACCEPT, accept)
            .send()
    };
    let html = answer("*/*").await.expect("an answer");
    assert_eq!(html.status(), 404);
    assert!(
        html.text()
            .await
            .expect("a body")
            .starts_with("<!doctype html>")
    );
    let missing = answer("application/json").await.expect("an answer");
    assert_eq!(
        read(missing).await,
        (404, json!({"status": 404, "error": "Not Found"}))
    );

    let hash = hash_of(&world, "guest-88").await;
    let who =
        json!({"identifier": "guest-88", "identifier_hash": hash, "phone_number": "+4520304050"});
    let mut guest = Guest::create(&world, who.clone()).await;
    let shown = guest.done(Method::GET, "", None).await;
    assert!(shown.get("phone_number").is_none());
    let begun = guest.begin().await;
    assert!(begun.get("uuid").is_none() && begun.get("agent_last_seen_at").is_none());
    assert_eq!(
        (
            &begun["contact"]["identifier"],
            &begun["contact"]["phone_number"]
        ),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        begun["messages"].as_array().map(Vec::len),
        Some(2),
        "what is not for the contact"
    );
    let missing = [
        (Method::GET, ""),
        (Method::POST, "/toggle_status"),
        (Method::POST, "/toggle_typing"),
        (Method::POST, "/update_last_seen"),
    ];
    for (method, path) in missing {
        assert_eq!(guest.ask(method, path, None).await.0, 404, "{path}");
    }
    let mut cable = guest.cable().await;
    guest.begin().await;
    let key = guest.key().await;
    world
        .post(
            &format!("/console/api/sessions/{key}/typing"),
            json!({"typing": "on"}),
        )
        .await;
    world.console(&key, "join").await;
    cable.hears_nothing().await;
    guest.say("Hello").await;
    let own = cable.event("message.created").await;
    assert_eq!(own["conversation"], json!({"assignee_id": 501}));
    assert_eq!(own["sender"]["pubsub_token"], guest.token);
    let survey =
        json!({"content": "How was it?", "content_type": "input_csat", "content_attributes": {}});
    let survey = world
        .post(&format!("/console/api/sessions/{key}/rich"), survey)
        .await;
    cable.event("message.created").await;
    let answer = json!({"submitted_values": {"csat_survey_response": {"rating": 5}}});
    let shown = guest
        .asked(
            Method::PATCH,
            &format!("/messages/{}", survey["id"]),
            Some(answer),
        )
        .await;
    assert_eq!(shown["content_attributes"]["submitted_values"], json!({}));
    let revised = cable.event("message.updated").await;
    assert!(revised.get("previous_changes").is_none());
    world.console(&key, "end").await;
    cable.event("conversation.status_changed").await;
    cable.hears_nothing().await;
    let (_, sent) = upload(&guest).await.expect("an answer");
    let file = &sent["attachments"][0];
    assert!(file.get("file_size").is_none() && file.get("content_type").is_none());
    assert!(file["data_url"].is_string() && file["extension"] == "gif");
    set(&world, json!({"lock_single": "on"})).await;
    let last = guest.display_id;
    guest.begin().await;
    assert_ne!(guest.display_id, last, "it knows no lock");
    guest.done(Method::PATCH, "", Some(who)).await;
    assert_eq!(guest.call(Method::GET, "/conversations", None).await.0, 500);
    assert!(
        headers(&world, Method::GET, &guest.path)
            .await
            .1
            .get("access-control-allow-origin")
            .is_none()
    );
}

#[tokio::test]
async fn generation_oc42_has_its_own_ways() {
    let world = world_with(
        json!({"generation": "oc42", "hmac": "optional", "history_flags": ["csat", "oc42_extras"]}),
    )
    .await;
    let hash = hash_of(&world, "guest-88").await;
    let who = json!({"identifier": "guest-88", "identifier_hash": hash});
    let mut guest = Guest::create(&world, who.clone()).await;
    guest.begin().await;
    let history = guest.history().await;
    let link = format!("{}/survey/responses/", world.url);
    assert!(
        history[0]["content"]
            .as_str()
            .is_some_and(|text| text.contains(&link))
    );
    let kinds: Vec<&Value> = history[1..]
        .iter()
        .map(|message| &message["content_type"])
        .collect();
    assert_eq!(
        kinds,
        [
            "cal_event",
            "cal_event_confirmation",
            "calling_event",
            "shopify_order_event",
            "shopify_product_refer",
            "shopify_discount_refer"
        ]
    );
    let (_, sent) = upload(&guest).await.expect("an answer");
    let file = &sent["attachments"][0];
    assert_eq!(
        (&file["width"], &file["file_size"]),
        (&json!(4), &json!(GIF.len()))
    );
    assert!(file.get("content_type").is_none());
    let mut second = Guest::create(&world, who.clone()).await;
    let theirs = format!("/conversations/{}", guest.display_id);
    assert_eq!(second.call(Method::GET, &theirs, None).await.0, 404);
    assert_eq!(
        second
            .call(Method::GET, &format!("{theirs}/messages"), None)
            .await
            .0,
        200,
        "any of the contact's"
    );
    set(&world, json!({"generation": "cw"})).await;
    assert_eq!(
        second
            .call(Method::GET, &format!("{theirs}/messages"), None)
            .await
            .0,
        404
    );
    set(&world, json!({"generation": "oc42"})).await;
    let mut cable = second.cable().await;
    second.begin().await;
    let created = cable.event("conversation.created").await;
    assert!(created["meta"].get("assignee_type").is_none());
    second.done(Method::PATCH, "", Some(who)).await;
    assert_eq!(
        second.call(Method::GET, "/conversations", None).await.0,
        500
    );
    set(&world, json!({"generation": "cw"})).await;
    assert_eq!(
        second.call(Method::GET, "/conversations", None).await.0,
        200
    );
}

#[tokio::test]
async fn typing_in_a_pending_conversation_is_told_by_the_newest_only() {
    let world = world_with(json!({"bot_pending": "on", "generation": "oc42"})).await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    let path = format!("/console/api/sessions/{}/typing", guest.key().await);
    world.post(&path, json!({"typing": "on"})).await;
    cable.hears_nothing().await;
    set(&world, json!({"generation": "cw"})).await;
    world.post(&path, json!({"typing": "on"})).await;
    assert_eq!(
        cable.event("conversation.typing_on").await["conversation"]["status"],
        "pending"
    );
}

#[tokio::test]
async fn cors() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let (status, open) = headers(&world, Method::OPTIONS, &guest.path).await;
    assert_eq!(status, 200);
    assert_eq!(open["access-control-allow-origin"], "*");
    assert_eq!(open["access-control-allow-headers"], "content-type");
    assert_eq!(open["access-control-max-age"], "7200");
    assert!(open.get("access-control-allow-credentials").is_none());
    for path in [guest.path.clone(), format!("{}x", guest.path)] {
        let (_, answer) = headers(&world, Method::GET, &path).await;
        assert_eq!(answer["access-control-allow-origin"], "*", "errors too");
    }
    set(&world, json!({"cors": "none"})).await;
    let (status, closed) = headers(&world, Method::OPTIONS, &guest.path).await;
    assert_eq!(
        (status, closed.get("access-control-allow-origin")),
        (404, None)
    );
    let (status, closed) = headers(&world, Method::GET, &guest.path).await;
    assert_eq!(
        (status, closed.get("access-control-allow-origin")),
        (200, None)
    );
}

#[tokio::test]
async fn contact() {
    let world = World::new().await;
    let mut guest = Guest::new(&world).await;
    set(&world, json!({"contact": "resume"})).await;
    let resumed = Guest::create(&world, json!({"source_id": "fresh"})).await;
    assert_eq!((resumed.id, &resumed.source), (guest.id, &guest.source));

    set(&world, json!({"contact": {"value": "merged", "times": 1}})).await;
    guest.say("Hello").await;
    let record = guest
        .done(Method::PATCH, "", Some(json!({"name": "Ada"})))
        .await;
    assert_ne!(record["id"], guest.id);
    assert_eq!(guest.done(Method::GET, "", None).await["id"], record["id"]);
    assert_eq!(guest.history().await[0]["sender"]["id"], record["id"]);
    let again = guest
        .done(Method::PATCH, "", Some(json!({"name": "Bo"})))
        .await;
    assert_eq!(again["id"], record["id"]);

    set(&world, json!({"contact": "no_pubsub_token"})).await;
    assert!(
        guest
            .done(Method::GET, "", None)
            .await
            .get("pubsub_token")
            .is_none()
    );
    set(
        &world,
        json!({"contact": {"value": "unknown_404", "times": 2}}),
    )
    .await;
    assert_eq!(guest.call(Method::GET, "", None).await.0, 404);
    assert_eq!(guest.ask(Method::GET, "/messages", None).await.0, 404);
    assert_eq!(guest.call(Method::GET, "", None).await.0, 200);

    set(&world, json!({"contact": "blocked"})).await;
    guest = Guest::create(&world, json!({})).await;
    let begun = guest.begin().await;
    assert_eq!(
        (&begun["status"], &begun["contact"]["blocked"]),
        (&json!("resolved"), &json!(true))
    );
    assert_eq!(guest.say("Please").await["sender"]["blocked"], true);
    assert_eq!(
        guest.asked(Method::GET, "", None).await["status"],
        "resolved"
    );
}

#[tokio::test]
async fn shapes_of_the_answer_to_a_post() {
    let world = world_with(json!({"message_type_as": "string", "echo_id_in_rest": "on"})).await;
    let guest = Guest::new(&world).await;
    let sent = guest.say("Hello").await;
    assert_eq!(
        (&sent["message_type"], &sent["echo_id"]),
        (&json!("incoming"), &json!("echo of Hello"))
    );
    assert_eq!(guest.history().await[0]["message_type"], 0);
}

#[tokio::test]
async fn echo() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    set(&world, json!({"echo": "never"})).await;
    guest.say("Quiet").await;
    cable.hears_nothing().await;
    set(&world, json!({"echo": "twice"})).await;
    guest.say("Twice").await;
    for _ in 0..2 {
        assert_eq!(cable.event("message.created").await["content"], "Twice");
    }
    // With a slow answer, only an echo before it can come at once.
    set(
        &world,
        json!({"echo": "before_response", "post_message": "slow"}),
    )
    .await;
    let (answered, heard) = tokio::join!(
        async {
            let began = Instant::now();
            guest.say("First").await;
            began.elapsed()
        },
        async {
            let began = Instant::now();
            cable.event("message.created").await;
            began.elapsed()
        }
    );
    assert!(answered >= Duration::from_secs(2) && heard < Duration::from_secs(1));
    cable.hears_nothing().await;
}

#[tokio::test]
async fn post_message() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    set(
        &world,
        json!({"post_message": {"value": "stored_but_no_answer", "times": 1}}),
    )
    .await;
    assert!(guest.try_to_say("Stored").await.is_err());
    assert_eq!(
        cable.event("message.created").await["echo_id"],
        "echo of Stored"
    );
    set(
        &world,
        json!({"post_message": {"value": "lost", "times": 1}}),
    )
    .await;
    assert!(guest.try_to_say("Lost").await.is_err());
    for (value, status, pointer, text) in [
        ("422_long", 422, "/attributes/0", "content"),
        ("422_rate", 422, "/message", "Too many messages"),
        ("500", 500, "/error", "Internal Server Error"),
    ] {
        set(
            &world,
            json!({"post_message": {"value": value, "times": 1}}),
        )
        .await;
        let answer = guest.try_to_say("Refused").await.expect("an answer");
        assert_eq!(
            (answer.0, answer.1.pointer(pointer)),
            (status, Some(&json!(text)))
        );
    }
    set(
        &world,
        json!({"post_message": {"value": "429", "times": 1}}),
    )
    .await;
    let url = world.at(&format!("{}/messages", guest.conversation));
    let throttled = world
        .http
        .post(url)
        .json(&json!({"content": "x"}))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (
            throttled.status().as_u16(),
            throttled.headers().get("retry-after")
        ),
        (429, None)
    );
    assert_eq!(throttled.headers()["access-control-allow-origin"], "*");
    assert!(
        throttled
            .text()
            .await
            .expect("a body")
            .starts_with("Retry later")
    );
    guest.say("At last").await;
    let texts: Vec<Value> = guest
        .history()
        .await
        .iter()
        .map(|message| message["content"].clone())
        .collect();
    assert_eq!(texts, ["Stored", "At last"]);
    let arrivals = inspect(&world, "/arrivals").await;
    let lost = arrivals
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["echoId"] == "echo of Lost");
    assert_eq!(lost.map(|one| &one["times"]), Some(&json!(1)));
}

#[tokio::test]
async fn history_size_and_flags() {
    for size in [0, 19, 20, 21] {
        let world = world_with(json!({"history_size": size})).await;
        let guest = Guest::new(&world).await;
        assert_eq!(guest.history().await.len(), size.min(20));
        let shown = guest.asked(Method::GET, "", None).await;
        assert_eq!(shown["messages"].as_array().map(Vec::len), Some(size));
    }
    let world = world_with(json!({"history_size": 500})).await;
    let guest = Guest::new(&world).await;
    assert_eq!(
        guest.asked(Method::GET, "", None).await["messages"]
            .as_array()
            .map(Vec::len),
        Some(500)
    );

    let flags = [
        "deleted",
        "csat",
        "cards",
        "form",
        "article",
        "input_select",
        "input_email",
        "null_content",
        "unknown_type",
        "markdown_xss",
    ];
    let world = world_with(json!({"history_flags": flags})).await;
    let history = Guest::new(&world).await.history().await;
    let kinds: Vec<&str> = history
        .iter()
        .map(|message| message["content_type"].as_str().expect("a type"))
        .collect();
    assert_eq!(
        kinds,
        [
            "text",
            "input_csat",
            "cards",
            "form",
            "article",
            "input_select",
            "input_email",
            "text",
            "hologram",
            "text"
        ]
    );
    assert_eq!(history[0]["content_attributes"], json!({"deleted": true}));
    assert_eq!(
        history[2]["content_attributes"]["items"][0]["actions"][1]["type"],
        "postback"
    );
    assert_eq!(history[7]["content"], json!(null));
    assert!(
        history[9]["content"]
            .as_str()
            .is_some_and(|text| text.contains("<script>"))
    );

    let world = world_with(json!({"history_flags": ["attachments_all"]})).await;
    let history = Guest::new(&world).await.history().await;
    let kinds: Vec<&str> = history
        .iter()
        .map(|message| {
            message["attachments"][0]["file_type"]
                .as_str()
                .expect("a type")
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "image", "video", "audio", "file", "location", "fallback", "contact", "embed", "share"
        ]
    );
    assert!(history[4]["attachments"][0]["coordinates_lat"].is_f64());
    for message in &history[..4] {
        let address = message["attachments"][0]["data_url"]
            .as_str()
            .expect("an address");
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
    }
}

#[tokio::test]
async fn conversation_list() {
    let world = world_with(json!({"hmac": "optional", "conversation_list": "with_private"})).await;
    let hash = hash_of(&world, "guest-88").await;
    let who = json!({"identifier": "guest-88", "identifier_hash": hash});
    let mut guest = Guest::create(&world, who.clone()).await;
    guest.begin().await;
    let list = guest.done(Method::GET, "/conversations", None).await;
    let kinds: Vec<&Value> = list[0]["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| &row["message_type"])
        .collect();
    assert_eq!(kinds, [1, 2]);
    assert_eq!(guest.history().await.len(), 0);
    set(&world, json!({"conversation_list": "500_when_verified"})).await;
    assert_eq!(guest.call(Method::GET, "/conversations", None).await.0, 200);
    guest.done(Method::PATCH, "", Some(who)).await;
    assert_eq!(guest.call(Method::GET, "/conversations", None).await.0, 500);
}

#[tokio::test]
async fn lock_single_and_bot_pending() {
    let world = world_with(json!({"lock_single": "on", "bot_pending": "on"})).await;
    let mut guest = Guest::create(&world, json!({})).await;
    assert_eq!(guest.begin().await["status"], "pending");
    let first = guest.display_id;
    guest.asked(Method::POST, "/toggle_status", None).await;
    assert_eq!(guest.begin().await["id"], first);
    guest.say("Again").await;
    assert_eq!(
        guest.asked(Method::GET, "", None).await["status"],
        "pending"
    );
    set(&world, json!({"lock_single": "off"})).await;
    assert_ne!(guest.begin().await["id"], first);
}

#[tokio::test]
async fn routes_that_are_missing() {
    let world =
        world_with(json!({"toggle_status": "404", "typing": "404", "last_seen": "404"})).await;
    let guest = Guest::new(&world).await;
    for path in ["/toggle_status", "/toggle_typing", "/update_last_seen"] {
        let body = json!({"typing_status": "on"});
        assert_eq!(
            guest.ask(Method::POST, path, Some(body.clone())).await.0,
            404,
            "{path}"
        );
        let name = ["toggle_status", "typing", "last_seen"]
            .iter()
            .find(|name| path.contains(**name));
        set(&world, json!({*name.expect("a switch"): "ok"})).await;
        assert_eq!(
            guest.ask(Method::POST, path, Some(body)).await.0,
            200,
            "{path}"
        );
    }
}

#[tokio::test]
async fn read_receipts() {
    let world = world_with(json!({"read_receipts": "none"})).await;
    let guest = Guest::new(&world).await;
    guest.hears("One").await;
    let mut cable = guest.cable().await;
    guest.ask(Method::POST, "/update_last_seen", None).await;
    cable.hears_nothing().await;
    assert!(guest.session().await["lastMessage"]["seenAt"].is_number());
}

#[tokio::test]
async fn cable_handshake() {
    let world = World::new().await;
    for (value, protocol) in [
        ("no_subprotocol", Some("actioncable-unsupported")),
        ("strip_header", None),
    ] {
        set(
            &world,
            json!({"cable_handshake": {"value": value, "times": 1}}),
        )
        .await;
        // The client library refuses a handshake without the header, as browsers do.
        match Cable::try_open(&world).await {
            Ok(cable) => assert_eq!(cable.protocol.as_deref(), protocol),
            Err(Error::Protocol(_)) => assert_eq!(protocol, None),
            Err(other) => panic!("{other}"),
        }
    }
    for (value, status) in [("404", 404), ("429", 429)] {
        set(
            &world,
            json!({"cable_handshake": {"value": value, "times": 1}}),
        )
        .await;
        match Cable::try_open(&world).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), status),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{value} lets in"),
        }
    }
    set(
        &world,
        json!({"cable_handshake": {"value": "hang", "times": 1}}),
    )
    .await;
    let hanging = tokio::time::timeout(Duration::from_millis(200), Cable::try_open(&world));
    assert!(hanging.await.is_err());
    Cable::open(&world).await;
    let statuses = inspect(&world, "/handshakes").await;
    let statuses: Vec<i64> = statuses
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["status"].as_i64())
        .collect();
    assert_eq!(statuses, [101, 101, 404, 429, 0, 101]);
}

#[tokio::test]
async fn cable_confirm() {
    let world = world_with(json!({"cable_confirm": {"value": "silence", "times": 1}})).await;
    let guest = Guest::new(&world).await;
    let mut cable = Cable::open(&world).await;
    cable.subscribe(&guest.token).await;
    cable.hears_nothing().await;
    guest.hears("Not heard").await;
    cable.hears_nothing().await;
    guest.cable().await;

    set(
        &world,
        json!({"cable_confirm": {"value": "reject", "times": 1}}),
    )
    .await;
    let mut cable = Cable::open(&world).await;
    cable.subscribe(&guest.token).await;
    assert_eq!(cable.frame().await["type"], "reject_subscription");

    set(
        &world,
        json!({"cable_confirm": {"value": "slow", "times": 1}}),
    )
    .await;
    let began = Instant::now();
    let mut cable = Cable::open(&world).await;
    cable.subscribe(&guest.token).await;
    guest.hears("Too early").await;
    assert_eq!(cable.frame().await["type"], "confirm_subscription");
    assert!(began.elapsed() >= Duration::from_secs(3));
    cable.event("presence.update").await;
    cable.hears_nothing().await;

    let other = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    cable.subscribe(&other.token).await;
    assert_eq!(cable.frame().await["type"], "confirm_subscription");
    set(&world, json!({"cable_confirm": "second_subscribe_silent"})).await;
    let mut cable = guest.cable().await;
    cable.subscribe(&other.token).await;
    cable.hears_nothing().await;
}

#[tokio::test]
async fn cable_ping() {
    let world = world_with(json!({"cable_ping": "stop"})).await;
    let mut cable = Cable::open(&world).await;
    set(&world, json!({"cable_ping": 10})).await;
    assert_eq!(cable.any_frame().await["type"], "ping");
    set(&world, json!({"cable_ping": "stop"})).await;
    let guest = Guest::new(&world).await;
    cable.subscribe(&guest.token).await;
    assert_eq!(cable.frame().await["type"], "confirm_subscription");
    cable.event("presence.update").await;
    // No ping comes any more, so the next frame is that of the message.
    tokio::time::sleep(Duration::from_millis(60)).await;
    guest.say("Hello").await;
    assert_eq!(
        cable.any_frame().await["message"]["event"],
        "message.created"
    );
}

#[tokio::test]
async fn cable_disconnect() {
    let world = World::new().await;
    for (value, reason, reconnect) in [
        ("restart", "server_restart", true),
        ("remote", "remote", true),
        ("unauthorized", "unauthorized", false),
    ] {
        let mut cable = Cable::open(&world).await;
        set(
            &world,
            json!({"cable_disconnect": {"value": value, "times": 1}}),
        )
        .await;
        let goodbye = json!({"type": "disconnect", "reason": reason, "reconnect": reconnect});
        assert_eq!(cable.frame().await, goodbye);
        assert_eq!(cable.close_code().await, 1000);
    }
    set(
        &world,
        json!({"cable_disconnect": {"value": "tcp_drop", "after_s": 0.2, "times": 1}}),
    )
    .await;
    let began = Instant::now();
    let mut cable = Cable::open(&world).await;
    assert_eq!(cable.close_code().await, 1006);
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!(
        world.get("/switches").await["onechat"]["cable_disconnect"],
        "off"
    );
    Cable::open(&world).await.hears_nothing().await;
}

#[tokio::test]
async fn event_order() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    guest.hears("Zero").await;
    let mut cable = guest.cable().await;
    set(&world, json!({"event_order": "reversed"})).await;
    guest.hears("One").await;
    guest.hears("Two").await;
    for text in ["Two", "One"] {
        assert_eq!(cable.event("message.created").await["content"], text);
    }
    set(&world, json!({"event_order": "duplicated"})).await;
    guest.hears("Three").await;
    for _ in 0..2 {
        assert_eq!(cable.event("message.created").await["content"], "Three");
    }
    set(
        &world,
        json!({"event_order": {"value": "dropped", "times": 2}}),
    )
    .await;
    for text in ["Four", "Five", "Six"] {
        guest.hears(text).await;
    }
    assert_eq!(cable.event("message.created").await["content"], "Six");
}

#[tokio::test]
async fn events() {
    let world = World::new().await;
    let mut guest = Guest::create(&world, json!({})).await;
    let mut cable = guest.cable().await;
    let script = [
        "agent_message",
        "attachment",
        "greeting",
        "typing_on",
        "typing_off",
        "typing_private",
        "read",
        "deleted",
        "presence",
        "call.created",
        "call.ended",
        "call.rejected",
        "unknown",
        "resolved",
        "reopened",
        "pending",
        "snoozed",
        "assignee",
    ];
    set(&world, json!({"events": script})).await;
    assert_eq!(
        world.get("/switches").await["onechat"]["events"],
        json!(script),
        "they wait for a conversation"
    );
    guest.begin().await;
    let mut heard = Vec::new();
    while heard
        .last()
        .is_none_or(|(_, data): &(String, Value)| data["meta"]["assignee"]["id"] != 503)
    {
        let frame = cable.frame().await;
        let event = frame["message"]["event"]
            .as_str()
            .expect("an event")
            .to_owned();
        heard.push((event, frame["message"]["data"].clone()));
    }
    let of = |name: &str| {
        heard
            .iter()
            .filter(|(event, _)| event == name)
            .map(|(_, data)| data)
            .collect::<Vec<_>>()
    };
    let created = of("message.created");
    assert_eq!(created.len(), 3);
    assert_eq!(created[1]["attachments"][0]["file_type"], "image");
    assert_eq!(
        (&created[2]["message_type"], &created[2]["sender_type"]),
        (&json!(3), &Value::Null)
    );
    assert!(created[2].get("sender").is_none());
    let typing = of("conversation.typing_on");
    assert_eq!(
        (&typing[0]["is_private"], &typing[1]["is_private"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(of("conversation.typing_off").len(), 1);
    let updated = of("message.updated");
    assert_eq!(
        (&updated[0]["status"], &updated[1]["content_attributes"]),
        (&json!("read"), &json!({"deleted": true}))
    );
    assert_eq!(of("presence.update").len(), 1);
    assert!(of("call.created")[0]["call_data"]["room_id"].is_string());
    assert!(of("call.ended")[0]["call_data"]["domain"].is_string());
    assert!(of("call.rejected")[0]["room_id"].is_string());
    assert_eq!(of("harbour.tide_turned").len(), 1);
    let statuses: Vec<&Value> = of("conversation.status_changed")
        .iter()
        .map(|data| &data["status"])
        .collect();
    assert_eq!(statuses, ["resolved", "open", "pending", "snoozed"]);
    assert_eq!(world.get("/switches").await["onechat"]["events"], json!([]));
    // The contact writes, and what was put off comes back.
    guest.say("Still there?").await;
    assert_eq!(guest.asked(Method::GET, "", None).await["status"], "open");
    cable.find("message.created").await;

    set(&world, json!({"events": ["failed", "csat", "input_select", "input_email", "cards", "form", "article", "markdown_xss"]})).await;
    assert_eq!(cable.event("message.updated").await["status"], "failed");
    for kind in [
        "input_csat",
        "input_select",
        "input_email",
        "cards",
        "form",
        "article",
        "text",
    ] {
        assert_eq!(cable.event("message.created").await["content_type"], kind);
    }
    set(&world, json!({"events": ["contact.merged"]})).await;
    let token = cable.event("contact.merged").await["pubsub_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    assert_eq!(
        guest.done(Method::GET, "", None).await["pubsub_token"],
        token
    );
    guest.hears("To the new one").await;
    cable.hears_nothing().await;
    cable.subscribe(&token).await;
    assert_eq!(cable.frame().await["type"], "confirm_subscription");
}

#[tokio::test]
async fn big_frame() {
    let world = world_with(json!({"big_frame": 70_000})).await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    guest.say("Hello").await;
    let frame = cable.frame().await;
    assert!(frame.to_string().len() >= 70_000);
    assert_eq!(frame["message"]["data"]["content"], "Hello");
}

#[tokio::test]
async fn uploads() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    for (value, status) in [("413", 413), ("500", 500)] {
        set(&world, json!({"upload": {"value": value, "times": 1}})).await;
        assert_eq!(upload(&guest).await.expect("an answer").0, status);
    }
    set(&world, json!({"upload": {"value": "abort", "times": 1}})).await;
    assert!(upload(&guest).await.is_err());
    assert_eq!(guest.history().await.len(), 0);
    set(
        &world,
        json!({"upload": {"value": "width_null", "times": 1}}),
    )
    .await;
    let (_, sent) = upload(&guest).await.expect("an answer");
    assert_eq!(sent["attachments"][0]["width"], json!(null));
    set(&world, json!({"upload": {"value": "slow", "times": 1}})).await;
    let began = Instant::now();
    let (_, sent) = upload(&guest).await.expect("an answer");
    assert!(began.elapsed() >= Duration::from_millis(40));
    assert_eq!(sent["attachments"][0]["width"], 4);
}

#[tokio::test]
async fn attachment_url() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let (_, sent) = upload(&guest).await.expect("an answer");
    let address = sent["attachments"][0]["data_url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let direct = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let hop = async |from: String| {
        let answer = direct.get(from).send().await.expect("an answer");
        assert_eq!(answer.status(), 302);
        answer.headers()["location"]
            .to_str()
            .expect("text")
            .to_owned()
    };
    let file = hop(address.clone()).await;
    set(&world, json!({"attachment_url": "redirect"})).await;
    let middle = hop(address.clone()).await;
    assert_ne!(middle, file);
    assert_eq!(hop(middle).await, file);
    set(&world, json!({"attachment_url": "expired"})).await;
    assert_eq!(
        world
            .http
            .get(&address)
            .send()
            .await
            .expect("an answer")
            .status(),
        403
    );
    set(&world, json!({"attachment_url": "unreachable_host"})).await;
    let (_, sent) = upload(&guest).await.expect("an answer");
    assert!(
        sent["attachments"][0]["data_url"]
            .as_str()
            .is_some_and(|url| url.starts_with("http://files.harbour-desk.invalid/"))
    );
}

#[tokio::test]
async fn clock_skew() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut cable = guest.cable().await;
    let plain = guest.say("Now").await["created_at"].as_i64();
    let plain = plain.expect("seconds");
    assert_eq!(cable.event("message.created").await["created_at"], plain);
    set(&world, json!({"clock_skew": -3600, "cable_ping": 10})).await;
    let skewed = guest.say("An hour ago").await["created_at"].as_i64();
    let skewed = skewed.expect("seconds");
    assert!((plain - skewed - 3600).abs() < 30);
    let ping = cable.any_frame().await["message"].as_i64();
    assert!((ping.expect("seconds") - skewed).abs() < 30);
    let told = cable.event("message.created").await;
    assert_eq!(told["created_at"], skewed);
}
