//! What a page has to fetch: the size report and its budget.

use std::{
    ffi::OsString,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    args::Args,
    assemble::LOADER,
    error::{Error, Result, failed, io_error},
    lto,
    workspace::{self, WIDGET},
};

pub const HELP: &str = "\
Usage: cargo xtask size

Prints the size of each file in dist/ (raw, gzip -9, brotli 11), of the loader and of
the whole app, without building. Fails above the budgets in size-budget.toml.";

pub fn run(arguments: &[OsString]) -> Result<()> {
    Args::new("size", arguments).none()?;
    report(&workspace::dist())
}

/// Prints the report of a release and fails above the budget.
pub fn report(dist: &Path) -> Result<()> {
    if !dist.join(LOADER).exists() {
        return failed(format!(
            "There is no release in {}: run `cargo xtask build` first.",
            dist.display()
        ));
    }
    let budget_path = workspace::root().join("size-budget.toml");
    let text = fs::read_to_string(&budget_path).map_err(io_error("read", &budget_path))?;
    let budget =
        Budget::parse(&text).map_err(|why| Error::Failed(format!("size-budget.toml: {why}.")))?;

    let mut rows = Vec::new();
    for path in files(dist)? {
        let content = fs::read(&path).map_err(io_error("read", &path))?;
        let name = path.strip_prefix(dist).unwrap_or(&path);
        rows.push(Row::measure(&name.to_string_lossy(), &content));
    }
    let report = Report::new(rows);
    println!("{}\n\n{}", report.table(), lto::check()?);
    match report.excess(&budget) {
        None => Ok(()),
        Some(sentence) => failed(sentence),
    }
}

/// A file, or a sum of files, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    name: String,
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Row {
    fn measure(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            raw: content.len(),
            gzip: gzip(content),
            brotli: brotli(content),
        }
    }

    fn sum<'a>(name: &str, rows: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        for row in rows {
            sum.raw += row.raw;
            sum.gzip += row.gzip;
            sum.brotli += row.brotli;
        }
        sum
    }

    fn is_app(&self) -> bool {
        self.name.starts_with(&format!("{WIDGET}-"))
    }
}

struct Report {
    files: Vec<Row>,
    loader: Row,
    app: Row,
    total: Row,
}

impl Report {
    fn new(files: Vec<Row>) -> Self {
        let loader = files.iter().filter(|row| row.name == LOADER);
        let app = files.iter().filter(|row| row.is_app());
        Self {
            loader: Row::sum("loader", loader),
            app: Row::sum("whole app (js + wasm + css)", app),
            total: Row::sum("everything", files.iter()),
            files,
        }
    }

    fn table(&self) -> String {
        let sums = [&self.loader, &self.app, &self.total];
        let all = self.files.iter().chain(sums);
        let width = all.map(|row| row.name.len()).max().unwrap_or(0);
        let line = |name: &str, numbers: [&str; 3]| {
            let [raw, gzip, brotli] = numbers;
            format!("{name:<width$} {raw:>10} {gzip:>10} {brotli:>10}\n")
        };
        let row = |row: &Row| {
            let [raw, gzip, brotli] = [row.raw, row.gzip, row.brotli].map(|n| n.to_string());
            line(&row.name, [&raw, &gzip, &brotli])
        };
        let mut table = line("bytes", ["raw", "gzip -9", "brotli 11"]);
        let rule = format!("{}\n", "-".repeat(width + 33));
        table.push_str(&rule);
        self.files
            .iter()
            .for_each(|file| table.push_str(&row(file)));
        table.push_str(&rule);
        sums.iter().for_each(|sum| table.push_str(&row(sum)));
        table.trim_end().to_owned()
    }

    /// The sentence about what is too large, if anything is.
    fn excess(&self, budget: &Budget) -> Option<String> {
        let sentences: Vec<String> = [
            ("The loader", &self.loader, budget.loader),
            ("The whole app", &self.app, budget.app),
        ]
        .into_iter()
        .filter(|(_, row, limit)| row.brotli > *limit)
        .map(|(what, row, limit)| {
            format!(
                "{what} is {} bytes after brotli, {} more than its budget of {limit} (size-budget.toml).",
                row.brotli,
                row.brotli - limit
            )
        })
        .collect();
        (!sentences.is_empty()).then(|| sentences.join("\n"))
    }
}

/// Upper limits in bytes after brotli.
#[derive(Debug, PartialEq, Eq)]
struct Budget {
    loader: usize,
    app: usize,
}

impl Budget {
    /// Reads `key = number` lines, which is all of TOML that the file needs.
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let mut loader = None;
        let mut app = None;
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else {
                return Err(format!("`{line}` is not `name = bytes`"));
            };
            let Ok(bytes) = value.trim().parse() else {
                return Err(format!("`{}` is no number of bytes", value.trim()));
            };
            match key.trim() {
                "loader_brotli" => loader = Some(bytes),
                "app_brotli" => app = Some(bytes),
                unknown => return Err(format!("there is no budget `{unknown}`")),
            }
        }
        Ok(Self {
            loader: loader.ok_or("loader_brotli is missing")?,
            app: app.ok_or("app_brotli is missing")?,
        })
    }
}

/// All files below a folder, in alphabetical order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).map_err(io_error("read", folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn gzip(content: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder
        .write_all(content)
        .and_then(|()| encoder.finish())
        .map_or(content.len(), |packed| packed.len())
}

fn brotli(content: &[u8]) -> usize {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        ..Default::default()
    };
    match brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters) {
        Ok(_) => packed.len(),
        Err(_) => content.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, brotli: usize) -> Row {
        Row {
            name: name.into(),
            raw: 100 * brotli,
            gzip: 2 * brotli,
            brotli,
        }
    }

    fn report() -> Report {
        Report::new(vec![
            row("concierge-widget-0a.css", 5),
            row("concierge-widget-0b.js", 10),
            row("concierge-widget-0c.wasm", 30),
            row("concierge.js", 4),
            row("index.html", 1000),
        ])
    }

    #[test]
    fn the_app_is_its_three_files_and_the_loader_is_apart() {
        let report = report();
        assert_eq!(report.app.brotli, 45);
        assert_eq!(report.app.raw, 4500);
        assert_eq!(report.loader.brotli, 4);
        assert_eq!(report.total.brotli, 1049);
    }

    #[test]
    fn the_table_has_a_line_a_file_and_three_sums_in_straight_columns() {
        let table = report().table();
        assert_eq!(table.lines().count(), 2 + 5 + 1 + 3);
        let width = table.lines().next().unwrap().len();
        assert!(table.lines().all(|line| line.len() == width), "{table}");
    }

    #[test]
    fn above_the_budget_the_excess_is_named() {
        let report = report();
        assert_eq!(report.excess(&Budget { loader: 4, app: 45 }), None);
        let sentence = report.excess(&Budget { loader: 3, app: 40 }).unwrap();
        assert!(sentence.contains("The loader is 4 bytes after brotli, 1 more"));
        assert!(sentence.contains("The whole app is 45 bytes after brotli, 5 more"));
    }

    #[test]
    fn the_budget_file_is_read_and_its_mistakes_are_named() {
        let text = "# limits\nloader_brotli = 4096 # bytes\n\napp_brotli=92160\n";
        let budget = Budget {
            loader: 4096,
            app: 92160,
        };
        assert_eq!(Budget::parse(text), Ok(budget));
        assert!(Budget::parse("loader_brotli = 4096").is_err());
        assert!(Budget::parse("loader_brotli = lots\napp_brotli = 1").is_err());
        assert!(Budget::parse("loader = 1").is_err());
    }

    #[test]
    fn packing_makes_repetition_small() {
        let content = b"concierge ".repeat(1000);
        assert!(gzip(&content) < 200);
        assert!(brotli(&content) < 100);
    }
}
