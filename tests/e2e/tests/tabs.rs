//! Several tabs of one browser: one connection, one chat.

use std::time::{Duration, Instant};

use concierge_e2e::{Browser, Server, Site, dist};
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

/// A browser with two tabs on the demo page, both with an open panel; the
/// second one is driven.
async fn two_tabs(server: &Server) -> (Browser, WindowHandle, WindowHandle) {
    let browser = Browser::start().await;
    browser.open(server.url()).await;
    browser.open_panel().await;
    browser.online().await;
    let first = browser.tab().await;
    let second = browser.open_tab(server.url()).await;
    browser.open_panel().await;
    browser.online().await;
    (browser, first, second)
}

async fn sockets(server: &Server) -> usize {
    let inspected = server.inspect().await;
    inspected["sockets"].as_array().map_or(0, Vec::len)
}

async fn calls(server: &Server, route: &str) -> usize {
    let inspected = server.inspect().await;
    let frames = inspected["frames"].as_array().cloned().unwrap_or_default();
    frames.iter().filter(|it| it["route"] == route).count()
}

#[tokio::test]
async fn two_tabs_have_one_connection_and_show_the_same() {
    let server = Server::start(Some(&dist())).await;
    let (browser, first, second) = two_tabs(&server).await;
    browser.say("From the second tab").await;
    browser.row("From the second tab", "sent").await;
    browser.turn_to(&first).await;
    browser.row("From the second tab", "sent").await;
    browser.say("From the first").await;
    browser.row("From the first", "sent").await;
    server.staff_says(&server.session().await, "To both").await;
    browser.row("To both", "received").await;
    let keys = "return rows().map((row) => [row.dataset.key, row.dataset.id])";
    let in_first = browser.run(keys).await;
    browser.turn_to(&second).await;
    browser.row("To both", "received").await;
    assert_eq!(browser.run(keys).await, in_first);
    assert_eq!(sockets(&server).await, 1);
    assert_eq!(server.sessions().await.len(), 1);
    assert_eq!(
        server.texts().await,
        ["From the second tab", "From the first", "To both"]
    );
}

#[tokio::test]
async fn a_closed_leader_hands_over_within_two_seconds() {
    let server = Server::start(Some(&dist())).await;
    let (browser, first, second) = two_tabs(&server).await;
    browser.say("Before").await;
    browser.row("Before", "sent").await;
    // A message whose answer the leader will not hear.
    server
        .switch(json!({"silent_route": {"client/send-message": {"effect": true, "times": 1}}}))
        .await;
    browser.turn_to(&first).await;
    browser.say("On the wire").await;
    server.until_frames("client/send-message", 2).await;
    browser.say("In the queue").await;
    browser.row("In the queue", "queued").await;
    let closed = Instant::now();
    browser.close_tab(&second).await;
    browser.row("In the queue", "sent").await;
    let took = closed.elapsed();
    browser.row("On the wire", "sent").await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(
        server.texts().await,
        ["Before", "On the wire", "In the queue"]
    );
    assert_eq!(
        browser.texts().await,
        ["Before", "On the wire", "In the queue"]
    );
    assert_eq!(sockets(&server).await, 1);
}

#[tokio::test]
async fn two_tabs_that_load_while_a_message_waits_send_it_once() {
    let mut server = Server::start(Some(&dist())).await;
    let (browser, first, second) = two_tabs(&server).await;
    browser.say("Hello").await;
    browser.row("Hello", "sent").await;
    // What a page needs is in the browser's cache; the server is away.
    server.kill().await;
    browser.say("Waiting").await;
    browser.row("Waiting", "queued").await;
    server.restart().await;
    browser.reload().await;
    browser.turn_to(&first).await;
    browser.reload().await;
    for tab in [&first, &second] {
        browser.turn_to(tab).await;
        browser.open_panel().await;
        browser.row("Waiting", "sent").await;
    }
    assert_eq!(server.texts().await, ["Hello", "Waiting"]);
}

#[tokio::test]
async fn what_one_tab_has_seen_no_other_counts() {
    let server = Server::start(Some(&dist())).await;
    let (browser, first, second) = two_tabs(&server).await;
    browser.click("close").await;
    browser.turn_to(&first).await;
    browser.click("close").await;
    let session = server.session().await;
    server.staff_says(&session, "One").await;
    server.staff_says(&session, "Two").await;
    for tab in [&second, &first] {
        browser.turn_to(tab).await;
        browser.until("host.dataset.unread === '2'").await;
    }
    browser.open_panel().await;
    browser
        .until("rows().every((row) => row.dataset.state === 'seen')")
        .await;
    browser.turn_to(&second).await;
    browser.until("!host.dataset.unread").await;
    browser.open_panel().await;
    browser
        .until("rows().every((row) => row.dataset.state === 'seen')")
        .await;
    assert_eq!(calls(&server, "client/update-message-seen-at").await, 2);
}

#[tokio::test]
async fn a_draft_and_the_end_are_in_all_tabs() {
    let server = Server::start(Some(&dist())).await;
    let (browser, first, second) = two_tabs(&server).await;
    browser.write("And the saun").await;
    browser.turn_to(&first).await;
    browser
        .until("part('composer').value === 'And the saun'")
        .await;
    browser.say("a?").await;
    browser.row("And the sauna?", "sent").await;
    browser.until("part('composer').value === ''").await;
    browser.turn_to(&second).await;
    browser.until("part('composer').value === ''").await;
    server.staff_ends(&server.session().await).await;
    for tab in [&first, &second] {
        browser.turn_to(tab).await;
        browser.until("shown(part('ended'))").await;
    }
    browser.press("Start a new chat").await;
    browser.online().await;
    browser.turn_to(&first).await;
    browser.online().await;
    assert_eq!(server.sessions().await.len(), 2);
}

#[tokio::test]
async fn the_tab_that_is_looked_at_leads() {
    let server = Server::start(Some(&dist())).await;
    let (browser, first, second) = two_tabs(&server).await;
    let device = |inspected: &Value| inspected["sockets"][0]["device"].clone();
    let before = device(&server.inspect().await);
    browser.turn_to(&first).await;
    browser.look_away().await;
    browser.turn_to(&second).await;
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let inspected = server.inspect().await;
        if inspected["sockets"]
            .as_array()
            .is_some_and(|it| it.len() == 1)
            && device(&inspected) != before
        {
            break;
        }
        assert!(Instant::now() < deadline, "{inspected}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.say("Still one chat").await;
    browser.row("Still one chat", "sent").await;
    browser.turn_to(&first).await;
    browser.row("Still one chat", "sent").await;
    assert_eq!(sockets(&server).await, 1);
}

#[tokio::test]
async fn a_leader_that_is_frozen_is_replaced_and_does_no_harm_when_it_wakes() {
    let server = Server::start(Some(&dist())).await;
    let (browser, first, second) = two_tabs(&server).await;
    browser.turn_to(&first).await;
    browser.look_away().await;
    // From now on nothing runs in it: a long task that only the end of this
    // loop ends.
    browser
        .run("setTimeout(() => { const end = Date.now() + 12000; while (Date.now() < end); }, 50)")
        .await;
    browser.turn_to(&second).await;
    browser.say("Who is there?").await;
    browser.row("Who is there?", "sent").await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    browser.turn_to(&first).await;
    browser.row("Who is there?", "sent").await;
    browser.say("Both of us").await;
    browser.row("Both of us", "sent").await;
    assert_eq!(server.texts().await, ["Who is there?", "Both of us"]);
    assert_eq!(sockets(&server).await, 1);
}

#[tokio::test]
async fn without_locks_each_tab_has_a_connection_and_a_device_of_its_own() {
    let server = Server::start(None).await;
    let page = format!(
        "<script>Object.defineProperty(navigator, 'locks', {{ value: undefined }});\
         window.conciergeSettings = {{ socketUrl: '{0}/concierge/socket', \
         token: async () => (await fetch('{0}/demo/token')).json() }}</script>",
        server.url()
    );
    let site = Site::new()
        .with("page.html", &page, "<script src='concierge.js'></script>")
        .with("empty.html", "", "");
    let host = Server::start(Some(site.path())).await;
    let url = format!("{}/page.html", host.url());
    let browser = Browser::start().await;
    browser.open(&url).await;
    browser.open_panel().await;
    browser.online().await;
    browser.say("Nobody leads").await;
    browser.row("Nobody leads", "sent").await;
    let first = browser.tab().await;
    let device = "return Object.entries(sessionStorage).find(([key]) => key.endsWith('device'))[1]";
    let one = browser.run(device).await;
    // A duplicated tab begins with a copy of the other's session storage.
    let copy = browser
        .run("return JSON.stringify(Object.entries(sessionStorage))")
        .await;
    browser
        .open_tab(&format!("{}/empty.html", host.url()))
        .await;
    browser
        .run(&format!(
            "for (const [key, value] of JSON.parse({copy})) sessionStorage.setItem(key, value)"
        ))
        .await;
    browser.open(&url).await;
    browser.open_panel().await;
    browser.online().await;
    browser.row("Nobody leads", "sent").await;
    assert_ne!(browser.run(device).await, one);
    browser.say("And nobody follows").await;
    browser.row("And nobody follows", "sent").await;
    browser.turn_to(&first).await;
    browser.row("And nobody follows", "sent").await;
    assert_eq!(sockets(&server).await, 2);
    assert_eq!(server.texts().await, ["Nobody leads", "And nobody follows"]);
}

#[tokio::test]
async fn a_page_that_is_left_and_returned_to_is_as_it_was_and_connected() {
    let server = Server::start(Some(&dist())).await;
    let browser = Browser::start().await;
    browser.open(server.url()).await;
    browser.open_panel().await;
    browser.online().await;
    browser.say("Before").await;
    browser.row("Before", "sent").await;
    browser
        .run(
            "window.mark = 1; \
             addEventListener('pageshow', (event) => { window.cached = event.persisted })",
        )
        .await;
    browser.open(&format!("{}/console", server.url())).await;
    assert_eq!(
        sockets(&server).await,
        0,
        "nothing is open while it is away"
    );
    server
        .staff_says(&server.session().await, "While you were away")
        .await;
    browser.client().back().await.expect("the page comes back");
    browser.until("window.cached && window.mark === 1").await;
    browser.row("While you were away", "received").await;
    browser.say("After").await;
    browser.row("After", "sent").await;
    assert_eq!(
        server.texts().await,
        ["Before", "While you were away", "After"]
    );
}
