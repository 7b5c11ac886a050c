//! Files: the REST call, the bucket, the proxy.

mod support;

use reqwest::{Client, Method, Response, multipart};
use serde_json::{Value, json};
use support::{TENANT, World};

const PATH: &str = "/concierge/api/file-new/get-upload-url";

async fn ask(world: &World, body: Value) -> Response {
    let token = world.token(TENANT, 600).await;
    world
        .http
        .post(world.at(PATH))
        .bearer_auth(token)
        .json(&body)
        .send()
        .await
        .expect("an answer")
}

/// The upload data of a picture.
async fn place(world: &World) -> Value {
    let answer = ask(
        world,
        json!({"filename": "balcony.png", "mimeType": "image/png", "type": "chat-images"}),
    )
    .await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.expect("JSON");
    answer["data"]["uploadUrlData"].clone()
}

fn text<'a>(place: &'a Value, key: &str) -> &'a str {
    place[key].as_str().expect("a string")
}

async fn put(http: &Client, url: &str, mime: &str) -> Response {
    let request = http
        .put(url)
        .header("content-type", mime)
        .header("origin", "http://page.example");
    request.body("picture").send().await.expect("an answer")
}

#[tokio::test]
async fn a_file_is_put_to_its_place_and_read_by_anyone() {
    let world = World::new().await;
    let place = place(&world).await;
    let url = text(&place, "uploadURL");
    for part in [
        "?Content-Type=image%2Fpng&",
        "X-Amz-Expires=900&",
        "X-Amz-SignedHeaders=host%3Bx-amz-acl&",
        "&x-amz-acl=public-read",
        "&X-Amz-Signature=",
    ] {
        assert!(url.contains(part), "{part} in {url}");
    }
    assert_eq!(place["fileName"], "balcony.png");
    assert!(
        text(&place, "uploadPath").starts_with("/chat-images/")
            && text(&place, "uploadPath").ends_with(".png")
    );
    assert!(text(&place, "resourceUrl").ends_with(text(&place, "uploadPath")));

    let public = text(&place, "resourceUrl");
    assert_eq!(
        world
            .http
            .get(public)
            .send()
            .await
            .expect("an answer")
            .status(),
        404
    );
    let stored = put(&world.http, url, "image/png").await;
    assert_eq!(stored.status(), 200);
    assert_eq!(stored.headers()["access-control-allow-origin"], "*");
    let read = world.http.get(public).send().await.expect("an answer");
    assert_eq!(read.status(), 200);
    assert_eq!(read.headers()["content-type"], "image/png");
    assert_eq!(read.text().await.expect("a body"), "picture");
    let requests = world.inspect("/requests").await;
    let on_bucket = requests
        .as_array()
        .expect("a list")
        .iter()
        .filter(|request| request["server"] == "bucket")
        .count();
    assert_eq!(on_bucket, 3);
}

#[tokio::test]
async fn a_wrong_signature_or_type_is_refused() {
    let world = World::new().await;
    let place = place(&world).await;
    let url = text(&place, "uploadURL");
    let (head, _) = url.rsplit_once('=').expect("a signature");
    let forged = format!("{head}={}", "0".repeat(64));
    let other_file = url.replacen(".png?", "0.png?", 1);
    let longer = url.replace("X-Amz-Expires=900", "X-Amz-Expires=9000");
    for (url, mime) in [
        (forged.as_str(), "image/png"),
        (&other_file, "image/png"),
        (&longer, "image/png"),
        (url, "text/html"),
    ] {
        let answer = put(&world.http, url, mime).await;
        assert_eq!(answer.status(), 403, "{mime}");
        assert!(
            answer
                .text()
                .await
                .expect("a body")
                .contains("SignatureDoesNotMatch")
        );
    }
    let (unsigned, _) = url.split_once('?').expect("a query");
    assert_eq!(put(&world.http, unsigned, "image/png").await.status(), 403);
    assert_eq!(put(&world.http, url, "image/png").await.status(), 200);
}

#[tokio::test]
async fn browsers_of_any_origin_may_call() {
    let world = World::new().await;
    let place = place(&world).await;
    let cases = [
        (world.at(PATH), "POST", "authorization,content-type"),
        (world.at("/switches"), "PATCH", "content-type"),
        (text(&place, "uploadURL").to_owned(), "PUT", "content-type"),
    ];
    for (url, method, headers) in cases {
        let request = world
            .http
            .request(Method::OPTIONS, &url)
            .header("origin", "http://page.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", headers);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success());
        let allowed = answer.headers();
        assert_eq!(allowed["access-control-allow-origin"], "*");
        assert!(
            allowed["access-control-allow-methods"]
                .to_str()
                .is_ok_and(|list| list.contains(method))
        );
        assert_eq!(allowed["access-control-allow-headers"], headers);
    }
    let answer = world
        .http
        .post(world.at(PATH))
        .header("origin", "http://page.example")
        .send()
        .await;
    assert_eq!(
        answer.expect("an answer").headers()["access-control-allow-origin"],
        "*"
    );
}

#[tokio::test]
async fn a_place_needs_a_token_and_a_file() {
    let world = World::new().await;
    let good = json!({"filename": "a.png", "mimeType": "image/png", "type": "chat-images"});
    let without = world
        .http
        .post(world.at(PATH))
        .json(&good)
        .send()
        .await
        .expect("an answer");
    assert_eq!(without.status(), 401);
    let expired = world.token(TENANT, -5).await;
    let refused = world
        .http
        .post(world.at(PATH))
        .bearer_auth(expired)
        .json(&good)
        .send()
        .await
        .expect("an answer");
    assert_eq!(refused.status(), 401);
    for bad in [
        json!({"filename": "a.png"}),
        json!({"filename": "", "mimeType": "image/png", "type": "chat-images"}),
        json!({"filename": "a.png", "mimeType": "image/png", "type": "../secrets"}),
    ] {
        let answer = ask(&world, bad).await;
        assert_eq!(answer.status(), 400);
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer["errors"][0]["code"], "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn the_answer_with_a_place_is_as_set() {
    let world = World::new().await;
    let good = json!({"filename": "a.png", "mimeType": "image/png", "type": "chat-images"});
    let cases = [
        (
            "no_data_wrapper",
            200,
            "/uploadUrlData/fileName",
            json!("a.png"),
        ),
        ("extra_keys", 200, "/isBase64Encoded", json!(false)),
        (
            "400_errors",
            400,
            "/errors/0/code",
            json!("VALIDATION_ERROR"),
        ),
        ("400_array", 400, "/0/code", json!("VALIDATION_ERROR")),
        ("401", 401, "/errors/0/code", json!("UNAUTHORIZED")),
        ("404", 404, "/errors/0/code", json!("NOT_FOUND_ERROR")),
        ("500", 500, "/errors/0/code", json!("THIRD_PARTY_API_ERROR")),
        ("empty_null", 200, "/data", Value::Null),
    ];
    for (value, status, pointer, expected) in cases {
        world
            .set(json!({"upload_url": {"value": value, "times": 1}}))
            .await;
        let answer = ask(&world, good.clone()).await;
        assert_eq!(answer.status(), status, "{value}");
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer.pointer(pointer), Some(&expected), "{value}");
    }
    assert_eq!(ask(&world, good).await.status(), 200);
}

#[tokio::test]
async fn a_put_ends_as_set() {
    let world = World::new().await;
    let place = place(&world).await;
    let url = text(&place, "uploadURL");
    let cases = [
        ("403_expired_xml", 403, "Request has expired"),
        ("403_signature_xml", 403, "SignatureDoesNotMatch"),
        ("400_toolarge", 400, "EntityTooLarge"),
        ("503", 503, "SlowDown"),
    ];
    for (value, status, words) in cases {
        world
            .set(json!({"put": {"value": value, "times": 1}}))
            .await;
        let answer = put(&world.http, url, "image/png").await;
        assert_eq!(answer.status(), status, "{value}");
        assert_eq!(answer.headers()["content-type"], "application/xml");
        assert!(
            answer.text().await.expect("a body").contains(words),
            "{value}"
        );
    }
    world
        .set(json!({"put": {"value": "abort_midway", "times": 1}}))
        .await;
    assert!(
        world
            .http
            .put(url)
            .header("content-type", "image/png")
            .body("picture")
            .send()
            .await
            .is_err()
    );
    world.set(json!({"put": "cors_block"})).await;
    let preflight = world
        .http
        .request(Method::OPTIONS, url)
        .send()
        .await
        .expect("an answer");
    assert_eq!(preflight.status(), 403);
    assert_eq!(preflight.headers().get("access-control-allow-origin"), None);
    world.set(json!({"put": "slow"})).await;
    assert_eq!(put(&world.http, url, "image/png").await.status(), 200);
}

#[tokio::test]
async fn the_proxy_puts_files_into_our_bucket_only() {
    let world = World::new().await;
    let place = place(&world).await;
    let post = async |url: &str| {
        let image = multipart::Part::bytes(b"by proxy".to_vec())
            .file_name("a.png")
            .mime_str("image/png")
            .expect("a type");
        let form = multipart::Form::new()
            .text("uploadURL", url.to_owned())
            .part("image", image);
        world
            .http
            .post(world.at("/concierge/api/upload-proxy"))
            .multipart(form)
            .send()
            .await
            .expect("an answer")
    };
    assert_eq!(post(text(&place, "uploadURL")).await.status(), 200);
    let read = world
        .http
        .get(text(&place, "resourceUrl"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(read.headers()["content-type"], "image/png");
    assert_eq!(read.text().await.expect("a body"), "by proxy");
    assert_eq!(post(&world.at("/switches")).await.status(), 502);
    world.set(json!({"upload_proxy": "500"})).await;
    assert_eq!(post(text(&place, "uploadURL")).await.status(), 500);
}
