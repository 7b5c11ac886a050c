//! Contacts and their sessions (contract 3.2).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use serde_json::{Map, Value, json};

use super::dialect::Dialect;
use super::failure::Failure;
use super::identity::{self, Proof};
use super::params::{Params, Reading};
use super::{OneChat, inbox};
use crate::model::{Timestamp, VisitorId};
use crate::store::onechat::{Contact, Mark, Session};
use crate::switches::onechat::ContactFault;

/// Where a contact's name is cut, in characters.
const NAME_LIMIT: usize = 255;

/// The longest text among custom attributes, in characters.
const ATTRIBUTE_LIMIT: usize = 1500;

/// `POST {I}/contacts`: a new session, or the known one of that source id.
pub(super) async fn create(
    State(front): State<Arc<OneChat>>,
    Path(inbox): Path<String>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    inbox::check(&inbox)?;
    let params = Params::read(request, Reading::Usual).await?;
    // A good hash proves nothing yet: the next call with it does.
    identity::check(front.switches().hmac, &params)?;
    if let Some(session) = front.known_session(&params)? {
        return front.show_contact(&session);
    }
    let session = front.add_session(&params)?;
    front.show_contact(&session)
}

/// `GET {C}`
pub(super) async fn show(
    State(front): State<Arc<OneChat>>,
    Path((inbox, source)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Failure> {
    let session = front.session(&inbox, &source)?;
    let params = Params::read_query(&query.unwrap_or_default());
    front.prove(&session, &params)?;
    front.show_contact(&session)
}

/// `PATCH {C}`: answers the raw record.
pub(super) async fn update(
    State(front): State<Arc<OneChat>>,
    Path((inbox, source)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let session = front.session(&inbox, &source)?;
    let params = Params::read(request, Reading::Usual).await?;
    front.prove(&session, &params)?;
    let mut contact = front.contact_of(&session)?;
    contact = front.merge_if_taken(contact, &params)?;
    let phone = contact.phone.clone();
    fill(&mut contact, &params)?;
    if !front.switches().generation.is_newer() {
        contact.phone = phone;
    }
    contact.updated_at = Timestamp::now();
    front
        .chat
        .with_store(|store| store.save_contact(&contact))?;
    Ok(Json(Dialect::of(&front).record(&contact)))
}

impl OneChat {
    /// The session that a create goes on with.
    fn known_session(&self, params: &Params) -> Result<Option<Session>, Failure> {
        let resumes = self
            .switches
            .take(|switches| switches.onechat.contact.strikes(ContactFault::Resume));
        let source_id = params.filled("source_id").unwrap_or_default();
        Ok(self.chat.with_store(|store| {
            if resumes {
                store.newest_session()
            } else {
                store.session_of_source(source_id)
            }
        })?)
    }

    fn add_session(&self, params: &Params) -> Result<Session, Failure> {
        let contact = match self.matching_contact(params)? {
            Some(contact) => contact,
            None => self.add_contact(params)?,
        };
        let fresh = uuid::Uuid::new_v4().to_string();
        let source_id = params.filled("source_id").unwrap_or(&fresh);
        let token = identity::new_token();
        let now = Timestamp::now();
        Ok(self
            .chat
            .with_store(|store| store.add_session(contact.id, source_id, &token, now))?)
    }

    /// A contact of that identifier, email or phone number, in this order.
    fn matching_contact(&self, params: &Params) -> Result<Option<Contact>, Failure> {
        let keeps_all = self.switches().generation.is_newer();
        let marks = [
            params
                .filled("identifier")
                .filter(|_| keeps_all)
                .map(Mark::Identifier),
            params.filled("email").map(Mark::Email),
            params
                .filled("phone_number")
                .filter(|_| keeps_all)
                .map(Mark::Phone),
        ];
        for mark in marks.into_iter().flatten() {
            if let Some(contact) = self.chat.with_store(|store| store.contact_with(mark))? {
                return Ok(Some(contact));
            }
        }
        Ok(None)
    }

    fn add_contact(&self, params: &Params) -> Result<Contact, Failure> {
        let now = Timestamp::now();
        let keeps_all = self.switches().generation.is_newer();
        let mut contact = Contact {
            id: VisitorId(0),
            identifier: params
                .filled("identifier")
                .filter(|_| keeps_all)
                .map(str::to_owned),
            name: made_up_name(),
            email: None,
            phone: None,
            avatar_url: None,
            custom_attributes: json!({}),
            blocked: self
                .switches
                .take(|switches| switches.onechat.contact.strikes(ContactFault::Blocked)),
            created_at: now,
            updated_at: now,
        };
        fill(&mut contact, params)?;
        if !keeps_all {
            contact.phone = None;
        }
        Ok(self.chat.with_store(|store| store.add_contact(contact))?)
    }

    /// Two contacts with one email address or phone number become one; that
    /// which had it first is left.
    fn merge_if_taken(&self, contact: Contact, params: &Params) -> Result<Contact, Failure> {
        let marks = [
            params.filled("email").map(Mark::Email),
            params.filled("phone_number").map(Mark::Phone),
        ];
        let is_forced = self
            .switches
            .take(|switches| switches.onechat.contact.strikes(ContactFault::Merged));
        let other = self.chat.with_store(|store| {
            if is_forced {
                let mut twin = contact.clone();
                twin.identifier = None;
                return store.add_contact(twin).map(Some);
            }
            for mark in marks.into_iter().flatten() {
                if let Some(found) = store.contact_with(mark)? {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        })?;
        let Some(mut left) = other.filter(|other| other.id != contact.id) else {
            return Ok(contact);
        };
        left.identifier = left.identifier.or(contact.identifier);
        self.chat
            .with_store(|store| store.merge_contacts(contact.id, left.id))?;
        Ok(left)
    }

    /// Checks the hash of a session's user. A good one is remembered.
    fn prove(&self, session: &Session, params: &Params) -> Result<(), Failure> {
        if identity::check(self.switches().hmac, params)? == Proof::Good {
            self.chat
                .with_store(|store| store.verify_session(session.id))?;
        }
        Ok(())
    }

    fn show_contact(&self, session: &Session) -> Result<Json<Value>, Failure> {
        let contact = self.contact_of(session)?;
        let mut shown = Dialect::of(self).contact(session, &contact);
        let is_silent = self.switches.take(|switches| {
            switches
                .onechat
                .contact
                .strikes(ContactFault::NoPubsubToken)
        });
        if is_silent && let Some(fields) = shown.as_object_mut() {
            fields.remove("pubsub_token");
        }
        Ok(Json(shown))
    }
}

/// Takes over what the parameters say of a contact; blank values say nothing.
fn fill(contact: &mut Contact, params: &Params) -> Result<(), Failure> {
    if let Some(name) = params.filled("name") {
        contact.name = name.chars().take(NAME_LIMIT).collect();
    }
    if let Some(email) = params.filled("email") {
        if !is_email(email) {
            return Err(Failure::Invalid("Email Invalid email".to_owned(), "email"));
        }
        contact.email = Some(email.to_owned());
    }
    if let Some(phone) = params.filled("phone_number") {
        if !is_phone_number(phone) {
            let words = "Phone number should be in e164 format".to_owned();
            return Err(Failure::Invalid(words, "phone_number"));
        }
        contact.phone = Some(phone.to_owned());
    }
    if let Some(url) = params.filled("avatar_url") {
        contact.avatar_url = Some(url.to_owned());
    }
    if let Some(attributes) = params.object("custom_attributes") {
        check_attributes(attributes)?;
        merge(&mut contact.custom_attributes, attributes);
    }
    Ok(())
}

/// One `@` with something before it and a dot after it.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

/// A plus sign, a digit that is not zero, and up to fourteen more.
fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn check_attributes(attributes: &Map<String, Value>) -> Result<(), Failure> {
    let is_long = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text.chars().count() > ATTRIBUTE_LIMIT)
    };
    if attributes.values().any(is_long) {
        let words =
            format!("Custom attributes is too long (maximum is {ATTRIBUTE_LIMIT} characters)");
        return Err(Failure::Invalid(words, "custom_attributes"));
    }
    Ok(())
}

/// Merges objects into objects; all else replaces what was there.
fn merge(into: &mut Value, changes: &Map<String, Value>) {
    for (key, value) in changes {
        match (value.as_object(), into.get_mut(key)) {
            (Some(inner), Some(place @ Value::Object(_))) => merge(place, inner),
            _ => into[key] = value.clone(),
        }
    }
}

/// What a contact without a name is called.
fn made_up_name() -> String {
    const FIRST: [&str; 6] = ["amber", "misty", "quiet", "bright", "mossy", "rapid"];
    const SECOND: [&str; 6] = ["lagoon", "meadow", "lantern", "harbour", "cedar", "pebble"];
    let random = uuid::Uuid::new_v4();
    let [one, two, three, four, ..] = *random.as_bytes();
    let pick = |list: [&'static str; 6], byte: u8| list[usize::from(byte) % list.len()];
    let number = u32::from(three) * 256 + u32::from(four);
    format!(
        "{}-{}-{}",
        pick(FIRST, one),
        pick(SECOND, two),
        100 + number % 900
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_email, is_phone_number, merge};

    #[test]
    fn marks_have_their_forms() {
        assert!(is_email("pier@lantern.example"));
        assert!(!is_email("pier@lantern") && !is_email("@a.b") && !is_email("a b@c.d"));
        assert!(is_phone_number("+4520123456"));
        assert!(
            !is_phone_number("4520123456") && !is_phone_number("+0123") && !is_phone_number("+1")
        );
        assert!(!is_phone_number("+1234567890123456"));
    }

    #[test]
    fn attributes_are_merged_deeply() {
        let mut kept = json!({"a": {"b": 1, "c": 2}, "d": 3});
        let changes = json!({"a": {"c": 4}, "e": [5]});
        merge(&mut kept, changes.as_object().expect("an object"));
        assert_eq!(kept, json!({"a": {"b": 1, "c": 4}, "d": 3, "e": [5]}));
    }
}
