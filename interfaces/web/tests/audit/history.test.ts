import fc from "fast-check";
import { expect, test } from "vitest";
import { indexAt, indexAtInstant, messagesAt, NOTHING, strip, withEvents } from "../../src/audit/history";
import { event, read, said, started } from "./events";

const history = withEvents(NOTHING, [
  started(10),
  said(12, 1),
  read(13, "bob", 1),
  said(20, 2),
  event(21, "conversation.renamed", { title: "Autre" }),
]);

test.each([
  [9, -1],
  [10, 0],
  [11, 0],
  [12, 1],
  [19, 2],
  [20, 3],
  [999, 4],
])("position %i is the event of index %i", (position, index) => {
  expect(indexAt(history, position)).toBe(index);
});

test("an instant is the last event recorded at or before it", () => {
  const instant = (seconds: number) => Date.UTC(2026, 10, 23, 14, 0, seconds);
  expect([9, 10, 12.999, 13, 60].map((seconds) => indexAtInstant(history, instant(seconds)))).toEqual([-1, 0, 1, 2, 4]);
});

test("events that come in any pieces make the same history", () => {
  const cut = fc.array(fc.nat(history.events.length));
  fc.assert(
    fc.property(cut, (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), history.events.length];
      let made = NOTHING;
      let start = 0;
      for (const end of ends) {
        made = withEvents(made, history.events.slice(start, end));
        start = end;
      }
      expect(made).toEqual(history);
    }),
  );
});

test("the messages of a moment are those sent up to it", () => {
  const numbers = (position: number) => messagesAt(history, position).map(({ number }) => number);
  expect([11, 12, 13, 20, 99].map(numbers)).toEqual([[], [1], [1], [1, 2], [1, 2]]);
});

test("a message was sent when it was recorded, unless the source of an import says when", () => {
  const imported = said(30, 3);
  imported.data.sent_at = "2008-04-27T06:59:01.939000Z";
  const sent = withEvents(NOTHING, [said(29, 2), imported]).messages.map(({ sent_at }) => sent_at);
  expect(sent).toEqual(["2026-11-23T14:00:29.000Z", "2008-04-27T06:59:01.939000Z"]);
});

test("a strip has a column for each event where there is room, else the rarest of those that share one", () => {
  expect(strip(history, 240)).toEqual(["people", "said", "read", "said", "title"]);
  expect(strip(history, 2)).toEqual(["people", "title"]);
  expect(strip(NOTHING, 240)).toEqual([]);
});

test("ten thousand messages are cut at a moment in no time worth mentioning, and only once each", () => {
  const many = withEvents(
    NOTHING,
    Array.from({ length: 10_000 }, (_, index) => said(index + 1, index + 1)),
  );
  const before = messagesAt(many, 5_000);
  expect(before.length).toBe(5_000);
  expect(messagesAt(many, 5_001)[0]).toBe(before[0]); // so what is drawn of it need not be drawn again
});
