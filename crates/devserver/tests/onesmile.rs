//! The OneSmile front: its four commands, its upload, its switches.

mod support;

use std::time::Duration;

use reqwest::{Method, Response, multipart};
use serde_json::{Value, json};
use support::World;

const MEMBER: i64 = 6_000_001;
const CREATE: &str = "generalmessagecreate";
const LIST: &str = "generalmessagelist";
const DETAIL: &str = "generalmessagedetail";
const SEND: &str = "generalmessagesent";

/// A member with a token, and a desk to write to.
struct Member {
    world: World,
    demo: Value,
    token: String,
}

impl Member {
    async fn new() -> Self {
        Self::with(json!({})).await
    }

    /// A member of a server whose switches are set so.
    async fn with(switches: Value) -> Self {
        let world = World::with(json!({"onesmile": switches})).await;
        let demo = world.get("/demo/onesmile").await;
        let token = demo["token"].as_str().expect("a token").to_owned();
        Self { world, demo, token }
    }

    async fn set(&self, switches: Value) {
        self.world.set(json!({"onesmile": switches})).await;
    }

    fn desk(&self) -> &str {
        self.demo["recipientId"].as_str().expect("an id")
    }

    async fn call(&self, command: &str, body: Value) -> Response {
        self.try_call(command, body).await.expect("an answer")
    }

    async fn try_call(&self, command: &str, body: Value) -> reqwest::Result<Response> {
        self.world
            .http
            .post(self.world.at(&format!("/api-v2/{command}")))
            .header("x-auth-token", &self.token)
            .json(&body)
            .timeout(Duration::from_millis(700))
            .send()
            .await
    }

    /// A command that succeeds, and its answer.
    async fn done(&self, command: &str, body: Value) -> Value {
        let answer = self.call(command, body).await;
        assert_eq!(answer.status(), 200, "{command}");
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer["success"], true, "{answer}");
        answer
    }

    async fn create(&self) -> String {
        let body = json!({"recipient_id": self.desk(), "image": "", "document": "", "message": ""});
        let made = self.done(CREATE, body).await;
        made["response"]["room_id"]
            .as_str()
            .expect("a room")
            .to_owned()
    }

    async fn send(&self, room: &str, text: &str) -> Value {
        self.done(SEND, self.text(room, text)).await["response"].clone()
    }

    fn text(&self, room: &str, text: &str) -> Value {
        json!({"recipient_id": self.desk(), "room_id": room, "image": "", "document": "", "message": text})
    }

    /// The rows of a page.
    async fn rows(&self, room: &str, sf: u32, limit: u32) -> Vec<Value> {
        let body = json!({"room_id": room, "sf": sf, "limit": limit});
        let page = self.done(DETAIL, body).await;
        page["room_detail"].as_array().expect("rows").clone()
    }

    async fn texts(&self, room: &str, sf: u32, limit: u32) -> Vec<Value> {
        let rows = self.rows(room, sf, limit).await;
        rows.iter().map(|row| row["message"].clone()).collect()
    }

    async fn rooms(&self) -> Value {
        self.done(LIST, json!({})).await["response"].clone()
    }

    /// The conversation's key as the console has it.
    async fn session(&self) -> String {
        let sessions = self.world.get("/console/api/sessions").await;
        sessions[0]["id"].as_str().expect("a chat").to_owned()
    }
}

#[tokio::test]
async fn a_member_opens_a_room_writes_and_reads() {
    let member = Member::new().await;
    assert_eq!(member.demo["memberId"], MEMBER.to_string());
    assert_eq!(member.desk().len(), 35);
    assert_eq!(member.rooms().await, json!([]));
    let room = member.create().await;
    assert_eq!(member.create().await, room, "the room is found again");
    let sent = member.send(&room, "Is the pool open?").await;
    let number: i64 = room.parse().expect("a number");
    assert_eq!(
        (&sent["message"], &sent["room_id"], &sent["member_id"]),
        (
            &json!("Is the pool open?"),
            &json!(number),
            &json!(MEMBER.to_string())
        )
    );
    assert_eq!(sent["recipient_id"], member.desk());
    assert_eq!(
        (&sent["image"], &sent["document"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&sent["status"], &sent["role"], &sent["produk_id"]),
        (&json!(2), &json!(0), &json!(0))
    );
    let session = member.session().await;
    member.world.staff_says(&session, "From seven on").await;

    let rows = member.rows(&room, 0, 10).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["message_uuid"], sent["message_uuid"]);
    assert_eq!(
        (
            &rows[0]["message"],
            &rows[0]["recipient_id"],
            &rows[0]["role"]
        ),
        (
            &json!("From seven on"),
            &json!(MEMBER.to_string()),
            &json!(2)
        )
    );
    assert_ne!(rows[0]["member_id"], rows[1]["member_id"]);
    assert_eq!(rows[0]["message_room_uuid"], rows[1]["message_room_uuid"]);
    let photo = rows[0]["member_photo"].as_str().expect("a photo");
    assert_eq!(
        member
            .world
            .http
            .get(photo)
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
}

#[tokio::test]
async fn the_list_counts_what_was_not_read() {
    let member = Member::new().await;
    let room = member.create().await;
    member.send(&room, "Hello").await;
    let session = member.session().await;
    member.world.staff_says(&session, "One").await;
    member.world.staff_says(&session, "Two").await;
    let rooms = member.rooms().await;
    assert_eq!(
        (
            &rooms[0]["un_seen"],
            &rooms[0]["message"],
            &rooms[0]["recipient_id"]
        ),
        (&json!(2), &json!("Two"), &json!(member.desk()))
    );
    assert_eq!(rooms[0]["fullname"], member.demo["recipientName"]);
    assert!(rooms[0]["room_id"].is_number());
    assert!(
        rooms[0]["tgl"]
            .as_str()
            .is_some_and(|day| day.split(' ').count() == 3)
    );
    member.rows(&room, 0, 10).await;
    assert_eq!(member.rooms().await[0]["un_seen"], 0);
    let log = member
        .world
        .get(&format!("/console/api/sessions/{session}/messages"))
        .await;
    assert!(log[1]["seenAt"].is_number(), "staff sees that it was read");
}

#[tokio::test]
async fn each_desk_has_a_room_of_its_own_and_each_member_too() {
    let member = Member::new().await;
    let recipients = member.demo["recipients"].as_array().expect("desks").clone();
    assert_eq!(recipients.len(), 3);
    let mut rooms = Vec::new();
    for desk in &recipients {
        let id = desk["id"].as_str().expect("an id").to_uppercase();
        let made = member.done(CREATE, json!({"recipient_id": id})).await;
        assert_eq!(made["response"]["fullname"], desk["name"]);
        rooms.push(made["response"]["room_id"].clone());
    }
    rooms.dedup();
    assert_eq!(rooms.len(), 3);
    let other = member.world.get("/demo/onesmile?member=6000002").await;
    let answer = member
        .world
        .http
        .post(member.world.at("/api-v2/generalmessagedetail"))
        .header("x-auth-token", other["token"].as_str().expect("a token"))
        .json(&json!({"room_id": rooms[0]}))
        .send()
        .await
        .expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["success"], false, "{answer}");
}

#[tokio::test]
async fn a_send_without_a_room_finds_or_opens_it() {
    let member = Member::new().await;
    let sent = member.send("", "First words").await;
    let again = member.send("", "Second words").await;
    assert_eq!(sent["room_id"], again["room_id"]);
    let empty = member.call(SEND, member.text("", "")).await;
    let empty: Value = empty.json().await.expect("JSON");
    assert_eq!(empty["success"], false);
    let nobody = member.call(CREATE, json!({"recipient_id": "nobody"})).await;
    let nobody: Value = nobody.json().await.expect("JSON");
    assert_eq!(nobody["success"], false);
}

#[tokio::test]
async fn staff_starts_a_room_and_ends_one() {
    let member = Member::new().await;
    let session = member
        .world
        .post("/console/api/sessions", json!({"tenant": MEMBER}))
        .await;
    let session = session["id"].as_str().expect("a chat").to_owned();
    member.world.staff_says(&session, "A parcel came").await;
    let rooms = member.rooms().await;
    assert_eq!(
        (&rooms[0]["message"], &rooms[0]["un_seen"]),
        (&json!("A parcel came"), &json!(1))
    );
    let room = rooms[0]["room_id"].to_string();
    member.world.console(&session, "end").await;
    let refused = member.call(SEND, member.text(&room, "Thanks")).await;
    let refused: Value = refused.json().await.expect("JSON");
    assert_eq!(
        (&refused["success"], &refused["msg"]),
        (&json!(false), &json!("This room is closed"))
    );
    assert_ne!(member.create().await, room);
}

#[tokio::test]
async fn the_scripted_desk_answers() {
    let member = Member::new().await;
    member
        .world
        .set(json!({"staff": {"value": "auto_reply", "delay_ms": 5}}))
        .await;
    let room = member.create().await;
    member.send(&room, "Can I have a taxi?").await;
    for _ in 0..100 {
        let texts = member.texts(&room, 0, 10).await;
        if texts.iter().any(|text| {
            text.as_str()
                .is_some_and(|text| text.contains("A taxi takes"))
        }) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the desk is silent");
}

#[tokio::test]
async fn pages_are_cut_as_set() {
    let member = Member::new().await;
    let room = member.create().await;
    for number in 1..=5 {
        member.send(&room, &number.to_string()).await;
    }
    let cases = [
        (json!({}), 0, ["5", "4"]),
        (json!({}), 2, ["3", "2"]),
        (json!({"detail_order": "oldest_first"}), 0, ["4", "5"]),
        (json!({"detail_order": "shuffled"}), 0, ["5", "4"]),
        (json!({"sf_mode": "from_oldest"}), 0, ["2", "1"]),
        (
            json!({"sf_mode": "from_oldest", "detail_order": "oldest_first"}),
            2,
            ["3", "4"],
        ),
        (json!({"sf_mode": "ignored"}), 2, ["5", "4"]),
    ];
    for (switches, sf, texts) in cases {
        member
            .world
            .http
            .delete(member.world.at("/switches"))
            .send()
            .await
            .expect("an answer");
        member.set(switches.clone()).await;
        assert_eq!(
            member.texts(&room, sf, 2).await,
            texts,
            "{switches} from {sf}"
        );
    }
    member
        .world
        .http
        .delete(member.world.at("/switches"))
        .send()
        .await
        .expect("an answer");
    member.set(json!({"detail_order": "shuffled"})).await;
    assert_eq!(member.texts(&room, 0, 9).await, ["2", "4", "1", "3", "5"]);
    member.set(json!({"limit_cap": 3})).await;
    assert_eq!(member.texts(&room, 0, 9).await.len(), 3);
    assert_eq!(member.texts(&room, 5, 9).await.len(), 0);
}

#[tokio::test]
async fn rows_come_in_the_form_that_is_set() {
    let member = Member::new().await;
    let room = member.create().await;
    member.send(&room, "One").await;
    member.send(&room, "Two").await;
    let asked = json!({"room_id": room, "sf": 0, "limit": 10});
    let cases = [
        (
            json!({"detail_form": "object"}),
            "/room_detail/message",
            Some(json!("Two")),
        ),
        (
            json!({"detail_form": "null"}),
            "/room_detail",
            Some(Value::Null),
        ),
        (json!({"detail_form": "missing"}), "/room_detail", None),
        (
            json!({"detail_form": "empty_array"}),
            "/room_detail",
            Some(json!([])),
        ),
        (
            json!({"detail_form": "array", "detail_key": "response"}),
            "/response/0/message",
            Some(json!("Two")),
        ),
        (
            json!({"detail_key": "data"}),
            "/data/1/message",
            Some(json!("One")),
        ),
        (
            json!({"detail_key": "room_detail", "member_id_type": "number"}),
            "/room_detail/0/member_id",
            Some(json!(MEMBER)),
        ),
        (
            json!({"room_id_type": "string"}),
            "/room_detail/0/room_id",
            Some(json!(room)),
        ),
        (
            json!({"names": "empty"}),
            "/room_detail/0/room_name",
            Some(json!("")),
        ),
        (
            json!({"date_form": "empty"}),
            "/room_detail/0/created_date",
            Some(json!("")),
        ),
        (
            json!({"recipient_form": "upper_case"}),
            "/room_detail/0/recipient_id",
            Some(json!(member.desk().to_uppercase())),
        ),
    ];
    for (switches, pointer, expected) in cases {
        member.set(switches.clone()).await;
        let page = member.done(DETAIL, asked.clone()).await;
        assert_eq!(
            page.pointer(pointer),
            expected.as_ref(),
            "{switches}: {page}"
        );
    }
    assert_eq!(
        member
            .done(CREATE, json!({"recipient_id": member.desk()}))
            .await["response"]["room_id"],
        room
    );
    member.set(json!({"room_id_type": "number"})).await;
    assert!(
        member
            .done(CREATE, json!({"recipient_id": member.desk()}))
            .await["response"]["room_id"]
            .is_number()
    );
}

#[tokio::test]
async fn dates_are_written_as_set() {
    let member = Member::new().await;
    let room = member.create().await;
    let sent = member.send(&room, "When?").await;
    let doc = sent["created_date"].as_str().expect("a date").to_owned();
    assert_eq!((doc.len(), &doc[10..11]), (26, " "));
    member.set(json!({"date_form": "other_zone"})).await;
    let utc = member.rows(&room, 0, 1).await[0]["created_date"]
        .as_str()
        .expect("a date")
        .to_owned();
    let hour = |text: &str| text[11..13].parse::<u32>().expect("an hour");
    assert_eq!(hour(&doc), (hour(&utc) + 7) % 24);
    assert_eq!(doc[13..], utc[13..]);
    member.set(json!({"date_form": "iso"})).await;
    let iso = member.rows(&room, 0, 1).await[0]["created_date"].clone();
    assert_eq!(iso, format!("{}Z", utc.replace(' ', "T")));
}

#[tokio::test]
async fn the_list_is_written_as_set() {
    let member = Member::new().await;
    let room = member.create().await;
    member.send(&room, "Hello").await;
    let session = member.session().await;
    member.world.staff_says(&session, "Good day").await;
    member
        .set(json!({"unseen": "string", "list_message": "null", "room_id_type": "string"}))
        .await;
    let rooms = member.rooms().await;
    assert_eq!(
        (
            &rooms[0]["un_seen"],
            &rooms[0]["message"],
            &rooms[0]["room_id"]
        ),
        (&json!("1"), &Value::Null, &json!(room))
    );
    member.set(json!({"unseen": "sticky"})).await;
    member.rows(&room, 0, 10).await;
    assert_eq!(member.rooms().await[0]["un_seen"], 1);
}

#[tokio::test]
async fn the_answer_to_a_send_shows_what_is_set() {
    let member = Member::new().await;
    let room = member.create().await;
    member.send(&room, "Before").await;
    member.set(json!({"send_text": "null"})).await;
    assert_eq!(member.send(&room, "Mine").await["message"], Value::Null);
    member.set(json!({"send_text": "other_row"})).await;
    assert_eq!(member.send(&room, "Last").await["message"], "Mine");
    assert_eq!(member.texts(&room, 0, 9).await, ["Last", "Mine", "Before"]);
}

#[tokio::test]
async fn a_send_ends_as_set_that_many_times() {
    let member = Member::new().await;
    let room = member.create().await;
    let once = |value: &str| json!({"send_result": {"value": value, "times": 1}});
    member.set(once("stored_but_no_answer")).await;
    let silent = member.try_call(SEND, member.text(&room, "kept")).await;
    assert!(silent.is_err_and(|error| error.is_timeout()));
    member.set(json!({"no_answer": "break"})).await;
    member.set(once("lost")).await;
    let broken = member.try_call(SEND, member.text(&room, "lost")).await;
    assert!(broken.is_err_and(|error| !error.is_timeout()));
    member.set(once("success_false")).await;
    let refused = member.call(SEND, member.text(&room, "refused")).await;
    assert_eq!(refused.status(), 200);
    assert_eq!(
        refused.json::<Value>().await.expect("JSON")["success"],
        false
    );
    member.set(once("500")).await;
    assert_eq!(
        member
            .call(SEND, member.text(&room, "failed"))
            .await
            .status(),
        500
    );
    member
        .set(json!({"send_result": "slow", "slow_ms": 60_000}))
        .await;
    let slow = member.try_call(SEND, member.text(&room, "slow")).await;
    assert!(slow.is_err_and(|error| error.is_timeout()));
    member.set(json!({"slow_ms": 30})).await;
    member.send(&room, "slow").await;
    assert_eq!(member.texts(&room, 0, 9).await, ["slow", "slow", "kept"]);
    assert_eq!(member.world.inspect("/onesmile/duplicates").await, 1);
}

#[tokio::test]
async fn a_create_ends_as_set() {
    let member = Member::new().await;
    let body = json!({"recipient_id": member.desk(), "message": "On create"});
    member
        .set(json!({"create_result": {"value": "sample_false", "times": 1}}))
        .await;
    let sample: Value = member
        .call(CREATE, body.clone())
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(
        (&sample["success"], &sample["response"]["room_id"]),
        (&json!(false), &json!(""))
    );
    member.set(json!({"create_result": "empty_room_id"})).await;
    assert_eq!(
        member.done(CREATE, body.clone()).await["response"]["room_id"],
        ""
    );
    member.set(json!({"create_result": "ok"})).await;
    let made = member.done(CREATE, body.clone()).await["response"].clone();
    let room = made["room_id"].as_str().expect("a room").to_owned();
    assert_eq!(made["message"], "");
    assert!(
        member.rows(&room, 0, 9).await.is_empty(),
        "message is ignored"
    );
    member.set(json!({"create_result": "existing_room"})).await;
    let found = member.done(CREATE, body.clone()).await["response"].clone();
    assert_eq!(
        (&found["room_id"], found["message"] != ""),
        (&json!(room), true)
    );
    member.set(json!({"create_result": "uses_message"})).await;
    member.done(CREATE, body).await;
    assert_eq!(member.texts(&room, 0, 9).await[0], "On create");
}

#[tokio::test]
async fn a_bad_token_is_refused_as_set() {
    let member = Member::new().await;
    let expired = member.world.get("/demo/onesmile?ttl=-5").await;
    let expired = expired["token"].as_str().expect("a token").to_owned();
    let tenant = member.world.token(1001, 600).await;
    let call = async |header: Option<String>| {
        let mut request = member
            .world
            .http
            .post(member.world.at("/api-v2/generalmessagelist"))
            .json(&json!({}));
        if let Some(header) = header {
            request = request.header("x-auth-token", header);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.expect("JSON"))
    };
    for (value, status) in [
        ("200_invalid_parameters", 200),
        ("400_invalid_parameters", 400),
        ("401", 401),
    ] {
        member.set(json!({"auth_failure": value})).await;
        for header in [
            None,
            Some(expired.clone()),
            Some(tenant.clone()),
            Some("nonsense".to_owned()),
        ] {
            let (answered, body) = call(header).await;
            assert_eq!(
                (answered, &body["success"], &body["msg"]),
                (status, &json!(false), &json!("Invalid Parameters"))
            );
        }
    }
    member.set(json!({"token_prefix": "bearer"})).await;
    assert_eq!(call(Some(member.token.clone())).await.0, 401);
    assert_eq!(call(Some(format!("Bearer {}", member.token))).await.0, 200);
    member.set(json!({"token": "expired"})).await;
    assert_eq!(call(Some(format!("Bearer {}", member.token))).await.0, 401);
}

#[tokio::test]
async fn refusals_have_the_form_that_is_set() {
    let member = Member::new().await;
    for (form, status, pointer, expected) in [
        ("success_false", 200, "/success", json!(false)),
        ("status_errors", 400, "/errors/0/path", json!("message")),
        ("data_array", 400, "/data", json!([])),
    ] {
        member
            .set(json!({"error_form": form, "refuse": {"value": "on", "route": LIST, "times": 1}}))
            .await;
        let answer = member.call(LIST, json!({})).await;
        assert_eq!(answer.status(), status, "{form}");
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer.pointer(pointer), Some(&expected), "{answer}");
        member.done(LIST, json!({})).await;
    }
    member
        .set(json!({"refuse": "on", "error_form": "html"}))
        .await;
    let page = member.call(DETAIL, json!({})).await;
    assert_eq!(page.status(), 502);
    assert!(page.text().await.expect("a body").starts_with("<html>"));
    member.set(json!({"error_form": "empty"})).await;
    let empty = member.call(DETAIL, json!({})).await;
    assert_eq!(
        (empty.status().as_u16(), empty.text().await.expect("a body")),
        (500, String::new())
    );
    member
        .set(json!({"refuse": "off", "error_form": "success_false"}))
        .await;
    let answer = member.call(DETAIL, json!({"limit": 3})).await;
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["msg"], "Invalid Parameters");
    for (key, good, bad) in [
        ("status_bool", json!(true), json!(false)),
        ("status_ok", json!("OK"), json!("ERROR")),
    ] {
        member.set(json!({"success_key": key})).await;
        let read = async |answer: Response| answer.json::<Value>().await.expect("JSON");
        assert_eq!(
            read(member.call(LIST, json!({})).await).await["status"],
            good
        );
        assert_eq!(
            read(member.call(DETAIL, json!({"room_id": 999})).await).await["status"],
            bad
        );
    }
}

#[tokio::test]
async fn attachments_go_as_base64_or_as_urls() {
    let member = Member::new().await;
    let room = member.create().await;
    let mut body = member.text(&room, "The door");
    // The first bytes of a picture in Base64.
    body["image"] = json!("iVBORw0KGgo=");
    let sent = member.done(SEND, body).await["response"].clone();
    assert_eq!(
        (&sent["message"], &sent["document"]),
        (&json!("The door"), &Value::Null)
    );
    let url = sent["image"].as_str().expect("a URL").to_owned();
    let file = member.world.http.get(&url).send().await.expect("an answer");
    assert_eq!(file.headers()["content-type"], "image/png");
    assert_eq!(&file.bytes().await.expect("bytes")[1..4], b"PNG");

    let part = multipart::Part::bytes(b"%PDF-1.4".to_vec())
        .file_name("plan.pdf")
        .mime_str("application/pdf")
        .expect("a type");
    let upload = member
        .world
        .http
        .post(member.world.at("/api-v2/demo-upload"))
        .header("x-auth-token", &member.token)
        .multipart(multipart::Form::new().part("file", part))
        .send()
        .await
        .expect("an answer");
    let upload: Value = upload.json().await.expect("JSON");
    assert_eq!(upload["success"], true);
    let url = upload["data"]["url"].as_str().expect("a URL");
    assert!(url.ends_with(".pdf"));
    assert_eq!(
        member
            .world
            .http
            .get(url)
            .send()
            .await
            .expect("an answer")
            .headers()["content-type"],
        "application/pdf"
    );
    let mut body = member.text(&room, "");
    body["document"] = json!(url);
    let sent = member.done(SEND, body).await["response"].clone();
    assert_eq!(
        (&sent["message"], &sent["image"], &sent["document"]),
        (&Value::Null, &Value::Null, &json!(url))
    );
    let log = member
        .world
        .get(&format!(
            "/console/api/sessions/{}/messages",
            member.session().await
        ))
        .await;
    assert_eq!(
        (&log[0]["contentType"], &log[1]["contentType"]),
        (&json!("IMAGE"), &json!("FILE"))
    );
    assert_eq!(log[0]["metadata"]["caption"], "The door");

    let cases = [
        ("base64", json!("iVBORw0KGgo="), Value::Null),
        ("null", Value::Null, Value::Null),
        ("empty_string", sent["image"].clone(), json!("")),
    ];
    for (value, image, none) in cases {
        member.set(json!({"attachments": value})).await;
        let rows = member.rows(&room, 0, 9).await;
        if value != "empty_string" {
            assert_eq!(rows[1]["image"], image, "{value}");
        }
        assert_eq!(rows[0]["image"], none, "{value}");
    }
    let mut bad = member.text(&room, "");
    bad["image"] = json!("no Base64!");
    let bad: Value = member.call(SEND, bad).await.json().await.expect("JSON");
    assert_eq!(bad["success"], false);
}

#[tokio::test]
async fn the_desk_writes_what_is_set() {
    let member = Member::new().await;
    let room = member.create().await;
    let cases = [
        ("text", 1),
        ("image", 1),
        ("document", 1),
        ("burst", 3),
        ("same_second", 2),
        ("null_text", 1),
    ];
    for (value, count) in cases {
        let before = member.rows(&room, 0, 99).await.len();
        member
            .set(json!({"burst": 3, "peer": {"value": value, "times": 1}}))
            .await;
        member.send(&room, value).await;
        member.send(&room, "more").await;
        let rows = member.rows(&room, 0, 99).await;
        assert_eq!(rows.len(), before + 2 + count, "{value}");
        let (last, first) = (&rows[1], &rows[count]);
        match value {
            "image" => assert!(
                last["image"]
                    .as_str()
                    .is_some_and(|url| url.ends_with(".png"))
            ),
            "document" => assert!(
                last["document"]
                    .as_str()
                    .is_some_and(|url| url.ends_with(".pdf"))
            ),
            "same_second" => assert_eq!(last["created_date"], first["created_date"]),
            "null_text" => assert_eq!(last["message"], Value::Null),
            _ => assert!(last["message"].is_string()),
        }
    }
    let before = member.rows(&room, 0, 99).await.len();
    let act = json!({"act": "text"});
    member.world.post("/demo/onesmile/peer", act).await;
    assert_eq!(member.rows(&room, 0, 99).await.len(), before + 1);
}

#[tokio::test]
async fn demo_pages_learn_the_desk_of_the_form_that_is_set() {
    let member = Member::new().await;
    for (form, sign) in [("numeric", "8823"), ("kind_pipe", "|")] {
        member.set(json!({"recipient_form": form})).await;
        let demo = member.world.get("/demo/onesmile").await;
        assert!(
            demo["recipientId"]
                .as_str()
                .is_some_and(|id| id.contains(sign))
        );
    }
    assert_eq!(member.demo["apiUrl"], member.world.at("/api-v2"));
}

#[tokio::test]
async fn other_origins_may_call_unless_blocked() {
    let member = Member::new().await;
    let preflight = async || {
        member
            .world
            .http
            .request(
                Method::OPTIONS,
                member.world.at("/api-v2/generalmessagelist"),
            )
            .header("origin", "http://page.example")
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "content-type,x-auth-token",
            )
            .send()
            .await
            .expect("an answer")
    };
    let allowed = preflight().await;
    assert_eq!(allowed.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        allowed.headers()["access-control-allow-headers"],
        "content-type,x-auth-token"
    );
    assert_eq!(
        member.call(LIST, json!({})).await.headers()["access-control-allow-origin"],
        "*"
    );
    member.set(json!({"cors": "block"})).await;
    assert_eq!(
        preflight()
            .await
            .headers()
            .get("access-control-allow-origin"),
        None
    );
    assert_eq!(
        member
            .call(LIST, json!({}))
            .await
            .headers()
            .get("access-control-allow-origin"),
        None
    );
}

#[tokio::test]
async fn plain_http_and_haste_are_refused_if_set() {
    let member = Member::new().await;
    member.set(json!({"rate_limit": 2})).await;
    for status in [200, 200, 429, 429] {
        assert_eq!(member.call(LIST, json!({})).await.status(), status);
    }
    member
        .set(json!({"rate_limit": "off", "http_plain": "refuse"}))
        .await;
    assert!(member.try_call(LIST, json!({})).await.is_err());
    member.set(json!({"http_plain": "serve"})).await;
    assert_eq!(
        member.call("generalnonsense", json!({})).await.status(),
        404
    );
}

#[tokio::test]
async fn what_was_asked_is_shown_without_tokens() {
    let member = Member::new().await;
    let room = member.create().await;
    member.send(&room, "Hello").await;
    member.rows(&room, 0, 5).await;
    let calls = member.world.inspect("/calls").await;
    let calls = calls.as_array().expect("calls");
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[2]["path"], "/api-v2/generalmessagedetail");
    assert_eq!(
        (&calls[2]["headers"]["x-auth-token"], &calls[2]["visitor"]),
        (&json!("…"), &json!(MEMBER))
    );
    assert_eq!(calls[2]["headers"]["content-type"], "application/json");
    assert!(calls[2]["at"].is_number());
    let row = member.world.inspect("/onesmile/rows/0").await;
    assert_eq!(
        (&row["text"], &row["sender"]),
        (&json!("Hello"), &json!("member"))
    );
    assert!(
        !member
            .world
            .inspect("")
            .await
            .to_string()
            .contains(&member.token)
    );
}

#[tokio::test]
async fn unknown_switches_of_the_group_are_refused_by_name() {
    let member = Member::new().await;
    for (changes, name) in [
        (json!({"onesmile": {"colour": 1}}), "`onesmile.colour`"),
        (
            json!({"onesmile": {"sf_mode": "upwards"}}),
            "`onesmile.sf_mode`",
        ),
        (
            json!({"onesmile": {"send_result": {"value": "ok", "often": 1}}}),
            "`onesmile.send_result`",
        ),
        (json!({"onesmile": "all"}), "`onesmile`"),
    ] {
        let answer = member
            .world
            .http
            .patch(member.world.at("/switches"))
            .json(&changes)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 400);
        let answer: Value = answer.json().await.expect("JSON");
        assert!(
            answer["message"]
                .as_str()
                .is_some_and(|text| text.contains(name)),
            "{answer}"
        );
    }
    member.set(json!({"sf_mode": "ignored"})).await;
    member.set(json!({"names": "empty"})).await;
    let switches = member.world.get("/switches").await;
    assert_eq!(
        (
            &switches["onesmile"]["sf_mode"],
            &switches["onesmile"]["names"]
        ),
        (&json!("ignored"), &json!("empty"))
    );
}
