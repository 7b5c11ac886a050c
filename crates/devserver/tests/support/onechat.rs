//! Contacts of OneChat: their calls and their cable.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{PATIENCE, World};

/// Longer than an event that should not come would need.
const QUIET: Duration = Duration::from_millis(300);

/// An answer: its status and its JSON, null if it has none.
pub type Answer = (u16, Value);

/// Calls a path of the server.
pub async fn call(world: &World, method: Method, path: &str, body: Option<Value>) -> Answer {
    let mut request = world.http.request(method, world.at(path));
    if let Some(body) = body {
        request = request.json(&body);
    }
    read(request.send().await.expect("an answer")).await
}

/// The status and the JSON of an answer.
pub async fn read(answer: Response) -> Answer {
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The path of the demo inbox.
pub async fn inbox(world: &World) -> String {
    let demo = world.get("/demo/onechat").await;
    assert_eq!(demo["baseUrl"], world.url);
    let inbox = demo["inbox"].as_str().expect("an inbox").to_owned();
    format!("/public/api/v1/inboxes/{inbox}")
}

/// What a host page's server computes for a user.
pub async fn hash_of(world: &World, identifier: &str) -> String {
    let demo = world
        .get(&format!("/demo/onechat?identifier={identifier}"))
        .await;
    demo["identifierHash"].as_str().expect("a hash").to_owned()
}

/// A contact's session and its conversation.
pub struct Guest<'a> {
    pub world: &'a World,
    /// `{C}` of the contract.
    pub path: String,
    /// `{V}` of the contract; empty until [`Guest::begin`].
    pub conversation: String,
    /// The conversation's number.
    pub display_id: i64,
    pub source: String,
    pub token: String,
    pub id: i64,
}

impl<'a> Guest<'a> {
    /// A new contact with an open conversation.
    pub async fn new(world: &'a World) -> Self {
        let mut guest = Self::create(world, json!({})).await;
        guest.begin().await;
        guest
    }

    /// A contact that is created so.
    pub async fn create(world: &'a World, body: Value) -> Self {
        let inbox = inbox(world).await;
        let path = format!("{inbox}/contacts");
        let (status, contact) = call(world, Method::POST, &path, Some(body)).await;
        assert_eq!(status, 200, "{contact}");
        let source = contact["source_id"].as_str().expect("a source").to_owned();
        Self {
            world,
            path: format!("{path}/{source}"),
            conversation: String::new(),
            display_id: 0,
            source,
            token: contact["pubsub_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            id: contact["id"].as_i64().expect("a number"),
        }
    }

    /// Opens a conversation; its JSON.
    pub async fn begin(&mut self) -> Value {
        let begun = self
            .done(Method::POST, "/conversations", Some(json!({})))
            .await;
        self.display_id = begun["id"].as_i64().expect("a number");
        self.conversation = format!("{}/conversations/{}", self.path, self.display_id);
        begun
    }

    /// A call below `{C}`.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        call(self.world, method, &format!("{}{path}", self.path), body).await
    }

    /// A call below `{C}` that succeeds.
    pub async fn done(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// A call below `{V}`.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        call(
            self.world,
            method,
            &format!("{}{path}", self.conversation),
            body,
        )
        .await
    }

    /// A call below `{V}` that succeeds.
    pub async fn asked(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Sends a text; its message.
    pub async fn say(&self, text: &str) -> Value {
        let body = json!({"content": text, "echo_id": format!("echo of {text}")});
        self.asked(Method::POST, "/messages", Some(body)).await
    }

    /// Sends a text, whatever comes of it.
    pub async fn try_to_say(&self, text: &str) -> Result<Answer, reqwest::Error> {
        let body = json!({"content": text, "echo_id": format!("echo of {text}")});
        let url = self.world.at(&format!("{}/messages", self.conversation));
        let answer = self.world.http.post(url).json(&body).send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// The newest page of messages.
    pub async fn history(&self) -> Vec<Value> {
        let page = self.asked(Method::GET, "/messages", None).await;
        page.as_array().expect("a list").clone()
    }

    /// The conversation as the console has it.
    pub async fn session(&self) -> Value {
        let sessions = self.world.get("/console/api/sessions").await;
        let mut own = sessions.as_array().expect("a list").iter();
        own.find(|session| session["tenant"] == self.id)
            .expect("a session")
            .clone()
    }

    /// The key of the conversation at the console.
    pub async fn key(&self) -> String {
        self.session().await["id"]
            .as_str()
            .expect("a key")
            .to_owned()
    }

    /// Staff writes; its message as the console shows it.
    pub async fn hears(&self, text: &str) -> Value {
        self.world.staff_says(&self.key().await, text).await
    }

    /// A cable that listens to the contact's stream.
    pub async fn cable(&self) -> Cable {
        let mut cable = Cable::open(self.world).await;
        cable.subscribe(&self.token).await;
        assert_eq!(cable.frame().await["type"], "confirm_subscription");
        assert_eq!(cable.frame().await["message"]["event"], "presence.update");
        cable
    }
}

/// A socket that speaks ActionCable.
pub struct Cable {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The sub-protocol that the server took.
    pub protocol: Option<String>,
}

impl Cable {
    /// A socket that was welcomed.
    pub async fn open(world: &World) -> Self {
        let mut cable = Self::try_open(world).await.expect("a handshake");
        assert_eq!(cable.frame().await, json!({"type": "welcome"}));
        cable
    }

    /// The handshake alone.
    pub async fn try_open(world: &World) -> Result<Self, Error> {
        let url = format!("{}/cable", world.url.replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        let offer = "actioncable-v1-json, actioncable-unsupported";
        request
            .headers_mut()
            .insert("sec-websocket-protocol", offer.parse().expect("a header"));
        match connect_async(request).await {
            Ok((stream, answer)) => {
                let protocol = answer.headers().get("sec-websocket-protocol");
                let protocol = protocol.map(|name| name.to_str().expect("text").to_owned());
                Ok(Self { stream, protocol })
            }
            Err(error) => Err(error),
        }
    }

    pub async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.stream
            .send(Message::text(text))
            .await
            .expect("an open socket");
    }

    pub async fn subscribe(&mut self, token: &str) {
        let frame = json!({"command": "subscribe", "identifier": identifier(token)});
        self.send(&frame).await;
    }

    /// The next frame that is no ping.
    pub async fn frame(&mut self) -> Value {
        loop {
            let frame = self.any_frame().await;
            if frame["type"] != "ping" {
                return frame;
            }
        }
    }

    /// The next frame.
    pub async fn any_frame(&mut self) -> Value {
        let next = timeout(PATIENCE, self.stream.next())
            .await
            .expect("something in time");
        let message = next.expect("an open socket").expect("a good frame");
        serde_json::from_str(message.to_text().expect("text")).expect("JSON")
    }

    /// The data of the next event, which has that name.
    pub async fn event(&mut self, name: &str) -> Value {
        let frame = self.frame().await;
        assert_eq!(frame["message"]["event"], name, "{frame}");
        assert!(frame.get("type").is_none(), "events have no type");
        frame["message"]["data"].clone()
    }

    /// The data of the next event of that name, whatever comes before it.
    pub async fn find(&mut self, name: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["message"]["event"] == name {
                return frame["message"]["data"].clone();
            }
        }
    }

    /// Waits for a new message that begins so.
    pub async fn find_text(&mut self, beginning: &str) {
        loop {
            let told = self.find("message.created").await;
            if told["content"]
                .as_str()
                .is_some_and(|text| text.starts_with(beginning))
            {
                return;
            }
        }
    }

    /// Fails if a frame other than a ping comes within a short while.
    pub async fn hears_nothing(&mut self) {
        let end = tokio::time::Instant::now() + QUIET;
        while let Ok(next) = tokio::time::timeout_at(end, self.stream.next()).await {
            match next {
                Some(Ok(Message::Text(text))) if text.contains("\"ping\"") => {}
                other => panic!("unexpected: {other:?}"),
            }
        }
    }

    /// The code of the close frame that comes next, or 1006 if the connection
    /// breaks without one.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.stream.next())
                .await
                .expect("an end in time")
            {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(Message::Close(None))) => return 1005,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 1006,
            }
        }
    }
}

/// What names a contact's stream.
pub fn identifier(token: &str) -> String {
    json!({"channel": "RoomChannel", "pubsub_token": token}).to_string()
}

/// The JSON under the front's own key in `/inspect`.
pub async fn inspect(world: &World, pointer: &str) -> Value {
    world.inspect(&format!("/onechat{pointer}")).await
}

/// Sets switches of this front.
pub async fn set(world: &World, switches: Value) {
    world.set(json!({"onechat": switches})).await;
}
