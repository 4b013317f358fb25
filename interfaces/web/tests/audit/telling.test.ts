import { expect, test } from "vitest";
import { namesOf, unnamed } from "../../src/audit/names";
import { told } from "../../src/audit/telling";
import { fixed } from "../../src/audit/words/words";
import type { Replay } from "../../src/protocol";
import { event, read, said, started } from "./events";

const PEOPLE: Record<string, string> = { alice: "Alice", bob: "Bob", chloe: "Chloé" };
const names = (user_id: string) => PEOPLE[user_id] ?? user_id;
const french = { names, t: fixed("fr"), language: "fr" } as const;
const english = { names, t: fixed("en"), language: "en" } as const;

test.each([
  [started(1), "Alice opens the conversation with Bob", "Alice ouvre la conversation avec Bob"],
  [said(2, 1, "Bonjour"), "Alice: Bonjour", "Alice\u00a0: Bonjour"],
  [read(3, "bob", 1), "Bob has read up to message 1", "Bob a lu jusqu’au message 1"],
  [
    event(4, "conversation.participants-added", { user_ids: ["chloe", "dora"] }),
    "Alice adds Chloé and dora",
    "Alice ajoute Chloé et dora",
  ],
  [
    event(5, "conversation.participants-added", { user_ids: ["chloe"] }, null),
    "Chloé joins the conversation",
    "Chloé rejoint la conversation",
  ],
  [event(6, "conversation.participant-removed", { user_id: "bob" }), "Alice removes Bob", "Alice retire Bob"],
  [
    event(7, "conversation.participant-removed", { user_id: "alice" }),
    "Alice leaves the conversation",
    "Alice quitte la conversation",
  ],
  [event(8, "conversation.owner-changed", { owner_id: "bob" }), "Bob becomes the owner", "Bob devient propriétaire"],
  [
    event(9, "conversation.renamed", { title: "Hiver" }, "bob"),
    "Bob gives the title “Hiver”",
    "Bob donne le titre «\u00a0Hiver\u00a0»",
  ],
  [event(10, "timeline.message-pinned", {}), "timeline.message-pinned", "timeline.message-pinned"],
])("an event is told in words: %#", (one, inEnglish, inFrench) => {
  expect(told(one, english)).toBe(inEnglish);
  expect(told(one, french)).toBe(inFrench);
});

test("of many people a few are named", () => {
  const added = event(1, "conversation.participants-added", { user_ids: ["a", "b", "c", "d", "e"] });
  expect(told(added, english)).toBe("Alice adds a, b, c, and +2");
});

test("people are called as the answer has it, else by their identifier", () => {
  const replay = {
    messages: [{ sender_id: "gone", sender_name: "Gone" }],
    conversation: { participants: [{ user_id: "bob", name: "Bob" }] },
  } as unknown as Replay;
  expect(["gone", "bob", "nobody"].map(namesOf(replay))).toEqual(["Gone", "Bob", "nobody"]);
  expect(namesOf(null)).toBe(unnamed);
});
