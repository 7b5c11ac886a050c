//! A real browser on a page that embeds the widget.

use std::fmt::Write as _;
use std::path::Path;

use fantoccini::actions::{InputSource, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use crate::PATIENCE;
use crate::driver::Driver;

/// Between two looks at a page that is waited for.
const GLANCE: Duration = Duration::from_millis(25);

/// Helpers in the page: the widget's shadow root, a part, the rows as data.
const HELPERS: &str = "
    const host = document.querySelector('concierge-chat');
    const root = host && host.shadowRoot;
    const part = (name) => root && root.querySelector(`[part~=${name}]`);
    const rows = () => root ? [...root.querySelectorAll('[part~=message]')] : [];
    const textOf = (row) => (row.querySelector('.what') || row).textContent;
    const shown = (node) => !!node && node.checkVisibility();
";

/// The Enter key.
pub const ENTER: char = '\u{e007}';
/// The Shift key.
pub const SHIFT: char = '\u{e008}';
/// The Escape key.
pub const ESCAPE: char = '\u{e00c}';

/// A browser window.
pub struct Browser {
    client: Client,
    // Fields drop in order: the driver goes last.
    _driver: Driver,
}

impl Browser {
    /// A fresh browser without history, cookies or storage.
    pub async fn start() -> Self {
        let mut driver = Driver::start().await;
        let mut capabilities = Capabilities::new();
        let mut options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--window-size=1100,820",
            ],
        });
        if let Ok(binary) = std::env::var("CHROMIUM") {
            options["binary"] = json!(binary);
        }
        capabilities.insert("goog:chromeOptions".into(), options);
        capabilities.insert("goog:loggingPrefs".into(), json!({"browser": "ALL"}));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url())
            .await
            .expect("chromedriver opens a window");
        let session = client.session_id().await;
        driver.keep(session.ok().flatten());
        Self {
            client,
            _driver: driver,
        }
    }

    /// The WebDriver client, for what has no word of its own here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Goes to a page.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
    }

    /// Opens another tab of the same browser, goes to a page in it, and drives
    /// it from now on.
    pub async fn open_tab(&self, url: &str) -> WindowHandle {
        let tab = self.client.new_window(true).await.expect("a tab").handle;
        self.turn_to(&tab).await;
        self.open(url).await;
        tab
    }

    /// The tab that is driven.
    pub async fn tab(&self) -> WindowHandle {
        self.client.window().await.expect("a tab")
    }

    /// Drives this tab from now on. Headless tabs are all in view; a test that
    /// wants one hidden says so by [`Browser::look_away`].
    pub async fn turn_to(&self, tab: &WindowHandle) {
        let turned = self.client.switch_to_window(tab.clone()).await;
        turned.expect("the tab is there");
        self.cdp("Page.bringToFront", json!({})).await;
    }

    /// Closes the tab that is driven, and drives this one.
    pub async fn close_tab(&self, next: &WindowHandle) {
        self.client.close_window().await.expect("the tab closes");
        self.turn_to(next).await;
    }

    /// The page is not in view any more, as it sees it.
    pub async fn look_away(&self) {
        self.set_visibility("hidden").await;
    }

    /// The page is in view again.
    pub async fn look_back(&self) {
        self.set_visibility("visible").await;
    }

    async fn set_visibility(&self, state: &str) {
        let state = json!(state);
        self.run(&format!(
            "Object.defineProperty(document, 'visibilityState', \
             {{ configurable: true, get: () => {state} }}); \
             document.hasFocus = () => {state} === 'visible'; \
             document.dispatchEvent(new Event('visibilitychange'))"
        ))
        .await;
    }

    /// Gives files to the widget's file picker: their paths.
    pub async fn choose(&self, paths: &[&Path]) {
        let input = self
            .run("return root.querySelector('.composer input[type=file]')")
            .await;
        let id = input
            .as_object()
            .and_then(|it| it.values().next()?.as_str());
        let id = ElementRef::from(id.expect("a file picker").to_owned());
        let input = Element::from_element_id(self.client.clone(), id);
        let paths: Vec<&str> = paths.iter().filter_map(|path| path.to_str()).collect();
        let given = input.send_keys(&paths.join("\n")).await;
        given.expect("the picker takes files");
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page loads");
    }

    /// Runs JavaScript with `host`, `root`, `part(name)`, `rows()`, `textOf(row)`
    /// and `shown(node)` at hand, and returns its value.
    pub async fn run(&self, script: &str) -> Value {
        let script = format!("{HELPERS}{script}");
        self.client
            .execute(&script, Vec::new())
            .await
            .expect("the script runs")
    }

    /// Runs asynchronous JavaScript that ends in `done(value)`.
    pub async fn run_async(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1];{HELPERS}{script}");
        self.client
            .execute_async(&script, Vec::new())
            .await
            .expect("the script runs")
    }

    /// Waits until a JavaScript expression holds.
    pub async fn until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        let script = format!("try {{ return !!({expression}) }} catch {{ return false }}");
        while self.run(&script).await != json!(true) {
            if Instant::now() >= deadline {
                panic!("never came true: {expression}\n{}", self.report().await);
            }
            sleep(GLANCE).await;
        }
    }

    /// An element of the widget, by CSS selector, when it is there and visible.
    pub async fn find(&self, selector: &str) -> Element {
        let quoted = json!(selector);
        self.element(&format!("root && root.querySelector({quoted})"))
            .await
    }

    /// The element that a JavaScript expression gives, when it is visible.
    async fn element(&self, expression: &str) -> Element {
        let script = format!("const found = {expression}; return shown(found) ? found : null");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.run(&script).await;
            let id = value
                .as_object()
                .and_then(|it| it.values().next()?.as_str());
            if let Some(id) = id {
                let id = ElementRef::from(id.to_owned());
                return Element::from_element_id(self.client.clone(), id);
            }
            if Instant::now() >= deadline {
                panic!("never seen: {expression}\n{}", self.report().await);
            }
            sleep(GLANCE).await;
        }
    }

    /// A part of the widget, when it is there and visible.
    pub async fn part(&self, name: &str) -> Element {
        self.find(&format!("[part~={name}]")).await
    }

    /// Clicks a part of the widget.
    pub async fn click(&self, name: &str) {
        let quoted = json!(format!("[part~={name}]"));
        self.click_on(&format!("root && root.querySelector({quoted})"))
            .await;
    }

    /// Clicks what the expression gives. A click that another element takes, or
    /// that comes while the element is being replaced, is made again, as a
    /// person would.
    async fn click_on(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = self.element(expression).await.click().await {
            assert!(Instant::now() < deadline, "{expression}: {error}");
            sleep(GLANCE).await;
        }
    }

    /// Moves the mouse onto a part of the widget.
    pub async fn point_at(&self, name: &str) {
        let element = self.part(name).await;
        let mouse = MouseActions::new("mouse".into()).then(PointerAction::MoveToElement {
            element,
            duration: None,
            x: 0.0,
            y: 0.0,
        });
        self.client
            .perform_actions(mouse)
            .await
            .expect("the mouse can be moved");
    }

    /// Clicks the button of the widget that says so.
    pub async fn press(&self, label: &str) {
        let quoted = json!(label);
        let found = format!(
            "[...root.querySelectorAll('button,[role=menuitem]')].find((it) => shown(it) && \
             (it.getAttribute('aria-label') || it.textContent).trim() === {quoted})"
        );
        self.click_on(&found).await;
    }

    /// Opens the panel by its launcher and waits for the composer.
    pub async fn open_panel(&self) {
        self.click("launcher").await;
        self.part("composer").await;
    }

    /// Waits until the page has the widget.
    pub async fn ready(&self) {
        self.until("host && host.hasAttribute('data-ready')").await;
    }

    /// Opens a conversation of the list.
    pub async fn open_conversation(&self, index: usize) {
        let found =
            format!("root && root.querySelectorAll('[part~=conversations] button')[{index}]");
        self.click_on(&found).await;
    }

    /// Gives the device a network, or takes it away.
    pub async fn network(&self, is_there: bool) {
        self.cdp("Network.enable", json!({})).await;
        let conditions = json!({
            "offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        self.cdp("Network.emulateNetworkConditions", conditions)
            .await;
    }

    /// Waits until messages flow.
    pub async fn online(&self) {
        self.until("host.dataset.connection === 'online'").await;
    }

    /// Types into the composer.
    pub async fn write(&self, text: &str) {
        self.part("composer")
            .await
            .send_keys(text)
            .await
            .expect("it takes keys");
    }

    /// Types a message and presses Enter.
    pub async fn say(&self, text: &str) {
        self.write(&format!("{text}{ENTER}")).await;
    }

    /// The texts of the log, top to bottom.
    pub async fn texts(&self) -> Vec<String> {
        let value = self.run("return rows().map(textOf)").await;
        serde_json::from_value(value).expect("a list of texts")
    }

    /// Waits until the log has a row with this text in this state. What was
    /// received may have been seen by now.
    pub async fn row(&self, text: &str, state: &str) {
        let (text, state) = (
            json!(text),
            json!([state, state.replace("received", "seen")]),
        );
        self.until(&format!(
            "rows().some((row) => textOf(row) === {text} && {state}.includes(row.dataset.state))"
        ))
        .await;
    }

    /// Types wherever the focus is. [`SHIFT`] is held until it comes again.
    pub async fn keys(&self, keys: &str) {
        let mut actions = KeyActions::new("keyboard".into());
        let mut shift = false;
        for value in keys.chars() {
            if value == SHIFT {
                shift = !shift;
                let turn = if shift {
                    KeyAction::Down { value }
                } else {
                    KeyAction::Up { value }
                };
                actions = actions.then(turn);
            } else {
                actions = actions
                    .then(KeyAction::Down { value })
                    .then(KeyAction::Up { value });
            }
        }
        self.client
            .perform_actions(actions)
            .await
            .expect("keys can be pressed");
    }

    /// What the page has written into its console: level and text.
    pub async fn console(&self) -> Vec<String> {
        let value = self
            .client
            .issue_cmd(Log)
            .await
            .expect("the console can be read");
        let lines = value.as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .map(|line| format!("{} {}", line["level"], line["message"]))
            .collect()
    }

    /// Asks the browser for something that WebDriver has no word for.
    pub async fn cdp(&self, method: &str, params: Value) -> Value {
        let command = Cdp {
            method: method.into(),
            params,
        };
        self.client
            .issue_cmd(command)
            .await
            .expect("the browser does it")
    }

    /// What is to be seen of the widget, for a message about a test that failed.
    async fn report(&self) -> String {
        let mut report = String::new();
        let state = self
            .run("return host ? [host.outerHTML, rows().map((row) => [textOf(row), row.dataset.state]), \
                  part('banner')?.textContent, part('error')?.textContent] : document.body.outerHTML")
            .await;
        let _ = writeln!(report, "{state:#}");
        for line in self.console().await {
            let _ = writeln!(report, "{line}");
        }
        report
    }
}

/// Reads the browser's console (chromedriver).
#[derive(Debug)]
struct Log;

impl WebDriverCompatibleCommand for Log {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (
            http::Method::POST,
            Some(json!({"type": "browser"}).to_string()),
        )
    }
}

/// A command of the browser's own protocol (chromedriver).
#[derive(Debug)]
struct Cdp {
    method: String,
    params: Value,
}

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({"cmd": self.method, "params": self.params});
        (http::Method::POST, Some(body.to_string()))
    }
}
