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
