//! Where things are.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::error::{Error, Result};

/// The package that becomes the widget.
pub const WIDGET: &str = "concierge-widget";
/// The package of the local server.
pub const SERVER: &str = "concierge-devserver";
/// The chat systems. A release has a program for each of them, a debug build
/// one for all. They are features of the package, and so the loader names them.
pub const SYSTEMS: [&str; 4] = ["concierge", "onechat", "voipbin", "onesmile"];
/// The target triple of the widget.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The top folder of this checkout.
pub fn root() -> PathBuf {
    // Cargo sets it when it runs us. The path that was compiled in serves when
    // the program is started by hand.
    let here = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

/// Where the release lies.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target folder: this program runs from `<target>/debug/xtask`.
pub fn target() -> Result<PathBuf> {
    let program = env::current_exe()
        .map_err(|error| Error::Failed(format!("Cannot find this program's path: {error}.")))?;
    program
        .ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .ok_or_else(|| Error::Failed("This program lies outside a target folder.".into()))
}

/// A cargo command at the top of the checkout, in the toolchain that runs us.
pub fn cargo(subcommand: &str) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root()).arg(subcommand);
    command
}
