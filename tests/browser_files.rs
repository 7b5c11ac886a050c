//! Files on their way in a real browser: kept over a reload, free of what they
//! tell besides themselves, sent. Run by `wasm-bindgen-test-runner` in headless
//! Chromium; real uploads are tested end to end.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "what panics here is a failed test")]

use std::cell::RefCell;
use std::rc::Rc;

use concierge_core::io::UploadBody;
use concierge_core::{
    Action, Input, NewFile, NoFile, ReadyFile, Request, RequestId, Response, Secret, Uid,
    Unreachable, UploadRequest, UploadStep, Url,
};
use concierge_widget::shell::courier::{Courier, MAX_IMAGE_SIDE};
use concierge_widget::shell::log::Log;
use concierge_widget::shell::storage::{Keep, Storage};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::File;

wasm_bindgen_test_configure!(run_in_browser);

const QUIET: Log = Log { on: false };
const PREFIX: &str = "concierge:0badcafe:";

/// Runs a script of the test's own, which may return a promise.
async fn js(script: &str) -> JsValue {
    let value = js_sys::eval(&format!("(async () => {{ {script} }})()")).unwrap();
    JsFuture::from(value.unchecked_into::<Promise>())
        .await
        .unwrap()
}

/// What the scripts share.
const TOOLS: &str = "
    // Left half red, right half blue.
    window.draw = async (width, height, type) => {
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext('2d');
        context.fillStyle = '#f00';
        context.fillRect(0, 0, width / 2, height);
        context.fillStyle = '#00f';
        context.fillRect(width / 2, 0, width / 2, height);
        return canvas.convertToBlob({ type });
    };
    const text = (text) => [...new TextEncoder().encode(text)];
    window.segment = (kind, content) => [0xff, kind, (content.length + 2) >> 8, (content.length + 2) & 255, ...content];
    // An Exif segment with an orientation and with GPS, little or big endian.
    window.exif = (orientation, little) => {
        const view = new DataView(new ArrayBuffer(8 + 2 + 24 + 4 + 2 + 12 + 4));
        let at = 0;
        const u16 = (value) => (view.setUint16(at, value, little), (at += 2));
        const u32 = (value) => (view.setUint32(at, value, little), (at += 4));
        u16(little ? 0x4949 : 0x4d4d), u16(42), u32(8);
        u16(2), u16(0x112), u16(3), u32(1), u16(orientation), u16(0);
        u16(0x8825), u16(4), u32(1), u32(38), u32(0);
        // One entry: the place's latitude is north.
        u16(1), u16(1), u16(2), u32(2), view.setUint8(at, 78), (at += 4), u32(0);
        return segment(0xe1, [...text('Exif'), 0, 0, ...new Uint8Array(view.buffer)]);
    };
    // A picture that tells where it was made, in four ways.
    window.photo = async (width, height, orientation, little = false) => {
        const bytes = new Uint8Array(await (await draw(width, height, 'image/jpeg')).arrayBuffer());
        const told = [
            ...exif(orientation, little),
            ...segment(0xe1, text('http://ns.adobe.com/xap/1.0/ SECRET')),
            ...segment(0xed, text('Photoshop 3.0 SECRET')),
            ...segment(0xfe, text('SECRET')),
        ];
        return [bytes.slice(0, 2), new Uint8Array(told), bytes.slice(2), new Uint8Array(text('SECRET behind'))];
    };
    window.shown = async (blob) => {
        const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        context.drawImage(bitmap, 0, 0);
        const colour = (x, y) => {
            const [red, , blue] = context.getImageData(x, y, 1, 1).data;
            return red > 200 ? 'red' : blue > 200 ? 'blue' : 'other';
        };
        const { width, height } = bitmap;
        return [width + 'x' + height, colour(2, 2), colour(width - 3, 2), colour(2, height - 3)].join();
    };
    window.letters = async (blob) => new TextDecoder('latin1').decode(await blob.arrayBuffer());
    window.kept = (uid) => new Promise((resolve, reject) => {
        const opening = indexedDB.open('concierge:0badcafe:outbox');
        opening.onupgradeneeded = () => opening.result.createObjectStore('files');
        opening.onsuccess = () => {
            const request = opening.result.transaction('files').objectStore('files').get(uid);
            request.onsuccess = () => (opening.result.close(), resolve(request.result));
            request.onerror = reject;
        };
    });
";

/// A courier, and all that it told.
struct Desk {
    courier: Courier,
    heard: Heard,
}

fn open(keep: Keep) -> Desk {
    let (heard, ear) = ear();
    let database = Storage::open(keep, PREFIX.into(), QUIET).database();
    Desk {
        courier: Courier::new(&database, MAX_IMAGE_SIDE, QUIET, ear),
        heard,
    }
}

impl Desk {
    async fn take(&self, file: File) -> NewFile {
        self.courier.take(&file);
        let input = self.hear().await;
        let Input::User(Action::Attach(file)) = input else {
            panic!("{input:?}");
        };
        file
    }

    async fn prepare(&self, uid: &Uid) -> Result<ReadyFile, NoFile> {
        self.courier.prepare(uid);
        let input = self.hear().await;
        let Input::Prepared(of, ready) = input else {
            panic!("{input:?}");
        };
        assert_eq!(of, *uid);
        ready
    }

    fn forget(&self, uid: &Uid) {
        self.courier.forget(uid);
    }

    /// The next thing that is told.
    async fn hear(&self) -> Input {
        for _ in 0..500 {
            if !self.heard.borrow().is_empty() {
                return self.heard.borrow_mut().remove(0);
            }
            pause(5).await;
        }
        panic!("nothing was heard");
    }

    fn upload(&self, uid: &Uid, url: &str) {
        self.courier.upload(uid, &upload(url));
    }

    fn steps(&self, uid: &Uid) -> Vec<UploadStep> {
        let step = |input: &Input| {
            let Input::Uploaded(of, step) = input else {
                panic!("{input:?}");
            };
            assert_eq!(of, uid);
            step.clone()
        };
        self.heard.borrow().iter().map(step).collect()
    }
}

async fn file(script: &str) -> File {
    js(TOOLS).await;
    js(script).await.unchecked_into()
}

/// What became of a file, and the script's `blob`.
async fn made_ready(script: &str) -> ReadyFile {
    let files = open(Keep::Persistent);
    let new = files.take(file(script).await).await;
    let ready = files.prepare(&new.uid).await.unwrap();
    look_at(&new.uid).await;
    files.forget(&new.uid);
    ready
}

/// Lets the scripts see what is kept, as `blob`.
async fn look_at(uid: &Uid) {
    js(&format!("window.blob = (await kept('{}')).blob", uid.0)).await;
}

// ---- What leaves the device ----

#[wasm_bindgen_test]
async fn a_photo_is_sent_upright_and_does_not_tell_where_it_was_made() {
    for little in [false, true] {
        let ready = made_ready(&format!(
            "return new File(await photo(40, 20, 6, {little}), 'A view.JPG', {{ type: 'image/jpeg' }})"
        ))
        .await;
        assert_eq!(ready.dimensions, Some((20, 40)));
        assert_eq!(
            (ready.name.as_str(), ready.mime.as_str()),
            ("A view.JPG", "image/jpeg")
        );
        assert_eq!(js("return shown(blob)").await, "20x40,red,red,blue");
        assert_eq!(js("return blob.size").await, ready.size as f64);
        let told = js("return /Exif|SECRET|GPS/.test(await letters(blob))").await;
        assert_eq!(told, false);
    }
}

#[wasm_bindgen_test]
async fn a_large_picture_is_made_smaller() {
    let ready = made_ready(
        "return new File([await draw(4000, 1000, 'image/png')], 'a.png', { type: 'image/png' })",
    )
    .await;
    assert_eq!(ready.dimensions, Some((2048, 512)));
    assert_eq!(
        (ready.name.as_str(), ready.mime.as_str()),
        ("a.png", "image/png")
    );
    assert_eq!(js("return shown(blob)").await, "2048x512,red,blue,red");
}

#[wasm_bindgen_test]
async fn kinds_of_pictures_stay_what_they_are() {
    for (kind, name, size) in [
        ("webp", "a.b.webp", (30, 10)),
        ("png", "a", (30, 10)),
        ("jpeg", "a.jpeg", (2, 1)),
    ] {
        let (width, height) = size;
        let ready = made_ready(&format!(
            "return new File([await draw({width}, {height}, 'image/{kind}')], '{name}', {{ type: 'image/{kind}' }})"
        ))
        .await;
        assert_eq!(
            (ready.name.as_str(), ready.mime),
            (name, format!("image/{kind}"))
        );
        assert_eq!(ready.dimensions, Some(size));
    }
}

#[wasm_bindgen_test]
async fn a_picture_of_another_kind_becomes_a_jpeg() {
    // A bitmap of one pixel, which no canvas can write.
    let ready = made_ready(
        "const bytes = new Uint8Array(58);
        bytes.set([66, 77, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24]);
        return new File([bytes], 'scan.of.bmp', { type: 'image/bmp' })",
    )
    .await;
    assert_eq!(
        (ready.name.as_str(), ready.mime.as_str()),
        ("scan.of.jpg", "image/jpeg")
    );
    assert_eq!(ready.dimensions, Some((1, 1)));
}

#[wasm_bindgen_test]
async fn a_jpeg_under_a_false_name_tells_nothing_either() {
    for mime in ["", "image/gif", "image/svg+xml", "application/pdf"] {
        let ready = made_ready(&format!(
            "return new File(await photo(40, 20, 1), 'scan', {{ type: '{mime}' }})"
        ))
        .await;
        assert_eq!(
            (ready.name.as_str(), ready.mime.as_str()),
            ("scan.jpg", "image/jpeg")
        );
        let told = js("return /Exif|SECRET/.test(await letters(blob))").await;
        assert_eq!(told, false);
    }
}

#[wasm_bindgen_test]
async fn a_jpeg_that_cannot_be_drawn_loses_what_it_tells_and_stays_upright() {
    js(TOOLS).await;
    js("window.real ??= createImageBitmap; window.createImageBitmap = async () => { throw 0 }")
        .await;
    let ready =
        made_ready("return new File(await photo(40, 20, 6), 'a.jpg', { type: 'image/jpeg' })")
            .await;
    js("window.createImageBitmap = real").await;
    assert_eq!((ready.dimensions, ready.preview), (None, None));
    assert_eq!(js("return shown(blob)").await, "20x40,red,red,blue");
    let told = js("return /SECRET|N\\0\\0\\0/.test(await letters(blob))").await;
    assert_eq!(told, false);
    // The picture itself is as it was.
    let same = js(
        "const before = await letters(await draw(40, 20, 'image/jpeg'));
        return (await letters(blob)).endsWith(before.slice(before.indexOf('\\xff\\xdb')))",
    )
    .await;
    assert_eq!(same, true);
    assert_eq!(js("return /JFIF/.test(await letters(blob))").await, true);
}

#[wasm_bindgen_test]
async fn a_damaged_jpeg_loses_what_it_tells() {
    for damage in [
        // No picture at all.
        "new Uint8Array([0xff, 0xd8, 0xff, ...exif(6).slice(1)])",
        // It ends within what it tells.
        "new Uint8Array([0xff, 0xd8, ...exif(6)]).slice(0, 9)",
        "new Uint8Array([0xff, 0xd8, ...exif(6)]).slice(0, 30)",
        // Filled up, and with rubbish between its segments.
        "new Uint8Array([0xff, 0xd8, 0xff, 0xff, ...exif(6), 1, 2, 3, ...exif(6), ...segment(0xfe, [83, 69, 67, 82, 69, 84])])",
    ] {
        made_ready(&format!(
            "return new File([{damage}], 'a.jpg', {{ type: 'image/jpeg' }})"
        ))
        .await;
        let told = js("return /SECRET|N\\0\\0\\0/.test(await letters(blob))").await;
        assert_eq!(told, false, "{damage}");
    }
}

#[wasm_bindgen_test]
async fn what_is_no_picture_is_sent_byte_for_byte() {
    for (name, mime, content) in [
        ("menu.pdf", "application/pdf", "%PDF-1.7 Exif"),
        (
            "logo.svg",
            "image/svg+xml",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        ("broken.png", "image/png", "no picture"),
        ("empty.txt", "text/plain", ""),
    ] {
        let ready = made_ready(&format!(
            "return new File(['{content}'], '{name}', {{ type: '{mime}' }})"
        ))
        .await;
        assert_eq!((ready.name.as_str(), ready.mime.as_str()), (name, mime));
        assert_eq!(ready.size, content.len() as u64);
        assert_eq!((ready.dimensions, ready.preview), (None, None));
        assert_eq!(js("return blob.text()").await, content);
    }
}

#[wasm_bindgen_test]
async fn a_file_of_unknown_type_has_one_nevertheless() {
    let ready = made_ready("return new File(['x'], 'data.unheard-of')").await;
    assert_eq!(ready.mime, "application/octet-stream");
    assert_eq!(ready.name, "data.unheard-of");
}

#[wasm_bindgen_test]
async fn an_animation_is_not_touched() {
    let gif = "new Uint8Array([71,73,70,56,57,97,1,0,1,0,128,0,0,255,255,255,0,0,0,44,0,0,0,0,1,0,1,0,0,2,2,68,1,0,59])";
    let ready = made_ready(&format!(
        "return new File([{gif}], 'a.gif', {{ type: 'image/gif' }})"
    ))
    .await;
    assert_eq!((ready.mime.as_str(), ready.size), ("image/gif", 35));
    assert_eq!(ready.dimensions, Some((1, 1)));
    assert!(ready.preview.is_some());
}

#[wasm_bindgen_test]
async fn a_file_that_is_not_there_any_more_cannot_be_read() {
    // The browser holds the file's place on the disk, not its bytes.
    let gone = "const root = await navigator.storage.getDirectory();
        const handle = await root.getFileHandle('a.txt', { create: true });
        const write = async (text) => {
            const stream = await handle.createWritable();
            await stream.write(text);
            await stream.close();
        };
        await write('first');
        const file = await handle.getFile();
        await write('and second');
        return file";
    let files = open(Keep::Nothing);
    let new = files.take(file(gone).await).await;
    assert_eq!(files.prepare(&new.uid).await, Err(NoFile::Unreadable));
}

// ---- What is kept ----

const TEXT: &str = "return new File(['hello'], 'a.txt', { type: 'text/plain' })";
const PHOTO: &str = "return new File(await photo(40, 20, 6), 'a.jpg', { type: 'image/jpeg' })";

#[wasm_bindgen_test]
async fn a_file_is_found_after_a_reload_and_in_another_tab() {
    let before = open(Keep::Persistent);
    let new = before.take(file(TEXT).await).await;
    assert_eq!(
        (new.name.as_str(), new.mime.as_str(), new.size),
        ("a.txt", "text/plain", 5)
    );
    assert_eq!(new.uid.0.len(), 36);
    let after = open(Keep::Persistent);
    let ready = after.prepare(&new.uid).await.unwrap();
    assert_eq!(
        (ready.name.as_str(), ready.mime.as_str(), ready.size),
        ("a.txt", "text/plain", 5)
    );
    after.forget(&new.uid);
    assert_eq!(after.prepare(&new.uid).await, Err(NoFile::Gone));
    let later = open(Keep::Persistent);
    assert_eq!(later.prepare(&new.uid).await, Err(NoFile::Gone));
}

#[wasm_bindgen_test]
async fn a_picture_is_drawn_once() {
    let before = open(Keep::Persistent);
    let new = before.take(file(PHOTO).await).await;
    let first = before.prepare(&new.uid).await.unwrap();
    js("window.real ??= createImageBitmap; window.drawn = 0;
        window.createImageBitmap = (...given) => { drawn++; return real(...given) }")
    .await;
    let again = before.prepare(&new.uid).await;
    let after = open(Keep::Persistent);
    let second = after.prepare(&new.uid).await;
    js("window.createImageBitmap = real").await;
    assert_eq!(js("return drawn").await, 0);
    assert_eq!(again.as_ref(), Ok(&first));
    let second = second.unwrap();
    // Each page has a URL of its own.
    assert_ne!(second.preview, first.preview);
    let preview = first.preview.clone();
    assert_eq!(ReadyFile { preview, ..second }, first);
    after.forget(&new.uid);
}

#[wasm_bindgen_test]
async fn the_preview_is_the_picture_until_it_is_forgotten() {
    let files = open(Keep::Nothing);
    let new = files.take(file(PHOTO).await).await;
    let url = files.prepare(&new.uid).await.unwrap().preview.unwrap();
    let look = format!("return fetch('{url}').then((answer) => answer.blob()).then(shown)");
    assert_eq!(js(&look).await, "20x40,red,red,blue");
    files.forget(&new.uid);
    let look = format!("return fetch('{url}').then(() => 'there', () => 'gone')");
    assert_eq!(js(&look).await, "gone");

    let new = files.take(file(PHOTO).await).await;
    let url = files.prepare(&new.uid).await.unwrap().preview.unwrap();
    drop(files);
    let look = format!("return fetch('{url}').then(() => 'there', () => 'gone')");
    assert_eq!(js(&look).await, "gone");
}

#[wasm_bindgen_test]
async fn what_is_forgotten_while_it_is_made_ready_stays_forgotten() {
    let files = open(Keep::Persistent);
    let new = files.take(file(PHOTO).await).await;
    js("window.real ??= createImageBitmap;
        window.createImageBitmap = async (...given) => { await new Promise((go) => (window.go = go)); return real(...given) }")
    .await;
    files.courier.prepare(&new.uid);
    js("while (!window.go) await new Promise(requestAnimationFrame)").await;
    files.forget(&new.uid);
    js("window.createImageBitmap = real; go(); go = null").await;
    pause(100).await;
    assert!(files.heard.borrow().is_empty());
    let kept = js(&format!("return kept('{}')", new.uid.0)).await;
    assert!(kept.is_undefined());
}

#[wasm_bindgen_test]
async fn storage_none_and_session_leave_no_files_on_the_disk() {
    forget_all().await;
    for keep in [Keep::Nothing, Keep::Session] {
        let files = open(keep);
        let new = files.take(file(TEXT).await).await;
        assert!(files.prepare(&new.uid).await.is_ok());
        assert_eq!(open(keep).prepare(&new.uid).await, Err(NoFile::Gone));
        files.forget(&new.uid);
    }
    pause(50).await;
    assert_eq!(js("return (await indexedDB.databases()).length").await, 0);
}

#[wasm_bindgen_test]
async fn where_the_disk_is_refused_the_page_keeps_the_file() {
    js("window.realOpen ??= IDBFactory.prototype.open;
        IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }")
    .await;
    let files = open(Keep::Persistent);
    let new = files.take(file(TEXT).await).await;
    let ready = files.prepare(&new.uid).await;
    files.forget(&new.uid);
    js("IDBFactory.prototype.open = realOpen").await;
    assert!(ready.is_ok());
}

#[wasm_bindgen_test]
async fn where_the_disk_is_full_the_page_keeps_the_file() {
    js("window.realPut ??= IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) {
            const request = realPut.apply(this, given);
            this.transaction.abort();
            return request;
        }")
    .await;
    let files = open(Keep::Persistent);
    let new = files.take(file(PHOTO).await).await;
    let ready = files.prepare(&new.uid).await;
    js("IDBObjectStore.prototype.put = realPut").await;
    assert_eq!(ready.unwrap().dimensions, Some((20, 40)));
    assert_eq!(
        open(Keep::Persistent).prepare(&new.uid).await,
        Err(NoFile::Gone)
    );
}

#[wasm_bindgen_test]
async fn files_of_which_no_message_is_left_go_after_a_while() {
    let before = open(Keep::Persistent);
    let wanted = before.take(file(TEXT).await).await.uid;
    let unwanted = before.take(file(TEXT).await).await.uid;
    let outbox = format!("[{{\"uid\":\"{}\"}}]", wanted.0);
    js(&format!(
        "localStorage['concierge:0badcafe:outbox'] = '{outbox}'"
    ))
    .await;
    // Of another tab's file the message may not be there yet.
    drop(open(Keep::Persistent));
    pause(50).await;
    assert!(open(Keep::Persistent).prepare(&unwanted).await.is_ok());
    js("window.realNow = Date.now; Date.now = () => realNow() + 61e3").await;
    let after = open(Keep::Persistent);
    // The disk does one thing after another.
    assert!(after.prepare(&wanted).await.is_ok());
    js("Date.now = realNow; localStorage.clear()").await;
    assert_eq!(after.prepare(&unwanted).await, Err(NoFile::Gone));
    after.forget(&wanted);
}

#[wasm_bindgen_test]
async fn a_visitor_without_files_has_no_database() {
    forget_all().await;
    let files = open(Keep::Persistent);
    let uid = Uid("e6f1".into());
    assert_eq!(files.prepare(&uid).await, Err(NoFile::Gone));
    files.forget(&uid);
    pause(50).await;
    assert_eq!(js("return (await indexedDB.databases()).length").await, 0);
}

#[wasm_bindgen_test]
async fn the_database_can_be_deleted_while_the_chat_is_there() {
    let files = open(Keep::Persistent);
    let uid = files.take(file(TEXT).await).await.uid;
    let names = js("return (await indexedDB.databases()).map(({ name }) => name).join()").await;
    // As its key, so that the loader finds it.
    assert_eq!(names, "concierge:0badcafe:outbox");
    forget_all().await;
    assert!(files.prepare(&uid).await.is_ok());
}

async fn forget_all() {
    js("await new Promise((done) => {
        const deleting = indexedDB.deleteDatabase('concierge:0badcafe:outbox');
        deleting.onsuccess = done;
    })")
    .await;
}

// ---- Calls and uploads ----

type Heard = Rc<RefCell<Vec<Input>>>;

fn ear() -> (Heard, Rc<dyn Fn(Input)>) {
    let heard = Heard::default();
    let ear = Rc::clone(&heard);
    (heard, Rc::new(move |input| ear.borrow_mut().push(input)))
}

const ID: RequestId = RequestId(7);

fn call(method: &'static str, url: &str) -> Request {
    Request {
        method,
        url: Url(url.into()),
        headers: vec![
            ("Content-Type", Secret("application/json".into())),
            ("Authorization", Secret("Bearer hush".into())),
        ],
        body: (method != "GET").then(|| Secret("{}".into())),
    }
}

/// An XMLHttpRequest that does what the test says. `fake` is the last one made.
const FAKE: &str = "
    window.realRequest ??= XMLHttpRequest;
    window.XMLHttpRequest = class {
        constructor() {
            Object.assign(this, { upload: {}, sent: [], status: 0, responseText: '', aborted: 0 });
            window.fake = this;
        }
        open(...given) { if (given[1] == 'http://') throw 0; this.sent.push(given.join(' ')); }
        setRequestHeader(name, value) { this.sent.push(name + ': ' + value); }
        send(body) { this.body = body; }
        abort() { this.aborted++; this.onloadend?.(); }
        end(status, text) { this.status = status; this.responseText = text; this.onloadend?.(); }
    };";
const REAL: &str = "XMLHttpRequest = realRequest";

fn now(script: &str) -> JsValue {
    js_sys::eval(script).unwrap()
}

fn response(status: u16, body: &str) -> Response {
    Response {
        status,
        body: body.into(),
    }
}

async fn pause(ms: u32) {
    let wait = Function::new_with_args("done", &format!("setTimeout(done, {ms})"));
    let promise = Promise::new(&mut |done, _| {
        wait.call1(&JsValue::UNDEFINED, &done).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

#[wasm_bindgen_test]
fn a_call_is_made_as_it_is_asked_for() {
    now(FAKE);
    let desk = open(Keep::Nothing);
    desk.courier.call(ID, &call("POST", "/api"));
    assert_eq!(
        now("fake.sent.join()"),
        "POST /api,Content-Type: application/json,Authorization: Bearer hush"
    );
    assert_eq!(now("fake.body"), "{}");
    assert_eq!(now("fake.withCredentials"), JsValue::UNDEFINED);
    now("fake.end(422, '[]')");
    now(REAL);
    let answer = Ok(response(422, "[]"));
    assert_eq!(*desk.heard.borrow(), [Input::Answered(ID, answer)]);
}

#[wasm_bindgen_test]
fn a_call_without_an_answer_ends_after_30_seconds() {
    now(FAKE);
    let desk = open(Keep::Nothing);
    desk.courier.call(ID, &call("GET", "/api"));
    assert_eq!(now("fake.timeout"), 30_000);
    now("fake.end(0, '')");
    now(REAL);
    assert_eq!(
        *desk.heard.borrow(),
        [Input::Answered(ID, Err(Unreachable))]
    );
}

#[wasm_bindgen_test]
async fn real_calls_are_answered_or_not() {
    for (url, answer) in [
        ("data:text/plain,gr%C3%BCezi", Ok(response(200, "grüezi"))),
        ("http://127.0.0.1:9/", Err(Unreachable)),
        ("http://", Err(Unreachable)),
    ] {
        let desk = open(Keep::Nothing);
        desk.courier.call(ID, &call("GET", url));
        assert!(desk.heard.borrow().is_empty());
        assert_eq!(desk.hear().await, Input::Answered(ID, answer));
    }
}

#[wasm_bindgen_test]
async fn an_answer_may_lead_to_the_next_call() {
    let place: Rc<RefCell<Option<Courier>>> = Rc::default();
    let (heard, ear) = ear();
    let next: Rc<dyn Fn(Input)> = {
        let place = Rc::clone(&place);
        Rc::new(move |input| {
            ear(input);
            if heard.borrow().len() < 4 {
                let place = place.borrow();
                let courier = place.as_ref().unwrap();
                courier.prepare(&Uid("e6f1".into()));
                courier.call(ID, &call("GET", "http://"));
            }
        })
    };
    let courier = Courier::new("", 1, QUIET, next);
    courier.call(ID, &call("GET", "http://"));
    place.replace(Some(courier));
    pause(100).await;
    place.take();
}

async fn taken() -> (Desk, Uid) {
    let files = open(Keep::Nothing);
    let uid = files.take(file(TEXT).await).await.uid;
    files.prepare(&uid).await.unwrap();
    (files, uid)
}

fn upload(url: &str) -> UploadRequest {
    UploadRequest {
        method: "PUT",
        url: Url(url.into()),
        headers: vec![("x-amz-acl", Secret("private".into()))],
        body: UploadBody::Bytes("text/x-own".into()),
    }
}

#[wasm_bindgen_test]
async fn an_upload_tells_each_whole_percent_once() {
    let (desk, uid) = taken().await;
    now(FAKE);
    desk.upload(&uid, "https://s3/x");
    assert_eq!(
        now("fake.sent.join()"),
        "PUT https://s3/x,x-amz-acl: private,Content-Type: text/x-own"
    );
    assert_eq!(now("fake.body.size"), 5);
    now(
        "for (const loaded of [1, 4, 7, 7, 500, 1000]) fake.upload.onprogress({ loaded, total: 1000 });
        fake.end(403, '<Error>'.padEnd(3000))",
    );
    now(REAL);
    assert_eq!(
        desk.steps(&uid),
        [
            UploadStep::Progress(1),
            UploadStep::Progress(50),
            UploadStep::Progress(100),
            UploadStep::Answered(response(403, &format!("{:3000}", "<Error>"))),
        ]
    );
}

#[wasm_bindgen_test]
async fn an_upload_that_stands_still_is_broken() {
    let (desk, uid) = taken().await;
    for (loaded, begun) in [(0, false), (1, true)] {
        now(FAKE);
        desk.upload(&uid, "/x");
        assert_eq!(now("fake.timeout"), 60_000);
        pause(50).await;
        now(&format!(
            "fake.upload.onprogress({{ loaded: {loaded}, total: 1000 }})"
        ));
        // From the start.
        let later = now("fake.timeout - 60000").as_f64().unwrap();
        assert!((40.0..2_000.0).contains(&later), "{later}");
        now("fake.end(0, '')");
        now(REAL);
        let last = desk.steps(&uid).pop();
        assert_eq!(last, Some(UploadStep::Broken { begun }));
    }
}

#[wasm_bindgen_test]
async fn a_page_with_its_own_way_gets_a_form() {
    let (desk, uid) = taken().await;
    now(FAKE);
    let to = UploadRequest {
        method: "POST",
        url: Url("/own".into()),
        headers: vec![("token", Secret("t".into()))],
        body: UploadBody::Form(
            vec![("uploadURL", Secret("https://s3/x?signed".into()))],
            "image",
        ),
    };
    desk.courier.upload(&uid, &to);
    now(REAL);
    assert_eq!(now("fake.sent.join()"), "POST /own,token: t");
    let form = js("const form = [...fake.body.entries()];
        const [[first, url], [second, file]] = form;
        return [form.length, first, url, second, file.name, file.type, await file.text()].join()")
    .await;
    assert_eq!(
        form,
        "2,uploadURL,https://s3/x?signed,image,a.txt,text/plain,hello"
    );
}

#[wasm_bindgen_test]
async fn a_system_that_takes_texts_gets_the_bytes_in_one() {
    let (desk, uid) = taken().await;
    now(FAKE);
    let to = UploadRequest {
        method: "POST",
        url: Url("/media".into()),
        headers: Vec::new(),
        body: UploadBody::Text(Secret("{\"data\":\"".into()), Secret("\"}".into())),
    };
    desk.courier.upload(&uid, &to);
    pause(100).await;
    assert_eq!(now("fake.body"), "{\"data\":\"aGVsbG8=\"}");
    // One that is stopped while its bytes are read is not sent.
    now("fake = {}");
    desk.courier.upload(&uid, &to);
    desk.courier.abort(&uid);
    pause(100).await;
    now(REAL);
    assert!(now("fake.body").is_undefined());
}

#[wasm_bindgen_test]
async fn an_upload_that_is_stopped_is_heard_of_no_more() {
    let (desk, uid) = taken().await;
    now(FAKE);
    desk.upload(&uid, "/x");
    desk.courier.abort(&uid);
    now(REAL);
    assert_eq!(now("fake.aborted"), 1);
    assert!(now("fake.onloadend || fake.upload.onprogress").is_falsy());
    assert!(desk.heard.borrow().is_empty());
    // And a real one.
    desk.upload(&uid, "/nowhere");
    desk.courier.abort(&uid);
    pause(100).await;
    assert!(desk.heard.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn a_courier_that_is_dropped_stops_all_and_hears_nothing_more() {
    let (desk, uid) = taken().await;
    now(FAKE);
    desk.upload(&uid, "/x");
    now("window.first = fake");
    desk.courier.call(ID, &call("GET", "http://"));
    desk.courier.prepare(&uid);
    let heard = Rc::clone(&desk.heard);
    drop(desk);
    now(REAL);
    assert_eq!(now("first.aborted + fake.aborted"), 2);
    assert!(now("first.onloadend || fake.onloadend").is_falsy());
    pause(50).await;
    assert!(heard.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn real_uploads_are_answered_or_broken() {
    let (desk, uid) = taken().await;
    desk.upload(&uid, "http://127.0.0.1:9/");
    let broken = Input::Uploaded(uid.clone(), UploadStep::Broken { begun: false });
    assert_eq!(desk.hear().await, broken);
    // The test's own server knows no such page, but it takes the bytes.
    desk.upload(&uid, "/nowhere");
    let all = Input::Uploaded(uid.clone(), UploadStep::Progress(100));
    assert_eq!(desk.hear().await, all);
    let answer = desk.hear().await;
    let Input::Uploaded(_, UploadStep::Answered(answer)) = answer else {
        panic!("{answer:?}");
    };
    assert!(answer.status >= 200);
}

#[wasm_bindgen_test]
async fn a_file_that_is_not_there_is_not_sent() {
    let (desk, uid) = taken().await;
    desk.forget(&uid);
    desk.upload(&uid, "/x");
    let broken = Input::Uploaded(uid, UploadStep::Broken { begun: false });
    assert_eq!(desk.hear().await, broken);
}
