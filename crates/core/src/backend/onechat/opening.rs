//! From what was kept to a conversation (contract 5.1, 5.2).

use super::{Generation, OneChat, Step, done, is_ok, read, refusal, refused, unclear};
use crate::backend::{Answer, Call, ConversationInfo, RefusalKind, Reply};
use crate::io::Response;
use crate::json::Json;
use crate::model::ConversationId;

impl OneChat {
    /// An answer to `Look` or `Begin`.
    pub(super) fn on_opening(&mut self, call: &Call, response: &Response, body: &Json) -> Answer {
        let is_look = matches!(call, Call::Look);
        let is_ok = is_ok(response);
        match self.opening {
            Step::Inbox if is_ok || response.status == 404 => {
                self.note_generation(response);
                if self.is_searched {
                    return self.nothing();
                }
                if self.exists {
                    return Answer::Next(self.ask(call, Step::Contact));
                }
                if self.is_proven() && self.generation == Some(Generation::New) {
                    self.draw();
                    return Answer::Next(self.ask(call, Step::Create));
                }
                self.nothing()
            }
            Step::Create | Step::Contact if is_ok => {
                if !self.note_contact(body) {
                    return unclear();
                }
                let is_new = self.opening == Step::Create;
                Answer::Next(if is_new && self.is_proven() {
                    self.ask(call, Step::Contact)
                } else if is_look {
                    self.ask(call, Step::List)
                } else {
                    self.ask(call, Step::Begin)
                })
            }
            Step::Contact if is_look && response.status == 404 => {
                self.forget();
                self.nothing()
            }
            // Older builds fail here once the identity is proven (contract
            // 6, 19).
            Step::List if is_ok || matches!(response.status, 404 | 500) => {
                self.is_searched = true;
                let rows = self.ours(body);
                let open = rows.filter(|row| !read::is_resolved(row));
                let newest = open.max_by_key(|row| read::int(row.at("id")));
                match newest.and_then(|row| self.take_up(row)) {
                    Some(info) => done(Reply::Conversation(info)),
                    None => self.nothing(),
                }
            }
            Step::Begin if is_ok => {
                if read::is_resolved(body) && body.at("contact").at("blocked") == &Json::Bool(true)
                {
                    self.is_blocked = true;
                    return refused(RefusalKind::Rejected);
                }
                let Some(mut info) = self.take_up(body) else {
                    return unclear();
                };
                // The last conversation may be all there is, and over; the
                // message that waits opens it again (contract 3.3).
                info.closed = false;
                done(Reply::Conversation(info))
            }
            Step::Create | Step::Contact => self.contact_refused(response, body),
            Step::Inbox | Step::List | Step::Begin | Step::View | Step::Messages => {
                Answer::Done(Err(refusal(response, body)))
            }
        }
    }

    /// An answer to `Check`.
    pub(super) fn on_check(
        &mut self,
        call: &Call,
        id: &ConversationId,
        response: &Response,
        body: &Json,
    ) -> Answer {
        let is_ok = is_ok(response);
        match self.checking {
            Step::Contact if is_ok => {
                if !self.note_contact(body) {
                    return unclear();
                }
                if self.generation == Some(Generation::Old) {
                    self.take_blindly(id)
                } else {
                    Answer::Next(self.ask(call, Step::View))
                }
            }
            Step::Contact => {
                if response.status == 404 {
                    self.forget();
                }
                self.contact_refused(response, body)
            }
            Step::View if is_ok => {
                let info = self.take_up(body);
                info.map_or_else(unclear, |info| done(Reply::Conversation(info)))
            }
            // The route may be missing, or the conversation.
            Step::View if response.status == 404 && self.generation.is_none() => {
                Answer::Next(self.ask(call, Step::Inbox))
            }
            Step::Inbox if is_ok || response.status == 404 => {
                self.note_generation(response);
                if is_ok {
                    refused(RefusalKind::Missing)
                } else {
                    self.take_blindly(id)
                }
            }
            Step::View | Step::Inbox | Step::Create | Step::List | Step::Begin | Step::Messages => {
                Answer::Done(Err(refusal(response, body)))
            }
        }
    }

    fn note_generation(&mut self, response: &Response) {
        self.generation = Some(if is_ok(response) {
            Generation::New
        } else {
            Generation::Old
        });
    }

    /// The visitor's id from now on.
    pub(super) fn draw(&mut self) {
        if self.source.is_none() {
            let given = self.settings.contact.source_id.as_ref();
            self.source = Some(given.unwrap_or(&self.settings.new_id).clone());
        }
    }

    /// Notes a contact; returns whether it is one. What the answer leaves out
    /// stays as it was (contract 6, 6 and 16).
    pub(super) fn note_contact(&mut self, body: &Json) -> bool {
        if !matches!(body, Json::Object(_)) {
            return false;
        }
        self.exists = true;
        if let Some(source) = read::said(body, "source_id") {
            self.source = Some(source.to_owned());
        }
        if let Some(token) = read::said(body, "pubsub_token") {
            self.token = Some(token.to_owned());
        }
        self.email = read::said(body, "email").map(str::to_owned);
        true
    }

    pub(super) fn contact_refused(&self, response: &Response, body: &Json) -> Answer {
        let mut refusal = refusal(response, body);
        // A proof that does not hold (contract 2.3).
        if response.status == 500 && self.settings.contact.identifier_hash.is_some() {
            refusal.kind = RefusalKind::Rejected;
        }
        Answer::Done(Err(refusal))
    }

    /// There is no conversation.
    fn nothing(&self) -> Answer {
        done(Reply::Conversation(self.info_of(None)))
    }

    /// A conversation that nothing is known of.
    pub(super) fn info_of(&self, id: Option<ConversationId>) -> ConversationInfo {
        ConversationInfo {
            id,
            closed: false,
            joined: None,
            visitor: self.visitor(),
            life: None,
            seen_until: None,
        }
    }

    /// Who the visitor is, as the site says.
    fn visitor(&self) -> Option<String> {
        let identifier = self.settings.contact.identifier.as_deref();
        Some(identifier.unwrap_or_default().to_owned())
    }

    /// The conversation is the current one from now on.
    pub(super) fn take_up(&mut self, row: &Json) -> Option<ConversationInfo> {
        let mut info = read::conversation(row)?;
        self.inbox = read::int(row.at("inbox_id")).or(self.inbox);
        info.visitor = self.visitor();
        self.is_searched = true;
        self.seen_until = read::int(row.at("contact_last_seen_at")).unwrap_or(0);
        self.current = Some(info.clone());
        Some(info)
    }

    /// The same, where there is nothing to read of it.
    fn take_blindly(&mut self, id: &ConversationId) -> Answer {
        let info = self.info_of(Some(id.clone()));
        self.is_searched = true;
        self.seen_until = 0;
        self.current = Some(info.clone());
        done(Reply::Conversation(info))
    }
}
