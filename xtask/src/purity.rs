//! The border around the core: serde's family and nothing else.

use crate::{
    error::{Result, failed},
    run, workspace,
};

/// What the core may depend on, with what these need themselves.
const ALLOWED: &[&str] = &[
    "concierge-core",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_json",
    // needed by serde_derive
    "proc-macro2",
    "quote",
    "syn",
    "unicode-ident",
    // needed by serde_json
    "itoa",
    "memchr",
    "ryu",
    "zmij",
];

/// Fails if the core depends on anything else.
pub fn check() -> Result<()> {
    let mut command = workspace::cargo("tree");
    command.args([
        "--locked",
        "-p",
        "concierge-core",
        "-e",
        "normal",
        "--target",
        "all",
        "--prefix",
        "none",
    ]);
    let tree = run::output(&mut command, "Listing the core's dependencies (cargo tree)")?;
    let strangers = strangers(&tree);
    if strangers.is_empty() {
        println!("concierge-core depends on serde's family alone.");
        return Ok(());
    }
    failed(format!(
        "concierge-core may depend on serde and serde_json alone, but `cargo tree -p concierge-core -e normal` shows: {}.",
        strangers.join(", ")
    ))
}

/// The packages in cargo's tree that are not allowed.
fn strangers(tree: &str) -> Vec<&str> {
    let mut strangers: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| !ALLOWED.contains(name))
        .collect();
    strangers.sort_unstable();
    strangers.dedup();
    strangers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_and_its_needs_are_allowed() {
        let tree = "concierge-core v0.1.0 (/x/crates/core)\nserde v1.0.1\nserde_derive v1.0.1 (proc-macro)\nsyn v2.0.1\n\nmemchr v2.1.0 (*)\n";
        assert!(strangers(tree).is_empty());
    }

    #[test]
    fn anything_else_is_named_once() {
        let tree = "concierge-core v0.1.0\nrand v0.9.0\nlibc v0.2.0\nrand v0.9.0 (*)\n";
        assert_eq!(strangers(tree), ["libc", "rand"]);
    }
}
