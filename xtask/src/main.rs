//! `cargo xtask`: one place for everything a developer or the CI runs.
//!
//! Each command sets up what is missing on the machine (saying so aloud), then
//! does its work. Start with [`COMMANDS`]: a new command is one line there and
//! one module with a `run` function.

mod args;
mod assemble;
mod browser;
mod build;
mod demo;
mod error;
mod hash;
mod install;
mod lockfile;
mod lto;
mod npm;
mod order;
mod pack;
mod proofs;
mod purity;
mod run;
mod screenshots;
mod serve;
mod size;
mod slim;
mod snip;
mod soak;
mod steps;
mod tally;
mod test;
mod tools;
mod trunk;
mod wasm;
mod workspace;

use std::{env, ffi::OsString, process::ExitCode};

use error::{Error, Result};

/// One command of `cargo xtask`.
struct Command {
    name: &'static str,
    /// One line for the overview.
    summary: &'static str,
    /// What `cargo xtask <name> --help` prints.
    help: &'static str,
    run: fn(&[OsString]) -> Result<()>,
}

/// All commands, in the order of the overview.
const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        summary: "build the widget and the local server, start both",
        help: demo::HELP,
        run: demo::run,
    },
    Command {
        name: "test",
        summary: "run everything the CI runs",
        help: test::HELP,
        run: test::run,
    },
    Command {
        name: "build",
        summary: "make the release in dist/ and report its size",
        help: build::HELP,
        run: build::run,
    },
    Command {
        name: "size",
        summary: "print the size report of dist/ again",
        help: size::HELP,
        run: size::run,
    },
    Command {
        name: "serve",
        summary: "trunk serve with live reload, beside a running demo",
        help: serve::HELP,
        run: serve::run,
    },
    Command {
        name: "soak",
        summary: "live random histories of a chat, any number",
        help: soak::HELP,
        run: soak::run,
    },
    Command {
        name: "fuzz",
        summary: "give broken frames to sessions in mid-chat",
        help: soak::FUZZ_HELP,
        run: soak::fuzz,
    },
    Command {
        name: "screenshots",
        summary: "take pictures of every state into docs/screenshots/",
        help: screenshots::HELP,
        run: screenshots::run,
    },
    Command {
        name: "assemble",
        summary: "finish Trunk's output (Trunk calls this)",
        help: assemble::HELP,
        run: assemble::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Usage(message)) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
        Err(Error::Failed(message)) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Finds the command that is the first argument and gives it the others.
fn dispatch(arguments: &[OsString]) -> Result<()> {
    let Some((first, rest)) = arguments.split_first() else {
        return Err(Error::Usage(overview()));
    };
    let name = first.to_string_lossy();
    if matches!(name.as_ref(), "-h" | "--help" | "help") {
        println!("{}", overview());
        return Ok(());
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        return Err(Error::Usage(format!(
            "There is no command `{name}`. `cargo xtask --help` lists the commands."
        )));
    };
    if rest.iter().any(|a| a == "-h" || a == "--help") {
        println!("{}", command.help);
        return Ok(());
    }
    (command.run)(rest)
}

fn overview() -> String {
    let mut text = String::from("Usage: cargo xtask <command> [options]\n\nCommands:\n");
    for command in COMMANDS {
        text.push_str(&format!("  {:<13}{}\n", command.name, command.summary));
    }
    text.push_str("\n`cargo xtask <command> --help` tells more about one of them.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn an_unknown_command_is_a_usage_error_that_names_it() {
        let Err(Error::Usage(message)) = dispatch(&arguments(&["dmeo"])) else {
            panic!("`dmeo` must be refused as a wrong use");
        };
        assert!(message.contains("`dmeo`"), "{message}");
    }

    #[test]
    fn no_command_is_a_usage_error_that_lists_the_commands() {
        let Err(Error::Usage(message)) = dispatch(&[]) else {
            panic!("no command must be refused as a wrong use");
        };
        assert!(COMMANDS.iter().all(|c| message.contains(c.name)));
    }

    #[test]
    fn each_commands_help_names_it() {
        for command in COMMANDS {
            let usage = format!("cargo xtask {}", command.name);
            assert!(command.help.contains(&usage), "{usage}");
            assert!(dispatch(&arguments(&[command.name, "--help"])).is_ok());
        }
    }

    #[test]
    fn an_unknown_flag_is_a_usage_error_in_every_command() {
        for command in COMMANDS {
            let result = dispatch(&arguments(&[command.name, "--no-such-flag"]));
            assert!(matches!(result, Err(Error::Usage(_))), "{}", command.name);
        }
    }
}
