//! `cargo xtask build`: the release.

use std::ffi::OsString;

use crate::{
    args::Args,
    error::Result,
    size,
    trunk::{self, Mode},
    workspace,
};

pub const HELP: &str = "\
Usage: cargo xtask build

Makes the release in dist/: concierge.js (the loader, under that very name), the app's
files with hashed names, and index.html (the demo page). Any static server can serve
dist/ as it lies, from any path. Prints the size report and fails above the budgets in
size-budget.toml. Needs Node.js with npm; installs what else is missing.";

pub fn run(arguments: &[OsString]) -> Result<()> {
    Args::new("build", arguments).none()?;
    release()
}

/// Builds the release and reports its size.
pub fn release() -> Result<()> {
    let dist = workspace::dist();
    trunk::build(Mode::Release, &dist)?;
    println!("\nThe release lies in {}:\n", dist.display());
    size::report(&dist)
}
