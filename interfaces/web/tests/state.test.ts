import { expect, test } from "vitest";
import { initial, reduce, type Action, type Outgoing, type State } from "../src/state";
import { CHAT, conversation, message, summary, TIME } from "./fake";

const me = { user_id: "alice", name: "Alice" };
const outgoing: Outgoing = { message_id: "x", conversation_id: CHAT, body: "…", written_at: TIME, phase: "sending" };

function after(...actions: Action[]): State {
  return actions.reduce(reduce, { ...initial, me });
}

const joined: Action = {
  type: "joined",
  since: null,
  answer: { conversation: conversation(), messages: [message(1)], cursor: "10", has_more: false },
};
const opened: Action[] = [{ type: "opened", conversation_id: CHAT }, joined];
const synced: Action = {
  type: "synced",
  answer: { conversations: [summary()], removed: [], cursor: "10", has_more: false },
};

function came(number: number, position = 9 + number): Action {
  return { type: "new_message", conversation_id: CHAT, message: message(number, { position }) };
}

const numbers = (state: State) => state.rooms[CHAT]?.messages.map((one) => one.number);

test("messages stand by number, each once", () => {
  expect(numbers(after(...opened, came(2), came(2), came(1), came(3)))).toEqual([1, 2, 3]);
});

test("what comes beyond a gap waits until it is filled", () => {
  const gap = after(...opened, came(4), came(3));
  expect(numbers(gap)).toEqual([1]);
  expect(numbers(reduce(gap, { type: "missing", conversation_id: CHAT, messages: [message(2), message(3)] }))).toEqual([
    1, 2, 3, 4,
  ]);
});

test("an older page goes before what is held, and only where it fits", () => {
  const messages = [1, 2, 3].map((number) => message(number));
  const late: Action = { ...joined, answer: { ...joined.answer, messages: [message(4)] } };
  const state = after({ type: "opened", conversation_id: CHAT }, late, { type: "loading", conversation_id: CHAT });
  expect(state.rooms[CHAT]?.older).toBe("loading");
  const whole = reduce(state, { type: "older", conversation_id: CHAT, messages });
  expect(numbers(whole)).toEqual([1, 2, 3, 4]);
  expect(whole.rooms[CHAT]?.older).toBe("none");
  const apart = reduce(state, { type: "older", conversation_id: CHAT, messages: messages.slice(0, 2) });
  expect(numbers(apart)).toEqual([4]);
  expect(apart.rooms[CHAT]?.older).toBe("more");
});

test("a push moves a cursor only once this connection's answer was complete", () => {
  const push: Action = { type: "conversation_updated", conversation: summary({ position: 20 }) };
  const page: Action = { ...synced, answer: { ...synced.answer, has_more: true } };
  expect(after(page, push).listCursor).toBe("10");
  expect(after(synced, push).listCursor).toBe("20");
  expect(after(synced, { type: "lost" }, push).listCursor).toBe("10");
  expect(after(...opened, came(2)).rooms[CHAT]?.cursor).toBe("11");
  expect(after(...opened, { type: "lost" }, came(2)).rooms[CHAT]?.cursor).toBe("10");
});

test("state of a lower position than the one held is ignored", () => {
  const newer = summary({ title: "newer", position: 12 });
  const old = summary({ title: "old", position: 11 });
  const state = after(
    { type: "conversation_updated", conversation: newer },
    { ...synced, answer: { ...synced.answer, conversations: [old] } },
  );
  expect(state.conversations[CHAT]?.title).toBe("newer");
});

test("people who left before what is held are not taken back", () => {
  const people: Action = {
    type: "participants_changed",
    conversation_id: CHAT,
    added: [],
    removed: ["bob"],
    owner_id: "alice",
    position: 12,
  };
  const state = after(synced, ...opened, people, { type: "changed", conversation: conversation({ position: 11 }) });
  expect(state.rooms[CHAT]?.participants.map((one) => one.user_id)).toEqual(["alice"]);
});

test("a message moves its sender's read place", () => {
  expect(after(...opened, came(2)).rooms[CHAT]?.participants[1]?.read_number).toBe(2);
});

test("an own read place is ahead of the server's until that catches up", () => {
  const late: Action = {
    type: "conversation_updated",
    conversation: summary({ last_number: 2, unread_count: 2, position: 11 }),
  };
  const state = after(synced, ...opened, { type: "read", conversation_id: CHAT, number: 1 }, late);
  expect(state.conversations[CHAT]).toMatchObject({ read_number: 1, unread_count: 1 });
  expect(state.rooms[CHAT]?.participants[0]?.read_number).toBe(1);
});

test("a removal takes a conversation away, unless one was added again since", () => {
  const gone = (position: number): Action => ({ type: "conversation_removed", conversation_id: CHAT, position });
  expect(after(synced, ...opened, gone(11))).toMatchObject({ conversations: {}, rooms: {}, listCursor: "11" });
  const again: Action = { type: "new_conversation", conversation: summary({ position: 12 }) };
  expect(after(synced, again, gone(11)).conversations).toHaveProperty(CHAT);
  const removed: Action = { ...synced, answer: { conversations: [], removed: [CHAT], cursor: "11", has_more: false } };
  expect(after(synced, ...opened, removed)).toMatchObject({ conversations: {}, rooms: {} });
});

test("the answer to a change is no news of a conversation that one is no longer in", () => {
  expect(after({ type: "changed", conversation: conversation() }).conversations).toEqual({});
  expect(after({ type: "started", conversation: conversation() }).conversations).toEqual({ [CHAT]: summary() });
});

test("what is written leaves the outbox when it stands among the messages, by push or by ack", () => {
  const mine = message(2, { message_id: "x", sender_id: "alice" });
  const written: Action = { type: "written", outgoing };
  expect(after(...opened, written).outbox).toEqual([outgoing]);
  for (const action of [
    { type: "sent", message: mine },
    { type: "new_message", conversation_id: CHAT, message: mine },
  ] as Action[]) {
    expect(after(...opened, written, action).outbox).toEqual([]);
  }
  expect(after(written, { type: "sent", message: mine }).outbox).toEqual([]);
});

test("an acknowledged message is shown as written while one before it is missing", () => {
  const sent: Action = { type: "sent", message: message(3, { message_id: "x", sender_id: "alice" }) };
  const state = after(...opened, { type: "written", outgoing }, sent, { type: "outbox", outbox: [] });
  expect(state.outbox).toEqual([outgoing]);
  expect(reduce(state, came(2)).outbox).toEqual([]);
});

test("a closed conversation keeps its end, to go on from there", () => {
  const messages = Array.from({ length: 300 }, (_, place) => message(place + 1, { message_id: String(place) }));
  const long: Action = { ...joined, answer: { ...joined.answer, messages } };
  const { rooms } = after({ type: "opened", conversation_id: CHAT }, long, { type: "closed", conversation_id: CHAT });
  expect(rooms[CHAT]).toMatchObject({ watch: "left", older: "more", cursor: "10" });
  expect(rooms[CHAT]?.messages.map((one) => one.number).slice(-1)).toEqual([300]);
});
