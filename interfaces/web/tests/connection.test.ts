import { expect, onTestFinished, test, vi } from "vitest";
import type { Summary } from "../src/protocol";
import { waits } from "../src/waits";
import { CHAT, conversation, Fake, message, summary, tab, until, type Tab } from "./fake";

async function connected(fake: Fake, ...given: [string?, (() => string)?]): Promise<Tab> {
  const alice = await tab(fake, ...given);
  await until(() => expect(alice.state().status).toBe("connected"));
  return alice;
}

async function watching(fake: Fake): Promise<Tab> {
  const alice = await connected(fake);
  alice.actions.open(CHAT);
  await until(() => expect(alice.state().rooms[CHAT]?.watch).toBe("watching"));
  return alice;
}

test("a list is fetched page by page, and live when it is complete", async () => {
  const fake = await Fake.start();
  fake.answers.sync = ({ payload }) => ({
    conversations: payload.since ? [summary()] : [],
    removed: [],
    cursor: payload.since ? "10" : "5",
    has_more: !payload.since,
  });
  const { state } = await connected(fake);
  expect(fake.named("sync")).toEqual([{}, { since: "5" }]);
  expect(state()).toMatchObject({ listReady: true, listCursor: "10", me: { name: "Alice" } });
});

test("a new connection goes on where the last one stood", async () => {
  const fake = await Fake.start();
  const { state } = await watching(fake);
  fake.push("new_message", { conversation_id: CHAT, message: message(2, { position: 12 }) });
  fake.push("conversation_updated", { conversation: summary({ last_number: 2, position: 12 }) });
  await until(() => expect(state().listCursor).toBe("12"));
  fake.answers.join_conversation = () => ({
    conversation: conversation({ last_number: 3, position: 13 }),
    messages: [message(3, { position: 13 })],
    cursor: "13",
    has_more: false,
  });
  fake.hangUp();
  await until(() => expect(fake.named("join_conversation")).toHaveLength(2));
  await until(() => expect(state().rooms[CHAT]?.messages).toHaveLength(3));
  expect(fake.named("sync").at(-1)).toEqual({ since: "12" });
  expect(fake.named("join_conversation").at(-1)).toEqual({ conversation_id: CHAT, since: "12" });
});

test("what the server sends right behind an answer is folded behind it", async () => {
  const fake = await Fake.start();
  const alice = await connected(fake);
  fake.answers.join_conversation = ({ socket }) => {
    const read = { conversation_id: CHAT, user_id: "bob", read_number: 1, read_at: "", position: 11 };
    setImmediate(() => socket.emit("messages_read", read));
    return { conversation: conversation(), messages: [message(1)], cursor: "10", has_more: false };
  };
  alice.actions.open(CHAT);
  await until(() => expect(alice.state().rooms[CHAT]?.cursor).toBe("11"));
  expect(alice.state().rooms[CHAT]?.participants[1]?.read_number).toBe(1);
});

test("where the log is another one, everything begins afresh", async () => {
  const fake = await Fake.start();
  const { state } = await watching(fake);
  fake.answers.sync = ({ payload }) =>
    payload.since
      ? { code: "conflict", message: "since: beyond the end of the log" }
      : { conversations: [summary({ title: "Another", position: 2 })], removed: [], cursor: "2", has_more: false };
  fake.answers.join_conversation = () => ({
    conversation: conversation({ title: "Another", position: 2 }),
    messages: [],
    cursor: "2",
    has_more: false,
  });
  fake.hangUp();
  await until(() => expect(state().conversations[CHAT]?.title).toBe("Another"));
  await until(() => expect(state().rooms[CHAT]?.watch).toBe("watching"));
  expect(fake.named("join_conversation").at(-1)).toEqual({ conversation_id: CHAT });
});

test("whoever has missed very much begins again at the end", async () => {
  const fake = await Fake.start();
  const { state } = await watching(fake);
  const far = conversation({ last_number: 1000, position: 1010 });
  fake.answers.join_conversation = ({ payload }) =>
    payload.since
      ? { conversation: far, messages: [message(2)], cursor: "11", has_more: true }
      : { conversation: far, messages: [message(1000, { message_id: "x" })], cursor: "1010", has_more: false };
  fake.hangUp();
  await until(() => expect(state().rooms[CHAT]?.messages.map((one) => one.number)).toEqual([1000]));
  expect(state().rooms[CHAT]).toMatchObject({ older: "more", cursor: "1010" });
});

test("what is not ours to see is shut", async () => {
  const fake = await Fake.start();
  const { actions, state } = await connected(fake);
  fake.answers.join_conversation = () => ({ code: "not_found", message: "no such conversation" });
  actions.open(CHAT);
  await until(() => expect(state().rooms[CHAT]).toBeUndefined());
});

test("a join that the server can't answer just now is asked again", async () => {
  const fake = await Fake.start();
  const { actions, state } = await connected(fake);
  fake.answers.join_conversation = () => {
    delete fake.answers.join_conversation;
    return { code: "unavailable", message: "the database is away" };
  };
  actions.open(CHAT);
  await until(() => expect(state().rooms[CHAT]?.watch).toBe("watching"));
});

test("a connection that answers nothing any more is given up", async () => {
  const fake = await Fake.start();
  const { actions, state } = await connected(fake);
  fake.answers.join_conversation = () => {
    delete fake.answers.join_conversation;
    return "nothing";
  };
  actions.open(CHAT);
  await until(() => expect(state().rooms[CHAT]?.watch).toBe("watching"));
  expect(fake.named("sync")).toHaveLength(2);
});

test("a refused token is replaced by another one", async () => {
  const fake = await Fake.start();
  fake.judge = (token) => (token === "old" ? { code: "token_expired", message: "expired" } : undefined);
  const tokens = ["old", "new"];
  const { state } = await connected(fake, undefined, () => tokens.shift() ?? "new");
  expect(state().detail.error).toBeNull();
});

test("a token that can't be replaced is said, and tried again", async () => {
  const fake = await Fake.start();
  fake.judge = () => ({ code: "invalid_token", message: "not a token" });
  const { state, actions } = await tab(fake);
  await until(() =>
    expect(state()).toMatchObject({ status: "disconnected", detail: { error: { code: "invalid_token" } } }),
  );
  fake.judge = () => undefined;
  actions.reconnect();
  await until(() => expect(state().status).toBe("connected"));
});

test.each([
  ["does not come", () => new Promise<string>(() => {})],
  ["can't be fetched", () => Promise.reject(new TypeError("Failed to fetch"))],
])("a token that %s is asked for again, and nobody is signed out", async (_, first) => {
  const warning = vi.spyOn(console, "warn").mockImplementation(() => {});
  onTestFinished(() => warning.mockRestore());
  const fake = await Fake.start();
  const tokens = [first, first, () => "token"];
  const { state } = await tab(fake, undefined, () => (tokens.shift() ?? (() => "token"))());
  await until(() => expect(state().detail.attempt).toBeGreaterThan(1));
  expect(state().detail.error).toBeNull();
  await until(() => expect(state().status).toBe("connected"));
  expect(warning).toHaveBeenCalledTimes(2);
});

test("an app that has no token to give says why", async () => {
  const warning = vi.spyOn(console, "warn").mockImplementation(() => {});
  onTestFinished(() => warning.mockRestore());
  const fake = await Fake.start();
  const over = { code: "token_expired", message: "signed out" };
  const { state } = await tab(fake, undefined, () => Promise.reject(over));
  await until(() => expect(state()).toMatchObject({ status: "disconnected", detail: { error: over } }));
});

function expiring(seconds: number): string {
  const now = Date.now() / 1000;
  return `x.${btoa(JSON.stringify({ sub: "alice", iat: now, exp: now + seconds }))}.x`;
}

test("a token is renewed before it ends, on the same connection", async () => {
  const fake = await Fake.start();
  await connected(fake, undefined, () => expiring(0.4));
  await until(() => expect(fake.named("authenticate").length).toBeGreaterThan(2));
  expect(fake.named("sync")).toHaveLength(1);
});

test("a token that could not be renewed is asked for once more before it ends", async () => {
  const warning = vi.spyOn(console, "warn").mockImplementation(() => {});
  onTestFinished(() => warning.mockRestore());
  const fake = await Fake.start();
  const fails = (): string => {
    throw new TypeError("Failed to fetch");
  };
  const tokens = [() => expiring(2), fails, () => "newer"];
  await connected(fake, undefined, () => (tokens.shift() ?? fails)());
  await until(() => expect(fake.named("authenticate")).toContainEqual({ token: "newer" }));
  expect(warning).toHaveBeenCalledTimes(1);
  expect(fake.named("sync")).toHaveLength(1);
});

test("an expired session is begun anew", async () => {
  const fake = await Fake.start();
  await connected(fake);
  fake.push("session_expired", { error: { code: "token_expired", message: "expired" } });
  fake.hangUp();
  await until(() => expect(fake.named("sync")).toHaveLength(2));
});

test("reading is at once on screen, and told to the server until it hears", async () => {
  const fake = await Fake.start();
  const { actions, state } = await watching(fake);
  let refusals = 2;
  fake.answers.mark_as_read = ({ payload }) =>
    refusals-- > 0
      ? { code: "rate_limited", message: "too many", retry_after: 0.01 }
      : { read_number: payload.number, unread_count: 0, position: 11 };
  actions.markRead(CHAT, 1);
  actions.markRead(CHAT, 1);
  expect(state().conversations[CHAT]?.unread_count).toBe(0);
  await until(() => expect(fake.named("mark_as_read")).toHaveLength(3));
});

function hide(hidden: boolean): void {
  Object.defineProperty(document, "visibilityState", { value: hidden ? "hidden" : "visible", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

test("what is not looked at for a while is left, and joined again from its cursor", async () => {
  const fake = await Fake.start();
  const away = waits.away;
  waits.away = 20;
  const { state } = await watching(fake);
  hide(true);
  await until(() => expect(fake.named("leave_conversation")).toEqual([{ conversation_id: CHAT }]));
  expect(state().rooms[CHAT]?.watch).toBe("left");
  hide(false);
  await until(() => expect(state().rooms[CHAT]?.watch).toBe("watching"));
  expect(fake.named("join_conversation").at(-1)).toEqual({ conversation_id: CHAT, since: "10" });
  waits.away = away;
});

test("a message of somebody else is news in one tab, and only where it is not on screen", async () => {
  const fake = await Fake.start();
  const one = await connected(fake, "twice");
  const other = await connected(fake, "twice");
  const told: string[] = [];
  for (const { actions } of [one, other])
    actions.onIncoming(({ conversation }) => told.push(conversation.last_message!.preview));
  fake.push("conversation_updated", { conversation: summary({ last_number: 2, unread_count: 2, position: 11 }) });
  await until(() => expect(told).toEqual(["number 2"]));
  one.actions.open(CHAT);
  await until(() => expect(one.state().rooms[CHAT]?.watch).toBe("watching"));
  fake.push("conversation_updated", { conversation: summary({ last_number: 3, unread_count: 3, position: 12 }) });
  await new Promise((later) => setTimeout(later, 100));
  expect(told).toEqual(["number 2"]);
});

test("news tells how many messages it is about, own ones and those read elsewhere aside", async () => {
  const fake = await Fake.start();
  const { actions } = await connected(fake);
  const told: number[] = [];
  actions.onIncoming(({ count }) => told.push(count));
  const pushed = (changes: Partial<Summary>) => fake.push("conversation_updated", { conversation: summary(changes) });
  pushed({ last_number: 4, unread_count: 4, position: 11 });
  await until(() => expect(told).toEqual([3]));
  pushed({ last_number: 9, read_number: 7, unread_count: 2, position: 12 });
  await until(() => expect(told).toEqual([3, 2]));
  fake.push("new_conversation", {
    conversation: summary({ conversation_id: "other", last_number: 5, read_number: 1 }),
  });
  await until(() => expect(told).toEqual([3, 2, 4]));
});
