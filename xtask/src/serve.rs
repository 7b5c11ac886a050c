//! `cargo xtask serve`: work on the view with live reload.

use std::ffi::OsString;

use crate::{args::Args, error::Result, run, trunk, workspace};

pub const HELP: &str = "\
Usage: cargo xtask serve

Runs `trunk serve` with the pinned tools: http://127.0.0.1:8090/ shows the demo page and
loads it again after each change. Start `cargo xtask demo` in another terminal first: what
the page asks of the local server goes to 127.0.0.1:8080 (Trunk.toml).";

pub fn run(arguments: &[OsString]) -> Result<()> {
    Args::new("serve", arguments).none()?;
    let mut command = trunk::command("serve")?;
    // A folder of its own: dist/ keeps the release.
    command
        .arg("--dist")
        .arg(workspace::target()?.join("serve-dist"));
    run::run(&mut command, "trunk serve")
}
