//! `cargo xtask soak`: random histories of a chat, as many as one likes; and
//! `cargo xtask fuzz`: broken frames.

use std::ffi::OsString;

use crate::{
    args::{Args, Word},
    error::Result,
    run, workspace,
};

pub const HELP: &str = "\
Usage: cargo xtask soak [--histories N] [--seed S] [--system NAME] [--tabs N] [--threads T]
                        [--all] [--trace]

Lives N random histories of a chat (default 100000) with the seeds from S on (default 0): a
visitor, a broken network and a server under a seeded clock, with all that must hold checked
after every step. Prints the rate, and the first seed that fails with what did not hold.

  --system NAME concierge (default), onechat, voipbin, talk (VoIPBIN's second generation),
                onesmile
  --tabs N      in up to so many tabs of one browser (default 1), with the Concierge
  --threads T   default: one a core
  --all         go on after a failure, and tell each kind of failure once
  --trace       prints every input and effect with its time: with --histories 1 --seed S";

pub const FUZZ_HELP: &str = "\
Usage: cargo xtask fuzz [--seconds N] [--seed S]

Gives sessions in mid-chat frames of the Concierge that are broken in all ways, for N
seconds (default 60), with the seeds from S on (default 0). Stops at the first session that
panics, grows without end or does not go on, and prints its seed.";

/// The systems that the simulation knows, VoIPBIN in both of its generations.
pub const SIMULATED: [&str; 5] = ["concierge", "onechat", "voipbin", "talk", "onesmile"];

pub fn fuzz(arguments: &[OsString]) -> Result<()> {
    let mut args = Args::new("fuzz", arguments);
    let mut wishes = Vec::new();
    while let Some(word) = args.next()? {
        match &word {
            Word::Flag(name) if matches!(name.as_str(), "--seconds" | "--seed") => {
                wishes.extend([name.clone(), args.number()?.to_string()]);
            }
            Word::Flag(_) | Word::Value(_) => return Err(args.unknown(&word)),
        }
    }
    simulate("concierge-fuzz", &wishes)
}

pub fn run(arguments: &[OsString]) -> Result<()> {
    let mut args = Args::new("soak", arguments);
    let (mut histories, mut seed) = (100_000, 0);
    let mut others = Vec::new();
    while let Some(word) = args.next()? {
        match &word {
            Word::Flag(name) => match name.as_str() {
                "--histories" => histories = args.number()?,
                "--seed" => seed = args.number()?,
                "--tabs" | "--threads" => {
                    others.extend([name.clone(), args.number()?.to_string()]);
                }
                "--system" => others.extend([name.clone(), args.one_of(&SIMULATED)?]),
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
    let mut wishes = vec!["--histories".to_owned(), histories.to_string()];
    wishes.extend(["--seed".to_owned(), seed.to_string()]);
    wishes.extend_from_slice(others);
    simulate("concierge-sim", &wishes)
}

/// Runs a program of the simulation, which is built to be fast.
fn simulate(program: &str, wishes: &[String]) -> Result<()> {
    let mut command = workspace::cargo("run");
    command
        .args(["--locked", "--quiet", "--profile", "sim"])
        .args(["-p", "concierge-sim", "--bin", program, "--"])
        .args(wishes);
    run::run(&mut command, "The simulation")
}
