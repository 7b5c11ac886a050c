//! The page itself: three files inside the program.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;

const NO_CACHE: &str = "no-cache";

/// Nothing from elsewhere but pictures and films, which lie in the bucket.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src http: https: data:; media-src http: https:; base-uri 'none'; form-action 'none'";

pub(super) async fn html() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, NO_CACHE),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, include_str!("page.html"))
}

pub(super) async fn style() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, NO_CACHE),
        ],
        include_str!("page.css"),
    )
}

pub(super) async fn script() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (CACHE_CONTROL, NO_CACHE),
        ],
        include_str!("page.js"),
    )
}
