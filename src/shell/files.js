// The bytes of files that are to be sent: in memory, and where that is wanted in
// IndexedDB, so that they outlive a reload and are found by the other tabs.
//
// An entry is `{blob, name, ready, width, height, preview}`; what is kept on
// disk lacks `preview`, a `blob:` URL of this page.

const DISK_PATIENCE = 5000; // ms

// What is in memory, by the uids of the messages.
export class Files extends Map {
  // `name`: of the database; empty for memory only.
  constructor(name, maxSide) {
    super();
    this.name = name;
    this.maxSide = maxSide;
  }

  // Whether the file is on disk.
  take(uid, blob) {
    const entry = { blob, name: blob.name };
    this.set(uid, entry);
    return this.keep(uid, entry);
  }

  // The entry, ready to be sent. `undefined` when it is gone, `null` when it
  // cannot be read.
  async prepare(uid) {
    const entry = this.get(uid) || (await this.disk((store) => store.get(uid)).catch(() => {}));
    if (!entry) return;
    this.set(uid, entry);
    if (!entry.ready) {
      try {
        Object.assign(entry, await ready(entry, this.maxSide), { ready: true });
      } catch {
        return null;
      }
      // It may have been forgotten meanwhile.
      if (this.get(uid) == entry) await this.keep(uid, entry);
    }
    if (this.get(uid) != entry) return;
    if (entry.width) entry.preview ||= URL.createObjectURL(entry.blob);
    return entry;
  }

  forget(uid) {
    this.free(uid);
    this.disk((store) => store.delete(uid)).catch(() => {});
  }

  // Forgets all of which no message is left.
  keepOnly(uids) {
    this.disk((store) => {
      const request = store.getAllKeys();
      request.onsuccess = () => {
        for (const uid of request.result)
          uids.includes(uid) || this.has(uid) || store.delete(uid);
      };
    }).catch(() => {});
  }

  forgetAll() {
    this.freeAll();
    // The browser waits for those who still use it.
    if (this.name) indexedDB.deleteDatabase(this.name);
  }

  free(uid) {
    URL.revokeObjectURL(this.get(uid)?.preview);
    this.delete(uid);
  }

  freeAll() {
    for (const uid of this.keys()) this.free(uid);
  }

  keep(uid, entry) {
    return this.disk((store) => store.put({ ...entry, preview: "" }, uid)).then(
      () => true,
      () => false,
    );
  }

  // Opened for each use: a database that is held open cannot be deleted.
  async disk(use) {
    if (!this.name) throw 0;
    const opening = indexedDB.open(this.name);
    opening.onupgradeneeded = () => opening.result.createObjectStore("files");
    const database = await done(opening, "onsuccess");
    try {
      const transaction = database.transaction("files", "readwrite");
      const request = use(transaction.objectStore("files"));
      await done(transaction, "oncomplete");
      return request?.result;
    } finally {
      database.close();
    }
  }
}

// A browser whose disk says nothing must not hold a file back.
const done = (request, event) =>
  new Promise((resolve, reject) => {
    request[event] = () => resolve(request.result);
    request.onerror = request.onabort = reject;
    setTimeout(reject, DISK_PATIENCE);
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
