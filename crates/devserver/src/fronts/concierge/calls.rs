//! The nine routes (contract 3.3): what a call does and what is answered.
//!
//! Whatever a call leads to goes into the caller's outbox in the order in which
//! the client shall see it: noise, own event before, answer, own event after.

use serde_json::{Value, json};

use super::dialect::{Dialect, MessageEvent, Place, SessionStage};
use super::envelope::{self, Refused};
use super::frame::{
    self, Call, InitBody, Kind, MessageBody, NoCall, PageAsked, SendBody, SessionBody,
};
use super::outcome::{Done, Failure, done, parse, refused};
use super::registry::{Outgoing, Socket};
use super::{Concierge, push};
use crate::inspection::FrameSeen;
use crate::model::{Conversation, ConversationKey, Draft, Message, Party, Timestamp};
use crate::store::{Page, Scope, Unsent};
use crate::switches::{
    ClosedSession, DeleteEffect, EchoOwn, GatewayError, HistoryOrder, HistoryScope, InitExisting,
    SeenAnswer, Switches, take_route,
};

/// The largest answer that the gateway passes on, in bytes.
const ANSWER_LIMIT: usize = 128 * 1024;

/// The largest history page, as a database behind a service would have it.
const PAGE_LIMIT: u32 = 1000;

/// Handles one text frame of a client.
pub(super) fn handle(front: &Concierge, socket: &Socket, text: &str) {
    let read = frame::read(text);
    let route = match &read {
        Ok(call) => call.name.clone(),
        Err(NoCall::UnknownRoute(name)) => name.clone(),
        Err(NoCall::Malformed) => String::new(),
    };
    front.inspection.note_frame(FrameSeen {
        route: route.clone(),
        tenant: socket.tenant.0,
        device: socket.device.clone(),
        socket: socket.number,
        bytes: text.len(),
        at: Timestamp::now().0,
    });
    let say_gateway = |message| {
        let frame = envelope::gateway(message, &socket.connection_id);
        let _ = socket.outbox.send(Outgoing::Text(frame.to_string()));
    };
    let Ok(call) = read else {
        return say_gateway("Forbidden");
    };
    let caller = Caller {
        front,
        socket,
        switches: &front.switches.read(),
    };
    let (gateway_error, has_effect) = front
        .switches
        .take(|switches| switches.gateway_error.take(Some(&route)));
    match gateway_error {
        GatewayError::Off => {}
        GatewayError::Forbidden => return say_gateway("Forbidden"),
        GatewayError::Internal => {
            if has_effect {
                // Only what it did counts.
                let _ = caller.perform(&call);
            }
            return say_gateway("Internal server error");
        }
    }
    if let Some(failure) = front
        .switches
        .take(|switches| take_route(&mut switches.fail_route, &route))
    {
        let message = failure
            .message
            .unwrap_or_else(|| "The service could not do this.".to_owned());
        let refused = Refused {
            status: failure.status.unwrap_or(500),
            message,
            place: failure.place,
        };
        return caller.say(&envelope::refusal(caller.switches, &call.route, &refused));
    }
    if let Some(silence) = front
        .switches
        .take(|switches| take_route(&mut switches.silent_route, &route))
    {
        if silence.effect
            && let Ok(Done {
                posted: Some(message),
                ..
            }) = caller.perform(&call)
            && caller.switches.echo_own != EchoOwn::Off
        {
            caller.echo(&message);
        }
        return;
    }
    match caller.perform(&call) {
        Ok(done) => caller.report(&call, done),
        Err(Failure::Refused(refused)) => {
            caller.say(&envelope::refusal(caller.switches, &call.route, &refused))
        }
        Err(Failure::Broken) => say_gateway("Internal server error"),
    }
}

/// Who calls, and under which switches.
struct Caller<'a> {
    front: &'a Concierge,
    socket: &'a Socket,
    switches: &'a Switches,
}

impl Caller<'_> {
    fn perform(&self, call: &Call) -> Result<Done, Failure> {
        match call.kind {
            Kind::Init => self.init(parse(&call.body)?),
            Kind::GetSession => self.get_session(parse(&call.body)?),
            Kind::GetMessages(asked) => self.get_messages(parse(&call.body)?, asked),
            Kind::Ping => self.ping(parse(&call.body)?),
            Kind::Send => self.send(parse(&call.body)?),
            Kind::Delete => self.delete(&parse(&call.body)?),
            Kind::Seen => self.seen(&parse(&call.body)?),
            Kind::UnreadCount => self.unread_count(),
            Kind::End => self.end(parse(&call.body)?),
        }
    }

    fn init(&self, body: InitBody) -> Result<Done, Failure> {
        if !body.new_session {
            let key = body
                .chat_session_id
                .ok_or_else(|| refused(400, "chatSessionId is required"))?;
            return self.go_on(&ConversationKey(key));
        }
        if self.switches.init_existing == InitExisting::Same
            && let Some(session) = self.front.chat.open_conversation_of(self.socket.tenant)?
        {
            return self.about(&session, SessionStage::GoesOn);
        }
        self.begin()
    }

    fn begin(&self) -> Result<Done, Failure> {
        let session = self
            .front
            .chat
            .open(self.socket.tenant, self.me(), self.origin())?;
        self.about(&session, SessionStage::Begins)
    }

    fn go_on(&self, key: &ConversationKey) -> Result<Done, Failure> {
        let session = self.session(key)?;
        if session.closed {
            return self.about_closed(&session);
        }
        if session.started_by.is_staff() && session.joined_by.is_none() {
            let joined = self.front.chat.ping(key, self.me(), self.origin())?;
            return self.about(&joined, SessionStage::GoesOn);
        }
        self.about(&session, SessionStage::GoesOn)
    }

    fn get_session(&self, body: SessionBody) -> Result<Done, Failure> {
        let session = self.session(&body.key())?;
        if session.closed {
            self.about_closed(&session)
        } else {
            self.about(&session, SessionStage::GoesOn)
        }
    }

    fn about_closed(&self, session: &Conversation) -> Result<Done, Failure> {
        match self.switches.closed_session {
            ClosedSession::Row => self.about(session, SessionStage::GoesOn),
            ClosedSession::Error404 => Err(refused(404, "Chat session not found")),
            ClosedSession::NewId => self.begin(),
        }
    }

    fn ping(&self, body: SessionBody) -> Result<Done, Failure> {
        let session = self.session(&body.key())?;
        self.front.inspection.note_ping(&session.key.0);
        let session = self
            .front
            .chat
            .ping(&session.key, self.me(), self.origin())?;
        self.about(&session, SessionStage::GoesOn)
    }

    fn get_messages(&self, body: SessionBody, asked: PageAsked) -> Result<Done, Failure> {
        let session = self.session(&body.key())?;
        let limit = asked
            .limit
            .min(self.switches.page_cap.unwrap_or(PAGE_LIMIT))
            .min(PAGE_LIMIT);
        let page = Page {
            number: asked.number,
            size: limit,
        };
        let scope = match self.switches.history_scope {
            HistoryScope::Tenant => Scope::Visitor(self.socket.tenant),
            HistoryScope::Session => Scope::Conversation(&session.key),
        };
        let unsent = match self.switches.delete_effect {
            DeleteEffect::Gone | DeleteEffect::Refuse => Unsent::Hidden,
            DeleteEffect::Status0 | DeleteEffect::Empty => Unsent::Shown,
        };
        let mut messages = self.front.chat.page(scope, page, unsent)?;
        reorder(&mut messages, self.switches.history_order);
        let dialect = self.dialect();
        let rows: Vec<_> = messages
            .iter()
            .map(|message| dialect.message(message))
            .collect();
        done(json!({
            "messages": rows,
            "paginate": {"per_page": limit, "offset": page.offset(), "page": asked.number},
        }))
    }

    fn send(&self, body: SendBody) -> Result<Done, Failure> {
        let session = self.session(&ConversationKey(body.chat_session_id))?;
        if body.message_content.is_empty() || body.content_type.is_empty() {
            return Err(refused(400, "messageContent and contentType are required"));
        }
        let draft = Draft {
            content_type: body.content_type,
            content: body.message_content,
            metadata: body.metadata,
        };
        let message = self
            .front
            .chat
            .post(&session.key, self.me(), draft, self.origin())?;
        let content = self.about_message(&session.key, &message);
        Ok(Done {
            content,
            posted: Some(message),
        })
    }

    fn delete(&self, body: &MessageBody) -> Result<Done, Failure> {
        let message = self.message(body)?;
        if message.sender.is_staff() {
            return Err(refused(403, "Only your own messages can be unsent"));
        }
        if self.switches.delete_effect == DeleteEffect::Refuse {
            return Err(refused(403, "This message cannot be unsent any more"));
        }
        let message = self.front.chat.unsend(message.id, self.origin())?;
        done(json!({"messageId": self.dialect().unsent_id(message.id)}))
    }

    fn seen(&self, body: &MessageBody) -> Result<Done, Failure> {
        let message = self.message(body)?;
        if !message.sender.is_staff() {
            return Err(refused(
                400,
                "Only messages of the concierge can be marked as seen",
            ));
        }
        self.front
            .inspection
            .note_seen(self.socket.tenant, &message.conversation.0, message.id);
        let message = self.front.chat.see(message.id, self.origin())?;
        let shown = match self.switches.seen_answer {
            SeenAnswer::Right => message,
            SeenAnswer::OtherRow => foreign(message),
        };
        done(self.about_message(&shown.conversation, &shown))
    }

    fn unread_count(&self) -> Result<Done, Failure> {
        let count = self.front.chat.unread_by_visitor(self.socket.tenant)?;
        done(json!({"unreadMsgCount": self.dialect().unread_count(count)}))
    }

    fn end(&self, body: SessionBody) -> Result<Done, Failure> {
        let session = self.session(&body.key())?;
        let session = self.front.chat.close(&session.key, self.origin())?;
        done(
            json!({"chatSessionId": session.key.0, "chatSession": self.dialect().session(&session)}),
        )
    }

    /// The content that most routes answer with.
    fn about(&self, session: &Conversation, stage: SessionStage) -> Result<Done, Failure> {
        let dialect = self.dialect();
        let device = self
            .front
            .chat
            .device(self.socket.tenant, &self.socket.device)?;
        let mut content = json!({
            "chatSessionId": session.key.0,
            "chatSession": dialect.session(session),
            "connection": device.map(|device| dialect.connection(&device)),
        });
        if let Some(tenant) = dialect.tenant(self.socket.tenant, stage) {
            content["tenant"] = tenant;
        }
        done(content)
    }

    fn about_message(&self, session: &ConversationKey, message: &Message) -> Value {
        json!({"chatSessionId": session.0, "chatMessage": self.dialect().message(message)})
    }

    /// A session of the caller's.
    fn session(&self, key: &ConversationKey) -> Result<Conversation, Failure> {
        let found = self.front.chat.conversation(key)?;
        found
            .filter(|session| session.visitor == self.socket.tenant)
            .ok_or_else(|| refused(404, "Chat session not found"))
    }

    /// A message of one of the caller's sessions.
    fn message(&self, body: &MessageBody) -> Result<Message, Failure> {
        let id = body
            .id()
            .ok_or_else(|| refused(400, "messageId must be a number"))?;
        let found = self.front.chat.message(id)?;
        found
            .filter(|message| message.visitor == self.socket.tenant)
            .ok_or_else(|| refused(404, "Message not found"))
    }

    fn report(&self, call: &Call, done: Done) {
        let echo = self.switches.echo_own;
        if let Some(message) = done
            .posted
            .as_ref()
            .filter(|_| echo == EchoOwn::EventBefore)
        {
            self.echo(message);
        }
        self.say(&envelope::answer(self.switches, &call.route, done.content));
        if let Some(message) = done.posted.as_ref().filter(|_| echo == EchoOwn::EventAfter) {
            self.echo(message);
        }
    }

    /// Sends the caller's own message back as an event.
    fn echo(&self, message: &Message) {
        let frame = push::message_frame(self.switches, message, MessageEvent::New);
        push::deliver(self.front, &self.socket.outbox, &frame, self.switches);
    }

    /// Sends an answer, unless it is too large to come through.
    fn say(&self, frame: &Value) {
        let text = frame.to_string();
        if let Some(noise) = envelope::junk(self.switches.junk) {
            let _ = self.socket.outbox.send(noise);
        }
        if text.len() <= ANSWER_LIMIT {
            // A caller that is gone hears nothing.
            let _ = self.socket.outbox.send(Outgoing::Text(text));
        }
    }

    fn dialect(&self) -> Dialect<'_> {
        Dialect {
            switches: self.switches,
            place: Place::Answer,
        }
    }

    fn me(&self) -> Party {
        Party::Visitor(self.socket.tenant)
    }

    fn origin(&self) -> Option<u64> {
        Some(self.socket.number)
    }
}

fn reorder(messages: &mut [Message], order: HistoryOrder) {
    match order {
        HistoryOrder::Asc => {}
        HistoryOrder::Desc => messages.reverse(),
        HistoryOrder::Shuffled => messages.sort_by_key(|message| (message.id.0 % 2, -message.id.0)),
    }
}

/// The message as if it were another one.
fn foreign(mut message: Message) -> Message {
    message.id.0 += 900_000;
    message.conversation = ConversationKey(uuid::Uuid::new_v4().to_string());
    message
}
