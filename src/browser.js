// What the program wants of the browser that takes many small calls of it, and
// what messages say and ask, drawn: that is a third of the bytes of the same in
// WebAssembly. One file: each one more is a request of its own in a page that is
// being tested.

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
const ago = (formats, at) => {
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
const iso = (at) => date(at).toISOString();

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
const isShown = (given) => {
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

const finds = (text, part) => text.toLowerCase().includes(part.trim().toLowerCase());

// A pattern that is none is the site's mistake, not the visitor's.
const matches = (value, pattern) => {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return true;
  }
};

// ---- Elements ----

// Sets attributes, and takes away those that are nothing.
const put = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes))
    value == null ? node.removeAttribute(name) : node.setAttribute(name, value);
  return node;
};

// Appends texts, elements, lists of them, or nothing.
const hold = (node, ...inside) => {
  for (const it of inside.flat()) if (it) node.append(it);
  return node;
};

// An element with what it holds. Elements are made, never parsed: what others
// wrote can only become a text.
const make = (tag, attributes, ...inside) =>
  hold(put(document.createElement(tag), attributes), ...inside);

// Only these become links: schemes that a person meant to write.
export const isLink = (url) => /^(https?:\/\/|mailto:|tel:)/i.test(url);

// A link that leaves the page.
const link = (href, ...inside) =>
  make("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...inside);

// The same to where the other side wants it to lead.
const outward = (href, ...inside) =>
  put(link(href, ...inside), { rel: "noopener noreferrer nofollow" });

const button = (attributes, text, onclick) =>
  Object.assign(make("button", { type: "button", ...attributes }, text), { onclick });

// ---- Plain texts ----

// A text, broken where its writer broke it; the addresses in it are links.
export const bubble = (text) => {
  const pieces = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const url = addressOf(text, at, Infinity);
    if (url) {
      pieces.push(text.slice(from, at), link(url, url));
      from = at + url.length;
      at = from - 1;
    }
  }
  return make("div", { class: "bubble", dir: "auto" }, pieces, text.slice(from));
};

// The address that begins here, if a word does: to the next blank, without the
// punctuation of the sentence around it. Letters of other scripts may stand
// before it, as they need no blank between.
const addressOf = (text, at, longest) => {
  if (!/[hmt]/i.test(text[at]) || /[a-z\d]/i.test(text[at - 1] ?? "")) return;
  const begin = /^(https?:\/\/|mailto:|tel:)[^\0- <>"\xa0\u3000]+/i;
  const [url, scheme] = begin.exec(text.slice(at, at + longest)) ?? [""];
  const count = (mark) => url.split(mark).length;
  // Brackets that nothing opens. Counted once, for there may be very many.
  const alone = { ")": count(")") - count("("), "]": count("]") - count("[") };
  let end = url.length;
  while (/[.,;:!?'*…。、，]/.test(url[end - 1] ?? "") || alone[url[end - 1]]-- > 0) end--;
  return end > scheme?.length && url.slice(0, end);
};

// ---- Files ----

// The largest picture, in CSS px.
const WIDTH = 260;
const HEIGHT = 320;

// A file, as its kind asks. An own one has no address before it can be shown:
// its room stands there with its name. `size` is a text, `words` is `FILE` of
// texts.rs.
export const file = (kind, url, name, size, width, height, words) => {
  const [unnamed, gone, closePicture, openInTab] = words.split("\n");
  const title = name || unnamed;
  const isSafe = isShown(url);
  if (kind == "file" || (!url && kind == "audio")) return card(url, isSafe, title, size);
  if (url && !isSafe) return make("div", { class: "bubble gone" }, gone);
  const isImage = kind == "image";
  const media = make(
    isImage ? "img" : kind,
    isImage
      ? // Before `src`, or the browser loads at once.
        { loading: "lazy", decoding: "async", referrerpolicy: "no-referrer", alt: title }
      : { controls: "", playsinline: "", preload: "metadata", "aria-label": title },
  );
  if (kind != "audio") {
    const [w, h] = width && height ? [width, height] : [WIDTH, WIDTH * 0.75];
    const scale = Math.min(WIDTH / w, HEIGHT / h, 1);
    const side = (length) => Math.trunc(Math.max(length * scale, 48));
    put(media, { width: side(w), height: side(h) });
  }
  const view = () => {
    const layer = viewer(title, url, closePicture, openInTab);
    frame.append(layer);
    layer.showModal();
  };
  // A frame of the size that the picture will have, so that nothing moves when
  // it arrives, nor when it does not.
  const frame = make(
    "div",
    { class: "frame" },
    isImage && url ? button({ class: "picture", "aria-haspopup": "dialog" }, media, view) : media,
    !url && make("span", { class: "lost coming" }, title),
  );
  const lost = () => hold(put(frame, { "data-lost": "" }), make("span", { class: "lost" }, gone));
  media.addEventListener("error", lost, { once: true });
  if (url) media.src = url;
  return frame;
};

// A file's name and size; a link when it may be opened. A file of the visitor's
// own is not opened from memory: as a page it would belong to the site.
const card = (url, isSafe, title, size) => {
  // Of the name the first part may be cut by the lack of room: what a file is
  // stands at its end.
  const letters = [...title];
  const end = letters.splice(-8).join("");
  const inside = [
    make(
      "span",
      { class: "card", "aria-hidden": "true" },
      icon(FILE),
      make(
        "span",
        { class: "name", dir: "auto" },
        make("span", { class: "name-start" }, letters.join("")),
        make("span", {}, end),
      ),
      size && make("span", { class: "size" }, size),
    ),
    make("span", { class: "aside" }, size ? title + ", " + size : title),
  ];
  const node = isSafe && !isOwn(url) ? link(url, inside) : make("div", {}, inside);
  return put(node, { class: "bubble file" });
};

// Whether a URL leads to a file in this page's memory: the visitor's own, on its
// way.
const isOwn = (url) => url.startsWith("blob:");

// A picture in full, over the page. The browser's own modal dialog keeps the
// focus inside, closes at Escape and gives the focus back.
const viewer = (title, src, closePicture, openInTab) => {
  const layer = make(
    "dialog",
    { class: "viewer", part: "viewer", "aria-label": title },
    make(
      "div",
      { class: "viewer-bar" },
      make("bdi", { class: "viewer-name" }, title),
      !isOwn(src) && put(link(src, openInTab), { class: "text-button" }),
      button({ class: "icon-button", autofocus: "", "aria-label": closePicture }, icon(CLOSE)),
    ),
    make("img", { referrerpolicy: "no-referrer", alt: title, src }),
  );
  // Neither the log's keys nor the panel's Escape.
  layer.onkeydown = (event) => event.stopPropagation();
  // A click beside the picture closes, as one on the button does.
  layer.onclick = ({ target }) => target.tagName == "IMG" || layer.close();
  layer.onclose = () => layer.remove();
  return layer;
};

// ---- Markdown ----

// As far as people use it in a chat: paragraphs, line breaks, strong, emphasis,
// strike, code, links, pictures, lists, quotes, headings. All else, HTML above
// all, is text.
//
// What is read is a list of texts and of `[tag, inside, value]`: the value of a
// link or a picture is its address, that of an ordered list the number of its
// first item. A text of whatever kind takes time in proportion to its length: of
// each kind of mark at most one waits for its end, brackets lie on a stack, and
// every search ahead is short.

// How deep lists and quotes lie in each other; what is deeper is text.
const DEPTH = 3;

const blocks = (text, depth) => {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const isNested = depth < DEPTH;
  const nodes = [];
  let paragraph = [];
  // Ends the paragraph before it.
  const push = (...node) => {
    if (paragraph.length) nodes.push(["p", inline(paragraph.join("\n"))]);
    paragraph = [];
    if (node.length) nodes.push(node);
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    const bare = unindented(line);
    const fence = fenceOf(bare);
    const first = isNested && markOf(line);
    const title = titleOf(bare);
    const inside = [];
    if (fence) {
      while (++at < lines.length && !unindented(lines[at]).startsWith(fence)) inside.push(lines[at]);
      push("pre", [["code", [inside.join("\n")]]]);
    } else if (isNested && bare[0] == ">") {
      for (; unindented(lines[at] ?? "")[0] == ">"; at++)
        inside.push(unindented(lines[at]).replace(/^> ?/, ""));
      at--;
      push("blockquote", blocks(inside.join("\n"), depth + 1));
    } else if (/^(-{3,}|\*{3,}|_{3,})$/.test(bare.replace(/ /g, ""))) {
      push("hr", []);
    } else if (first) {
      let { offset } = first;
      let afterBlank;
      for (; at < lines.length; at++) {
        const line = lines[at];
        const next = markOf(line);
        const indent = line.length - unindented(line).length;
        if (indent == line.length) {
          afterBlank = true;
          inside.at(-1).push("");
          continue;
        }
        if (next && !next.number == !first.number && next.indent < first.indent + 2) {
          ({ offset } = next);
          inside.push([line.slice(offset)]);
        } else if (indent >= first.indent + 2 || !(afterBlank || next || beginsBlock(unindented(line)))) {
          inside.at(-1).push(line.slice(Math.min(indent, offset)));
        } else break;
        afterBlank = false;
      }
      at--;
      const items = inside.map((lines) => ["li", blocks(lines.join("\n"), depth + 1)]);
      push(first.number ? "ol" : "ul", items, first.number);
    } else if (title) {
      push("p", [["strong", inline(title)]]);
    } else if (bare) {
      paragraph.push(bare);
    } else push();
  }
  push();
  return nodes;
};

const unindented = (line) => line.replace(/^ +/, "");

// The three marks of a block of code that begins here. One that ends on its own
// line is code in a text.
const fenceOf = (bare) => /^(```|~~~)[^`]*$/.exec(bare)?.[1];

// The mark of a list's item: blanks before it, letters up to what the item
// says, its number if it has one.
const markOf = (line) => {
  const found = /^( *)(?:[-*+]|(\d{1,9})[.)]) /.exec(line);
  return found && { indent: found[1].length, offset: found[0].length, number: found[2] };
};

// What a heading says.
const titleOf = (bare) => /^#{1,6} (.*[^#])?#*$/s.exec(bare)?.[1]?.trim();

// Whether this, which is no list, cannot go on with the paragraph before it.
const beginsBlock = (bare) => fenceOf(bare) || bare[0] == ">" || titleOf(bare);

// The marks that stand around something.
const MARKS = { "**": "strong", "*": "em", __: "strong", _: "em", "~~": "del" };

// How far an address reaches at most, and how deep the brackets in it lie.
const ADDRESS = 2000;
const BRACKETS = 8;

// What stands in a paragraph. Until the end of a mark is found it is a text;
// then it is an element without anything inside, and `null` is its end.
const inline = (text) => {
  const tokens = [];
  // Of each kind of mark, the token that waits for its end.
  const open = {};
  // The tokens of brackets, and whether a picture's.
  let brackets = [];
  // No run of so many backticks is ahead.
  const noCode = [];
  let at = 0;
  // From here on nothing is told yet.
  let from = 0;

  // Tells what stands before this place.
  const flush = () => {
    if (at > from) tokens.push(text.slice(from, at));
    from = at;
  };
  // Marks from this token on wait no more.
  const drop = (start) => {
    for (const kind in open) if (open[kind] >= start) delete open[kind];
  };
  const run = () => {
    let end = at;
    while (text[end] == text[at]) end++;
    return text.slice(at, end);
  };

  const code = (marks) => {
    const { length } = marks;
    const start = at + length;
    if (length < 4 && !noCode[length]) {
      const runs = /`+/g;
      runs.lastIndex = start;
      for (let found; (found = runs.exec(text)); )
        if (found[0] == marks) {
          flush();
          const code = text.slice(start, found.index);
          // Blanks that keep backticks apart.
          tokens.push(["code", [/^ (.+) $/s.exec(code)?.[1] ?? code]]);
          at = from = runs.lastIndex;
          return;
        }
      noCode[length] = true;
    }
    at = start;
  };

  const mark = (marks) => {
    const { length } = marks;
    const end = at + length;
    const [before, after] = [text[at - 1] ?? "", text[end] ?? ""];
    const isInWord = (letter) => marks[0] == "_" && /[a-z\d\x80-\uffff]/i.test(letter);
    const kinds = length == 3 ? [marks.slice(1), marks[0]] : [marks];
    if (!kinds.every((kind) => MARKS[kind])) {
      at = end;
      return;
    }
    flush();
    let left = length;
    if (before > " " && !isInWord(after))
      // What was opened last ends first. Nothing that began inside goes on.
      for (const kind of [...kinds].reverse()) {
        const start = open[kind];
        if (start + 1 < tokens.length) {
          tokens[start] = [MARKS[kind], []];
          tokens.push(null);
          drop(start);
          while (brackets.at(-1)?.[0] > start) brackets.pop();
          left -= kind.length;
        }
      }
    if (after > " " && !isInWord(before))
      for (const kind of kinds)
        if (left >= kind.length && !(kind in open)) {
          open[kind] = tokens.push(kind) - 1;
          left -= kind.length;
        }
    at = end;
    from = end - left;
  };

  const bracket = (length) => {
    flush();
    brackets.push([tokens.length, length > 1]);
    at += length;
    flush();
  };

  const unbracket = () => {
    const bracket = brackets.pop();
    const [url, end] = (bracket && text[at + 1] == "(" && targetOf(text, at + 2)) || [];
    const [start, isImage] = bracket ?? [];
    if (url == null || !(isImage || isLink(url))) {
      at++;
      return;
    }
    flush();
    drop(start);
    if (isImage) {
      const [, ...shown] = tokens.splice(start);
      tokens.push(["img", [shown.map(wordsOf).join("")], url]);
    } else {
      tokens[start] = ["a", [], url];
      tokens.push(null);
      // There is no link in a link.
      brackets = [];
    }
    at = from = end;
  };

  // A word, which may be an address by itself.
  const word = () => {
    let url = addressOf(text, at, ADDRESS);
    if (!url) {
      at++;
      return;
    }
    // The bracket before it ends before it does.
    if (brackets.length) url = url.split("]")[0];
    flush();
    tokens.push(isLink(url) ? ["a", [url], url] : url);
    at = from = at + url.length;
  };

  while (at < text.length) {
    const letter = text[at];
    if (letter == "\\") {
      // The mark after it is a letter.
      if (/[!-/:-@[-`{-~\n]/.test(text[at + 1] ?? "")) {
        flush();
        from++;
        at++;
      }
      at++;
    } else if (letter == "`") code(run());
    else if (/[*_~]/.test(letter)) mark(run());
    else if (letter == "[") bracket(1);
    else if (letter == "!" && text[at + 1] == "[") bracket(2);
    else if (letter == "]") unbracket();
    else word();
  }
  flush();
  return nest(tokens);
};

// The address in round brackets that begins here, and where what belongs to it
// ends: a title may stand behind it.
const targetOf = (text, start) => {
  let depth = 0;
  let at = start;
  for (; text[at] > " "; at++) {
    if (at - start >= ADDRESS) return;
    if (text[at] == "(" && ++depth > BRACKETS) return;
    if (text[at] == ")" && !depth--) break;
  }
  const end = /[\0- ]{0,200}(?:(?:"[^"]{0,199}"|'[^']{0,199}')[\0- ]{0,200})?\)/y;
  end.lastIndex = at;
  return end.test(text) && [text.slice(start, at), end.lastIndex];
};

// Elements with what stands between them and their ends, texts in one piece.
const nest = (tokens) => {
  const stack = [["", []]];
  for (const token of tokens) {
    const inside = stack.at(-1)[1];
    if (token == null) stack.pop();
    else if (isText(token) || (token[0] != "code" && token[1].length && stack.some(([tag]) => tag == "a")))
      // In a link, an address is a text, and a picture what it shows.
      inside.push((isText(inside.at(-1)) ? inside.pop() : "") + wordsOf(token));
    else {
      inside.push(token);
      if (!token[1].length) stack.push(token);
    }
  }
  return stack[0][1];
};

const isText = (it) => typeof it == "string";

const wordsOf = (token) => (isText(token) ? token : (token?.[1].join("") ?? ""));

// What a text says, without its marks.
const unmarked = (text) => {
  const all = [];
  const say = (node) => {
    if (!node || isText(node)) return node && all.push(node);
    const [tag, inside] = node;
    if (/^(p|li|pre|blockquote)$/.test(tag) && !/[\n ]$/.test(all.at(-1) ?? "")) all.push("\n");
    if (tag == "li") all.push("- ");
    inside.forEach(say);
  };
  blocks(text, 0).forEach(say);
  return all.join("").trim();
};

// Puts a bubble with what a text says into `place`. `words`: as for `file`.
export const marked = (place, text, words) => {
  const draw = (node) => {
    if (isText(node)) return node;
    const [tag, inside, value] = node;
    if (tag == "img") return picture(inside[0] || words.split("\n")[0], value, words);
    const all = inside.map(draw);
    if (tag == "a") return outward(value, all);
    // Each may be in a script of its own.
    return make(tag, { start: value, dir: { p: "auto", li: "auto", pre: "ltr" }[tag] }, all);
  };
  place.append(make("div", { class: "bubble marked", dir: "auto" }, blocks(text, 0).map(draw)));
};

// A picture in a text; a small one, when its address says how high it is
// (contract onechat 3.6). Where it may not be shown, a link leads to it or its
// name stands there.
const picture = (name, url, words) => {
  if (!isShown(url)) return isLink(url) ? outward(url, name) : make("span", {}, name);
  const height = +/cw_image_height=(\d{1,4})/.exec(url)?.[1];
  if (height)
    return make("img", {
      class: "in-text",
      loading: "lazy",
      referrerpolicy: "no-referrer",
      alt: name,
      height,
      src: url,
    });
  return file("image", url, name, "", 0, 0, words);
};

// ---- What a message asks and shows ----

// The parts of a message, see `Rich::parts` in the core's model.
const partsOf = (parts) => ({ items: [], answer: [], ...JSON.parse(parts || "{}") });

// The part that stands for this value, and what a person reads of that.
const itemOf = (items, value) => items.find((item) => (item.value ?? "") == value);
const nameOf = (items, value) => itemOf(items, value)?.title || value;

// What was answered under this name.
const answered = (answer, name) => answer.find(([it]) => it == name)?.[1];

const fill = (template, value) => template.replace(/{.*?}/, () => value);

// A message as plain text, in lines. `names`: those of its files, a line each.
// `words`: as for `ask`.
export const inPlain = (kind, text, names, parts, words) => {
  const { items, answer } = partsOf(parts);
  const lines = [unmarked(text), ...names.split("\n")];
  if (!answer.length) lines.push(...items.map(({ title }) => title));
  else if (kind == "rating") {
    const rating = answered(answer, "rating");
    lines.push(rating && fill(words.split("\n")[0], rating), answered(answer, "comment"));
  } else
    for (const [name, value] of answer)
      lines.push(kind == "form" ? nameOf(items, name) + ": " + value : name || value);
  return lines.filter(Boolean).join("\n");
};

// How long the other side takes ratings, in ms: 14 days (contract onechat 3.6).
const RATING = 1209600000;

// Puts what a message asks or shows into `place`, and gives the controls, which
// rest while an answer is under way: there is one answer at a time. `kind`,
// `text` and `parts` are those of `Rich` in the core's model, `at` is when it
// was written. `words`: `ASKING` of texts.rs. `tell` is told of an answer,
// `{answer, mistake}`, with the place where it stands what is wrong, and of a
// button that only the page hears of, `{text, payload}`.
export const ask = (place, key, kind, text, parts, at, words, tell) => {
  const { label, items, answer } = partsOf(parts);
  const [
    ofFive, yourAnswer, form, submit, choose, missing, noEmail, mismatch, articles, rate, noRating, comment, hint,
  ] = words.split("\n");
  const question = unmarked(text);
  const mistake = make("div", { class: "mistake", role: "alert" });
  const send = (answer) => tell({ answer: JSON.stringify(answer), mistake });
  let controls;

  const draw = {
    // A question with buttons, which go once it is answered.
    choices() {
      if (answer.length) {
        const [[title, value]] = answer;
        const intro = make("span", { class: "aside" }, yourAnswer);
        return make("div", { class: "chosen" }, icon(TICK), intro, make("bdi", {}, title || value));
      }
      const choices = items.map(({ title, value = "" }) => {
        const name = title || value;
        return button({ class: "choice", dir: "auto" }, name, () => send([[name, value]]));
      });
      const attributes = { class: "choices", part: "choices", role: "group", "aria-label": question };
      controls = make("fieldset", attributes, choices);
      return make("div", { class: "ask" }, controls, mistake);
    },

    // Cards: a picture, a title, a text, and what can be done about it.
    cards: () =>
      items.map(({ title, text, image, items = [] }) => {
        const words = [
          title && make("div", { class: "tile-title", dir: "auto" }, title),
          text && make("div", { class: "quiet", dir: "auto" }, text),
        ];
        const actions = items.map(({ title = "", value = "", url }) => {
          const attributes = { class: "tile-action", dir: "auto" };
          if (isLink(url)) return put(outward(url, title), attributes);
          // A button of which only the page hears.
          return !url && button(attributes, title, () => tell({ text: title, payload: value }));
        });
        return make(
          "article",
          { class: "tile", part: "card", "aria-label": title ?? "" },
          isShown(image) && tilePicture(image),
          make("div", { class: "tile-words" }, words),
          make("div", { class: "tile-actions" }, actions),
        );
      }),

    // A form: its fields, and what was filled in once it is sent.
    form() {
      const name = question || form;
      if (answer.length) {
        const lines = answer.flatMap(([name, value]) =>
          value
            ? [
                make("dt", { class: "quiet", dir: "auto" }, nameOf(items, name)),
                make("dd", { dir: "auto" }, nameOf(itemOf(items, name)?.items ?? [], value)),
              ]
            : [],
        );
        const attributes = { class: "answers", part: "form", role: "group", "aria-label": name };
        return make("div", attributes, make("dl", {}, lines));
      }
      const fields = items.map((item, index) =>
        field(item, "f" + key + "-" + index, choose, missing, noEmail, mismatch),
      );
      controls = make(
        "fieldset",
        { class: "entries", role: "presentation" },
        fields.map(([, , row]) => row),
        make("button", { class: "button", type: "submit" }, label || submit),
        mistake,
      );
      // The browser's own bubbles lie in its language and over the panel.
      const attributes = { class: "form", part: "form", "aria-label": name, novalidate: "" };
      const onsubmit = (event) => {
        event.preventDefault();
        // All are checked, and the first that is wrong has the focus.
        const [wrong] = fields.filter(([, isRight]) => !isRight());
        if (wrong) wrong[0].focus();
        else send(fields.map(([{ name, value }]) => [name, value]));
      };
      // Before its fields are in it, whose names hide the form's own properties.
      return hold(Object.assign(make("form", attributes), { onsubmit }), controls);
    },

    // Articles that may help: a list of links. One without its marks is none to
    // Safari.
    articles: () =>
      make(
        "ul",
        { class: "articles", part: "articles", role: "list", "aria-label": articles },
        items.map(({ title, text, url }) => {
          const name = title || url;
          const link = isLink(url) ? outward(url, name) : make("span", {}, name);
          return make("li", {}, put(link, { dir: "auto" }), text && make("div", { class: "quiet", dir: "auto" }, text));
        }),
      ),

    // "Rate this conversation": five faces or stars, and a comment.
    rating() {
      const isStar = label == "star";
      const isOver = answer.length || Date.now() - at > RATING;
      const given = answered(answer, "rating");
      const said = answered(answer, "comment");
      const attributes = {
        class: isStar ? "marks stars" : "marks",
        part: "rating",
        role: "radiogroup",
        "aria-label": rate,
        "aria-readonly": isOver ? "true" : null,
      };
      const marks = MOUTHS.map((mouth, index) => {
        const value = "" + (index + 1);
        const radio = make("input", {
          type: "radio",
          name: "r" + key,
          value,
          "aria-label": fill(ofFive, value),
          checked: value == given ? "" : null,
        });
        return make("label", { class: "mark" }, radio, icon(isStar ? STAR : FACE + mouth));
      });
      const group = make("div", attributes, marks);
      if (isOver)
        return make(
          "fieldset",
          { class: "rating given", disabled: "" },
          group,
          said && make("blockquote", { class: "comment", dir: "auto" }, said),
        );
      const field = make("textarea", {
        class: "input",
        rows: 2,
        dir: "auto",
        "aria-label": comment,
        placeholder: hint,
      });
      const rated = () => {
        const chosen = group.querySelector(":checked");
        if (chosen)
          send([
            ["rating", chosen.value],
            ["comment", field.value.trim()],
          ]);
        else mistake.textContent = noRating;
      };
      return (controls = make(
        "fieldset",
        { class: "rating", role: "presentation" },
        group,
        field,
        mistake,
        button({ class: "button" }, submit, rated),
      ));
    },
  };
  hold(place, draw[kind]());
  return controls;
};

// Its room stands there before it comes, and when it does not.
const tilePicture = (src) => {
  const image = make("img", { loading: "lazy", decoding: "async", referrerpolicy: "no-referrer", alt: "" });
  image.onerror = () => {
    image.hidden = true;
  };
  return make("div", { class: "tile-picture" }, put(image, { src }));
};

// A field of a form: its control, what says what is wrong with it and gives
// whether all is well, and both with their label.
const field = (item, id, choose, missing, noEmail, mismatch) => {
  const { title, text = "", value: name = "", kind, hint, pattern, error, required, items = [] } = item;
  const isSelect = kind == "select";
  const isLong = kind == "text_area";
  const isEmail = kind == "email";
  const options = isSelect && [
    make("option", { value: "" }, hint || choose),
    ...items.map(({ value = "" }) =>
      make("option", { value, selected: value == text ? "" : null }, nameOf(items, value)),
    ),
  ];
  const control = make(
    isSelect ? "select" : isLong ? "textarea" : "input",
    {
      class: "input",
      id,
      name,
      required: required ? "" : null,
      rows: isLong ? 3 : null,
      type: isEmail ? kind : isSelect || isLong ? null : "text",
      autocomplete: isEmail ? kind : null,
      placeholder: isSelect ? null : hint,
      dir: isSelect ? null : "auto",
    },
    options,
  );
  if (!isSelect) control.value = text;
  const mistake = make("div", { class: "mistake", id: id + "e" });
  const isRight = () => {
    const { value, validity } = control;
    let wrong;
    // The browser empties a field of a type when what stands in it is none.
    if (validity.typeMismatch) wrong = error || noEmail;
    else if (!value.trim()) wrong = required && missing;
    else if (pattern && !matches(value, pattern)) wrong = error || mismatch;
    mistake.textContent = wrong || "";
    put(control, {
      "aria-invalid": wrong ? "true" : null,
      "aria-describedby": wrong ? mistake.id : null,
    });
    return !wrong;
  };
  // What was wrong is looked at again, and not what is being written.
  control.oninput = () => control.hasAttribute("aria-invalid") && isRight();
  const star = required && make("span", { class: "star", "aria-hidden": "true" }, " *");
  const names = make("label", { for: id, dir: "auto" }, title || name, star);
  return [control, isRight, make("div", { class: "entry" }, names, control, mistake)];
};

// ---- The list of conversations ----

// From so many on they can be searched.
const MANY = 11;

// Puts the list into `place`. `words`: `LISTING` of texts.rs; `another`: what the
// button says that begins one, if there is one; `last`: the id of the one that
// was open last. `tell` is told the id of one to open, or nothing for another.
// Gives what draws the list: of each conversation
// `[id, title, last message, its time, unread]`, and how long ago each was.
export const listing = (place, words, formats, another, last, tell) => {
  const [
    name, unnamed, search, oneUnread, manyUnread, none, noneLine, noneFound, noneFoundLine,
  ] = words.split("\n");
  const field = make("input", {
    class: "input search",
    type: "search",
    dir: "auto",
    autocomplete: "off",
    "aria-label": search,
    placeholder: search,
  });
  const searching = make("div", { class: "search-place" }, field);
  // A list without its marks is none to Safari.
  const list = make("ul", { class: "rooms", part: "conversations", role: "list", "aria-label": name });
  const scroll = make("div", { class: "rooms-scroll" }, list);
  const entries = new Map();
  let rooms = [];
  let lack;

  // A conversation, as a button that opens it. Its nodes stay as long as the list.
  const entry = (id) => {
    const [about, when, news] = ["p", "q", "s"].map((part) => part + entries.size);
    const span = (name, attributes, ...inside) => make("span", { class: name, ...attributes }, inside);
    const avatar = make("div", { class: "avatar", "aria-hidden": "true" });
    const title = span("room-title", { dir: "auto" });
    const said = span("room-last quiet", { dir: "auto", id: about });
    const time = make("time", { class: "quiet", id: when });
    const unread = span("room-unread", { id: news });
    const lines = [span("room-line", {}, title, time), span("room-line", {}, said, unread)];
    const attributes = {
      class: "room",
      "aria-describedby": [about, when, news].join(" "),
      "data-last": id == last ? "" : null,
    };
    const open = button(attributes, [avatar, span("room-words", {}, ...lines)], () => tell(id));
    return {
      row: make("li", {}, open),
      draw([, called, words, at, count]) {
        const name = called || unnamed;
        put(open, { "aria-label": name, "data-unread": count ? "" : null });
        title.textContent = name;
        avatar.replaceChildren(called ? [...called][0] : icon(BUBBLE));
        said.textContent = words;
        put(time, { datetime: iso(at) }).textContent = ago(formats, at);
        // A number for the eye, a sentence for the ear.
        const sentence = count == 1 ? oneUnread : fill(manyUnread, count);
        unread.replaceChildren();
        if (count)
          hold(
            unread,
            span("pill", { "aria-hidden": "true" }, count > 99 ? "99+" : "" + count),
            span("aside", {}, sentence),
          );
      },
    };
  };

  const draw = () => {
    const isMany = rooms.length >= MANY;
    if (!isMany) searching.remove();
    else if (!searching.parentNode) place.prepend(searching);
    const query = isMany ? field.value : "";
    const found = rooms.filter(([, title, said]) => finds((title || unnamed) + "\n" + said, query));

    const rows = found.map((room) => {
      const [id] = room;
      if (!entries.has(id)) entries.set(id, entry(id));
      const { row, draw } = entries.get(id);
      draw(room);
      return row;
    });
    // What has the focus keeps it where it goes.
    const { activeElement } = list.getRootNode();
    for (const row of [...list.children]) if (!rows.includes(row)) row.remove();
    rows.forEach((row, index) => {
      const there = list.children[index];
      if (there != row) list.insertBefore(row, there ?? null);
    });
    if (list.contains(activeElement) && list.getRootNode().activeElement != activeElement)
      activeElement.focus({ preventScroll: true });

    // There are none, or none with what is looked for.
    put(list, { hidden: rows[0] ? null : "" });
    const lacks = rows[0] ? [] : rooms[0] ? [noneFound, noneFoundLine] : [none, noneLine];
    if (lacks[0] != lack) {
      [lack] = lacks;
      list.nextSibling?.remove();
      const lines = [make("div", { class: "greeting" }, lack), make("div", { class: "quiet" }, lacks[1])];
      if (lack) hold(scroll, make("div", { class: "nothing", role: "status" }, lines));
    }
  };
  field.oninput = draw;
  const start = another && button({ class: "button" }, another, () => tell());
  hold(place, scroll, start && make("div", { class: "rooms-start" }, start));
  return (all) => {
    rooms = all;
    draw();
  };
};

// ---- Signs ----

// Strokes on a field of 24, see icons.rs. A face without its mouth, and mouths
// from bad to good.
const CLOSE = "M6 6l12 12M18 6L6 18";
const FILE =
  "M13.5 3H7a1.5 1.5 0 0 0-1.5 1.5v15A1.5 1.5 0 0 0 7 21h10a1.5 1.5 0 0 0 1.5-1.5V8zM13.5 3v5h5";
const TICK = "M5 12.5l4.5 4.5L19 7.5";
const FACE = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9 9.5h.01M15 9.5h.01";
const BUBBLE =
  "M5 4.5h14a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-8L6.5 20v-3.5H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.5z";
const MOUTHS = [
  "M8 16.4a4.4 4.4 0 0 1 8 0",
  "M8.6 15.9a5.6 5.6 0 0 1 6.8 0",
  "M8.6 15.2h6.8",
  "M8.4 14.4a5.4 5.4 0 0 0 7.2 0",
  "M7.6 13.6a4.5 4.5 0 0 0 8.8 0z",
];
const STAR = "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z";

// An element of SVG.
const drawn = (tag, attributes, ...inside) =>
  hold(put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes), ...inside);

// A sign. The text beside it, or its button's name, says what it means.
export const icon = (d) => {
  const field = { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" };
  return drawn("svg", field, drawn("path", { d }));
};

// ---- Keys ----

// Whether another key is held than Shift, or an input method is composing (229
// is how Safari tells it).
export const isHeld = (event) =>
  event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.keyCode == 229;

// ---- The log ----

// So near to the end is at the end, and so near to the top earlier messages are
// asked for, in px.
const NEAR_END = 24;
const NEAR_TOP = 200;

// Room that the divider leaves above it, in px.
const ABOVE_DIVIDER = 56;

// The log's scrolling, its keys, and what the visitor has seen in it.
//
// It follows the end while it is at the end; otherwise what the visitor looks at
// stays where it is, whatever comes above or below. A `ResizeObserver` sees to
// that: it runs after layout and before paint, for new rows, loaded pictures and
// larger type alike, in browsers with and without scroll anchoring (which is
// switched off in CSS).
export class Log {
  // `tell` is told `true` when the log begins to follow its end and `false` when
  // it ceases to, the key of a message that was seen, and nothing near the top.
  // With `seen` somebody wants to know what was seen.
  constructor(log, list, seen, tell) {
    Object.assign(this, { log, list, tell, follows: true, top: 0, unseen: new Set() });
    this.sizes = new ResizeObserver(() => this.restore());
    this.sizes.observe(log);
    this.sizes.observe(list);
    log.onscroll = () => this.scrolled();
    log.onkeydown = (event) => this.step(event);
    log.addEventListener("focusin", ({ target }) => this.rove(target.closest(".message")));
    if (!seen) return;
    // In steps of a hundredth: so half a log is noticed in a message of fifty logs.
    const threshold = Array.from({ length: 101 }, (_, step) => step / 100);
    this.sight = new IntersectionObserver((entries) => this.look(entries), { threshold });
    this.life = new AbortController();
    const back = () => this.sift(true);
    window.addEventListener("focus", back, this.life);
    document.addEventListener("visibilitychange", back, this.life);
  }

  close() {
    this.tell = () => {};
    this.sizes.disconnect();
    this.sight?.disconnect();
    this.life?.abort();
    clearTimeout(this.opening);
  }

  // -- Scrolling --

  end() {
    return this.log.scrollHeight - this.log.clientHeight;
  }

  // The visitor, or one of us, has scrolled.
  scrolled() {
    const { scrollTop, clientHeight } = this.log;
    if (!clientHeight) return;
    // Content that has grown and is not yet restored is below the end, too, but
    // only a visitor scrolls up.
    const isAtEnd = this.end() - scrollTop <= NEAR_END || (this.follows && scrollTop >= this.top);
    this.top = scrollTop;
    if (!isAtEnd) {
      this.anchor = this.firstInSight();
      this.below = this.anchor?.offsetTop - scrollTop;
    }
    if (isAtEnd != this.follows) this.tell((this.follows = isAtEnd));
    this.near();
  }

  // Found by halving: messages lie below each other, and there may be many. A
  // message and not its row, whose separators come and go.
  firstInSight() {
    const message = (index) => this.list.children[index]?.lastElementChild;
    let [from, to] = [0, this.list.children.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const { offsetTop, offsetHeight } = message(middle);
      if (offsetTop + offsetHeight > this.log.scrollTop) to = middle;
      else from = middle + 1;
    }
    return message(from);
  }

  // Puts the log back to where it belongs after something changed its size.
  restore() {
    const { log, anchor } = this;
    if (!log.clientHeight) return;
    let top = log.scrollTop;
    if (this.follows) top = this.end();
    else if (anchor?.isConnected) top = anchor.offsetTop - this.below;
    // Setting it ends a scroll that is under way.
    if (top != log.scrollTop) log.scrollTop = top;
    this.top = log.scrollTop;
    this.near();
  }

  // Follows the end from now on, or does not.
  follow(follows) {
    if (follows == this.follows) return;
    this.follows = follows;
    this.restore();
  }

  // Tells if the top is near.
  near() {
    if (this.log.scrollTop < NEAR_TOP && this.log.clientHeight) this.tell();
  }

  // The panel is open, and its rows are about to be drawn. The unread divider is
  // shown if it lies above what the end shows.
  open(isDivided) {
    clearTimeout(this.opening);
    this.opening = setTimeout(() => {
      this.restore();
      const divider = isDivided && this.list.querySelector(".unread");
      const top = divider && divider.offsetTop - ABOVE_DIVIDER;
      if (divider && top < this.end()) {
        this.tell((this.follows = false));
        this.log.scrollTop = top;
        this.scrolled();
      }
      this.sift(true);
    });
  }

  // -- Keys --

  // Up and down between messages, Home and End to the first and the last.
  step(event) {
    const { log, list } = this;
    const here = event.target.closest(".message");
    // Keys in a film or on a button are theirs.
    if (event.target != (here ?? log) || isHeld(event)) return;
    const { firstElementChild: first, lastElementChild: last } = list;
    const { previousElementSibling: before, nextElementSibling: after } =
      here?.parentElement ?? { previousElementSibling: last, nextElementSibling: last };
    const line = { ArrowUp: before, ArrowDown: after, Home: first, End: last }[event.key];
    if (line === undefined) return;
    event.preventDefault();
    line?.querySelector(".message").focus();
  }

  // Lets the Tab key come back to this message, and to no other. A message is a
  // stop together with its menu's button.
  rove(message) {
    if (!message) return;
    const stop = (message, tabIndex) => {
      for (const it of [message, message?.querySelector(".more")]) if (it) it.tabIndex = tabIndex;
    };
    stop(this.list.querySelector(".message[tabindex='0']"), -1);
    stop(message, 0);
  }

  // -- What was seen --
  //
  // Of a message half, or as much of a long one as fills half the log, in an open
  // panel on a page that has the focus. Each is told once. When the visitor comes
  // back, what stands there unseen is told again: the server may not have heard
  // of it.

  // Watches a message until it is seen or gone.
  watch(message) {
    if (!this.sight) return;
    this.unseen.add(message);
    this.sight.observe(message);
  }

  // Lets go of messages that are seen or gone. What is observed `anew` is told
  // from what is in sight at the next frame.
  sift(anew) {
    for (const message of this.unseen) {
      const stays = message.isConnected && message.dataset.state == "received";
      if (anew || !stays) this.sight.unobserve(message);
      if (!stays) this.unseen.delete(message);
      else if (anew) this.sight.observe(message);
    }
  }

  look(entries) {
    this.sift();
    if (isHidden() || !document.hasFocus() || !this.log.closest("[data-open=true]")) return;
    for (const { target, intersectionRect } of entries) {
      const { height } = intersectionRect;
      const whole = Math.min(target.offsetHeight, this.log.clientHeight);
      if (height < 1 || height * 2 < whole || !this.unseen.has(target)) continue;
      this.sight.unobserve(target);
      this.tell(+target.dataset.key);
    }
  }
}

// ---- A message ----

// Puts what it says (`spot`, which holds `what`) and, for an own one, its tick
// into an article.
export const message = (key, author, by, what, spot, tick) => {
  const [who, said, when] = ["a", "b", "c"].map((part) => "m" + part + key);
  const word = tick && make("span", { class: "aside" });
  put(what, { class: "what", id: said });
  return make(
    "article",
    {
      class: "message",
      part: "message",
      tabindex: -1,
      "aria-labelledby": [who, said, when].join(" "),
      "data-key": key,
      "data-author": author,
    },
    make("span", { class: "aside", id: who }, by),
    make(
      "div",
      { class: "body" },
      spot,
      make("div", { class: "meta", id: when }, make("time", {}), tick, word),
    ),
  );
};

// Says what may change of it. `word` is for its state.
export const describe = (message, id, kind, state, at, formats, word) => {
  put(message, { "data-id": id, "data-kind": kind, "data-state": state });
  const [time, , aside] = message.querySelector(".meta").children;
  put(time, { datetime: iso(at) });
  time.textContent = formats.date(0, at);
  if (aside) aside.textContent = word;
};

// Over an own file: what calls its upload off, and once that has begun, how far it
// is. Before that a clock stands there.
export const upload = (isBegun, words, clock, cancel) => {
  const arc = () => drawn("path", { d: "M18 2a16 16 0 0 1 0 32a16 16 0 0 1 0-32", pathLength: 100 });
  const ring = { class: "ring", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 };
  return make(
    "div",
    { class: "upload" },
    isBegun && make("div", ring, drawn("svg", { viewBox: "0 0 36 36" }, arc(), arc())),
    button({ class: "stop", "aria-label": words }, icon(CLOSE), cancel),
    make("span", { class: "percent", "aria-hidden": "true" }, !isBegun && icon(clock)),
  );
};

export const advance = (upload, name, percent) => {
  const [ring, , number] = upload.children;
  put(ring, { "aria-label": name, "aria-valuenow": percent });
  put(ring.querySelector("path + path"), { "stroke-dasharray": percent + " 100" });
  number.textContent = percent + "%";
};

// ---- Menus ----

// Makes a menu of a button, with the keys that a menu has (WAI-ARIA menu
// button): arrows, Home, End, Escape; Tab and a click elsewhere close it. `tell`
// is given a list each time it opens, to be filled with the names of what there
// is; and the number of what is wanted.
export const menu = (opener, label, tell) => {
  let opened;
  const show = (isOpen) => put(opener, { "aria-expanded": isOpen });
  const remove = () => {
    const gone = opened;
    opened = undefined;
    gone?.remove();
    show(false);
  };
  const close = () => {
    opener.focus();
    remove();
  };
  const open = () => {
    const names = [];
    tell(names);
    const items = names.map((name, index) => {
      const run = () => {
        close();
        tell(index);
      };
      return button({ class: "menu-item", role: "menuitem", tabindex: -1 }, name, run);
    });
    opened = make("div", { class: "menu", role: "menu", id: "menu", "aria-label": label }, items);
    // The focus must not leave an item before its click arrives.
    opened.onmousedown = (event) => event.preventDefault();
    opened.onkeydown = (event) => {
      const { key, target } = event;
      const at = items.indexOf(target);
      const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[key];
      const ends = key == "Escape";
      if (ends || key == "Tab") close();
      // Other keys are the item's.
      else if (next == null) return;
      else items.at(next % items.length).focus();
      // The next Escape is for the panel.
      if (ends) event.stopPropagation();
      if (key != "Tab") event.preventDefault();
    };
    opened.addEventListener("focusout", ({ relatedTarget }) => {
      if (!opened?.contains(relatedTarget)) remove();
    });
    opener.after(opened);
    show(true);
    items[0]?.focus();
  };
  put(opener, { type: "button", "aria-label": label, "aria-haspopup": "menu" });
  // One menu is open at a time.
  put(opener, { "aria-controls": "menu" });
  show(false);
  opener.onclick = () => (opened ? close() : open());
  // An open menu would lose its focus first, and close, and be opened again by
  // the click.
  opener.onmousedown = (event) => {
    if (opened) event.preventDefault();
  };
  opener.onkeydown = (event) => {
    if (!/^Arrow(Down|Up)$/.test(event.key)) return;
    event.preventDefault();
    if (!opened) open();
  };
};

// ---- The panel ----

// To the composer; where there is none, to the list of conversations, or to the
// button that leads on.
const focusFirst = (panel) => {
  const field = panel.querySelector(".field");
  const ways = ".ended .button, .room, .rooms-start .button";
  (field.offsetParent ? field : (panel.querySelector(ways) ?? panel)).focus();
};

// Shows the panel, or hides it. It takes the focus when it is opened, if it is
// not a part of the page. While it is open the style sheet is told where the
// visible part of the page is: a phone's keyboard covers the page without
// resizing it. Gives what ends that.
export const showPanel = (panel, isOpen, isInline) => {
  const wasOpen = panel.dataset.open == "true";
  panel.dataset.open = isOpen;
  // A picture in full would stay over the page without a panel.
  if (!isOpen) panel.querySelector("dialog")?.close();
  const life = new AbortController();
  if (isOpen && !isInline) {
    const viewport = window.visualViewport;
    const measure = () => {
      panel.style.setProperty("--_visible-height", Math.trunc(viewport.height) + "px");
      panel.style.setProperty("--_visible-top", Math.trunc(viewport.offsetTop) + "px");
    };
    if (viewport) {
      measure();
      for (const name of ["resize", "scroll"]) viewport.addEventListener(name, measure, life);
    }
    if (!wasOpen) focusFirst(panel);
  }
  return () => life.abort();
};

// When the list of conversations comes or goes, a focus that was in what goes is
// not lost: from a conversation it goes to that one in the list, from there to
// what is first. To be called before anything is drawn that comes or goes.
export const keepFocus = (panel, isListing) => {
  if (!panel.matches(":focus-within")) return;
  queueMicrotask(() => {
    const find = (ways) => panel.querySelector(ways);
    if (!isListing) focusFirst(panel);
    else (find(".room[data-last]") ?? find(".room, .rooms-start .button") ?? panel).focus();
  });
};

// Lets the field grow with its text where CSS `field-sizing` is not known.
export const fit = (field) => {
  const { style } = field;
  if ("fieldSizing" in style) return;
  style.blockSize = "auto";
  style.blockSize = field.scrollHeight + "px";
};

// ---- How the visitor's files come in ----

// Makes a button open the browser's file picker. Gives the hidden input that the
// picker belongs to. `take` is given what is chosen.
export const picker = (opener, accept, isOne, take) => {
  const input = make("input", { type: "file", hidden: "", accept, multiple: isOne ? null : "" });
  opener.onclick = () => input.click();
  input.onchange = () => {
    const files = [...input.files];
    // The same file may be chosen again.
    input.value = "";
    if (files.length) take(files);
  };
  return input;
};

// Takes files that are pasted into the composer, or dropped anywhere on the
// panel while there is a composer.
export const takeFiles = (panel, words, take) => {
  const has = ({ types }, type) => [...types].includes(type);
  panel.addEventListener("paste", (event) => {
    const held = event.clipboardData;
    // Word processors and spreadsheets put a picture beside the text that was
    // copied: there the text is meant.
    const isText = !held || (has(held, "text/plain") && has(held, "text/html"));
    if (isText || !held.files.length || !event.target.matches(".field")) return;
    event.preventDefault();
    take([...held.files]);
  });
  const layer = make("div", { class: "drop" }, words);
  const carry = (event) => {
    const { type, dataTransfer, relatedTarget } = event;
    if (!dataTransfer || !has(dataTransfer, "Files")) return;
    // Without this the browser leaves the page to show the file; and what is
    // dropped here is not for the page around the panel.
    event.preventDefault();
    event.stopPropagation();
    const isDrop = type == "drop";
    const isWritable = !panel.querySelector(".composer").hidden;
    if (type == "dragleave") {
      if (!panel.contains(relatedTarget)) layer.remove();
    } else if (isDrop || !isWritable) layer.remove();
    else if (!layer.isConnected) panel.append(layer);
    if (isDrop && isWritable && dataTransfer.files.length) take([...dataTransfer.files]);
  };
  for (const name of ["dragenter", "dragover", "dragleave", "drop"])
    panel.addEventListener(name, carry);
};

// ---- Sockets ----

// Begins to connect. `heard` is told `true` when it is open, texts, and the code
// by which it was closed. Throws for a URL that the browser refuses at once.
export const connect = (url, protocols, heard) => {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => heard(true);
  socket.onmessage = ({ data }) => heard(typeof data == "string" ? data : "");
  // An `error` event says nothing and is always followed by `close`.
  socket.onclose = ({ code }) => heard(code);
  return socket;
};

// Closes it. Nothing is heard of it after this.
export const hangUp = (socket) => {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close(1000);
};

// ---- The page ----

const isHidden = () => document.visibilityState == "hidden";

// In the order of the core's `Page`.
const [ONLINE, OFFLINE, VISIBLE, HIDDEN, RESTORED, LEAVING] = [0, 1, 2, 3, 4, 5];

// `heard` is told of pages: what a session must know before it starts, where that is not the usual, and then what happens.
// Gives what ends that.
export const watchPage = (heard) => {
  const life = new AbortController();
  const tell = (target, name, read) => {
    const told = (event) => {
      const page = read(event);
      if (page != null) heard(page);
    };
    target.addEventListener(name, told, life);
  };
  const seen = () => (isHidden() ? HIDDEN : VISIBLE);
  tell(document, "visibilitychange", seen);
  tell(window, "online", () => ONLINE);
  tell(window, "offline", () => OFFLINE);
  tell(window, "pageshow", ({ persisted }) => (persisted ? RESTORED : null));
  tell(window, "pagehide", () => LEAVING);
  if (!navigator.onLine) heard(OFFLINE);
  if (isHidden()) heard(HIDDEN);
  return () => life.abort();
};

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

// ---- The page's side ----

// The loader's functions. What is told is JSON. One that is missing, or fails, does
// nothing.
export const emit = (hooks, name, detail) => attempt(() => hooks.emit(name, JSON.parse(detail)));
export const setState = (hooks, changes) => attempt(() => hooks.set(JSON.parse(changes)));
export const closePanel = (hooks) => hooks.close();

export const failure = (code, message) => Object.assign(Error(message), { code });

export const filesOf = (message) =>
  Array.from(message?.files ?? []).filter((file) => file instanceof File);

// Settings that the loader alone obeys, or that nothing reads yet: they leave the
// chat as it is.
const LIVE =
  /^(theme|colorScheme|position|offset|launcher|user|context|open|load|autoBoot|assetBase|nonce)$/;

export const upheaval = (next) => {
  const names = Object.keys(next).filter((name) => !LIVE.test(name));
  return !names.length ? 0 : names == "token" ? 1 : 2;
};

export const spend = (settings) => {
  delete settings.prefill;
};

// ---- Storage ----

// How long what is stored lives, as `Keep` in Rust: 0 until the browser
// forgets, 1 as long as the tab, 2 as long as the page.
const SESSION = 1;
const PAGE = 2;

// In the order of the core's `Slot`.
const SLOTS = ["conversation", "visitor", "outbox", "draft", "system"];
const OUTBOX = 2;
const DRAFT = 3;

const attempt = (act) => {
  try {
    return act();
  } catch {
    // Browsers refuse storages by throwing, at any touch.
  }
};

export const random = () => crypto.getRandomValues(new Uint32Array(1))[0];

const storageOf = (keep) =>
  attempt(() => (keep < PAGE ? window[keep ? "sessionStorage" : "localStorage"] : null));

// The texts of one widget, one a slot.
export class Store {
  constructor(keep, prefix, debug) {
    this.keep = keep;
    this.prefix = prefix;
    this.debug = debug;
    this.place = storageOf(keep);
    if (this.place) return;
    this.memory = [];
    if (keep < PAGE) this.moved("refused");
  }

  moved(why) {
    if (this.debug) console.debug("[concierge]", "storage", why + ": kept in memory");
  }

  key(slot) {
    return this.prefix + SLOTS[slot];
  }

  // Where a slot is, if not in memory.
  of(slot) {
    return ((slot == OUTBOX || slot == DRAFT) && this.apart) || this.place;
  }

  isShared() {
    return !this.keep && !this.memory;
  }

  keepApart() {
    if (this.isShared()) this.apart = storageOf(SESSION);
  }

  forgetTab() {
    for (const name of [SLOTS[OUTBOX], SLOTS[DRAFT], "device"])
      attempt(() => storageOf(SESSION).removeItem(this.prefix + name));
  }

  read(slot) {
    return this.memory
      ? this.memory[slot]
      : attempt(() => this.of(slot).getItem(this.key(slot)));
  }

  write(slot, text) {
    if (this.memory) {
      this.memory[slot] = text;
      return;
    }
    const [storage, key] = [this.of(slot), this.key(slot)];
    try {
      text == null ? storage.removeItem(key) : storage.setItem(key, text);
    } catch {
      if (text == null) return;
      this.moved("full");
      const texts = SLOTS.map((_, slot) => {
        const old = this.read(slot);
        this.write(slot);
        return old;
      });
      texts[slot] = text;
      this.memory = texts;
    }
  }

  database() {
    return this.keep || this.apart ? "" : this.key(OUTBOX);
  }
}

export const deviceId = (keep, prefix, fresh) => {
  const storage = keep < PAGE && storageOf(SESSION);
  const key = prefix + "device";
  const id = storage && attempt(() => storage.getItem(key));
  if (!id && storage) attempt(() => storage.setItem(key, fresh));
  return id || fresh;
};

export const isMuted = (keep, prefix) =>
  attempt(() => storageOf(keep).getItem(prefix + "muted")) != null;

export const setMuted = (keep, prefix, muted) =>
  attempt(() => {
    const storage = storageOf(keep);
    muted ? storage.setItem(prefix + "muted", 1) : storage.removeItem(prefix + "muted");
  });

// ---- Tabs ----

// The lock and the channel between the tabs of one browser.

// A tab from which the lock was taken may be busy for so long, in ms, and go on as
// if it led before it hears of that. After a longer pause it asks first: `PAUSE` in
// shell/mod.rs. What it does meanwhile is done when the next one begins.
const UNAWARE = 1000;

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
      if (steal) await new Promise((resolve) => setTimeout(resolve, UNAWARE));
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
