//! What a socket asks for: to listen, to be seen, to stop listening. All else
//! is ignored, as the real server does.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::registry::{Outbox, Outgoing, Subscription};
use crate::fronts::onechat::{OneChat, push, steps};
use crate::switches::onechat::CableConfirm;

/// How late `cable_confirm: slow` confirms.
const SLOW: Duration = Duration::from_secs(3);

/// A frame of a client.
#[derive(Deserialize)]
struct Command {
    command: String,
    /// JSON inside a string; it names the stream byte by byte.
    identifier: String,
    #[serde(default)]
    data: String,
}

/// Handles one text frame.
pub(super) fn handle(front: &Arc<OneChat>, socket: u64, outbox: &Outbox, text: &str) {
    let Ok(command) = serde_json::from_str::<Command>(text) else {
        front.notes.command(socket, "");
        return;
    };
    front.notes.command(socket, &command.command);
    match command.command.as_str() {
        "subscribe" => subscribe(front, socket, outbox, command.identifier),
        "message" => perform(front, socket, &command),
        "unsubscribe" => front.sockets.unsubscribe(socket, &command.identifier),
        _ => {}
    }
}

fn subscribe(front: &Arc<OneChat>, socket: u64, outbox: &Outbox, identifier: String) {
    let current = front.sockets.subscriptions_of(socket);
    if current.iter().any(|one| one.identifier == identifier) {
        return;
    }
    // A token that is not known is met with silence.
    let Some(subscription) = stream_of(front, identifier) else {
        return;
    };
    let confirm = front.switches().cable_confirm.peek();
    if confirm == CableConfirm::SecondSubscribeSilent && current.is_empty() {
        return confirm_now(front, socket, outbox, &subscription);
    }
    // Used up only where it strikes.
    front
        .switches
        .take(|switches| switches.onechat.cable_confirm.take(None));
    match confirm {
        CableConfirm::Ok => confirm_now(front, socket, outbox, &subscription),
        CableConfirm::Silence | CableConfirm::SecondSubscribeSilent => {}
        CableConfirm::Reject => {
            let frame =
                json!({"identifier": subscription.identifier, "type": "reject_subscription"});
            let _ = outbox.send(Outgoing::Text(frame.to_string()));
        }
        CableConfirm::Slow => {
            let (front, outbox) = (Arc::clone(front), outbox.clone());
            tokio::spawn(async move {
                tokio::time::sleep(SLOW).await;
                confirm_now(&front, socket, &outbox, &subscription);
            });
        }
    }
}

/// From now on the socket hears the stream, and is told so.
fn confirm_now(front: &Arc<OneChat>, socket: u64, outbox: &Outbox, subscription: &Subscription) {
    let frame = json!({"identifier": subscription.identifier, "type": "confirm_subscription"});
    let _ = outbox.send(Outgoing::Text(frame.to_string()));
    front.sockets.subscribe(socket, subscription.clone());
    push::presence(front, subscription);
    steps::play(front);
}

/// The stream that an identifier names: a room with a contact's token. Those
/// of staff name a user or an account as well.
fn stream_of(front: &OneChat, identifier: String) -> Option<Subscription> {
    let named: Value = serde_json::from_str(&identifier).ok()?;
    let is_contacts = named["channel"] == "RoomChannel"
        && named.get("user_id").is_none()
        && named.get("account_id").is_none();
    let token = named["pubsub_token"].as_str().filter(|_| is_contacts)?;
    let session = front
        .chat
        .with_store(|store| store.session_of_token(token))
        .ok()??;
    Some(Subscription {
        identifier,
        session: session.id,
        contact: session.contact.0,
    })
}

/// The only action is to say that one is there.
fn perform(front: &OneChat, socket: u64, command: &Command) {
    let current = front.sockets.subscriptions_of(socket);
    let Some(subscription) = current
        .iter()
        .find(|one| one.identifier == command.identifier)
    else {
        return;
    };
    let data: Value = serde_json::from_str(&command.data).unwrap_or_default();
    if data["action"] == "update_presence" {
        front.notes.presence(subscription.contact);
        push::presence(front, subscription);
    }
}
