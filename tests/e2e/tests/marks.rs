//! What the visitor does to messages that are there: seeing them, taking them
//! back; and what the staff does to its own.

use concierge_e2e::{Server, dist, visitor};
use serde_json::{Value, json};

/// The numbers of the messages of all seen calls, in order.
async fn seen(server: &Server) -> Vec<Value> {
    let inspected = server.inspect().await;
    let calls = inspected["seen"].as_array().cloned().unwrap_or_default();
    calls.into_iter().map(|it| it["message"].clone()).collect()
}

async fn ids(server: &Server) -> Vec<Value> {
    let inspected = server.inspect().await;
    let messages = inspected["messages"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    messages.into_iter().map(|it| it["id"].clone()).collect()
}

#[tokio::test]
async fn what_is_before_the_eyes_is_seen_once_each_and_the_oldest_first() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    let session = server.session().await;
    browser.click("close").await;
    for number in 0..12 {
        let text = format!("{number}\n{}", "A line of the house rules\n".repeat(4));
        server.staff_says(&session, &text).await;
    }
    browser.until("host.dataset.unread === '12'").await;
    assert_eq!(seen(&server).await, Vec::<Value>::new(), "nobody looks");

    // The panel opens where the unread begins, and shows a few of them.
    browser.open_panel().await;
    browser
        .until("rows().some((row) => row.dataset.state === 'seen')")
        .await;
    server
        .until_frames("client/update-message-seen-at", 1)
        .await;
    browser
        .until("rows().filter((row) => row.dataset.state === 'seen').length < 12")
        .await;
    let all = ids(&server).await;
    let first = seen(&server).await;
    assert_eq!(first[..], all[..first.len()]);

    // What is scrolled into view is seen too.
    browser
        .run("root.querySelector('[part~=log]').scrollTop = 1e6")
        .await;
    browser
        .until("rows().at(-1).dataset.state === 'seen'")
        .await;
    browser.click("close").await;
    let count = seen(&server).await.len();
    browser
        .until(&format!(
            "Number(host.dataset.unread ?? 0) === {}",
            12 - count
        ))
        .await;
    server.drop_sockets().await;
    browser.until("host.dataset.connection !== 'online'").await;
    browser.online().await;
    let calls = seen(&server).await;
    let mut once = calls.clone();
    once.sort_by_key(Value::as_i64);
    once.dedup();
    assert_eq!(once.len(), calls.len(), "once each");
}

#[tokio::test]
async fn a_page_that_nobody_looks_at_sees_nothing() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    let session = server.session().await;
    browser.look_away().await;
    server.staff_says(&session, "Are you still there?").await;
    browser.row("Are you still there?", "received").await;
    browser.say("Yes").await;
    browser.row("Yes", "sent").await;
    assert_eq!(seen(&server).await, Vec::<Value>::new());
    browser.look_back().await;
    browser.until("rows()[0].dataset.state === 'seen'").await;
    assert_eq!(seen(&server).await.len(), 1);
}

#[tokio::test]
async fn a_lost_receipt_is_told_again_and_a_refused_one_when_the_page_is_looked_at_again() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    let session = server.session().await;
    server
        .switch(
            json!({"fail_route": {"client/update-message-seen-at": {"status": 500, "times": 2}}}),
        )
        .await;
    server.staff_says(&session, "Good evening").await;
    browser.row("Good evening", "received").await;
    server
        .until_frames("client/update-message-seen-at", 2)
        .await;
    browser.look_away().await;
    browser.look_back().await;
    browser.until("rows()[0].dataset.state === 'seen'").await;

    server
        .switch(json!({"silent_route": {"client/update-message-seen-at": {"effect": false, "times": 1}}}))
        .await;
    server.forget().await;
    server.staff_says(&session, "One more thing").await;
    server
        .until_frames("client/update-message-seen-at", 1)
        .await;
    server.drop_sockets().await;
    browser.until("rows()[1].dataset.state === 'seen'").await;
}

#[tokio::test]
async fn a_message_is_taken_back_and_for_some_seconds_not() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    browser.say("Wrong room").await;
    browser.row("Wrong room", "sent").await;
    browser
        .run("rows()[0].querySelector('.more').click()")
        .await;
    browser.press("Unsend").await;
    browser.row("Message unsent", "unsent").await;
    browser.press("Undo").await;
    browser.row("Wrong room", "sent").await;

    browser
        .run("rows()[0].querySelector('.more').click()")
        .await;
    browser.press("Unsend").await;
    server.until_frames("client/delete-message", 1).await;
    browser.until("!root.textContent.includes('Undo')").await;
    browser.row("Message unsent", "unsent").await;
    let inspected = server.inspect().await;
    assert_eq!(inspected["messages"][0]["unsent"], json!(true));
    browser.reload().await;
    browser.open_panel().await;
    browser.online().await;
    assert!(!browser.texts().await.contains(&"Wrong room".to_owned()));
}

#[tokio::test]
async fn a_refused_unsend_brings_the_message_back_and_says_so() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    server.switch(json!({"delete_effect": "refuse"})).await;
    browser.say("Wrong room").await;
    browser.row("Wrong room", "sent").await;
    browser
        .run("rows()[0].querySelector('.more').click()")
        .await;
    browser.press("Unsend").await;
    browser.row("Message unsent", "unsent").await;
    browser.row("Wrong room", "sent").await;
    browser.until("shown(part('error'))").await;
    assert_eq!(
        browser.run("return host.dataset.connection").await,
        "online"
    );
}

#[tokio::test]
async fn what_the_staff_takes_back_is_gone_in_all_its_forms() {
    for effect in ["gone", "status0", "empty"] {
        let server = Server::start(Some(&dist())).await;
        let browser = visitor(&server).await;
        let session = server.session().await;
        server.switch(json!({"delete_effect": effect})).await;
        for text in ["Room 12", "Room 13", "Room 14"] {
            server.staff_says(&session, text).await;
        }
        browser.row("Room 14", "received").await;
        let middle = ids(&server).await[1].clone();
        server.staff_deletes(&session, &middle).await;
        browser.until("rows()[1].dataset.state === 'unsent'").await;
        browser.reload().await;
        browser.open_panel().await;
        browser.row("Room 14", "received").await;
        assert!(
            !browser.texts().await.contains(&"Room 13".to_owned()),
            "{effect}"
        );
    }
}
