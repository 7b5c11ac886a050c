//! Files on their way: made ready one after the other, put into the file store
//! one after the other, then sent like any message (contract concierge 5.6, 7).
//!
//! An upload needs no connection once it has begun, and none is lost with one.
//! What fails while the device or the server is away waits until they are back;
//! what fails otherwise is tried once more and then the visitor's to decide.

use super::connection::TOKEN_PATIENCE;
use super::{Session, Stage as SessionStage};
use crate::backend::{
    Destination, FilePlace, PRESIGNED, REQUESTS, RefusalKind, Upload, UploadVerdict,
};
use crate::backoff;
use crate::change::Change;
use crate::io::{
    Effect, ErrorCode, Event, NewFile, NoFile, ReadyFile, RequestId, Response, Secret, Unreachable,
    UploadBody, UploadRequest, UploadStep, Url,
};
use crate::model::{
    Content, Conversation, ConversationId, Failure, FileContent, FileKind, Key, MessageId, Notice,
    RowState, Uid,
};
use crate::only::plain;
use crate::outbox::{Entry, Fate, FileStage};
use crate::time::{Instant, SECOND};
use crate::timers::Timer;
use crate::upload::{Moving, Stage};

/// What broke is tried again after this.
const AGAIN: u64 = 2 * SECOND;
/// A file store that says "later" is asked so often (contract concierge 7).
const MOST_WAITS: u32 = 3;

impl Session {
    /// The visitor sends a file.
    pub(super) fn attach(&mut self, file: NewFile, out: &mut Vec<Effect>) {
        // A tab that gives the same action twice means one file.
        if self.outbox.named(&file.uid).is_some() {
            return;
        }
        let verdict = if self.traits().upload {
            self.rules.check(&file)
        } else {
            Err(Notice::FileType {
                name: file.name.clone(),
            })
        };
        if let Err(notice) = verdict {
            out.push(Effect::Forget(file.uid));
            self.show(Change::Notice(Some(notice)), out);
            return;
        }
        let content = Content::File(FileContent {
            kind: FileKind::of_mime(&file.mime),
            url: String::new(),
            name: file.name,
            mime: Some(file.mime),
            size: Some(file.size),
            dimensions: None,
        });
        self.write(file.uid, content, Fate::File(FileStage::Raw), out);
    }

    /// Everything about files that can go on now.
    pub(super) fn advance_uploads(&mut self, out: &mut Vec<Effect>) {
        if self.outbox.first_at(FileStage::Preparing).is_none()
            && let Some(raw) = self.outbox.first_at(FileStage::Raw)
        {
            let (key, uid) = (raw.key, raw.uid.clone());
            self.set_stage(key, FileStage::Preparing, out);
            out.push(Effect::Prepare(uid));
        }
        if self.upload.is_none()
            && matches!(self.stage, SessionStage::Done)
            && let Some(ready) = self.outbox.first_at(FileStage::Ready)
        {
            if REQUESTS && self.conversation_id().is_none() {
                self.begin_for_message(out);
                return;
            }
            let (key, uid) = (ready.key, ready.uid.clone());
            self.upload = Some(Moving::new(key, uid, self.rules.always_proxy));
            self.set_stage(key, FileStage::Moving, out);
            self.ask_for_place(out);
        } else if self
            .upload
            .as_ref()
            .is_some_and(|upload| matches!(upload.stage, Stage::Token))
        {
            // A token may have come for the connection.
            self.ask_with_token(out);
        }
    }

    fn set_stage(&mut self, key: Key, stage: FileStage, out: &mut Vec<Effect>) {
        self.set_fate(key, Fate::File(stage), out);
    }

    pub(super) fn on_prepared(
        &mut self,
        uid: &Uid,
        prepared: Result<ReadyFile, NoFile>,
        out: &mut Vec<Effect>,
    ) {
        let Some(key) = self.outbox.named(uid) else {
            // It was thrown away meanwhile.
            out.push(Effect::Forget(uid.clone()));
            return;
        };
        let Some(entry) = self.outbox.get_mut(key) else {
            return;
        };
        if entry.fate != Fate::File(FileStage::Preparing) {
            return;
        }
        match prepared {
            Ok(file) => {
                let content = FileContent {
                    kind: FileKind::of_mime(&file.mime),
                    url: String::new(),
                    name: file.name,
                    mime: Some(file.mime),
                    size: Some(file.size),
                    dimensions: file.dimensions,
                };
                entry.content = Content::File(content.clone());
                let shown = FileContent {
                    url: file.preview.unwrap_or_default(),
                    ..content
                };
                self.timeline.set_content(key, Content::File(shown), out);
                self.set_stage(key, FileStage::Ready, out);
            }
            Err(NoFile::Gone | NoFile::Unreadable) => self.wedge(key, Failure::FileGone, out),
        }
    }

    /// Asks the server for a place, with a token that is good for it.
    fn ask_for_place(&mut self, out: &mut Vec<Effect>) {
        if let Some(upload) = &mut self.upload {
            upload.stage = Stage::Token;
        }
        if !self.wants_token() {
            self.ask_with_token(out);
        } else if let Err(ask) = self.dialling.usable_token(self.now.wall) {
            self.timers
                .set(Timer::Upload, self.now.at.after(TOKEN_PATIENCE));
            out.push(Effect::AskToken(ask));
        } else {
            self.ask_with_token(out);
        }
    }

    fn ask_with_token(&mut self, out: &mut Vec<Effect>) {
        let may = !self.wants_token() || self.dialling.usable_token(self.now.wall).is_ok();
        let Some(upload) = &mut self.upload else {
            return;
        };
        let Some(entry) = self.outbox.get_mut(upload.key).filter(|_| may) else {
            return;
        };
        let Content::File(file) = entry.content.clone() else {
            return;
        };
        let nowhere = ConversationId(String::new());
        let to = Destination {
            conversation: match &self.shown.conversation {
                Conversation::Open(id) | Conversation::Ended(id) => id,
                Conversation::None => &nowhere,
            },
            uid: &upload.uid,
            token: self.dialling.secret(),
        };
        match self.backend.upload(&to, &file) {
            Upload::Ask(request) if PRESIGNED => {
                self.last_request += 1;
                let id = RequestId(self.last_request);
                upload.stage = Stage::Asking(id);
                out.push(Effect::Request(id, request));
            }
            Upload::Put(request) if REQUESTS => {
                upload.stage = Stage::Moving(None, self.now.at);
                out.push(Effect::Upload(upload.uid.clone(), plain(request)));
            }
            Upload::Send(request) if REQUESTS => {
                let (key, uid) = (upload.key, upload.uid.clone());
                upload.stage = Stage::Moving(None, self.now.at);
                upload.is_message = true;
                let newest = self.timeline.newest().cloned();
                entry
                    .after
                    .get_or_insert(newest.unwrap_or_else(|| MessageId(String::new())));
                self.set_stage(key, FileStage::Sending, out);
                out.push(Effect::Upload(uid, plain(request)));
            }
            Upload::Ask(_) | Upload::Put(_) | Upload::Send(_) | Upload::Never => {
                self.fail_upload(Failure::FileRefused(None), out);
            }
        }
    }

    /// The page gave no token for an upload.
    pub(super) fn on_no_upload_token(&mut self, out: &mut Vec<Effect>) {
        if self
            .upload
            .as_ref()
            .is_some_and(|upload| matches!(upload.stage, Stage::Token))
        {
            self.fail_upload(Failure::SignedOut, out);
        }
    }

    pub(super) fn on_answered(
        &mut self,
        id: RequestId,
        answer: Result<Response, Unreachable>,
        out: &mut Vec<Effect>,
    ) {
        if REQUESTS && self.on_call_answered(id, &answer, out) {
            return;
        }
        let Some(upload) = self.upload.as_mut().filter(|_| PRESIGNED) else {
            return;
        };
        if !matches!(upload.stage, Stage::Asking(asked) if asked == id) {
            return;
        }
        let place = match answer {
            Ok(response) => self.backend.place(&response),
            Err(Unreachable) => {
                self.break_upload(Stage::AskingLater, Failure::UploadBlocked, out);
                return;
            }
        };
        match place {
            Ok(place) => self.move_to(place, self.now.at, out),
            Err(refusal) => match refusal.kind {
                RefusalKind::Token if !upload.has_fresh_token => {
                    upload.has_fresh_token = true;
                    self.dialling.distrust_token();
                    self.ask_for_place(out);
                }
                RefusalKind::Token => self.fail_upload(Failure::SignedOut, out),
                RefusalKind::Rejected => {
                    self.fail_upload(Failure::FileRefused(refusal.text), out);
                }
                RefusalKind::Missing | RefusalKind::Busy | RefusalKind::Unclear => {
                    self.break_upload(Stage::AskingLater, Failure::Upload, out);
                }
            },
        }
    }

    fn move_to(&mut self, place: FilePlace, asked: Instant, out: &mut Vec<Effect>) {
        if !Moving::is_fresh(asked, self.now.at) {
            self.ask_for_place(out);
            return;
        }
        let Some(upload) = &mut self.upload else {
            return;
        };
        let entry = self.outbox.get_mut(upload.key);
        let mime = entry.and_then(|entry| match &entry.content {
            Content::File(file) => file.mime.clone(),
            Content::Text(_) | Content::Rich(_) => None,
        });
        let proxy = self.rules.proxy.clone().filter(|_| upload.by_proxy);
        let request = match proxy {
            // The page's own endpoint passes it on (contract concierge 5.6).
            Some(proxy) => UploadRequest {
                method: "POST",
                url: Url(proxy),
                headers: Vec::new(),
                body: UploadBody::Form(
                    vec![("uploadURL", Secret(place.upload.0.clone()))],
                    "image",
                ),
            },
            None => UploadRequest {
                method: "PUT",
                url: place.upload.clone(),
                headers: Vec::new(),
                body: UploadBody::Bytes(mime.unwrap_or_default()),
            },
        };
        out.push(Effect::Upload(upload.uid.clone(), request));
        upload.stage = Stage::Moving(Some(place), asked);
        self.timeline
            .set_state(upload.key, RowState::Uploading(0), out);
    }

    pub(super) fn on_uploaded(&mut self, uid: &Uid, step: UploadStep, out: &mut Vec<Effect>) {
        let may_use_proxy = PRESIGNED && self.is_working() && self.rules.proxy.is_some();
        let Some(upload) = self.upload.as_mut().filter(|it| it.uid == *uid) else {
            return;
        };
        let Stage::Moving(place, asked) = &upload.stage else {
            return;
        };
        let (key, place, asked) = (upload.key, place.clone(), *asked);
        match step {
            UploadStep::Progress(percent) => {
                self.timeline
                    .set_state(key, RowState::Uploading(percent.min(100)), out);
            }
            UploadStep::Answered(response) => match self.backend.upload_verdict(&response) {
                UploadVerdict::Done(named) => {
                    let asked = place.map(|place| place.public);
                    self.finish_upload(key, named.or(asked).unwrap_or_default(), out);
                }
                UploadVerdict::Sent(message) => {
                    self.upload = None;
                    self.timeline.confirm(key, &message, out);
                    self.note_confirmed(key, out);
                    self.note_no_gap();
                }
                UploadVerdict::Unclear if REQUESTS && upload.is_message => self.doubt_upload(out),
                UploadVerdict::Unclear if REQUESTS => {
                    self.break_upload(Stage::MovingLater(place, asked), Failure::Upload, out);
                }
                UploadVerdict::Token if REQUESTS && !upload.has_fresh_token => {
                    upload.has_fresh_token = true;
                    self.dialling.distrust_token();
                    self.ask_for_place(out);
                }
                UploadVerdict::Token if REQUESTS => self.fail_upload(Failure::SignedOut, out),
                UploadVerdict::Expired if PRESIGNED && !upload.has_new_place => {
                    upload.has_new_place = true;
                    self.ask_for_place(out);
                }
                UploadVerdict::Busy if upload.waits < MOST_WAITS => {
                    let wait = backoff::delay(upload.waits + 1, &mut self.random);
                    upload.waits += 1;
                    upload.stage = Stage::MovingLater(place, asked);
                    self.timers.set(Timer::Upload, self.now.at.after(wait));
                }
                UploadVerdict::Refused(Some(words)) if REQUESTS => {
                    self.fail_upload(Failure::FileRefused(Some(words)), out);
                }
                UploadVerdict::Expired
                | UploadVerdict::Busy
                | UploadVerdict::Unclear
                | UploadVerdict::Token
                | UploadVerdict::Refused(_) => {
                    self.fail_upload(Failure::Upload, out);
                }
            },
            UploadStep::Broken { begun: false } if may_use_proxy && !upload.by_proxy => {
                // The store's rules keep this page out, as it seems.
                upload.by_proxy = true;
                match place {
                    Some(place) => self.move_to(place, asked, out),
                    None => self.ask_for_place(out),
                }
            }
            UploadStep::Broken { .. } if REQUESTS && upload.is_message => self.doubt_upload(out),
            UploadStep::Broken { .. } => {
                self.break_upload(
                    Stage::MovingLater(place, asked),
                    Failure::UploadBlocked,
                    out,
                );
            }
        }
    }

    /// The bytes were the message, and nobody knows whether it arrived.
    fn doubt_upload(&mut self, out: &mut Vec<Effect>) {
        if let Some(upload) = self.upload.take() {
            self.set_fate(upload.key, Fate::Unknown, out);
        }
    }

    fn finish_upload(&mut self, key: Key, place: String, out: &mut Vec<Effect>) {
        self.upload = None;
        if let Some(entry) = self.outbox.get_mut(key)
            && let Content::File(file) = &mut entry.content
        {
            file.url = place;
        }
        self.set_fate(key, Fate::Waiting, out);
    }

    /// Whether the device and the server are there: what fails now fails for a
    /// reason of its own.
    const fn is_working(&self) -> bool {
        self.page.online && matches!(self.stage, SessionStage::Done)
    }

    /// Something broke. With the network away it waits for that; else it is
    /// tried once more.
    fn break_upload(&mut self, next: Stage, failure: Failure, out: &mut Vec<Effect>) {
        let is_working = self.is_working();
        let Some(upload) = &mut self.upload else {
            return;
        };
        if !is_working {
            let key = upload.key;
            self.upload = None;
            self.set_stage(key, FileStage::Ready, out);
        } else if upload.tried_again {
            if failure == Failure::UploadBlocked {
                out.push(Effect::Announce(Event::Error {
                    code: ErrorCode::UploadBlocked,
                    recoverable: true,
                }));
            }
            self.fail_upload(failure, out);
        } else {
            upload.tried_again = true;
            upload.stage = next;
            self.timers.set(Timer::Upload, self.now.at.after(AGAIN));
        }
    }

    /// The wait after something broke is over.
    pub(super) fn try_upload_again(&mut self, out: &mut Vec<Effect>) {
        let Some(upload) = &mut self.upload else {
            return;
        };
        match &upload.stage {
            Stage::AskingLater => self.ask_for_place(out),
            Stage::Token => self.break_upload(Stage::AskingLater, Failure::SignedOut, out),
            Stage::MovingLater(place, asked) => {
                let (place, asked) = (place.clone(), *asked);
                match place {
                    Some(place) if PRESIGNED => self.move_to(place, asked, out),
                    Some(_) | None => self.ask_for_place(out),
                }
            }
            Stage::Asking(_) | Stage::Moving(..) => {}
        }
    }

    fn fail_upload(&mut self, failure: Failure, out: &mut Vec<Effect>) {
        if let Some(upload) = self.upload.take() {
            self.wedge(upload.key, failure, out);
        }
    }

    /// The file of a message is not wanted any more.
    pub(super) fn drop_file(&mut self, entry: &Entry, out: &mut Vec<Effect>) {
        if self
            .upload
            .as_ref()
            .is_some_and(|upload| upload.uid == entry.uid)
        {
            self.upload = None;
            self.timers.cancel(Timer::Upload);
            out.push(Effect::Abort(entry.uid.clone()));
        }
        if matches!(entry.content, Content::File(_)) {
            out.push(Effect::Forget(entry.uid.clone()));
        }
    }
}
