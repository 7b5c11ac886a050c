//! What the end-to-end tests stand on: the local server as a process that can
//! be killed ([`Server`]), a network that fails ([`Proxy`]), pages that embed the
//! release ([`Site`]), and a real browser that is driven over WebDriver
//! ([`Browser`]).
//!
//! Nothing here waits for a fixed time: a wait ends when what it waits for is
//! there, or fails after [`PATIENCE`] with what was seen instead.

mod browser;
mod driver;
mod proxy;
mod server;
mod site;
mod system;

pub use browser::{Browser, ENTER, ESCAPE, SHIFT};
pub use proxy::Proxy;
pub use server::Server;
pub use site::Site;
pub use system::System;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The demo page of a visitor, with the panel open and messages flowing.
pub async fn visitor(server: &Server) -> Browser {
    let browser = Browser::start().await;
    browser.open(server.url()).await;
    browser.open_panel().await;
    browser.online().await;
    browser
}

/// A small picture.
const PICTURE: &[u8] = include_bytes!("../../../crates/devserver/src/script/files/courtyard.png");

/// The visitor sends a file of this name and content; what it becomes has this.
async fn send_a_file(browser: &Browser, name: &str, content: &[u8], has: &str) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    browser.choose(&[path.as_path()]).await;
    browser
        .until(&format!(
            "rows().some((row) => row.dataset.author === 'me' && row.dataset.state === 'sent' && {has})"
        ))
        .await;
}

/// The visitor sends a picture, which is shown as one.
pub async fn send_a_picture(browser: &Browser) {
    let has = "row.dataset.kind === 'image' && row.querySelector('img')?.naturalWidth";
    send_a_file(browser, "courtyard.png", PICTURE, has).await;
}

/// The visitor sends a file, and what was sent can be fetched.
pub async fn send_a_plan(server: &Server, browser: &Browser) {
    const PLAN: &[u8] = b"%PDF-1.4 a small plan";
    let has = "row.dataset.kind === 'file' && row.querySelector('a[href]')";
    send_a_file(browser, "plan.pdf", PLAN, has).await;
    let link = browser
        .run("return rows().at(-1).querySelector('a').href")
        .await;
    let bytes = server.fetch(link.as_str().expect("a link")).await;
    assert_eq!(bytes, PLAN);
}

/// The folder of the release, as `cargo xtask build` left it.
#[must_use]
pub fn dist() -> PathBuf {
    std::env::var_os("CONCIERGE_DIST").map_or_else(|| workspace().join("dist"), PathBuf::from)
}

/// The top folder of the checkout.
fn workspace() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the crate lies two folders below the top")
        .into()
}
