//! What a page has to fetch: the size report and its budget.

use std::{
    ffi::OsString,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    args::{Args, Word},
    assemble::LOADER,
    error::{Error, Result, failed, io_error},
    lto, trunk,
    workspace::{self, SYSTEMS, WIDGET},
};

pub const HELP: &str = "\
Usage: cargo xtask size [--in-one]

Prints the size of each file in dist/ (raw, gzip -9, brotli 11), of the loader, of the
whole app and of all that a page loads, without building. Fails above the budgets in size-budget.toml.

  --in-one    what an app for all systems in one would be, which takes a build";

pub fn run(arguments: &[OsString]) -> Result<()> {
    let mut args = Args::new("size", arguments);
    let mut is_in_one = false;
    while let Some(word) = args.next()? {
        match &word {
            Word::Flag(flag) if flag == "--in-one" => is_in_one = true,
            Word::Flag(_) | Word::Value(_) => return Err(args.unknown(&word)),
        }
    }
    report(&workspace::dist())?;
    if is_in_one {
        compare(&workspace::dist(), &trunk::build_in_one()?)?;
    }
    Ok(())
}

/// Prints what one app for all systems costs over the smallest of the release.
fn compare(dist: &Path, in_one: &Path) -> Result<()> {
    let [own, _, _, _] = measure(dist)?.apps;
    // It has the same files under the name of each system.
    let [one, _, _, _] = measure(in_one)?.apps;
    println!(
        "\nOne app for all systems would be {} bytes (brotli 11), {} more than that of the {} alone.",
        one.brotli,
        one.brotli.saturating_sub(own.brotli),
        SYSTEMS[0]
    );
    Ok(())
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

    let report = measure(dist)?;
    println!("{}\n\n{}", report.table(), lto::check()?);
    match report.excess(&budget) {
        None => Ok(()),
        Some(sentence) => failed(sentence),
    }
}

fn measure(dist: &Path) -> Result<Report> {
    let mut rows = Vec::new();
    for path in files(dist)? {
        let content = fs::read(&path).map_err(io_error("read", &path))?;
        let name = path.strip_prefix(dist).unwrap_or(&path);
        rows.push(Row::measure(&name.to_string_lossy(), &content));
    }
    Ok(Report::new(rows))
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

    /// Whether it is a file of the app for this chat system.
    fn is_app_for(&self, system: &str) -> bool {
        let name = self.name.strip_prefix(&format!("{WIDGET}-"));
        let name = name.and_then(|name| name.split_once('-'));
        name.and_then(|(_hash, name)| name.split_once('.'))
            .is_some_and(|(of, _)| of == system)
    }
}

struct Report {
    files: Vec<Row>,
    loader: Row,
    /// In the order of [`SYSTEMS`].
    apps: [Row; 4],
    /// What a page loads in all until its panel is open, in the same order.
    pages: [Row; 4],
    total: Row,
}

impl Report {
    fn new(files: Vec<Row>) -> Self {
        let loader = Row::sum("loader", files.iter().filter(|row| row.name == LOADER));
        let apps = SYSTEMS.map(|system| {
            let app = files.iter().filter(|row| row.is_app_for(system));
            Row::sum(&format!("whole app for {system} (js + wasm + css)"), app)
        });
        let page = |index: usize| {
            let name = format!("page with {} (loader + app)", SYSTEMS[index]);
            Row::sum(&name, [&loader, &apps[index]].into_iter())
        };
        Self {
            pages: [0, 1, 2, 3].map(page),
            loader,
            apps,
            total: Row::sum("everything", files.iter()),
            files,
        }
    }

    fn table(&self) -> String {
        let sums: Vec<&Row> = [&self.loader]
            .into_iter()
            .chain(&self.apps)
            .chain(&self.pages)
            .chain([&self.total])
            .collect();
        let all = self.files.iter().chain(sums.iter().copied());
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
        let apps = self.apps.iter().zip(budget.apps);
        let pages = self.pages.iter().map(|page| (page, budget.page));
        let sentences: Vec<String> = [(&self.loader, budget.loader)]
            .into_iter()
            .chain(apps)
            .chain(pages)
        .filter(|(row, limit)| row.brotli > *limit)
        .map(|(row, limit)| {
            format!(
                "The {} is {} bytes after brotli, {} more than its budget of {limit} (size-budget.toml).",
                row.name,
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
    /// The loader and an app, whichever it is.
    page: usize,
    /// In the order of [`SYSTEMS`].
    apps: [usize; 4],
}

impl Budget {
    /// Reads `key = number` lines, which is all of TOML that the file needs.
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let mut loader = None;
        let mut page = None;
        let mut apps = [None; 4];
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
            let key = key.trim();
            let of = |system: &str| key.strip_suffix("_brotli") == Some(system);
            match SYSTEMS.iter().position(|system| of(system)) {
                Some(index) => apps[index] = Some(bytes),
                None if key == "loader_brotli" => loader = Some(bytes),
                None if key == "page_brotli" => page = Some(bytes),
                None => return Err(format!("there is no budget `{key}`")),
            }
        }
        let [
            Some(concierge),
            Some(onechat),
            Some(voipbin),
            Some(onesmile),
        ] = apps
        else {
            return Err("the budget of a system's app is missing".into());
        };
        Ok(Self {
            loader: loader.ok_or("loader_brotli is missing")?,
            page: page.ok_or("page_brotli is missing")?,
            apps: [concierge, onechat, voipbin, onesmile],
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
            row("concierge-widget-0a-concierge.css", 5),
            row("concierge-widget-0a-concierge.js", 10),
            row("concierge-widget-0a-concierge.wasm", 30),
            row("concierge-widget-0a-onechat.wasm", 33),
            row("concierge.js", 4),
            row("index.html", 1000),
        ])
    }

    #[test]
    fn the_app_is_its_three_files_and_the_loader_is_apart() {
        let report = report();
        let apps: Vec<usize> = report.apps.iter().map(|app| app.brotli).collect();
        assert_eq!(apps, [45, 33, 0, 0]);
        assert_eq!(report.apps[0].raw, 4500);
        assert_eq!(report.loader.brotli, 4);
        let pages: Vec<usize> = report.pages.iter().map(|page| page.brotli).collect();
        assert_eq!(pages, [49, 37, 4, 4]);
        assert_eq!(report.total.brotli, 1082);
    }

    #[test]
    fn the_table_has_a_line_a_file_and_a_sum_and_straight_columns() {
        let table = report().table();
        assert_eq!(table.lines().count(), 2 + 6 + 1 + 10);
        let width = table.lines().next().unwrap().len();
        assert!(table.lines().all(|line| line.len() == width), "{table}");
    }

    #[test]
    fn above_the_budget_the_excess_is_named() {
        let report = report();
        let budget = |loader, concierge| Budget {
            loader,
            page: loader + concierge,
            apps: [concierge, 33, 0, 0],
        };
        assert_eq!(report.excess(&budget(4, 45)), None);
        let sentence = report.excess(&budget(3, 40)).unwrap();
        assert!(sentence.contains("The loader is 4 bytes after brotli, 1 more"));
        let app = "The whole app for concierge (js + wasm + css) is 45 bytes after brotli, 5 more";
        assert!(sentence.contains(app), "{sentence}");
        let page = "The page with concierge (loader + app) is 49 bytes after brotli, 6 more";
        assert!(sentence.contains(page), "{sentence}");
    }

    #[test]
    fn the_budget_file_is_read_and_its_mistakes_are_named() {
        let text = "# limits\nloader_brotli = 4096 # bytes\npage_brotli = 5\n\nconcierge_brotli=92160\n\
                    onechat_brotli = 1\nvoipbin_brotli = 2\nonesmile_brotli = 3\n";
        let budget = Budget {
            loader: 4096,
            page: 5,
            apps: [92160, 1, 2, 3],
        };
        assert_eq!(Budget::parse(text), Ok(budget));
        assert!(Budget::parse("loader_brotli = 4096").is_err());
        assert!(Budget::parse("loader_brotli = lots\nconcierge_brotli = 1").is_err());
        assert!(Budget::parse("loader = 1").is_err());
    }

    #[test]
    fn packing_makes_repetition_small() {
        let content = b"concierge ".repeat(1000);
        assert!(gzip(&content) < 200);
        assert!(brotli(&content) < 100);
    }
}
