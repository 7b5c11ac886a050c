//! The public ActionCable client, under Node, against OneChat's cable.
//!
//! `cargo xtask test server` installs the client and says where it is.

mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use support::World;
use support::onechat::{Guest, inspect};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStdout, Command};
use tokio::time::timeout;

/// Longer than Node needs to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_public_client_subscribes_listens_and_is_seen() {
    let modules = std::env::var_os("CONCIERGE_ACTIONCABLE")
        .expect("CONCIERGE_ACTIONCABLE: run `cargo xtask test server`, which sets it");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/actioncable/client.mjs");
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let mut node = Command::new("node")
        // Node 20 has the browser's WebSocket behind this; later ones always.
        .arg("--experimental-websocket")
        .arg(script)
        .arg(modules)
        .arg(format!("{}/cable", world.url.replacen("http", "ws", 1)))
        .arg(&guest.token)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node");
    let mut lines = BufReader::new(node.stdout.take().expect("its output")).lines();

    assert_eq!(next(&mut lines).await, json!({"connected": true}));
    // One for the subscription, one for the action.
    for _ in 0..2 {
        assert_eq!(next(&mut lines).await["event"], "presence.update");
    }
    let sockets = inspect(&world, "/sockets").await;
    assert_eq!(sockets[0]["protocol"], "actioncable-v1-json");
    assert_eq!(inspect(&world, "/presence/0/contact").await, guest.id);

    guest.hears("The tide turns at six.").await;
    let told = loop {
        let line = next(&mut lines).await;
        if line["event"] == "message.created" {
            break line;
        }
    };
    assert_eq!(told["content"], "The tide turns at six.");
    let end = timeout(PATIENCE, node.wait())
        .await
        .expect("an end in time");
    assert!(end.expect("a status").success());
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = timeout(PATIENCE, lines.next_line()).await;
    let line = line
        .expect("a line in time")
        .expect("a line")
        .expect("one more");
    serde_json::from_str(&line).expect("JSON")
}
