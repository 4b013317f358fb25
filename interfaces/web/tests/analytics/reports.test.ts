import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isForbidden, isSignedOut, Reports } from "../../src/analytics/reports";

type Answer = { status: number; body: object } | "hang up";

const SPAN = { from: "2026-11-01", to: "2026-11-21", by: "week" } as const;
const whole = new AbortController().signal;

/** A server that says what it is told to, when it is let, and keeps what it was asked. */
let asked: { path: string; token: string }[];
let answers: Answer[];
let held: (() => void)[] | null;

function answered(answer: Answer): Response {
  if (answer === "hang up") throw new TypeError("the connection was closed");
  const kind = answer.status === 200 ? "application/json" : "application/problem+json";
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers: { "Content-Type": kind } });
}

async function fakeFetch(path: string, { headers }: { headers: { Authorization: string } }): Promise<Response> {
  asked.push({ path, token: headers.Authorization });
  const answer = answers.shift() ?? { status: 200, body: { rows: [] } };
  if (held) await new Promise<void>((letGo) => held!.push(letGo));
  return answered(answer);
}

beforeEach(() => {
  [asked, answers, held] = [[], [], null];
  vi.stubGlobal("fetch", fakeFetch);
});
afterEach(() => void vi.unstubAllGlobals());

function refusal(status: number, code: string, more = {}): Answer {
  return { status, body: { type: "about:blank", title: code, status, code, detail: "no", ...more } };
}

test("a report is asked for by its days and steps, with the token", async () => {
  answers = [{ status: 200, body: { rows: [{ message_count: 1 }] } }];
  const report = await new Reports("abc").report("activity", SPAN, whole);
  expect(report.rows).toEqual([{ message_count: 1 }]);
  expect(asked).toEqual([
    { path: "/api/analytics/activity?from=2026-11-01&to=2026-11-21&by=week", token: "Bearer abc" },
  ]);
});

test("what passes by itself is asked again, what does not is told", async () => {
  answers = [refusal(503, "unavailable"), refusal(429, "rate_limited", { retry_after: 0 })];
  await new Reports("abc").contents(whole);
  expect(asked).toHaveLength(3);
  for (const [status, code] of [
    [403, "forbidden"],
    [401, "token_expired"],
    [422, "invalid_payload"],
    [500, "internal"],
  ] as const) {
    asked = [];
    answers = [refusal(status, code)];
    const error: unknown = await new Reports("abc").contents(whole).catch((error: unknown) => error);
    expect(error).toMatchObject({ code });
    expect(isForbidden(error)).toBe(code === "forbidden");
    expect(isSignedOut(error)).toBe(code === "token_expired");
    expect(asked).toHaveLength(1);
  }
});

test("patience ends", async () => {
  answers = Array.from({ length: 9 }, () => refusal(503, "unavailable"));
  await expect(new Reports("abc").contents(whole)).rejects.toMatchObject({ code: "unavailable" });
  expect(asked).toHaveLength(4);
});

test("no answer is said to be none", async () => {
  answers = ["hang up"];
  await expect(new Reports("abc").contents(whole)).rejects.toMatchObject({ name: "Lost" });
});

test("two are asked at once, the others in turn, and what nobody wants any more not at all", async () => {
  held = [];
  const reports = new Reports("abc");
  const leaving = new AbortController();
  const names = ["activity", "hours", "growth", "unread"] as const;
  const coming = names.map((name) => reports.report(name, SPAN, name === "growth" ? leaving.signal : whole));
  const ended = Promise.allSettled(coming);
  await vi.waitFor(() => expect(held).toHaveLength(2));
  leaving.abort();
  held.shift()!();
  await vi.waitFor(() =>
    expect(asked.map(({ path }) => path.split(/[/?]/)[3])).toEqual(["activity", "hours", "unread"]),
  );
  held.forEach((respond) => respond());
  held = null;
  expect((await ended).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
});
