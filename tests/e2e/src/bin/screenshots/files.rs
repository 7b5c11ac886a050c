//! Pictures of files on their way, of what can be done with a message, and of
//! a picture in full.

use concierge_e2e::{Browser, Server, dist};
use serde_json::json;

use super::{Cut, DESK, Studio, media, scheme, scroll};

impl Studio {
    /// From a chosen file to a message that is taken back.
    pub(super) async fn files(&self) {
        let server = Server::start(Some(&dist())).await;
        let browser = self.window(DESK).await;
        browser.open(server.url()).await;
        browser.open_panel().await;
        browser.online().await;
        browser.say("The key card for 3/0812 stopped working").await;
        browser
            .row("The key card for 3/0812 stopped working", "sent")
            .await;

        // One file on its way and one that waits for it.
        server.switch(json!({"put": "slow"})).await;
        bring(&browser, &[LARGE_PLAN, PHOTOGRAPH]).await;
        browser
            .until("root.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow') > 15")
            .await;
        scroll(&browser, "end").await;
        self.both(&browser, "upload").await;
        server.switch(json!({"put": "ok"})).await;
        browser.press("Cancel upload").await;
        bring(&browser, &[PLAN]).await;
        browser
            .until("rows().length === 3 && rows().every((row) => row.dataset.state === 'sent')")
            .await;

        browser
            .run("const log = part('panel'); const box = new DataTransfer(); \
                  box.items.add(new File(['x'], 'a.pdf', {type: 'application/pdf'})); \
                  log.dispatchEvent(new DragEvent('dragenter', {dataTransfer: box, bubbles: true, composed: true}))")
            .await;
        self.take(&browser, "drop-light", Cut::Widget).await;
        browser
            .run("part('panel').dispatchEvent(new DragEvent('dragleave', \
                  {dataTransfer: (() => { const box = new DataTransfer(); \
                  box.items.add(new File(['x'], 'a.pdf')); return box })(), bubbles: true, composed: true}))")
            .await;

        self.marks(&server, &browser).await;

        browser
            .run("rows()[1].querySelector('img').closest('button').click()")
            .await;
        browser.until("part('viewer')?.open").await;
        self.take(&browser, "viewer", Cut::Window).await;
        browser.press("Close picture").await;

        // What fails, in its two ways.
        server.switch(json!({"put": "cors_block"})).await;
        bring(&browser, &[PLAN]).await;
        browser
            .until("rows().at(-1).dataset.state === 'failed'")
            .await;
        scroll(&browser, "end").await;
        self.both(&browser, "upload-failed").await;
        browser.press("Discard").await;
        bring(
            &browser,
            &["['x', 'setup.exe', 'application/x-msdownload']"],
        )
        .await;
        browser.until("shown(part('error'))").await;
        self.take(&browser, "file-refused-light", Cut::Widget).await;
    }

    /// What can be done with a message, and one that is being taken back.
    async fn marks(&self, server: &Server, browser: &Browser) {
        let session = server.session().await;
        server
            .staff_says(&session, "Thank you. Somebody brings you a new card.")
            .await;
        browser
            .row("Thank you. Somebody brings you a new card.", "received")
            .await;
        browser.say("We are in 3/0821, sorry").await;
        browser.row("We are in 3/0821, sorry", "sent").await;
        scroll(browser, "end").await;
        let open = "rows().at(-1).querySelector('.more').click()";
        browser.run(open).await;
        browser.until("root.querySelector('[role=menuitem]')").await;
        self.both(browser, "actions").await;
        browser.press("Unsend").await;
        browser.row("Message unsent", "unsent").await;
        self.take(browser, "unsending-light", Cut::Widget).await;
        browser.press("Undo").await;
        media(browser, &[("forced-colors", "active")]).await;
        self.take(browser, "actions-forced-colours", Cut::Widget)
            .await;
        scheme(browser, "light").await;
    }

    /// The widget, light and dark.
    pub(crate) async fn both(&self, browser: &Browser, name: &str) {
        self.take(browser, &format!("{name}-light"), Cut::Widget)
            .await;
        scheme(browser, "dark").await;
        self.take(browser, &format!("{name}-dark"), Cut::Widget)
            .await;
        scheme(browser, "light").await;
    }
}

/// Content, name and type of a file, in JavaScript.
const PLAN: &str = "[new Uint8Array(2600000), 'Floor plan 3.pdf', 'application/pdf']";
const LARGE_PLAN: &str = "[new Uint8Array(26000000), 'All floor plans.pdf', 'application/pdf']";
/// A drawn photograph with noise, so that it does not shrink to nothing.
const PHOTOGRAPH: &str = "[photograph, 'balcony.jpg', 'image/jpeg']";

/// Pastes files into the composer.
async fn bring(browser: &Browser, files: &[&str]) {
    let files = files.join(",");
    browser
        .run_async(&format!(
            "const canvas = document.createElement('canvas');
             [canvas.width, canvas.height] = [2000, 1500];
             const brush = canvas.getContext('2d');
             const sky = brush.createLinearGradient(0, 0, 0, 1500);
             sky.addColorStop(0, '#c9d9dc'); sky.addColorStop(0.6, '#f2d9b8'); sky.addColorStop(0.61, '#5f8a8b'); sky.addColorStop(1, '#2f5d62');
             brush.fillStyle = sky; brush.fillRect(0, 0, 2000, 1500);
             brush.fillStyle = '#fff6e0'; brush.beginPath(); brush.arc(1400, 620, 130, 0, 7); brush.fill();
             for (let i = 0; i < 60000; i++) {{
                 brush.fillStyle = `rgb(255 255 255 / ${{(i * 7919 % 13) / 90}})`;
                 brush.fillRect(i * 7919 % 2000, i * 104729 % 1500, 2, 2);
             }}
             canvas.toBlob((photograph) => {{
                 const box = new DataTransfer();
                 for (const [content, name, type] of [{files}])
                     box.items.add(new File([content], name, {{ type }}));
                 part('composer').dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: box, bubbles: true, cancelable: true }}));
                 done(0);
             }}, 'image/jpeg', 0.95);"
        ))
        .await;
}
