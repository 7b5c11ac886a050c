// The loader: all that a page view of a site pays for. It draws the launcher,
// keeps `window.Concierge` as a callable queue, checks the settings, and
// fetches the app when the visitor shows intent. What speaks to a server is in
// the app.
//
// In order: settings, the app's files, drawing, one element's life (`start`),
// `window.Concierge`. The build replaces `__APP__`, the name that the app's files share.
(() => {
  const TAG = "concierge-chat";
  const script = document.currentScript;
  const stub = window.Concierge;
  if (stub?.boot) return;

  // ---- Settings ------------------------------------------------------------

  const isText = (value) => value.match;
  // The settings of a kind, what a value must be, and whether one is it; a
  // choice says so by itself.
  const KINDS = [
    [
      "socketUrl apiUrl uploadProxyUrl contactUrl assetBase",
      "a URL",
      (value) => value.match?.(/^(https?|wss?|mailto|tel):|^[./]/),
    ],
    [
      "title greeting locale deviceId inbox conversation agentId recipientId memberId role tokenPrefix attachmentMode nonce",
      "text",
      isText,
    ],
    ["open inline autoBoot sound notifications debug", "true or false", (value) => value === !!value],
    ["theme user contact context", "an object", (value) => typeof value == "object" && !value.slice],
    ["offset", "{x, y} in pixels", (value) => value.x >= 0 && value.y >= 0],
    ["token", "text or a function", (value) => value.match || value.call],
    ["accept", "a list", (value) => value.slice],
    ["maxFileSize", "a number", (value) => value > 1 && !value.match],
    [
      "launcher",
      "a CSS selector or false",
      // A selector that is none throws.
      (value) => value === false || (value.match && value != "false" && [document.querySelector(value)]),
    ],
    ["backend", "concierge or onechat or voipbin or onesmile"],
    ["colorScheme", "light or dark or auto"],
    ["position", "right or left"],
    ["storage", "persistent or session or none"],
    ["load", "click or idle or eager"],
    ["uploadMode", "direct or proxy or off"],
    ["chatApi", "legacy or talk"],
  ];

  const has = (list, item) => list.split(/ or | /).includes(item);
  const kebab = (name) => name.replace(/[A-Z]/g, "-$&").toLowerCase();

  // Takes what is known and well-typed. Attributes are texts: one that is not
  // right as a text is read as JSON, and an empty one is `true`. Values are
  // never printed, for one of them is the token.
  const accept = (given, fromAttributes) => {
    const good = {};
    for (const name in given) {
      let value = given[name];
      if (value == null) continue;
      const [, kind, test] = KINDS.find(([names]) => has(names, name)) || [];
      const fits = () => {
        try {
          return test ? test(value) : has(kind, value);
        } catch {}
      };
      if (fromAttributes && !fits())
        try {
          value = value === "" || JSON.parse(value);
        } catch {}
      if (fits()) good[name] = value;
      else console.error(`Concierge: setting "${name}" ${kind ? "must be " + kind : "is unknown"}`);
    }
    return good;
  };

  // ---- The app's files -----------------------------------------------------

  // Promises by the URL that the files have in common: of [module, response,
  // response]; and, with a `#` behind it, of [running module, style sheet].
  let files = {};
  let tries = "";

  const anew = (error) => {
    files = {};
    tries += "?";
    throw error;
  };
  // Fetches and nothing else. The answers are kept here, so that loading makes
  // no second request whatever the server says about caching. Some browsers
  // remember a module that failed, so the next try has another name: one `?` more.
  const prefetch = (app) => {
    const name = (ending) => app + "." + ending + tries;
    const get = async (ending) => {
      const response = await fetch(name(ending));
      if (!response.ok) throw Error(response.url);
      return response;
    };
    return (files[app] ||= Promise.all([import(name("js")), get("wasm"), get("css")]).catch(anew));
  };
  const load = (app) =>
    (files[app + "#"] ||= prefetch(app).then(async ([module, wasm, css]) => {
      await module.default({ module_or_path: wasm }).catch(anew);
      return [module, sheetOf(await css.text())];
    }));

  // ---- Drawing -------------------------------------------------------------

  // The app lives in the same shadow root: every rule names its element.
  const CSS =
    ":host{all:initial;position:fixed;z-index:var(--concierge-z-index,2147483000);inset-block-end:calc(var(--concierge-offset-y) + env(safe-area-inset-bottom));inset-inline-end:var(--i);--i:calc(var(--concierge-offset-x) + env(safe-area-inset-right));--a:var(--concierge-accent,light-dark(#0b6b5e,#2fa08f));color-scheme:light dark;font:15px system-ui}" +
    ":host([data-color-scheme=dark]){color-scheme:dark}" +
    ":host([data-color-scheme=light]){color-scheme:light}" +
    ":host([data-position=left]){inset-inline:var(--i) auto}" +
    ":host([inline]){position:relative;inset:auto;z-index:auto;display:block;height:100%}" +
    ":host([hidden]),[hidden]{display:none!important}" +
    ".l{all:unset;display:grid;place-items:center;width:54px;height:54px;border:1px solid #0000;border-radius:50%;background:var(--a);color:var(--concierge-on-accent);box-shadow:0 4px 16px #0004;cursor:pointer}" +
    ".l:focus-visible{outline:2px solid var(--a);outline-offset:2px}" +
    ".i{width:24px;height:24px;scale:1.08;fill:currentColor;stroke:currentColor;stroke-width:2;stroke-linejoin:round}" +
    ".p{position:fixed;inset:inherit;margin-bottom:68px;width:min(342px,100vw - 82px);padding:20px;border:1px solid #8883;border-radius:16px;background:var(--concierge-surface,Canvas);color:var(--concierge-text,CanvasText);box-shadow:0 4px 16px #0004}" +
    ":host([data-open]) .p{height:min(598px,100dvh - 154px)}" +
    ".x{float:inline-end;border:0;background:none;color:inherit}" +
    ".a{height:100%}";

  const sheetOf = (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  };
  const el = (tag, properties, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };
  const icon = (d) => {
    const [svg, path] = ["svg", "path"].map((tag) =>
      document.createElementNS("http://www.w3.org/2000/svg", tag),
    );
    path.setAttribute("d", d);
    svg.setAttribute("class", "i");
    svg.append(path);
    return svg;
  };
  const CROSS = "M6 6l12 12M18 6L6 18";
  const BUBBLE = "M4 5h16v11h-8l-5 4v-4H4z";

  // ---- One element's life --------------------------------------------------

  let main; // the element that `Concierge` addresses
  let mine; // the element that the page has not placed
  const before = () => ({
    ready: false,
    open: false,
    visible: true,
    unread: 0,
    connection: { status: "idle", reason: "none" },
    conversationId: null,
  });

  const start = (host) => {
    if (!common || host.stop) return;
    const own = {};
    for (const [names] of KINDS)
      for (const name of names.split(" ")) own[name] = host.getAttribute(kebab(name));
    const settings = {
      backend: "concierge",
      launcher: "default",
      offset: { x: 20, y: 20 },
      ...common,
      ...accept(own, true),
    };
    const state = before();
    const root = host.shadowRoot || host.attachShadow({ mode: "open" });
    const theme = sheetOf(":host{}");
    const badge = el("span", { part: "badge" });
    const launcher = el("button", { part: "launcher", className: "l" });
    const place = el("div", { className: "a" }); // the app's
    const ending = new AbortController();
    const { signal } = ending;
    let card; // the panel that stands in for the app's
    let opener, mounting, widget, wired;

    const mark = (name, value) => host[value ? "setAttribute" : "removeAttribute"](name, value);
    const set = (changes) => {
      const { open, unread } = Object.assign(state, changes);
      const news = unread ? ", " + unread + (unread > 1 ? " unread messages" : " unread message") : "";
      for (const name of ["ready", "open", "unread"]) mark("data-" + name, state[name]);
      mark("data-connection", state.connection.status);
      mark("hidden", !state.visible);
      launcher.ariaExpanded = open;
      launcher.ariaLabel = open ? "Close chat" : "Open chat" + news;
      badge.textContent = unread;
      badge.hidden = open || !unread;
      launcher.replaceChildren(icon(open ? CROSS : BUBBLE), badge);
    };

    // The page hears of it later, so that neither the app nor a caller is
    // re-entered by a listener.
    const emit = (name, detail = {}) =>
      queueMicrotask(() => {
        if (signal.aborted) return;
        host.dispatchEvent(new CustomEvent("concierge:" + name, { detail, bubbles: true }));
        if (main == host)
          for (const heard of handlers[name] || []) queueMicrotask(() => heard(detail));
      });

    const look = () => {
      const { style } = theme.cssRules[0];
      const looks = {
        offsetX: settings.offset.x + "px",
        offsetY: settings.offset.y + "px",
        // White or black, whichever is the more readable on the accent: at
        // L* 49.4 they are equal.
        onAccent: "lab(from var(--a) calc((49.4 - l)*999) 0 0)",
        ...settings.theme,
      };
      style.cssText = "";
      for (const name in looks)
        style.setProperty("--concierge-" + kebab(name), looks[name]);
      mark("data-color-scheme", settings.colorScheme);
      mark("data-position", settings.position);
      launcher.hidden = settings.inline || settings.launcher != "default";
      if (launcher.hidden && settings.launcher && !wired) {
        wired = true;
        wire(document);
      }
    };

    // The stand-in: while the app loads, and when it cannot.
    const clear = () => {
      card = card?.remove();
    };
    const say = (sentence, about) => {
      const words = el("div", about);
      const href = about.part && settings.contactUrl;
      clear();
      card = el("div", {
        part: "panel",
        role: "dialog",
        className: "p",
        ariaLabel: settings.title || "Chat",
        onkeydown: escape,
      });
      if (!settings.inline)
        card.append(
          el("button", { part: "close", className: "x", ariaLabel: "Close chat", onclick: close }, icon(CROSS)),
        );
      card.append(words);
      place.before(card);
      // An alert speaks when its words arrive, not when it is born with them.
      words.append(sentence);
      if (href) words.append(" ", el("a", { href, target: "_blank" }, "Contact us"));
    };

    const fail = (code, message, recoverable = false) => {
      console.error("Concierge: " + message);
      emit("error", { code, message, recoverable });
    };
    const missing = () =>
      settings.backend == "concierge" &&
      ["socketUrl", "token"].filter((name) => !settings[name]).join(", ");
    const lack = () => "setting missing: " + missing();
    const regret = () =>
      say(
        missing() == "token"
          ? "Please sign in to chat."
          : "Chat is not available.",
        { part: "error", role: "alert" },
      );

    // `import` and `fetch` understand a relative URL differently.
    // Each chat system has files of its own.
    const app = () =>
      new URL((settings.assetBase || home).replace(/\/?$/, "/__APP__-" + settings.backend), document.baseURI).href;
    const mount = () => {
      if (missing()) throw Error(lack());
      return (mounting ||= load(app())
        .then(([module, sheet]) => {
          if (signal.aborted) return;
          root.adoptedStyleSheets = [frame, sheet, theme];
          widget = module.mount(place, settings, { emit, set, close: () => queueMicrotask(close) });
          if (!state.open) return;
          widget.setOpen(true);
          // The app's panel fades in above the stand-in.
          card.part = card.role = "";
          setTimeout(clear, 200);
        })
        .catch((error) => {
          const asked = state.open;
          mounting = 0;
          close();
          // All browsers name the policy that forbids WebAssembly.
          if (/CSP|-eval/.test(error)) {
            error.code = "wasm-blocked";
            error.message += " (wasm-unsafe-eval)";
          }
          fail(error.code || "load-failed", error.message, !error.code);
          if (asked) regret();
          throw error;
        }));
    };

    const open = async () => {
      if (missing()) regret();
      else if (!state.open) {
        opener = launcher.hidden ? document.activeElement : launcher;
        set({ open: true });
        emit("open");
        if (widget) clear(widget.setOpen(true));
        else say("Connecting…", { role: "status" });
      }
      return mount();
    };
    const close = () => {
      const inside = root.activeElement && root.activeElement != launcher;
      clear();
      if (!state.open) return;
      set({ open: false });
      emit("close");
      widget?.setOpen(false);
      if (inside) opener.focus();
    };
    const toggle = () => (state.open ? close() : open());
    // It must not return `false`, which would take all other keys away.
    const escape = (event) => {
      if (event.key == "Escape" && !settings.inline) close();
    };

    const wire = (node) => {
      const heard = (event) => {
        if (node == document && !event.target.closest?.(settings.launcher)) return;
        if (event.type != "click") return missing() || settle(() => prefetch(app()));
        event.preventDefault();
        settle(toggle);
      };
      for (const type of ["pointerover", "focusin", "click"])
        node.addEventListener(type, heard, { signal });
    };

    const update = (next) => {
      next = accept(next);
      Object.assign(settings, next);
      look();
      // What the panel regrets may be over.
      if (card && !state.open) {
        clear();
        if (settings.inline) settle(open);
      }
      return widget?.call("update", [next]);
    };
    const calls = {
      open,
      close,
      update,
      toggle,
      show: () => set({ visible: true }),
      hide: () => set({ visible: false }),
      logout() {
        close();
        delete settings.token;
        widget?.call("logout", []);
        forget();
      },
      prefill(words) {
        settings.prefill = words;
        widget?.call("prefill", [words]);
      },
    };

    main ||= host;
    host.state = state;
    host.call = (name, ...args) => {
      // Calls that set a setting are named after it, but for `login`.
      const setting = name == "login" ? "token" : /^set/.test(name) && name[3].toLowerCase() + name.slice(4);
      if (setting) return update({ [setting]: args[0] });
      return calls[name] ? calls[name](...args) : mount().then(() => widget.call(name, args));
    };
    host.stop = () => {
      ending.abort();
      widget?.free();
      set(before());
      root.replaceChildren();
      host.stop = null;
      if (host == mine) host.remove();
      if (host == main) main = 0;
    };

    root.adoptedStyleSheets = [frame, theme];
    root.append(place, launcher);
    launcher.onkeydown = escape;
    look();
    wire(launcher);
    set({ ready: true });
    emit("ready");
    if (missing()) fail("missing-setting", lack());
    if (settings.open || settings.inline) settle(open);
    else if (!missing()) {
      const go = () => signal.aborted || settle(mount);
      if (settings.load == "eager") go();
      else if (settings.load == "idle" || (settings.storage != "none" && kept(/^concierge:\w+:(conv|outb)/)[0]))
        (window.requestIdleCallback || setTimeout)(go);
    }
  };

  // ---- What is kept in the browser -----------------------------------------

  // Touching a store throws where the visitor forbids it.
  const kept = (form) =>
    ["localStorage", "sessionStorage"].flatMap((store) => {
      try {
        return Object.keys(window[store]).filter((key) => form.test(key));
      } catch {
        return [];
      }
    });
  const forget = () => {
    const keys = kept(/^concierge:\w+:/);
    for (const key of keys) {
      delete localStorage[key];
      delete sessionStorage[key];
    }
    // The files of the messages in the outbox are in a database of its name.
    for (const key of keys) indexedDB.deleteDatabase(key);
  };

  // ---- window.Concierge ----------------------------------------------------

  const home = new URL(".", script?.src || location).href;
  const frame = sheetOf(CSS);
  const fromScript = accept(script?.dataset, true);
  let common; // the settings of all elements, once there are any
  let given; // what `boot` was called with, once it was
  let handlers = {};
  let tellReady;

  // Runs a call and answers with a promise whose failure needs no listener,
  // for most pages call and forget.
  const settle = (run) => {
    const promise = (async () => run())();
    promise.catch(() => {});
    return promise;
  };

  // The page may place elements anywhere in its text, so this waits for its end.
  const begin = () => {
    if (!given || main) return;
    common = { ...fromScript, ...accept(window.conciergeSettings), ...given };
    const placed = document.querySelectorAll(TAG);
    placed.forEach(start);
    if (!main) document.body.append((mine = el(TAG)));
    tellReady();
  };

  const end = () => {
    document.querySelectorAll(TAG).forEach((host) => host.stop?.());
    common = given = 0;
    Concierge.ready = new Promise((resolve) => (tellReady = resolve));
  };

  const api = {
    boot(settings) {
      if (main) return Concierge("update", settings);
      given = { ...given, ...accept(settings) };
      if (document.readyState != "loading") begin();
      else addEventListener("DOMContentLoaded", begin, { once: true });
      return Concierge.ready;
    },
    shutdown: () => settle(() => (main?.call("logout"), end(), forget())),
    destroy: () =>
      settle(() => {
        clearTimeout(auto);
        handlers = {};
        end();
      }),
    // A promise that carries the state too: it reads with and without waiting.
    getState() {
      const state = { ...(main?.state || before()) };
      return Object.assign(Promise.resolve(state), state);
    },
    on(event, heard) {
      (handlers[event] ||= new Set()).add(heard);
      return () => api.off(event, heard);
    },
    off: (event, heard) => handlers[event]?.delete(heard),
  };
  const Concierge = (name, ...args) =>
    api[name]
      ? api[name](...args)
      : settle(() => {
          if (name == "ready") return Concierge.ready;
          if (!Concierge[name]) throw Error(`Concierge has no call "${name}"`);
          if (main) return main.call(name, ...args);
          return Concierge.ready.then(() => Concierge(name, ...args));
        });
  // The names of all other calls are the element's business, see `host.call`.
  for (const name of "update open close toggle show hide login logout sendMessage prefill startConversation openConversation endConversation setUser setContext setLocale setColorScheme setTheme".split(
    " ",
  ))
    Concierge[name] = (...args) => Concierge(name, ...args);
  Object.assign(Concierge, api);
  window.Concierge = Concierge;
  end();

  customElements.define(
    TAG,
    class extends HTMLElement {
      connectedCallback() {
        start(this);
      }
      disconnectedCallback() {
        // One that was only moved is connected again by now.
        this.isConnected || this.stop?.();
      }
    },
  );

  for (const args of stub?.q || []) Concierge(...args);
  // In a task of its own, so that the script's `onload` comes before it.
  const auto = setTimeout(
    () => ({ ...fromScript, ...window.conciergeSettings }).autoBoot === false || api.boot(),
  );
})();
