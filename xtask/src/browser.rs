//! Chromium and its WebDriver, for browser tests and end-to-end tests.

use std::{env, path::PathBuf, process::Command};

use crate::{
    error::{Result, failed},
    install::on_path,
    run,
};

/// Where the two programs are.
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

impl Browser {
    /// Finds both programs, installing them where apt can.
    pub fn ensure() -> Result<Self> {
        if let Some(browser) = Self::find() {
            return Ok(browser);
        }
        install()?;
        match Self::find() {
            Some(browser) => Ok(browser),
            None => failed(format!(
                "apt installed no Chromium that can be found. {BY_HAND}"
            )),
        }
    }

    fn find() -> Option<Self> {
        Some(Self {
            chromium: find(
                "CHROMIUM",
                &[
                    "chromium",
                    "chromium-browser",
                    "google-chrome",
                    "google-chrome-stable",
                ],
            )?,
            driver: find("CHROMEDRIVER", &["chromedriver"])?,
        })
    }
}

const BY_HAND: &str = "Install Chromium and the chromedriver of the same version \
     (Debian: packages `chromium` and `chromium-driver`), \
     or set CHROMIUM and CHROMEDRIVER to their paths, then run this again.";

fn find(variable: &str, programs: &[&str]) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Some(PathBuf::from(path));
    }
    programs
        .iter()
        .find_map(|program| Some(on_path(program)?.join(program)))
}

fn install() -> Result<()> {
    if on_path("apt-get").is_none() {
        return failed(format!("Chromium or its driver is missing. {BY_HAND}"));
    }
    let Some(prefix) = rights() else {
        return failed(format!(
            "Chromium or its driver is missing, and this user may not install it. {BY_HAND}"
        ));
    };
    println!(
        "Chromium or its driver is missing: the browser tests need both. \
         Installing them with apt takes about two minutes."
    );
    apt(prefix, &["update"])?;
    apt(
        prefix,
        &[
            "install",
            "--yes",
            "--no-install-recommends",
            "chromium",
            "chromium-driver",
        ],
    )
}

/// What to write before a command that only root may run; `None` if it is in vain.
fn rights() -> Option<&'static [&'static str]> {
    let user = run::ask(Command::new("id").arg("-u"))?;
    if user.trim() == "0" {
        return Some(&[]);
    }
    run::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}

fn apt(prefix: &[&str], arguments: &[&str]) -> Result<()> {
    let words: Vec<&str> = prefix
        .iter()
        .chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .chain(arguments)
        .copied()
        .collect();
    run::run(
        Command::new(words[0]).args(&words[1..]),
        &format!("apt-get {}", arguments.join(" ")),
    )
}
