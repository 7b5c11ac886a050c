//! What the README and the pages of the systems say, line by line: each row of a
//! table with a column of tests names one, and that test is there; or it says why
//! there is none.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    error::{Result, failed, io_error},
    workspace::{self, SYSTEMS},
};

/// What stands over the last column of a table whose rows are looked at.
const COLUMN: &str = "tests";

/// What the last cell of a row begins with that has no test: the reason follows.
const NONE: &str = "– ";

/// Where the sources lie.
const SOURCES: &[&str] = &["crates", "src", "tests", "xtask"];

/// What stands above a test.
const MARKS: &[&str] = &["#[test", "#[tokio::test", "#[wasm_bindgen_test"];

/// Fails if a row names no test and no reason, or a test that does not exist.
pub fn check() -> Result<()> {
    let mut tests = Tests::default();
    for folder in SOURCES {
        tests.collect(&workspace::root().join(folder))?;
    }
    let mut complaints = Vec::new();
    let (mut proven, mut unproven) = (0, 0);
    let pages = SYSTEMS.map(|system| format!("docs/systems/{system}.md"));
    for page in std::iter::once("README.md").chain(pages.iter().map(String::as_str)) {
        let path = workspace::root().join(page);
        let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
        let rows = rows(&text);
        if rows.is_empty() {
            complaints.push(format!("{page} has no table with a column `{COLUMN}`."));
        }
        unproven += rows.iter().filter(|row| row.has_reason).count();
        proven += rows.iter().filter(|row| !row.has_reason).count();
        complaints.extend(rows.iter().flat_map(|row| tests.miss(page, row)));
    }
    if complaints.is_empty() {
        println!("{proven} rows name tests that exist, {unproven} say why they have none.");
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
            self.add(&names(path), &source);
        }
        Ok(())
    }

    fn add(&mut self, places: &[String], source: &str) {
        let mut is_marked = false;
        for line in source.lines().map(str::trim) {
            if MARKS.iter().any(|mark| line.starts_with(mark)) {
                is_marked = true;
            } else if is_marked && let Some(name) = function(line) {
                self.0.insert(name.to_owned());
                let named = places.iter().map(|place| format!("{place}::{name}"));
                self.0.extend(named);
                is_marked = false;
            }
        }
    }

    /// What is wrong with a row.
    fn miss(&self, page: &str, row: &Row) -> Vec<String> {
        let place = format!("{page}, line {}", row.line);
        if row.has_reason {
            return Vec::new();
        }
        if row.names.is_empty() {
            return vec![format!("{place}: the row names no test in its last cell.")];
        }
        let missing = row.names.iter().filter(|name| !self.0.contains(**name));
        missing
            .map(|name| format!("{place}: there is no test `{name}`."))
            .collect()
    }
}

/// The names by which a file's tests are called: of its folder and of the file.
/// A folder's main file has the folder's name alone.
fn names(path: &Path) -> Vec<String> {
    let is_main = |name: &str| name == "main.rs" || name == "mod.rs";
    let file = path.file_name().and_then(|name| name.to_str());
    let file = file.filter(|name| !is_main(name)).map(Path::new);
    let stems = path.parent().into_iter().chain(file);
    stems
        .filter_map(Path::file_stem)
        .map(|stem| stem.to_string_lossy().into_owned())
        .collect()
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
    /// Its last cell says why there is no test.
    has_reason: bool,
}

/// The rows of all tables with a column of tests, without their headings.
fn rows(page: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut is_inside = false;
    let mut is_tested = false;
    for (line, text) in (1..).zip(page.lines()) {
        let begins = !is_inside;
        is_inside = text.starts_with('|');
        let last = last_cell(text);
        if begins {
            is_tested = is_inside && last == COLUMN;
        } else if is_inside && is_tested && !text.starts_with("|---") {
            rows.push(Row {
                line,
                names: last.split('`').skip(1).step_by(2).collect(),
                has_reason: last.strip_prefix(NONE).is_some(),
            });
        }
    }
    rows
}

fn last_cell(row: &str) -> &str {
    let cells = row.trim_end().trim_end_matches('|');
    let last = cells.rsplit("| ").next().unwrap_or(cells);
    last.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
## Elsewhere

| what | value |
|---|---|
| not looked at | `nowhere` |

## Line by line

| what | how | tests |
|---|---|---|
| `send` | once | `sending::it_is_sent`, `it_is_heard` |
| silence | nothing |
| calls | left out | – nobody calls `here` |
| songs | left out | – |

### More

| what | tests |
|---|---|
| seen | `other::it_is_sent` |
";

    #[test]
    fn rows_that_name_no_test_or_a_wrong_one_are_told_with_their_lines() {
        let mut tests = Tests::default();
        tests.add(
            &["sending".into()],
            "#[test]\nfn it_is_sent() {}\n\nfn helper() {}\n    #[tokio::test(start_paused = true)]\n    #[should_panic]\n    async fn it_is_heard() {}\n",
        );
        let rows = rows(PAGE);
        let miss = |row| tests.miss("a.md", row);
        let complaints: Vec<String> = rows.iter().flat_map(miss).collect();
        assert_eq!(
            complaints,
            [
                "a.md, line 12: the row names no test in its last cell.",
                "a.md, line 14: the row names no test in its last cell.",
                "a.md, line 20: there is no test `other::it_is_sent`.",
            ]
        );
    }

    #[test]
    fn what_is_no_test_does_not_count() {
        let mut tests = Tests::default();
        let source = "fn helper() {}\n// #[test]\nfn other() {}\n";
        tests.add(&["sending".into()], source);
        assert!(tests.0.is_empty());
    }

    #[test]
    fn a_test_is_called_by_its_file_or_its_folder() {
        assert_eq!(names(Path::new("tests/round_trip/main.rs")), ["round_trip"]);
        let path = Path::new("tests/voipbin/rooms.rs");
        assert_eq!(names(path), ["voipbin", "rooms"]);
    }

    #[test]
    fn these_pages_name_tests_that_exist() {
        assert_eq!(check(), Ok(()));
    }
}
