//! What every command passes first: cross-origin rules, the limits of a
//! minute, the token (contract 2.2).

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::{MEMBERS, OneSmile, answers, files};
use crate::fronts::silence;
use crate::inspection::{CallSeen, shown_headers};
use crate::model::{Timestamp, VisitorId};
use crate::switches::onesmile::{
    Cors, HttpPlain, OneSmileSwitches, Refuse, TokenHeld, TokenPrefix,
};
use crate::token;

/// Who calls, for the commands.
#[derive(Clone, Copy)]
pub(super) struct Member(pub(super) VisitorId);

/// Lets a request through, or answers it.
pub(super) async fn pass(
    State(front): State<Arc<OneSmile>>,
    request: Request,
    next: Next,
) -> Response {
    let switches = front.switches.read().onesmile;
    if switches.http_plain == HttpPlain::Refuse {
        return silence::broken();
    }
    let asked_headers = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned();
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        admit(&front, &switches, request, next).await
    };
    if switches.cors == Cors::Allow {
        allow_any_origin(response.headers_mut(), asked_headers);
    }
    response
}

async fn admit(
    front: &OneSmile,
    switches: &OneSmileSwitches,
    mut request: Request,
    next: Next,
) -> Response {
    let member = member(switches, request.headers());
    note(front, &request, member);
    if is_over_limit(front, switches) {
        return answers::too_many(switches);
    }
    let command = request.uri().path().rsplit('/').next().unwrap_or_default();
    let (refuse, _) = front
        .switches
        .take(|switches| switches.onesmile.refuse.take(Some(command)));
    if refuse == Refuse::On {
        return answers::refusal(switches, "The desk cannot take this");
    }
    let Some(member) = member else {
        return answers::not_authorised(switches);
    };
    if files::keep_photo(front).await.is_err() {
        return answers::server_error(switches);
    }
    request.extensions_mut().insert(Member(member));
    next.run(request).await
}

fn note(front: &OneSmile, request: &Request, member: Option<VisitorId>) {
    front.inspection.note_call(CallSeen {
        front: "onesmile",
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: String::new(),
        headers: shown_headers(request.headers()),
        visitor: member.map(|member| member.0),
        at: Timestamp::now().0,
    });
}

fn member(switches: &OneSmileSwitches, headers: &HeaderMap) -> Option<VisitorId> {
    let header = headers.get("x-auth-token")?.to_str().ok()?;
    let token = match switches.token_prefix {
        TokenPrefix::Bare => header,
        TokenPrefix::Bearer => header.strip_prefix("Bearer ")?,
    };
    if switches.token == TokenHeld::Expired {
        return None;
    }
    let claims = token::read(token).ok()?;
    claims.check(Timestamp::now()).ok()?;
    MEMBERS
        .contains(&claims.visitor.0)
        .then_some(claims.visitor)
}

fn is_over_limit(front: &OneSmile, switches: &OneSmileSwitches) -> bool {
    let Some(limit) = switches.rate_limit else {
        return false;
    };
    let mut recent = front.recent.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    recent.retain(|at| now.duration_since(*at) < Duration::from_secs(60));
    if recent.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
        return true;
    }
    recent.push_back(now);
    false
}

fn allow_any_origin(headers: &mut HeaderMap, asked: Option<HeaderValue>) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST, OPTIONS"),
    );
    if let Some(asked) = asked {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
}
