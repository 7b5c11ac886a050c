//! Everything that can happen to a conversation.
//!
//! Fronts, the console and the scripted concierge call the methods of
//! [`Chat`]; each of them stores first, then tells every listener as [`News`].
//! Both happen under one lock, so listeners hear changes in the order in which
//! they were stored.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::model::{
    Conversation, ConversationKey, DeviceRow, Draft, Message, MessageId, Party, StaffId, Timestamp,
    VisitorId,
};
use crate::store::{Page, Scope, Store, StoreError, Unsent};

/// Names the socket that caused a change, so that its front need not tell it
/// what it already knows. `None` stands for the console and the script.
pub(crate) type Origin = Option<u64>;

/// A change and who caused it.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// Whose conversation changed.
    pub(crate) visitor: VisitorId,
    /// The socket that caused it.
    pub(crate) origin: Origin,
    /// What happened.
    pub(crate) event: Event,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A visitor's device connected.
    Arrived,
    /// A conversation was opened.
    Opened(Conversation),
    /// Somebody joined, showed a sign of life, or ended it.
    Changed(Conversation),
    /// A message was stored.
    Posted(Message),
    /// A message was seen.
    Seen(Message),
    /// A message was taken back.
    Unsent(Message),
}

/// Why something was not done.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no conversation of that key.
    NoConversation,
    /// There is no message of that number.
    NoMessage,
    /// The conversation has ended.
    Closed,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The conversations and those who listen to them.
pub(crate) struct Chat {
    inner: Mutex<Inner>,
}

struct Inner {
    store: Store,
    listeners: Vec<UnboundedSender<News>>,
}

impl Chat {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            inner: Mutex::new(Inner {
                store,
                listeners: Vec::new(),
            }),
        }
    }

    /// All changes from this moment on.
    pub(crate) fn listen(&self) -> UnboundedReceiver<News> {
        let (sender, receiver) = unbounded_channel();
        self.lock().listeners.push(sender);
        receiver
    }

    /// Lets listeners hear nothing more, so that their tasks end.
    pub(crate) fn dismiss_listeners(&self) {
        self.lock().listeners.clear();
    }

    /// A device opened a socket: its row now points there.
    pub(crate) fn arrive(
        &self,
        visitor: VisitorId,
        device: &str,
        connection_id: &str,
        life_ms: i64,
    ) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let now = Timestamp::now();
        inner.store.connect_device(
            visitor,
            device,
            connection_id,
            now,
            Timestamp(now.0 + life_ms),
        )?;
        inner.tell(visitor, None, Event::Arrived);
        Ok(())
    }

    /// Opens a conversation.
    pub(crate) fn open(
        &self,
        visitor: VisitorId,
        by: Party,
        origin: Origin,
    ) -> Result<Conversation, StoreError> {
        let mut inner = self.lock();
        let conversation = inner
            .store
            .open_conversation(visitor, by, Timestamp::now())?;
        inner.tell(visitor, origin, Event::Opened(conversation.clone()));
        Ok(conversation)
    }

    /// A member of staff takes the conversation, from a colleague if need be.
    pub(crate) fn join(
        &self,
        key: &ConversationKey,
        staff: StaffId,
    ) -> Result<Conversation, Refusal> {
        self.change(key, None, |conversation, now| {
            let party = Party::Staff(staff);
            if conversation.started_by.is_staff() {
                conversation.started_by = party;
                conversation.starter_ping = Some(now);
            } else {
                conversation.joined_by = Some(party);
                conversation.joiner_ping = Some(now);
            }
        })
    }

    /// A side shows that it is still there. A visitor who does so in a
    /// conversation that staff opened joins it thereby.
    pub(crate) fn ping(
        &self,
        key: &ConversationKey,
        by: Party,
        origin: Origin,
    ) -> Result<Conversation, Refusal> {
        self.change(key, origin, |conversation, now| {
            note_life(conversation, by, now)
        })
    }

    /// Ends the conversation for good.
    pub(crate) fn close(
        &self,
        key: &ConversationKey,
        origin: Origin,
    ) -> Result<Conversation, Refusal> {
        self.change(key, origin, |conversation, _| conversation.closed = true)
    }

    /// Stores a message; it is on the disk when this returns.
    pub(crate) fn post(
        &self,
        key: &ConversationKey,
        sender: Party,
        draft: Draft,
        origin: Origin,
    ) -> Result<Message, Refusal> {
        let mut inner = self.lock();
        let mut conversation = inner
            .store
            .conversation(key)?
            .ok_or(Refusal::NoConversation)?;
        if conversation.closed {
            return Err(Refusal::Closed);
        }
        let now = Timestamp::now();
        let joined_before = conversation.joined_by;
        note_life(&mut conversation, sender, now);
        let message = inner.store.add_message(&conversation, sender, draft, now)?;
        if conversation.joined_by != joined_before {
            inner.tell(message.visitor, origin, Event::Changed(conversation));
        }
        inner.tell(message.visitor, origin, Event::Posted(message.clone()));
        Ok(message)
    }

    /// Looks into the store, or changes what a front keeps there for itself.
    pub(crate) fn with_store<T>(&self, look: impl FnOnce(&Store) -> T) -> T {
        look(&self.lock().store)
    }

    /// Marks one message seen. Marking it again changes nothing.
    pub(crate) fn see(&self, id: MessageId, origin: Origin) -> Result<Message, Refusal> {
        let mut inner = self.lock();
        let message = inner.store.message(id)?.ok_or(Refusal::NoMessage)?;
        if message.seen_at.is_some() {
            Ok(message)
        } else {
            Ok(inner.mark_seen(message, origin)?)
        }
    }

    /// Staff has read a conversation: all that the visitor wrote is seen.
    pub(crate) fn see_all(&self, key: &ConversationKey) -> Result<Vec<Message>, Refusal> {
        let mut inner = self.lock();
        let unseen = inner.store.unseen(Scope::Conversation(key), false)?;
        let seen = unseen
            .into_iter()
            .map(|message| inner.mark_seen(message, None))
            .collect::<Result<_, _>>()?;
        Ok(seen)
    }

    /// Takes a message back.
    pub(crate) fn unsend(&self, id: MessageId, origin: Origin) -> Result<Message, Refusal> {
        let mut inner = self.lock();
        let mut message = inner.store.message(id)?.ok_or(Refusal::NoMessage)?;
        inner.store.set_unsent(id)?;
        message.unsent = true;
        inner.tell(message.visitor, origin, Event::Unsent(message.clone()));
        Ok(message)
    }

    /// See [`Store::conversation`].
    pub(crate) fn conversation(
        &self,
        key: &ConversationKey,
    ) -> Result<Option<Conversation>, StoreError> {
        self.lock().store.conversation(key)
    }

    /// See [`Store::conversations`].
    pub(crate) fn conversations(&self) -> Result<Vec<Conversation>, StoreError> {
        self.lock().store.conversations()
    }

    /// See [`Store::open_conversation_of`].
    pub(crate) fn open_conversation_of(
        &self,
        visitor: VisitorId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.lock().store.open_conversation_of(visitor)
    }

    /// See [`Store::message`].
    pub(crate) fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.lock().store.message(id)
    }

    /// See [`Store::page`].
    pub(crate) fn page(
        &self,
        scope: Scope<'_>,
        page: Page,
        unsent: Unsent,
    ) -> Result<Vec<Message>, StoreError> {
        self.lock().store.page(scope, page, unsent)
    }

    /// See [`Store::messages_in`].
    pub(crate) fn messages_in(&self, key: &ConversationKey) -> Result<Vec<Message>, StoreError> {
        self.lock().store.messages_in(key)
    }

    /// See [`Store::all_messages`].
    pub(crate) fn all_messages(&self) -> Result<Vec<Message>, StoreError> {
        self.lock().store.all_messages()
    }

    /// See [`Store::last_message`].
    pub(crate) fn last_message(
        &self,
        key: &ConversationKey,
    ) -> Result<Option<Message>, StoreError> {
        self.lock().store.last_message(key)
    }

    /// How many of staff's messages the visitor has not seen, over all
    /// conversations.
    pub(crate) fn unread_by_visitor(&self, visitor: VisitorId) -> Result<usize, StoreError> {
        Ok(self
            .lock()
            .store
            .unseen(Scope::Visitor(visitor), true)?
            .len())
    }

    /// How many of the visitor's messages staff has not seen in a conversation.
    pub(crate) fn unread_by_staff(&self, key: &ConversationKey) -> Result<usize, StoreError> {
        Ok(self
            .lock()
            .store
            .unseen(Scope::Conversation(key), false)?
            .len())
    }

    /// See [`Store::device`].
    pub(crate) fn device(
        &self,
        visitor: VisitorId,
        device: &str,
    ) -> Result<Option<DeviceRow>, StoreError> {
        self.lock().store.device(visitor, device)
    }

    fn change(
        &self,
        key: &ConversationKey,
        origin: Origin,
        change: impl FnOnce(&mut Conversation, Timestamp),
    ) -> Result<Conversation, Refusal> {
        let mut inner = self.lock();
        let mut conversation = inner
            .store
            .conversation(key)?
            .ok_or(Refusal::NoConversation)?;
        change(&mut conversation, Timestamp::now());
        inner.store.save_conversation(&conversation)?;
        inner.tell(
            conversation.visitor,
            origin,
            Event::Changed(conversation.clone()),
        );
        Ok(conversation)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn tell(&mut self, visitor: VisitorId, origin: Origin, event: Event) {
        let news = News {
            visitor,
            origin,
            event,
        };
        self.listeners
            .retain(|listener| listener.send(news.clone()).is_ok());
    }

    fn mark_seen(&mut self, mut message: Message, origin: Origin) -> Result<Message, StoreError> {
        let now = Timestamp::now();
        self.store.set_seen(message.id, now)?;
        message.seen_at = Some(now);
        self.tell(message.visitor, origin, Event::Seen(message.clone()));
        Ok(message)
    }
}

fn note_life(conversation: &mut Conversation, by: Party, now: Timestamp) {
    if conversation.started_by.is_staff() == by.is_staff() {
        conversation.starter_ping = Some(now);
        return;
    }
    conversation.joiner_ping = Some(now);
    if conversation.joined_by.is_none() {
        conversation.joined_by = Some(by);
    }
}
