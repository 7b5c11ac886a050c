//! `cargo xtask screenshots`: pictures of every state, to be looked at.

use std::{ffi::OsString, fs, path::Path, time::SystemTime};

use crate::{
    args::{Args, Word},
    assemble::LOADER,
    build,
    error::Result,
    run, steps, workspace,
};

pub const HELP: &str = "\
Usage: cargo xtask screenshots [--double] [NAME...]

Drives the release in a real browser against the local server and takes a picture of each
state into docs/screenshots/. Builds the release first when a source is newer than it.
With names, only pictures whose names begin so are kept.

  --double   two device pixels a CSS pixel, into target/screenshots/: to look closely";

/// What the release is made from.
const SOURCES: [&str; 5] = [
    "Cargo.lock",
    "crates/core/src",
    "index.html",
    "src",
    "style",
];

pub fn run(arguments: &[OsString]) -> Result<()> {
    let mut args = Args::new("screenshots", arguments);
    let mut names = Vec::new();
    let (mut folder, mut scale) = (workspace::root().join("docs/screenshots"), "1");
    while let Some(word) = args.next()? {
        match word {
            Word::Flag(name) if name == "--double" => {
                (folder, scale) = (workspace::target()?.join("screenshots"), "2");
            }
            Word::Flag(_) => return Err(args.unknown(&word)),
            Word::Value(name) => names.push(name),
        }
    }
    if is_stale(&workspace::dist().join(LOADER)) {
        build::release()?;
    }
    let mut command = steps::end_to_end_command("run")?;
    command.args(["--bin", "screenshots", "--"]);
    command.arg(folder).arg(scale).args(names);
    run::run(&mut command, "the screenshots")
}

/// Whether there is no release, or a source is newer than it.
fn is_stale(loader: &Path) -> bool {
    let sources = SOURCES.map(|source| workspace::root().join(source));
    let newest = sources.iter().filter_map(|source| newest(source)).max();
    changed(loader).is_none_or(|built| newest.is_some_and(|newest| newest > built))
}

/// When the youngest file of a folder, or a file, was changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let Ok(entries) = fs::read_dir(path) else {
        return changed(path);
    };
    let inside = entries.filter_map(|entry| newest(&entry.ok()?.path()));
    inside.max()
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}
