//! The steps of `cargo xtask test`.

use std::process::Command;

use crate::{
    browser::Browser,
    build,
    error::{Result, failed},
    install, lockfile,
    npm::{self, Npm},
    proofs, purity, run, soak,
    tally::Tally,
    tools, trunk,
    workspace::{self, SERVER, SYSTEMS, WASM, WIDGET},
};

/// One thing that is checked.
pub struct Step {
    /// The word on the command line.
    pub name: &'static str,
    /// The heading, and the start of the sentence when it fails.
    pub title: &'static str,
    /// Counts the tests it runs into the tally.
    pub run: fn(&mut Tally) -> Result<()>,
}

/// All steps in their order: what is quick and likely to fail comes first.
pub fn all() -> Vec<&'static Step> {
    STEPS.iter().collect()
}

const STEPS: &[Step] = &[
    Step {
        name: "tools",
        title: "What the other steps need",
        run: |_| tools(),
    },
    Step {
        name: "lock",
        title: "Cargo.lock is complete and fits the pinned tools",
        run: |_| lock(),
    },
    Step {
        name: "fmt",
        title: "Formatting",
        run: |_| cargo("fmt", &["--all", "--check"]),
    },
    Step {
        name: "purity",
        title: "The core depends on serde's family alone",
        run: |_| purity::check(),
    },
    Step {
        name: "readme",
        title: "README and the pages of the systems name tests that exist",
        run: |_| proofs::check(),
    },
    Step {
        name: "clippy",
        title: "Lints, native",
        run: |_| {
            cargo(
                "clippy",
                &[
                    "--locked",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "-D",
                    "warnings",
                ],
            )
        },
    },
    Step {
        name: "clippy-wasm",
        title: "Lints, WebAssembly",
        run: |_| lints_wasm(),
    },
    Step {
        name: "doc",
        title: "Documentation, with private items",
        run: |_| doc(),
    },
    Step {
        name: "deny",
        title: "Licences, bans and sources of dependencies",
        run: |_| deny(),
    },
    Step {
        name: "unused",
        title: "Unused dependencies",
        run: |_| unused(),
    },
    Step {
        name: "core",
        title: "Tests of the core",
        run: |tally| tests(tally, &["-p", "concierge-core"]),
    },
    Step {
        name: "sim",
        title: "Random histories of a chat",
        run: |tally| {
            tests(tally, &["-p", "concierge-sim", "--profile", "sim"])?;
            soak::live(10_000, 0, &[])?;
            soak::live(1_000, 0, &["--tabs".into(), "3".into()])?;
            for system in &soak::SIMULATED[1..] {
                println!("With {system}:");
                soak::live(1_000, 0, &["--system".into(), (*system).into()])?;
            }
            Ok(())
        },
    },
    Step {
        name: "server",
        title: "Tests of the local server",
        run: server,
    },
    Step {
        name: "xtask",
        title: "Tests of xtask",
        run: |tally| tests(tally, &["-p", "xtask"]),
    },
    Step {
        name: "widget",
        title: "Tests of the widget that need no browser",
        run: |tally| tests(tally, &["-p", WIDGET]),
    },
    Step {
        name: "browser",
        title: "Tests of the widget in a browser",
        run: browser,
    },
    Step {
        name: "build",
        title: "Release and its size",
        run: |_| build::release(),
    },
    Step {
        name: "e2e",
        title: "End-to-end tests of the release",
        run: end_to_end,
    },
];

fn cargo(subcommand: &str, arguments: &[&str]) -> Result<()> {
    run::run(
        workspace::cargo(subcommand).args(arguments),
        &format!("cargo {subcommand}"),
    )
}

fn tests(tally: &mut Tally, arguments: &[&str]) -> Result<()> {
    let mut command = workspace::cargo("test");
    command.arg("--locked").args(arguments);
    count(tally, &mut command)
}

fn count(tally: &mut Tally, command: &mut Command) -> Result<()> {
    let mut seen = Tally::default();
    run::watch(command, "cargo test", |line| seen.see(line))?;
    if seen.passed == 0 {
        return failed("No test ran: the tests of this step were not found.");
    }
    tally.add(seen);
    Ok(())
}

/// Installs first what is missing, so that a long run does not end for want of it.
fn tools() -> Result<()> {
    trunk::ensure_wasm_target()?;
    Browser::ensure()?;
    Npm::ensure()?;
    npm::action_cable()?;
    for tool in [
        &tools::TRUNK,
        &tools::WASM_BINDGEN,
        &tools::DENY,
        &tools::MACHETE,
    ] {
        install::ensure(tool)?;
    }
    Ok(())
}

fn lock() -> Result<()> {
    let mut command = workspace::cargo("metadata");
    command.args(["--locked", "--format-version", "1"]);
    run::output(&mut command, "cargo metadata --locked")?;
    lockfile::check_wasm_bindgen()
}

fn doc() -> Result<()> {
    let mut command = workspace::cargo("doc");
    command
        .args([
            "--locked",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ])
        .env("RUSTDOCFLAGS", "-D warnings");
    run::run(&mut command, "cargo doc")
}

fn deny() -> Result<()> {
    let folder = install::ensure(&tools::DENY)?;
    let mut command = Command::new(folder.join(tools::DENY.program));
    command
        .args(["--locked", "check", "licenses", "bans", "sources"])
        .current_dir(workspace::root());
    run::run(&mut command, "cargo deny")
}

fn unused() -> Result<()> {
    let folder = install::ensure(&tools::MACHETE)?;
    let mut command = Command::new(folder.join(tools::MACHETE.program));
    command.current_dir(workspace::root());
    run::run(&mut command, "cargo machete")
}

/// All that is for WebAssembly, and the program for each chat system by itself.
fn lints_wasm() -> Result<()> {
    trunk::ensure_wasm_target()?;
    let lint = |what: &[&str]| {
        let mut arguments = vec!["--locked", "--target", WASM, "-p", WIDGET];
        arguments.extend(what);
        arguments.extend(["--", "-D", "warnings"]);
        cargo("clippy", &arguments)
    };
    lint(&["--all-targets"])?;
    for system in SYSTEMS {
        lint(&["--no-default-features", "--features", system])?;
    }
    Ok(())
}

/// One of its tests runs the public ActionCable client.
fn server(tally: &mut Tally) -> Result<()> {
    let mut command = workspace::cargo("test");
    command
        .args(["--locked", "-p", SERVER])
        .env("CONCIERGE_ACTIONCABLE", npm::action_cable()?);
    count(tally, &mut command)
}

fn browser(tally: &mut Tally) -> Result<()> {
    lockfile::check_wasm_bindgen()?;
    trunk::ensure_wasm_target()?;
    let browser = Browser::ensure()?;
    let runner = install::ensure(&tools::WASM_BINDGEN)?.join(tools::WASM_TEST_RUNNER);
    let mut command = workspace::cargo("test");
    command
        // Examples in documentation are tested natively.
        .args(["--locked", "--target", WASM, "-p", WIDGET, "--tests"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", browser.driver)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    count(tally, &mut command)
}

fn end_to_end(tally: &mut Tally) -> Result<()> {
    if !workspace::dist().join(crate::assemble::LOADER).exists() {
        return failed("There is no release in dist/: run `cargo xtask build` first.");
    }
    count(tally, &mut end_to_end_command("test")?)
}

/// A cargo command for the package of the end-to-end tests, which are told
/// where the release, the local server and the browser are.
pub fn end_to_end_command(subcommand: &str) -> Result<Command> {
    let browser = Browser::ensure()?;
    cargo("build", &["--locked", "-p", SERVER])?;
    let mut command = workspace::cargo(subcommand);
    command
        .args(["--locked", "-p", "concierge-e2e"])
        .env("CONCIERGE_DIST", workspace::dist())
        .env(
            "CONCIERGE_DEVSERVER",
            workspace::target()?.join("debug").join(SERVER),
        )
        .env("CHROMEDRIVER", browser.driver)
        .env("CHROMIUM", browser.chromium);
    Ok(command)
}
