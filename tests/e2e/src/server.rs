//! The local server as a process of its own, because a test kills it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::{PATIENCE, PICTURE};

/// A running server with a data folder of its own.
pub struct Server {
    process: Child,
    data: TempDir,
    site: Option<PathBuf>,
    url: String,
    http: reqwest::Client,
    /// As they were when it was killed.
    switches: Value,
}

impl Server {
    /// Starts a server that serves `site`, if any; nobody answers by itself.
    pub async fn start(site: Option<&Path>) -> Self {
        let data = tempfile::tempdir().expect("a folder for the server's data");
        let switches = json!({});
        let (process, url) = spawn(data.path(), site, "0", &switches).await;
        Self {
            process,
            data,
            site: site.map(Path::to_owned),
            url,
            http: reqwest::Client::new(),
            switches,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok())
            .expect("a port")
    }

    /// Kills the process as `kill -9` does.
    pub async fn kill(&mut self) {
        self.switches = self.get("/switches").await;
        self.process.kill().await.expect("the server can be killed");
    }

    /// Starts it again on the same data and the same port, with the switches
    /// that it had.
    pub async fn restart(&mut self) {
        let port = self.port().to_string();
        let (data, site) = (self.data.path(), self.site.as_deref());
        (self.process, self.url) = spawn(data, site, &port, &self.switches).await;
    }

    /// Sets some of the switches.
    pub async fn switch(&self, switches: Value) {
        let request = self.http.patch(self.at("/switches")).json(&switches);
        let answer = request.send().await.expect("the server answers");
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// What the server has seen and stored.
    pub async fn inspect(&self) -> Value {
        self.get("/inspect").await
    }

    /// Forgets what was seen.
    pub async fn forget(&self) {
        self.post("/inspect/reset", json!({})).await;
    }

    /// Breaks all sockets.
    pub async fn drop_sockets(&self) {
        self.post("/inspect/drop", json!({})).await;
    }

    /// Waits until so many calls of a route have arrived.
    pub async fn until_frames(&self, route: &str, count: usize) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let inspected = self.inspect().await;
            let frames = inspected["frames"].as_array().cloned().unwrap_or_default();
            let arrived = frames.iter().filter(|it| it["route"] == route).count();
            if arrived >= count {
                return;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{arrived} calls of {route}"
            );
            tokio::time::sleep(tokio::time::Duration::from_millis(20)).await;
        }
    }

    /// Waits until a path was asked for, on the site or any front.
    pub async fn until_asked(&self, path: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.asked(path).await == 0 {
            assert!(
                tokio::time::Instant::now() < deadline,
                "{path} was never asked for"
            );
            tokio::time::sleep(tokio::time::Duration::from_millis(20)).await;
        }
    }

    /// How often a path was asked for.
    pub async fn asked(&self, path: &str) -> usize {
        let inspected = self.inspect().await;
        let requests = inspected["requests"].as_array().into_iter().flatten();
        requests.filter(|it| it["path"] == path).count()
    }

    /// The chats of the console, newest first.
    pub async fn sessions(&self) -> Vec<Value> {
        let answer = self.get("/console/api/sessions").await;
        let list = answer.get("sessions").unwrap_or(&answer);
        list.as_array().cloned().expect("a list of chats")
    }

    /// The id of the chat with the latest news.
    pub async fn session(&self) -> String {
        let sessions = self.sessions().await;
        let id = sessions.first().and_then(|it| it["id"].as_str());
        id.expect("a chat").to_owned()
    }

    /// The texts that are stored, in order.
    pub async fn texts(&self) -> Vec<String> {
        let inspected = self.inspect().await;
        let messages = inspected["messages"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        messages
            .iter()
            .map(|it| it["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The staff joins and writes into a chat.
    pub async fn staff_says(&self, session: &str, text: &str) {
        self.post(&format!("/console/api/sessions/{session}/join"), json!({}))
            .await;
        let message = json!({"contentType": "TEXT", "messageContent": text});
        self.staff_sends(session, message).await;
    }

    /// The staff sends a message of any kind.
    pub async fn staff_sends(&self, session: &str, message: Value) {
        self.post(
            &format!("/console/api/sessions/{session}/messages"),
            message,
        )
        .await;
    }

    /// The staff sends a small picture.
    pub async fn staff_sends_picture(&self, session: &str) {
        let path = format!("/console/api/sessions/{session}/files?name=courtyard.png");
        let request = self.http.post(self.at(&path));
        let request = request.header("Content-Type", "image/png").body(PICTURE);
        let answer = request.send().await.expect("the server answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    /// The staff sends a message of one of OneChat's kinds.
    pub async fn staff_asks(&self, session: &str, message: Value) {
        self.post(&format!("/console/api/sessions/{session}/rich"), message)
            .await;
    }

    /// The staff types, or has stopped: `on` or `off`.
    pub async fn staff_types(&self, session: &str, typing: &str) {
        let path = format!("/console/api/sessions/{session}/typing");
        self.post(&path, json!({"typing": typing})).await;
    }

    /// The staff takes a message back.
    pub async fn staff_deletes(&self, session: &str, message: &Value) {
        let path = format!("/console/api/sessions/{session}/messages/{message}");
        let request = self.http.delete(self.at(&path.replace('"', "")));
        let answer = request.send().await.expect("the server answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    /// The bytes at a URL.
    pub async fn fetch(&self, url: &str) -> Vec<u8> {
        let answer = self.http.get(url).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
        answer.bytes().await.expect("its bytes").to_vec()
    }

    /// The staff ends a chat.
    pub async fn staff_ends(&self, session: &str) {
        self.post(&format!("/console/api/sessions/{session}/end"), json!({}))
            .await;
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self
            .http
            .get(self.at(path))
            .send()
            .await
            .expect("the server answers");
        answer.json().await.expect("JSON")
    }

    async fn post(&self, path: &str, body: Value) {
        let request = self.http.post(self.at(path)).json(&body);
        let answer = request.send().await.expect("the server answers");
        let status = answer.status();
        assert!(status.is_success(), "{path}: {status}");
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

async fn spawn(data: &Path, site: Option<&Path>, port: &str, switches: &Value) -> (Child, String) {
    let mut command = Command::new(program());
    if let Some(site) = site {
        command.arg("--site").arg(site);
    }
    let mut process = command
        .args(["--port", port, "--bucket-port", "0", "--no-auto-reply"])
        .arg("--data")
        .arg(data)
        .arg("--switches")
        .arg(switches.to_string())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the server can be started");
    let out = process.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(out).lines();
    while let Some(line) = lines.next_line().await.expect("its output can be read") {
        if let Some(url) = line.strip_prefix("listening on ") {
            return (process, url.to_owned());
        }
    }
    panic!("the server ended before it listened")
}

/// The server's program: as told by `cargo xtask test`, else beside this test.
fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("CONCIERGE_DEVSERVER") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the test's own path");
    let debug = test
        .ancestors()
        .nth(2)
        .expect("tests lie in target/debug/deps");
    debug.join("concierge-devserver")
}
