//! What comes from npm: wasm-opt, esbuild and terser for releases, and the
//! public ActionCable client, which the local server is tried with.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    error::{Result, failed, io_error},
    hash, install, run, workspace,
};

/// Packages that are installed together.
struct Packages {
    /// The folder of their lockfile, from the top of the checkout.
    source: &'static str,
    /// A file that is there once they are installed.
    proof: &'static str,
    /// What they are, to begin a sentence.
    names: &'static str,
    /// What they are for, to end one.
    purpose: &'static str,
}

const TOOLS: Packages = Packages {
    source: "xtask/npm",
    proof: "node_modules/.bin/terser",
    names: "wasm-opt, esbuild and terser",
    purpose: "make the release small",
};

const ACTION_CABLE: Packages = Packages {
    source: "crates/devserver/tests/actioncable",
    proof: "node_modules/@rails/actioncable/package.json",
    names: "The packages of the public ActionCable client",
    purpose: "show that it understands the local server",
};

/// The `node_modules` with the public ActionCable client.
pub fn action_cable() -> Result<PathBuf> {
    install(&ACTION_CABLE)
}

/// The installed npm packages of `xtask/npm`.
pub struct Npm {
    programs: PathBuf,
}

impl Npm {
    /// Installs the packages of `xtask/npm/package-lock.json` unless the user's
    /// cache has exactly them.
    pub fn ensure() -> Result<Self> {
        let modules = install(&TOOLS)?;
        Ok(Self {
            programs: modules.join(".bin"),
        })
    }

    /// One of the programs that came with the packages.
    pub fn program(&self, name: &str) -> Command {
        Command::new(self.programs.join(name))
    }

    /// What runs them: its presence has been seen to.
    pub fn node(&self) -> Command {
        Command::new("node")
    }
}

/// The `node_modules` of the packages, which are installed unless the user's
/// cache has exactly those of the lockfile.
fn install(packages: &Packages) -> Result<PathBuf> {
    // What is installed is written in JavaScript.
    require("node")?;
    let source = workspace::root().join(packages.source);
    let lock = source.join("package-lock.json");
    let locked = fs::read(&lock).map_err(io_error("read", &lock))?;
    let name = format!("npm-{}", hash::content(&locked));
    let place = install::once(&name, packages.proof, |folder| {
        install_into(packages, &source, folder)
    })?;
    Ok(place.join("node_modules"))
}

fn install_into(packages: &Packages, source: &Path, folder: &Path) -> Result<()> {
    require("npm")?;
    let Packages { names, purpose, .. } = packages;
    println!(
        "{names} are missing: they {purpose}. \
         Installing them from npm takes about a minute, once on this machine."
    );
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    for file in ["package.json", "package-lock.json"] {
        let to = folder.join(file);
        fs::copy(source.join(file), &to).map_err(io_error("write", &to))?;
    }
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        // The dependencies are tools for development: they are wanted here.
        .env_remove("NODE_ENV");
    if env::var_os("CI").is_some() {
        command.arg("--no-progress");
    }
    run::run(&mut command, &format!("Installing {names} (npm ci)"))
}

fn require(program: &str) -> Result<()> {
    if install::on_path(program).is_some() {
        return Ok(());
    }
    failed(format!(
        "The program `{program}` was not found. A release build needs Node.js 18 or newer with \
         npm (for wasm-opt, esbuild and terser), and the test with the ActionCable client 20.10 or \
         newer: install the packages `nodejs` and `npm`, then run this again. `cargo xtask demo` \
         works without them."
    ))
}
