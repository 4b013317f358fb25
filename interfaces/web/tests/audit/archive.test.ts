import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { Archive } from "../../src/audit/archive";
import { Lost, Refused } from "../../src/refusal";
import { until } from "../fake";

const never = new AbortController().signal;

/** A server that answers each request by `answer`; what it was asked, and whom it turned away. */
async function serving(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const asked: IncomingMessage[] = [];
  const closed: Refused[] = [];
  const server = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*"); // the tests' page is of another origin
    response.setHeader("Access-Control-Allow-Headers", "Authorization, Audit-Reason");
    if (request.method === "OPTIONS") {
      response.end();
      return;
    }
    asked.push(request);
    answer(response, request);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const native = globalThis.fetch;
  vi.stubGlobal("fetch", (path: string, options: RequestInit) => native(new URL(path, origin), options));
  onTestFinished(() => void vi.unstubAllGlobals());
  const archive = (reason = "Plainte nº 411") => new Archive("the.to.ken", reason, (error) => closed.push(error));
  return { asked, closed, archive };
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

test("each question brings the token and the reason, and neither is in the address", async () => {
  const { asked, archive } = await serving((response) => json(response, { conversations: [] }));
  expect(await archive().find("hiver & été", never)).toEqual([]);
  expect(asked[0]!.url).toBe("/api/audit/conversations?q=hiver+%26+%C3%A9t%C3%A9");
  expect(asked[0]!.headers.authorization).toBe("Bearer the.to.ken");
  expect(asked[0]!.headers["audit-reason"]).toBe("Plainte%20n%C2%BA%20411");
});

test("without a reason none is told", async () => {
  const { asked, archive } = await serving((response) => json(response, { fits: null }));
  await archive("").verification(never);
  expect(asked[0]!.headers["audit-reason"]).toBeUndefined();
});

test("a verification is asked for, and read", async () => {
  const { asked, archive } = await serving((response) => json(response, { fits: null }));
  await archive().verification(never);
  await archive().verify(never);
  expect(asked.map(({ method, url }) => [method, url])).toEqual([
    ["GET", "/api/audit/verification"],
    ["POST", "/api/audit/verification"],
  ]);
});

test("a moment is asked for by position, with or without somebody's eyes", async () => {
  const { asked, archive } = await serving((response) => json(response, {}));
  await archive().replay("id", { at: 7, user_id: null }, never);
  await archive().replay("id", { at: 7, user_id: "bob" }, never);
  expect(asked.map(({ url }) => url)).toEqual([
    "/api/audit/conversations/id/replay?at=7&limit=200",
    "/api/audit/conversations/id/replay?at=7&user_id=bob&limit=200",
  ]);
});

test.each([
  [403, "forbidden", 1],
  [401, "token_expired", 1],
  [404, "not_found", 0],
  [503, "unavailable", 0],
] as const)("%i is a refusal; whether it closes the door is told apart", async (status, code, count) => {
  const { closed, archive } = await serving((response) => json(response, { code, detail: "no" }, status));
  await expect(archive().find("x", never)).rejects.toMatchObject({ code });
  expect(closed.map((error) => error.code)).toEqual(Array(count).fill(code));
});

test("a history is read as it comes", async () => {
  const { archive } = await serving((response) => response.end('{"position":1}\n{"position":2}\n'));
  const found: number[] = [];
  for await (const events of archive().history("id", 0, never)) found.push(...events.map(({ position }) => position));
  expect(found).toEqual([1, 2]);
});

test("a history that breaks off is lost, and is asked for from where it ended", async () => {
  const { asked, archive } = await serving((response) => {
    response.writeHead(200, { "Content-Length": "1000" });
    response.write('{"position":1}\n', () => response.destroy());
  });
  const read = async (after: number) => {
    for await (const _ of archive().history("id", after, never));
  };
  await expect(read(0)).rejects.toThrow(Lost);
  await expect(read(1)).rejects.toThrow(Lost);
  expect(asked.map(({ url }) => url)).toEqual([
    "/api/audit/conversations/id/history",
    "/api/audit/conversations/id/history?after=1",
  ]);
});

test("a bundle tells how much of it has come", async () => {
  const { asked, archive } = await serving((response) => response.end("x".repeat(100_000)));
  const told: number[] = [];
  const bundle = await archive().bundle({ conversation_id: "id", to: 7 }, (bytes) => told.push(bytes), never);
  expect(bundle.size).toBe(100_000);
  expect(told.at(-1)).toBe(100_000);
  expect(asked[0]!.url).toBe("/api/audit/export?conversation_id=id&to=7");
});

test("who gives up hears so", async () => {
  const { asked, archive } = await serving(() => {});
  const given = new AbortController();
  const coming = archive().find("x", given.signal);
  coming.catch(() => {}); // looked at below
  await until(() => expect(asked.length).toBe(1));
  given.abort();
  await expect(coming).rejects.toMatchObject({ name: "AbortError" });
});
