//! The visitors' product of the VoIPBIN front.

mod support;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::agent::Agent;
use support::{Client, World};
use tokio_tungstenite::connect_async;

/// A page that has booted.
async fn page() -> Agent {
    let mut page = Agent::with(json!({"dialect": "webchat"})).await;
    let booted = boot(&page.world, &page.demo["directHash"])
        .await
        .expect("a token");
    page.token = booted["token"].as_str().expect("a token").to_owned();
    page
}

async fn boot(world: &World, hash: &Value) -> Result<Value, StatusCode> {
    let request = world
        .http
        .post(world.at("/auth/boot"))
        .json(&json!({"direct_hash": hash}));
    let answer = request.send().await.expect("an answer");
    if answer.status() == 200 {
        Ok(answer.json().await.expect("JSON"))
    } else {
        Err(answer.status())
    }
}

impl Agent {
    async fn session(&self) -> Value {
        let body = json!({"widget_id": self.demo["widgetId"], "page_url": "https://quay.invalid/", "referrer": ""});
        self.post("/webchat_sessions", body).await
    }

    fn text(&self, session: &Value, text: &str) -> Value {
        json!({"session_id": session["id"], "direction": "outbound", "text": text})
    }

    async fn listening(&self, session: &Value) -> Client {
        let customer = self.demo["customerId"].as_str().expect("an id");
        let id = session["id"].as_str().expect("an id");
        self.hearing(&format!("customer_id:{customer}:webchat_session:{id}"))
            .await
    }
}

#[tokio::test]
async fn a_guest_boots_and_talks_to_staff() {
    let page = page().await;
    let session = page.session().await;
    assert_eq!(
        (&session["status"], &session["tm_end"]),
        (&json!("active"), &Value::Null)
    );
    assert_ne!(
        page.session().await["id"],
        session["id"],
        "always a new one"
    );
    let mut socket = page.listening(&session).await;
    let sent = page
        .post("/webchat_messages", page.text(&session, "Hello?"))
        .await;
    assert_eq!(
        (&sent["direction"], &sent["sender_id"], &sent["status"]),
        (&json!("inbound"), &json!(""), &json!("sent"))
    );
    assert_eq!(socket.frame().await, sent);
    let id = session["id"].as_str().expect("an id");
    page.world.staff_says(id, "Good day").await;
    let event = socket.frame().await;
    assert_eq!(
        (&event["direction"], &event["text"], &event["sender_id"]),
        (
            &json!("outbound"),
            &json!("Good day"),
            &json!(page.staff(0))
        )
    );
    let rows = page
        .rows(&format!("/webchat_messages?session_id={id}"))
        .await;
    assert_eq!(rows, [event, sent.clone()]);
    let one = format!("/webchat_messages/{}", sent["id"].as_str().expect("an id"));
    assert_eq!(page.get(&one).await, sent);
    assert!(page.delete(&one).await["tm_delete"].is_string());
    assert_eq!(
        page.rows(&format!("/webchat_messages?session_id={id}"))
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn a_session_ends_and_takes_no_more() {
    let page = page().await;
    let session = page.session().await;
    let mut socket = page.listening(&session).await;
    let path = format!(
        "/webchat_sessions/{}",
        session["id"].as_str().expect("an id")
    );
    let ended = page.post(&format!("{path}/end"), json!({})).await;
    assert_eq!(ended["status"], "ended");
    assert!(ended["tm_end"].is_string());
    assert_eq!(socket.frame().await, ended);
    assert_eq!(page.get(&path).await["status"], "ended");
    let refused = page
        .refused(
            Method::POST,
            "/webchat_messages",
            page.text(&session, "Late"),
        )
        .await;
    assert_eq!(refused.0, 404);
    assert_eq!(page.delete(&path).await["status"], "ended");
}

#[tokio::test]
async fn sessions_and_hashes_are_as_set() {
    let page = page().await;
    let session = page.session().await;
    let path = format!(
        "/webchat_sessions/{}",
        session["id"].as_str().expect("an id")
    );
    page.set(json!({"webchat_session": "idle_ended"})).await;
    assert_eq!(page.get(&path).await["status"], "active");
    tokio::time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(page.get(&path).await["status"], "ended");
    page.set(json!({"webchat_session": "ended"})).await;
    let session = page.session().await;
    assert_eq!(
        page.refused(Method::POST, "/webchat_messages", page.text(&session, "x"))
            .await
            .0,
        404
    );
    let hash = &page.demo["directHash"];
    assert_eq!(
        boot(&page.world, &json!("direct.nothing")).await,
        Err(StatusCode::BAD_REQUEST)
    );
    page.set(json!({"webchat_session": "unknown_hash"})).await;
    assert_eq!(boot(&page.world, hash).await, Err(StatusCode::BAD_REQUEST));
    page.set(json!({"webchat_session": "active", "boot_expire_s": -5}))
        .await;
    let expired = boot(&page.world, hash).await.expect("a token");
    let request = page.world.http.get(page.world.at(&format!("/v1.0{path}")));
    let answer = request
        .bearer_auth(expired["token"].as_str().expect("a token"))
        .send()
        .await;
    assert_eq!(answer.expect("an answer").status(), 401);
}

#[tokio::test]
async fn a_guest_hears_the_own_session_only() {
    let page = page().await;
    let customer = page.demo["customerId"].as_str().expect("an id");
    let host = page.world.url.replace("http", "ws");
    let topics = [
        format!("customer_id:{customer}"),
        format!("customer_id:{customer}:webchat_session:"),
        format!("agent_id:{}", page.id),
    ];
    for topic in topics {
        let (stream, _) = connect_async(format!("{host}/v1.0/ws?token={}", page.token))
            .await
            .expect("a handshake");
        let mut socket = Client::over(stream);
        socket
            .send_text(&json!({"type": "subscribe", "topics": [topic]}).to_string())
            .await;
        assert_eq!(socket.close_code().await, 1006, "{topic}");
    }
    page.set(json!({"dialect": "all"})).await;
    assert_eq!(
        page.refused(Method::GET, "/chats", Value::Null).await.0,
        401,
        "no agent"
    );
}

#[tokio::test]
async fn sessions_need_the_widget_and_short_addresses() {
    let page = page().await;
    let cases = [
        json!({"page_url": ""}),
        json!({"widget_id": "another"}),
        json!({"widget_id": page.demo["widgetId"], "page_url": "x".repeat(2049)}),
    ];
    for body in cases {
        assert_eq!(
            page.refused(Method::POST, "/webchat_sessions", body)
                .await
                .0,
            400
        );
    }
    let session = page.session().await;
    let body = json!({"session_id": session["id"], "text": "no direction"});
    assert_eq!(
        page.refused(Method::POST, "/webchat_messages", body)
            .await
            .0,
        400
    );
    assert_eq!(
        page.refused(
            Method::GET,
            "/webchat_messages?session_id=none",
            Value::Null
        )
        .await
        .0,
        404
    );
}
