//! `cargo xtask demo`: the widget on a page, and the person who answers.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader, ErrorKind},
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    args::{Args, Word},
    error::{Error, Result, failed, io_error},
    run,
    trunk::{self, Mode},
    workspace::{self, SERVER, SYSTEMS},
};

pub const HELP: &str = "\
Usage: cargo xtask demo [--backend NAME] [--port N] [--release] [--no-auto-reply]

Builds the widget and the local server, starts the server and prints two URLs: a page that
embeds the widget as any site would, and the concierge's console. Ctrl-C stops all.
Conversations are kept in .demo/; remove the folder to start anew.

  --backend NAME    the system to show: concierge (default), onechat, voipbin, onesmile; the
                    server plays all of them, and the page takes ?backend=NAME
  --port N          serve on port N (8080); the upload bucket takes port N + 1
  --release         the small build of the widget; needs Node.js with npm
  --no-auto-reply   nobody answers but you, at the console";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    backend: String,
    port: u16,
    mode: Mode,
    auto_reply: AutoReply,
}

/// Who answers when nobody sits at the console.
#[derive(Debug, PartialEq, Eq)]
enum AutoReply {
    /// A script does.
    On,
    /// Nobody does.
    Off,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Result<Self> {
        let mut options = Self {
            backend: SYSTEMS[0].into(),
            port: 8080,
            mode: Mode::Debug,
            auto_reply: AutoReply::On,
        };
        let mut args = Args::new("demo", arguments);
        while let Some(word) = args.next()? {
            match &word {
                Word::Flag(name) if name == "--backend" => {
                    options.backend = args.one_of(&SYSTEMS)?
                }
                Word::Flag(name) if name == "--port" => options.port = args.port()?,
                Word::Flag(name) if name == "--release" => options.mode = Mode::Release,
                Word::Flag(name) if name == "--no-auto-reply" => {
                    options.auto_reply = AutoReply::Off;
                }
                Word::Flag(_) | Word::Value(_) => return Err(args.unknown(&word)),
            }
        }
        Ok(options)
    }

    fn bucket_port(&self) -> u16 {
        self.port + 1
    }
}

pub fn run(arguments: &[OsString]) -> Result<()> {
    let options = Options::parse(arguments)?;
    // Before the long part.
    for port in [options.port, options.bucket_port()] {
        ensure_free(port)?;
    }
    let target = workspace::target()?;
    // A folder of its own: dist/ keeps the release.
    let site = target.join("demo-dist");

    println!("Building the widget.");
    trunk::build(options.mode, &site)?;
    println!("Building the local server.");
    run::run(
        workspace::cargo("build").args(["--locked", "-p", SERVER]),
        "Building the local server (cargo build)",
    )?;

    let data = workspace::root().join(".demo");
    fs::create_dir_all(&data).map_err(io_error("create", &data))?;
    let mut server = Command::new(target.join("debug").join(SERVER));
    server
        .args(["--port", &options.port.to_string()])
        .args(["--bucket-port", &options.bucket_port().to_string()])
        .arg("--data")
        .arg(&data)
        .arg("--site")
        .arg(&site);
    if options.auto_reply == AutoReply::Off {
        server.arg("--no-auto-reply");
    }
    serve(&mut server, &options)
}

fn ensure_free(port: u16) -> Result<()> {
    let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else {
        return Ok(());
    };
    let why = if error.kind() == ErrorKind::AddrInUse {
        "is in use by another program, perhaps by another demo: stop that".to_owned()
    } else {
        format!("cannot be used ({error}): free it")
    };
    failed(format!(
        "Port {port} {why}, or choose other ports, for instance `cargo xtask demo --port 9080`."
    ))
}

/// Runs the server until it ends or somebody stops us.
fn serve(command: &mut Command, options: &Options) -> Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = run::spawn(command)?;
    let stdout = child.stdout.take();
    let child = Arc::new(Mutex::new(child));
    let stopped = Arc::new(AtomicBool::new(false));
    stop_on_signal(Arc::clone(&child), Arc::clone(&stopped))?;

    if let Some(stdout) = stdout {
        for line in BufReader::new(stdout).lines().map_while(|line| line.ok()) {
            println!("{line}");
            if line.starts_with("listening on ") {
                println!("{}", welcome(options));
            }
        }
    }
    let status = child
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .wait()
        .map_err(|error| Error::Failed(format!("The local server was lost: {error}.")))?;
    if stopped.load(Ordering::SeqCst) || status.success() {
        return Ok(());
    }
    failed(format!("The local server ended by itself ({status})."))
}

/// In a terminal Ctrl-C reaches the server too, which then ends by itself; a
/// signal to us alone does not.
fn stop_on_signal(child: Arc<Mutex<Child>>, stopped: Arc<AtomicBool>) -> Result<()> {
    ctrlc::set_handler(move || {
        stopped.store(true, Ordering::SeqCst);
        let patience = Instant::now() + Duration::from_secs(2);
        loop {
            let mut server = child.lock().unwrap_or_else(PoisonError::into_inner);
            match server.try_wait() {
                Ok(None) if Instant::now() < patience => {}
                Ok(Some(_)) => return,
                Ok(None) | Err(_) => {
                    // It keeps what it acknowledged even when it is killed.
                    let _ = server.kill();
                    return;
                }
            }
            drop(server);
            thread::sleep(Duration::from_millis(20));
        }
    })
    .map_err(|error| Error::Failed(format!("Ctrl-C cannot be handled: {error}.")))
}

fn welcome(options: &Options) -> String {
    let port = options.port;
    let query = match options.backend.as_str() {
        backend if backend == SYSTEMS[0] => String::new(),
        backend => format!("?backend={backend}"),
    };
    format!(
        "\n  The page with the widget   http://127.0.0.1:{port}/{query}\
         \n  The concierge's console    http://127.0.0.1:{port}/console\
         \n\nCtrl-C stops all."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Options::parse(&words)
    }

    #[test]
    fn without_options_it_is_the_debug_build_on_8080_with_auto_reply() {
        let options = parse(&[]).unwrap();
        assert_eq!(options.backend, "concierge");
        assert_eq!(options.port, 8080);
        assert_eq!(options.bucket_port(), 8081);
        assert_eq!(options.mode, Mode::Debug);
        assert_eq!(options.auto_reply, AutoReply::On);
    }

    #[test]
    fn all_options_together() {
        let options = parse(&[
            "--release",
            "--port=9000",
            "--no-auto-reply",
            "--backend=onechat",
        ]);
        let expected = Options {
            backend: "onechat".into(),
            port: 9000,
            mode: Mode::Release,
            auto_reply: AutoReply::Off,
        };
        assert_eq!(options, Ok(expected));
    }

    #[test]
    fn a_busy_port_is_named() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = ensure_free(port).unwrap_err();
        assert!(error.to_string().contains(&port.to_string()), "{error}");
    }

    #[test]
    fn the_welcome_has_both_urls() {
        let mut options = parse(&["--port", "9000"]).unwrap();
        assert!(welcome(&options).contains("http://127.0.0.1:9000/\n"));
        assert!(welcome(&options).contains("http://127.0.0.1:9000/console"));
        options.backend = "voipbin".into();
        assert!(welcome(&options).contains("http://127.0.0.1:9000/?backend=voipbin\n"));
    }
}
