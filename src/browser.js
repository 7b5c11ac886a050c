// What the program wants of the browser that takes many small calls of it. One
// file: each one more is a request of its own in a page that is being tested.

// ---- Times, days and sizes, by `Intl` ----

export class Formats {
  // For a BCP 47 tag; for the browser's own language when the tag is none.
  // Formatters are slow to make and quick to use: made once a mount.
  constructor(locale) {
    const make = (kind, options) => {
      try {
        return new Intl[kind](locale, options);
      } catch {
        return new Intl[kind](undefined, options);
      }
    };
    const date = (options) => make("DateTimeFormat", options);
    const size = (unit) => make("NumberFormat", { style: "unit", unit, maximumFractionDigits: 1 });
    this.dates = [
      date({ timeStyle: "short" }),
      date({ weekday: "long", day: "numeric", month: "long" }),
      date({ dateStyle: "medium", timeStyle: "short" }),
    ];
    this.make = make;
    this.sizes = ["byte", "kilobyte", "megabyte"].map(size);
  }

  date(which, at) {
    return this.dates[which].format(date(at));
  }

  // Counted in 1024s, as the limits of the back ends are.
  size(bytes) {
    const unit = bytes < 1024 ? 0 : bytes < 1048576 ? 1 : 2;
    return this.sizes[unit].format(bytes / 1024 ** unit);
  }
}

// How long ago it was, in the largest unit that is full. No method, for methods
// are there whether they are called or not.
export const ago = (formats, at) => {
  const seconds = Math.max(0, (Date.now() - at) / 1000);
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["second", Infinity];
  const format = (formats.ago ??= formats.make("RelativeTimeFormat", { numeric: "auto" }));
  return format.format(-Math.floor(seconds / size) || 0, unit);
};

// In seconds.
const UNITS = [
  ["year", 31557600],
  ["month", 2629800],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

// Beyond these a `Date` is invalid and its methods throw.
const END = 8.64e15;
const date = (at) => new Date(Math.max(-END, Math.min(END, at)));

// A number that differs from one local day to the next: of the day before this
// one, when `back` is 1.
export const localDay = (at, back) => {
  const day = date(at);
  day.setDate(day.getDate() - back);
  return (day.getFullYear() * 12 + day.getMonth()) * 31 + day.getDate();
};

// For `datetime` attributes.
export const iso = (at) => date(at).toISOString();

// ---- URLs ----

// A URL as the page would understand it, else as it was given. With `socket`,
// `http:` becomes `ws:`, and all else `wss:`.
export const absolute = (given, socket) => {
  try {
    if (socket && /^wss?:/.test(given)) return given;
    const url = new URL(given, location.href);
    if (socket) url.protocol = url.protocol == "http:" ? "ws:" : "wss:";
    return url.href;
  } catch {
    return given;
  }
};

// Whether a URL of the other side may be loaded: `https`, or this page's own
// origin, or this device. Everything else (`javascript:` first) is not.
export const isShown = (given) => {
  try {
    const { protocol, hostname, origin } = new URL(given);
    return (
      protocol == "https:" ||
      (protocol == "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname)) ||
      (/^(http|blob):$/.test(protocol) && origin == location.origin)
    );
  } catch {
    return false;
  }
};

// A site's object as text.
export const json = (value) => JSON.stringify(value);

// ---- The visitor's clipboard and downloads ----

// Copies as a person would, out of a field. That works at once, and also in
// frames and on plain `http` pages; the clipboard is for browsers that will
// have given up this way.
export const copy = (text, place) => {
  const field = document.createElement("textarea");
  field.className = "aside";
  field.value = text;
  place.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) navigator.clipboard?.writeText(text).catch(() => {});
};

// Gives a text to the browser's downloads, and to nobody else.
export const save = (text, name) => {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  Object.assign(document.createElement("a"), { href, download: name }).click();
  // The download has begun: the browser holds the file by itself.
  URL.revokeObjectURL(href);
};

// ---- Texts ----

export const finds = (text, part) => text.toLowerCase().includes(part.trim().toLowerCase());

// A pattern that is none is the site's mistake, not the visitor's.
export const matches = (value, pattern) => {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return true;
  }
};

// ---- Keys ----

// Whether another key is held than Shift, or an input method is composing (229
// is how Safari tells it).
export const isHeld = (event) =>
  event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.keyCode == 229;

// ---- Files and calls ----

// Calls, and files: keeps their bytes, makes them ready, sends them.
//
// The bytes are in memory, and where that is wanted in IndexedDB, so that they
// outlive a reload and are found by the other tabs. An entry is
// `{blob, name, at, ready, width, height, preview}`; what is on disk lacks
// `preview`, a `blob:` URL of this page.

// What is told, see `heard` in courier.rs.
const TAKEN = 0;
const READY = 1;
const GONE = 2;
const UNREADABLE = 3;
const PROGRESS = 4;
const UPLOADED = 5;
const ANSWERED = 6;

// In milliseconds: how long a call may take, an upload may stand still, the
// disk may say nothing, and a file may be without a message.
const CALL = 30000;
const STALL = 60000;
const DISK = 5000;
const YOUNG = 60000;

// What is in memory, by the uids of the messages.
export class Courier extends Map {
  // What is under way, by uids, and by the numbers of calls.
  exchanges = new Map();

  // `database`: its name; empty for memory only.
  constructor(database, maxSide, heard) {
    super();
    Object.assign(this, { database, maxSide, heard });
    // Files of which no message is left: the messages are in a key of the name
    // of the database.
    this.disk((store) => {
      store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
        if (!cursor) return;
        const { key, value } = cursor;
        if (Date.now() - value.at > YOUNG && !localStorage[database]?.includes(key)) cursor.delete();
        cursor.continue();
      };
    });
  }

  // Nothing is heard after this.
  close() {
    this.heard = () => {};
    for (const key of this.exchanges.keys()) this.abort(key);
    for (const uid of this.keys()) this.free(uid);
  }

  // ---- Files ----

  async take(uid, blob) {
    const { name, type: mime, size } = blob;
    const entry = { blob, name, at: Date.now() };
    this.set(uid, entry);
    const refused = !(await this.keep(uid, entry)) && this.database;
    this.heard({ kind: TAKEN, key: uid, name, mime, size, refused });
  }

  async prepare(uid) {
    const entry = await (this.get(uid) || this.disk((store) => store.get(uid)));
    let kind = entry ? READY : GONE;
    if (entry) {
      this.set(uid, entry);
      if (!entry.ready)
        try {
          Object.assign(entry, await ready(entry, this.maxSide), { ready: true });
          // It may have been forgotten meanwhile.
          if (this.get(uid) == entry) await this.keep(uid, entry);
        } catch {
          kind = UNREADABLE;
        }
      if (this.get(uid) != entry) return;
      if (entry.width) entry.preview ||= URL.createObjectURL(entry.blob);
    }
    const { type: mime, size } = entry?.blob || {};
    this.heard({ ...entry, kind, key: uid, mime, size });
  }

  forget(uid) {
    this.free(uid);
    this.disk((store) => store.delete(uid));
  }

  free(uid) {
    URL.revokeObjectURL(this.get(uid)?.preview);
    this.delete(uid);
  }

  keep(uid, entry) {
    return this.disk((store) => store.put({ ...entry, preview: "" }, uid), true);
  }

  // The result, `undefined` when the browser refuses. Opened for each use, for
  // a database that is held open cannot be deleted.
  async disk(use, create) {
    if (!this.database) return;
    try {
      const opening = indexedDB.open(this.database);
      opening.onupgradeneeded = () =>
        create ? opening.result.createObjectStore("files") : opening.transaction.abort();
      const database = await done(opening, "onsuccess");
      const transaction = database.transaction("files", "readwrite");
      database.close();
      const request = use(transaction.objectStore("files"));
      await done(transaction, "oncomplete");
      return request.result;
    } catch {}
  }

  // ---- What is sent ----

  // `headers` are names and values in turn.
  call(id, method, url, headers, body) {
    this.send(id, ANSWERED, method, url, headers, () => body);
  }

  // The bytes alone; with `field`, in a form under that name, where `parts` are
  // names and values in turn.
  upload(uid, method, url, headers, parts, field) {
    this.send(uid, UPLOADED, method, url, headers, () => {
      const { blob, name } = this.get(uid);
      if (!field) return blob;
      const form = new FormData();
      parts.forEach((text, i) => i % 2 && form.append(parts[i - 1], text));
      form.append(field, blob, name);
      return form;
    });
  }

  // By XMLHttpRequest, for `fetch` does not tell how far an upload has come.
  // `make` gives the body.
  send(key, kind, method, url, headers, make) {
    const xhr = new XMLHttpRequest();
    let percent = 0;
    this.abort(key);
    this.exchanges.set(key, xhr);
    xhr.timeout = CALL;
    xhr.onloadend = () => {
      this.exchanges.delete(key);
      this.heard({ kind, key, percent, status: xhr.status, body: xhr.responseText });
    };
    if (kind == UPLOADED) {
      const start = performance.now();
      xhr.timeout = STALL;
      xhr.upload.onprogress = ({ loaded, total }) => {
        const now = Math.ceil((loaded * 100) / total);
        // It is counted from the start.
        xhr.timeout = performance.now() - start + STALL;
        if (now > percent) this.heard({ kind: PROGRESS, key, percent: (percent = now) });
      };
    }
    try {
      xhr.open(method, url);
      headers.forEach((text, i) => i % 2 && xhr.setRequestHeader(headers[i - 1], text));
      xhr.send(make());
    } catch {
      queueMicrotask(() => xhr.onloadend?.());
    }
  }

  abort(key) {
    const xhr = this.exchanges.get(key);
    if (!xhr) return;
    xhr.onloadend = xhr.upload.onprogress = null;
    xhr.abort();
    this.exchanges.delete(key);
  }
}

const done = (request, event) =>
  new Promise((resolve, reject) => {
    request[event] = () => resolve(request.result);
    request.onerror = request.onabort = reject;
    setTimeout(reject, DISK);
  });

// An upload as a text: the bytes in Base64, between two others. No method, for
// methods are there whether they are called or not.
export const uploadText = async (courier, uid, method, url, headers, before, after) => {
  const reading = { upload: {}, abort() {} };
  courier.exchanges.set(uid, reading);
  const text = await base64(courier.get(uid)?.blob).catch(() => {});
  // It may have been stopped meanwhile.
  if (courier.exchanges.get(uid) != reading) return;
  courier.send(uid, UPLOADED, method, url, headers, () => {
    if (text == null) throw text;
    return before + text + after;
  });
};

const base64 = async (blob) => {
  const reader = new FileReader();
  reader.readAsDataURL(blob);
  const url = await done(reader, "onload");
  return url.slice(url.indexOf(",") + 1);
};

// ---- What leaves the device -------------------------------------------------

// What changes in an entry. A picture is drawn anew, for then nothing is in it
// but what is seen: not where it was made, nor which camera made it.
const ready = async ({ blob, name }, maxSide) => {
  const head = new Uint8Array(await blob.slice(0, 3).arrayBuffer());
  const isJpeg = head[0] == 0xff && head[1] == 0xd8 && head[2] == 0xff;
  const { type } = blob;
  if (!isJpeg && !/^image\/(?!svg)/.test(type)) return;
  try {
    const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
    const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.round(side * scale) || 1);
    // It may move.
    if (type == "image/gif" && !isJpeg) return { width, height };
    const canvas = window.OffscreenCanvas
      ? new OffscreenCanvas(width, height)
      : Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const as = { type: /png|webp/.test(type) ? type : "image/jpeg", quality: 0.85 };
    const drawn = await (canvas.convertToBlob?.(as) ??
      new Promise((resolve) => canvas.toBlob(resolve, as.type, as.quality)));
    return { ...typed(drawn, name, type), width, height };
  } catch {
    // The browser cannot draw it; perhaps somebody else can.
    if (isJpeg) return typed(bare(new Uint8Array(await blob.arrayBuffer())), name, type);
  }
};

// The name ends as the type says.
const typed = (blob, name, before) =>
  blob.type == before
    ? { blob }
    : { blob, name: name.replace(/\.[^.]*$/, "") + "." + blob.type.slice(6).replace("jpeg", "jpg") };

// A JPEG without the segments that tell of its making. The sides of the device
// are kept, for without them it would lie on its side.
const bare = (bytes) => {
  const view = new DataView(bytes.buffer);
  const parts = [];
  let turned = [];
  let at = 2;
  while (at + 4 < bytes.length) {
    const kind = bytes[at + 1];
    // Not a marker, or filled up before one: what is damaged is left out.
    if (bytes[at] != 0xff || !kind || kind == 0xff) {
      at++;
      continue;
    }
    // Behind the picture's end there may be others, with segments of their own.
    if (kind == 0xd9) break;
    let end = at + 2 + view.getUint16(at + 2);
    // After the start of a scan, all up to the next marker is the picture.
    if (kind == 0xda)
      while (end < bytes.length && (bytes[end] != 0xff || !bytes[end + 1] || (bytes[end + 1] & 0xf8) == 0xd0)) end++;
    if (kind == 0xe1) turned = orientation(bytes.buffer, at + 10) || turned;
    // Of the application's own: JFIF, the colour profile, Adobe's colours.
    if (kind < 0xe0 || [0xe0, 0xe2, 0xee].includes(kind)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return new Blob([new Uint8Array([0xff, 0xd8, ...turned]), ...parts, new Uint8Array([0xff, 0xd9])], {
    type: "image/jpeg",
  });
};

// A segment that tells how the picture is turned and nothing else, when the
// segment with this content tells it.
const orientation = (buffer, at) => {
  try {
    const exif = new DataView(buffer, at);
    const little = exif.getUint16(0) == 0x4949;
    let entry = exif.getUint32(4, little) + 2;
    for (let count = exif.getUint16(entry - 2, little); count--; entry += 12)
      if (exif.getUint16(entry, little) == 0x112)
        return [
          0xff, 0xe1, 0, 34, 69, 120, 105, 102, 0, 0, 77, 77, 0, 42, 0, 0, 0, 8, 0, 1,
          1, 18, 0, 3, 0, 0, 0, 1, 0, exif.getUint8(entry + (little ? 8 : 9)), 0, 0, 0, 0, 0, 0,
        ];
  } catch {}
};

// ---- Tabs ----

// The lock and the channel between the tabs of one browser.

export class Tabs {
  // Throws where there are no locks or channels. `heard` is told `true` when
  // the lock is ours, `false` when it was stolen, and texts of the others.
  constructor(prefix, heard) {
    if (!navigator.locks) throw Error("no locks");
    this.name = prefix + "lead";
    this.heard = heard;
    this.channel = new BroadcastChannel(prefix + "tabs");
    this.channel.onmessage = ({ data }) => heard("" + data);
  }

  // A turn is a place in the line, and then the lock.
  stand(steal) {
    if (this.turn) return;
    const abort = new AbortController();
    const turn = (this.turn = { leave: () => abort.abort() });
    const lead = async () => {
      turn.leads = true;
      // First what the leader before has said, and whether it is ours still.
      await navigator.locks.query().catch(() => {});
      if (this.turn == turn) this.heard(true);
    };
    navigator.locks
      .request(this.name, steal ? { steal } : { signal: abort.signal }, () =>
        new Promise((leave) => {
          turn.leave = leave;
          this.turn == turn ? lead() : leave();
        }),
      )
      .catch(() => {
        if (this.turn != turn) return;
        // Where locks are refused there are no others that could lead.
        if (!turn.leads) return lead();
        this.turn = null;
        this.heard(false);
      });
  }

  seize() {
    if (this.turn?.leads) return;
    this.resign();
    this.stand(true);
  }

  resign() {
    const { turn } = this;
    this.turn = null;
    turn?.leave();
  }

  // The browser answers in the order in which things happened to the lock.
  catchUp() {
    const caught = () => this.heard();
    navigator.locks.query().then(caught, caught);
  }

  tell(text) {
    this.channel.postMessage(text);
  }

  close() {
    this.heard = () => {};
    this.resign();
    this.channel.onmessage = null;
    this.channel.close();
  }
}

const TWIN_PATIENCE = 150; // ms

// The ids that this page has.
const own = new Set();

// `heard` is told whether another page has this id. If not, this one has it from now on. Two
// that ask at once both hear yes.
export const taken = (id, heard) =>
  new Promise((resolve) => {
    if (!id || own.has(id)) return resolve(false);
    const channel = new BroadcastChannel("concierge:device:" + id);
    const timer = setTimeout(() => resolve(!own.add(id)), TWIN_PATIENCE);
    channel.onmessage = ({ data }) => {
      if (!data) return channel.postMessage(true);
      if (own.has(id)) return;
      clearTimeout(timer);
      channel.close();
      resolve(true);
    };
    channel.postMessage(false);
  }).then(heard);

// ---- Tokens ----

// Access tokens, from the page's text or function.

export class Tokens {
  // `heard` is told `{token, at}`, or `{away}` when there is none.
  constructor(source, heard) {
    Object.assign(this, { source, heard });
  }

  // Nothing is heard after this.
  close() {
    this.heard = () => {};
  }

  async ask(fresh) {
    const { source } = this;
    // From a task of its own: the page's function may call the widget.
    await null;
    let told = {};
    try {
      if (typeof source == "string") told.token = source;
      else if (!fresh && this.last) told = this.last;
      else if (typeof source == "function") {
        told = read(await source());
        if (told.token) this.last = told;
      }
    } catch (error) {
      // `fetch` tells of a network that is away by a `TypeError`.
      told.away = error instanceof TypeError;
    }
    this.heard(told);
  }
}

// A text, `{token, expiresAt?}` or `{accessToken, tokenExpiryTime?}`.
const read = (given) => ({
  token: [given, given?.token, given?.accessToken].find((text) => text && typeof text == "string"),
  at: [given?.expiresAt, given?.tokenExpiryTime].map(moment).find(isFinite),
});

// Milliseconds since 1970 of a number (of milliseconds or, when that would be
// before 1973, of seconds), its digits, a date or a date's text.
const moment = (value) => {
  const number = value == null ? NaN : Number(value);
  if (!isFinite(number)) return +new Date(value ?? number);
  return Math.abs(number) < 1e11 ? number * 1000 : number;
};

// ---- Sound ----

const TONE = 0.13; // seconds
const LOUDNESS = 0.08;
const SILENT_AFTER = 1000; // ms

// Two soft tones, the second a fourth above the first. Before the visitor has
// done something the browser forbids it, and would warn.
export const chime = () => {
  if (navigator.userActivation?.hasBeenActive === false) return;
  const context = new AudioContext();
  [660, 880].forEach((pitch, i) => {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const start = i * TONE;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
    loudness.gain.linearRampToValueAtTime(0, start + TONE);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(start + TONE);
  });
  // One that was not allowed to begin must not be heard later.
  setTimeout(() => context.close(), SILENT_AFTER);
};
