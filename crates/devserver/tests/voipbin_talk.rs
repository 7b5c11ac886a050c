//! The second generation of the VoIPBIN front: talks, their messages, files.

mod support;

use reqwest::{Method, multipart, redirect};
use serde_json::{Value, json};
use support::agent::Agent;

const TALKS: &str = "/service_agents/talk_chats";
const MESSAGES: &str = "/service_agents/talk_messages";
const FILES: &str = "/service_agents/files";

async fn agent() -> Agent {
    Agent::with(json!({"dialect": "talk"})).await
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

impl Agent {
    fn member(&self, index: usize) -> Value {
        json!({"owner_type": "agent", "owner_id": self.staff(index)})
    }

    async fn talk(&self, kind: &str, members: &[usize]) -> Value {
        let members: Vec<_> = members.iter().map(|index| self.member(*index)).collect();
        let body = json!({"type": kind, "name": "", "detail": "", "participants": members});
        self.post(TALKS, body).await
    }

    async fn say(&self, talk: &Value, text: &str) -> Value {
        let body = json!({"chat_id": talk["id"], "type": "normal", "text": text});
        self.post(MESSAGES, body).await
    }

    async fn messages(&self, talk: &Value) -> Vec<Value> {
        self.rows(&format!("{MESSAGES}?chat_id={}", id(talk))).await
    }

    async fn upload(&self, kind: &str) -> reqwest::Response {
        let part = multipart::Part::bytes(b"%PDF-1.4".to_vec())
            .file_name("rota.pdf")
            .mime_str("application/pdf")
            .expect("a type");
        let form = multipart::Form::new()
            .part("file", part)
            .text("type", kind.to_owned());
        let request = self
            .world
            .http
            .post(self.world.at(&format!("/v1.0{FILES}")));
        request
            .bearer_auth(&self.token)
            .multipart(form)
            .send()
            .await
            .expect("an answer")
    }

    /// Where a download leads.
    async fn download(&self, file: &Value) -> String {
        let direct = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .expect("a client");
        let url = self.world.at(&format!("/v1.0{FILES}/{}/file", id(file)));
        let answer = direct
            .get(url)
            .bearer_auth(&self.token)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 307);
        answer.headers()["location"]
            .to_str()
            .expect("a URL")
            .to_owned()
    }
}

#[tokio::test]
async fn a_new_agent_finds_talks_and_a_channel() {
    let agent = agent().await;
    let talks = agent.rows(TALKS).await;
    let kinds: Vec<_> = talks.iter().map(|talk| talk["type"].clone()).collect();
    assert_eq!(kinds, ["direct", "group", "direct"]);
    assert_eq!(
        (&talks[1]["name"], &talks[1]["member_count"]),
        (&json!("Evening crew"), &json!(3))
    );
    assert_eq!(
        (
            talks[0].get("name"),
            &talks[0]["tm_update"],
            &talks[0]["tm_delete"]
        ),
        (None, &Value::Null, &Value::Null)
    );
    assert!(
        talks[0]["tm_create"]
            .as_str()
            .is_some_and(|time| time.contains('T') && time.ends_with('Z'))
    );
    let channels = agent.rows("/service_agents/talk_channels").await;
    assert_eq!((channels.len(), &channels[0]["type"]), (1, &json!("talk")));
    assert_eq!(
        agent.messages(&channels[0]).await.len(),
        1,
        "a channel can be read"
    );
    let body = json!({"chat_id": channels[0]["id"], "type": "normal", "text": "x"});
    assert_eq!(
        agent.refused(Method::POST, MESSAGES, body).await.0,
        403,
        "but not written to"
    );
    let joined = agent
        .post(&format!("{TALKS}/{}/join", id(&channels[0])), Value::Null)
        .await;
    assert_eq!(
        (&joined["owner_id"], &joined["chat_id"]),
        (&json!(agent.id), &channels[0]["id"])
    );
    agent.say(&channels[0], "Hello all").await;
    assert_eq!(agent.rows(TALKS).await.len(), 4);
    assert_eq!(
        agent
            .refused(
                Method::POST,
                &format!("{TALKS}/{}/join", id(&talks[0])),
                Value::Null
            )
            .await
            .0,
        409
    );
}

#[tokio::test]
async fn talks_are_made_changed_and_deleted() {
    let agent = agent().await;
    let talk = agent.talk("group", &[0, 1]).await;
    assert_eq!(
        (&talk["type"], &talk["member_count"]),
        (&json!("group"), &json!(3))
    );
    let path = format!("{TALKS}/{}", id(&talk));
    let renamed = agent
        .put(&path, json!({"name": "north gate", "detail": "keys"}))
        .await;
    assert_eq!(
        (&renamed["name"], &renamed["detail"]),
        (&json!("north gate"), &json!("keys"))
    );
    assert!(renamed["tm_update"].is_string());
    assert_eq!(agent.get(&path).await, renamed);
    let members = agent.get(&format!("{path}/participants")).await;
    assert_eq!(
        members.as_array().map(Vec::len),
        Some(3),
        "a list without an envelope"
    );
    let added = agent
        .post(&format!("{path}/participants"), agent.member(3))
        .await;
    assert_eq!(
        (&added["owner_id"], &added["owner_type"]),
        (&json!(agent.staff(3)), &json!("agent"))
    );
    assert!(added["tm_joined"].is_string());
    assert_eq!(agent.get(&path).await["member_count"], 4);
    agent
        .delete(&format!("{path}/participants/{}", id(&added)))
        .await;
    assert_eq!(agent.get(&path).await["member_count"], 3);
    let deleted = agent.delete(&path).await;
    assert!(deleted["tm_delete"].is_string());
    assert_eq!(agent.refused(Method::GET, &path, Value::Null).await.0, 404);

    for (kind, members, status) in [
        ("direct", vec![], 400),
        ("direct", vec![0, 1], 400),
        ("crowd", vec![0], 400),
    ] {
        let members: Vec<_> = members
            .into_iter()
            .map(|index| agent.member(index))
            .collect();
        let refused = agent
            .refused(
                Method::POST,
                TALKS,
                json!({"type": kind, "participants": members}),
            )
            .await;
        assert_eq!(refused.0, status, "{kind}");
        assert!(refused.1.contains("INVALID_ARGUMENT"));
    }
    let direct = agent.talk("direct", &[2]).await;
    let refused = agent
        .refused(
            Method::POST,
            &format!("{TALKS}/{}/participants", id(&direct)),
            agent.member(1),
        )
        .await;
    assert_eq!(refused.0, 409);
}

#[tokio::test]
async fn whoever_removes_the_own_place_has_left() {
    let agent = agent().await;
    let talk = agent.talk("group", &[0, 1]).await;
    let path = format!("{TALKS}/{}", id(&talk));
    let members = agent.get(&format!("{path}/participants")).await;
    let own = members
        .as_array()
        .expect("members")
        .iter()
        .find(|member| member["owner_id"] == agent.id)
        .expect("own")
        .clone();
    agent
        .delete(&format!("{path}/participants/{}", id(&own)))
        .await;
    assert_eq!(agent.rows(TALKS).await.len(), 3);
    assert_eq!(agent.refused(Method::GET, &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn others_talks_are_not_found() {
    let agent = agent().await;
    let talk = agent.talk("direct", &[0]).await;
    let message = agent.say(&talk, "private").await;
    let other = agent.world.get("/demo/voipbin?agent=5000002").await;
    let token = other["token"].as_str().expect("a token");
    for path in [
        format!("{TALKS}/{}", id(&talk)),
        format!("{MESSAGES}?chat_id={}", id(&talk)),
        format!("{MESSAGES}/{}", id(&message)),
    ] {
        let request = agent
            .world
            .http
            .get(agent.world.at(&format!("/v1.0{path}")))
            .bearer_auth(token);
        assert_eq!(
            request.send().await.expect("an answer").status(),
            404,
            "{path}"
        );
    }
}

#[tokio::test]
async fn messages_are_sent_read_and_deleted() {
    let agent = agent().await;
    let talk = agent.talk("direct", &[0]).await;
    let sent = agent.say(&talk, "The lift is fixed").await;
    assert_eq!(
        (
            &sent["owner_id"],
            &sent["text"],
            &sent["type"],
            &sent["medias"],
            &sent["metadata"]
        ),
        (
            &json!(agent.id),
            &json!("The lift is fixed"),
            &json!("normal"),
            &json!([]),
            &json!({"reactions": []})
        )
    );
    assert_eq!(
        (sent.get("parent_id"), &sent["tm_update"]),
        (None, &Value::Null)
    );
    let one = format!("{MESSAGES}/{}", id(&sent));
    assert_eq!(agent.get(&one).await, sent);
    agent.world.staff_says(id(&talk), "Thanks").await;
    let rows = agent.messages(&talk).await;
    assert_eq!(
        (&rows[0]["text"], &rows[0]["owner_id"], rows.len()),
        (&json!("Thanks"), &json!(agent.staff(0)), 2)
    );
    assert_eq!(
        agent
            .refused(
                Method::DELETE,
                &format!("{MESSAGES}/{}", id(&rows[0])),
                Value::Null
            )
            .await
            .0,
        403
    );

    let deleted = agent.delete(&one).await;
    assert!(deleted["tm_delete"].is_string());
    assert_eq!(
        agent.refused(Method::DELETE, &one, Value::Null).await.0,
        404,
        "once only"
    );
    assert_eq!(
        agent.messages(&talk).await.len(),
        2,
        "deleted ones stay in the list"
    );
    let reply = json!({"chat_id": talk["id"], "type": "normal", "text": "about that", "parent_id": sent["id"]});
    assert_eq!(agent.post(MESSAGES, reply).await["parent_id"], sent["id"]);
    let log = agent
        .world
        .get(&format!("/console/api/sessions/{}/messages", id(&talk)))
        .await;
    assert_eq!(log[0]["unsent"], true);

    let cases = [
        (
            json!({"chat_id": talk["id"], "type": "shout", "text": "x"}),
            400,
        ),
        (
            json!({"chat_id": talk["id"], "type": "normal", "text": ""}),
            400,
        ),
        (
            json!({"chat_id": "nowhere", "type": "normal", "text": "x"}),
            404,
        ),
        (
            json!({"chat_id": talk["id"], "type": "normal", "text": "x", "parent_id": "none"}),
            404,
        ),
    ];
    for (body, status) in cases {
        assert_eq!(
            agent.refused(Method::POST, MESSAGES, body.clone()).await.0,
            status,
            "{body}"
        );
    }
    let system = json!({"chat_id": talk["id"], "type": "system", "text": "Moved"});
    assert_eq!(agent.post(MESSAGES, system).await["type"], "system");
}

#[tokio::test]
async fn pages_have_tokens_of_the_newer_form() {
    let agent = agent().await;
    let talk = agent.talk("direct", &[0]).await;
    for number in 1..=3 {
        agent.say(&talk, &number.to_string()).await;
    }
    let path = format!("{MESSAGES}?chat_id={}&page_size=2", id(&talk));
    let page = agent.get(&path).await;
    let token = page["next_page_token"].as_str().expect("a token");
    assert_eq!((token.len(), &page["result"][1]["text"]), (27, &json!("2")));
    let rest = agent
        .get(&format!("{path}&page_token={}", token.replace(':', "%3A")))
        .await;
    assert_eq!(
        (
            rest["result"].as_array().map(Vec::len),
            &rest["result"][0]["text"]
        ),
        (Some(1), &json!("1"))
    );
}

#[tokio::test]
async fn a_reaction_counts_once() {
    let agent = agent().await;
    let talk = agent.talk("direct", &[0]).await;
    let message = agent.say(&talk, "Done").await;
    let path = format!("{MESSAGES}/{}/reactions", id(&message));
    agent.post(&path, json!({"emoji": "👍"})).await;
    let again = agent.post(&path, json!({"emoji": "👍"})).await;
    let more = agent.post(&path, json!({"emoji": "🎉"})).await;
    assert_eq!(
        again["metadata"]["reactions"].as_array().map(Vec::len),
        Some(1)
    );
    let reactions = &more["metadata"]["reactions"];
    assert_eq!(
        (&reactions[1]["emoji"], &reactions[1]["owner_id"]),
        (&json!("🎉"), &json!(agent.id))
    );
    assert!(more["tm_update"].is_string());
    assert_eq!(
        agent.get(&format!("{MESSAGES}/{}", id(&message))).await,
        more
    );
    assert_eq!(
        agent
            .refused(Method::POST, &path, json!({"emoji": ""}))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn files_go_up_into_a_message_and_down_again() {
    let agent = agent().await;
    let file: Value = agent.upload("talk").await.json().await.expect("JSON");
    assert_eq!(
        (
            &file["filename"],
            &file["filesize"],
            &file["type"],
            &file["owner_id"]
        ),
        (
            &json!("rota.pdf"),
            &json!(8),
            &json!("talk"),
            &json!(agent.id)
        )
    );
    assert_eq!(agent.upload("other").await.status(), 400);
    let one = format!("{FILES}/{}", id(&file));
    assert_eq!(agent.get(&one).await, file);
    assert_eq!(agent.rows(FILES).await, std::slice::from_ref(&file));
    let talk = agent.talk("direct", &[0]).await;
    let medias = json!([{"type": "file", "file_id": file["id"]}]);
    let body =
        json!({"chat_id": talk["id"], "type": "normal", "text": "the rota", "medias": medias});
    let sent = agent.post(MESSAGES, body).await;
    assert_eq!(
        (&sent["medias"], &sent["text"]),
        (&medias, &json!("the rota"))
    );
    let log = agent
        .world
        .get(&format!("/console/api/sessions/{}/messages", id(&talk)))
        .await;
    assert_eq!(
        (&log[0]["contentType"], &log[0]["metadata"]["file"]["name"]),
        (&json!("FILE"), &json!("rota.pdf"))
    );
    let target = agent.download(&file).await;
    assert_eq!(
        agent
            .world
            .http
            .get(&target)
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("a body"),
        "%PDF-1.4"
    );

    agent
        .set(json!({"files": {"value": "307_target_404", "times": 1}}))
        .await;
    let nowhere = agent.download(&file).await;
    assert_eq!(
        agent
            .world
            .http
            .get(&nowhere)
            .send()
            .await
            .expect("an answer")
            .status(),
        404
    );
    agent
        .set(json!({"files": {"value": "400", "times": 1}}))
        .await;
    assert_eq!(agent.upload("talk").await.status(), 400);
    agent
        .set(json!({"files": {"value": "slow", "times": 1}, "slow_ms": 120}))
        .await;
    let start = std::time::Instant::now();
    assert_eq!(agent.upload("talk").await.status(), 200);
    assert!(start.elapsed().as_millis() >= 120);
    agent.delete(&one).await;
    assert_eq!(agent.refused(Method::GET, &one, Value::Null).await.0, 404);
    assert_eq!(agent.rows(FILES).await.len(), 1);
}

#[tokio::test]
async fn errors_are_in_the_envelope_unless_set() {
    let agent = agent().await;
    let path = format!("{TALKS}/none");
    let (status, body) = agent.refused(Method::GET, &path, Value::Null).await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(
        (status, &body["error"]["reason"]),
        (404, &json!("CHAT_NOT_FOUND"))
    );
    agent.set(json!({"errors": "empty_400"})).await;
    assert_eq!(
        agent.refused(Method::GET, &path, Value::Null).await,
        (400, String::new())
    );
    let bare = agent
        .world
        .http
        .get(agent.world.at(&format!("/v1.0{TALKS}")))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (bare.status().as_u16(), bare.text().await.expect("a body")),
        (401, String::new())
    );
    agent.set(json!({"errors": "as_dialect"})).await;
    let bare = agent
        .world
        .http
        .get(agent.world.at(&format!("/v1.0{TALKS}")))
        .send()
        .await
        .expect("an answer");
    assert_eq!(bare.status(), 401);
    assert!(
        bare.text()
            .await
            .expect("a body")
            .contains("UNAUTHENTICATED")
    );
    agent
        .set(
            json!({"errors": {"POST /service_agents/talk_messages": {"value": "503", "times": 1}}}),
        )
        .await;
    let talk = agent.rows(TALKS).await[0].clone();
    let body = json!({"chat_id": talk["id"], "type": "normal", "text": "x"});
    assert_eq!(agent.refused(Method::POST, MESSAGES, body).await.0, 503);
    agent.say(&talk, "x").await;
}

#[tokio::test]
async fn a_send_ends_as_set() {
    let agent = agent().await;
    let talk = agent.talk("direct", &[0]).await;
    agent
        .set(json!({"send_result": {"value": "stored_but_400", "times": 1}}))
        .await;
    let body = json!({"chat_id": talk["id"], "type": "normal", "text": "kept"});
    assert_eq!(agent.refused(Method::POST, MESSAGES, body).await.0, 400);
    assert_eq!(agent.messages(&talk).await[0]["text"], "kept");
    agent.set(json!({"medias_form": "zero_parts"})).await;
    let body = json!({"chat_id": talk["id"], "type": "normal", "text": "", "medias": [{"type": "link", "link_url": "https://files.invalid/a.pdf"}]});
    let media = agent.post(MESSAGES, body).await["medias"][0].clone();
    assert_eq!(media["agent_id"], media["file_id"]);
    agent.set(json!({"medias_form": "agent"})).await;
    assert_eq!(
        agent.messages(&talk).await[0]["medias"][0]["agent_id"],
        agent.staff(0)
    );
}

#[tokio::test]
async fn another_agent_reacts_and_answers_what_is_gone() {
    let agent = agent().await;
    let talk = agent.talk("direct", &[0]).await;
    agent
        .set(json!({"peer": {"value": "reaction", "times": 1}}))
        .await;
    let sent = agent.say(&talk, "Look").await;
    let seen = agent.get(&format!("{MESSAGES}/{}", id(&sent))).await;
    assert_eq!(seen["metadata"]["reactions"][0]["owner_id"], agent.staff(0));
    agent
        .set(json!({"peer": {"value": "reply_to_deleted", "times": 1}}))
        .await;
    agent.say(&talk, "And?").await;
    let rows = agent.messages(&talk).await;
    assert_eq!(rows[0]["parent_id"], rows[1]["id"]);
    assert!(rows[1]["tm_delete"].is_string());
}
