//! The command line.

use std::path::PathBuf;

use concierge_devserver::Options;
use serde_json::{Map, Value};

/// What `--help` shows.
pub(crate) const HELP: &str = "\
concierge-devserver: the chat's back ends, a file store and a console, on this machine only

  --port PORT          everything but files (8080; 0 takes any free port)
  --bucket-port PORT   the file store (8081; 0 takes any free port)
  --data DIR           where conversations and files are kept (target/devserver)
  --site DIR           a folder to serve at /
  --no-auto-reply      nobody answers but people at /console
  --switches JSON      switches to begin with, as PATCH /switches takes them
  --help               this text";

/// What the command line asks for.
pub(crate) enum Asked {
    /// To run the server.
    Run(Options),
    /// To explain itself.
    Help,
}

/// Reads the arguments; an error is a sentence.
pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut options = Options {
        port: 8080,
        bucket_port: 8081,
        data: PathBuf::from("target/devserver"),
        site: None,
        auto_reply: true,
        switches: Map::new(),
    };
    while let Some(name) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{name} needs a value. See --help."))
        };
        match name.as_str() {
            "--port" => options.port = port(&value()?)?,
            "--bucket-port" => options.bucket_port = port(&value()?)?,
            "--data" => options.data = value()?.into(),
            "--site" => options.site = Some(value()?.into()),
            "--no-auto-reply" => options.auto_reply = false,
            "--switches" => options.switches = switches(&value()?)?,
            "--help" | "-h" => return Ok(Asked::Help),
            _ => return Err(format!("{name} is not an option. See --help.")),
        }
    }
    Ok(Asked::Run(options))
}

fn port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("{text} is not a port number."))
}

fn switches(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|_| format!("{text} is not an object in JSON."))
}
