//! What a request to the bucket passes before and after the store itself.

use std::time::Duration;

use futures_util::StreamExt;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CONTENT_TYPE, HeaderName, HeaderValue,
};
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, BodyStream, StreamBody};
use hyper::body::Incoming;
use s3s::Body;
use s3s::service::S3Service;

use super::{Bucket, answers};
use crate::inspection::RequestServed;
use crate::model::Timestamp;
use crate::switches::Put;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

const ACL: HeaderName = HeaderName::from_static("x-amz-acl");

/// The pause after each piece of a slow upload.
const SLOW_PAUSE: Duration = Duration::from_millis(40);

/// Answers one request from the network. An error breaks the connection.
pub(super) async fn handle(
    bucket: &Bucket,
    request: Request<Incoming>,
) -> Result<Response<Body>, BoxError> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = answer(bucket, request).await?;
    bucket.inspection.note_request(RequestServed {
        server: "bucket",
        method: method.to_string(),
        path,
        status: response.status().as_u16(),
        at: Timestamp::now().0,
    });
    Ok(response)
}

async fn answer(bucket: &Bucket, request: Request<Incoming>) -> Result<Response<Body>, BoxError> {
    let blocked = bucket.switches.read().put.peek() == Put::CorsBlock;
    if request.method() == Method::OPTIONS {
        return Ok(if blocked {
            answers::no_cors()
        } else {
            preflight()
        });
    }
    let fault = if request.method() == Method::PUT {
        bucket.switches.take(|switches| switches.put.take(None)).0
    } else {
        Put::Ok
    };
    let mut response = match fault {
        Put::Expired => refuse(request, answers::expired()).await,
        Put::BadSignature => refuse(request, answers::bad_signature()).await,
        Put::TooLarge => refuse(request, answers::too_large()).await,
        Put::SlowDown => refuse(request, answers::slow_down()).await,
        Put::CorsBlock => refuse(request, answers::no_cors()).await,
        Put::AbortMidway => {
            let mut body = request.into_body();
            body.frame().await;
            return Err("the put switch breaks this connection".into());
        }
        Put::Slow => pass(&bucket.service, request.map(slowly)).await?,
        Put::Ok => pass(&bucket.service, request.map(Body::from)).await?,
    };
    if !blocked && fault != Put::CorsBlock {
        allow_any_origin(&mut response);
    }
    Ok(response)
}

/// Hands a request to the store, having moved the signed query parameters to
/// where S3 sees them.
pub(super) async fn pass(
    service: &S3Service,
    mut request: Request<Body>,
) -> Result<Response<Body>, BoxError> {
    if request.method() == Method::PUT {
        let sent = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|mime| mime.to_str().ok());
        let signed = parameter(request.uri(), "Content-Type");
        if signed.is_some() && signed.as_deref() != sent {
            return Ok(answers::bad_signature());
        }
    }
    if !request.headers().contains_key(ACL)
        && let Some(acl) = parameter(request.uri(), ACL.as_str())
    {
        request
            .headers_mut()
            .insert(ACL, HeaderValue::from_str(&acl)?);
    }
    service
        .call(request)
        .await
        .map_err(|error| format!("{error:?}").into())
}

/// Reads the body to its end, as S3 does, then refuses it.
async fn refuse(request: Request<Incoming>, answer: Response<Body>) -> Response<Body> {
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    answer
}

fn slowly(body: Incoming) -> Body {
    let pieces = BodyStream::new(body).then(|piece| async {
        tokio::time::sleep(SLOW_PAUSE).await;
        piece
    });
    Body::http_body_unsync(StreamBody::new(pieces))
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let pairs = uri
        .query()?
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    Some(
        percent_encoding::percent_decode_str(value)
            .decode_utf8_lossy()
            .into_owned(),
    )
}

fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("PUT, GET, HEAD"),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    allow_any_origin(&mut response);
    response
}

fn allow_any_origin(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag"),
    );
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::inspection::Inspection;
    use crate::switches::{SwitchBoard, Switches};

    const HOUR_MS: i64 = 3_600_000;

    fn bucket(folder: &tempfile::TempDir) -> Bucket {
        let switches = Arc::new(SwitchBoard::new(Switches::default()));
        let inspection = Arc::new(Inspection::default());
        Bucket::open(
            folder.path(),
            "127.0.0.1:4711".to_owned(),
            switches,
            inspection,
        )
        .expect("a fresh folder")
    }

    async fn put(bucket: &Bucket, url: &str, mime: &str) -> (u16, String) {
        let request = Request::put(url)
            .header("host", "127.0.0.1:4711")
            .header("content-length", 5)
            .header(CONTENT_TYPE, mime)
            .body(Body::from("hello".to_owned()))
            .expect("a request");
        let response = pass(&bucket.service, request).await.expect("an answer");
        let status = response.status().as_u16();
        let body = BodyExt::collect(response.into_body())
            .await
            .expect("a body")
            .to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_url_is_good_for_its_time_and_no_longer() {
        let folder = tempfile::tempdir().expect("a folder");
        let bucket = bucket(&folder);
        let now = Timestamp::now();
        let fresh = bucket.place("chat-images", "txt", "text/plain", now);
        assert_eq!(put(&bucket, &fresh.upload_url, "text/plain").await.0, 200);
        let stale = bucket.place(
            "chat-images",
            "txt",
            "text/plain",
            Timestamp(now.0 - HOUR_MS),
        );
        let (status, body) = put(&bucket, &stale.upload_url, "text/plain").await;
        assert_eq!(status, 403);
        assert!(body.contains("Request has expired"), "{body}");
    }

    #[tokio::test]
    async fn the_content_type_is_part_of_what_is_signed() {
        let folder = tempfile::tempdir().expect("a folder");
        let bucket = bucket(&folder);
        let place = bucket.place("chat-images", "png", "image/png", Timestamp::now());
        let (status, body) = put(&bucket, &place.upload_url, "image/jpeg").await;
        assert_eq!(status, 403);
        assert!(body.contains("SignatureDoesNotMatch"), "{body}");
        let forged = place.upload_url.replace("image%2Fpng", "image%2Fjpeg");
        let (status, body) = put(&bucket, &forged, "image/jpeg").await;
        assert_eq!(status, 403);
        assert!(body.contains("SignatureDoesNotMatch"), "{body}");
    }
}
