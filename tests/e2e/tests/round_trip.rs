//! The core's session against the real local server over a real socket: the
//! two were written apart from the same contract.

use std::time::{Duration, Instant as Clock};

use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::{
    Action, Close, ConnId, Content, Effect, Input, Instant, Mirror, Now, Row, RowState, Secret,
    Session, Setup, Status, Stored, Timestamp, Token, UploadRules,
};
use concierge_e2e::Server;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The smallest shell: one socket, the real clock, storage in the session's
/// absence of it.
struct Shell {
    session: Session,
    mirror: Mirror,
    socket: Option<(ConnId, Socket)>,
    birth: Clock,
    token: String,
}

impl Shell {
    async fn start(server: &Server) -> Self {
        let token = reqwest::get(format!("{}/demo/token?tenant=1001", server.url()));
        let token: serde_json::Value = token
            .await
            .expect("a token")
            .json()
            .await
            .expect("a token in JSON");
        let socket_url = format!("{}/concierge/socket", server.url()).replace("http:", "ws:");
        let backend = Concierge::new(Settings {
            socket_url,
            device_id: "round-trip".into(),
            api_url: None,
            page_size: 20,
        });
        let setup = Setup {
            backend: Box::new(backend),
            seed: 1,
            stored: Stored::default(),
            rules: UploadRules::default(),
        };
        Self {
            session: Session::new(setup),
            mirror: Mirror::default(),
            socket: None,
            birth: Clock::now(),
            token: token["accessToken"].as_str().expect("a token").into(),
        }
    }

    async fn input(&mut self, input: Input) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            let at = u64::try_from(self.birth.elapsed().as_millis()).expect("a short test");
            let wall = std::time::UNIX_EPOCH
                .elapsed()
                .expect("after 1970")
                .as_millis();
            let now = Now {
                at: Instant(at),
                wall: Timestamp(i64::try_from(wall).expect("before the end of time")),
            };
            for effect in self.session.handle(now, input) {
                inputs.extend(self.perform(effect).await);
            }
        }
    }

    async fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Connect(conn, url) => match connect_async(url.0).await {
                Ok((socket, _)) => {
                    self.socket = Some((conn, socket));
                    Some(Input::Opened(conn))
                }
                Err(_) => Some(Input::Closed(conn, Close { code: 1006 })),
            },
            Effect::Transmit(conn, frame) => {
                let (current, socket) = self.socket.as_mut().expect("an open socket");
                assert_eq!(*current, conn);
                let _ = socket.send(Message::text(frame)).await;
                None
            }
            Effect::Close(_) => {
                self.socket = None;
                None
            }
            Effect::AskToken(_) => {
                let secret = Secret(self.token.clone());
                Some(Input::Token(Ok(Token {
                    secret,
                    expires_at: None,
                })))
            }
            Effect::Changed(change) => {
                self.mirror.apply(&change);
                None
            }
            // This shell has no files.
            Effect::Stand
            | Effect::Seize
            | Effect::Resign
            | Effect::Tell(_)
            | Effect::Chime
            | Effect::Request(..)
            | Effect::Prepare(_)
            | Effect::Upload(..)
            | Effect::Abort(_)
            | Effect::Forget(_) => None,
            Effect::Store(..) | Effect::Announce(_) => None,
        }
    }

    /// Lets the session live until what is waited for holds.
    async fn until(&mut self, what: &str, holds: impl Fn(&Mirror) -> bool) {
        let deadline = Clock::now() + concierge_e2e::PATIENCE;
        while !holds(&self.mirror) {
            assert!(Clock::now() < deadline, "never: {what}; {:#?}", self.mirror);
            let now = u64::try_from(self.birth.elapsed().as_millis()).expect("a short test");
            let wait = self
                .session
                .deadline()
                .map_or(200, |at| at.0.saturating_sub(now));
            let wait = Duration::from_millis(wait.min(200));
            let Some((conn, socket)) = self.socket.as_mut() else {
                tokio::time::sleep(wait).await;
                self.input(Input::Wake).await;
                continue;
            };
            let conn = *conn;
            let input = match timeout(wait, socket.next()).await {
                Err(_) => Input::Wake,
                Ok(Some(Ok(Message::Text(text)))) => Input::Received(conn, text.to_string()),
                Ok(Some(Ok(Message::Binary(_)))) => Input::Received(conn, String::new()),
                Ok(Some(Ok(_))) => continue,
                Ok(Some(Err(_)) | None) => {
                    self.socket = None;
                    Input::Closed(conn, Close { code: 1006 })
                }
            };
            self.input(input).await;
        }
    }

    async fn open(&mut self) {
        self.input(Input::Start).await;
        self.input(Input::User(Action::OpenPanel)).await;
        self.until("online", |it| it.connection.status == Status::Online)
            .await;
    }

    async fn say(&mut self, text: &str) {
        self.input(Input::User(Action::Send(text.into()))).await;
    }
}

fn says(row: &Row, text: &str) -> bool {
    row.content == Content::Text(text.into())
}

fn has(mirror: &Mirror, text: &str, state: &RowState) -> bool {
    mirror
        .rows
        .iter()
        .any(|row| says(row, text) && row.state == *state)
}

async fn server() -> Server {
    Server::start(None).await
}

#[tokio::test]
async fn a_chat_from_the_first_word_to_the_last() {
    let server = server().await;
    let mut shell = Shell::start(&server).await;
    shell.open().await;
    shell.say("Is the sauna warm?").await;
    shell
        .until("sent", |it| has(it, "Is the sauna warm?", &RowState::Sent))
        .await;
    let session = server.session().await;
    server.staff_says(&session, "From five o'clock").await;
    shell
        .until("answered", |it| {
            has(it, "From five o'clock", &RowState::Received)
        })
        .await;
    assert!(shell.mirror.joined);
    server.staff_ends(&session).await;
    shell
        .until("ended", |it| it.connection.status == Status::Ended)
        .await;
    assert_eq!(
        server.texts().await,
        ["Is the sauna warm?", "From five o'clock"]
    );
}

#[tokio::test]
async fn a_server_killed_in_mid_chat_loses_and_doubles_nothing() {
    let mut server = server().await;
    let mut shell = Shell::start(&server).await;
    shell.open().await;
    shell.say("one").await;
    shell
        .until("one", |it| has(it, "one", &RowState::Sent))
        .await;
    shell.say("two").await;
    server.kill().await;
    shell.say("three").await;
    shell
        .until("the loss is noticed", |it| {
            it.connection.status != Status::Online
        })
        .await;
    server.restart().await;
    shell
        .until("three", |it| has(it, "three", &RowState::Sent))
        .await;
    assert_eq!(server.texts().await, ["one", "two", "three"]);
}

/// Every answer and event in each of the shapes that the contract has seen.
#[tokio::test]
async fn the_session_reads_the_server_in_all_its_dialects() {
    let dialects = [
        json!({"ids": "numbers", "times": "numbers", "unread_type": "number"}),
        json!({"ids": "strings", "metadata_key": "metdata"}),
        json!({"channel_echo": "other_limit"}),
        json!({"channel_echo": "bare"}),
        json!({"channel_echo": "array"}),
        json!({"status_key": "statusCode", "content_key": "payload"}),
        json!({"content_key": "data", "event_key": "body"}),
        json!({"event_key": "data", "event_envelope": "bare"}),
        json!({"ack": "welcome", "echo_own": "event_before"}),
        json!({"ack": "unknown_shape", "echo_own": "event_after"}),
        json!({"metadata_key": "drop", "echo_own": "event_before"}),
        json!({"metadata_value": "null", "echo_own": "event_after"}),
        json!({"duplicate_events": 3, "history_order": "shuffled"}),
        json!({"history_order": "desc", "tenant_form": "absent"}),
        json!({"history_scope": "session", "page_cap": 20}),
        json!({"junk": "non_json"}),
        json!({"junk": "binary"}),
        json!({"junk": "unknown_channel"}),
        json!({"junk": "no_channel"}),
    ];
    for dialect in dialects {
        let server = server().await;
        server.switch(dialect.clone()).await;
        let mut shell = Shell::start(&server).await;
        shell.open().await;
        shell.say("Good evening").await;
        shell
            .until(&dialect.to_string(), |it| {
                has(it, "Good evening", &RowState::Sent)
            })
            .await;
        let session = server.session().await;
        server.staff_says(&session, "Welcome").await;
        shell
            .until(&dialect.to_string(), |it| {
                has(it, "Welcome", &RowState::Received)
            })
            .await;
        assert_eq!(
            shell.mirror.rows.len(),
            2,
            "{dialect}: {:#?}",
            shell.mirror.rows
        );
        assert_eq!(
            server.texts().await,
            ["Good evening", "Welcome"],
            "{dialect}"
        );
    }
}
