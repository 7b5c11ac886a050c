//! The site that embeds the widget, served from a folder.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get_service;
use tower_http::services::ServeDir;

/// Serves the folder for every path that nothing else serves; without a
/// folder, says where the console is.
pub(crate) fn router(folder: Option<&Path>) -> Router {
    match folder {
        Some(folder) => {
            let files = get_service(ServeDir::new(folder));
            Router::new()
                .fallback_service(files)
                .layer(middleware::from_fn(set_caching))
        }
        None => Router::new().fallback(|| async {
            (
                StatusCode::NOT_FOUND,
                "This server was started without a site. The console is at /console.\n",
            )
        }),
    }
}

/// Files whose names change with their content may be kept for good; all else
/// must be asked for again.
async fn set_caching(request: Request, next: Next) -> Response {
    let is_hashed = has_hash(request.uri().path());
    let mut response = next.run(request).await;
    let caching = if is_hashed && response.status().is_success() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

/// True for names such as `widget-3f9c01d2a4b5c6d7_bg.wasm`: they hold a run of
/// eight or more hexadecimal digits, some of them numerals, after a separator.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '_', '.']).skip(1).any(|part| {
        part.len() >= 8
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            && part.bytes().any(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::has_hash;

    #[test]
    fn only_hashed_names_are_kept() {
        assert!(has_hash("/assets/widget-3f9c01d2a4b5c6d7_bg.wasm"));
        assert!(has_hash("/app-00c0ffee00c0ffee.js"));
        assert!(!has_hash("/concierge.js"));
        assert!(!has_hash("/index.html"));
        assert!(!has_hash("/deadbeef.css"));
    }
}
