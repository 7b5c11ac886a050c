//! HTTP requests: the whole request in, the whole answer out.

use concierge_core::{HttpRequest, HttpResponse, Unreachable};
use gloo_net::http::{Method, RequestBuilder};
use web_sys::{AbortController, AbortSignal, RequestCredentials};

/// A request that is given up when this is dropped.
pub struct Pending(AbortController);

impl Pending {
    /// A way to give a request up. `None` where the browser has none.
    #[must_use]
    pub fn new() -> Option<Self> {
        AbortController::new().ok().map(Self)
    }

    /// What the request listens to.
    #[must_use]
    pub fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Makes the request. Cookies are never sent: the token is in the headers.
///
/// # Errors
/// When there is no answer, whatever the reason; a status is no error.
pub async fn fetch(
    request: HttpRequest,
    signal: Option<AbortSignal>,
) -> Result<HttpResponse, Unreachable> {
    let method = request.method.parse::<Method>().map_err(|_| Unreachable)?;
    let mut builder = RequestBuilder::new(&request.url.0)
        .method(method)
        .credentials(RequestCredentials::Omit)
        .abort_signal(signal.as_ref());
    for (name, value) in &request.headers {
        builder = builder.header(name, &value.0);
    }
    let built = match request.body {
        Some(body) => builder.body(body),
        None => builder.build(),
    };
    let response = built.map_err(|_| Unreachable)?.send().await;
    let response = response.map_err(|_| Unreachable)?;
    Ok(HttpResponse {
        status: response.status(),
        body: response.text().await.map_err(|_| Unreachable)?,
    })
}
