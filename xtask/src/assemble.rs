//! Turns Trunk's output into what a site embeds. Trunk calls this at the end of
//! each build, in `trunk build` as in `trunk serve`.
//!
//! In the staging folder lie the WebAssembly and its JavaScript as wasm-bindgen
//! wrote them. Afterwards there are, beside `index.html`:
//! - `concierge.js`: the loader, which knows the names of the other three,
//! - `concierge-widget-<hash>-<system>.wasm`, `.js` and `.css`: the app. The names
//!   change with the content, so that they can be cached for ever.
//!
//! A release has an app for each chat system, made one after the other and put
//! together by [`merge`]; it is minified and [packed](mod@pack), which needs npm. A debug build has one
//! program for all of them, under four names, and does without npm.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    args::Args,
    error::{Result, failed, io_error},
    hash,
    npm::Npm,
    order, pack, run, slim, snip, wasm,
    workspace::{self, SYSTEMS, WIDGET},
};

pub const HELP: &str = "\
Usage: cargo xtask assemble

Finishes the folder in which Trunk has put its output: loader, style sheet, names.
Trunk calls this as a hook and says by TRUNK_STAGING_DIR and TRUNK_PROFILE what to do;
CONCIERGE_SYSTEM names the chat system if the app is for one alone.";

/// Which chat system the app is for, when it is for one alone.
pub const SYSTEM: &str = "CONCIERGE_SYSTEM";

/// The loader's name, which sites write into their pages.
pub const LOADER: &str = "concierge.js";

pub fn run(arguments: &[OsString]) -> Result<()> {
    Args::new("assemble", arguments).none()?;
    let Some(staging) = env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from) else {
        return failed(
            "TRUNK_STAGING_DIR is not set: Trunk calls this command. \
             `cargo xtask build` or `trunk build` is what you want.",
        );
    };
    let minifier = match env::var("TRUNK_PROFILE").as_deref() {
        Ok("release") => Some(Npm::ensure()?),
        _ => None,
    };
    Assembly {
        staging,
        source: workspace::root(),
        system: env::var(SYSTEM).ok(),
        minifier,
    }
    .assemble()
}

struct Assembly {
    staging: PathBuf,
    /// The top of the checkout.
    source: PathBuf,
    /// The only chat system that the app is for, if there is one.
    system: Option<String>,
    /// Present in a release.
    minifier: Option<Npm>,
}

impl Assembly {
    fn assemble(&self) -> Result<()> {
        let (js, wasm) = self.bindgen_output()?;
        if let Some(npm) = &self.minifier {
            slim(npm, &js, &wasm)?;
        }
        let name = self.app(&js, &wasm)?;
        self.loader(&name)?;
        self.page()
    }

    /// The two files that wasm-bindgen wrote and Trunk named.
    fn bindgen_output(&self) -> Result<(PathBuf, PathBuf)> {
        let mut js = None;
        let mut wasm = None;
        let entries = fs::read_dir(&self.staging).map_err(io_error("read", &self.staging))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(WIDGET) && name.ends_with("_bg.wasm") {
                wasm = Some(path);
            } else if name.starts_with(WIDGET) && name.ends_with(".js") {
                js = Some(path);
            }
        }
        match (js, wasm) {
            (Some(js), Some(wasm)) => Ok((js, wasm)),
            _ => failed(format!(
                "Trunk put no {WIDGET} into {}: index.html needs `<link data-trunk rel=\"rust\" data-bin=\"{WIDGET}\">`.",
                self.staging.display()
            )),
        }
    }

    /// Writes the app's files and gives the name that they begin with, which
    /// changes whenever one of them does.
    fn app(&self, js: &Path, wasm: &Path) -> Result<String> {
        let code = self.js(js)?;
        let css = self.css()?;
        let program = fs::read(wasm).map_err(io_error("read", wasm))?;
        let content = [code.as_bytes(), css.as_bytes(), &program].concat();
        let name = format!("{WIDGET}-{}", hash::content(&content));
        let systems: Vec<&str> = match &self.system {
            Some(system) => vec![system],
            None => SYSTEMS.to_vec(),
        };
        for system in systems {
            let file = |ending: &str| self.staging.join(format!("{name}-{system}.{ending}"));
            // wasm-bindgen's code has a default for callers that name no module.
            let own = format!("{name}-{system}.wasm");
            write(
                &file("js"),
                &code.replace(&format!("{WIDGET}_bg.wasm"), &own),
            )?;
            write(&file("css"), &css)?;
            let to = file("wasm");
            fs::hard_link(wasm, &to).map_err(io_error("write", &to))?;
        }
        fs::remove_file(wasm).map_err(io_error("remove", wasm))?;
        Ok(name)
    }

    /// Takes wasm-bindgen's file away and gives what it says.
    fn js(&self, path: &Path) -> Result<String> {
        let code = match &self.minifier {
            // Bundled, because wasm-bindgen may have put parts into `snippets/`.
            Some(npm) => {
                let mut command = npm.program("esbuild");
                command.arg(path).args(ESBUILD_MODULE);
                let code = run::output(&mut command, "Bundling the app's JavaScript (esbuild)")?;
                let code = self.minified(code, "module")?;
                let snippets = self.staging.join("snippets");
                if snippets.exists() {
                    fs::remove_dir_all(&snippets).map_err(io_error("remove", &snippets))?;
                }
                code
            }
            None => read(path)?,
        };
        fs::remove_file(path).map_err(io_error("remove", path))?;
        Ok(code)
    }

    fn css(&self) -> Result<String> {
        let mut sheet = String::new();
        for file in sheets(self.system.as_deref()) {
            sheet.push_str(&read(&self.source.join("style").join(file))?);
            sheet.push('\n');
        }
        self.minified(sheet, "css")
    }

    fn loader(&self, name: &str) -> Result<()> {
        let path = self.source.join("src").join("loader.js");
        let loader = fill_in(&read(&path)?, name)?;
        write(&self.staging.join(LOADER), &self.minified(loader, "js")?)
    }

    /// Takes Trunk's own link out of the page, which Trunk leaves there when it
    /// injects no scripts.
    fn page(&self) -> Result<()> {
        let path = self.staging.join("index.html");
        write(&path, &without_trunk_links(&read(&path)?))
    }

    /// A classic script, a module or a style sheet, made small in a release.
    fn minified(&self, text: String, language: &str) -> Result<String> {
        let Some(npm) = &self.minifier else {
            return Ok(text);
        };
        // terser reuses names from function to function, which packs better.
        let (program, arguments) = match language {
            "js" => ("terser", TERSER),
            "module" => ("terser", TERSER_MODULE),
            _ => ("esbuild", ESBUILD_CSS),
        };
        run::filter(
            npm.program(program).args(arguments),
            &text,
            &format!("Minifying {language} ({program})"),
        )
    }
}

/// The style sheets that a system's app needs: what it does not show is not in
/// its own (`src/system.rs`).
fn sheets(system: Option<&str>) -> &'static [&'static str] {
    const ALL: &[&str] = &["tokens.css", "widget.css", "rooms.css", "rich.css"];
    match system {
        Some("concierge") => &ALL[..2],
        Some("voipbin" | "onesmile") => &ALL[..3],
        Some(_) | None => ALL,
    }
}

/// Puts the builds for one chat system each together into `dist`, under one name.
pub fn merge(builds: &[PathBuf], dist: &Path) -> Result<()> {
    if dist.exists() {
        fs::remove_dir_all(dist).map_err(io_error("remove", dist))?;
    }
    fs::create_dir_all(dist).map_err(io_error("create", dist))?;
    let mut all = Vec::new();
    let mut content = Vec::new();
    for build in builds {
        for path in files(build)? {
            let bytes = fs::read(&path).map_err(io_error("read", &path))?;
            content.extend_from_slice(&bytes);
            all.push((path, bytes));
        }
    }
    let name = format!("{WIDGET}-{}", hash::content(&content));
    for (path, bytes) in all {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let to = dist.join(with_name(&file, &name));
        // Names are in the scripts only.
        let bytes = match String::from_utf8(bytes) {
            Ok(text) if file.ends_with(".js") => with_name(&text, &name).into_bytes(),
            Ok(text) => text.into_bytes(),
            Err(error) => error.into_bytes(),
        };
        fs::write(&to, bytes).map_err(io_error("write", &to))?;
    }
    Ok(())
}

/// The text with another name of the app's files wherever one stands.
fn with_name(text: &str, name: &str) -> String {
    let start = format!("{WIDGET}-");
    let mut rest = text;
    let mut changed = String::with_capacity(text.len());
    while let Some(at) = rest.find(&start) {
        let after = &rest[at + start.len()..];
        let is_digit = |letter: char| letter.is_ascii_hexdigit();
        changed.push_str(&rest[..at]);
        changed.push_str(name);
        rest = after.trim_start_matches(is_digit);
    }
    changed.push_str(rest);
    changed
}

/// The files in a folder, in alphabetical order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(io_error("read", folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

/// Optimises both halves of the app, in place.
fn slim(npm: &Npm, js: &Path, wasm: &Path) -> Result<()> {
    let glue = slim::lean(&read(js)?);
    if slim::has_second_module(&glue) {
        return failed(
            "A function of src/**/*.js is imported as it is, from a module of its own, whose \
             name would be lost. Give it a text or `catch`, so that it is wrapped.",
        );
    }
    let graph = wasm.with_extension("graph.json");
    write(&graph, &slim::graph(&slim::exports_in_use(&glue)))?;
    let mut command = npm.program("wasm-metadce");
    command.args(WASM_FEATURES).arg("--graph-file").arg(&graph);
    command.arg(wasm).args(["--debuginfo", "-o"]).arg(wasm);
    run::output(&mut command, "Dropping unused exports (wasm-metadce)")?;
    fs::remove_file(&graph).map_err(io_error("remove", &graph))?;

    let module = fs::read(wasm).map_err(io_error("read", wasm))?;
    let Some(module) = snip::snip(&module) else {
        return failed("wasm-bindgen or wasm-metadce left no names in the program.");
    };
    fs::write(wasm, module).map_err(io_error("write", wasm))?;

    let mut command = npm.program("wasm-opt");
    command.args(WASM_FEATURES).args(WASM_OPT);
    command.arg(wasm).args(["--debuginfo", "-o"]).arg(wasm);
    run::run(&mut command, "Optimising the WebAssembly (wasm-opt)")?;

    let module = fs::read(wasm).map_err(io_error("read", wasm))?;
    let Some(module) = order::order(&module) else {
        return failed("wasm-opt left no names in the program.");
    };
    fs::write(wasm, module).map_err(io_error("write", wasm))?;

    let mut command = npm.program("wasm-opt");
    command.args(WASM_FEATURES).args(WASM_NAMES);
    command.arg(wasm).arg("-o").arg(wasm);
    let map = run::output(&mut command, "Naming anew in the WebAssembly (wasm-opt)")?;
    let module = fs::read(wasm).map_err(io_error("read", wasm))?;
    let Some(imports) = wasm::import_names(&module) else {
        return failed("The program imports what is no function.");
    };
    let Some(glue) = slim::Names::read(&map, &imports).write_into(&glue) else {
        return failed(
            "An import of the WebAssembly is not found in wasm-bindgen's code, which \
             `xtask/src/slim.rs` reads line by line.",
        );
    };
    write(js, &format!("{glue}\n{}", pack::UNPACK))?;
    pack(npm, wasm)
}

/// Takes the program apart, in place, and sees that the app's JavaScript can put
/// it together.
fn pack(npm: &Npm, wasm: &Path) -> Result<()> {
    let program = fs::read(wasm).map_err(io_error("read", wasm))?;
    let (Some(packed), Some(canonical)) = (pack::pack(&program), pack::canonical(&program)) else {
        return failed(
            "The program has something that `xtask/src/pack.rs` does not know: an instruction, or one \
             that is too long.",
        );
    };
    fs::write(wasm, packed).map_err(io_error("write", wasm))?;
    let print = "process.stdout.write(Buffer.from(unpack(new WebAssembly.Module(
        require('fs').readFileSync(process.argv[1])))).toString('hex'))";
    let mut command = npm.node();
    let script = format!("{}\n{print}", pack::UNPACK);
    command.args(["-e", &script]).arg(wasm);
    let unpacked = run::output(&mut command, "Unpacking the WebAssembly (node)")?;
    if unpacked != hex(&canonical) {
        return failed("Of the packed program, `xtask/src/unpack.js` makes another one.");
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The features are those that Rust's wasm32-unknown-unknown has on by default;
/// every browser with module scripts since 2022 knows them.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

const WASM_OPT: &[&str] = &[
    LOW_MEMORY,
    INLINE,
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
];

/// The last run optimises, too: what reads the program anew forgets how tightly
/// it was written.
const WASM_NAMES: &[&str] = &[
    LOW_MEMORY,
    INLINE,
    "-Oz",
    // See `order`.
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    // Prints which name became which.
    "--minify-imports-and-exports-and-modules",
];

/// An address and a constant are added without a carry into the first 1,024
/// bytes. There the stack ends (Rust's linker puts it before all data): a
/// program that comes so far is about to trap for want of stack.
const LOW_MEMORY: &str = "--low-memory-unused";

/// A call costs as much as a function of three instructions.
const INLINE: &str = "--always-inline-max-function-size=3";

/// The oldest language that a browser with the above understands anyway.
const JS_TARGET: &str = "--target=es2022";

const ESBUILD_CSS: &[&str] = &[
    "--minify",
    "--log-level=warning",
    "--charset=utf8",
    "--loader=css",
];

const TERSER: &[&str] = &[
    "--ecma=2022",
    "--mangle",
    "--compress",
    "passes=3,ecma=2020,booleans=false",
];

/// Nobody calls one of wasm-bindgen's functions with `new`, so that they may be
/// methods.
const TERSER_MODULE: &[&str] = &[
    "--module",
    "--ecma=2022",
    "--mangle",
    "--compress",
    "passes=3,ecma=2020,booleans=false,unsafe_methods=true",
];

const ESBUILD_MODULE: &[&str] = &[
    "--bundle",
    "--format=esm",
    "--minify",
    "--charset=utf8",
    "--log-level=error",
    JS_TARGET,
];

/// What the loader's source says for the name that the app's files share.
const TOKEN: &str = "__APP__";

/// The loader with the name of the app's files.
fn fill_in(loader: &str, name: &str) -> Result<String> {
    if !loader.contains(TOKEN) {
        return failed(format!("src/loader.js does not use {TOKEN}."));
    }
    let filled = loader.replace(TOKEN, name);
    match filled.find("__APP_") {
        None => Ok(filled),
        Some(at) => {
            let token: String = filled[at..].chars().take(20).collect();
            failed(format!("src/loader.js has an unknown token at `{token}`."))
        }
    }
}

/// The page without its `<link data-trunk …>` elements and their lines' indents.
fn without_trunk_links(page: &str) -> String {
    let mut rest = page;
    let mut clean = String::with_capacity(page.len());
    while let Some(start) = rest.find("<link data-trunk") {
        let Some(length) = rest[start..].find('>') else {
            break;
        };
        clean.push_str(rest[..start].trim_end());
        rest = &rest[start + length + 1..];
    }
    clean.push_str(rest);
    clean
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(io_error("read", path))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(io_error("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_becomes_the_name_wherever_it_stands() {
        let filled = fill_in(r#"f("__APP__.js");g("__APP__"+e)"#, "a-1");
        assert_eq!(filled, Ok(r#"f("a-1.js");g("a-1"+e)"#.into()));
    }

    #[test]
    fn a_loader_without_the_token_or_with_an_unknown_one_is_refused() {
        assert!(fill_in("__APP", "a").is_err());
        let error = fill_in("__APP__ __APP_FONT__", "a").unwrap_err();
        assert!(error.to_string().contains("__APP_FONT__"), "{error}");
    }

    #[test]
    fn the_page_keeps_nothing_of_trunk() {
        let page = "<head>\n  <title>x</title>\n  <link data-trunk=\"\" rel=\"rust\" data-trunk-id=\"0\">\n</head>";
        assert_eq!(
            without_trunk_links(page),
            "<head>\n  <title>x</title>\n</head>"
        );
    }

    #[test]
    fn a_debug_build_is_assembled_without_npm() {
        let top = env::temp_dir().join(format!("xtask-assemble-test-{}", std::process::id()));
        let (source, staging) = (top.join("source"), top.join("staging"));
        for folder in [source.join("src"), source.join("style"), staging.clone()] {
            fs::create_dir_all(folder).unwrap();
        }
        write(&source.join("src/loader.js"), "'__APP__'").unwrap();
        write(&source.join("style/tokens.css"), "a{}").unwrap();
        write(&source.join("style/widget.css"), "b{}").unwrap();
        write(&source.join("style/rooms.css"), "c{}").unwrap();
        write(&source.join("style/rich.css"), "d{}").unwrap();
        write(&staging.join("index.html"), "<p>").unwrap();
        write(&staging.join("concierge-widget-1f_bg.wasm"), "wasm").unwrap();
        write(
            &staging.join("concierge-widget-1f.js"),
            "new URL('concierge-widget_bg.wasm')",
        )
        .unwrap();

        let assembly = Assembly {
            staging: staging.clone(),
            source,
            system: None,
            minifier: None,
        };
        assembly.assemble().unwrap();

        let loader = read(&staging.join(LOADER)).unwrap();
        let name = loader.trim_matches('\'');
        for system in SYSTEMS {
            let name = format!("{name}-{system}");
            let file = |ending: &str| read(&staging.join(format!("{name}.{ending}"))).unwrap();
            assert_eq!(file("js"), format!("new URL('{name}.wasm')"));
            assert_eq!(file("wasm"), "wasm");
            assert_eq!(file("css"), "a{}\nb{}\nc{}\nd{}\n");
        }
        assert_eq!(fs::read_dir(&staging).unwrap().count(), 2 + 3 * 4);
        fs::remove_dir_all(top).unwrap();
    }

    #[test]
    fn builds_for_one_system_each_become_one_release_with_one_name() {
        let top = env::temp_dir().join(format!("xtask-merge-test-{}", std::process::id()));
        let dist = top.join("dist");
        let mut builds = Vec::new();
        for (system, hash) in [("concierge", "0a"), ("onechat", "1b")] {
            let build = top.join(system);
            fs::create_dir_all(&build).unwrap();
            let name = format!("concierge-widget-{hash}");
            write(&build.join(LOADER), &format!("'{name}-'+backend")).unwrap();
            let app = format!("'{name}-{system}.wasm'");
            write(&build.join(format!("{name}-{system}.js")), &app).unwrap();
            write(&build.join(format!("{name}-{system}.wasm")), system).unwrap();
            builds.push(build);
        }
        merge(&builds, &dist).unwrap();

        let loader = read(&dist.join(LOADER)).unwrap();
        let (name, rest) = loader.trim_start_matches('\'').split_once('\'').unwrap();
        assert_eq!(rest, "+backend");
        for system in ["concierge", "onechat"] {
            let file = |ending: &str| read(&dist.join(format!("{name}{system}.{ending}"))).unwrap();
            assert_eq!(file("wasm"), system);
            assert_eq!(file("js"), format!("'{name}{system}.wasm'"));
        }
        assert_eq!(fs::read_dir(&dist).unwrap().count(), 5);
        fs::remove_dir_all(top).unwrap();
    }
}
