import { expect, test } from "vitest";
import { stepOf } from "../../src/audit/steps";

test.each([
  ["ArrowDown", 5, 6],
  ["ArrowUp", 5, 4],
  ["ArrowUp", 0, 0],
  ["ArrowDown", 99, 99],
  ["PageDown", 5, 15],
  ["PageUp", 5, 0],
  ["Home", 50, 0],
  ["End", 50, 99],
])("%s leads from %i of a hundred to %i", (key, from, to) => {
  expect(stepOf(key, from, 100)).toBe(to);
});

test("other keys lead nowhere", () => {
  expect(stepOf("Enter", 5, 100)).toBeNull();
});
