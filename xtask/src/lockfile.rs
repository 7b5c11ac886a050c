//! What Cargo.lock says.

use std::fs;

use crate::{
    error::{Result, failed, io_error},
    tools::WASM_BINDGEN,
    workspace,
};

/// Fails unless the pinned wasm-bindgen-cli fits the library in Cargo.lock: the
/// two speak a private format that changes with each version.
pub fn check_wasm_bindgen() -> Result<()> {
    let path = workspace::root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(io_error("read", &path))?;
    match locked_version(&lock, "wasm-bindgen") {
        Some(version) if version == WASM_BINDGEN.version => Ok(()),
        Some(version) => failed(format!(
            "Cargo.lock has wasm-bindgen {version}, but the pinned wasm-bindgen-cli is {pinned}. \
             Either set the version in xtask/src/tools.rs (WASM_BINDGEN) to {version}, \
             or run `cargo update -p wasm-bindgen --precise {pinned}`.",
            pinned = WASM_BINDGEN.version
        )),
        None => failed("Cargo.lock has no wasm-bindgen: it is not this workspace's lockfile."),
    }
}

/// The version of a package in a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
[[package]]
name = "wasm-bindgen-futures"
version = "0.4.80"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
"#;

    #[test]
    fn the_version_is_that_of_the_very_package() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm"), None);
    }

    #[test]
    fn the_pinned_tool_fits_this_workspace() {
        assert_eq!(check_wasm_bindgen(), Ok(()));
    }
}
