//! The program: its command line, its site, and what survives its death.

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use support::{Client, HISTORY, SEND, TENANT};
use tokio_tungstenite::connect_async;

fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_concierge-devserver"));
    command
        .args([
            "--port",
            "0",
            "--bucket-port",
            "0",
            "--no-auto-reply",
            "--data",
        ])
        .arg(data);
    command
}

/// A running program that dies with the test.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
        let mut line = String::new();
        let out = child.stdout.as_mut().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .expect("the ready line")
            .to_owned();
        Self { child, url }
    }

    async fn client(&self) -> Client {
        let token = reqwest::get(format!("{}/demo/token?tenant={TENANT}", self.url))
            .await
            .expect("an answer");
        let token: serde_json::Value = token.json().await.expect("JSON");
        let host = self.url.trim_start_matches("http://");
        let token = token["accessToken"].as_str().expect("a token");
        let (stream, _) = connect_async(format!(
            "ws://{host}/concierge/socket?Auth={token}&deviceId=d"
        ))
        .await
        .expect("a handshake");
        Client::over(stream)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().expect("a running program");
        self.child.wait().expect("its end");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let data = tempfile::tempdir().expect("a folder");
    let mut expected = Vec::new();
    let mut session = String::new();
    for round in 0..3 {
        let running = Running::start(program(data.path()));
        let mut client = running.client().await;
        if session.is_empty() {
            client.begin().await;
            session.clone_from(&client.session);
        }
        client.session.clone_from(&session);
        for number in 0..5 {
            let text = format!("round {round}, message {number}");
            client.done(SEND, client.text(&text)).await;
            expected.push(text);
        }
        // Dropping sends SIGKILL right after the last acknowledgement.
        drop(running);
    }
    let running = Running::start(program(data.path()));
    let mut client = running.client().await;
    client.session = session;
    assert_eq!(client.history(1, 50).await, expected);
    let rows = client
        .done(&format!("{HISTORY}?page=1&limit=1"), client.here())
        .await;
    assert_eq!(
        rows["messages"][0]["metadata"],
        json!({"messageUid": "uid of round 2, message 4"})
    );
}

#[tokio::test]
async fn a_site_is_served_with_its_types_and_nothing_else() {
    let data = tempfile::tempdir().expect("a folder");
    let site = data.path().join("dist");
    std::fs::create_dir(&site).expect("a folder");
    std::fs::write(data.path().join("secret.txt"), "no").expect("a file");
    for name in [
        "index.html",
        "concierge.js",
        "app-0123456789abcdef.js",
        "app-0123456789abcdef_bg.wasm",
    ] {
        std::fs::write(site.join(name), name).expect("a file");
    }
    let mut command = program(&data.path().join("data"));
    command.arg("--site").arg(&site);
    let running = Running::start(command);
    let cases = [
        ("/", "text/html", "no-cache"),
        ("/concierge.js", "text/javascript", "no-cache"),
        (
            "/app-0123456789abcdef.js",
            "text/javascript",
            "public, max-age=31536000, immutable",
        ),
        (
            "/app-0123456789abcdef_bg.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
    ];
    for (path, mime, caching) in cases {
        let answer = reqwest::get(format!("{}{path}", running.url))
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(
            (
                &answer.headers()["content-type"],
                &answer.headers()["cache-control"]
            ),
            (
                &mime.parse().expect("a value"),
                &caching.parse().expect("a value")
            )
        );
    }
    for path in ["/none.js", "/..%2fsecret.txt", "/%2e%2e/secret.txt"] {
        let answer = reqwest::get(format!("{}{path}", running.url))
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
    }
}

#[test]
fn a_taken_port_is_explained() {
    let data = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("its address").port().to_string();
    let out = Command::new(env!("CARGO_BIN_EXE_concierge-devserver"))
        .args(["--port", &port, "--bucket-port", "0", "--data"])
        .arg(data.path())
        .output()
        .expect("the program");
    assert!(!out.status.success());
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains(&format!("Port {port} is taken")), "{said}");
}

#[tokio::test]
async fn switches_are_there_from_the_start_and_after_a_reset() {
    let data = tempfile::tempdir().expect("a folder");
    let mut command = program(data.path());
    command.args(["--switches", r#"{"voipbin": {"dialect": "talk"}}"#]);
    let running = Running::start(command);
    let url = format!("{}/switches", running.url);
    let reset = reqwest::Client::new().delete(&url).send().await;
    for answer in [reqwest::get(&url).await, reset] {
        let switches: serde_json::Value = answer.expect("an answer").json().await.expect("JSON");
        assert_eq!(
            (&switches["voipbin"]["dialect"], &switches["staff"]),
            (&json!("talk"), &json!("manual"))
        );
    }
}

#[test]
fn the_command_line_explains_itself() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_concierge-devserver"))
            .args(arguments)
            .output()
            .expect("the program")
    };
    let help = run(&["--help"]);
    assert!(help.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("--bucket-port"));
    for (wrong, said) in [
        (["--fast"].as_slice(), "--fast is not an option"),
        (&["--switches", "talk"], "talk is not an object in JSON"),
        (&["--switches", r#"{"fast": 1}"#], "no switch `fast`"),
    ] {
        let out = run(wrong);
        assert!(!out.status.success());
        let error = String::from_utf8_lossy(&out.stderr);
        assert!(error.contains(said), "{wrong:?}: {error}");
    }
}
