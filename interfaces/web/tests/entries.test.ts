import { expect, test } from "vitest";
import type { Message, Participant } from "../src/protocol";
import type { Outgoing } from "../src/state";
import { placesOf, standing, type Entry } from "../src/views/entries";

function message(number: number, sender_id: string, sent_at: string): Message {
  const ids = { message_id: `m${number}`, conversation_id: "c" };
  return { ...ids, number, sender_id, sender_name: sender_id, body: "", sent_at, position: number };
}

function participant(user_id: string, read_number: number): Participant {
  return { user_id, name: user_id, role: "member", read_number, joined_at: "2026-11-01T00:00:00.000Z" };
}

const thread: Entry[] = [
  message(1, "alice", "2026-11-23T09:00:01.000Z"),
  message(2, "alice", "2026-11-23T09:00:59.000Z"),
  message(3, "alice", "2026-11-23T09:01:00.000Z"),
  message(4, "bob", "2026-11-23T09:01:10.000Z"),
  message(5, "bob", "2026-11-25T09:01:20.000Z"),
];

test("a group is one sender in one minute", () => {
  const groups = thread.map((_, index) => standing(thread, index, "alice"));
  expect(groups.map(({ first }) => first)).toEqual([true, false, true, true, true]);
  expect(groups.map(({ last }) => last)).toEqual([false, true, true, true, true]);
});

test("a voice is named when it is another one, or another day", () => {
  const groups = thread.map((_, index) => standing(thread, index, "alice"));
  expect(groups.map(({ newVoice }) => newVoice)).toEqual([true, false, false, true, true]);
  expect(groups.map(({ newDay }) => newDay)).toEqual([true, false, false, false, true]);
});

test("what is on its way out stands with one's own messages", () => {
  const written_at = "2026-11-25T09:01:30.000Z";
  const outgoing: Outgoing = { message_id: "o", conversation_id: "c", body: "", written_at, phase: "waiting" };
  expect(standing([...thread, outgoing], 5, "bob")).toMatchObject({ first: false, last: true });
  expect(standing([...thread, outgoing], 5, "alice")).toMatchObject({ first: true, newVoice: true });
});

test("read places are those of others, at messages that are here and not their own", () => {
  const people = [participant("alice", 5), participant("bob", 5), participant("claire", 3), participant("dora", 0)];
  const places = placesOf(people, thread.slice(1) as Message[], "alice");
  expect([...places].map(([number, there]) => [number, there.map(({ user_id }) => user_id)])).toEqual([
    [3, ["claire"]],
  ]);
});
