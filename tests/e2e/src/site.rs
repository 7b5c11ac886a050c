//! Pages that embed the release as any site does.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// A folder with the release and pages of a test's own.
pub struct Site {
    folder: TempDir,
}

impl Site {
    /// A copy of the release at the top of the site.
    #[must_use]
    pub fn new() -> Self {
        Self::below("")
    }

    /// A copy of the release in this folder of the site, such as `a/b`.
    #[must_use]
    pub fn below(path: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the site");
        let target = folder.path().join(path);
        fs::create_dir_all(&target).expect("a folder in the site");
        for file in fs::read_dir(crate::dist()).expect("dist/ is there: cargo xtask build") {
            let file = file.expect("a file of dist/");
            fs::copy(file.path(), target.join(file.file_name())).expect("it can be copied");
        }
        Self { folder }
    }

    /// Adds a page with this in its head and body.
    #[must_use]
    pub fn with(self, name: &str, head: &str, body: &str) -> Self {
        let page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <title>A site</title>{head}</head><body><h1>A site</h1>{body}</body></html>"
        );
        fs::write(self.path().join(name), page).expect("a page can be written");
        self
    }

    /// Takes every file away whose name ends so.
    pub fn remove(&self, ending: &str) {
        for path in self.files(ending) {
            fs::remove_file(path).expect("it can be removed");
        }
    }

    /// Puts the files of the release back.
    pub fn repair(&self) {
        for file in fs::read_dir(crate::dist()).expect("dist/ is there") {
            let file = file.expect("a file of dist/");
            fs::copy(file.path(), self.path().join(file.file_name())).expect("it can be copied");
        }
    }

    fn files(&self, ending: &str) -> Vec<std::path::PathBuf> {
        let files = fs::read_dir(self.path()).expect("the site is there");
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        paths
            .filter(|path| path.to_string_lossy().ends_with(ending))
            .collect()
    }

    /// The site's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}
