//! `cargo xtask soak`: random histories of a chat, as many as one likes.

use std::ffi::OsString;

use crate::{
    args::{Args, Word},
    error::Result,
    run, workspace,
};

pub const HELP: &str = "\
Usage: cargo xtask soak [--histories N] [--seed S] [--threads T] [--all] [--trace]

Lives N random histories of a chat (default 100000) with the seeds from S on (default 0): a
visitor, a broken network and a server under a seeded clock, with all that must hold checked
after every step. Prints the rate, and the first seed that fails with what did not hold.

  --threads T   default: one a core
  --all         go on after a failure, and tell each kind of failure once
  --trace       prints every input and effect with its time: with --histories 1 --seed S";

pub fn run(arguments: &[OsString]) -> Result<()> {
    let mut args = Args::new("soak", arguments);
    let (mut histories, mut seed) = (100_000, 0);
    let mut others = Vec::new();
    while let Some(word) = args.next()? {
        match &word {
            Word::Flag(name) => match name.as_str() {
                "--histories" => histories = args.number()?,
                "--seed" => seed = args.number()?,
                "--threads" => {
                    others.extend([name.clone(), args.number()?.to_string()]);
                }
                "--all" | "--trace" => others.push(name.clone()),
                _ => return Err(args.unknown(&word)),
            },
            Word::Value(_) => return Err(args.unknown(&word)),
        }
    }
    live(histories, seed, &others)
}

/// Lives so many histories from this seed on.
pub fn live(histories: u64, seed: u64, others: &[String]) -> Result<()> {
    let mut command = workspace::cargo("run");
    command
        .args(["--locked", "--quiet", "--profile", "sim"])
        .args(["-p", "concierge-sim", "--"])
        .args(["--histories", &histories.to_string()])
        .args(["--seed", &seed.to_string()])
        .args(others);
    run::run(&mut command, "The simulation")
}
