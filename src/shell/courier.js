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
// In letters: more of a file store's answer is of no use.
const ANSWER = 2000;

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
    this.send(id, ANSWERED, (xhr) => {
      xhr.open(method, url);
      headers.forEach((text, i) => i % 2 && xhr.setRequestHeader(headers[i - 1], text));
      return body;
    });
  }

  // By `PUT`, or in a form to the page's own server.
  upload(uid, url, mime, proxy) {
    this.send(uid, UPLOADED, (xhr) => {
      const { blob, name } = this.get(uid);
      xhr.open(proxy ? "POST" : "PUT", proxy || url);
      if (!proxy) {
        xhr.setRequestHeader("Content-Type", mime);
        return blob;
      }
      const form = new FormData();
      form.append("uploadURL", url);
      form.append("image", blob, name);
      return form;
    });
  }

  // By XMLHttpRequest, for `fetch` does not tell how far an upload has come.
  // `open` gives the body.
  send(key, kind, open) {
    const xhr = new XMLHttpRequest();
    let percent = 0;
    let length;
    this.abort(key);
    this.exchanges.set(key, xhr);
    xhr.timeout = CALL;
    xhr.onloadend = () => {
      this.exchanges.delete(key);
      this.heard({ kind, key, percent, status: xhr.status, body: xhr.responseText.slice(0, length) });
    };
    if (kind == UPLOADED) {
      const start = performance.now();
      length = ANSWER;
      xhr.timeout = STALL;
      xhr.upload.onprogress = ({ loaded, total }) => {
        const now = Math.ceil((loaded * 100) / total);
        // It is counted from the start.
        xhr.timeout = performance.now() - start + STALL;
        if (now > percent) this.heard({ kind: PROGRESS, key, percent: (percent = now) });
      };
    }
    try {
      xhr.send(open(xhr));
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
