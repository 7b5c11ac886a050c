//! Makes the app smaller where wasm-bindgen and wasm-opt each see only half of
//! it: exports that no JavaScript calls, glue that no WebAssembly calls, and
//! the long names by which the two halves know each other. And it takes out of
//! the glue what is there for other programs, loaders and browsers.
//!
//! wasm-bindgen writes regular text, and this relies on it: a top-level item
//! ends with the first line that closes it without an indent, an import is a
//! member of `import0` at eight spaces. Items that look otherwise are left as they
//! are; an import that is not found makes the build fail.

use std::collections::{BTreeMap, BTreeSet};

use crate::pack::MODULE;

/// Classes of `wasm-streams`, which comes with Leptos for its server functions.
/// Nobody makes objects of them here, but to a linker no export is dead.
const FOREIGN: &str = "IntoUnderlying";

/// Items of the glue that say more than this program needs, how they begin and
/// end, and what is said instead: nothing for browsers that cannot run the rest,
/// one way to start, which is the loader's, and one way to write a text.
const LEANER: &[(&str, &str, &str)] = &[
    ("if (!('encodeInto' in ", "}", ""),
    (
        "function passStringToWasm0(",
        "}",
        "\
function passStringToWasm0(arg, malloc) {
    const bytes = cachedTextEncoder.encode(arg);
    const ptr = malloc(WASM_VECTOR_LEN = bytes.length, 1) >>> 0;
    getUint8ArrayMemory0().set(bytes, ptr);
    return ptr;
}
",
    ),
    // The original begins anew after two gigabytes of text, for old Safaris.
    ("const MAX_SAFARI_DECODE_BYTES", ";", ""),
    ("let numBytesDecoded", ";", ""),
    (
        "function decodeText(",
        "}",
        "\
function decodeText(bytes) {
    return cachedTextDecoder.decode(bytes);
}
",
    ),
    (
        "function getDataViewMemory0(",
        "}",
        "\
function getDataViewMemory0() {
    if (cachedDataViewMemory0?.buffer !== wasm.memory.buffer) {
        cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
    }
    return cachedDataViewMemory0;
}
",
    ),
    // What may fail is wrapped where it is listed, see `as_element`.
    (
        "function handleError(",
        "}",
        "\
function handleError(run) {
    return (...args) => {
        try {
            return run(...args);
        } catch (error) {
            wasm.__wbindgen_exn_store(addToExternrefTable0(error));
        }
    };
}
",
    ),
    // The program is in parts, see `pack`.
    (
        "async function __wbg_load(",
        "}",
        "\
async function __wbg_load(answer, imports) {
    const packed = await WebAssembly.compile(await answer.arrayBuffer());
    return WebAssembly.instantiate(unpack(packed), imports);
}
",
    ),
    ("function initSync(", "}", ""),
    (
        "async function __wbg_init_once(",
        "}",
        "\
async function __wbg_init_once({ module_or_path }) {
    const { instance } = await __wbg_load(await module_or_path, __wbg_get_imports());
    return __wbg_finalize_init(instance);
}
",
    ),
    (
        "export { initSync, __wbg_init as default };",
        ";",
        "export { __wbg_init as default };\n",
    ),
];

/// Parts of lines that go.
const NEEDLESS: &[&str] = &[
    "(typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : ",
    ", wasm.__wbindgen_realloc",
];

/// The glue without classes that nobody uses, and with what it says too much
/// said shorter.
pub fn lean(js: &str) -> String {
    let gone = [
        (format!("export class {FOREIGN}"), "}"),
        (format!("const {FOREIGN}"), ";"),
        (format!("if (Symbol.dispose) {FOREIGN}"), ";"),
    ];
    let gone = gone.iter().map(|(start, end)| (start.as_str(), *end, ""));
    let changes: Vec<_> = gone.chain(LEANER.iter().copied()).collect();
    let mut kept = String::with_capacity(js.len());
    let mut end_of_item: Option<&str> = None;
    for line in js.lines() {
        if end_of_item.is_none()
            && let Some((_, end, instead)) = changes.iter().find(|it| line.starts_with(it.0))
        {
            kept.push_str(instead);
            end_of_item = Some(end);
        }
        match end_of_item {
            None => {
                kept.push_str(line);
                kept.push('\n');
            }
            Some("}") if line == "}" => end_of_item = None,
            Some(";") if line.ends_with(';') => end_of_item = None,
            Some(_) => {}
        }
    }
    NEEDLESS
        .iter()
        .fold(kept, |kept, needless| kept.replace(needless, ""))
}

/// Whether the program imports from another module than the glue. There is one
/// name for all modules in the end, see [`MODULE`].
pub fn has_second_module(js: &str) -> bool {
    js.contains(": import1,")
}

/// The exports that the glue uses, as `wasm.name`.
pub fn exports_in_use(js: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in js.match_indices("wasm.") {
        let before = js[..at].chars().next_back();
        let name: String = js[at + "wasm.".len()..]
            .chars()
            .take_while(|letter| is_word(*letter))
            .collect();
        if !before.is_some_and(is_word) && !name.is_empty() {
            names.insert(name);
        }
    }
    names
}

/// The graph that `wasm-metadce` wants: what is reached from outside.
pub fn graph(exports: &BTreeSet<String>) -> String {
    let quoted: Vec<String> = exports.iter().map(|name| format!("\"{name}\"")).collect();
    let mut nodes = vec![format!(
        "{{\"name\":\"outside\",\"root\":true,\"reaches\":[{}]}}",
        quoted.join(",")
    )];
    nodes.extend(
        quoted
            .iter()
            .map(|name| format!("{{\"name\":{name},\"export\":{name}}}")),
    );
    format!("[{}]", nodes.join(","))
}

/// The short names that wasm-opt gave to what the two halves share. An import is
/// known by its number, see [`mod@crate::pack`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The old name of the module that all imports are of.
    module: Option<String>,
    /// The numbers of the imports by their old names.
    imports: BTreeMap<String, usize>,
    /// How many imports there are.
    count: usize,
    exports: BTreeMap<String, String>,
}

impl Names {
    /// Reads the map that wasm-opt prints: a line an import
    /// `["module", "old", "new"]`, and a line an export `["old", "new"]`.
    /// `imports` are the new names of the imports, in their order.
    pub fn read(map: &str, imports: &[&str]) -> Self {
        let mut names = Self {
            count: imports.len(),
            ..Self::default()
        };
        for line in map.lines() {
            let words: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
            match words[..] {
                [old, new] => {
                    names.exports.insert(old.to_owned(), new.to_owned());
                }
                [module, old, new] => {
                    names.module = Some(module.to_owned());
                    if let Some(number) = imports.iter().position(|name| *name == new) {
                        names.imports.insert(old.to_owned(), number);
                    }
                }
                _ => {}
            }
        }
        names
    }

    /// The glue with the short names, and with a list of the imports that are
    /// called.
    /// `None` when one of them is not found in the glue.
    pub fn write_into(&self, js: &str) -> Option<String> {
        let mut written = String::with_capacity(js.len());
        let mut imports = vec![String::new(); self.count];
        // Before the imports, in one of them or between them, after them.
        let mut is_inside = false;
        let mut number = None;
        for line in js.lines() {
            if line == START_OF_IMPORTS {
                is_inside = true;
                number = None;
            } else if is_inside && line == "    };" {
                is_inside = false;
                let list = imports.concat();
                written.push_str(&format!("    const import0 = [\n{list}    ];\n"));
            } else if is_inside {
                if let Some(name) = import_of(line) {
                    number = self.imports.get(name);
                }
                if let Some(number) = number {
                    imports[*number].push_str(&self.short(&as_element(line)));
                    imports[*number].push('\n');
                }
            } else {
                written.push_str(&self.short(line));
                written.push('\n');
            }
        }
        let is_whole = imports.iter().all(|import| !import.is_empty());
        is_whole.then_some(written)
    }

    fn short(&self, line: &str) -> String {
        let mut line = line.to_owned();
        if let Some(old) = &self.module {
            line = line.replace(&format!("\"{old}\""), &format!("\"{MODULE}\""));
        }
        let mut short = String::with_capacity(line.len());
        let mut rest = line.as_str();
        while let Some(at) = rest.find("wasm.") {
            let (before, after) = rest.split_at(at + "wasm.".len());
            let length = after.find(|letter| !is_word(letter)).unwrap_or(after.len());
            let (name, after) = after.split_at(length);
            short.push_str(before);
            short.push_str(self.exports.get(name).map_or(name, String::as_str));
            rest = after;
        }
        short.push_str(rest);
        short
    }
}

/// How the object of the imports begins.
const START_OF_IMPORTS: &str = "    const import0 = {";

/// A line of a member of the imports as one of a list's element: functions
/// without a name. See `handleError` in [`LEANER`].
fn as_element(line: &str) -> String {
    let Some(name) = import_of(line) else {
        return line.replace("        }, arguments); },", "        }),");
    };
    let member = line.replacen(&[name, ": "].concat(), "", 1);
    let (member, start) =
        match member.strip_prefix("        function() { return handleError(function (") {
            Some(rest) => (rest, "        handleError(("),
            None => match member.strip_prefix("        function(") {
                Some(rest) => (rest, "        ("),
                None => return member,
            },
        };
    [start, &member.replacen(") {", ") => {", 1)].concat()
}

/// The name of the import that begins on this line.
fn import_of(line: &str) -> Option<&str> {
    let member = line.strip_prefix("        __wb")?;
    let length = member.find(|letter| !is_word(letter))?;
    let name = &line["        ".len()..line.len() - member.len() + length];
    member[length..].starts_with(": ").then_some(name)
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "\
export class IntoUnderlyingSink {
    free() {
        wasm.__wbg_intounderlyingsink_free(this.ptr, 0);
    }
}
if (Symbol.dispose) IntoUnderlyingSink.prototype[Symbol.dispose] = IntoUnderlyingSink.prototype.free;
export function mount(container) {
    wasm.mount(container, wasm.memory.buffer);
}
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_append_f73e35c7bae8fc1c: function(arg0) {
            arg0.append(wasm.mountain);
        },
        __wbg_unused_0123456789abcdef: function() { return handleError(function (arg0) {
            return arg0.unused();
        }, arguments); },
        __wbg_used_0123456789abcdef: function() { return handleError(function (arg0) {
            return arg0.used();
        }, arguments); },
    };
    return {
        __proto__: null,
        \"./app_bg.js\": import0,
    };
}
const IntoUnderlyingSinkFinalization = (typeof FinalizationRegistry === 'undefined')
    ? {}
    : new FinalizationRegistry(ptr => wasm.__wbg_intounderlyingsink_free(ptr, 1));
let wasm;
";

    const MAP: &str = "\
{
 \"imports\": [
  [\"./app_bg.js\", \"__wbg_append_f73e35c7bae8fc1c\", \"$\"],
  [\"./app_bg.js\", \"__wbg_used_0123456789abcdef\", \"!\"]
 ],
 \"exports\": [
  [\"mount\", \"a\"],
  [\"memory\", \"b\"]
 ]
}
";

    #[test]
    fn foreign_classes_go_with_all_that_belongs_to_them() {
        let kept = lean(GLUE);
        assert!(!kept.contains("IntoUnderlying"), "{kept}");
        assert!(kept.starts_with("export function mount"));
        assert!(kept.ends_with("}\nlet wasm;\n"));
        assert_eq!(
            exports_in_use(&kept).into_iter().collect::<Vec<_>>(),
            ["memory", "mount", "mountain"]
        );
    }

    #[test]
    fn a_second_module_is_noticed() {
        assert!(!has_second_module(GLUE));
        let second = "\"./app_bg.js\": import0,\n        \"./snippets/a.js\": import1,";
        assert!(has_second_module(
            &GLUE.replace("\"./app_bg.js\": import0,", second)
        ));
    }

    #[test]
    fn items_that_say_too_much_are_said_shorter() {
        let glue = "\
const DTORS = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(state => wasm.drop(state));
function initSync(module) {
    if (module) {
        return;
    }
}
function other() {
    return passStringToWasm0(a, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
}
let numBytesDecoded = 0;
export { initSync, __wbg_init as default };
";
        assert_eq!(
            lean(glue),
            "\
const DTORS = new FinalizationRegistry(state => wasm.drop(state));
function other() {
    return passStringToWasm0(a, wasm.__wbindgen_malloc);
}
export { __wbg_init as default };
"
        );
    }

    #[test]
    fn names_are_short_on_both_sides_and_unused_imports_are_gone() {
        let glue = lean(GLUE);
        let missing = Names::read(MAP, &["!", "?", "$"]).write_into(&glue);
        assert_eq!(missing, None);
        let short = Names::read(MAP, &["!", "$"]).write_into(&glue).unwrap();
        assert!(
            short.contains("wasm.a(container, wasm.b.buffer)"),
            "{short}"
        );
        assert!(
            short.contains(
                "    const import0 = [\n        handleError((arg0) => {\n            return arg0.used();\n        }),\n        (arg0) => {\n"
            ),
            "{short}"
        );
        assert!(short.contains("arg0.append(wasm.mountain)"));
        assert!(short.contains("\"a\": import0"));
        assert!(!short.contains("unused"));
        assert!(short.contains("    ];\n    return {"));
    }

    #[test]
    fn the_graph_names_what_is_reached_from_outside() {
        let exports = exports_in_use("wasm.mount(); wasm.memory");
        assert_eq!(
            graph(&exports),
            r#"[{"name":"outside","root":true,"reaches":["memory","mount"]},{"name":"memory","export":"memory"},{"name":"mount","export":"mount"}]"#
        );
    }
}
