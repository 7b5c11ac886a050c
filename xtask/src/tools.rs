//! The programs that the pipeline needs. This is the one place for their
//! versions, but for the npm packages (`xtask/npm/package.json`) and Rust
//! itself (`rust-toolchain.toml`).

/// A program that `cargo install` builds.
pub struct CargoTool {
    /// The name on crates.io.
    pub package: &'static str,
    /// The program that we call.
    pub program: &'static str,
    pub version: &'static str,
    /// What it is for, to end the sentence "… is missing: it …".
    pub purpose: &'static str,
    /// How long the installation takes on two cores, roughly.
    pub duration: &'static str,
    pub dependencies: Dependencies,
}

/// Which versions of its dependencies a tool is built with.
pub enum Dependencies {
    /// Those of the lockfile in its package.
    Locked,
    /// The newest that fit, because the lockfile in its package does not resolve.
    Newest,
}

/// Compiles the widget, watches, serves.
pub const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    program: "trunk",
    version: "0.21.14",
    purpose: "runs the build of the widget",
    duration: "8 minutes",
    dependencies: Dependencies::Locked,
};

/// Must equal the `wasm-bindgen` of Cargo.lock; see [`crate::lockfile`].
pub const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    version: "0.2.130",
    purpose: "writes the JavaScript between browser and WebAssembly",
    duration: "2 minutes",
    dependencies: Dependencies::Newest,
};

/// Comes with [`WASM_BINDGEN`].
pub const WASM_TEST_RUNNER: &str = "wasm-bindgen-test-runner";

/// Licences, sources and banned packages.
pub const DENY: CargoTool = CargoTool {
    package: "cargo-deny",
    program: "cargo-deny",
    version: "0.20.2",
    purpose: "checks licences and sources of all dependencies",
    duration: "6 minutes",
    dependencies: Dependencies::Locked,
};

/// Unused dependencies.
pub const MACHETE: CargoTool = CargoTool {
    package: "cargo-machete",
    program: "cargo-machete",
    version: "0.9.2",
    purpose: "finds dependencies that nothing uses",
    duration: "a minute",
    dependencies: Dependencies::Locked,
};
