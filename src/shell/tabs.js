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
      await this.heardOf().catch(() => {});
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

const PATIENCE = 150; // ms

// The ids that this page has.
const own = new Set();

// `heard` is told whether another page has this id. If not, this one has it from now on. Two
// that ask at once both hear yes.
export const taken = (id, heard) =>
  new Promise((resolve) => {
    if (!id || own.has(id)) return resolve(false);
    const channel = new BroadcastChannel("concierge:device:" + id);
    const timer = setTimeout(() => resolve(!own.add(id)), PATIENCE);
    channel.onmessage = ({ data }) => {
      if (!data) return channel.postMessage(true);
      if (own.has(id)) return;
      clearTimeout(timer);
      channel.close();
      resolve(true);
    };
    channel.postMessage(false);
  }).then(heard);
