//! The programs that come from npm: wasm-opt, esbuild and terser.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    error::{Result, failed, io_error},
    hash, install, run, workspace,
};

/// The installed npm packages of `xtask/npm`.
pub struct Npm {
    programs: PathBuf,
}

impl Npm {
    /// Installs the packages of `xtask/npm/package-lock.json` unless the user's
    /// cache has exactly them.
    pub fn ensure() -> Result<Self> {
        // The installed programs are written in JavaScript.
        require("node")?;
        let source = workspace::root().join("xtask").join("npm");
        let lock = source.join("package-lock.json");
        let locked = fs::read(&lock).map_err(io_error("read", &lock))?;
        let name = format!("npm-{}", hash::content(&locked));
        let place = install::once(&name, "node_modules/.bin/terser", |folder| {
            install_into(&source, folder)
        })?;
        Ok(Self {
            programs: place.join("node_modules").join(".bin"),
        })
    }

    /// One of the programs that came with the packages.
    pub fn program(&self, name: &str) -> Command {
        Command::new(self.programs.join(name))
    }
}

fn install_into(source: &Path, folder: &Path) -> Result<()> {
    require("npm")?;
    println!(
        "wasm-opt, esbuild and terser are missing: they make the release small. \
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
    run::run(
        &mut command,
        "Installing wasm-opt, esbuild and terser (npm ci)",
    )
}

fn require(program: &str) -> Result<()> {
    if install::on_path(program).is_some() {
        return Ok(());
    }
    failed(format!(
        "The program `{program}` was not found. A release build needs Node.js 18 or newer with \
         npm (for wasm-opt, esbuild and terser): install the packages `nodejs` and `npm`, then run this \
         again. `cargo xtask demo` works without them."
    ))
}
