//! `cargo xtask serve`: work on the view with live reload.

use std::ffi::OsString;

use crate::{args::Args, error::Result, run, trunk};

pub const HELP: &str = "\
Usage: cargo xtask serve

Runs `trunk serve` with the pinned tools: http://127.0.0.1:8090/ shows the demo page and
loads it again after each change. Start `cargo xtask demo` in another terminal first: what
the page asks of the local server goes to 127.0.0.1:8080 (Trunk.toml).";

pub fn run(arguments: &[OsString]) -> Result<()> {
    Args::new("serve", arguments).none()?;
    run::run(&mut trunk::command("serve")?, "trunk serve")
}
