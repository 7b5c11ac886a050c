//! The console's API and page, and the scripted concierge.

mod support;

use serde_json::{Value, json};
use support::{INIT, TENANT, World};

#[tokio::test]
async fn chats_are_listed_with_what_matters() {
    let world = World::new().await;
    let mut quiet = world.client_of(1003, "lobby").await;
    quiet.begin().await;
    let mut client = world.client().await;
    client.begin().await;
    client.say("Is there a parcel?").await;
    client.say("A small one").await;
    let list = world.get("/console/api/sessions").await;
    let first = &list[0];
    assert_eq!(first["id"], client.session);
    assert_eq!(first["tenantName"], "Anong Meesuk");
    assert_eq!(
        (&first["unread"], &first["closed"], &first["staff"]),
        (&json!(2), &json!(false), &json!("nobody"))
    );
    assert_eq!(first["lastMessage"]["content"], "A small one");
    assert!(first["lastPing"].is_number());
    assert_eq!(list[1]["id"], quiet.session);
    world.console(&client.session, "end").await;
    assert_eq!(world.get("/console/api/sessions").await[1]["closed"], true);
}

#[tokio::test]
async fn staff_joins_reads_writes_deletes_and_ends() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    client.say("Hello?").await;
    assert_eq!(world.console(&client.session, "join").await["staff"], "me");
    let path = format!("/console/api/sessions/{}/messages", client.session);
    let written = world.staff_says(&client.session, "Good morning").await;
    assert_eq!(written["author"], "staff");
    let seen = world.console(&client.session, "seen").await;
    assert_eq!(seen["seen"].as_array().map(Vec::len), Some(1));
    let log = world.get(&path).await;
    assert_eq!(
        (&log[0]["author"], &log[1]["content"]),
        (&json!("tenant"), &json!("Good morning"))
    );
    assert!(log[0]["seenAt"].is_number());
    world
        .http
        .delete(world.at(&format!("{path}/{}", written["id"])))
        .send()
        .await
        .expect("an answer");
    let log = world.get(&path).await;
    assert_eq!(
        (&log[1]["unsent"], &log[1]["content"]),
        (&json!(true), &json!(""))
    );
    world.console(&client.session, "end").await;
    let late = world
        .http
        .post(world.at(&path))
        .json(&json!({"messageContent": "Too late"}))
        .send()
        .await;
    assert_eq!(late.expect("an answer").status(), 409);
    let nowhere = world
        .http
        .post(world.at("/console/api/sessions/none/join"))
        .send()
        .await;
    assert_eq!(nowhere.expect("an answer").status(), 404);
}

#[tokio::test]
async fn staff_sends_a_file() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    for (mime, kind) in [
        ("image/png", "IMAGE"),
        ("video/mp4", "VIDEO"),
        ("application/pdf", "FILE"),
    ] {
        let path = format!(
            "/console/api/sessions/{}/files?name=plan%20B.bin",
            client.session
        );
        let request = world
            .http
            .post(world.at(&path))
            .header("content-type", mime)
            .body("bytes");
        let sent: Value = request
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        assert_eq!(
            (&sent["contentType"], &sent["metadata"]),
            (&json!(kind), &json!({"file": {"name": "plan B.bin"}}))
        );
        let read = world
            .http
            .get(sent["content"].as_str().expect("a URL"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(read.headers()["content-type"], mime);
        assert_eq!(read.text().await.expect("a body"), "bytes");
    }
}

#[tokio::test]
async fn the_console_hears_news_as_they_happen() {
    let world = World::new().await;
    let mut live = world
        .http
        .get(world.at("/console/live"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    let mut client = world.client().await;
    client.begin().await;
    client.say("Anyone there?").await;
    let mut heard = String::new();
    while !heard.contains("Anyone there?") {
        let piece = live.chunk().await.expect("a stream").expect("more of it");
        heard.push_str(&String::from_utf8_lossy(&piece));
    }
    assert!(heard.contains(&client.session));
}

#[tokio::test]
async fn the_page_comes_with_a_strict_policy() {
    let world = World::new().await;
    let page = world
        .http
        .get(world.at("/console"))
        .send()
        .await
        .expect("an answer");
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    let html = page.text().await.expect("a body");
    for id in ["sessions", "log", "reply", "send", "join", "end", "file"] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    for file in ["style.css", "script.js"] {
        assert_eq!(
            world
                .http
                .get(world.at(&format!("/console/{file}")))
                .send()
                .await
                .expect("an answer")
                .status(),
            200
        );
    }
}

#[tokio::test]
async fn the_script_joins_greets_reads_and_answers() {
    let world = World::with(json!({"staff": {"value": "auto_reply", "delay_ms": 5}})).await;
    let mut client = world.client().await;
    client.begin().await;
    assert_eq!(
        client.frame().await["payload"]["chatSession"]["chatJoinedByEntityType"],
        "BACKEND_USER"
    );
    let greeting = client.frame().await;
    assert!(
        greeting["payload"]["chatMessage"]["messageContent"]
            .as_str()
            .is_some_and(|text| text.contains("front desk"))
    );
    client.say("When does the pool open?").await;
    assert_eq!(client.frame().await["payload"]["chatMessage"]["status"], 4);
    let reply = client.frame().await;
    assert!(
        reply["payload"]["chatMessage"]["messageContent"]
            .as_str()
            .is_some_and(|text| text.contains("pool"))
    );
    // A person takes over, and the script keeps quiet.
    world.console(&client.session, "join").await;
    client.frame().await;
    client.say("And the gym?").await;
    client.hears_nothing().await;
}

#[tokio::test]
async fn the_script_plays_what_is_set() {
    let world = World::with(json!({"staff": {"value": "joins", "delay_ms": 5}})).await;
    let mut client = world.client().await;
    client.begin().await;
    assert_eq!(
        client.frame().await["payload"]["chatSession"]["chatJoinedByEntityType"],
        "BACKEND_USER"
    );
    client.say("Hello").await;
    client.hears_nothing().await;

    let world = World::with(json!({"staff": {"value": "starts", "delay_ms": 5}})).await;
    let mut client = world.client().await;
    let started = client.frame().await;
    assert_eq!(
        started["payload"]["chatSession"]["chatInitiatedByEntityType"],
        "BACKEND_USER"
    );
    let session = started["payload"]["chatSession"]["chatSessionId"].clone();
    assert_eq!(client.frame().await["payload"]["chatSessionId"], session);
    client
        .done(INIT, json!({"newSession": false, "chatSessionId": session}))
        .await;

    let world = World::with(json!({"staff": {"value": "closes", "delay_ms": 5}})).await;
    let mut client = world.client().await;
    client.begin().await;
    client.say("Hello").await;
    let mut last = client.frame().await;
    while last["payload"]["chatSession"]["isSessionClosed"] != true {
        last = client.frame().await;
    }
}

#[tokio::test]
async fn the_script_sends_what_kind_is_set() {
    let cases = [
        ("text", "TEXT", ""),
        ("file", "FILE", ".pdf"),
        ("image", "IMAGE", ".png"),
        ("video", "VIDEO", ".mp4"),
        ("video_as_image", "IMAGE", ".mp4"),
        ("unknown", "HOLOGRAM", ""),
    ];
    for (value, kind, end) in cases {
        let world = World::with(
            json!({"staff": {"value": "starts", "delay_ms": 5}, "content_types": value}),
        )
        .await;
        let mut client = world.client().await;
        client.frame().await;
        let message = client.frame().await["payload"]["chatMessage"].clone();
        let content = message["messageContent"].as_str().expect("a string");
        assert_eq!(message["contentType"], kind);
        assert!(content.ends_with(end), "{content}");
        if !end.is_empty() {
            assert_eq!(
                world
                    .http
                    .get(content)
                    .send()
                    .await
                    .expect("an answer")
                    .status(),
                200
            );
        }
    }
}

#[tokio::test]
async fn tokens_are_handed_out_to_whoever_asks() {
    let world = World::new().await;
    let answer = world
        .get(&format!("/demo/token?tenant={TENANT}&ttl=90"))
        .await;
    assert_eq!(answer["tokenValidFor"], "90");
    assert!(answer["tokenExpiryTime"].as_i64() > Some(1_700_000_000_000));
    assert_eq!(
        answer["accessToken"]
            .as_str()
            .map(|token| token.split('.').count()),
        Some(3)
    );
}
