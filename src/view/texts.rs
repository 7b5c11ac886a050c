//! Every word that the widget itself says to a visitor, in one place. Words
//! in braces are filled in by [`fill`].

use concierge_core::text::cut;

/// The words of one language.
pub(super) struct Texts {
    pub(super) chat: &'static str,
    pub(super) close_chat: &'static str,
    pub(super) more_options: &'static str,
    pub(super) mute: &'static str,
    pub(super) unmute: &'static str,
    pub(super) download_transcript: &'static str,
    pub(super) transcript_file: &'static str,
    pub(super) end_chat: &'static str,
    pub(super) end_question: &'static str,
    pub(super) cancel: &'static str,
    pub(super) answers_soon: &'static str,
    pub(super) with_you: &'static str,
    pub(super) messages: &'static str,
    pub(super) message: &'static str,
    pub(super) write_a_message: &'static str,
    pub(super) send: &'static str,
    pub(super) attach: &'static str,
    pub(super) drop: &'static str,
    pub(super) greeting: &'static str,
    pub(super) greeting_line: &'static str,
    pub(super) jump: &'static str,
    pub(super) new_messages: &'static str,
    pub(super) loading_older: &'static str,
    pub(super) today: &'static str,
    pub(super) yesterday: &'static str,
    pub(super) you: &'static str,
    pub(super) them: &'static str,
    pub(super) queued: &'static str,
    pub(super) uploading: &'static str,
    pub(super) uploading_file: &'static str,
    pub(super) cancel_upload: &'static str,
    pub(super) sending: &'static str,
    pub(super) sent: &'static str,
    pub(super) seen: &'static str,
    pub(super) not_sent: &'static str,
    pub(super) not_sent_because: &'static str,
    pub(super) not_sent_too_long: &'static str,
    pub(super) upload_failed: &'static str,
    pub(super) upload_blocked: &'static str,
    pub(super) file_refused: &'static str,
    pub(super) file_refused_because: &'static str,
    pub(super) file_missing: &'static str,
    pub(super) signed_out: &'static str,
    pub(super) unsent: &'static str,
    pub(super) undo: &'static str,
    pub(super) message_actions: &'static str,
    pub(super) unsend: &'static str,
    pub(super) copy: &'static str,
    pub(super) copied: &'static str,
    pub(super) retry: &'static str,
    pub(super) discard: &'static str,
    pub(super) choose_again: &'static str,
    pub(super) connecting: &'static str,
    pub(super) reconnecting_in: &'static str,
    pub(super) reconnecting: &'static str,
    pub(super) connected_again: &'static str,
    pub(super) offline: &'static str,
    pub(super) cannot_connect: &'static str,
    pub(super) try_now: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) sign_in_again: &'static str,
    pub(super) contact: &'static str,
    pub(super) ended: &'static str,
    pub(super) start_new: &'static str,
    pub(super) too_long: &'static str,
    pub(super) refused: &'static str,
    pub(super) file_too_large: &'static str,
    pub(super) file_type: &'static str,
    pub(super) dismiss: &'static str,
    pub(super) unavailable: &'static str,
    pub(super) failed: &'static str,
    pub(super) new_message: &'static str,
    pub(super) joined: &'static str,
}

/// English.
pub(super) static EN: Texts = Texts {
    chat: "Chat",
    close_chat: "Close chat",
    more_options: "More options",
    mute: "Mute sounds",
    unmute: "Unmute sounds",
    download_transcript: "Download transcript",
    transcript_file: "chat.txt",
    end_chat: "End chat",
    end_question: "End this chat?",
    cancel: "Cancel",
    answers_soon: "Usually answers in minutes",
    with_you: "Our team is with you",
    messages: "Messages",
    message: "Message",
    write_a_message: "Write a message…",
    send: "Send",
    attach: "Attach a file",
    drop: "Drop files here to send them",
    greeting: "How can we help?",
    greeting_line: "Write to us below. We usually answer in minutes.",
    jump: "Jump to latest",
    new_messages: "New messages",
    loading_older: "Loading earlier messages…",
    today: "Today",
    yesterday: "Yesterday",
    you: "You",
    them: "Our team",
    queued: "Waiting to be sent",
    uploading: "Uploading",
    uploading_file: "Uploading {name}",
    cancel_upload: "Cancel upload",
    sending: "Sending",
    sent: "Sent",
    seen: "Seen",
    not_sent: "Not sent",
    not_sent_because: "Not sent: {reason}",
    not_sent_too_long: "Not sent. The message is too long.",
    upload_failed: "Upload failed.",
    upload_blocked: "Upload failed. Check your connection.",
    file_refused: "File could not be accepted.",
    file_refused_because: "File could not be accepted: {reason}",
    file_missing: "The file is not here any more. Please choose it again.",
    signed_out: "Please sign in again.",
    unsent: "Message unsent",
    undo: "Undo",
    message_actions: "Message actions",
    unsend: "Unsend",
    copy: "Copy",
    copied: "Copied",
    retry: "Retry",
    discard: "Discard",
    choose_again: "Choose again",
    connecting: "Connecting…",
    reconnecting_in: "Reconnecting in {seconds} s",
    reconnecting: "The connection was lost. Reconnecting.",
    connected_again: "Connected again.",
    offline: "You are offline. Messages will be sent when you are back.",
    cannot_connect: "Cannot connect.",
    try_now: "Try now",
    sign_in: "Please sign in to chat.",
    sign_in_again: "Please sign in again to chat.",
    contact: "Contact us another way",
    ended: "This chat has ended",
    start_new: "Start a new chat",
    too_long: "This message is too long to send: {size} of {limit}. Please shorten or split it.",
    refused: "That did not work. Please try again.",
    file_too_large: "{name} is larger than {size}.",
    file_type: "{name}: this kind of file cannot be sent here.",
    dismiss: "Dismiss",
    unavailable: "The chat is not available on this page right now.",
    failed: "The chat has stopped working. Please reload the page.",
    new_message: "New message: {text}",
    joined: "Our team has joined the chat",
};

/// English, of files: a line each, in the order in which `file` in `browser.js`
/// takes them.
pub(super) const FILE: &str = "\
Picture
File no longer available
Close picture
Open in a new tab";

/// `template` with its words in braces replaced by `values`, from left to right.
/// What comes in is not looked at again.
pub(super) fn fill(template: &str, values: &[&str]) -> String {
    let mut text = String::new();
    let mut rest = template;
    for value in values {
        let Some((before, after)) = cut(rest, b"{") else {
            break;
        };
        text.push_str(before);
        text.push_str(value);
        rest = cut(after, b"}").map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

/// The words for what not all systems have, apart: a program without it has not
/// these either.
pub(super) struct More {
    pub(super) back: &'static str,
    pub(super) conversations: &'static str,
    pub(super) typing: &'static str,
    pub(super) is_typing: &'static str,
    pub(super) not_connected: &'static str,
    pub(super) busy: &'static str,
    pub(super) polling: &'static str,
}

/// English.
pub(super) static MORE: More = More {
    back: "Back to conversations",
    conversations: "Conversations",
    typing: "Typing…",
    is_typing: "{name} is typing",
    not_connected: "There is no connection. Please try again in a moment.",
    busy: "The server is busy. Trying again…",
    polling: "Live updates are off. Checking every few seconds.",
};

/// English, of the list of conversations: a line each, in the order in which
/// `listing` in `browser.js` takes them.
pub(super) const LISTING: &str = "\
Conversations
Conversation
Search conversations
1 unread message
{count} unread messages
No conversations yet
What you write to us will be kept here.
Nothing found
No conversation has these words.";

/// English, of what a message asks: a line each, in the order in which `ask` in
/// `browser.js` takes them.
pub(super) const ASKING: &str = "\
{rating} of 5
Your answer:
Form
Submit
Please choose
Please fill this in.
Please enter an email address.
Please check what you have entered.
Articles
Rate this conversation
Please choose a rating.
Comment
Add a comment (optional)";

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn the_words_in_braces_are_filled_in_from_left_to_right() {
        assert_eq!(fill("in {seconds} s", &["5"]), "in 5 s");
        assert_eq!(fill("{a} of {b}", &["{1}", "2"]), "{1} of 2");
        assert_eq!(fill("nothing", &["5"]), "nothing");
    }
}
