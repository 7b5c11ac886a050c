// The public ActionCable client against the local server: it subscribes to a
// contact's stream, says that it is there, and prints what it hears, a line of
// JSON an event, until a message comes.
//
// node --experimental-websocket client.mjs <node_modules> <cable URL> <token>

import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, url, token] = process.argv.slice(2);
const { adapters, createConsumer } = createRequire(join(modules, "/"))("@rails/actioncable");

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

adapters.WebSocket = globalThis.WebSocket;
// The client watches whether its page is visible; here is none.
globalThis.addEventListener = () => {};
globalThis.removeEventListener = () => {};
globalThis.document = { visibilityState: "visible" };

const consumer = createConsumer(url);
const room = { channel: "RoomChannel", pubsub_token: token };
const subscription = consumer.subscriptions.create(room, {
  connected() {
    say({ connected: true });
    subscription.perform("update_presence");
  },
  rejected() {
    say({ rejected: true });
    consumer.disconnect();
  },
  received({ event, data }) {
    say({ event, content: data.content ?? null });
    if (event === "message.created") consumer.disconnect();
  },
});
