//! Puts the parts together, starts and stops them.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::Response;
use serde_json::{Map, Value};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use crate::bucket::Bucket;
use crate::chat::Chat;
use crate::console::{self, Console};
use crate::fronts::concierge::{self, Concierge};
use crate::fronts::onechat::{self, OneChat};
use crate::fronts::onesmile::{self, OneSmile};
use crate::fronts::voipbin::{self, VoipBin};
use crate::inspect::{self, Inspected};
use crate::inspection::{Inspection, RequestServed};
use crate::model::Timestamp;
use crate::script::{self, Script};
use crate::store::Store;
use crate::switches::{self, Staff, StaffHabit, SwitchBoard, Switches};
use crate::{demo, site};

/// How long stopping waits for requests that are still running.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How much the system takes of an upload before the bucket asks for it, in
/// bytes. The usual megabytes would hide a slow upload from its progress bar.
const SMALL_WINDOW: u32 = 64 * 1024;

/// How much the system reads ahead of a listener's connections.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Window {
    /// As much as it likes.
    Usual,
    /// [`SMALL_WINDOW`].
    Small,
}

/// How to start the server.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port of everything but files; 0 takes any free one.
    pub port: u16,
    /// The port of the file store; 0 takes any free one.
    pub bucket_port: u16,
    /// The folder of what is kept: `chat.sqlite` and `bucket/`. It is created
    /// if need be.
    pub data: PathBuf,
    /// The folder that is served at `/`.
    pub site: Option<PathBuf>,
    /// Whether the scripted concierge answers until a switch says otherwise.
    pub auto_reply: bool,
    /// Switches to begin with, as `PATCH /switches` takes them; a reset returns
    /// to them.
    pub switches: Map<String, Value>,
}

/// Why the server did not start.
#[derive(Debug)]
pub enum StartError {
    /// Another program listens on the port.
    PortTaken(u16),
    /// The port cannot be listened on for another reason.
    Port(u16, std::io::Error),
    /// The data folder cannot be used.
    Data(PathBuf, String),
    /// The site's folder is not there.
    NoSite(PathBuf),
    /// There is no such switch or position, in a sentence.
    Switches(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken(port) => {
                write!(
                    f,
                    "Port {port} is taken by another program. Stop it, or choose another port."
                )
            }
            Self::Port(port, error) => write!(f, "Port {port} cannot be listened on: {error}."),
            Self::Data(folder, error) => write!(
                f,
                "The data folder {} cannot be used: {error}.",
                folder.display()
            ),
            Self::NoSite(folder) => {
                write!(
                    f,
                    "There is no folder {} to serve. Build the site first, or leave it out.",
                    folder.display()
                )
            }
            Self::Switches(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for StartError {}

/// A running server. Dropping it cuts everything off at once;
/// [`Server::stop`] ends it in order.
#[derive(Debug)]
pub struct Server {
    url: String,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Server {
    /// Where it listens, such as `http://127.0.0.1:8080`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Closes all sockets, lets running requests end, and returns when both
    /// ports are free again.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        // Whoever still hangs is cut off with the tasks.
        let _ = tokio::time::timeout(STOP_PATIENCE, ended).await;
        self.tasks.shutdown().await;
    }
}

/// Starts the server; it is ready when this returns.
///
/// # Errors
/// See [`StartError`]; its text is a sentence for people.
pub async fn start(options: Options) -> Result<Server, StartError> {
    if let Some(site) = options.site.as_ref().filter(|site| !site.is_dir()) {
        return Err(StartError::NoSite(site.clone()));
    }
    let switches = Arc::new(switch_board(&options)?);
    let unusable = |error: String| StartError::Data(options.data.clone(), error);
    std::fs::create_dir_all(&options.data).map_err(|error| unusable(error.to_string()))?;
    let store = Store::open(&options.data.join("chat.sqlite"))
        .map_err(|error| unusable(error.to_string()))?;
    let (listener, host) = listen(options.port, Window::Usual)?;
    let (bucket_listener, bucket_host) = listen(options.bucket_port, Window::Small)?;

    let stop = CancellationToken::new();
    let inspection = Arc::new(Inspection::default());
    let bucket = Bucket::open(
        &options.data.join("bucket"),
        bucket_host,
        Arc::clone(&switches),
        Arc::clone(&inspection),
    );
    let bucket = Arc::new(bucket.map_err(|error| unusable(error.0))?);
    let parts = Parts {
        chat: Arc::new(Chat::new(store)),
        switches,
        inspection,
        bucket,
        url: format!("http://{host}"),
        stop,
    };
    let mut tasks = JoinSet::new();
    let router = parts.assemble(options.site.as_deref(), &mut tasks);
    tasks.spawn(Arc::clone(&parts.bucket).serve(bucket_listener, parts.stop.clone()));
    let stopped = parts.stop.clone().cancelled_owned();
    tasks.spawn(async move {
        // Serving never fails; broken connections end by themselves.
        let _ = axum::serve(listener, router)
            .with_graceful_shutdown(stopped)
            .await;
    });
    Ok(Server {
        url: parts.url,
        stop: parts.stop,
        tasks,
    })
}

/// The switches in the positions that the options ask for.
fn switch_board(options: &Options) -> Result<SwitchBoard, StartError> {
    let value = if options.auto_reply {
        Staff::AutoReply
    } else {
        Staff::Manual
    };
    let staff = StaffHabit {
        value,
        delay_ms: None,
    };
    let usual = SwitchBoard::new(Switches {
        staff,
        ..Switches::default()
    });
    let initial = usual.merge(&options.switches);
    let initial = initial.map_err(|error| StartError::Switches(error.0))?;
    Ok(SwitchBoard::new(initial))
}

/// What the parts share.
struct Parts {
    chat: Arc<Chat>,
    switches: Arc<SwitchBoard>,
    inspection: Arc<Inspection>,
    bucket: Arc<Bucket>,
    /// Where the server listens.
    url: String,
    stop: CancellationToken,
}

impl Parts {
    /// Starts the parts that run by themselves and joins the routes of all.
    fn assemble(&self, site: Option<&Path>, tasks: &mut JoinSet<()>) -> Router {
        let Self {
            chat,
            switches,
            inspection,
            bucket,
            url,
            stop,
        } = self;
        let concierge = Arc::new(Concierge::new(
            Arc::clone(chat),
            Arc::clone(switches),
            Arc::clone(inspection),
            Arc::clone(bucket),
            stop.clone(),
        ));
        let onechat = Arc::new(OneChat::new(
            Arc::clone(chat),
            Arc::clone(switches),
            Arc::clone(bucket),
            url.clone(),
            stop.clone(),
        ));
        let onesmile = Arc::new(OneSmile::new(
            Arc::clone(chat),
            Arc::clone(switches),
            Arc::clone(inspection),
            Arc::clone(bucket),
        ));
        let voipbin = Arc::new(VoipBin::new(
            Arc::clone(chat),
            Arc::clone(switches),
            Arc::clone(inspection),
            Arc::clone(bucket),
            stop.clone(),
        ));
        let script = Script {
            chat: Arc::clone(chat),
            switches: Arc::clone(switches),
            bucket: Arc::clone(bucket),
        };
        let (push_news, script_news) = (chat.listen(), chat.listen());
        tasks.spawn(onechat::run_push(Arc::clone(&onechat), chat.listen()));
        tasks.spawn(onechat::run_steps(Arc::clone(&onechat)));
        let chat_at_end = Arc::clone(chat);
        let stopped = stop.clone();
        tasks.spawn(concierge::run_push(Arc::clone(&concierge), push_news));
        tasks.spawn(voipbin::run_push(Arc::clone(&voipbin), chat.listen()));
        tasks.spawn(script::run(Arc::new(script), script_news));
        tasks.spawn(async move {
            stopped.cancelled().await;
            chat_at_end.dismiss_listeners();
        });

        let console = Console {
            chat: Arc::clone(chat),
            bucket: Arc::clone(bucket),
            stop: stop.clone(),
        };
        let inspected = Inspected {
            chat: Arc::clone(chat),
            concierge: Arc::clone(&concierge),
            onechat: Arc::clone(&onechat),
            onesmile: Arc::clone(&onesmile),
            voipbin: Arc::clone(&voipbin),
            inspection: Arc::clone(inspection),
        };
        Router::new()
            .merge(concierge::router(concierge))
            .merge(demo::router())
            .merge(onechat::demo_router(Arc::clone(&onechat)))
            .merge(switches::router(Arc::clone(switches)))
            .merge(inspect::router(Arc::new(inspected)))
            .layer(any_origin())
            .merge(onechat::router(onechat))
            .merge(onesmile::router(onesmile))
            .merge(voipbin::router(voipbin))
            .merge(console::router(Arc::new(console)))
            .merge(site::router(site))
            .layer(middleware::from_fn_with_state(
                Arc::clone(inspection),
                note_request,
            ))
    }
}

/// Lets pages of any origin call the server, with whatever headers they send:
/// `*` would leave out `Authorization`.
pub(crate) fn any_origin() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers(AllowHeaders::mirror_request())
}

async fn note_request(
    State(inspection): State<Arc<Inspection>>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (
        request.method().to_string(),
        request.uri().path().to_owned(),
    );
    let response = next.run(request).await;
    // Looking must not change what is seen.
    if !path.starts_with("/inspect") {
        let status = response.status().as_u16();
        inspection.note_request(RequestServed {
            server: "main",
            method,
            path,
            status,
            at: Timestamp::now().0,
        });
    }
    response
}

fn listen(port: u16, window: Window) -> Result<(TcpListener, String), StartError> {
    let failed = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            StartError::PortTaken(port)
        } else {
            StartError::Port(port, error)
        }
    };
    let open = || {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(cfg!(unix))?;
        if window == Window::Small {
            socket.set_recv_buffer_size(SMALL_WINDOW)?;
        }
        socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
        let listener = socket.listen(BACKLOG)?;
        let host = listener.local_addr()?.to_string();
        Ok((listener, host))
    };
    open().map_err(failed)
}
