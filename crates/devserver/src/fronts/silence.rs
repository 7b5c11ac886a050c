//! Ways not to answer.

use axum::body::Body;
use axum::response::Response;

/// Leaves the connection open and silent until the client gives up.
pub(super) async fn hang() -> Response {
    std::future::pending().await
}

/// Breaks the connection: the server drops one whose body fails before its
/// first byte.
pub(super) fn broken() -> Response {
    let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let failing = futures_util::stream::iter([Err::<Vec<u8>, _>(error)]);
    Response::new(Body::from_stream(failing))
}
