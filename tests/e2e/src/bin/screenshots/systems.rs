//! What other chat systems have: a list of conversations, messages that ask
//! for an answer, and the other side typing.

use concierge_e2e::{Browser, Server, System, dist};
use serde_json::{Value, json};

use crate::{DESK, Studio};

impl Studio {
    /// Several conversations, then one with messages of all kinds.
    pub(crate) async fn systems(&self) {
        self.conversations().await;
        self.rich().await;
    }

    async fn conversations(&self) {
        let server = Server::start(Some(&dist())).await;
        let browser = self.visit(&server, System::VoipBin).await;
        browser.part("conversations").await;
        for chat in server.sessions().await.iter().rev() {
            let id = chat["id"].as_str().expect("an id");
            let title = chat["tenantName"].as_str().unwrap_or_default();
            if title.contains("Evening crew") {
                for text in [
                    "I locked up at nine.",
                    "The terrace heaters are off, all but the one by the door.",
                ] {
                    server.staff_says(id, text).await;
                }
            } else if !title.contains("news") {
                let text = "The ferry at ten is full; shall I hold two seats on the next one?";
                server.staff_says(id, text).await;
                browser
                    .until("part('conversations').textContent.includes('ferry')")
                    .await;
            }
        }
        browser
            .until("part('conversations').textContent.includes('heaters')")
            .await;
        self.both(&browser, "conversations").await;
    }

    async fn rich(&self) {
        let server = Server::start(Some(&dist())).await;
        let browser = self.visit(&server, System::OneChat).await;
        browser.part("composer").await;
        browser.online().await;
        browser.say("Good evening").await;
        browser.row("Good evening", "sent").await;
        let chat = server.session().await;
        let words = "Good evening, and **welcome to Harrow House**. While somebody comes to the desk:\n\n- breakfast is *until noon*\n- the [ferry times](https://example.com/ferries) are on our site";
        server.staff_asks(&chat, json!({"content": words})).await;
        server.staff_asks(&chat, choices()).await;
        browser.part("choices").await;
        server.staff_types(&chat, "on").await;
        browser.part("typing").await;
        self.both(&browser, "choices").await;
        browser.press("A room").await;
        browser.until("!part('choices')").await;

        server.staff_asks(&chat, cards()).await;
        browser.part("card").await;
        self.both(&browser, "cards").await;
        server.staff_asks(&chat, form()).await;
        browser
            .until("root.querySelector('form[part~=form]')")
            .await;
        self.both(&browser, "form").await;
        server.staff_asks(&chat, articles()).await;
        browser.part("articles").await;
        server.staff_asks(&chat, rating()).await;
        browser.part("rating").await;
        browser
            .run("root.querySelector('[part~=rating] input[value=\"4\"]').click()")
            .await;
        self.both(&browser, "rating").await;
    }

    async fn visit(&self, server: &Server, system: System) -> Browser {
        let browser = self.window(DESK).await;
        browser.open(&system.page(server)).await;
        browser.ready().await;
        browser.click("launcher").await;
        browser
    }
}

fn choices() -> Value {
    let items = ["A room", "A table", "Something else"].map(|it| json!({"title": it, "value": it}));
    json!({
        "content": "What brings you to us?",
        "content_type": "input_select",
        "content_attributes": {"items": items},
    })
}

fn cards() -> Value {
    let card = |title: &str, words: &str| {
        json!({
            "title": title, "description": words, "media_url": "",
            "actions": [
                {"type": "link", "text": "See the room", "uri": "https://example.com/rooms"},
                {"type": "postback", "text": "Reserve", "payload": title},
            ],
        })
    };
    let items = [
        card(
            "The Pilot’s Room",
            "Corner windows, a bath by the window. From 168 a night.",
        ),
        card(
            "The Chart Room",
            "Under the roof, with the harbour charts of 1887. From 142 a night.",
        ),
    ];
    json!({
        "content": "These are free from Thursday:",
        "content_type": "cards",
        "content_attributes": {"items": items},
    })
}

fn form() -> Value {
    json!({
        "content": "Tell us a little about your stay:",
        "content_type": "form",
        "content_attributes": {
            "button_label": "Ask for the room",
            "items": [
                {"name": "name", "type": "text", "label": "Name", "placeholder": "Ada Quist", "required": true},
                {"name": "nights", "type": "select", "label": "Nights", "options": [
                    {"label": "One", "value": "1"}, {"label": "Two", "value": "2"}]},
                {"name": "wishes", "type": "text_area", "label": "Wishes", "default": "A cot, if there is one"},
            ],
        },
    })
}

fn articles() -> Value {
    let article = |title: &str, words: &str| json!({"title": title, "description": words, "link": "https://example.com/a"});
    let items = [
        article("Getting here", "Ferries, and the causeway at low water"),
        article("Dogs", "Where they are welcome, and where they sleep"),
    ];
    json!({
        "content": "This may help:",
        "content_type": "article",
        "content_attributes": {"items": items},
    })
}

fn rating() -> Value {
    json!({
        "content": "How was it to talk to us?",
        "content_type": "input_csat",
        "content_attributes": {"display_type": "emoji"},
        "message_type": "template",
    })
}
