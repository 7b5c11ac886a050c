//! A server of its own for each test, and clients that speak the wire.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod agent;
pub mod onechat;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use concierge_devserver::{Options, Server, start};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything that should come needs.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Longer than anything that should not come would need.
const QUIET: Duration = Duration::from_millis(150);

pub const TENANT: i64 = 1001;

/// A running server with its folder.
pub struct World {
    pub server: Server,
    pub http: reqwest::Client,
    pub url: String,
    _data: TempDir,
}

impl World {
    /// A server without a scripted concierge.
    pub async fn new() -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let options = Options {
            port: 0,
            bucket_port: 0,
            data: data.path().to_owned(),
            site: None,
            auto_reply: false,
            switches: serde_json::Map::new(),
        };
        let server = start(options).await.expect("a server");
        Self::over(server, data)
    }

    /// A server that runs already.
    pub fn over(server: Server, data: TempDir) -> Self {
        let url = server.url().to_owned();
        Self {
            server,
            http: reqwest::Client::new(),
            url,
            _data: data,
        }
    }

    /// A server whose switches are set so.
    pub async fn with(switches: Value) -> Self {
        let world = Self::new().await;
        world.set(switches).await;
        world
    }

    pub async fn set(&self, switches: Value) {
        let answer = self
            .http
            .patch(self.at("/switches"))
            .json(&switches)
            .send()
            .await
            .expect("an answer");
        assert_eq!(
            answer.status(),
            200,
            "{}",
            answer.text().await.unwrap_or_default()
        );
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self
            .http
            .get(self.at(path))
            .send()
            .await
            .expect("an answer");
        assert!(
            answer.status().is_success(),
            "GET {path}: {}",
            answer.status()
        );
        answer.json().await.expect("JSON")
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self
            .http
            .post(self.at(path))
            .json(&body)
            .send()
            .await
            .expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "POST {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// `/inspect`, at one place.
    pub async fn inspect(&self, pointer: &str) -> Value {
        self.get("/inspect")
            .await
            .pointer(pointer)
            .cloned()
            .unwrap_or(Value::Null)
    }

    pub async fn token(&self, tenant: i64, ttl: i64) -> String {
        let token = self
            .get(&format!("/demo/token?tenant={tenant}&ttl={ttl}"))
            .await;
        token["accessToken"].as_str().expect("a token").to_owned()
    }

    pub fn socket_url(&self, token: &str, device: &str) -> String {
        let host = self.url.trim_start_matches("http://");
        format!("ws://{host}/concierge/socket?Auth={token}&deviceId={device}")
    }

    /// A socket of the first tenant on a device of its own.
    pub async fn client(&self) -> Client {
        static DEVICES: AtomicU32 = AtomicU32::new(1);
        let device = format!("tablet-{}", DEVICES.fetch_add(1, Ordering::Relaxed));
        self.client_of(TENANT, &device).await
    }

    pub async fn client_of(&self, tenant: i64, device: &str) -> Client {
        let token = self.token(tenant, 600).await;
        let (stream, _) = connect_async(self.socket_url(&token, device))
            .await
            .expect("a handshake");
        Client {
            stream,
            session: String::new(),
        }
    }

    /// The HTTP status that a handshake is refused with.
    pub async fn refusal(&self, url: &str) -> u16 {
        match connect_async(url).await {
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(other) => panic!("no HTTP answer: {other}"),
            Ok(_) => 101,
        }
    }

    /// Staff writes a text; its message as the console shows it.
    pub async fn staff_says(&self, session: &str, text: &str) -> Value {
        let path = format!("/console/api/sessions/{session}/messages");
        self.post(
            &path,
            json!({"contentType": "TEXT", "messageContent": text, "metadata": null}),
        )
        .await
    }

    pub async fn console(&self, session: &str, verb: &str) -> Value {
        self.post(
            &format!("/console/api/sessions/{session}/{verb}"),
            json!({}),
        )
        .await
    }
}

/// A tenant's socket.
pub struct Client {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The session that [`Client::begin`] started.
    pub session: String,
}

impl Client {
    pub fn over(stream: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self {
            stream,
            session: String::new(),
        }
    }

    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub async fn send_message(&mut self, message: Message) {
        self.stream.send(message).await.expect("an open socket");
    }

    pub async fn ask(&mut self, route: &str, body: Value) {
        let frame = json!({"action": "api", "data": {"route": route, "body": body}});
        self.send_text(&frame.to_string()).await;
    }

    /// Whatever comes next.
    pub async fn next(&mut self) -> Message {
        let next = timeout(PATIENCE, self.stream.next())
            .await
            .expect("something in time");
        next.expect("an open socket").expect("a good frame")
    }

    /// The next text frame as JSON.
    pub async fn frame(&mut self) -> Value {
        let message = self.next().await;
        let text = message
            .to_text()
            .unwrap_or_else(|_| panic!("no text: {message:?}"));
        serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    /// A call and the frame after it.
    pub async fn call(&mut self, route: &str, body: Value) -> Value {
        self.ask(route, body).await;
        self.frame().await
    }

    /// A call that succeeds, and the content of its answer.
    pub async fn done(&mut self, route: &str, body: Value) -> Value {
        let answer = self.call(route, body).await;
        assert_eq!(answer["status"], 200, "{answer}");
        assert_eq!(answer["channel"], route);
        answer["body"].clone()
    }

    /// Starts a session.
    pub async fn begin(&mut self) -> Value {
        let body = self.done(INIT, json!({"newSession": true})).await;
        self.session = body["chatSessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        body
    }

    /// The body that names the session.
    pub fn here(&self) -> Value {
        json!({"chatSessionId": self.session})
    }

    pub fn text(&self, text: &str) -> Value {
        json!({
            "chatSessionId": self.session, "contentType": "TEXT", "messageContent": text,
            "metadata": {"messageUid": format!("uid of {text:.40}")},
        })
    }

    /// Sends a text; its id.
    pub async fn say(&mut self, text: &str) -> String {
        let body = self.done(SEND, self.text(text)).await;
        body["chatMessage"]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// The texts of a history page.
    pub async fn history(&mut self, page: u32, limit: u32) -> Vec<String> {
        let body = self
            .done(&format!("{HISTORY}?page={page}&limit={limit}"), self.here())
            .await;
        let rows = body["messages"].as_array().expect("rows").clone();
        rows.iter()
            .map(|row| row["messageContent"].as_str().expect("a text").to_owned())
            .collect()
    }

    /// Fails if a frame comes within a short while.
    pub async fn hears_nothing(&mut self) {
        if let Ok(Some(Ok(frame))) = timeout(QUIET, self.stream.next()).await {
            panic!("unexpected: {frame:?}");
        }
    }

    /// The code of the close frame that comes next, or 1006 if the connection
    /// breaks without one.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.stream.next())
                .await
                .expect("a close in time")
            {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(Message::Close(None))) => return 1005,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 1006,
            }
        }
    }
}

pub const INIT: &str = "client/init-chat-with-concierge";
pub const GET: &str = "client/get-chat-session";
pub const HISTORY: &str = "client/get-chat-messages";
pub const PING: &str = "client/ping-on-chat-session";
pub const SEND: &str = "client/send-message";
pub const DELETE: &str = "client/delete-message";
pub const SEEN: &str = "client/update-message-seen-at";
pub const UNREAD: &str = "client/get-unread-msg-count";
pub const END: &str = "client/end-chat-with-concierge";
