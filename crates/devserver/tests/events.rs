//! What a tenant's devices hear unasked.

mod support;

use serde_json::{Value, json};
use support::{DELETE, END, INIT, PING, SEEN, World};

#[tokio::test]
async fn joining_and_writing_reach_all_devices_of_the_tenant() {
    let world = World::new().await;
    let (mut phone, mut tablet) = (world.client().await, world.client().await);
    let mut stranger = world.client_of(1002, "elsewhere").await;
    phone.begin().await;
    let opened = tablet.frame().await;
    assert_eq!(
        opened["channel"],
        format!("chat-session-update-{}", phone.session)
    );
    world.console(&phone.session, "join").await;
    world.staff_says(&phone.session, "How may I help?").await;
    for client in [&mut phone, &mut tablet] {
        let joined = client.frame().await;
        let session = &joined["payload"]["chatSession"];
        assert_eq!(session["chatJoinedByEntityType"], "BACKEND_USER");
        assert!(session["chatJoinedByEntityId"].is_number() && session["id"].is_number());
        assert!(session["lastPingedByChatJoiner"].is_number());
        assert_eq!(joined.get("status"), None);
        let written = client.frame().await;
        let message = &written["payload"]["chatMessage"];
        assert_eq!(message["messageContent"], "How may I help?");
        assert!(
            message["id"].is_number()
                && message["sentAt"].is_number()
                && message["orgId"].is_number()
        );
        assert_eq!(message["senderEntityType"], "BACKEND_USER");
        assert_eq!(message["type"], 1);
        assert_eq!(message["seenAt"], Value::Null);
        assert_eq!(written["senderType"], "BACKEND_USER");
        assert_eq!(written["receiverType"], "TENANT");
        assert_eq!(written["receiverId"], "1001");
        assert!(written["socketMessageId"].is_string());
        assert_eq!(written["actions"], json!([]));
    }
    stranger.hears_nothing().await;
}

#[tokio::test]
async fn own_messages_reach_the_other_devices_only() {
    let world = World::new().await;
    let (mut phone, mut tablet) = (world.client().await, world.client().await);
    phone.begin().await;
    tablet.frame().await;
    let id = phone.say("From my phone").await;
    let event = tablet.frame().await;
    assert_eq!(event["channel"], format!("chat-message-{}", phone.session));
    assert_eq!(event["payload"]["chatMessage"]["id"].to_string(), id);
    assert_eq!(
        event["payload"]["chatMessage"]["metadata"],
        json!({"messageUid": "uid of From my phone"})
    );
    assert_eq!(event["senderType"], "TENANT");
    phone.hears_nothing().await;
}

#[tokio::test]
async fn an_unsent_message_is_announced_by_its_number() {
    let world = World::new().await;
    let (mut phone, mut tablet) = (world.client().await, world.client().await);
    phone.begin().await;
    tablet.frame().await;
    let id: i64 = phone.say("Oh no").await.parse().expect("a number");
    tablet.frame().await;
    phone
        .done(
            DELETE,
            json!({"chatSessionId": phone.session, "messageId": id}),
        )
        .await;
    let event = tablet.frame().await;
    assert_eq!(event["channel"], "chat-message-delete");
    assert_eq!(event["payload"], json!({"messageId": id}));
    // Staff's own reach every device.
    let theirs = world.staff_says(&phone.session, "Wrong window").await;
    let path = format!(
        "/console/api/sessions/{}/messages/{}",
        phone.session, theirs["id"]
    );
    assert_eq!(
        world
            .http
            .delete(world.at(&path))
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
    for client in [&mut phone, &mut tablet] {
        client.frame().await; // joined
        client.frame().await; // written
        assert_eq!(
            client.frame().await["payload"],
            json!({"messageId": theirs["id"]})
        );
    }
}

#[tokio::test]
async fn what_staff_has_seen_is_sent_again_with_the_moment() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    let id = client.say("Are you there?").await;
    world.console(&client.session, "seen").await;
    let event = client.frame().await;
    assert_eq!(event["channel"], format!("chat-message-{}", client.session));
    let message = &event["payload"]["chatMessage"];
    assert_eq!(message["id"].to_string(), id);
    assert_eq!(message["status"], 4);
    assert!(message["seenAt"].is_number());
}

#[tokio::test]
async fn pings_seen_marks_and_the_end_reach_the_other_devices() {
    let world = World::new().await;
    let (mut phone, mut tablet) = (world.client().await, world.client().await);
    phone.begin().await;
    tablet.frame().await;
    phone.done(PING, phone.here()).await;
    assert!(
        tablet.frame().await["payload"]["chatSession"]["lastPingedByChatInitiator"].is_number()
    );
    let message = world.staff_says(&phone.session, "Good night").await;
    for client in [&mut phone, &mut tablet] {
        client.frame().await;
        client.frame().await;
    }
    phone
        .done(
            SEEN,
            json!({"chatSessionId": phone.session, "messageId": message["id"]}),
        )
        .await;
    assert_eq!(tablet.frame().await["payload"]["chatMessage"]["status"], 4);
    phone.done(END, phone.here()).await;
    assert_eq!(
        tablet.frame().await["payload"]["chatSession"]["isSessionClosed"],
        true
    );
    phone.hears_nothing().await;
}

#[tokio::test]
async fn staff_starts_a_chat_and_the_tenant_joins_it() {
    let world = World::new().await;
    let mut client = world.client().await;
    let started = world
        .post("/console/api/sessions", json!({"tenant": 1001}))
        .await;
    let event = client.frame().await;
    let session = &event["payload"]["chatSession"];
    assert_eq!(session["chatInitiatedByEntityType"], "BACKEND_USER");
    assert_eq!(session["chatJoinedByEntityType"], Value::Null);
    assert_eq!(session["chatSessionId"], started["id"]);
    let joined = client
        .done(
            INIT,
            json!({"newSession": false, "chatSessionId": started["id"]}),
        )
        .await;
    assert_eq!(joined["chatSession"]["chatJoinedByEntityType"], "TENANT");
    assert_eq!(joined["chatSession"]["chatJoinedByEntityId"], "1001");
}

#[tokio::test]
async fn the_end_by_staff_is_announced() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    world.console(&client.session, "end").await;
    let event = client.frame().await;
    assert_eq!(
        event["channel"],
        format!("chat-session-update-{}", client.session)
    );
    assert_eq!(event["payload"]["chatSession"]["isSessionClosed"], true);
}
