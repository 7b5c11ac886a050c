//! An agent of the VoIPBIN front.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;

use super::{Client, World};

/// An agent with a token.
pub struct Agent {
    pub world: World,
    pub demo: Value,
    pub id: String,
    pub token: String,
}

impl Agent {
    /// An agent of a server whose switches are set so.
    pub async fn with(switches: Value) -> Self {
        let world = World::with(json!({"voipbin": switches})).await;
        let demo = world.get("/demo/voipbin").await;
        let text = |key: &str| demo[key].as_str().expect("a text").to_owned();
        let (id, token) = (text("agentId"), text("token"));
        Self {
            world,
            demo,
            id,
            token,
        }
    }

    pub async fn set(&self, switches: Value) {
        self.world.set(json!({"voipbin": switches})).await;
    }

    /// The id of one of staff's agents.
    pub fn staff(&self, index: usize) -> String {
        let id = self.demo["agents"][index]["id"].as_str();
        id.expect("an id").to_owned()
    }

    pub async fn call(&self, method: Method, path: &str, body: Value) -> Response {
        self.try_call(method, path, body).await.expect("an answer")
    }

    pub async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> reqwest::Result<Response> {
        let has_body = !body.is_null();
        let request = self
            .world
            .http
            .request(method, self.world.at(&format!("/v1.0{path}")))
            .bearer_auth(&self.token)
            .timeout(Duration::from_millis(700));
        let request = if has_body {
            request.json(&body)
        } else {
            request
        };
        request.send().await
    }

    async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.call(method.clone(), path, body).await;
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert_eq!(status, 200, "{method} {path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    pub async fn get(&self, path: &str) -> Value {
        self.done(Method::GET, path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.done(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Value {
        self.done(Method::PUT, path, body).await
    }

    pub async fn delete(&self, path: &str) -> Value {
        self.done(Method::DELETE, path, Value::Null).await
    }

    /// The status of a request that is refused, and its body.
    pub async fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String) {
        let answer = self.call(method, path, body).await;
        let status = answer.status().as_u16();
        assert_ne!(status, 200, "{path}");
        (status, answer.text().await.expect("a body"))
    }

    /// The rows of a list.
    pub async fn rows(&self, path: &str) -> Vec<Value> {
        let page = self.get(path).await;
        page["result"].as_array().expect("rows").clone()
    }

    /// A socket without a subscription.
    pub async fn socket(&self) -> Client {
        let host = self.world.url.trim_start_matches("http://");
        let url = format!("ws://{host}/v1.0/service_agents/ws?token={}", self.token);
        let (stream, _) = connect_async(url).await.expect("a handshake");
        Client::over(stream)
    }

    /// A socket that hears topics which begin so.
    pub async fn hearing(&self, topic: &str) -> Client {
        let mut socket = self.socket().await;
        self.subscribe(&mut socket, topic).await;
        socket
    }

    /// Subscribes, and waits until it is in force: nothing answers.
    pub async fn subscribe(&self, socket: &mut Client, topic: &str) {
        let frame = json!({"type": "subscribe", "topics": [topic]});
        socket.send_text(&frame.to_string()).await;
        for _ in 0..200 {
            let sockets = self.world.inspect("/voipbin/sockets").await;
            if sockets.to_string().contains(&format!("\"{topic}\"")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no subscription to {topic}");
    }
}
