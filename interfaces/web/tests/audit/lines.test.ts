import fc from "fast-check";
import { expect, test } from "vitest";
import { lines } from "../../src/audit/lines";

const told = [{ n: 1, body: "é€🙂\\n" }, { n: 2 }, { n: 3, body: "" }];
const bytes = new TextEncoder().encode(told.map((one) => JSON.stringify(one) + "\n").join(""));

function stream(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      chunks.forEach((chunk) => controller.enqueue(chunk));
      controller.close();
    },
  });
}

async function all(body: ReadableStream<Uint8Array>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const some of lines(body)) found.push(...some);
  return found;
}

test("lines are the same wherever the network cuts them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
      const ends = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = ends.slice(1).map((end, index) => bytes.slice(ends[index], end));
      expect(await all(stream(...chunks))).toEqual(told);
    }),
  );
});

test("a line that was cut off is no line", async () => {
  await expect(all(stream(bytes.slice(0, -4)))).rejects.toThrow(SyntaxError);
});

test("the first lines are there before the last have come", async () => {
  let more: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (more = controller) });
  const coming = lines(body);
  more!.enqueue(bytes.slice(0, -4));
  expect((await coming.next()).value).toEqual(told.slice(0, 2));
  more!.enqueue(bytes.slice(-4));
  more!.close();
  expect((await coming.next()).value).toEqual(told.slice(2));
});

test("who wants no more ends the stream", async () => {
  let ended = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes),
    cancel: () => void (ended = true),
  });
  for await (const _ of lines(body)) break;
  expect(ended).toBe(true);
});
