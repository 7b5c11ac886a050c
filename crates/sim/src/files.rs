//! Files in a world: the bytes that the browser keeps, the server that names
//! places, and the store that takes them, with the faults that a test asks for.

use std::collections::{BTreeSet, VecDeque};

use concierge_core::{
    NoFile, ReadyFile, Request, Response, Uid, Unreachable, UploadBody, UploadRequest, UploadStep,
};
use serde_json::{Value, json};

/// How the next question for a place is answered instead of with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceFault {
    /// With this status and body.
    Answer(u16, &'static str),
    /// Not at all, and the browser says so.
    Unreachable,
}

/// How the next upload ends instead of well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutFault {
    /// With this status and body.
    Answer(u16, &'static str),
    /// It breaks; whether bytes had gone out.
    Broken {
        /// They had.
        begun: bool,
    },
    /// It never ends.
    Hangs,
}

/// The body of an S3 store's answer to a signed URL that is too old.
pub const EXPIRED: &str =
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

/// All that has to do with files.
#[derive(Debug, Default)]
pub struct Files {
    /// The bytes that the browser has kept, by message. They survive a reload.
    pub kept: BTreeSet<Uid>,
    /// What goes wrong with the next questions for a place.
    pub place_faults: VecDeque<PlaceFault>,
    /// What goes wrong with the next uploads.
    pub put_faults: VecDeque<PutFault>,
    /// The questions for a place: their bodies.
    pub asked: Vec<Value>,
    /// All uploads that were begun.
    pub puts: Vec<UploadRequest>,
    /// The public URLs of all files that arrived.
    pub stored: Vec<String>,
    /// Uploads that were stopped.
    pub aborted: Vec<Uid>,
    /// How many files were made up.
    pub made: u32,
    /// Uploads that do not end.
    pub(crate) hanging: Vec<Uid>,
}

impl Files {
    /// Makes a file ready.
    pub(crate) fn prepare(&self, uid: &Uid) -> Result<ReadyFile, NoFile> {
        if !self.kept.contains(uid) {
            return Err(NoFile::Gone);
        }
        Ok(ReadyFile {
            name: format!("{}.jpg", uid.0),
            mime: "image/jpeg".into(),
            size: 81_234,
            dimensions: Some((640, 480)),
            preview: Some(format!("blob:https://site.example/{}", uid.0)),
        })
    }

    /// Answers a question for a place.
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Response, Unreachable> {
        assert_eq!(request.method, "POST");
        assert!(request.url.0.ends_with("/file-new/get-upload-url"));
        let body = request.body.as_ref().expect("a body");
        let body: Value = serde_json::from_str(&body.0).expect("JSON");
        assert!(
            body["mimeType"]
                .as_str()
                .is_some_and(|mime| !mime.is_empty())
        );
        self.asked.push(body);
        let place = format!(
            "https://files.example.com/chat-images/{}.jpg",
            self.asked.len()
        );
        match self.place_faults.pop_front() {
            Some(PlaceFault::Unreachable) => Err(Unreachable),
            Some(PlaceFault::Answer(status, body)) => Ok(Response {
                status,
                body: body.into(),
            }),
            None => Ok(Response {
                status: 200,
                body: json!({"data": {"uploadUrlData": {
                    "uploadURL": format!("{place}?signature=00ff"), "resourceUrl": place,
                }}})
                .to_string(),
            }),
        }
    }

    /// Takes a file: what the browser tells of it, in order.
    pub(crate) fn put(&mut self, uid: &Uid, request: &UploadRequest) -> Vec<UploadStep> {
        assert!(
            self.kept.contains(uid),
            "a file is uploaded whose bytes were forgotten"
        );
        self.puts.push(request.clone());
        let fault = self.put_faults.pop_front();
        if fault == Some(PutFault::Broken { begun: false }) {
            return vec![UploadStep::Broken { begun: false }];
        }
        let end = match fault {
            Some(PutFault::Hangs) => {
                self.hanging.push(uid.clone());
                return vec![UploadStep::Progress(40)];
            }
            Some(PutFault::Broken { begun }) => UploadStep::Broken { begun },
            Some(PutFault::Answer(status, body)) => UploadStep::Answered(Response {
                status,
                body: body.into(),
            }),
            None => {
                let place = match &request.body {
                    UploadBody::Form(fields, _) => &fields[0].1.0,
                    UploadBody::Bytes(_) | UploadBody::Text(..) => &request.url.0,
                };
                let url = place.split('?').next().unwrap_or_default();
                self.stored.push(url.into());
                UploadStep::Answered(Response {
                    status: 200,
                    body: String::new(),
                })
            }
        };
        vec![UploadStep::Progress(40), UploadStep::Progress(100), end]
    }
}
