import { expect, test } from "vitest";
import { standing } from "../../src/audit/badge";
import type { Verification } from "../../src/protocol";

const none: Verification = {
  running: false,
  size: null,
  root: null,
  checkpoint: null,
  verified_at: null,
  fits: null,
  first_problem: null,
  failure: null,
};

test.each([
  [null, "unknown"],
  [none, "never"],
  [{ ...none, running: true }, "running"],
  [{ ...none, fits: true }, "fits"],
  [{ ...none, fits: false }, "broken"],
  [{ ...none, fits: false, running: true }, "broken"],
] as const)("%# a badge says how the last verification came out", (verification, stands) => {
  expect(standing(verification)).toBe(stands);
});
