//! Bad input and bad luck: each has a sentence for the visitor, a way on, and
//! loses nothing.

use concierge_e2e::{Browser, Server, Site, dist};
use serde_json::json;

fn page(settings: &str) -> String {
    format!(
        "<script>window.errors = []; window.conciergeSettings = {{{settings}}};
         window.addEventListener('concierge:error', (it) => errors.push(it.detail), true);
         </script><script async src=\"concierge.js\"></script>"
    )
}

const SOCKET: &str = "socketUrl: location.origin.replace('http', 'ws') + '/concierge/socket'";
const TOKEN: &str =
    "token: async () => (await (await fetch('/demo/token?tenant=1004')).json()).accessToken";
const CONTACT: &str = "contactUrl: 'https://example.com/contact'";

async fn on_page(settings: &str) -> (Site, Server, Browser) {
    let site = Site::new().with("page.html", &page(settings), "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page.html", server.url())).await;
    (site, server, browser)
}

async fn demo() -> (Server, Browser) {
    let server = Server::start(Some(&dist())).await;
    let browser = Browser::start().await;
    browser.open(server.url()).await;
    browser.open_panel().await;
    browser.online().await;
    (server, browser)
}

/// The widget shows this sentence somewhere.
async fn says(browser: &Browser, sentence: &str) {
    let sentence = json!(sentence);
    browser
        .until(&format!(
            "[...root.querySelectorAll('*')].some((it) => shown(it) && it.textContent.includes({sentence}))"
        ))
        .await;
}

async fn errors(browser: &Browser) -> Vec<String> {
    let codes = browser
        .run("return (window.errors || []).map((it) => it.code)")
        .await;
    serde_json::from_value(codes).expect("codes")
}

#[tokio::test]
async fn an_unreachable_server_is_said_so_and_the_message_is_kept() {
    let (mut server, browser) = {
        let site = Site::new();
        let settings = format!("socketUrl: 'ws://127.0.0.1:9/nobody', {TOKEN}, {CONTACT}");
        let site = site.with("page.html", &page(&settings), "");
        let server = Server::start(Some(site.path())).await;
        let browser = Browser::start().await;
        browser.open(&format!("{}/page.html", server.url())).await;
        browser.open_panel().await;
        // What is written before this tab leads could have been sent by another:
        // it is looked up first and does not wait as `queued`.
        browser.part("banner").await;
        browser.say("Is anybody there?").await;
        browser.row("Is anybody there?", "queued").await;
        browser.press("Try now").await;
        browser
            .until("errors.some((it) => it.code === 'unreachable')")
            .await;
        browser.row("Is anybody there?", "queued").await;
        assert_eq!(
            browser.run("return part('composer').value").await,
            json!("")
        );
        (server, browser)
    };
    drop(browser);
    server.kill().await;
}

#[tokio::test]
async fn a_refused_token_is_asked_for_anew_and_then_left_to_the_visitor() {
    let settings = format!(
        "{SOCKET}, token: async () => {{ window.asked = (window.asked || 0) + 1; return 'not.a.token' }}, {CONTACT}"
    );
    let (_site, server, browser) = on_page(&settings).await;
    browser.open_panel().await;
    browser.say("Hello").await;
    browser.until("window.asked >= 2").await;
    browser.part("banner").await;
    browser.row("Hello", "queued").await;
    assert!(server.texts().await.is_empty());
}

#[tokio::test]
async fn a_visitor_who_is_not_signed_in_is_asked_to() {
    let settings = format!(
        "{SOCKET}, token: async () => {{ if (!window.signedIn) throw new Error('no'); return (await (await fetch('/demo/token?tenant=1005')).json()).accessToken }}"
    );
    let (_site, _server, browser) = on_page(&settings).await;
    browser.open_panel().await;
    says(&browser, "Please sign in to chat").await;
    assert_eq!(errors(&browser).await, ["signed-out"]);
    browser.write("I was just saying").await;
    browser.run("window.signedIn = true").await;
    browser.press("Try now").await;
    browser.online().await;
    assert_eq!(
        browser.run("return part('composer').value").await,
        json!("I was just saying")
    );
}

#[tokio::test]
async fn a_missing_setting_is_an_error_event_and_the_contact_link() {
    let (_site, _server, browser) = on_page(&format!("{TOKEN}, {CONTACT}")).await;
    browser.click("launcher").await;
    browser.until("errors.length > 0").await;
    let detail = browser.run("return errors[0]").await;
    assert!(
        detail["message"]
            .as_str()
            .is_some_and(|it| it.contains("socketUrl")),
        "{detail}"
    );
    assert_eq!(detail["recoverable"], json!(false));
    browser
        .until("[...root.querySelectorAll('a')].some((it) => shown(it) && it.href === 'https://example.com/contact')")
        .await;
}

#[tokio::test]
async fn a_setting_of_the_wrong_kind_is_named_once_and_the_default_is_used() {
    let settings = format!("{SOCKET}, {TOKEN}, position: 'top', maxFileSize: 'big', colour: 'red'");
    let (_site, _server, browser) = on_page(&settings).await;
    browser.open_panel().await;
    browser.online().await;
    let console = browser.console().await;
    for name in ["position", "maxFileSize", "colour"] {
        let lines = console
            .iter()
            .filter(|line| line.contains("SEVERE") && line.contains(name));
        assert_eq!(lines.count(), 1, "{name}: {console:?}");
    }
}

#[tokio::test]
async fn frames_that_nobody_should_send_do_no_harm() {
    for junk in ["non_json", "binary", "unknown_channel", "no_channel"] {
        let (server, browser) = demo().await;
        server.switch(json!({"junk": junk})).await;
        browser.say("First").await;
        browser.row("First", "sent").await;
        browser.say("Second").await;
        browser.row("Second", "sent").await;
        assert_eq!(browser.texts().await, ["First", "Second"], "{junk}");
    }
}

#[tokio::test]
async fn a_frame_of_a_megabyte_does_no_harm() {
    let spy = "<script>const Real = WebSocket;
        window.WebSocket = class extends Real { constructor(...a) { super(...a); window.socket = this } };
    </script>";
    let head = format!("{spy}{}", page(&format!("{SOCKET}, {TOKEN}")));
    let site = Site::new().with("page.html", &head, "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page.html", server.url())).await;
    browser.open_panel().await;
    browser.online().await;
    browser
        .run("for (const data of ['x'.repeat(1 << 20), JSON.stringify({channel: 'news', payload: 'y'.repeat(1 << 20)})]) \
              window.socket.dispatchEvent(new MessageEvent('message', {data}))")
        .await;
    browser.say("Still here").await;
    browser.row("Still here", "sent").await;
}

#[tokio::test]
async fn a_text_over_the_frame_limit_is_not_taken_and_the_draft_is_kept() {
    let (server, browser) = demo().await;
    browser
        .run(
            "const it = part('composer'); it.value = 'é'.repeat(20000); \
              it.dispatchEvent(new InputEvent('input', {bubbles: true, composed: true}))",
        )
        .await;
    browser.click("send").await;
    browser.part("error").await;
    says(&browser, "too long").await;
    assert_eq!(
        browser.run("return part('composer').value.length").await,
        json!(20_000)
    );
    assert!(browser.texts().await.is_empty());
    browser
        .run(
            "const it = part('composer'); it.value = 'shorter'; \
              it.dispatchEvent(new InputEvent('input', {bubbles: true, composed: true}))",
        )
        .await;
    browser.click("send").await;
    browser.row("shorter", "sent").await;
    browser.until("!shown(part('error'))").await;
    assert_eq!(server.texts().await, ["shorter"]);
}

#[tokio::test]
async fn a_refused_message_can_be_retried_or_thrown_away() {
    let (server, browser) = demo().await;
    server
        .switch(json!({"fail_route": {"client/send-message": {"status": 422, "message": "Not like this", "times": 2}}}))
        .await;
    browser.say("one").await;
    browser.row("one", "failed").await;
    browser.say("two").await;
    browser.row("two", "failed").await;
    browser
        .run("rows()[0].querySelectorAll('button').forEach((it) => { if (it.textContent.trim() === 'Retry') it.click() })")
        .await;
    browser.row("one", "sent").await;
    browser.press("Discard").await;
    browser.until("rows().length === 1").await;
    assert_eq!(server.texts().await, ["one"]);
}

#[tokio::test]
async fn lost_answers_neither_lose_nor_double_a_message() {
    for effect in [true, false] {
        let (server, browser) = demo().await;
        browser.say("before").await;
        browser.row("before", "sent").await;
        server
            .switch(
                json!({"silent_route": {"client/send-message": {"effect": effect, "times": 1}}}),
            )
            .await;
        browser.say("lost?").await;
        browser.row("lost?", "sending").await;
        server.until_frames("client/send-message", 2).await;
        // The visitor's train enters a tunnel and leaves it.
        server.drop_sockets().await;
        browser.row("lost?", "sent").await;
        assert_eq!(
            server.texts().await,
            ["before", "lost?"],
            "effect: {effect}"
        );
        assert_eq!(
            browser.texts().await,
            ["before", "lost?"],
            "effect: {effect}"
        );
    }
}

#[tokio::test]
async fn app_files_that_do_not_come_are_said_so_and_asked_for_again() {
    let settings = format!("{SOCKET}, {TOKEN}, {CONTACT}");
    let (site, _server, browser) = on_page(&settings).await;
    site.remove(".wasm");
    browser.click("launcher").await;
    browser.until("errors.length === 1").await;
    browser
        .until("[...root.querySelectorAll('a')].some((it) => shown(it) && it.href === 'https://example.com/contact')")
        .await;
    site.repair();
    // The next click tries again.
    browser.until("shown(part('launcher'))").await;
    browser.click("launcher").await;
    browser
        .run("if (!host.hasAttribute('data-open')) part('launcher').click()")
        .await;
    browser.part("composer").await;
    browser.online().await;
}
