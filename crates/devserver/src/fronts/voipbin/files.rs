//! Files of the talk generation (contract 3.5).

use std::time::Duration;

use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::legacy::{Answer, Who};
use super::pages::{self, Asked};
use super::refusals::Failure;
use super::talk::shapes;
use super::{Front, VoipBin};
use crate::model::Micros;
use crate::store::FileRow;
use crate::switches::voipbin::Files;

const NO_FILE: Failure = Failure::NotFound("FILE_NOT_FOUND");

/// Uses the `files` switch once: refuses, waits, or says what else to do.
async fn passes(front: &VoipBin) -> Result<Files, Failure> {
    let (fault, _) = front
        .switches
        .take(|switches| switches.voipbin.files.take(None));
    match fault {
        Files::Refused => return Err(Failure::Invalid("The file is not accepted.")),
        Files::Slow => {
            let pause = front.switches.read().voipbin.slow_ms;
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        Files::Ok | Files::Target404 => {}
    }
    Ok(fault)
}

/// `POST files`, multipart `file` and `type`, which is `talk`.
pub(super) async fn upload(
    State(front): State<Front>,
    Extension(caller): Who,
    mut form: Multipart,
) -> Answer {
    const UNREADABLE: Failure = Failure::Invalid("The form cannot be read.");
    let (mut kind, mut file) = (String::new(), None);
    while let Some(field) = form.next_field().await.map_err(|_| UNREADABLE)? {
        match field.name() {
            Some("type") => kind = field.text().await.map_err(|_| UNREADABLE)?,
            Some("file") => {
                let name = field.file_name().unwrap_or("file").to_owned();
                let mime = field.content_type().unwrap_or("application/octet-stream");
                let mime = mime.to_owned();
                let bytes = field.bytes().await.map_err(|_| UNREADABLE)?;
                file = Some((name, mime, bytes));
            }
            _ => {}
        }
    }
    let (name, mime, bytes) = file.ok_or(Failure::Invalid("file is required."))?;
    if kind != "talk" {
        return Err(Failure::Invalid("type is talk."));
    }
    passes(&front).await?;
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let url = front.bucket.keep("voipbin", &name, &mime, bytes).await?;
    let row = FileRow {
        id: uuid::Uuid::new_v4().to_string(),
        agent: caller.agent,
        name,
        size,
        url,
        created: Micros::now(),
        deleted: None,
    };
    front
        .chat
        .with_store(|store| store.voipbin_save_file(&row))?;
    written(&front, &row)
}

/// `GET files`
pub(super) async fn list(
    State(front): State<Front>,
    Extension(caller): Who,
    query: Asked,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let before = pages::asked(&switches, &query);
    let files = front
        .chat
        .with_store(|store| store.voipbin_files(caller.agent))?;
    let created: fn(&FileRow) -> Micros = |file| file.created;
    let files = pages::cut(files, before, created);
    let shapes = shapes(&switches);
    let row = |file: &FileRow| Ok(shapes.file(file));
    pages::page(shapes, before, &files, created, row)
}

/// Anyone of the company may see a file whose id they know: messages carry it.
fn find(front: &VoipBin, id: &str) -> Result<FileRow, Failure> {
    front
        .chat
        .with_store(|store| store.voipbin_file(id))?
        .filter(|file| file.deleted.is_none())
        .ok_or(NO_FILE)
}

fn written(front: &VoipBin, file: &FileRow) -> Answer {
    let switches = front.switches.read().voipbin;
    Ok(Json(shapes(&switches).file(file)))
}

/// `GET files/{id}`
pub(super) async fn one(State(front): State<Front>, Path(id): Path<String>) -> Answer {
    written(&front, &find(&front, &id)?)
}

/// `DELETE files/{id}`: the caller's own.
pub(super) async fn delete(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let mut file = find(&front, &id)?;
    if file.agent != caller.agent {
        return Err(Failure::Denied);
    }
    file.deleted = Some(Micros::now());
    front
        .chat
        .with_store(|store| store.voipbin_save_file(&file))?;
    written(&front, &file)
}

/// `GET files/{id}/file`: 307 to where the bytes are.
pub(super) async fn download(
    State(front): State<Front>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let file = find(&front, &id)?;
    let target = match passes(&front).await? {
        Files::Target404 => format!("{}/voipbin/nothing", front.bucket.url()),
        Files::Ok | Files::Refused | Files::Slow => file.url,
    };
    let target = HeaderValue::from_str(&target).map_err(|_| Failure::Broken)?;
    Ok((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]).into_response())
}
