//! Messages that are more than a text or a file, as a visitor meets them, in a
//! real browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "what panics here is a failed test")]

mod common;

use common::*;
use concierge_core::{
    Action, Change, Content, Event, FileKind, Key, Reason, Rich, RichKind, Row, RowState, Status,
};
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlElement, InputEvent};

wasm_bindgen_test_configure!(run_in_browser);

/// A message with these parts, in JSON, as adapters write them.
fn asking(kind: RichKind, text: &str, parts: &str) -> Rich {
    Rich {
        kind,
        text: text.into(),
        files: Vec::new(),
        answered: false,
        parts: parts.into(),
    }
}

/// A text in Markdown.
fn marked(text: &str) -> Rich {
    asking(RichKind::Text, text, "")
}

/// The message once it is answered with this.
fn answered(rich: &Rich, answer: &str) -> Rich {
    let parts = rich.parts.strip_suffix('}').unwrap();
    Rich {
        answered: true,
        parts: [parts, r#","answer":"#, answer, "}"].concat(),
        ..rich.clone()
    }
}

fn row_of(key: u32, rich: Rich) -> Row {
    let mut row = theirs(key, "");
    row.content = Content::Rich(Box::new(rich));
    row
}

async fn show(rich: Rich) -> Stage {
    let stage = Stage::new().await;
    stage.insert(0, row_of(1, rich));
    frame().await;
    stage
}

/// The row is told again, answered or as it was.
async fn tell(stage: &Stage, rich: Rich) {
    let row = stage.row();
    let row = Row {
        content: Content::Rich(Box::new(rich)),
        ..row
    };
    stage.state.apply(&Change::Updated(row));
    frame().await;
}

trait FirstRow {
    fn row(&self) -> Row;
}

impl FirstRow for Stage {
    fn row(&self) -> Row {
        let mut row = row_of(1, marked(""));
        row.state = RowState::Received;
        row
    }
}

fn answer(json: &str) -> Action {
    Action::Answer(Key(1), json.into())
}

fn attribute(element: &HtmlElement, name: &str) -> String {
    element.get_attribute(name).unwrap_or_default()
}

fn fill(stage: &Stage, selector: &str, value: &str) {
    let field = stage.get(selector);
    Reflect::set(&field, &"value".into(), &value.into()).unwrap();
    field
        .dispatch_event(&InputEvent::new("input").unwrap())
        .unwrap();
}

fn value(stage: &Stage, selector: &str) -> String {
    let value = Reflect::get(&stage.get(selector), &"value".into());
    value.unwrap().as_string().unwrap()
}

/// Whether it can be used.
fn is_enabled(stage: &Stage, selector: &str) -> bool {
    !stage.get(selector).matches(":disabled").unwrap()
}

// ---- Markdown ----

#[wasm_bindgen_test]
async fn markdown_becomes_elements() {
    let text = "Hi **Nok**,\n*which* ~~one~~ `x < y`?\n\n- one\n- [two](https://a.example/2)\n\n> said\n\n# Title\n\n```\ncode\n```";
    let stage = show(marked(text)).await;
    assert_eq!(attribute(&stage.get("article"), "data-kind"), "text");
    for (selector, text) in [
        (".bubble strong", "Nok"),
        (".bubble em", "which"),
        (".bubble del", "one"),
        (".bubble p > code", "x < y"),
        (".bubble ul > li:first-child", "one"),
        (".bubble blockquote", "said"),
        (".bubble p:last-of-type > strong", "Title"),
        (".bubble pre > code", "code"),
    ] {
        assert_eq!(stage.text(selector), text, "{selector}");
    }
    assert_eq!(stage.text(".bubble > p"), "Hi Nok,\nwhich one x < y?");
    let link = stage.get(".bubble a");
    assert_eq!(attribute(&link, "href"), "https://a.example/2");
    assert_eq!(attribute(&link, "target"), "_blank");
    assert_eq!(attribute(&link, "rel"), "noopener noreferrer nofollow");
    assert_eq!(stage.count(".panel [style]"), 0);
}

#[wasm_bindgen_test]
async fn hostile_markdown_stays_text() {
    let text = "<script>alert(1)</script><img src=x onerror=alert(1)>\n\
        [a](javascript:alert(1)) [b]( JAVASCRIPT:alert(1)) [c](java\tscript:alert(1))\n\
        [d](data:text/html,x) [e](vbscript:x) [f](//evil.example) <javascript:x>\n\
        ![g](javascript:alert(1)) ![h](data:image/svg+xml,<svg/>) ![i](http://plain.example/i.png)";
    let stage = show(marked(text)).await;
    assert_eq!(stage.count("article script, article img"), 0);
    assert_eq!(
        stage.count("article a"),
        1,
        "the picture at a plain address"
    );
    let said = stage.text(".bubble");
    assert!(said.contains("<script>alert(1)</script><img src=x onerror=alert(1)>"));
    assert!(said.contains("[a](javascript:alert(1))"));
}

/// What the bubble of a text holds, as HTML without what is in all of its kind.
async fn written(stage: &Stage, text: &str) -> String {
    tell(stage, marked(text)).await;
    let Some(bubble) = stage.find(".bubble") else {
        return String::new();
    };
    let mut html = bubble.inner_html();
    for common in [
        " dir=\"auto\"",
        " dir=\"ltr\"",
        " target=\"_blank\"",
        " rel=\"noopener noreferrer nofollow\"",
    ] {
        html = html.replace(common, "");
    }
    html.replace(" href=", " ").replace('"', "")
}

/// The same of a text that is one paragraph.
async fn line(stage: &Stage, text: &str) -> String {
    let all = written(stage, text).await;
    let inner = all
        .strip_prefix("<p>")
        .and_then(|it| it.strip_suffix("</p>"));
    inner.unwrap_or(&all).to_owned()
}

#[wasm_bindgen_test]
async fn marks_become_elements() {
    let stage = show(marked("")).await;
    for (text, expected) in [
        (
            "Hi Nok, **which** order?",
            "Hi Nok, <strong>which</strong> order?",
        ),
        (
            "*a* _b_ __c__ ~~d~~",
            "<em>a</em> <em>b</em> <strong>c</strong> <del>d</del>",
        ),
        ("***a***", "<strong><em>a</em></strong>"),
        ("**bold *both***", "<strong>bold <em>both</em></strong>"),
        (
            "`a **b**` ``c`d`` `` ` ``",
            "<code>a **b**</code> <code>c`d</code> <code>`</code>",
        ),
        ("one\ntwo", "one\ntwo"),
        (
            "2 * 3 * 4, snake_case_name, a_b, ä_ö_ü",
            "2 * 3 * 4, snake_case_name, a_b, ä_ö_ü",
        ),
        (r"\*not\* \[a\](b) \\", r"*not* [a](b) \"),
        ("**open", "**open"),
        ("*a **b* c**", "<em>a **b</em> c**"),
        ("``", "``"),
        ("a ****", "a ****"),
        ("a ~b~ ~~~c~~~", "a ~b~ ~~~c~~~"),
        ("# Title #", "<strong>Title</strong>"),
        ("#hash", "#hash"),
        ("####### seven", "####### seven"),
    ] {
        assert_eq!(line(&stage, text).await, expected, "{text}");
    }
}

#[wasm_bindgen_test]
async fn links_lead_where_people_mean_to_go_and_nowhere_else() {
    let stage = show(marked("")).await;
    for (text, expected) in [
        (
            "[a **b**](https://x.example/y_z)",
            "<a https://x.example/y_z>a <strong>b</strong></a>",
        ),
        ("[a](https://x/(y) \"title\").", "<a https://x/(y)>a</a>."),
        (
            "[a](mailto:a@b) [b](TEL:1)",
            "<a mailto:a@b>a</a> <a TEL:1>b</a>",
        ),
        (
            "see https://a.example/b_c_d, ok (http://b.example/(y)).",
            "see <a https://a.example/b_c_d>https://a.example/b_c_d</a>, ok \
             (<a http://b.example/(y)>http://b.example/(y)</a>).",
        ),
        (
            "**https://a.example** xhttps://a.example https://",
            "<strong><a https://a.example>https://a.example</a></strong> xhttps://a.example https://",
        ),
        ("[https://a](https://b)", "<a https://b>https://a</a>"),
        (
            "[a [b](https://c) d](https://e)",
            "[a <a https://c>b</a> d](<a https://e>https://e</a>)",
        ),
        (
            "*[a*](https://b)",
            "<em>[a</em>](<a https://b>https://b</a>)",
        ),
        ("[![alt](https://i)](https://b)", "<a https://b>alt</a>"),
        ("[](https://a)", "<a https://a></a>"),
        (
            "![a *b*](http://i.example/p.png)",
            "<a http://i.example/p.png>a b</a>",
        ),
        ("![](x)", "<span>Picture</span>"),
    ] {
        assert_eq!(line(&stage, text).await, expected, "{text}");
    }
    for text in [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a]( javascript:alert(1))",
        "[a](java\tscript:alert(1))",
        "[a](\u{1}javascript:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](javascript&colon;alert(1))",
        "[a](data:text/html,<script>alert(1)</script>)",
        "[a](vbscript:x)",
        "[a](//evil.example)",
        "[a](\\https:x)",
        "<a href='javascript:alert(1)'>a</a>",
        "<javascript:alert(1)>",
        "<script>alert(1)</script>",
    ] {
        written(&stage, text).await;
        assert_eq!(stage.count(".bubble :is(a, script)"), 0, "{text}");
    }
    written(&stage, "![a *b*](https://i.invalid/p.png)").await;
    assert_eq!(attribute(&stage.get(".bubble img"), "alt"), "a b");
}

#[wasm_bindgen_test]
async fn blocks_are_set_apart() {
    let stage = show(marked("")).await;
    for (text, expected) in [
        ("a\n\nb", "<p>a</p><p>b</p>"),
        ("a\r\n\r\nb\r\n", "<p>a</p><p>b</p>"),
        (
            "- a\n- b\n  - c\n- d",
            "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li><li><p>d</p></li></ul>",
        ),
        (
            "3. a\n4. b\nlazy\n\nafter",
            "<ol start=3><li><p>a</p></li><li><p>b\nlazy</p></li></ol><p>after</p>",
        ),
        (
            "- a\n1) b",
            "<ul><li><p>a</p></li></ul><ol start=1><li><p>b</p></li></ol>",
        ),
        (
            "> a\n> - b\n\nc",
            "<blockquote><p>a</p><ul><li><p>b</p></li></ul></blockquote><p>c</p>",
        ),
        (
            "> > > > a",
            "<blockquote><blockquote><blockquote><p>&gt; a</p></blockquote></blockquote></blockquote>",
        ),
        (
            "```rust\nlet *a* = 1;\n\n<b>\n```\nafter",
            "<pre><code>let *a* = 1;\n\n&lt;b&gt;</code></pre><p>after</p>",
        ),
        ("```\nnever closed", "<pre><code>never closed</code></pre>"),
        ("---", "<hr>"),
        ("-", "<p>-</p>"),
        ("", ""),
    ] {
        assert_eq!(written(&stage, text).await, expected, "{text}");
    }
}

#[wasm_bindgen_test]
async fn what_is_hostile_takes_no_longer_than_what_is_not() {
    let stage = show(marked("")).await;
    let start = js_sys::Date::now();
    for unit in [
        "*",
        "_",
        "_a",
        "**a",
        "[",
        "]",
        "![",
        "[](",
        "[](a \"",
        "](",
        "`",
        "`a``b",
        "~~",
        "> ",
        "- ",
        "  - a\n",
        "1. ",
        "https://a]",
        "[https://a",
        "[tel:a]",
        "tel:)",
        "https://a)",
        "\\",
        "* ",
        "# ",
        "#",
        "[*a*",
        "*a_b~~c",
        "[a](https://b",
        "ä*",
    ] {
        let text = unit.repeat(30_000 / unit.len());
        written(&stage, &["x", &text].concat()).await;
        assert!(stage.text(".bubble").len() > 3_000, "{unit}");
        written(&stage, &text).await;
    }
    let deep: String = (0..400)
        .map(|n| format!("{}- a\n", " ".repeat(n)))
        .collect();
    written(&stage, &deep).await;
    let took = js_sys::Date::now() - start;
    assert!(took < 20_000.0, "{took}");
}

#[wasm_bindgen_test]
async fn a_hundred_kilobytes_of_marks_are_drawn_at_once() {
    let start = js_sys::Date::now();
    for unit in ["*", "[", "> ", "_a", "[](", "`"] {
        let text = ["x", &unit.repeat(100_000 / unit.len())].concat();
        let stage = show(marked(&text)).await;
        assert!(stage.text(".bubble").len() > 20_000, "{unit}");
    }
    let took = js_sys::Date::now() - start;
    assert!(took < 20_000.0, "{took}");
}

#[wasm_bindgen_test]
async fn pictures_in_a_text_have_their_room() {
    let text = "Here: ![the pier](https://nowhere.invalid/p.png) ![](https://nowhere.invalid/q.png?cw_image_height=24px) ![](https://nowhere.invalid/r.png?cw_image_height=px)";
    let stage = show(marked(text)).await;
    let image = stage.get(".frame img");
    assert_eq!(attribute(&image, "alt"), "the pier");
    assert_eq!(attribute(&image, "height"), "195");
    assert_eq!(attribute(&stage.get("img.in-text"), "height"), "24");
    assert_eq!(
        stage.count(".frame img"),
        2,
        "without a height it is one more"
    );
}

#[wasm_bindgen_test]
async fn files_stand_beside_their_text() {
    let mut both = marked("Two files");
    for kind in [FileKind::Image, FileKind::Other] {
        let Content::File(file) = file(9, kind, "https://nowhere.invalid/a.pdf").content else {
            unreachable!()
        };
        both.files.push(file);
    }
    let stage = show(both.clone()).await;
    assert_eq!(stage.text(".bubble p"), "Two files");
    assert!(stage.find(".rich > .frame img").is_some());
    assert!(stage.find(".rich > a.file").is_some());
    both.text = String::new();
    let stage = show(both).await;
    assert_eq!(stage.count(".bubble:not(.file)"), 0, "no empty bubble");
}

#[wasm_bindgen_test]
async fn in_a_plain_text_nothing_is_a_mark() {
    let mut plain = asking(RichKind::Plain, "a *roof*, https://a.example", "");
    let Content::File(file) = file(9, FileKind::Other, "https://nowhere.invalid/a.pdf").content
    else {
        unreachable!()
    };
    plain.files.push(file);
    let stage = show(plain.clone()).await;
    assert_eq!(stage.text(".bubble"), "a *roof*, https://a.example");
    assert_eq!(stage.count(".bubble em"), 0);
    assert_eq!(stage.count(".bubble > a"), 1);
    assert!(stage.find(".rich > a.file").is_some());
    stage.state.hear(&Event::MessageReceived(row_of(1, plain)));
    frame().await;
    assert_eq!(
        stage.text("[aria-live=polite] p"),
        "New message: a *roof*, https://a.example\nplan.pdf"
    );
}

// ---- Choices ----

fn choices() -> Rich {
    asking(
        RichKind::Choices,
        "What is it **about**?",
        r#"{"items":[{"title":"Billing","value":"billing"},{"title":"Other","value":"other"}]}"#,
    )
}

#[wasm_bindgen_test]
async fn a_choice_is_sent_and_stands_there_once_it_is_taken() {
    let stage = show(choices()).await;
    let group = stage.get("[part=choices][role=group]");
    assert_eq!(attribute(&group, "aria-label"), "What is it about?");
    assert!(stage.button("Billing").unwrap().offset_height() >= 44);
    stage.click("Other").await;
    let other = r#"[["Other","other"]]"#;
    assert_eq!(stage.took(), [answer(other)]);
    assert!(!is_enabled(&stage, ".choice"));
    stage.button("Billing").unwrap().click();
    assert_eq!(stage.took(), [], "one answer is enough");
    assert_eq!(stage.focused().unwrap().tag_name(), "ARTICLE");
    tell(&stage, answered(&choices(), other)).await;
    assert!(stage.find("[part=choices]").is_none());
    assert_eq!(stage.text(".chosen bdi"), "Other");
}

#[wasm_bindgen_test]
async fn a_refused_choice_can_be_made_again() {
    let stage = show(choices()).await;
    stage.click("Other").await;
    tell(&stage, choices()).await;
    assert!(is_enabled(&stage, ".choice"));
    stage.click("Billing").await;
    assert_eq!(stage.took().len(), 2);
}

#[wasm_bindgen_test]
async fn a_question_that_goes_while_it_is_answered_holds_up_no_other() {
    let stage = show(choices()).await;
    stage.insert(1, row_of(2, rating()));
    stage.click("Other").await;
    assert!(!is_enabled(&stage, "input[value='4']"), "one at a time");
    stage.state.apply(&Change::Removed(Key(1)));
    frame().await;
    assert!(is_enabled(&stage, "input[value='4']"));
}

#[wasm_bindgen_test]
async fn without_a_connection_nothing_is_answered() {
    let stage = show(choices()).await;
    stage.connect(Status::Waiting, Reason::Lost);
    stage.click("Other").await;
    assert_eq!(stage.took(), []);
    assert!(is_enabled(&stage, ".choice"));
    assert!(
        stage
            .text(".mistake[role=alert]")
            .starts_with("There is no connection")
    );
    stage.connect(Status::Online, Reason::None);
    stage.click("Other").await;
    assert_eq!(stage.text(".mistake"), "");
    // The answer is lost with the connection.
    stage.connect(Status::Waiting, Reason::Lost);
    frame().await;
    assert!(is_enabled(&stage, ".choice"));
}

// ---- Cards ----

#[wasm_bindgen_test]
async fn cards_have_pictures_links_and_buttons_for_the_page() {
    let cards = r#"{"items":[
        {"title":"Sea view","text":"Two beds","image":"https://nowhere.invalid/sea.jpg","items":[
            {"title":"Look","url":"https://hotel.example/sea"},
            {"title":"Keep it","value":"room-12"},
            {"title":"Harm","url":"javascript:alert(1)"}]},
        {"title":"Garden view","image":"javascript:alert(1)"}]}"#;
    let stage = show(asking(RichKind::Cards, "Two rooms", cards)).await;
    let first = stage.get("article[part=card][aria-label='Sea view']");
    let picture = stage.get(".tile-picture");
    let height = picture.offset_height();
    assert!(height > 100, "its room is there before it");
    let link = first.query_selector("a").unwrap().unwrap();
    assert_eq!(
        link.get_attribute("href").as_deref(),
        Some("https://hotel.example/sea")
    );
    assert!(stage.button("Harm").is_none());
    assert_eq!(stage.count("[part=card] a"), 1);
    assert_eq!(stage.count("[part=card] img"), 1);
    stage.click("Keep it").await;
    assert_eq!(
        *stage.postbacks.borrow(),
        [("Keep it".to_owned(), "room-12".to_owned())]
    );
    assert_eq!(stage.took(), [], "the session hears nothing of it");
    let image = stage.get(".tile-picture img");
    image
        .dispatch_event(&web_sys::Event::new("error").unwrap())
        .unwrap();
    frame().await;
    assert_eq!(picture.offset_height(), height);
    // The log's keys go from message to message and not to cards.
    stage.insert(1, theirs(2, "Hello"));
    frame().await;
    stage.get("article[data-key='2']").focus().unwrap();
    stage.press("article[data-key='2']", "ArrowUp");
    let focused = stage.focused().unwrap();
    assert_eq!(focused.get_attribute("data-key").as_deref(), Some("1"));
}

// ---- Forms ----

fn form() -> Rich {
    let parts = r#"{"label":"Go on","items":[
        {"title":"Email","value":"email","kind":"email","required":true,"hint":"you@example.com"},
        {"title":"Code","value":"code","kind":"hologram","text":"ab","pattern":"^[A-Z]{3}$",
            "error":"Three capitals"},
        {"title":"Note","value":"note","kind":"text_area"},
        {"title":"Room","value":"kind","kind":"select","text":"b","items":[
            {"title":"Single","value":"a"},{"title":"Double","value":"b"}]}]}"#;
    asking(RichKind::Form, "Tell us *more*", parts)
}

#[wasm_bindgen_test]
async fn a_form_is_checked_field_by_field_before_it_is_sent() {
    let stage = show(form()).await;
    let form_node = stage.get("form[part=form]");
    assert_eq!(attribute(&form_node, "aria-label"), "Tell us more");
    for (label, selector) in [
        (
            "Email *",
            "input[type=email][required][placeholder='you@example.com']",
        ),
        ("Code", "input[type=text]"),
        ("Note", ".entry textarea"),
        ("Room", "select"),
    ] {
        let control = stage.get(selector);
        let named = ["label[for='", &attribute(&control, "id"), "']"].concat();
        assert_eq!(stage.text(&named), label);
        assert!(control.offset_height() >= 44, "{label}");
    }
    assert_eq!(value(&stage, "input[type=text]"), "ab");
    assert_eq!(value(&stage, "select"), "b");
    stage.click("Go on").await;
    assert_eq!(stage.took(), []);
    let error = |selector: &str| {
        let ids = attribute(&stage.get(selector), "aria-describedby");
        stage
            .root
            .get_element_by_id(&ids)
            .map(|it| it.text_content().unwrap())
    };
    assert_eq!(
        error("input[type=email]").as_deref(),
        Some("Please fill this in.")
    );
    assert_eq!(error("input[type=text]").as_deref(), Some("Three capitals"));
    assert_eq!(error("select"), None);
    assert_eq!(
        attribute(&stage.get("input[type=email]"), "aria-invalid"),
        "true"
    );
    assert_eq!(
        stage.focused().unwrap().get_attribute("type").as_deref(),
        Some("email")
    );
    fill(&stage, "input[type=email]", "nobody");
    assert_eq!(
        error("input[type=email]").as_deref(),
        Some("Please enter an email address.")
    );
    fill(&stage, "input[type=email]", "nok@example.com");
    fill(&stage, "input[type=text]", "ABC");
    assert_eq!(stage.count("[aria-invalid]"), 0);
    stage.click("Go on").await;
    let filled = r#"[["email","nok@example.com"],["code","ABC"],["note",""],["kind","b"]]"#;
    assert_eq!(stage.took(), [answer(filled)]);
    assert!(!is_enabled(&stage, "input[type=email]"));

    // Refused: all is as it was.
    tell(&stage, form()).await;
    assert!(is_enabled(&stage, "input[type=email]"));
    assert_eq!(value(&stage, "input[type=email]"), "nok@example.com");

    tell(&stage, answered(&form(), filled)).await;
    assert_eq!(
        stage.count("[part=form] :is(input, select, textarea, button)"),
        0
    );
    assert_eq!(
        stage.text("[part=form][role=group] dl"),
        "Emailnok@example.comCodeABCRoomDouble"
    );
}

#[wasm_bindgen_test]
async fn a_form_without_a_label_is_submitted() {
    // A pattern that is none asks for nothing.
    let parts = r#"{"items":[{"title":"Email","value":"email","kind":"email","pattern":"("}]}"#;
    let plain = asking(RichKind::Form, "", parts);
    let stage = show(plain).await;
    stage.click("Submit").await;
    assert_eq!(stage.took(), [answer(r#"[["email",""]]"#)]);
}

// ---- Articles ----

#[wasm_bindgen_test]
async fn articles_are_a_list_of_links() {
    let articles = r#"{"items":[
        {"title":"Ferries","text":"What to know","url":"https://hotel.example/ferries"},
        {"title":"Harm","text":"What to know","url":"javascript:alert(1)"}]}"#;
    let stage = show(asking(RichKind::Articles, "Read this", articles)).await;
    assert_eq!(stage.count("ul[part=articles] > li"), 2);
    assert_eq!(stage.count("ul[part=articles] a"), 1);
    let link = stage.get("ul[part=articles] a");
    assert_eq!(attribute(&link, "href"), "https://hotel.example/ferries");
    assert_eq!(attribute(&link, "target"), "_blank");
}

// ---- Rating ----

fn rating() -> Rich {
    asking(RichKind::Rating, "How was it?", r#"{"items":[]}"#)
}

#[wasm_bindgen_test]
async fn a_conversation_is_rated_by_faces_with_a_comment() {
    let stage = show(rating()).await;
    let group = stage.get("[part=rating][role=radiogroup]");
    assert_eq!(attribute(&group, "aria-label"), "Rate this conversation");
    let radios = stage.root.query_selector_all("input[type=radio]").unwrap();
    assert_eq!(radios.length(), 5);
    for n in 1..=5 {
        let selector = format!("input[type=radio][aria-label='{n} of 5'][value='{n}']");
        assert!(stage.find(&selector).is_some());
    }
    stage.click("Submit").await;
    assert_eq!(stage.took(), []);
    assert_eq!(stage.text(".mistake"), "Please choose a rating.");
    stage.get("input[value='4']").click();
    fill(&stage, "textarea[aria-label=Comment]", " Very kind ");
    stage.click("Submit").await;
    let rated = r#"[["rating","4"],["comment","Very kind"]]"#;
    assert_eq!(stage.took(), [answer(rated)]);
    assert!(!is_enabled(&stage, "input[value='4']"));
    tell(&stage, rating()).await;
    assert!(is_enabled(&stage, "input[value='4']"));
    assert_eq!(value(&stage, "textarea[aria-label=Comment]"), " Very kind ");
    tell(&stage, answered(&rating(), rated)).await;
    assert!(!is_enabled(&stage, "input[value='4']"));
    assert!(stage.get("input[value='4']").matches(":checked").unwrap());
    assert!(stage.button("Submit").is_none());
    assert_eq!(stage.text(".comment"), "Very kind");
}

#[wasm_bindgen_test]
async fn nobody_can_rate_what_was_long_ago() {
    let stage = Stage::new().await;
    let mut old = row_of(1, rating());
    old.at.0 -= 15 * 24 * 3_600_000;
    stage.insert(0, old);
    frame().await;
    assert!(stage.find("[part=rating][aria-readonly=true]").is_some());
    assert!(!is_enabled(&stage, "input[value='4']"));
    assert!(stage.button("Submit").is_none());
}

#[wasm_bindgen_test]
async fn stars_fill_up_to_the_one_that_is_chosen() {
    let stars = asking(RichKind::Rating, "", r#"{"label":"star"}"#);
    let stage = show(stars).await;
    let filled = || {
        let all = stage.root.query_selector_all(".mark .icon").unwrap();
        let fill = |index| {
            let icon = all.item(index).unwrap();
            let style = web_sys::window()
                .unwrap()
                .get_computed_style(icon.unchecked_ref());
            style.unwrap().unwrap().get_property_value("fill").unwrap()
        };
        (0..5).filter(|index| fill(*index) != "none").count()
    };
    assert_eq!(filled(), 0);
    stage.get("input[value='3']").click();
    assert_eq!(filled(), 3);
}

// ---- What else is made of it ----

#[wasm_bindgen_test]
async fn what_it_says_is_announced_copied_and_written_down_in_plain_text() {
    let stage = show(choices()).await;
    let row = row_of(1, choices());
    stage.state.hear(&Event::MessageReceived(row));
    frame().await;
    let said = "What is it about?\nBilling\nOther";
    assert_eq!(
        stage.text("[aria-live=polite] p"),
        ["New message: ", said].concat()
    );
    stage.get("article[data-key='1']").focus().unwrap();
    stage.click("Message actions").await;
    assert!(stage.button("Copy").is_some());
}

#[wasm_bindgen_test]
async fn plain_text_is_what_is_read_aloud() {
    let stage = Stage::new().await;
    let text = "Hi **Nok**\n\n- [one](https://a)\n- `two`\n\n![map](https://i)";
    let row = row_of(1, marked(text));
    stage.state.hear(&Event::MessageReceived(row));
    frame().await;
    assert_eq!(
        stage.text("[aria-live=polite] p"),
        "New message: Hi Nok\n- one\n- two\nmap"
    );
}

#[wasm_bindgen_test]
async fn what_was_answered_is_part_of_what_it_says() {
    let stage = Stage::new().await;
    for (rich, said) in [
        (
            answered(&choices(), r#"[["Other","other"]]"#),
            "What is it about?\nOther",
        ),
        (
            answered(&form(), r#"[["email","a@b"],["kind","b"],["more","c"]]"#),
            "Tell us more\nEmail: a@b\nRoom: b\nmore: c",
        ),
        (
            answered(&rating(), r#"[["rating","$&"],["comment","Kind"]]"#),
            "How was it?\n$& of 5\nKind",
        ),
        (rating(), "How was it?"),
    ] {
        stage.state.hear(&Event::MessageReceived(row_of(1, rich)));
        frame().await;
        let said = ["New message: ", said].concat();
        assert_eq!(stage.text("[aria-live=polite] p:last-child"), said);
    }
}

#[wasm_bindgen_test]
async fn the_narrowest_screen_holds_all_of_it() {
    let stage = show(form()).await;
    let code = ["```\n", &"word ".repeat(40), &"long".repeat(40), "\n```"].concat();
    stage.insert(0, row_of(5, marked(&code)));
    let card = format!(
        r#"{{"items":[{{"title":"{}","items":[{{"title":"{}","value":"x"}}]}}]}}"#,
        "Averylongword".repeat(8),
        "button".repeat(20)
    );
    stage.insert(1, row_of(2, asking(RichKind::Cards, "", &card)));
    stage.insert(2, row_of(3, rating()));
    stage.insert(3, row_of(4, choices()));
    stage
        .container
        .set_attribute("style", "--concierge-panel-width: 288px")
        .unwrap();
    frame().await;
    let list = stage.get(".list").get_bounding_client_rect();
    let all = stage.root.query_selector_all(".list *").unwrap();
    for index in 0..all.length() {
        let element: HtmlElement = all.item(index).unwrap().unchecked_into();
        let rect = element.get_bounding_client_rect();
        assert!(
            rect.width() < 3.0 || rect.right() <= list.right() - 15.0,
            "{}",
            element.outer_html()
        );
    }
}
