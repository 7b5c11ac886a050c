//! The `events` switch: what happens because a test says so.
//!
//! Steps wait in the switch until a contact with a conversation listens; then
//! they leave it and are played in their order, in the newest conversation of
//! each such contact.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::dialect::Dialect;
use super::failure::Failure;
use super::samples::{self, Sample};
use super::thread::Setting;
use super::{ACCOUNT_ID, OneChat, identity, push, staff};
use crate::chat::Typing;
use crate::console::AT_CONSOLE;
use crate::model::{Draft, Message, Party, VisitorId};
use crate::store::onechat::{Attachment, Extras, Kind, Waiting};
use crate::switches::onechat::Step;

/// The pause after each step, so that what it leads to comes in its turn.
const PAUSE: Duration = Duration::from_millis(25);

/// The room of a call, and the host where it is.
const ROOM: &str = "pier-call-4";
const CALLS: &str = "calls.harbour.example";

/// Plays what is set from now on, until the server stops.
pub(crate) async fn run(front: Arc<OneChat>) {
    let mut changes = front.switches.watch();
    let stop = front.stop.clone();
    loop {
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
        play(&front);
    }
}

/// Plays the steps that wait, if somebody listens.
pub(super) fn play(front: &Arc<OneChat>) {
    if front.switches().events.is_empty() {
        return;
    }
    // A contact may have been merged since the subscription.
    let contacts: BTreeSet<i64> = front
        .sockets
        .subscriptions()
        .iter()
        .filter_map(|one| {
            front
                .chat
                .with_store(|store| store.session(one.session))
                .ok()?
        })
        .map(|session| session.contact.0)
        .collect();
    let settings: Vec<Setting> = contacts
        .into_iter()
        .filter_map(|contact| front.newest_setting(VisitorId(contact)).ok().flatten())
        .collect();
    if settings.is_empty() {
        return;
    }
    let steps = front
        .switches
        .take(|switches| std::mem::take(&mut switches.onechat.events));
    let front = Arc::clone(front);
    tokio::spawn(async move {
        for step in steps {
            for setting in &settings {
                // Steps before may have changed it.
                if let Ok(Some(setting)) = front.setting(&setting.thread.key) {
                    // A step that makes no sense here leads to nothing.
                    let _ = front.play_one(step, &setting).await;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
}

impl OneChat {
    async fn play_one(&self, step: Step, setting: &Setting) -> Result<(), Failure> {
        match step {
            Step::AgentMessage => self.say(setting, words("The north pier is free from noon.")),
            Step::Attachment => self.send_picture(setting).await,
            Step::Greeting => self.say(setting, samples::greeting()),
            Step::TypingOn => self.type_at(setting, Typing::On, false),
            Step::TypingOff => self.type_at(setting, Typing::Off, false),
            Step::TypingPrivate => self.type_at(setting, Typing::On, true),
            Step::Resolved => Ok(self.chat.close(&setting.thread.key, None).map(|_| ())?),
            Step::Reopened => self.wait_for(setting, Waiting::Open),
            Step::Pending => self.wait_for(setting, Waiting::Pending),
            Step::Snoozed => self.wait_for(setting, Waiting::Snoozed),
            Step::Assignee => Ok(self
                .chat
                .join(&setting.thread.key, staff::COLLEAGUE)
                .map(|_| ())?),
            Step::Presence => {
                self.tell_presence(setting);
                Ok(())
            }
            Step::Deleted => {
                let message = self.newest_of(setting, true)?;
                Ok(self.chat.unsend(message.id, None).map(|_| ())?)
            }
            Step::Read => {
                let message = self.newest_of(setting, true)?;
                Ok(self.chat.see(message.id, None).map(|_| ())?)
            }
            Step::Failed => self.fail(setting),
            Step::CallCreated => {
                let call = json!({"room_id": ROOM, "domain": CALLS, "message_id": 1, "jwt": "made.up.token"});
                self.call(setting, "call.created", json!({"call_data": call}));
                Ok(())
            }
            Step::CallEnded => {
                let call = json!({"room_id": ROOM, "domain": CALLS});
                self.call(setting, "call.ended", json!({"call_data": call}));
                Ok(())
            }
            Step::CallRejected => {
                self.call(setting, "call.rejected", json!({"room_id": ROOM}));
                Ok(())
            }
            Step::ContactMerged => self.rotate(setting),
            Step::Unknown => {
                let data = json!({"account_id": ACCOUNT_ID, "tide": {"height_m": 1.4}});
                push::deliver(self, setting, "harbour.tide_turned", &data);
                Ok(())
            }
            Step::Csat => self.say(setting, samples::survey()),
            Step::InputSelect => self.say(setting, samples::choices()),
            Step::InputEmail => self.say(setting, samples::email()),
            Step::Cards => self.say(setting, samples::cards()),
            Step::Form => self.say(setting, samples::form()),
            Step::Article => self.say(setting, samples::articles()),
            Step::MarkdownXss => self.say(setting, samples::markdown()),
        }
    }

    fn say(&self, setting: &Setting, sample: Sample) -> Result<(), Failure> {
        let draft = Draft {
            content_type: "TEXT".to_owned(),
            content: sample.content,
            metadata: None,
        };
        let desk = Party::Staff(AT_CONSOLE);
        self.chat
            .post_with(&setting.thread.key, desk, draft, None, |store, message| {
                store.put_extras(message.id, &sample.extras)
            })?;
        Ok(())
    }

    async fn send_picture(&self, setting: &Setting) -> Result<(), Failure> {
        let mut sample = words("");
        sample.extras.without_content = true;
        let picture = self.stock_picture().await?;
        sample.extras.attachments.push(Attachment::File(picture));
        self.say(setting, sample)
    }

    fn type_at(&self, setting: &Setting, typing: Typing, is_private: bool) -> Result<(), Failure> {
        Ok(push::typing_event(
            self, setting, AT_CONSOLE, typing, is_private,
        )?)
    }

    fn wait_for(&self, setting: &Setting, waiting: Waiting) -> Result<(), Failure> {
        let mut thread = setting.thread.clone();
        thread.waiting = waiting;
        self.chat.with_store(|store| store.save_thread(&thread))?;
        self.chat.reopen(&thread.key, None)?;
        Ok(())
    }

    fn tell_presence(&self, setting: &Setting) {
        for subscription in self.sockets.subscriptions() {
            if subscription.session == setting.session.id {
                push::presence(self, &subscription);
            }
        }
    }

    fn newest_of(&self, setting: &Setting, from_staff: bool) -> Result<Message, Failure> {
        let all = self.chat.messages_in(&setting.thread.key)?;
        let mut newest = all.into_iter().rev();
        newest
            .find(|message| message.sender.is_staff() == from_staff && !message.unsent)
            .ok_or(Failure::NotFound)
    }

    fn fail(&self, setting: &Setting) -> Result<(), Failure> {
        let message = self.newest_of(setting, false)?;
        let mut data = Dialect::of(self).live_message(setting, &message)?;
        data["status"] = json!("failed");
        data["content_attributes"]["external_error"] = json!("The line is down");
        push::deliver(self, setting, "message.updated", &data);
        Ok(())
    }

    fn call(&self, setting: &Setting, event: &str, mut data: Value) {
        data["account_id"] = json!(ACCOUNT_ID);
        data["performer"] = staff::person(AT_CONSOLE);
        push::deliver(self, setting, event, &data);
    }

    /// Tells the contact of another stream token, and lets the old one die.
    fn rotate(&self, setting: &Setting) -> Result<(), Failure> {
        let token = identity::new_token();
        let session = setting.session.id;
        self.chat
            .with_store(|store| store.rotate_token(session, &token))?;
        let data = json!({"pubsub_token": token, "account_id": ACCOUNT_ID});
        push::deliver(self, setting, "contact.merged", &data);
        self.sockets.silence(session);
        Ok(())
    }
}

fn words(content: &str) -> Sample {
    Sample {
        content: content.to_owned(),
        extras: Extras::plain(Kind::Outgoing),
    }
}
