//! The nine routes of the Concierge wire, each from the client's side.

mod support;

use serde_json::{Value, json};
use support::{Client, DELETE, END, GET, HISTORY, INIT, PING, SEEN, SEND, TENANT, UNREAD, World};

fn number(value: &Value) -> i64 {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("no number in a string: {value}"))
}

#[tokio::test]
async fn a_new_session_comes_with_all_four_parts() {
    let world = World::new().await;
    let mut client = world.client_of(TENANT, "kiosk-7").await;
    let body = client.begin().await;
    let session = &body["chatSession"];
    assert_eq!(session["chatSessionId"], body["chatSessionId"]);
    assert_eq!(session["chatInitiatedByEntityType"], "TENANT");
    assert_eq!(session["chatInitiatedByEntityId"], "1001");
    assert_eq!(session["chatJoinedByEntityType"], Value::Null);
    assert_eq!(session["lastPingedByChatJoiner"], Value::Null);
    assert_eq!(session["isSessionClosed"], false);
    assert!(number(&session["id"]) > 0);
    assert!(number(&session["lastPingedByChatInitiator"]) > 1_700_000_000_000);
    let connection = &body["connection"];
    assert_eq!(connection["deviceId"], "kiosk-7");
    assert_eq!(connection["entityType"], "TENANT");
    assert_eq!(
        number(&connection["expiredAt"]) - number(&connection["updatedAt"]),
        3_600_000
    );
    let connection_id = connection["connectionId"].as_str().expect("a string");
    assert!(
        connection_id.len() == 16 && connection_id.ends_with('='),
        "{connection_id}"
    );
    let tenant = &body["tenant"];
    assert_eq!(tenant["id"], "1001");
    assert_eq!(tenant["residentProfile"]["note"], Value::Null);
    assert!(tenant["properties"][0]["floors"][0]["floorId"].is_number());
}

#[tokio::test]
async fn an_open_session_goes_on() {
    let world = World::new().await;
    let mut client = world.client().await;
    let begun = client.begin().await;
    let asked = client.done(GET, client.here()).await;
    assert_eq!(asked["chatSession"], begun["chatSession"]);
    assert_eq!(asked["connection"], begun["connection"]);
    assert_eq!(asked["tenant"].get("residentProfile"), None);
    let again = client
        .done(
            INIT,
            json!({"newSession": false, "chatSessionId": client.session}),
        )
        .await;
    assert_eq!(again["chatSession"], begun["chatSession"]);
    assert_eq!(again["tenant"].get("residentProfile"), None);
}

#[tokio::test]
async fn an_unknown_or_foreign_session_is_not_found() {
    let world = World::new().await;
    let mut mine = world.client().await;
    mine.begin().await;
    let mut other = world.client_of(1002, "hall-phone").await;
    for session in [mine.session.as_str(), "no-such-session"] {
        let body = json!({"chatSessionId": session});
        for route in [GET, HISTORY, PING, END] {
            let answer = other.call(route, body.clone()).await;
            assert_eq!(answer["status"], 404, "{answer}");
            assert!(answer["message"].is_string());
        }
    }
    let answer = other.call(GET, json!({})).await;
    assert_eq!(answer["status"], 400, "{answer}");
}

#[tokio::test]
async fn a_sent_message_comes_back_as_it_was_stored() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    let metadata = json!({"messageUid": "u-31", "colour": ["teal", 4], "deep": {"er": null}});
    let body = json!({
        "chatSessionId": client.session, "contentType": "TEXT",
        "messageContent": "Ist das Wasser “heiß”? 🙂 <b>", "metadata": metadata,
    });
    let answer = client.done(SEND, body).await;
    let message = &answer["chatMessage"];
    assert_eq!(answer["chatSessionId"], client.session);
    assert_eq!(message["chatSessionId"], client.session);
    assert_eq!(message["messageContent"], "Ist das Wasser “heiß”? 🙂 <b>");
    assert_eq!(message["metadata"], metadata);
    assert_eq!(message["senderEntityType"], "TENANT");
    assert_eq!(message["senderEntityId"], "1001");
    assert_eq!(message["status"], 3);
    assert_eq!(message["seenAt"], Value::Null);
    assert_eq!(message["sentAt"], message["deliveredAt"]);
    assert!(number(&message["id"]) > 0);
    let history = client
        .done(&format!("{HISTORY}?page=1&limit=50"), client.here())
        .await;
    assert_eq!(history["messages"], json!([message]));
    assert_eq!(
        history["paginate"],
        json!({"per_page": 50, "offset": 0, "page": 1})
    );
}

#[tokio::test]
async fn the_first_spelling_of_metadata_is_read_too() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    let body = json!({
        "chatSessionId": client.session, "contentType": "TEXT", "messageContent": "Hello", "metdata": {"a": 1},
    });
    let answer = client.done(SEND, body).await;
    assert_eq!(answer["chatMessage"]["metadata"], json!({"a": 1}));
}

#[tokio::test]
async fn history_pages_run_from_the_newest_to_an_empty_one() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    for text in ["one", "two", "three"] {
        client.say(text).await;
    }
    // A second session of the same tenant belongs to the same history.
    client.begin().await;
    for text in ["four", "five"] {
        client.say(text).await;
    }
    assert_eq!(client.history(1, 2).await, ["four", "five"]);
    assert_eq!(client.history(2, 2).await, ["two", "three"]);
    assert_eq!(client.history(3, 2).await, ["one"]);
    assert_eq!(client.history(4, 2).await, [""; 0]);
    let default = client.done(HISTORY, client.here()).await;
    assert_eq!(default["paginate"]["per_page"], 20);
}

#[tokio::test]
async fn a_ping_moves_the_session_and_not_the_connection() {
    let world = World::new().await;
    let mut client = world.client().await;
    let begun = client.begin().await;
    let mut pinged = client.done(PING, client.here()).await;
    while pinged["chatSession"]["lastPingedByChatInitiator"]
        == begun["chatSession"]["lastPingedByChatInitiator"]
    {
        pinged = client.done(PING, client.here()).await;
    }
    assert_eq!(pinged["connection"], begun["connection"]);
    assert_eq!(pinged["tenant"]["id"], "1001");
    assert!(
        world
            .inspect(&format!("/pings/{}", client.session))
            .await
            .as_i64()
            > Some(0)
    );
}

#[tokio::test]
async fn an_own_message_is_unsent_by_number_or_string() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    let first: i64 = client.say("first").await.parse().expect("a number");
    let second = client.say("second").await;
    client.say("third").await;
    let unsend =
        |id: Value, client: &Client| json!({"chatSessionId": client.session, "messageId": id});
    assert_eq!(
        client.done(DELETE, unsend(json!(first), &client)).await,
        json!({"messageId": first})
    );
    let answer = client.done(DELETE, unsend(json!(second), &client)).await;
    assert_eq!(answer["messageId"].to_string(), second);
    assert_eq!(client.history(1, 20).await, ["third"]);
}

#[tokio::test]
async fn only_own_messages_can_be_unsent() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    let theirs = world.staff_says(&client.session, "Good evening").await;
    client.frame().await; // joined
    client.frame().await; // the message
    let body = json!({"chatSessionId": client.session, "messageId": theirs["id"]});
    assert_eq!(client.call(DELETE, body).await["status"], 403);
    let body = json!({"chatSessionId": client.session, "messageId": 999_999});
    assert_eq!(client.call(DELETE, body).await["status"], 404);
}

#[tokio::test]
async fn what_staff_writes_is_unread_until_it_is_seen() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    assert_eq!(
        client.done(UNREAD, json!({})).await,
        json!({"unreadMsgCount": "0"})
    );
    let message = world
        .staff_says(&client.session, "The plumber is on his way")
        .await;
    client.frame().await;
    client.frame().await;
    assert_eq!(
        client.done(UNREAD, json!({})).await,
        json!({"unreadMsgCount": "1"})
    );
    let body = json!({"chatSessionId": client.session, "messageId": message["id"]});
    let seen = client.done(SEEN, body.clone()).await;
    assert_eq!(seen["chatMessage"]["status"], 4);
    assert!(number(&seen["chatMessage"]["seenAt"]) >= number(&seen["chatMessage"]["sentAt"]));
    // A second call changes nothing.
    assert_eq!(client.done(SEEN, body).await, seen);
    assert_eq!(
        client.done(UNREAD, json!({})).await,
        json!({"unreadMsgCount": "0"})
    );
    let calls = world.inspect("/seen").await;
    assert_eq!(calls.as_array().map(Vec::len), Some(2));
    assert_eq!(calls[0]["message"], message["id"]);
}

#[tokio::test]
async fn an_ended_session_is_closed_for_good() {
    let world = World::new().await;
    let mut client = world.client().await;
    client.begin().await;
    client.say("Goodbye").await;
    let ended = client.done(END, client.here()).await;
    assert_eq!(ended["chatSession"]["isSessionClosed"], true);
    assert_eq!((ended.get("connection"), ended.get("tenant")), (None, None));
    let refused = client.call(SEND, client.text("One more thing")).await;
    assert_eq!(refused["status"], 400);
    assert!(refused["message"].is_string());
    let asked = client.done(GET, client.here()).await;
    assert_eq!(asked["chatSession"]["isSessionClosed"], true);
    assert_eq!(client.history(1, 20).await, ["Goodbye"]);
}
