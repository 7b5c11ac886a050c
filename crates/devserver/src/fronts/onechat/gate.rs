//! What every call passes before it is done: routes that the generation lacks,
//! and the rules for pages of other origins (contract 2.4, 4.3).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::OneChat;
use super::failure::Failure;
use crate::switches::onechat::Cors;

/// For how many seconds a preflight's answer is good.
const PREFLIGHT_LIFE: HeaderValue = HeaderValue::from_static("7200");
const ANY: HeaderValue = HeaderValue::from_static("*");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS");

pub(super) async fn pass(
    State(front): State<Arc<OneChat>>,
    request: Request,
    next: Next,
) -> Response {
    let switches = front.switches();
    let is_open = switches.cors == Cors::Any && switches.generation.is_newer();
    if request.method() == Method::OPTIONS {
        return if is_open {
            preflight(request.headers())
        } else {
            no_route(request.headers())
        };
    }
    let path = request.uri().path();
    let path = path.strip_prefix("/public/api/v1/").unwrap_or_default();
    let mut response = if switches.generation.has_route(path) {
        next.run(request).await
    } else {
        no_route(request.headers())
    };
    if is_open {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    }
    response
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_LIFE);
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

/// An unknown route answers JSON only to those who ask for it.
fn no_route(headers: &HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/json")) {
        return Failure::NotFound.into_response();
    }
    let page =
        "<!doctype html><title>Not here</title><p>The page you were looking for is not here.</p>";
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
