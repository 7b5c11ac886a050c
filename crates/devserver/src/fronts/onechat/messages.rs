//! Messages (contract 3.4).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::dialect::Dialect;
use super::failure::Failure;
use super::params::{self, Params, Reading};
use super::thread::{Reach, Setting};
use super::{OneChat, csat, files, push};
use crate::model::{Draft, Message, MessageId, Party};
use crate::store::onechat::{Attachment, Extras, Kind, StoredFile, Waiting};
use crate::switches::onechat::{Echo, IntOrString, OffOn, PostMessage, Upload};

/// How many messages a page holds.
const PAGE: u32 = 20;

/// The longest text, in characters.
const CONTENT_LIMIT: usize = 150_000;

/// How late `post_message: slow` answers.
const SLOW: Duration = Duration::from_secs(2);

/// How long an echo waits, so that the answer is out before it.
const AFTER_RESPONSE: Duration = Duration::from_millis(30);

/// `GET {V}/messages?before=…`
pub(super) async fn list(
    State(front): State<Arc<OneChat>>,
    Path((inbox, source, id)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<Value>>, Failure> {
    let session = front.session(&inbox, &source)?;
    let setting = front.reach(&session, &id, Reach::Messages)?;
    let query = Params::read_query(&query.unwrap_or_default());
    let before = query
        .filled("before")
        .and_then(|before| before.parse().ok());
    let before = MessageId(before.unwrap_or(i64::MAX));
    let messages = front
        .chat
        .with_store(|store| store.messages_before(&setting.thread.key, before, PAGE))?;
    let dialect = Dialect::of(&front);
    let rows = messages
        .iter()
        .map(|message| dialect.message(&setting, message))
        .collect::<Result<_, _>>()?;
    Ok(Json(rows))
}

/// `POST {V}/messages`
pub(super) async fn create(
    State(front): State<Arc<OneChat>>,
    Path((inbox, source, id)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let session = front.session(&inbox, &source)?;
    let setting = front.reach(&session, &id, Reach::Messages)?;
    let upload = front.upload_fault(&request);
    let params = read_upload(request, upload).await?;
    front.notes.arrival(&setting, params.text("echo_id"));
    let fault = front
        .switches
        .take(|switches| switches.onechat.post_message.take(None))
        .0;
    refuse(fault)?;
    let content = params.text("content").unwrap_or_default();
    if content.chars().count() > CONTENT_LIMIT {
        return Err(too_long());
    }
    if params.has_odd_attachments {
        return Err(Failure::Broken);
    }
    let message = front.receive(&setting, params, upload).await?;
    front.echo(&setting, &message);
    match fault {
        PostMessage::StoredButNoAnswer => return Err(Failure::Cut),
        PostMessage::Slow => tokio::time::sleep(SLOW).await,
        PostMessage::Ok
        | PostMessage::Lost
        | PostMessage::TooLong
        | PostMessage::TooManyMessages
        | PostMessage::Throttled
        | PostMessage::ServerError => {}
    }
    Ok(Json(front.answer(&setting, &message)?).into_response())
}

/// `PATCH {V}/messages/{id}`: the answer to an interactive message.
pub(super) async fn update(
    State(front): State<Arc<OneChat>>,
    Path((inbox, source, id, message)): Path<(String, String, String, String)>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let session = front.session(&inbox, &source)?;
    let setting = front.reach(&session, &id, Reach::Messages)?;
    let number = message
        .parse()
        .map(MessageId)
        .map_err(|_| Failure::NotFound)?;
    let message = front
        .chat
        .message(number)?
        .filter(|message| message.conversation == setting.thread.key)
        .ok_or(Failure::NotFound)?;
    let params = Params::read(request, Reading::Usual).await?;
    let takes_surveys = front.switches().generation.is_newer();
    if takes_surveys {
        csat::check_age(&front, &message)?;
    }
    let values = params
        .get("submitted_values")
        .map(|values| permitted(values, takes_surveys));
    let message = front.submit(&message, values)?;
    Ok(Json(Dialect::of(&front).message(&setting, &message)?))
}

impl OneChat {
    /// The fault of an upload; other bodies have none.
    fn upload_fault(&self, request: &Request) -> Upload {
        if params::media_type(request) != "multipart/form-data" {
            return Upload::Ok;
        }
        self.switches
            .take(|switches| switches.onechat.upload.take(None))
            .0
    }

    /// Stores what a contact sent; a resolved conversation goes on with it.
    async fn receive(
        &self,
        setting: &Setting,
        mut params: Params,
        upload: Upload,
    ) -> Result<Message, Failure> {
        let mut kept = Vec::new();
        for file in std::mem::take(&mut params.files) {
            kept.push(self.keep(file, upload).await?);
        }
        self.reopen(setting)?;
        let text = params.text("content").unwrap_or_default();
        let extras = Extras {
            echo_id: params.text("echo_id").map(str::to_owned),
            without_content: text.is_empty() && params.get("content").is_none(),
            attachments: kept.iter().cloned().map(Attachment::File).collect(),
            ..Extras::plain(Kind::Incoming)
        };
        let draft = self.draft(text, kept.first());
        let contact = Party::Visitor(setting.contact.id);
        Ok(self.chat.post_with(
            &setting.thread.key,
            contact,
            draft,
            push::BY_CONTACT,
            |store, message| store.put_extras(message.id, &extras),
        )?)
    }

    /// What the common tables keep of a message: its text, or else its first
    /// file, so that the console can show it.
    fn draft(&self, text: &str, file: Option<&StoredFile>) -> Draft {
        let (content_type, content) = match file {
            Some(file) if text.is_empty() => {
                let content_type = match files::file_type(&file.mime) {
                    "image" => "IMAGE",
                    "video" => "VIDEO",
                    _ => "FILE",
                };
                (content_type, self.public_url(file))
            }
            _ => ("TEXT", text.to_owned()),
        };
        Draft {
            content_type: content_type.to_owned(),
            content,
            metadata: file.map(|file| json!({"file": {"name": file.name}})),
        }
    }

    fn reopen(&self, setting: &Setting) -> Result<(), Failure> {
        if setting.contact.blocked {
            return Ok(());
        }
        let mut thread = setting.thread.clone();
        let bot_has_it = self.switches().bot_pending == OffOn::On;
        if setting.conversation.closed {
            thread.waiting = if bot_has_it {
                Waiting::Pending
            } else {
                Waiting::Open
            };
            self.chat.with_store(|store| store.save_thread(&thread))?;
            self.chat.reopen(&thread.key, push::BY_CONTACT)?;
        } else if thread.waiting == Waiting::Snoozed {
            thread.waiting = Waiting::Open;
            self.chat.with_store(|store| store.save_thread(&thread))?;
            self.chat.renew(&thread.key, push::BY_CONTACT)?;
        }
        Ok(())
    }

    /// Sends the contact's own message back as an event.
    fn echo(self: &Arc<Self>, setting: &Setting, message: &Message) {
        let (front, setting, message) = (Arc::clone(self), setting.clone(), message.clone());
        match self.switches().echo {
            Echo::Never => {}
            Echo::BeforeResponse => push::message_created(&front, &setting, &message),
            echo @ (Echo::AfterResponse | Echo::Twice) => {
                tokio::spawn(async move {
                    tokio::time::sleep(AFTER_RESPONSE).await;
                    push::message_created(&front, &setting, &message);
                    if echo == Echo::Twice {
                        push::message_created(&front, &setting, &message);
                    }
                });
            }
        }
    }

    fn answer(&self, setting: &Setting, message: &Message) -> Result<Value, Failure> {
        let dialect = Dialect::of(self);
        let mut shown = dialect.message(setting, message)?;
        if dialect.switches.message_type_as == IntOrString::String {
            shown["message_type"] = json!("incoming");
        }
        if dialect.switches.echo_id_in_rest == OffOn::On {
            shown["echo_id"] = json!(self.extras(message)?.echo_id);
        }
        Ok(shown)
    }

    /// Keeps what a contact answered to an interactive message.
    pub(super) fn submit(
        &self,
        message: &Message,
        values: Option<Value>,
    ) -> Result<Message, Failure> {
        let Some(values) = values else {
            return Ok(message.clone());
        };
        let mut extras = self.extras(message)?;
        extras.content_attributes["submitted_values"] = values;
        Ok(self.chat.revise(message.id, None, |store| {
            store.put_extras(message.id, &extras)
        })?)
    }
}

/// Reads a post's body in the manner of its fault.
async fn read_upload(request: Request, upload: Upload) -> Result<Params, Failure> {
    let reading = match upload {
        Upload::TooLarge => return Err(Failure::TooLarge),
        Upload::ServerError => return Err(Failure::Broken),
        Upload::Slow => Reading::Slow,
        Upload::Abort => Reading::Broken,
        Upload::Ok | Upload::WidthNull => Reading::Usual,
    };
    Params::read(request, reading).await
}

/// The faults after which nothing is stored.
fn refuse(fault: PostMessage) -> Result<(), Failure> {
    match fault {
        PostMessage::Ok | PostMessage::StoredButNoAnswer | PostMessage::Slow => Ok(()),
        PostMessage::Lost => Err(Failure::Cut),
        PostMessage::TooLong => Err(too_long()),
        PostMessage::TooManyMessages => {
            Err(Failure::Invalid("Too many messages".to_owned(), "base"))
        }
        PostMessage::Throttled => Err(Failure::Throttled),
        PostMessage::ServerError => Err(Failure::Broken),
    }
}

fn too_long() -> Failure {
    let words = format!("Content is too long (maximum is {CONTENT_LIMIT} characters)");
    Failure::Invalid(words, "content")
}

/// The keys of an answer that the server takes.
fn permitted(values: &Value, takes_surveys: bool) -> Value {
    const KEYS: [&str; 4] = ["name", "title", "value", "csat_survey_response"];
    let pick = |entry: &Value| {
        let mut picked = json!({});
        for key in KEYS {
            let is_taken = takes_surveys || key != "csat_survey_response";
            if let Some(value) = entry.get(key).filter(|_| is_taken) {
                picked[key] = value.clone();
            }
        }
        picked
    };
    match values {
        Value::Array(entries) => Value::Array(entries.iter().map(pick).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            pick(values)
        }
    }
}
