//! The gateway around the service: handshakes, limits, closes, its own errors.

mod support;

use serde_json::json;
use support::{GET, HISTORY, INIT, PING, SEND, TENANT, UNREAD, World};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn a_handshake_needs_a_good_token_and_a_device() {
    let world = World::new().await;
    let good = world.token(TENANT, 600).await;
    let expired = world.token(TENANT, -1).await;
    let forged = format!("{}x", good.trim_end_matches(|letter| letter != '.'));
    let host = world.url.trim_start_matches("http://").to_owned();
    assert_eq!(world.refusal(&world.socket_url(&expired, "d")).await, 401);
    assert_eq!(world.refusal(&world.socket_url(&forged, "d")).await, 401);
    assert_eq!(world.refusal(&world.socket_url("nonsense", "d")).await, 401);
    assert_eq!(
        world
            .refusal(&format!("ws://{host}/concierge/socket?deviceId=d"))
            .await,
        401
    );
    assert_eq!(
        world
            .refusal(&format!("ws://{host}/concierge/socket?Auth={good}"))
            .await,
        400
    );
    let long = "d".repeat(4096);
    assert_eq!(world.refusal(&world.socket_url(&good, &long)).await, 414);
    assert_eq!(world.refusal(&world.socket_url(&good, "d")).await, 101);
    let statuses = world.inspect("/handshakes").await;
    let statuses: Vec<_> = statuses
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["status"].clone())
        .collect();
    assert_eq!(json!(statuses), json!([401, 401, 401, 401, 400, 414, 101]));
}

#[tokio::test]
async fn what_is_no_call_is_forbidden_and_the_socket_stays() {
    let world = World::new().await;
    let mut client = world.client().await;
    let odd = [
        "hello".to_owned(),
        "[1, 2]".to_owned(),
        json!({"action": "subscribe", "data": {"route": GET, "body": {}}}).to_string(),
        json!({"action": "api", "data": {"route": "client/dance", "body": {}}}).to_string(),
        json!({"action": "api"}).to_string(),
    ];
    for frame in odd {
        client.send_text(&frame).await;
        let answer = client.frame().await;
        assert_eq!(answer["message"], "Forbidden", "{frame}");
        assert!(answer["connectionId"].is_string() && answer["requestId"].is_string());
        assert_eq!(answer.get("channel"), None);
    }
    client.done(UNREAD, json!({})).await;
}

#[tokio::test]
async fn a_large_frame_closes_the_socket() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    client.ask(SEND, client.text(&"x".repeat(33 * 1024))).await;
    assert_eq!(client.close_code().await, 1009);
    assert_eq!(world.inspect("/messages").await, json!([]));
}

#[tokio::test]
async fn a_large_frame_passes_where_the_limit_is_off() {
    let world = World::with(json!({"too_large": "off"})).await;
    let mut client = world.client().await;
    client.begin().await;
    client.say(&"x".repeat(33 * 1024)).await;
}

#[tokio::test]
async fn a_binary_frame_closes_the_socket() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.send_message(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(client.close_code().await, 1003);
}

#[tokio::test]
async fn an_answer_over_the_limit_does_not_come() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    for _ in 0..5 {
        client.say(&"y".repeat(29_000)).await;
    }
    client
        .ask(&format!("{HISTORY}?page=1&limit=20"), client.here())
        .await;
    client.hears_nothing().await;
    assert_eq!(client.history(1, 4).await.len(), 4);
}

#[tokio::test]
async fn idle_sockets_are_closed_and_busy_ones_are_not() {
    let world = World::with(json!({"idle_s": 0.5})).await;
    let mut busy = world.client().await;
    let mut idle = world.client_of(1002, "drawer").await;
    busy.begin().await;
    let mut idle_end = Box::pin(idle.close_code());
    loop {
        tokio::select! {
            code = &mut idle_end => break assert_eq!(code, 1001),
            _ = busy.done(PING, json!({"chatSessionId": busy.session.clone()})) => {}
        }
    }
    assert_eq!(
        world.inspect("/sockets").await.as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn old_sockets_are_closed() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    world.set(json!({"life_s": 0.05})).await;
    assert_eq!(client.close_code().await, 1001);
}

#[tokio::test]
async fn a_socket_whose_row_expired_hears_no_events() {
    let world = World::with(json!({"expiry_s": 0})).await;
    let mut client = world.client().await;
    let begun = client.begin().await;
    assert_eq!(
        begun["connection"]["expiredAt"],
        begun["connection"]["updatedAt"]
    );
    world.staff_says(&client.session, "Hello?").await;
    client.hears_nothing().await;
    assert_eq!(client.history(1, 20).await, ["Hello?"]);
}

#[tokio::test]
async fn the_newer_of_two_sockets_of_a_device_gets_the_events() {
    let world = World::new().await;
    let mut older = world.client_of(TENANT, "shared").await;
    older.begin().await;
    let mut newer = world.client_of(TENANT, "shared").await;
    world.console(&older.session, "join").await;
    newer.frame().await;
    older.hears_nothing().await;
    // It is still answered, and shown the other's connection.
    let answer = older.done(PING, older.here()).await;
    let shown = newer.frame().await;
    assert!(shown["payload"]["chatSession"].is_object());
    let sockets = world.inspect("/sockets").await;
    assert_eq!(
        answer["connection"]["connectionId"],
        sockets[1]["connectionId"]
    );
    world.set(json!({"same_device": "both"})).await;
    world.staff_says(&older.session, "To both").await;
    older.frame().await;
    newer.frame().await;
}

#[tokio::test]
async fn refused_handshakes_can_be_counted() {
    let cases = [
        ("refuse_401", 401),
        ("refuse_403", 403),
        ("429", 429),
        ("502", 502),
    ];
    for (value, status) in cases {
        let world = World::with(json!({"handshake": {"value": value, "times": 1}})).await;
        let url = world.socket_url(&world.token(TENANT, 600).await, "d");
        assert_eq!(world.refusal(&url).await, status);
        assert_eq!(world.refusal(&url).await, 101);
    }
}

#[tokio::test]
async fn a_hanging_handshake_never_ends() {
    let world = World::with(json!({"handshake": "hang"})).await;
    let url = world.socket_url(&world.token(TENANT, 600).await, "d");
    let patience = std::time::Duration::from_millis(200);
    assert!(
        tokio::time::timeout(patience, world.refusal(&url))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn tokens_are_judged_by_the_switch() {
    let world = World::with(json!({"token": "one_time"})).await;
    let token = world.token(TENANT, 600).await;
    assert_eq!(world.refusal(&world.socket_url(&token, "d")).await, 101);
    assert_eq!(world.refusal(&world.socket_url(&token, "d")).await, 401);
    world.set(json!({"token": "any"})).await;
    let expired = world.token(TENANT, -60).await;
    assert_eq!(world.refusal(&world.socket_url(&expired, "d")).await, 101);
    world.set(json!({"token": "must_not_be_expired"})).await;
    assert_eq!(world.refusal(&world.socket_url(&expired, "d")).await, 401);
}

#[tokio::test]
async fn the_server_closes_as_it_is_told() {
    for code in [1000, 1001, 1006, 1009] {
        let world =
            World::with(json!({"close": {"code": code, "after_frames": 2, "times": 1}})).await;
        let mut client = world.client().await;
        client.begin().await;
        client.done(PING, client.here()).await;
        assert_eq!(client.close_code().await, code);
        let mut second = world.client().await;
        second.done(UNREAD, json!({})).await;
        second.done(UNREAD, json!({})).await;
        second.done(UNREAD, json!({})).await;
    }
    let world =
        World::with(json!({"close": {"code": 1001, "after_frames": 0, "delay_ms": 50}})).await;
    assert_eq!(world.client().await.close_code().await, 1001);
}

#[tokio::test]
async fn all_sockets_can_be_dropped() {
    let world = World::new().await;
    let (mut first, mut second) = (world.client().await, world.client().await);
    world.post("/inspect/drop", json!({})).await;
    assert_eq!(first.close_code().await, 1006);
    assert_eq!(second.close_code().await, 1006);
}

#[tokio::test]
async fn stopping_says_goodbye_and_frees_the_port() {
    let world = World::new().await;
    let mut client = world.client().await;
    let port: u16 = world
        .url
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    let goodbye = tokio::spawn(async move { client.close_code().await });
    world.server.stop().await;
    assert_eq!(goodbye.await.expect("no panic"), 1001);
    tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .expect("a free port");
}

#[tokio::test]
async fn frames_are_counted_and_never_quoted() {
    let world = World::new().await;
    let mut client = world.client_of(TENANT, "kiosk-2").await;
    client.begin().await;
    client.say("The code is 4471").await;
    let frames = world.inspect("/frames").await;
    assert_eq!(frames[0]["route"], INIT);
    assert_eq!(frames[1]["route"], SEND);
    assert_eq!(
        (&frames[1]["tenant"], &frames[1]["device"]),
        (&json!(TENANT), &json!("kiosk-2"))
    );
    assert!(frames[1]["bytes"].as_u64() > Some(100));
    assert!(!frames.to_string().contains("4471"));
    assert!(
        !world
            .inspect("/requests")
            .await
            .to_string()
            .contains("Auth")
    );
    let message = world.inspect("/messages/0").await;
    assert_eq!(
        (&message["text"], &message["uid"]),
        (
            &json!("The code is 4471"),
            &json!("uid of The code is 4471")
        )
    );
    assert_eq!(message["sender"], "tenant");
    world.post("/inspect/reset", json!({})).await;
    assert_eq!(world.inspect("/frames").await, json!([]));
    assert_eq!(world.inspect("/requests").await, json!([]));
}
