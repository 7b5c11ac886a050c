//! Error answers in the words of S3.

use http::{Response, StatusCode, header};
use s3s::Body;

/// The URL is older than it may be.
pub(super) fn expired() -> Response<Body> {
    xml(
        StatusCode::FORBIDDEN,
        "AccessDenied",
        "Request has expired",
        "<X-Amz-Expires>900</X-Amz-Expires><Expires>2026-11-20T09:00:00Z</Expires>\
         <ServerTime>2026-11-20T09:15:41Z</ServerTime>",
    )
}

/// The request is not the one that was signed.
pub(super) fn bad_signature() -> Response<Body> {
    let message = "The request signature we calculated does not match the signature you provided.";
    xml(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", message, "")
}

/// The file is larger than an object may be.
pub(super) fn too_large() -> Response<Body> {
    let message = "Your proposed upload exceeds the maximum allowed size";
    xml(StatusCode::BAD_REQUEST, "EntityTooLarge", message, "")
}

/// The client should come back later.
pub(super) fn slow_down() -> Response<Body> {
    xml(
        StatusCode::SERVICE_UNAVAILABLE,
        "SlowDown",
        "Please reduce your request rate.",
        "",
    )
}

/// The bucket has no rule for the page's origin.
pub(super) fn no_cors() -> Response<Body> {
    let message = "CORSResponse: CORS is not enabled for this bucket.";
    xml(StatusCode::FORBIDDEN, "AccessForbidden", message, "")
}

fn xml(status: StatusCode, code: &str, message: &str, more: &str) -> Response<Body> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}\
         <RequestId>DEVSERVER0001</RequestId><HostId>devserver</HostId></Error>"
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/xml"),
    );
    response
}
