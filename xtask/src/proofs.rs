//! What the README says of the Concierge, line by line: each row of its tables
//! names a test, and that test is there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::{Result, failed, io_error},
    workspace,
};

/// The heading of the section whose tables end with a column of tests.
const SECTION: &str = "## The Concierge, line by line";

/// Where the sources lie.
const SOURCES: &[&str] = &["crates", "src", "tests", "xtask"];

/// What stands above a test.
const MARKS: &[&str] = &["#[test", "#[tokio::test", "#[wasm_bindgen_test"];

/// Fails if a row names no test, or one that does not exist.
pub fn check() -> Result<()> {
    let path = workspace::root().join("README.md");
    let readme = fs::read_to_string(&path).map_err(io_error("read", &path))?;
    let mut tests = Tests::default();
    for folder in SOURCES {
        tests.collect(&workspace::root().join(folder))?;
    }
    let rows = rows(&readme);
    if rows.is_empty() {
        return failed(format!("README.md has no tables under `{SECTION}`."));
    }
    let complaints: Vec<String> = rows.iter().flat_map(|row| tests.miss(row)).collect();
    if complaints.is_empty() {
        println!("{} rows of the README name tests that exist.", rows.len());
        return Ok(());
    }
    failed(complaints.join("\n"))
}

/// All tests of the sources: by their names, and with their files.
#[derive(Default)]
struct Tests(BTreeSet<String>);

impl Tests {
    fn collect(&mut self, path: &Path) -> Result<()> {
        if path.is_dir() {
            for entry in fs::read_dir(path).map_err(io_error("read", path))? {
                self.collect(&entry.map_err(io_error("read", path))?.path())?;
            }
        } else if path.extension().is_some_and(|it| it == "rs") {
            let source = fs::read_to_string(path).map_err(io_error("read", path))?;
            self.add(&module(path), &source);
        }
        Ok(())
    }

    fn add(&mut self, module: &str, source: &str) {
        let mut is_marked = false;
        for line in source.lines().map(str::trim) {
            if MARKS.iter().any(|mark| line.starts_with(mark)) {
                is_marked = true;
            } else if is_marked && let Some(name) = function(line) {
                self.0.insert(name.to_owned());
                self.0.insert(format!("{module}::{name}"));
                is_marked = false;
            }
        }
    }

    /// What is wrong with a row.
    fn miss(&self, row: &Row) -> Vec<String> {
        let place = format!("README.md, line {}", row.line);
        if row.names.is_empty() {
            return vec![format!("{place}: the row names no test in its last cell.")];
        }
        let missing = row.names.iter().filter(|name| !self.0.contains(**name));
        missing
            .map(|name| format!("{place}: there is no test `{name}`."))
            .collect()
    }
}

/// The name by which a file's tests are called: of the file, or of the folder
/// whose main file it is.
fn module(path: &Path) -> String {
    let named = match path.file_name() {
        Some(name) if name == "main.rs" || name == "mod.rs" => path.parent().map(PathBuf::from),
        _ => None,
    };
    let stem = named.as_deref().unwrap_or(path).file_stem();
    stem.unwrap_or_default().to_string_lossy().into_owned()
}

/// The name of the function that this line begins.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    line.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// A row of a table.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    /// Counted from 1.
    line: usize,
    /// What stands in backticks in its last cell.
    names: Vec<&'a str>,
}

/// The rows of all tables of the section, without their headings.
fn rows(readme: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut is_inside = false;
    let mut is_body = false;
    for (line, text) in (1..).zip(readme.lines()) {
        if text.starts_with("## ") {
            is_inside = text.trim_end() == SECTION;
        }
        if !is_inside || !text.starts_with('|') {
            is_body = false;
        } else if text.starts_with("|---") {
            is_body = true;
        } else if is_body {
            let cells = text.trim_end().trim_end_matches('|');
            let last = cells.rsplit(" | ").next().unwrap_or(cells);
            let names = last.split('`').skip(1).step_by(2).collect();
            rows.push(Row { line, names });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "\
## Elsewhere

| what | test |
|---|---|
| not looked at | `nowhere` |

## The Concierge, line by line

| what | how | test |
|---|---|---|
| `send` | once | `sending::it_is_sent`, `it_is_heard` |
| silence | nothing |

### More

| what | test |
|---|---|
| seen | `other::it_is_sent` |

## Licence
";

    #[test]
    fn rows_that_name_no_test_or_a_wrong_one_are_told_with_their_lines() {
        let mut tests = Tests::default();
        tests.add(
            "sending",
            "#[test]\nfn it_is_sent() {}\n\nfn helper() {}\n    #[tokio::test(start_paused = true)]\n    #[should_panic]\n    async fn it_is_heard() {}\n",
        );
        let rows = rows(README);
        let complaints: Vec<String> = rows.iter().flat_map(|row| tests.miss(row)).collect();
        assert_eq!(
            complaints,
            [
                "README.md, line 12: the row names no test in its last cell.",
                "README.md, line 18: there is no test `other::it_is_sent`.",
            ]
        );
    }

    #[test]
    fn what_is_no_test_does_not_count() {
        let mut tests = Tests::default();
        tests.add("sending", "fn helper() {}\n// #[test]\nfn other() {}\n");
        assert!(tests.0.is_empty());
    }

    #[test]
    fn a_folder_s_main_file_has_the_folder_s_name() {
        assert_eq!(module(Path::new("tests/round_trip/main.rs")), "round_trip");
        assert_eq!(module(Path::new("tests/chat.rs")), "chat");
    }

    #[test]
    fn this_readme_names_tests_that_exist() {
        assert_eq!(check(), Ok(()));
    }
}
