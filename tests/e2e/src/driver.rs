//! A chromedriver of a browser's own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use tokio::time::{Duration, Instant, sleep};

use crate::PATIENCE;

/// A running chromedriver. Dropping it ends it and its browser.
pub(crate) struct Driver {
    process: Child,
    port: u16,
    /// The session to end, once there is one.
    session: Option<String>,
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
            port,
            session: None,
        };
        let deadline = Instant::now() + PATIENCE;
        while reqwest::get(format!("{}/status", driver.url()))
            .await
            .is_err()
        {
            assert!(Instant::now() < deadline, "chromedriver does not answer");
            sleep(Duration::from_millis(20)).await;
        }
        driver
    }
}

impl Driver {
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends this session when it is dropped.
    pub(crate) fn keep(&mut self, session: Option<String>) {
        self.session = session;
    }

    /// Asks for the browser's end, which only the driver can bring about. A
    /// driver that is killed leaves its browser behind.
    fn end_session(&self) -> std::io::Result<()> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        write!(
            socket,
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )?;
        socket.read_exact(&mut [0]).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.end_session();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
