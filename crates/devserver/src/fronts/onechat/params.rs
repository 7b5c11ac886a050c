//! Reads the parameters of a call, however they are written: JSON, the form of
//! a URL, or multipart (contract 2.4).

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::failure::Failure;

/// The parameters of a call.
#[derive(Debug, Default)]
pub(super) struct Params {
    fields: Map<String, Value>,
    /// Parts of `attachments[]` that are files.
    pub(super) files: Vec<SentFile>,
    /// Set if something stands under `attachments` that is no file.
    pub(super) has_odd_attachments: bool,
}

/// A file as it was sent.
#[derive(Debug)]
pub(super) struct SentFile {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

/// How the pieces of a body are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As they come.
    Usual,
    /// With a pause after each.
    Slow,
    /// The first one, and then the connection breaks.
    Broken,
}

/// The pause of [`Reading::Slow`].
const PAUSE: std::time::Duration = std::time::Duration::from_millis(40);

impl Params {
    /// Reads a request's body. A body of another type counts as none.
    pub(super) async fn read(request: Request, reading: Reading) -> Result<Self, Failure> {
        let mime = media_type(&request);
        if mime == "multipart/form-data" {
            let form = Multipart::from_request(request, &()).await;
            return Self::read_form(form.map_err(|_| Failure::Malformed)?, reading).await;
        }
        let body = Bytes::from_request(request, &()).await.map_err(|error| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Failure::TooLarge
            } else {
                Failure::Malformed
            }
        })?;
        match mime.as_str() {
            "application/json" => Self::read_json(&body),
            "application/x-www-form-urlencoded" => {
                Ok(Self::read_query(&String::from_utf8_lossy(&body)))
            }
            _ => Ok(Self::default()),
        }
    }

    /// Reads `a=1&b[c]=2&d[]=3`.
    pub(super) fn read_query(text: &str) -> Self {
        let mut params = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            params.set(&decode(name), decode(value));
        }
        params
    }

    fn read_json(body: &[u8]) -> Result<Self, Failure> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return Err(Failure::Malformed);
        };
        let has_odd_attachments = fields.contains_key("attachments");
        Ok(Self {
            fields,
            files: Vec::new(),
            has_odd_attachments,
        })
    }

    async fn read_form(mut form: Multipart, reading: Reading) -> Result<Self, Failure> {
        let mut params = Self::default();
        while let Some(field) = form.next_field().await.map_err(|error| refuse(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let Some(file_name) = field.file_name().map(str::to_owned) else {
                params.set(&name, field.text().await.map_err(|error| refuse(&error))?);
                continue;
            };
            if name != "attachments[]" {
                params.has_odd_attachments |= name == "attachments";
                continue;
            }
            let mime = field.content_type().unwrap_or("application/octet-stream");
            let mime = mime.to_owned();
            let bytes = read_file(field, reading).await?;
            params.files.push(SentFile {
                name: file_name,
                mime,
                bytes,
            });
        }
        Ok(params)
    }

    /// A parameter, if it is there and no null.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A parameter that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A text that says something.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    /// A parameter that is an object.
    pub(super) fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.get(name).and_then(Value::as_object)
    }

    fn set(&mut self, name: &str, value: String) {
        let (head, rest) = name.split_once('[').unwrap_or((name, ""));
        if head == "attachments" {
            self.has_odd_attachments = true;
        }
        let keys: Vec<&str> = rest
            .split('[')
            .filter_map(|key| key.strip_suffix(']'))
            .collect();
        let place = self.fields.entry(head).or_insert(Value::Null);
        put(place, &keys, Value::String(value));
    }
}

/// Puts a value under a path of keys; an empty key stands for a list's next
/// entry, or for its last one while that lacks the key after it.
fn put(place: &mut Value, keys: &[&str], value: Value) {
    let Some((key, rest)) = keys.split_first() else {
        *place = value;
        return;
    };
    if key.is_empty() {
        if !place.is_array() {
            *place = Value::Array(Vec::new());
        }
        let Some(list) = place.as_array_mut() else {
            return;
        };
        let wanted = rest.first();
        let goes_on = wanted.is_some_and(|wanted| {
            list.last()
                .is_some_and(|last| last.is_object() && last.get(*wanted).is_none())
        });
        if !goes_on {
            list.push(Value::Null);
        }
        if let Some(last) = list.last_mut() {
            put(last, rest, value);
        }
        return;
    }
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Some(fields) = place.as_object_mut() {
        put(fields.entry(*key).or_insert(Value::Null), rest, value);
    }
}

async fn read_file(mut field: Field<'_>, reading: Reading) -> Result<Bytes, Failure> {
    let mut whole = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| refuse(&error))? {
        whole.extend_from_slice(&piece);
        match reading {
            Reading::Usual => {}
            Reading::Slow => tokio::time::sleep(PAUSE).await,
            Reading::Broken => return Err(Failure::Cut),
        }
    }
    Ok(whole.into())
}

fn refuse(error: &MultipartError) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Failure::TooLarge
    } else {
        Failure::Malformed
    }
}

/// The body's type without parameters.
pub(super) fn media_type(request: &Request) -> String {
    let value = request.headers().get(header::CONTENT_TYPE);
    let text = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let bare = text.split(';').next().unwrap_or_default();
    bare.trim().to_ascii_lowercase()
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Params;

    #[test]
    fn brackets_nest() {
        let query = "name=Ada+Quill&custom_attributes%5Btier%5D=gold&list%5B%5D%5Btitle%5D=A&list%5B%5D%5Bvalue%5D=a\
                     &list%5B%5D%5Btitle%5D=B&list%5B%5D%5Bvalue%5D=b";
        let params = Params::read_query(query);
        assert_eq!(params.text("name"), Some("Ada Quill"));
        assert_eq!(
            json!(params.object("custom_attributes")),
            json!({"tier": "gold"})
        );
        assert_eq!(
            params.get("list"),
            Some(&json!([{"title": "A", "value": "a"}, {"title": "B", "value": "b"}]))
        );
    }
}
