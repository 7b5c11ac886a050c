//! Proves that the release is linked with link-time optimisation.
//!
//! A package with both `cdylib` and `rlib` in `crate-type` makes cargo switch it
//! off in silence, which costs a third of the size. The shipped program is a
//! bin, so the manifest has no `crate-type` at all and `lto = "fat"`.

use std::fs;

use crate::{
    error::{Result, failed, io_error},
    workspace,
};

/// A line for the size report, or why the size would be wrong.
pub fn check() -> Result<String> {
    let path = workspace::root().join("Cargo.toml");
    let manifest = fs::read_to_string(&path).map_err(io_error("read", &path))?;
    match judge(&manifest) {
        Ok(line) => Ok(line),
        Err(why) => failed(format!(
            "Link-time optimisation is off: {why} (Cargo.toml)."
        )),
    }
}

fn judge(manifest: &str) -> std::result::Result<String, &'static str> {
    let mut section = "";
    let mut lto = None;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        match (section, key.trim()) {
            ("[lib]", "crate-type" | "crate_type") => {
                return Err("the library sets `crate-type`; the shipped program must be the bin");
            }
            ("[profile.release]", "lto") => lto = Some(value.trim()),
            (_, _) => {}
        }
    }
    match lto {
        Some("\"fat\"") => {
            Ok("LTO: on (lto = \"fat\"; the program is a bin, no crate-type is set)".into())
        }
        Some(_) => Err("`lto` of the release profile is not \"fat\""),
        None => Err("the release profile has no `lto`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_has_it_on() {
        assert!(check().is_ok());
    }

    #[test]
    fn a_crate_type_in_the_library_switches_it_off() {
        let manifest =
            "[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n[profile.release]\nlto = \"fat\"\n";
        assert!(judge(manifest).is_err());
    }

    #[test]
    fn only_the_release_profile_counts() {
        assert!(judge("[profile.dev]\nlto = \"fat\"\n").is_err());
        assert!(judge("[profile.release]\nlto = \"thin\"\n").is_err());
        assert!(judge("[profile.release]\nlto = \"fat\"\n").is_ok());
    }
}
