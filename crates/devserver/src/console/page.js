// The console: keeps what the server tells it, and draws it. All text reaches
// the page as text, never as markup.
"use strict";

const API = "/console/api/sessions";
// A visitor pings every 30 s; two missed pings mean that nobody is there.
const HERE_MS = 70_000;
const GROUP_MS = 5 * 60_000;

const byId = (id) => document.getElementById(id);
const sessions = new Map();
const messages = new Map();
let chosen = null;

/* ---- Talking to the server ---- */

async function call(method, path, body, type) {
  const json = body !== undefined && type === undefined;
  const response = await fetch(API + path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": json ? "application/json" : type },
    body: json ? JSON.stringify(body) : body,
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message || `The server answered ${response.status}.`);
  return answer;
}

// Runs what a person asked for and shows why it did not work.
async function attempt(action) {
  byId("problem").textContent = "";
  try {
    await action();
  } catch (error) {
    byId("problem").textContent = error.message;
  }
}

function listen() {
  const live = new EventSource("/console/live");
  live.onopen = () => {
    setConnection("live", "Live");
    // Whatever was missed while the connection was down.
    refresh();
  };
  live.onerror = () => setConnection("waiting", "Reconnecting…");
  live.onmessage = (event) => {
    const news = JSON.parse(event.data);
    sessions.set(news.session.id, news.session);
    if (news.typing?.author === "tenant") noteTyping(news.session.id, news.typing.on);
    drawSessions();
    if (news.session.id !== chosen) return;
    drawHead();
    if (news.message) {
      messages.set(news.message.id, news.message);
      drawLog();
      markSeen();
    }
  };
}

// Until when a visitor counts as typing, by session.
const typers = new Map();
const TYPING_MS = 30_000;

function noteTyping(id, on) {
  if (on) typers.set(id, Date.now() + TYPING_MS);
  else typers.delete(id);
}

function setConnection(state, text) {
  byId("connection").dataset.state = state;
  byId("connection").textContent = text;
}

async function refresh() {
  const all = await call("GET", "");
  sessions.clear();
  for (const session of all) sessions.set(session.id, session);
  drawSessions();
  if (chosen && sessions.has(chosen)) await load();
}

async function load() {
  const id = chosen;
  const all = await call("GET", `/${id}/messages`);
  if (id !== chosen) return;
  messages.clear();
  for (const message of all) messages.set(message.id, message);
  drawHead();
  drawLog();
  markSeen();
}

// Seen is what is open while a person is at the window.
function markSeen() {
  const session = sessions.get(chosen);
  if (session && session.unread > 0 && document.hasFocus()) {
    attempt(() => call("POST", `/${chosen}/seen`));
  }
}

/* ---- Drawing ---- */

function element(name, properties, ...children) {
  const { dataset, ...rest } = properties;
  const made = Object.assign(document.createElement(name), rest);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

// Puts rows into a list and leaves alone those that have not changed, so that
// focus stays and pictures are not loaded again.
function fill(list, rows) {
  rows.forEach((row, at) => {
    const old = list.children[at];
    if (!old) list.append(row);
    else if (!old.isEqualNode(row)) old.replaceWith(row);
  });
  while (list.children.length > rows.length) list.lastElementChild.remove();
}

const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const monogram = (name) => name.split(" ").map((part) => part[0]).slice(0, 2).join("").toUpperCase();
const isHere = (session) => !session.closed && session.lastPing && Date.now() - session.lastPing < HERE_MS;

function ago(ms) {
  const s = Math.max(0, Math.round((Date.now() - ms) / 1000));
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.round(s / 60)} min ago`;
  return s < 86400 ? `${Math.round(s / 3600)} h ago` : new Date(ms).toLocaleDateString();
}

function summary(message) {
  if (!message) return "No messages yet";
  const who = message.author === "staff" ? "You: " : "";
  const rich = message.rich;
  if (rich && !message.content) return `${who}${rich.attachments[0]?.file_type ?? rich.contentType}`;
  const what = { IMAGE: "Picture", VIDEO: "Film", FILE: "File" }[message.contentType];
  return who + (what ? `${what} ${fileName(message)}` : message.content);
}

const fileName = (message) =>
  message.metadata?.file?.name || message.metadata?.filename || decodeURI(message.content.split("/").pop() || "");

function drawSessions() {
  const latest = (session) => session.lastMessage?.sentAt ?? session.createdAt;
  const order = [...sessions.values()].sort((a, b) => a.closed - b.closed || latest(b) - latest(a));
  const list = byId("sessions");
  const focused = document.activeElement?.dataset?.session;
  fill(list, order.map((session) => element("div", { role: "listitem" }, sessionButton(session))));
  if (focused && document.activeElement.dataset.session !== focused) {
    list.querySelector(`[data-session="${CSS.escape(focused)}"]`)?.focus();
  }
  const unread = order.reduce((sum, session) => sum + session.unread, 0);
  document.title = unread ? `(${unread}) Concierge console` : "Concierge console";
}

function sessionButton(session) {
  const marks = element("span", { className: "marks" });
  if (session.closed) marks.append(element("span", { className: "tag", textContent: "Ended" }));
  if (session.unread) {
    const badge = element("span", { className: "unread", textContent: session.unread });
    badge.append(element("span", { className: "spoken", textContent: " unread" }));
    marks.append(badge);
  } else if (isHere(session)) {
    marks.append(element("span", { className: "here", textContent: "● Here" }));
  }
  const time = clock(session.lastMessage?.sentAt ?? session.createdAt);
  const side = element("span", { className: "aside" }, time, marks);
  const button = element(
    "button",
    {
      type: "button",
      dataset: {
        session: session.id, tenant: session.tenant, unread: session.unread, closed: session.closed, staff: session.staff,
      },
    },
    element("span", { className: "monogram", textContent: monogram(session.tenantName), ariaHidden: "true" }),
    element(
      "span",
      { className: "lines" },
      element("b", { textContent: session.tenantName }),
      element("span", { textContent: summary(session.lastMessage) }),
    ),
    side,
  );
  button.setAttribute("aria-current", session.id === chosen);
  return button;
}

function drawHead() {
  const session = sessions.get(chosen);
  byId("nothing").hidden = Boolean(session);
  byId("chat").hidden = !session;
  if (!session) return;
  byId("who").textContent = session.tenantName;
  byId("monogram").textContent = monogram(session.tenantName);
  const staff = { nobody: "nobody has joined", me: "you have joined", script: "the scripted concierge answers" };
  byId("presence").textContent = `Tenant ${session.tenant} · ${presence(session)} · ${staff[session.staff]}`;
  byId("join").hidden = session.closed || session.staff === "me";
  byId("end").hidden = session.closed;
  byId("composer").hidden = session.closed;
  byId("ended").hidden = !session.closed;
}

function presence(session) {
  if (session.closed) return "the chat has ended";
  if (typers.get(session.id) > Date.now()) return "visitor is typing…";
  if (!session.lastPing) return "the visitor has not been here yet";
  const last = `last here ${ago(session.lastPing)}`;
  return isHere(session) ? `visitor is here, ${last}` : `visitor is away, ${last}`;
}

function drawLog() {
  const shown = [...messages.values()].sort((a, b) => a.id - b.id);
  const rows = [];
  shown.forEach((message, at) => {
    const before = shown[at - 1];
    if (!before || dayName(before.sentAt) !== dayName(message.sentAt)) {
      rows.push(element("p", { className: "day", textContent: dayName(message.sentAt) }));
    }
    const turns = before && !isOneRun(before, message);
    const after = shown[at + 1];
    rows.push(messageRow(message, turns, !after || !isOneRun(message, after) || seenMark(message) !== seenMark(after)));
  });
  fill(byId("log"), rows);
  scrollToEnd();
}

const isOneRun = (a, b) => a.author === b.author && b.sentAt - a.sentAt < GROUP_MS;

// Follows the end of the log as long as the person has not scrolled away.
let followsEnd = true;
function scrollToEnd() {
  if (followsEnd) byId("log").scrollTop = byId("log").scrollHeight;
}

function dayName(ms) {
  const day = new Date(ms).toDateString();
  if (day === new Date().toDateString()) return "Today";
  return new Date(ms).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

function messageRow(message, turns, showsTime) {
  const row = element("article", {
    className: [turns ? "turn" : "", message.unsent ? "unsent" : ""].join(" ").trim(),
    dataset: { message: message.id, author: message.author, seen: message.seenAt !== null, kind: message.contentType },
  });
  const said = bubble(message);
  const caption = !message.unsent && message.metadata?.caption;
  if (caption) said.append(element("p", { textContent: caption }));
  row.append(said);
  if (message.rich && !message.unsent) row.append(...richParts(message));
  if (!message.unsent) {
    const remove = element("button", { type: "button", title: "Delete message", dataset: { delete: message.id } });
    remove.setAttribute("aria-label", "Delete message");
    remove.append(icon("M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12"));
    row.append(remove);
  }
  const kind = kindMark(message);
  const time = clock(message.sentAt) + seenMark(message) + kind;
  row.title = time;
  if (showsTime || kind) row.append(element("p", { className: "meta", textContent: time }));
  return row;
}

function seenMark(message) {
  if (!message.seenAt) return "";
  return ` · ${message.author === "staff" ? "Seen" : "Read"} ${clock(message.seenAt)}`;
}

function bubble(message) {
  if (message.unsent) return element("div", { className: "bubble", textContent: "Message unsent" });
  // Only web addresses become links and pictures.
  const isUrl = /^https?:\/\//.test(message.content);
  const name = fileName(message);
  const isFilm = message.contentType === "VIDEO" || /\.(mp4|mov)$/i.test(message.content);
  if (isUrl && isFilm) {
    return element("div", { className: "bubble bare" }, element("video", { src: message.content, controls: true, title: name }));
  }
  if (isUrl && message.contentType === "IMAGE") {
    const picture = element("img", { src: message.content, alt: name });
    const link = element("a", { href: message.content, target: "_blank", rel: "noopener" }, picture);
    return element("div", { className: "bubble bare" }, link);
  }
  if (isUrl && message.contentType !== "TEXT") {
    const link = element("a", { href: message.content, target: "_blank", rel: "noopener", textContent: name });
    return element("div", { className: "bubble" }, link);
  }
  return element("div", { className: "bubble", textContent: message.content });
}

// What a message of OneChat carries beside its text.
function richParts(message) {
  // A message without words shows its first file by itself.
  const rest = message.rich.attachments.slice(message.contentType === "TEXT" ? 0 : 1);
  return rest.map(({ file_type, data_url, fallback_title }) => {
    if (file_type === "image") {
      return element("div", { className: "bubble bare" }, element("img", { src: data_url, alt: "" }));
    }
    const text = fallback_title || decodeURIComponent(data_url?.split("/").pop() ?? "") || file_type;
    const isUrl = /^(https?:\/)?\//.test(data_url ?? "");
    const link = isUrl && element("a", { href: data_url, target: "_blank", rel: "noopener", textContent: text });
    return element("div", { className: "bubble" }, link || text);
  });
}

// What kind of message it is, and what was answered to it.
function kindMark({ rich, unsent }) {
  if (!rich || unsent || rich.contentType === "text") return "";
  const answer = rich.contentAttributes.submitted_values;
  return ` · ${rich.contentType}${answer ? `, answered ${JSON.stringify(answer)}` : ""}`;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/* ---- What the person does ---- */

function choose(id) {
  stopTyping();
  chosen = id;
  followsEnd = true;
  messages.clear();
  history.replaceState(null, "", `#${id}`);
  drawSessions();
  drawHead();
  drawLog();
  attempt(load);
}

// Staff's typing is told when it begins and when it pauses.
const PAUSE_MS = 4000;
let typingPause = null;

function tellTyping() {
  const session = chosen;
  if (typingPause === null) call("POST", `/${session}/typing`, { typing: "on" }).catch(() => {});
  clearTimeout(typingPause?.timer);
  typingPause = { session, timer: setTimeout(stopTyping, PAUSE_MS) };
}

function stopTyping() {
  if (typingPause === null) return;
  clearTimeout(typingPause.timer);
  call("POST", `/${typingPause.session}/typing`, { typing: "off" }).catch(() => {});
  typingPause = null;
}

async function sendReply() {
  const reply = byId("reply");
  const text = reply.value.trim();
  if (!text) return;
  stopTyping();
  await call("POST", `/${chosen}/messages`, { contentType: "TEXT", messageContent: text, metadata: null });
  reply.value = "";
}

byId("sessions").addEventListener("click", (event) => {
  const button = event.target.closest("[data-session]");
  if (button) choose(button.dataset.session);
});
byId("sessions").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const buttons = [...byId("sessions").querySelectorAll("button")];
  buttons[buttons.indexOf(document.activeElement) + step]?.focus();
  event.preventDefault();
});
byId("log").addEventListener("click", (event) => {
  const button = event.target.closest("[data-delete]");
  if (button) attempt(() => call("DELETE", `/${chosen}/messages/${button.dataset.delete}`));
});
byId("log").addEventListener("scroll", () => {
  const log = byId("log");
  followsEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
});
// A picture that has arrived makes the log longer. Load events do not bubble.
byId("log").addEventListener("load", scrollToEnd, true);
byId("join").addEventListener("click", () => attempt(() => call("POST", `/${chosen}/join`)));
byId("end").addEventListener("click", () => attempt(() => call("POST", `/${chosen}/end`)));
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(sendReply);
});
byId("reply").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    attempt(sendReply);
  }
});
byId("reply").addEventListener("input", tellTyping);
byId("file").addEventListener("change", () => {
  const [file] = byId("file").files;
  if (!file) return;
  attempt(async () => {
    const name = encodeURIComponent(file.name);
    await call("POST", `/${chosen}/files?name=${name}`, file, file.type || "application/octet-stream");
    byId("file").value = "";
  });
});
byId("start").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const session = await call("POST", "", { tenant: Number(byId("tenant").value) });
    sessions.set(session.id, session);
    byId("tenant").value = "";
    choose(session.id);
    byId("reply").focus();
  });
});
window.addEventListener("focus", markSeen);
// "Last here 10 s ago" grows old by itself.
setInterval(() => {
  drawHead();
  drawSessions();
}, 5000);

if (location.hash) chosen = decodeURIComponent(location.hash.slice(1));
listen();
