//! Finds a tool of exactly the right version, or installs it into the user's
//! cache, where every checkout on the machine shares it.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    error::{Error, Result, failed, io_error},
    run,
    tools::{CargoTool, Dependencies},
    workspace,
};

/// The folder with the tool's programs; installs the tool if it is missing.
pub fn ensure(tool: &CargoTool) -> Result<PathBuf> {
    if let Some(folder) = on_path(tool.program)
        && let Some(answer) = run::ask(Command::new(folder.join(tool.program)).arg("--version"))
        && names_version(&answer, tool.version)
    {
        return Ok(folder);
    }
    let name = format!("{}-{}", tool.package, tool.version);
    let program = format!("bin/{}{}", tool.program, env::consts::EXE_SUFFIX);
    let installed = once(&name, &program, |folder| {
        let CargoTool {
            package, version, ..
        } = tool;
        println!(
            "{package} {version} is missing: it {}. Installing it takes about {}, once on this machine.",
            tool.purpose, tool.duration
        );
        let mut command = workspace::cargo("install");
        command
            .arg(package)
            .arg(format!("--version={version}"))
            .arg("--root")
            .arg(folder)
            // Otherwise cargo asks for what it need not know.
            .env("PATH", path_with(&[folder.join("bin")])?)
            // A shared target folder would be filled with the tool's parts.
            .env_remove("CARGO_TARGET_DIR")
            // A tool that runs for seconds need not be optimised for minutes.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        if let Dependencies::Locked = tool.dependencies {
            command.arg("--locked");
        }
        run::run(&mut command, &format!("Installing {package} {version}"))
    })?;
    Ok(installed.join("bin"))
}

/// `<cache>/tools/<name>`, filled by `install` unless it has the file `proof`.
///
/// `install` fills a folder of another name, which gets its true name when it is
/// complete: an interrupted installation leaves nothing that looks whole. A lock
/// makes a second process wait for the first.
pub fn once(name: &str, proof: &str, install: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    once_in(&cache()?, name, proof, install)
}

fn once_in(
    tools: &Path,
    name: &str,
    proof: &str,
    install: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let place = tools.join(name);
    if place.join(proof).exists() {
        return Ok(place);
    }
    fs::create_dir_all(tools).map_err(io_error("create", tools))?;
    let lock_path = tools.join(format!("{name}.lock"));
    let lock = File::create(&lock_path).map_err(io_error("create", &lock_path))?;
    if lock.try_lock().is_err() {
        println!("{name} is being installed by another process: waiting for it.");
        lock.lock().map_err(io_error("lock", &lock_path))?;
    }
    if place.join(proof).exists() {
        return Ok(place);
    }
    let unfinished = tools.join(format!("{name}.unfinished"));
    // Left by an interruption: whoever holds the lock is the only one to fill it.
    remove(&unfinished)?;
    install(&unfinished)?;
    if !unfinished.join(proof).exists() {
        return failed(format!("The installation of {name} brought no {proof}."));
    }
    remove(&place)?;
    fs::rename(&unfinished, &place).map_err(io_error("move the tool to", &place))?;
    Ok(place)
}

/// The folder on `PATH` that has the program.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let program = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|folder| folder.join(&program).is_file())
}

/// `PATH` with the folders in front.
pub fn path_with(folders: &[PathBuf]) -> Result<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(env::split_paths(&path));
    env::join_paths(all)
        .map_err(|error| Error::Failed(format!("A tool's folder cannot be on PATH: {error}.")))
}

fn cache() -> Result<PathBuf> {
    let cache = match env::var_os("XDG_CACHE_HOME") {
        Some(cache) if Path::new(&cache).is_absolute() => PathBuf::from(cache),
        _ => match env::home_dir() {
            Some(home) => home.join(".cache"),
            None => return failed("There is no home folder to keep the tools in: set HOME."),
        },
    };
    Ok(cache.join("concierge-widget").join("tools"))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(io_error("remove", folder))?;
    }
    Ok(())
}

/// Whether a program's answer to `--version` names exactly this version.
fn names_version(answer: &str, version: &str) -> bool {
    answer
        .split_whitespace()
        .any(|word| word.trim_start_matches('v') == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_version_counts() {
        assert!(names_version("trunk 0.21.14\n", "0.21.14"));
        assert!(names_version("v1.2.3 (abc)", "1.2.3"));
        assert!(!names_version("trunk 0.21.140", "0.21.14"));
        assert!(!names_version("trunk 0.22.1", "0.21.14"));
    }

    #[test]
    fn an_interrupted_installation_is_done_again_and_a_whole_one_is_not() {
        let tools = env::temp_dir().join(format!("xtask-install-test-{}", std::process::id()));
        remove(&tools).unwrap();
        let fill = |folder: &Path| {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join("tool"), "whole").unwrap();
            Ok(())
        };

        let interrupted = once_in(&tools, "t-1", "tool", |folder| {
            fs::create_dir_all(folder).unwrap();
            failed("interrupted")
        });
        assert!(interrupted.is_err());
        assert!(!tools.join("t-1").exists());

        let place = once_in(&tools, "t-1", "tool", fill).unwrap();
        assert_eq!(fs::read_to_string(place.join("tool")).unwrap(), "whole");

        let again = once_in(&tools, "t-1", "tool", |_| failed("must not be called"));
        assert_eq!(again, Ok(place));
        remove(&tools).unwrap();
    }
}
