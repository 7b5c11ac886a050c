//! What can be measured of the looks. The rest is for eyes:
//! `cargo xtask screenshots`.

use concierge_e2e::{Browser, Server, Site, dist};
use serde_json::json;

async fn emulate(browser: &Browser, scheme: &str) {
    let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
    browser.cdp("Emulation.setEmulatedMedia", features).await;
}

async fn demo(query: &str) -> (Server, Browser) {
    let server = Server::start(Some(&dist())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/{query}", server.url())).await;
    browser.part("launcher").await;
    (server, browser)
}

#[tokio::test]
async fn opening_and_chatting_shifts_nothing_of_the_page() {
    let (_server, browser) = demo("").await;
    browser
        .run(
            "window.shifts = []; new PerformanceObserver((list) => \
                 window.shifts.push(...list.getEntries().map((it) => [it.value, JSON.stringify(it.sources)]))) \
                 .observe({type: 'layout-shift'})",
        )
        .await;
    // By script, as a shift right after a click is excused.
    browser.run("Concierge.open()").await;
    browser.part("composer").await;
    browser.online().await;
    browser.run("Concierge.sendMessage('Hello')").await;
    browser.row("Hello", "sent").await;
    browser.run("Concierge.close()").await;
    browser
        .run_async("setTimeout(() => requestAnimationFrame(() => done(0)), 250)")
        .await;
    assert_eq!(browser.run("return window.shifts").await, json!([]));
}

#[tokio::test]
async fn the_browsers_colour_scheme_is_followed_unless_the_page_says_otherwise() {
    let settings = "socketUrl: 'ws://127.0.0.1:9', token: 'x'";
    let page = |more: &str| {
        format!(
            "<script>window.conciergeSettings = {{{settings}{more}}}</script>\
             <script async src=\"concierge.js\"></script>"
        )
    };
    let site = Site::new()
        .with("unset.html", &page(""), "")
        .with("auto.html", &page(", colorScheme: 'auto'"), "")
        .with("light.html", &page(", colorScheme: 'light'"), "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    emulate(&browser, "dark").await;
    let (dark, light) = ("rgb(20, 24, 29)", "rgb(255, 255, 255)");
    for (name, surface) in [("unset", dark), ("auto", dark), ("light", light)] {
        browser.open(&format!("{}/{name}.html", server.url())).await;
        browser.open_panel().await;
        browser
            .until(&format!(
                "getComputedStyle(part('panel')).backgroundColor === {}",
                json!(surface)
            ))
            .await;
    }
}

#[tokio::test]
async fn on_a_phone_the_open_panel_is_all_there_is() {
    let (_server, browser) = demo("").await;
    let phone = json!({"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true});
    browser
        .cdp("Emulation.setDeviceMetricsOverride", phone)
        .await;
    browser.open_panel().await;
    browser.until("!shown(part('launcher'))").await;
    browser
        .until(
            "((it) => it.width === innerWidth && it.height === innerHeight && !it.x && !it.y)\
                (part('panel').getBoundingClientRect())",
        )
        .await;
    browser.click("close").await;
    browser.until("shown(part('launcher'))").await;
}

#[tokio::test]
async fn a_mirrored_page_mirrors_the_corner_of_a_bubble_whatever_its_language() {
    for (query, near) in [("", "Right"), ("?dir=rtl", "Left")] {
        let (_server, browser) = demo(query).await;
        browser.open_panel().await;
        for text in ["Good evening", "مساء الخير"] {
            browser.say(text).await;
            browser.row(text, "sent").await;
        }
        let corners = format!(
            "return [...root.querySelectorAll('.bubble')].map((it) => getComputedStyle(it).borderBottom{near}Radius)"
        );
        assert_eq!(
            browser.run(&corners).await,
            json!(["6px", "6px"]),
            "{query}"
        );
    }
}
