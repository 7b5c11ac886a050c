//! OneChat over REST: contacts, conversations, messages, attachments, surveys.

mod support;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use support::World;
use support::onechat::{Guest, call, hash_of, inbox, inspect, read, set};

/// A PNG picture of 3 by 2 pixels, as far as its head goes.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0";

#[tokio::test]
async fn the_inbox_tells_its_hours_and_others_are_not_known() {
    let world = World::new().await;
    let path = inbox(&world).await;
    let (status, shown) = call(&world, Method::GET, &path, None).await;
    assert_eq!(status, 200);
    assert!(path.ends_with(shown["identifier"].as_str().expect("a name")));
    assert_eq!(shown["identifier"].as_str().map(str::len), Some(24));
    assert_eq!(shown["identity_validation_enabled"], false);
    let hours = shown["working_hours"].as_array().expect("hours");
    assert_eq!(hours.len(), 7);
    assert_eq!(
        (&hours[0]["day_of_week"], &hours[0]["closed_all_day"]),
        (&json!(0), &json!(true))
    );
    assert_eq!(
        (&hours[3]["open_hour"], &hours[3]["close_minutes"]),
        (&json!(8), &json!(0))
    );
    let wrong = "/public/api/v1/inboxes/Aq7wNzR3bHtVx5KdPm9YcJ2s";
    for path in [wrong.to_owned(), format!("{wrong}/contacts/x")] {
        let (status, body) = call(&world, Method::GET, &path, None).await;
        assert_eq!(
            (status, body),
            (404, json!({"status": 404, "error": "Not Found"}))
        );
    }
}

#[tokio::test]
async fn a_contact_is_created_once_for_a_source_id() {
    let world = World::new().await;
    let source = "5b9a0c44-97a1-4c52-b1f7-2f6f6d1f3a10";
    let first = Guest::create(&world, json!({"source_id": source, "name": "Ada Quill"})).await;
    assert_eq!((first.source.as_str(), first.token.len()), (source, 24));
    assert!(first.id >= 4_000_001);
    let again = Guest::create(
        &world,
        json!({"source_id": source, "name": "Somebody else"}),
    )
    .await;
    assert_eq!((again.id, &again.token), (first.id, &first.token));
    let shown = first.done(Method::GET, "", None).await;
    assert_eq!(
        shown,
        json!({"source_id": source, "pubsub_token": first.token, "id": first.id, "name": "Ada Quill",
               "email": null, "phone_number": null})
    );
    let unnamed = Guest::create(&world, json!({})).await;
    assert_eq!(unnamed.source.len(), 36);
    assert_ne!(unnamed.id, first.id);
    let name = unnamed.done(Method::GET, "", None).await["name"].clone();
    assert_eq!(name.as_str().map(|name| name.split('-').count()), Some(3));
}

#[tokio::test]
async fn a_known_person_gets_a_new_session() {
    let world = World::new().await;
    let who = json!({"identifier": "guest-88", "email": "ada@harbour.example", "phone_number": "+4520304050",
                     "name": "Ada Quill"});
    let first = Guest::create(&world, who).await;
    for mark in [
        json!({"identifier": "guest-88"}),
        json!({"email": "ada@harbour.example"}),
        json!({"phone_number": "+4520304050"}),
    ] {
        let again = Guest::create(&world, mark).await;
        assert_eq!(again.id, first.id);
        assert_ne!(again.source, first.source);
        assert_ne!(again.token, first.token);
        assert_eq!(again.done(Method::GET, "", None).await["name"], "Ada Quill");
    }
}

#[tokio::test]
async fn a_contact_is_updated() {
    let world = World::new().await;
    let guest = Guest::create(
        &world,
        json!({"custom_attributes": {"boat": {"name": "Petrel"}}}),
    )
    .await;
    let changes = json!({"name": "x".repeat(300), "email": "  ", "identifier": "late",
                         "custom_attributes": {"boat": {"length": 9}}});
    let record = guest.done(Method::PATCH, "", Some(changes)).await;
    assert_eq!(record["name"].as_str().map(str::len), Some(255));
    assert_eq!(
        record["custom_attributes"],
        json!({"boat": {"name": "Petrel", "length": 9}})
    );
    assert_eq!(
        (&record["email"], &record["identifier"]),
        (&json!(null), &json!(null))
    );
    assert!(record.get("source_id").is_none() && record.get("pubsub_token").is_none());
    assert!(
        record["updated_at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z') && at.len() == 24)
    );
    for (field, value, words) in [
        ("email", "nobody", "Email Invalid email"),
        (
            "phone_number",
            "12345",
            "Phone number should be in e164 format",
        ),
    ] {
        let (status, body) = guest
            .call(Method::PUT, "", Some(json!({field: value})))
            .await;
        assert_eq!(
            (status, body),
            (422, json!({"message": words, "attributes": [field]}))
        );
    }
    let long = json!({"custom_attributes": {"note": "n".repeat(1501)}});
    assert_eq!(guest.call(Method::PATCH, "", Some(long)).await.0, 422);
}

#[tokio::test]
async fn contacts_with_one_email_become_one() {
    let world = World::new().await;
    let first = Guest::create(&world, json!({"email": "ada@harbour.example"})).await;
    let mut second = Guest::create(&world, json!({})).await;
    second.begin().await;
    second.say("Hello").await;
    let record = second
        .done(
            Method::PATCH,
            "",
            Some(json!({"email": "ada@harbour.example"})),
        )
        .await;
    assert_eq!(record["id"], first.id);
    assert_eq!(second.done(Method::GET, "", None).await["id"], first.id);
    let history = second.history().await;
    assert_eq!(history[0]["sender"]["id"], first.id);
}

#[tokio::test]
async fn bodies_may_be_forms() {
    let world = World::new().await;
    let path = inbox(&world).await;
    let request = world
        .http
        .post(world.at(&format!("{path}/contacts")))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("name=Ada+Quill&custom_attributes%5Bboat%5D=Petrel");
    let (status, contact) = read(request.send().await.expect("an answer")).await;
    assert_eq!((status, &contact["name"]), (200, &json!("Ada Quill")));
    let form = Form::new().text("email", "ada@harbour.example");
    let url = world.at(&format!(
        "{path}/contacts/{}",
        contact["source_id"].as_str().expect("a source")
    ));
    let request = world.http.patch(url).multipart(form);
    let (_, record) = read(request.send().await.expect("an answer")).await;
    assert_eq!(record["email"], "ada@harbour.example");
    assert_eq!(record["custom_attributes"], json!({"boat": "Petrel"}));
    let request = world
        .http
        .post(world.at(&format!("{path}/contacts")))
        .header("content-type", "application/json")
        .body("{\"name\":");
    let answer = read(request.send().await.expect("an answer")).await;
    assert_eq!(
        answer,
        (400, json!({"status": 400, "error": "Bad Request"}))
    );
}

#[tokio::test]
async fn a_user_is_proved_by_a_hash() {
    let world = World::new().await;
    set(&world, json!({"hmac": "optional"})).await;
    let hash = hash_of(&world, "guest-88").await;
    let wrong = json!({"identifier": "guest-88", "identifier_hash": "00"});
    let path = format!("{}/contacts", inbox(&world).await);
    let (status, body) = call(&world, Method::POST, &path, Some(wrong)).await;
    assert_eq!(
        (status, body),
        (
            500,
            json!({"status": 500, "error": "Internal Server Error"})
        )
    );

    let proof = json!({"identifier": "guest-88", "identifier_hash": hash});
    let mut old = Guest::create(&world, proof.clone()).await;
    old.begin().await;
    old.say("From another browser").await;
    let new = Guest::create(&world, proof).await;
    let theirs = format!("/conversations/{}", old.display_id);
    assert_eq!(
        new.call(Method::GET, &theirs, None).await.0,
        404,
        "create alone proves nothing"
    );
    let query = format!("?identifier=guest-88&identifier_hash={hash}");
    new.done(Method::GET, &query, None).await;
    assert_eq!(new.call(Method::GET, &theirs, None).await.0, 200);
    let list = new.done(Method::GET, "/conversations", None).await;
    assert_eq!(list[0]["id"], old.display_id);

    set(&world, json!({"hmac": "mandatory"})).await;
    assert_eq!(new.call(Method::GET, "", None).await.0, 500);
    assert_eq!(new.call(Method::GET, &query, None).await.0, 200);
    let (_, shown) = call(&world, Method::GET, &inbox(&world).await, None).await;
    assert_eq!(shown["identity_validation_enabled"], true);
    set(&world, json!({"hmac": "off"})).await;
    assert_eq!(
        new.call(Method::GET, "?identifier_hash=00", None).await.0,
        200
    );
}

#[tokio::test]
async fn conversations_are_opened_listed_and_resolved() {
    let world = World::new().await;
    let mut guest = Guest::create(&world, json!({"name": "Ada Quill"})).await;
    assert_eq!(
        guest.done(Method::GET, "/conversations", None).await,
        json!([])
    );
    let begun = guest.begin().await;
    assert_eq!(
        (&begun["status"], &begun["messages"]),
        (&json!("open"), &json!([]))
    );
    assert_eq!(
        (&begun["contact_last_seen_at"], &begun["agent_last_seen_at"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(
        (&begun["contact"]["id"], &begun["contact"]["name"]),
        (&json!(guest.id), &json!("Ada Quill"))
    );
    assert_eq!(begun["uuid"].as_str().map(str::len), Some(36));
    guest.say("Is there a berth?").await;
    let shown = guest.asked(Method::GET, "", None).await;
    assert_eq!(shown["messages"][0]["content"], "Is there a berth?");
    let list = guest.done(Method::GET, "/conversations", None).await;
    assert_eq!(list[0]["id"], guest.display_id);
    assert_eq!(list[0]["messages"][0]["content"], "Is there a berth?");
    for _ in 0..2 {
        let resolved = guest.asked(Method::POST, "/toggle_status", None).await;
        assert_eq!(resolved["status"], "resolved");
    }
    assert_eq!(guest.session().await["closed"], true);
    guest.say("One more thing").await;
    assert_eq!(guest.asked(Method::GET, "", None).await["status"], "open");
    assert_eq!(guest.session().await["closed"], false);
}

#[tokio::test]
async fn a_conversation_is_its_sessions_alone() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    guest.say("Mine").await;
    let other = Guest::create(&world, json!({})).await;
    let path = format!("/conversations/{}", guest.display_id);
    for (method, end) in [
        (Method::GET, ""),
        (Method::GET, "/messages"),
        (Method::POST, "/messages"),
        (Method::POST, "/toggle_status"),
        (Method::POST, "/toggle_typing"),
        (Method::POST, "/update_last_seen"),
    ] {
        let (status, _) = other
            .call(
                method,
                &format!("{path}{end}"),
                Some(json!({"content": "x"})),
            )
            .await;
        assert_eq!(status, 404, "{end}");
    }
    assert_eq!(
        other.call(Method::GET, "/conversations/none", None).await.0,
        404
    );
    assert_eq!(guest.history().await.len(), 1);
}

#[tokio::test]
async fn messages_come_in_pages_of_twenty() {
    let world = World::new().await;
    set(&world, json!({"history_size": 43})).await;
    let guest = Guest::new(&world).await;
    let mut all = Vec::new();
    let mut query = String::new();
    loop {
        let page = guest
            .asked(Method::GET, &format!("/messages{query}"), None)
            .await;
        let page = page.as_array().expect("a list").clone();
        let ids: Vec<i64> = page
            .iter()
            .map(|message| message["id"].as_i64().expect("a number"))
            .collect();
        assert!(ids.is_sorted() && ids.len() <= 20);
        let Some(first) = ids.first() else { break };
        query = format!("?before={first}");
        all.splice(0..0, page);
    }
    assert_eq!(all.len(), 43);
    assert_eq!(all[0]["content"], "Earlier message 1 of 43");
    assert_eq!(
        (&all[0]["message_type"], &all[1]["message_type"]),
        (&json!(0), &json!(1))
    );
    let times: Vec<i64> = all
        .iter()
        .map(|message| message["created_at"].as_i64().expect("seconds"))
        .collect();
    assert!(times.is_sorted() && times[0] < times[42]);
}

#[tokio::test]
async fn a_message_is_stored_and_answered() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let sent = guest.say("Is there a berth?").await;
    let mut keys: Vec<&str> = sent
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "content",
            "content_attributes",
            "content_type",
            "conversation_id",
            "created_at",
            "id",
            "message_type",
            "sender"
        ]
    );
    assert_eq!(
        (&sent["message_type"], &sent["conversation_id"]),
        (&json!(0), &json!(guest.display_id))
    );
    assert_eq!(
        (&sent["sender"]["type"], &sent["sender"]["id"]),
        (&json!("contact"), &json!(guest.id))
    );
    guest.hears("**Yes**").await;
    let history = guest.history().await;
    assert_eq!(history[0], sent);
    assert_eq!(
        (&history[1]["content"], &history[1]["message_type"]),
        (&json!("**Yes**"), &json!(1))
    );
    assert_eq!(
        (
            &history[1]["sender"]["type"],
            &history[1]["sender"]["available_name"]
        ),
        (&json!("user"), &json!("Mara"))
    );
    let stored = inspect(&world, "/messages/0").await;
    assert_eq!(
        (&stored["echoId"], &stored["arrivals"]),
        (&json!("echo of Is there a berth?"), &json!(1))
    );
    guest.say("Is there a berth?").await;
    assert_eq!(
        guest.history().await.len(),
        3,
        "a second post is a second message"
    );
    assert_eq!(inspect(&world, "/arrivals/0/times").await, 2);
    let long = json!({"content": "x".repeat(150_001)});
    let (status, body) = guest.ask(Method::POST, "/messages", Some(long)).await;
    assert_eq!((status, &body["attributes"]), (422, &json!(["content"])));
}

#[tokio::test]
async fn a_deleted_message_leaves_its_place() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let written = guest.hears("Too early").await;
    let path = format!(
        "/console/api/sessions/{}/messages/{}",
        guest.key().await,
        written["id"]
    );
    let (status, _) = call(&world, Method::DELETE, &path, None).await;
    assert_eq!(status, 200);
    let message = guest.history().await[0].clone();
    assert_eq!(message["content"], "This message was deleted");
    assert_eq!(message["content_attributes"], json!({"deleted": true}));
}

#[tokio::test]
async fn files_are_sent_kept_and_redirected_to() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let url = world.at(&format!("{}/messages", guest.conversation));
    let file = |name: &'static str, mime: &str, bytes: &'static [u8]| {
        Part::bytes(bytes)
            .file_name(name)
            .mime_str(mime)
            .expect("a type")
    };
    let form = Form::new()
        .text("echo_id", "e-1")
        .part("attachments[]", file("Pier plan.PNG", "image/png", PNG))
        .part(
            "attachments[]",
            file("tides.pdf", "application/pdf", b"%PDF-1.7"),
        )
        .part("attachments[]", file("gull.ogg", "audio/ogg", b"OggS"));
    let sent = read(
        world
            .http
            .post(&url)
            .multipart(form)
            .send()
            .await
            .expect("an answer"),
    )
    .await;
    assert_eq!((sent.0, &sent.1["content"]), (200, &json!(null)));
    let list = sent.1["attachments"]
        .as_array()
        .expect("attachments")
        .clone();
    let kinds: Vec<&Value> = list.iter().map(|one| &one["file_type"]).collect();
    assert_eq!(kinds, ["image", "file", "audio"]);
    let picture = &list[0];
    assert_eq!(
        (&picture["width"], &picture["height"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(
        (&picture["extension"], &picture["file_size"]),
        (&json!("png"), &json!(PNG.len()))
    );
    assert_eq!(
        (&list[1]["thumb_url"], &list[1]["width"]),
        (&json!(""), &json!(null))
    );
    assert_eq!(
        (&list[2]["transcribed_text"], &list[2]["content_type"]),
        (&json!(""), &json!("audio/ogg"))
    );
    assert_eq!(picture["message_id"], sent.1["id"]);
    for key in ["data_url", "thumb_url"] {
        let address = picture[key].as_str().expect("an address");
        assert!(
            address.starts_with(&world.at("/rails/active_storage/")),
            "{address}"
        );
        let read = world.http.get(address).send().await.expect("an answer");
        assert_eq!(read.headers()["content-type"], "image/png");
        assert_eq!(read.bytes().await.expect("a file"), PNG);
    }
    let direct = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let hop = direct
        .get(picture["data_url"].as_str().expect("an address"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(hop.status(), 302);
    assert!(hop.headers().get("access-control-allow-origin").is_none());
    let forged = picture["data_url"]
        .as_str()
        .expect("an address")
        .replace("redirect/", "redirect/QQ");
    assert_eq!(
        direct.get(forged).send().await.expect("an answer").status(),
        404
    );
    assert_eq!(guest.history().await[0]["attachments"], json!(list));
    let shown = guest.session().await["lastMessage"].clone();
    assert_eq!(
        (
            &shown["contentType"],
            &shown["rich"]["attachments"][1]["file_type"]
        ),
        (&json!("IMAGE"), &json!("file"))
    );

    let both = Form::new()
        .text("content", "See this")
        .part("attachments[]", file("a.png", "image/png", PNG));
    let sent = read(
        world
            .http
            .post(&url)
            .multipart(both)
            .send()
            .await
            .expect("an answer"),
    )
    .await;
    assert_eq!(sent.1["content"], "See this");
    let odd = Form::new().text("attachments[]", "not a file");
    assert_eq!(
        world
            .http
            .post(&url)
            .multipart(odd)
            .send()
            .await
            .expect("an answer")
            .status(),
        500
    );
    assert_eq!(
        guest
            .ask(
                Method::POST,
                "/messages",
                Some(json!({"attachments": ["x"]}))
            )
            .await
            .0,
        500
    );
}

#[tokio::test]
async fn a_file_from_the_console_is_an_attachment() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let path = format!(
        "/console/api/sessions/{}/files?name=pier.png",
        guest.key().await
    );
    let request = world
        .http
        .post(world.at(&path))
        .header("content-type", "image/png")
        .body(PNG);
    assert_eq!(request.send().await.expect("an answer").status(), 200);
    let message = guest.history().await[0].clone();
    assert_eq!(message["content"], json!(null));
    let file = &message["attachments"][0];
    assert_eq!(
        (&file["file_type"], &file["width"], &file["file_size"]),
        (&json!("image"), &json!(3), &json!(PNG.len()))
    );
    let read = world
        .http
        .get(file["data_url"].as_str().expect("an address"))
        .send()
        .await;
    assert_eq!(read.expect("an answer").bytes().await.expect("a file"), PNG);
}

#[tokio::test]
async fn questions_are_answered() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let key = guest.key().await;
    let question = json!({"content": "Which pier?", "content_type": "input_select",
                          "content_attributes": {"items": [{"title": "North", "value": "n"}]}});
    let written = world
        .post(&format!("/console/api/sessions/{key}/rich"), question)
        .await;
    let path = format!("/messages/{}", written["id"]);
    let answer = json!({"submitted_values": [{"title": "North", "value": "n", "secret": 1}]});
    let shown = guest.asked(Method::PATCH, &path, Some(answer)).await;
    let attributes = json!({"items": [{"title": "North", "value": "n"}],
                            "submitted_values": [{"title": "North", "value": "n"}]});
    assert_eq!(
        (&shown["content_type"], &shown["content_attributes"]),
        (&json!("input_select"), &attributes)
    );
    assert_eq!(guest.history().await[0]["content_attributes"], attributes);
    let log = world
        .get(&format!("/console/api/sessions/{key}/messages"))
        .await;
    assert_eq!(log[0]["rich"]["contentAttributes"], attributes);
    assert_eq!(
        guest
            .ask(Method::PUT, "/messages/9999", Some(json!({})))
            .await
            .0,
        404
    );

    let survey = json!({"content": "How was it?", "content_type": "input_csat",
                        "content_attributes": {"display_type": "star"}, "message_type": "template"});
    let written = world
        .post(&format!("/console/api/sessions/{key}/rich"), survey)
        .await;
    let response = json!({"rating": 9, "feedback_message": "Splendid"});
    let answer = json!({"submitted_values": {"csat_survey_response": response}});
    let shown = guest
        .asked(
            Method::PUT,
            &format!("/messages/{}", written["id"]),
            Some(answer),
        )
        .await;
    assert_eq!(
        shown["content_attributes"]["submitted_values"],
        json!({"csat_survey_response": response})
    );
    assert_eq!(shown["message_type"], 3);
    assert!(shown.get("sender").is_none());
}

#[tokio::test]
async fn a_survey_is_answered_by_link() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    let uuid = guest.asked(Method::GET, "", None).await["uuid"]
        .as_str()
        .expect("a uuid")
        .to_owned();
    let path = format!("/public/api/v1/csat_survey/{uuid}");
    assert_eq!(call(&world, Method::GET, &path, None).await.0, 404);
    let survey = json!({"content": "How was it?", "content_type": "input_csat", "content_attributes": {"display_type": "emoji"}});
    let key = guest.key().await;
    let written = world
        .post(&format!("/console/api/sessions/{key}/rich"), survey)
        .await;
    let (_, shown) = call(&world, Method::GET, &path, None).await;
    assert_eq!(
        (
            &shown["id"],
            &shown["csat_survey_response"],
            &shown["display_type"]
        ),
        (&written["id"], &json!(null), &json!("emoji"))
    );
    let answer = json!({"message": {"submitted_values": {"csat_survey_response": {"rating": 4, "feedback_message": "Fine"}}}});
    let (status, shown) = call(&world, Method::PUT, &path, Some(answer)).await;
    assert_eq!(status, 200);
    let response = &shown["csat_survey_response"];
    assert_eq!(
        (
            &response["rating"],
            &response["feedback_message"],
            &response["contact_id"]
        ),
        (&json!(4), &json!("Fine"), &json!(guest.id))
    );
    assert_ne!(
        response["conversation_id"], guest.display_id,
        "the database's own number"
    );
    assert_eq!(
        guest.history().await[0]["content_attributes"]["submitted_values"]["csat_survey_response"]
            ["rating"],
        4
    );
}

#[tokio::test]
async fn a_late_survey_is_closed() {
    let world = World::new().await;
    set(&world, json!({"history_flags": ["csat_late"]})).await;
    let guest = Guest::new(&world).await;
    let survey = guest.history().await[0].clone();
    let answer = json!({"submitted_values": {"csat_survey_response": {"rating": 5}}});
    let late = (
        422,
        json!({"error": "You cannot update the CSAT survey after 14 days"}),
    );
    assert_eq!(
        guest
            .ask(
                Method::PATCH,
                &format!("/messages/{}", survey["id"]),
                Some(answer)
            )
            .await,
        late
    );
    let uuid = guest.asked(Method::GET, "", None).await["uuid"]
        .as_str()
        .expect("a uuid")
        .to_owned();
    let path = format!("/public/api/v1/csat_survey/{uuid}");
    assert_eq!(
        call(&world, Method::PUT, &path, Some(json!({}))).await,
        late
    );
}

#[tokio::test]
async fn typing_and_seeing_are_noted() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    guest.hears("Are you there?").await;
    for status in ["on", "off", "maybe"] {
        guest
            .asked(
                Method::POST,
                "/toggle_typing",
                Some(json!({"typing_status": status})),
            )
            .await;
    }
    let typing = inspect(&world, "/typing").await;
    let words: Vec<&Value> = typing
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(words, ["on", "off", "maybe"]);
    let answer = guest.ask(Method::POST, "/update_last_seen", None).await;
    assert_eq!(answer, (200, Value::Null));
    let shown = guest.asked(Method::GET, "", None).await;
    assert!(shown["contact_last_seen_at"].as_i64() > Some(1_700_000_000));
    assert_eq!(shown["agent_last_seen_at"], 0);
    assert!(guest.session().await["lastMessage"]["seenAt"].is_number());
    assert_eq!(
        inspect(&world, "/lastSeen/0/conversation").await,
        guest.display_id
    );
    guest.say("Yes").await;
    world.console(&guest.key().await, "seen").await;
    let shown = guest.asked(Method::GET, "", None).await;
    assert!(shown["agent_last_seen_at"].as_i64() > Some(1_700_000_000));
}

#[tokio::test]
async fn all_is_there_after_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let options = || concierge_devserver::Options {
        port: 0,
        bucket_port: 0,
        data: data.path().to_owned(),
        site: None,
        auto_reply: false,
        switches: serde_json::Map::new(),
    };
    let server = concierge_devserver::start(options())
        .await
        .expect("a server");
    let world = World::over(server, tempfile::tempdir().expect("a folder"));
    let guest = Guest::new(&world).await;
    guest.say("Remember me").await;
    let path = guest.conversation.clone();
    world.server.stop().await;
    let server = concierge_devserver::start(options())
        .await
        .expect("a server");
    let world = World::over(server, tempfile::tempdir().expect("a folder"));
    let (status, page) = call(&world, Method::GET, &format!("{path}/messages"), None).await;
    assert_eq!((status, &page[0]["content"]), (200, &json!("Remember me")));
}

#[tokio::test]
async fn visitors_of_the_fronts_do_not_mix() {
    let world = World::new().await;
    let guest = Guest::new(&world).await;
    guest.say("By sea").await;
    let mut tenant = world.client().await;
    tenant.begin().await;
    tenant.say("By land").await;
    assert_eq!(tenant.history(1, 10).await, ["By land"]);
    assert_eq!(guest.history().await.len(), 1);
    let sessions = world.get("/console/api/sessions").await;
    assert_eq!(sessions.as_array().map(Vec::len), Some(2));
    assert_eq!(
        inspect(&world, "/messages").await.as_array().map(Vec::len),
        Some(1)
    );
}
