//! Files: a place from the server, the bytes into its bucket, then the message
//! (contract concierge 5b), with every fault that the two can be told to show.

use concierge_core::{Ask, Content, Failure, Mirror, RowState};
use serde_json::{Value, json};

use concierge_e2e::Server;

use crate::shell::Shell;
use crate::{chatting, server, stored};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows";

/// HTTP requests that the server has answered: of the bucket with this method,
/// or of itself with this end of the path.
async fn requests(server: &Server, at: &str, is_it: impl Fn(&Value) -> bool) -> usize {
    let inspected = server.inspect().await;
    let requests = inspected["requests"].as_array().expect("a list");
    let of = requests.iter().filter(|it| it["server"] == at);
    of.filter(|it| is_it(it)).count()
}

async fn places(server: &Server) -> usize {
    requests(server, "main", |it| {
        it["path"] == "/concierge/api/file-new/get-upload-url"
    })
    .await
}

async fn puts(server: &Server) -> usize {
    requests(server, "bucket", |it| it["method"] == "PUT").await
}

fn is_in(state: &RowState) -> impl Fn(&Mirror) -> bool {
    move |it| it.rows.len() == 1 && it.rows[0].state == *state
}

/// Sends a picture to a server with these switches, until its row is so.
async fn attached(switches: Value, state: &RowState) -> (Server, Shell) {
    let (server, mut shell) = chatting(switches.clone()).await;
    shell.attach("balcony.png", "image/png", PNG);
    shell.soon(&switches.to_string(), is_in(state)).await;
    (server, shell)
}

/// The picture lies in the bucket, byte for byte, and the message says where.
async fn has_arrived(server: &Server, shell: &Shell, context: &Value) {
    let messages = stored(server).await;
    assert_eq!(messages.len(), 1, "{context}");
    assert_eq!(messages[0]["contentType"], "IMAGE", "{context}");
    assert_eq!(messages[0]["metadata"]["filename"], "balcony.png");
    assert_eq!(messages[0]["metadata"]["mimeType"], "image/png");
    assert_eq!(messages[0]["metadata"]["fileSize"], PNG.len());
    let Content::File(file) = &shell.mirror.rows[0].content else {
        panic!("{context}: no file");
    };
    assert_eq!(messages[0]["text"], file.url, "{context}");
    let answer = reqwest::get(&file.url).await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "image/png", "{context}");
    assert_eq!(answer.bytes().await.expect("bytes"), PNG, "{context}");
    assert_eq!(shell.kept_files(), 0, "{context}: they are not needed now");
}

fn once(switch: &str, value: &str) -> Value {
    json!({switch: {"value": value, "times": 1}})
}

#[tokio::test]
async fn a_picture_goes_into_the_bucket_whatever_the_answer_looks_like() {
    for answer in ["ok", "no_data_wrapper", "extra_keys"] {
        let switches = json!({"upload_url": answer});
        let (server, shell) = attached(switches.clone(), &RowState::Sent).await;
        has_arrived(&server, &shell, &switches).await;
        assert_eq!((places(&server).await, puts(&server).await), (1, 1));
    }
}

#[tokio::test]
async fn films_and_documents_go_the_same_way() {
    for (name, mime, kind) in [
        ("tour.mp4", "video/mp4", "VIDEO"),
        ("lease.pdf", "application/pdf", "FILE"),
        ("voice.ogg", "audio/ogg", "FILE"),
    ] {
        let (server, mut shell) = chatting(json!({})).await;
        shell.attach(name, mime, b"some bytes");
        shell.until(name, is_in(&RowState::Sent)).await;
        assert_eq!(stored(&server).await[0]["contentType"], kind, "{name}");
    }
}

#[tokio::test]
async fn a_file_that_the_server_refuses_is_refused_with_its_words() {
    for answer in ["400_errors", "400_array"] {
        let words = Some("This type of file is not accepted.".into());
        let refused = RowState::Failed(Failure::FileRefused(words));
        let (server, _) = attached(json!({"upload_url": answer}), &refused).await;
        assert_eq!(
            (places(&server).await, puts(&server).await),
            (1, 0),
            "{answer}"
        );
        assert!(server.texts().await.is_empty());
    }
}

#[tokio::test]
async fn a_token_refused_for_a_file_is_replaced_once() {
    let (server, shell) = attached(once("upload_url", "401"), &RowState::Sent).await;
    has_arrived(&server, &shell, &json!("once")).await;
    assert_eq!(shell.asked, [Ask::Any, Ask::Fresh]);
    assert_eq!(shell.tries, 1, "the connection is not touched");

    let refused = RowState::Failed(Failure::SignedOut);
    let (server, shell) = attached(json!({"upload_url": "401"}), &refused).await;
    assert_eq!(shell.asked, [Ask::Any, Ask::Fresh]);
    assert_eq!((places(&server).await, puts(&server).await), (2, 0));
}

#[tokio::test]
async fn a_server_that_names_no_place_is_asked_twice() {
    for answer in ["404", "500", "empty_null"] {
        let (server, shell) = attached(once("upload_url", answer), &RowState::Sent).await;
        has_arrived(&server, &shell, &json!(answer)).await;
        let failed = RowState::Failed(Failure::Upload);
        let (server, mut shell) = attached(json!({"upload_url": answer}), &failed).await;
        assert_eq!(
            (places(&server).await, puts(&server).await),
            (2, 0),
            "{answer}"
        );
        // The visitor's Retry.
        server.switch(json!({"upload_url": "ok"})).await;
        shell.act(concierge_core::Action::Retry(shell.mirror.rows[0].key));
        shell.until("retried", is_in(&RowState::Sent)).await;
        has_arrived(&server, &shell, &json!(answer)).await;
    }
}

#[tokio::test]
async fn what_the_bucket_answers_decides_how_often_it_is_asked() {
    // The answer, then places and uploads that it costs when it always comes.
    for (answer, asked, sent, failure) in [
        ("403_expired_xml", 2, 2, Failure::Upload),
        ("403_signature_xml", 1, 1, Failure::Upload),
        ("400_toolarge", 1, 1, Failure::Upload),
        ("503", 1, 4, Failure::Upload),
    ] {
        let failed = RowState::Failed(failure);
        let (server, _) = attached(json!({"put": answer}), &failed).await;
        assert_eq!(
            (places(&server).await, puts(&server).await),
            (asked, sent),
            "{answer}"
        );
        assert!(server.texts().await.is_empty(), "{answer}");
    }
    for (value, times, asked) in [("403_expired_xml", 1, 2), ("503", 3, 1), ("slow", 1, 1)] {
        let switches = json!({"put": {"value": value, "times": times}});
        let (server, shell) = attached(switches.clone(), &RowState::Sent).await;
        has_arrived(&server, &shell, &switches).await;
        assert_eq!(places(&server).await, asked, "{value}");
    }
}

#[tokio::test]
async fn an_upload_that_breaks_is_tried_once_more() {
    let (server, shell) = attached(once("put", "abort_midway"), &RowState::Sent).await;
    has_arrived(&server, &shell, &json!("once")).await;
    let failed = RowState::Failed(Failure::UploadBlocked);
    let (server, _) = attached(json!({"put": "abort_midway"}), &failed).await;
    assert_eq!(places(&server).await, 1, "the place is good still");
    assert!(server.texts().await.is_empty());
}

#[tokio::test]
async fn a_page_with_a_proxy_sends_all_its_files_through_it() {
    let through = |it: &Value| it["path"] == "/concierge/api/upload-proxy";
    for (answer, state) in [
        ("ok", RowState::Sent),
        ("500", RowState::Failed(Failure::Upload)),
    ] {
        let server = server().await;
        server.switch(json!({"upload_proxy": answer})).await;
        let mut shell = Shell::with_proxy(&server, "round-trip", true, true);
        shell.open().await;
        shell.attach("balcony.png", "image/png", PNG);
        shell.soon(answer, is_in(&state)).await;
        assert_eq!(requests(&server, "main", through).await, 1, "{answer}");
        if answer == "ok" {
            has_arrived(&server, &shell, &json!(answer)).await;
        }
    }
}

#[tokio::test]
async fn a_text_overtakes_a_file_that_is_slow() {
    let (server, mut shell) = chatting(json!({"put": "slow"})).await;
    shell.attach("tour.mp4", "video/mp4", &vec![7; 3 << 20]);
    shell
        .until("on its way", |it| {
            matches!(it.rows[0].state, RowState::Uploading(_))
        })
        .await;
    shell.sent("It is the left window").await;
    shell
        .until("both", |it| {
            it.rows.iter().all(|row| row.state == RowState::Sent)
        })
        .await;
    assert_eq!(server.texts().await[0], "It is the left window");
    assert_eq!(
        shell.texts(),
        server.texts().await,
        "by the end of its upload"
    );
}
