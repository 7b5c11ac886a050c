//! The scripted concierge: answers when nobody sits at the console, and plays
//! the staff that a test asks for with the `staff` switch.
//!
//! It leaves every chat alone that a person has joined.

mod replies;
mod shapes;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

use crate::bucket::Bucket;
use crate::chat::{Chat, Event, News, Refusal, Typing};
use crate::fronts::onechat::{Sample, sample_in_answer_to};
use crate::model::{Conversation, ConversationKey, Message, Party, StaffId, VisitorId};
use crate::store::onechat::is_contact;
use crate::switches::{ContentTypes, Staff, SwitchBoard};

/// The scripted member of staff.
pub(crate) const ME: StaffId = StaffId(502);

/// The pause between two steps, unless the switch sets one.
const PACE: Duration = Duration::from_millis(700);

/// What the script works with.
pub(crate) struct Script {
    pub(crate) chat: Arc<Chat>,
    pub(crate) switches: Arc<SwitchBoard>,
    pub(crate) bucket: Arc<Bucket>,
}

/// Follows the news; each chat's steps run beside those of the others.
pub(crate) async fn run(script: Arc<Script>, mut news: UnboundedReceiver<News>) {
    while let Some(news) = news.recv().await {
        let habit = script.switches.read().staff;
        if habit.value == Staff::Manual {
            continue;
        }
        let pace = habit.delay_ms.map_or(PACE, Duration::from_millis);
        let scene = Scene {
            script: Arc::clone(&script),
            habit: habit.value,
            pace,
        };
        // A chat that refuses has ended or been taken over: the scene is over.
        tokio::spawn(async move {
            let _ = scene.play(news).await;
        });
    }
}

/// The steps that follow one piece of news.
struct Scene {
    script: Arc<Script>,
    habit: Staff,
    pace: Duration,
}

impl Scene {
    async fn play(self, news: News) -> Result<(), Refusal> {
        match news.event {
            Event::Arrived if self.habit == Staff::Starts => self.start(news.visitor).await,
            Event::Opened(chat) if !chat.started_by.is_staff() => self.welcome(&chat.key).await,
            Event::Posted(message) if !message.sender.is_staff() => self.respond(&message).await,
            Event::Revised(message) => self.thank(&message.conversation).await,
            Event::Arrived
            | Event::Opened(_)
            | Event::Posted(_)
            | Event::Changed(_)
            | Event::Seen(_)
            | Event::Unsent(_)
            | Event::Typing(..) => Ok(()),
        }
    }

    /// Writes first to a visitor who has no open chat.
    async fn start(&self, visitor: VisitorId) -> Result<(), Refusal> {
        sleep(self.pace).await;
        if self.script.chat.open_conversation_of(visitor)?.is_some() {
            return Ok(());
        }
        let chat = self.script.chat.open(visitor, Party::Staff(ME), None)?;
        self.say(&chat.key, replies::OPENER).await
    }

    /// Comes in when a chat is opened.
    async fn welcome(&self, key: &ConversationKey) -> Result<(), Refusal> {
        match self.habit {
            Staff::AutoReply => {
                sleep(self.pace).await;
                if self.join(key)? {
                    sleep(self.pace).await;
                    self.say(key, replies::GREETING).await?;
                }
                Ok(())
            }
            Staff::Joins => {
                sleep(self.pace).await;
                self.join(key).map(|_| ())
            }
            Staff::Manual | Staff::Starts | Staff::Closes => Ok(()),
        }
    }

    /// Reads and answers what a visitor wrote.
    async fn respond(&self, message: &Message) -> Result<(), Refusal> {
        let key = &message.conversation;
        sleep(self.pace).await;
        if !self.join(key)? || self.habit == Staff::Joins {
            return Ok(());
        }
        self.script.chat.see_all(key)?;
        let typing = |typing| self.script.chat.typing(key, Party::Staff(ME), typing, None);
        typing(Typing::On)?;
        sleep(self.pace).await;
        typing(Typing::Off)?;
        self.answer(message).await?;
        if self.habit == Staff::Closes {
            sleep(self.pace).await;
            self.script.chat.close(key, None)?;
        }
        Ok(())
    }

    /// Answers with words, or, to a contact of OneChat who names a kind of
    /// message, with such a message.
    async fn answer(&self, message: &Message) -> Result<(), Refusal> {
        let key = &message.conversation;
        if !self.is_ours(key)? {
            return Ok(());
        }
        if is_contact(message.visitor) && message.content_type == "TEXT" {
            if let Some(sample) = sample_in_answer_to(&message.content) {
                return self.show(key, &sample);
            }
            if let Some(kind) = replies::file_for(&message.content) {
                return self.send(key, kind, "").await;
            }
        }
        self.say(key, replies::to(message)).await
    }

    /// Says something to what a visitor answered to a question.
    async fn thank(&self, key: &ConversationKey) -> Result<(), Refusal> {
        if self.habit != Staff::AutoReply {
            return Ok(());
        }
        sleep(self.pace).await;
        self.say(key, replies::TO_ANSWER).await
    }

    /// Sends a message of a kind that only contacts of OneChat know.
    fn show(&self, key: &ConversationKey, sample: &Sample) -> Result<(), Refusal> {
        let draft = shapes::plain("TEXT", &sample.content);
        self.script
            .chat
            .post_with(key, Party::Staff(ME), draft, None, |store, message| {
                store.put_extras(message.id, &sample.extras)
            })
            .map(|_| ())
    }

    /// Makes sure that the chat is the script's; false if a person has it or
    /// it has ended.
    fn join(&self, key: &ConversationKey) -> Result<bool, Refusal> {
        let chat = self
            .script
            .chat
            .conversation(key)?
            .ok_or(Refusal::NoConversation)?;
        if is_taken(&chat) {
            return Ok(false);
        }
        if chat.staff().is_none() {
            self.script.chat.join(key, ME)?;
        }
        Ok(true)
    }

    /// False if the chat has ended or a person has it.
    fn is_ours(&self, key: &ConversationKey) -> Result<bool, Refusal> {
        let chat = self.script.chat.conversation(key)?;
        Ok(!is_taken(&chat.ok_or(Refusal::NoConversation)?))
    }

    async fn say(&self, key: &ConversationKey, words: &str) -> Result<(), Refusal> {
        if !self.is_ours(key)? {
            return Ok(());
        }
        let kind = self.script.switches.read().content_types;
        self.send(key, kind, words).await
    }

    async fn send(
        &self,
        key: &ConversationKey,
        kind: ContentTypes,
        words: &str,
    ) -> Result<(), Refusal> {
        let Ok(draft) = shapes::draft(&self.script.bucket, kind, words).await else {
            return Ok(());
        };
        self.script
            .chat
            .post(key, Party::Staff(ME), draft, None)
            .map(|_| ())
    }
}

fn is_taken(chat: &Conversation) -> bool {
    chat.closed || chat.staff().is_some_and(|staff| staff != ME)
}
