//! Files from the visitor, through a real browser into a real file store.

use std::fs;
use std::path::PathBuf;

use concierge_e2e::{Browser, Server, Site, dist, visitor};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A file of this name and content in a folder of its own.
struct Sample {
    path: PathBuf,
    _folder: TempDir,
}

impl Sample {
    fn new(name: &str, content: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, content).expect("a file");
        Self {
            path,
            _folder: folder,
        }
    }

    /// A photograph as a phone makes it: 640 by 480 on its side, with the place
    /// where it was taken.
    async fn photograph(browser: &Browser) -> Self {
        let bytes = browser
            .run_async(
                "const canvas = document.createElement('canvas');
                 [canvas.width, canvas.height] = [640, 480];
                 const brush = canvas.getContext('2d');
                 brush.fillStyle = '#c96'; brush.fillRect(0, 0, 640, 480);
                 brush.fillStyle = '#245'; brush.fillRect(0, 0, 320, 240);
                 canvas.toBlob(async (blob) => {
                   const plain = new Uint8Array(await blob.arrayBuffer());
                   const text = (words) => [...words].map((it) => it.charCodeAt());
                   // Little-endian TIFF with one entry, the orientation (6:
                   // turn right), and the place in clear words.
                   const exif = [...text('Exif\\0\\0II*\\0'), 8, 0, 0, 0, 1, 0,
                     0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
                     ...text('GPS 54.0924 N 12.0991 E')];
                   const size = exif.length + 2;
                   done([...plain.slice(0, 2), 0xff, 0xe1, size >> 8, size & 255, ...exif,
                     ...plain.slice(2)]);
                 }, 'image/jpeg', 0.9);",
            )
            .await;
        let bytes: Vec<u8> = serde_json::from_value(bytes).expect("bytes");
        assert!(has(&bytes, b"GPS 54"), "the place is in it");
        Self::new("balcony.jpg", &bytes)
    }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|it| it == part)
}

/// The stored messages that are files.
async fn stored(server: &Server) -> Vec<Value> {
    let inspected = server.inspect().await;
    let messages = inspected["messages"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let is_file = |it: &Value| it["contentType"] != "TEXT";
    messages.into_iter().filter(is_file).collect()
}

/// Waits until the first row is in this state, and nothing else is there.
async fn only_row(browser: &Browser, kind: &str, state: &str) {
    browser
        .until(&format!(
            "rows().length === 1 && rows()[0].dataset.kind === '{kind}' && \
             rows()[0].dataset.state === '{state}'"
        ))
        .await;
}

/// Waits for a sentence in the only row.
async fn told(browser: &Browser, sentence: &str) {
    let sentence = json!(sentence);
    browser
        .until(&format!("rows()[0].textContent.includes({sentence})"))
        .await;
}

#[tokio::test]
async fn a_photograph_arrives_upright_and_without_the_place_it_was_taken_at() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    let photograph = Sample::photograph(&browser).await;
    browser.choose(&[&photograph.path]).await;
    only_row(&browser, "image", "sent").await;

    let message = &stored(&server).await[0];
    assert_eq!(message["contentType"], "IMAGE");
    let metadata = &message["metadata"];
    assert_eq!(metadata["filename"], "balcony.jpg");
    assert_eq!(metadata["mimeType"], "image/jpeg");
    assert_eq!(
        (&metadata["width"], &metadata["height"]),
        (&json!(480), &json!(640))
    );
    let bytes = server.fetch(message["text"].as_str().expect("a URL")).await;
    assert_eq!(metadata["fileSize"], json!(bytes.len()));
    assert!(bytes.starts_with(&[0xff, 0xd8]), "a JPEG");
    assert!(!has(&bytes, b"Exif") && !has(&bytes, b"GPS"));
    // What the log shows is what lies in the store.
    browser
        .until("rows()[0].querySelector('img').naturalHeight === 640")
        .await;
    let shown = browser
        .run("return rows()[0].querySelector('img').src")
        .await;
    assert_eq!(shown, message["text"]);
}

#[tokio::test]
async fn several_files_chosen_at_once_arrive_in_their_order() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    let files = ["a.pdf", "b.pdf", "c.pdf"].map(|name| Sample::new(name, name.as_bytes()));
    let paths = files.each_ref().map(|file| file.path.as_path());
    browser.choose(&paths).await;
    browser
        .until("rows().length === 3 && rows().every((row) => row.dataset.state === 'sent')")
        .await;
    let stored = stored(&server).await;
    let names: Vec<_> = stored
        .iter()
        .map(|it| it["metadata"]["filename"].clone())
        .collect();
    assert_eq!(names, ["a.pdf", "b.pdf", "c.pdf"]);
    let bytes = server
        .fetch(stored[1]["text"].as_str().expect("a URL"))
        .await;
    assert_eq!(bytes, b"b.pdf", "a document is not touched");
}

/// Makes a file in the page and gives it to the widget by an event of this kind.
const BRING: &str = "
    const bring = (name, event, field) => {
        const box = new DataTransfer();
        box.items.add(new File(['%PDF-1.7'], name, { type: 'application/pdf' }));
        const place = field ? part('composer') : part('panel');
        const given = event === 'paste'
            ? new ClipboardEvent(event, { clipboardData: box, bubbles: true, cancelable: true })
            : new DragEvent(event, { dataTransfer: box, bubbles: true, cancelable: true, composed: true });
        place.dispatchEvent(given);
    };";

#[tokio::test]
async fn a_file_can_be_pasted_or_dropped() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    browser
        .run(&format!("{BRING} bring('pasted.pdf', 'paste', true)"))
        .await;
    browser
        .until("rows().length === 1 && rows()[0].dataset.state === 'sent'")
        .await;
    browser
        .run(&format!(
            "{BRING} bring('dropped.pdf', 'dragenter'); bring('dropped.pdf', 'drop')"
        ))
        .await;
    browser
        .until("rows().length === 2 && rows()[1].dataset.state === 'sent'")
        .await;
    let names: Vec<_> = stored(&server).await;
    let names: Vec<_> = names
        .iter()
        .map(|it| it["metadata"]["filename"].clone())
        .collect();
    assert_eq!(names, ["pasted.pdf", "dropped.pdf"]);
}

#[tokio::test]
async fn a_file_that_may_not_be_sent_is_said_so_and_nothing_leaves_the_page() {
    let server = Server::start(None).await;
    let page = format!(
        "<script>window.conciergeSettings = {{ socketUrl: '{0}/concierge/socket', \
         apiUrl: '{0}/concierge/api', maxFileSize: 100, \
         token: async () => (await fetch('{0}/demo/token')).json() }}</script>",
        server.url()
    );
    let site = Site::new().with("page.html", &page, "<script src='concierge.js'></script>");
    let host = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page.html", host.url())).await;
    browser.open_panel().await;
    browser.online().await;
    server.forget().await;
    for (name, sentence) in [
        ("plan.pdf", "plan.pdf is larger than"),
        ("setup.exe", "cannot be sent here"),
    ] {
        let size = if name == "plan.pdf" { 101 } else { 1 };
        let file = Sample::new(name, &vec![b'x'; size]);
        browser.choose(&[&file.path]).await;
        let sentence = json!(sentence);
        browser
            .until(&format!("part('error')?.textContent.includes({sentence})"))
            .await;
        assert_eq!(browser.texts().await, Vec::<String>::new());
    }
    let inspected = server.inspect().await;
    let asked = inspected["requests"].as_array().expect("a list");
    let is_upload = |it: &&Value| {
        it["path"]
            .as_str()
            .is_some_and(|path| path.contains("file-new"))
    };
    assert_eq!(asked.iter().filter(is_upload).count(), 0);
}

#[tokio::test]
async fn a_slow_upload_shows_how_far_it_is_and_can_be_cancelled() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    server.switch(json!({"put": "slow"})).await;
    let film = Sample::new("film.mp4", &vec![7; 16 << 20]);
    browser.choose(&[&film.path]).await;
    browser
        .until(
            "(() => { const bar = root.querySelector('[role=progressbar]'); \
             return bar.getAttribute('aria-label') === 'Uploading film.mp4' && \
             bar.getAttribute('aria-valuenow') > 0 && bar.getAttribute('aria-valuenow') < 100 })()",
        )
        .await;
    // A text does not wait for it.
    browser.say("A film of the leak follows").await;
    browser.row("A film of the leak follows", "sent").await;
    browser.press("Cancel upload").await;
    browser.until("rows().length === 1").await;
    server.switch(json!({"put": "ok"})).await;
    let plan = Sample::new("plan.pdf", b"plan");
    browser.choose(&[&plan.path]).await;
    browser
        .until("rows().length === 2 && rows()[1].dataset.state === 'sent'")
        .await;
    assert_eq!(stored(&server).await.len(), 1, "the film was never sent");
}

#[tokio::test]
async fn what_the_store_and_the_server_refuse_is_told_and_can_be_tried_again() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    for (switch, value, sentence) in [
        ("put", "cors_block", "Upload failed. Check your connection."),
        ("put", "403_signature_xml", "Upload failed."),
        ("put", "400_toolarge", "Upload failed."),
        (
            "put",
            "abort_midway",
            "Upload failed. Check your connection.",
        ),
        ("upload_url", "400_errors", "File could not be accepted:"),
        ("upload_url", "400_array", "File could not be accepted:"),
        ("upload_url", "404", "Upload failed."),
        ("upload_url", "500", "Upload failed."),
        ("upload_url", "empty_null", "Upload failed."),
        ("upload_url", "401", "Please sign in again"),
    ] {
        server.switch(json!({switch: value})).await;
        let plan = Sample::new("plan.pdf", &vec![9; 300_000]);
        browser.choose(&[&plan.path]).await;
        only_row(&browser, "file", "failed").await;
        told(&browser, sentence).await;
        let console = browser.console().await.join("\n");
        assert_eq!(
            console.contains("uploadProxyUrl"),
            sentence.contains("connection"),
            "{value}: {console}"
        );
        server
            .switch(json!({"put": "ok", "upload_url": "ok"}))
            .await;
        if value == "cors_block" {
            browser.press("Retry").await;
            only_row(&browser, "file", "sent").await;
            browser.reload().await;
            server.switch(json!({"history_scope": "session"})).await;
            return_to_an_empty_log(&server, &browser).await;
        } else {
            browser.press("Discard").await;
            browser.until("rows().length === 0").await;
        }
    }
    assert_eq!(stored(&server).await.len(), 1);
}

/// Ends the chat and begins another, whose history does not show the first.
async fn return_to_an_empty_log(server: &Server, browser: &Browser) {
    server.staff_ends(&server.session().await).await;
    browser.reload().await;
    browser.open_panel().await;
    browser.online().await;
    browser.until("rows().length === 0").await;
}

#[tokio::test]
async fn what_goes_wrong_once_the_visitor_does_not_hear_of() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    for (place, (switch, value)) in [
        ("put", "403_expired_xml"),
        ("put", "503"),
        ("put", "abort_midway"),
        ("upload_url", "no_data_wrapper"),
        ("upload_url", "extra_keys"),
        ("upload_url", "401"),
        ("upload_url", "500"),
    ]
    .into_iter()
    .enumerate()
    {
        server
            .switch(json!({switch: {"value": value, "times": 1}}))
            .await;
        let plan = Sample::new("plan.pdf", value.as_bytes());
        browser.choose(&[&plan.path]).await;
        browser
            .until(&format!(
                "rows().length === {0} && rows().every((row) => row.dataset.state === 'sent')",
                place + 1
            ))
            .await;
    }
    assert_eq!(stored(&server).await.len(), 7);
}

#[tokio::test]
async fn a_page_with_a_proxy_sends_its_files_there() {
    let server = Server::start(None).await;
    for mode in ["direct", "proxy"] {
        let page = format!(
            "<script>window.conciergeSettings = {{ socketUrl: '{0}/concierge/socket', \
             apiUrl: '{0}/concierge/api', uploadProxyUrl: '{0}/concierge/api/upload-proxy', \
             uploadMode: '{mode}', token: async () => (await fetch('{0}/demo/token')).json() }}\
             </script>",
            server.url()
        );
        let site = Site::new().with("page.html", &page, "<script src='concierge.js'></script>");
        let host = Server::start(Some(site.path())).await;
        server
            .switch(
                json!({"put": "cors_block", "history_scope": "session", "init_existing": "new"}),
            )
            .await;
        let browser = Browser::start().await;
        browser.open(&format!("{}/page.html", host.url())).await;
        browser.open_panel().await;
        browser.online().await;
        server.forget().await;
        let plan = Sample::new("plan.pdf", b"by proxy");
        browser.choose(&[&plan.path]).await;
        only_row(&browser, "file", "sent").await;
        let url = stored(&server).await.last().expect("a file")["text"].clone();
        server.switch(json!({"put": "ok"})).await;
        assert_eq!(
            server.fetch(url.as_str().expect("a URL")).await,
            b"by proxy"
        );
    }
}

#[tokio::test]
async fn a_file_survives_a_reload_in_mid_upload() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    server.switch(json!({"put": "slow"})).await;
    let film = Sample::new("film.mp4", &vec![7; 12 << 20]);
    browser.choose(&[&film.path]).await;
    browser
        .until("root.querySelector('[role=progressbar]').getAttribute('aria-valuenow') > 0")
        .await;
    server.switch(json!({"put": "ok"})).await;
    browser.reload().await;
    browser.open_panel().await;
    only_row(&browser, "video", "sent").await;
    let stored = stored(&server).await;
    assert_eq!(stored.len(), 1);
    let bytes = server
        .fetch(stored[0]["text"].as_str().expect("a URL"))
        .await;
    assert_eq!(bytes.len(), 12 << 20);
}

#[tokio::test]
async fn the_page_can_send_files_too() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    browser
        .run(
            "Concierge.sendMessage({ text: 'The invoice', \
             files: [new File(['%PDF'], 'invoice.pdf', { type: 'application/pdf' })] })",
        )
        .await;
    browser
        .until("rows().length === 2 && rows().every((row) => row.dataset.state === 'sent')")
        .await;
    assert_eq!(
        stored(&server).await[0]["metadata"]["filename"],
        "invoice.pdf"
    );
}

#[tokio::test]
async fn a_picture_that_is_gone_says_so_and_one_that_is_there_opens_large() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server).await;
    let photograph = Sample::photograph(&browser).await;
    browser.choose(&[&photograph.path]).await;
    only_row(&browser, "image", "sent").await;
    browser
        .until("rows()[0].querySelector('img').complete")
        .await;
    browser
        .run("rows()[0].querySelector('img').closest('button, a, [role=button]').click()")
        .await;
    browser
        .until("part('viewer').open && part('viewer').getAttribute('aria-label') === 'balcony.jpg'")
        .await;
    browser.press("Close picture").await;
    browser.until("!part('viewer')").await;
    let session = server.session().await;
    server
        .staff_sends(
            &session,
            json!({"contentType": "IMAGE", "messageContent":
                format!("{}/no-such-picture.png", server.url())}),
        )
        .await;
    browser
        .until("rows()[1].textContent.includes('File no longer available')")
        .await;
}
