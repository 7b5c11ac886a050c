//! What every request passes first: cross-origin rules, which generations are
//! there, faults of routes, the token (contract 2).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::refusals::Failure;
use super::{VoipBin, agents, webchat};
use crate::inspection::{CallSeen, shown_headers};
use crate::model::Timestamp;
use crate::switches::voipbin::{
    Cors, Dialect, RouteError, StrictContentType, TokenKind, VoipBinSwitches,
};
use crate::token;

/// A generation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// Chats, rooms and their messages.
    Legacy,
    /// `talk_…`, and files.
    Talk,
    /// The visitors' product.
    Webchat,
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    /// The agent's number.
    pub(super) agent: i64,
}

/// A body of JSON, whatever it is called.
pub(super) struct Sent<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        const UNREADABLE: Failure = Failure::Invalid("The body cannot be read.");
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| UNREADABLE)?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|_| UNREADABLE)
    }
}

/// Lets a request through, or answers it.
pub(super) async fn pass(
    State(front): State<Arc<VoipBin>>,
    request: Request,
    next: Next,
) -> Response {
    let switches = front.switches.read().voipbin;
    let era = era(request.uri().path());
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        match admit(&front, &switches, era, request) {
            Ok(request) => next.run(request).await,
            Err(failure) => failure.into_response(),
        }
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = failure.answer(switches.errors.form, era);
    }
    if switches.cors == Cors::AsReal {
        allow_any_origin(response.headers_mut());
    }
    response
}

fn era(path: &str) -> Era {
    if path.contains("/webchat_") || path == "/auth/boot" {
        Era::Webchat
    } else if path.contains("/talk_") || path.starts_with("/v1.0/service_agents/files") {
        Era::Talk
    } else {
        Era::Legacy
    }
}

fn admit(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    era: Era,
    mut request: Request,
) -> Result<Request, Failure> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let agent = credentials(request.headers(), &query).and_then(|token| agent_of(&token));
    front.inspection.note_call(CallSeen {
        front: "voipbin",
        method: request.method().to_string(),
        path: path.clone(),
        query: shown_query(&query),
        headers: shown_headers(request.headers()),
        visitor: agent,
        at: Timestamp::now().0,
    });
    let is_socket = path.ends_with("/ws");
    let is_login = path == "/auth/login";
    if !is_socket && !is_login && !is_there(switches.dialect, era) {
        return Err(Failure::NoRoute);
    }
    if let Some(error) = forced(front, &request) {
        return Err(Failure::Forced(error));
    }
    if switches.strict_content_type == StrictContentType::On && !is_called_json(&request) {
        return Err(Failure::NotJson);
    }
    if is_socket || is_login || path == "/auth/boot" {
        return Ok(request);
    }
    if era == Era::Webchat {
        let token = credentials(request.headers(), &query);
        return token
            .filter(|token| webchat::is_guest(token))
            .map(|_| request)
            .ok_or(Failure::Unauthenticated);
    }
    let agent = agent.ok_or(Failure::Unauthenticated)?;
    agents::welcome(front, agent)?;
    request.extensions_mut().insert(Caller { agent });
    Ok(request)
}

fn is_there(dialect: Dialect, era: Era) -> bool {
    match dialect {
        Dialect::Legacy => era == Era::Legacy,
        Dialect::Talk => era == Era::Talk,
        Dialect::Webchat => era == Era::Webchat,
        Dialect::All => true,
        Dialect::LegacyRemoved => era != Era::Legacy,
    }
}

/// The error that the `errors` switch has for this route, such as
/// `POST /service_agents/talk_messages`.
fn forced(front: &VoipBin, request: &Request) -> Option<RouteError> {
    let matched = request.extensions().get::<MatchedPath>()?.as_str();
    let path = matched.strip_prefix("/v1.0").unwrap_or(matched);
    let route = format!("{} {path}", request.method());
    front.switches.take(|switches| {
        let routes = &mut switches.voipbin.errors.routes;
        let (error, _) = routes.get_mut(&route)?.take(None);
        (error != RouteError::Off).then_some(error)
    })
}

fn is_called_json(request: &Request) -> bool {
    let has_body = matches!(
        *request.method(),
        Method::POST | Method::PUT | Method::PATCH
    );
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    // Requests without a body, such as joining, need no type.
    let is_empty = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .is_none_or(|length| length == "0");
    !has_body
        || is_empty
        || kind.starts_with("application/json")
        || kind.starts_with("multipart/form-data")
}

/// The token of a request, in the order in which the server looks for it:
/// cookie, query, header.
pub(super) fn credentials(headers: &HeaderMap, query: &str) -> Option<String> {
    let word = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let cookie = word(header::COOKIE).and_then(|cookies| {
        let mut cookies = cookies.split(';').map(str::trim);
        cookies.find_map(|cookie| cookie.strip_prefix("token="))
    });
    let asked = query
        .split('&')
        .find_map(|part| part.strip_prefix("token="));
    let bearer = word(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    cookie.or(asked).or(bearer).map(str::to_owned)
}

/// Whose token it is, if it is a good one.
pub(super) fn agent_of(token: &str) -> Option<i64> {
    let claims = token::read(token).ok()?;
    claims.check(Timestamp::now()).ok()?;
    let agent = claims.visitor.0;
    agents::OURS.contains(&agent).then_some(agent)
}

/// A token of an agent as the `token` switch has it, and when it ends.
pub(super) fn new_token(kind: TokenKind, agent: i64, ttl: i64) -> (String, Timestamp) {
    let now = Timestamp::now().seconds();
    let life = if kind == TokenKind::Expired { -60 } else { ttl };
    let ends = now.saturating_add(life);
    let expire = crate::fronts::moments::iso(crate::model::Micros(ends.saturating_mul(1_000_000)));
    let sub = agent.to_string();
    let claims = match kind {
        TokenKind::Any | TokenKind::Expired => {
            serde_json::json!({"sub": sub, "agent": {"id": agents::id(agent)}, "expire": expire, "exp": ends})
        }
        TokenKind::ExpClaim => {
            serde_json::json!({"sub": sub, "customer": {"id": super::CUSTOMER}, "exp": ends})
        }
        TokenKind::ExpireClaim => {
            serde_json::json!({"sub": sub, "agent": {"id": agents::id(agent)}, "expire": expire, "expires_s": ends})
        }
    };
    (token::sign(&claims), Timestamp(ends.saturating_mul(1000)))
}

fn shown_query(query: &str) -> String {
    let parts = query.split('&').map(|part| {
        if part.starts_with("token=") {
            "token=…"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("&")
}

fn allow_any_origin(headers: &mut HeaderMap) {
    let rules = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS",
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Origin, X-Requested-With, Content-Type, Accept, Authorization",
        ),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Content-Length"),
        (header::ACCESS_CONTROL_MAX_AGE, "43200"),
    ];
    for (name, value) in rules {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
