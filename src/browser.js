// What the program wants of the browser that takes many small calls of it.

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

// ---- Keys ----

// Whether another key is held than Shift, or an input method is composing (229
// is how Safari tells it).
export const isHeld = (event) =>
  event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.keyCode == 229;
