//! Runs Trunk with the pinned tools.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    assemble,
    error::{Result, failed, io_error},
    install, lockfile,
    npm::Npm,
    run, tools,
    workspace::{self, SYSTEMS},
};

/// How the widget is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Fast to build, large, with names and assertions; needs no npm.
    Debug,
    /// Small.
    Release,
}

/// Builds the widget into `dist`, setting up what is missing.
pub fn build(mode: Mode, dist: &Path) -> Result<()> {
    if mode == Mode::Debug {
        return run_trunk(command("build")?, "debug", dist);
    }
    let mut builds = Vec::new();
    for system in SYSTEMS {
        println!("Building the app for the system {system}.");
        builds.push(release(system, |command| {
            command
                .args(["--no-default-features", "--features", system])
                .env(assemble::SYSTEM, system);
        })?);
    }
    assemble::merge(&builds, dist)
}

/// Builds one app for all systems, which is no part of the release, and gives the
/// folder that it lies in.
pub fn build_in_one() -> Result<PathBuf> {
    println!("Building one app for all systems.");
    release("all", |_| {})
}

/// Builds an app small, into a folder of this name.
fn release(name: &str, choose: impl FnOnce(&mut Command)) -> Result<PathBuf> {
    // Asked for before the long part; the hook uses it.
    Npm::ensure()?;
    let build = workspace::target()?.join("systems").join(name);
    let mut command = command("build")?;
    command
        .arg("--release")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", rustflags());
    choose(&mut command);
    run_trunk(command, "release", &build)?;
    Ok(build)
}

fn run_trunk(mut command: Command, folder: &str, dist: &Path) -> Result<()> {
    command.arg("--locked").arg("--dist").arg(dist);
    // Trunk copies everything that lies there, also what an earlier build left.
    let bindgen = workspace::target()?.join("wasm-bindgen").join(folder);
    if bindgen.exists() {
        fs::remove_dir_all(&bindgen).map_err(io_error("remove", &bindgen))?;
    }
    run::run(&mut command, "Building the widget (trunk build)")
}

/// Names functions so that types can be read in them, for [`snip`](crate::snip).
const NAMES: &str = "-Csymbol-mangling-version=v0";

/// Keeps this machine's paths out of the program, where panic messages would
/// carry them: the release is the same whoever builds it.
fn rustflags() -> String {
    let Some(home) = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
    else {
        return NAMES.into();
    };
    let registries = fs::read_dir(home.join("registry").join("src"));
    let mut folders: Vec<PathBuf> = registries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders
        .iter()
        .map(|folder| format!("--remap-path-prefix={}=", folder.display()))
        .filter(|flag| !flag.contains(' '))
        .chain([NAMES.to_owned()])
        .collect::<Vec<_>>()
        .join(" ")
}

/// `trunk <subcommand>` at the top of the checkout, with its tools on `PATH`.
pub fn command(subcommand: &str) -> Result<Command> {
    lockfile::check_wasm_bindgen()?;
    ensure_wasm_target()?;
    let folders = [
        install::ensure(&tools::TRUNK)?,
        install::ensure(&tools::WASM_BINDGEN)?,
    ];
    let mut command = Command::new(folders[0].join(tools::TRUNK.program));
    command
        .arg(subcommand)
        .current_dir(workspace::root())
        .env("PATH", install::path_with(&folders)?)
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // Trunk refuses the usual value 1.
        .env_remove("NO_COLOR");
    Ok(command)
}

/// Adds the standard library for WebAssembly to the toolchain if it is missing.
pub fn ensure_wasm_target() -> Result<()> {
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--print", "target-libdir", "--target", workspace::WASM])
        .current_dir(workspace::root());
    let libraries = run::output(&mut rustc, "Asking rustc for its targets")?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    let target = workspace::WASM;
    if install::on_path("rustup").is_none() {
        return failed(format!(
            "Rust's target {target} is missing and there is no rustup to add it: \
             install the standard library for {target}, then run this again."
        ));
    }
    println!(
        "Rust's target {target} is missing: the widget is compiled for it. Adding it takes seconds."
    );
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", target])
        .current_dir(workspace::root());
    run::run(&mut rustup, &format!("rustup target add {target}"))
}
