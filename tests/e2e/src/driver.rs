//! A chromedriver of a browser's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tokio::time::{Duration, Instant, sleep};

use crate::PATIENCE;

/// A running chromedriver. Dropping it ends it and its browser.
pub(crate) struct Driver {
    process: Child,
    pub(crate) url: String,
}

impl Driver {
    pub(crate) async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("its number").port();
        drop(free);
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
        let process = Command::new(program)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver can be started");
        let driver = Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
        };
        let deadline = Instant::now() + PATIENCE;
        while reqwest::get(format!("{}/status", driver.url))
            .await
            .is_err()
        {
            assert!(Instant::now() < deadline, "chromedriver does not answer");
            sleep(Duration::from_millis(20)).await;
        }
        driver
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Killed outright it would leave its browser behind; asked to end, it
        // takes it along.
        let asked = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        if asked.is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}
