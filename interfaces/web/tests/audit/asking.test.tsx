import { createRoot } from "react-dom/client";
import { expect, onTestFinished, test, vi } from "vitest";
import { useAnswer, type Asked } from "../../src/audit/asking";
import { until } from "../fake";

interface Question {
  key: string;
  signal: AbortSignal;
  answer(value: string): void;
  refuse(error: unknown): void;
}

const QUIET = 30;

/** Somebody who asks by what `show` sets. */
function asker() {
  const questions: Question[] = [];
  const root = createRoot(document.createElement("div"));
  onTestFinished(() => root.unmount());
  const seen: { asked?: Asked<string> } = {};
  function Asker({ name }: { name: string | null }) {
    seen.asked = useAnswer(
      name,
      (signal) =>
        new Promise((answer, refuse) => {
          questions.push({ key: name!, signal, answer, refuse });
        }),
      QUIET,
    );
    return null;
  }
  return { questions, seen, show: (name: string | null) => root.render(<Asker name={name} />) };
}

test("of many questions in a row the first and the last are asked", async () => {
  const { questions, seen, show } = asker();
  for (let n = 0; n <= 100; n++) show(`${n}`);
  await until(() => expect(questions.at(-1)?.key).toBe("100"));
  expect(questions.length).toBeLessThanOrEqual(2);
  questions.at(-1)!.answer("hundred");
  await until(() => expect(seen.asked).toMatchObject({ answer: "hundred", current: true, error: null }));
});

test("a question that is no longer asked is given up, and its answer is not taken", async () => {
  const { questions, seen, show } = asker();
  show("old");
  await until(() => expect(questions.length).toBe(1));
  show("new");
  await until(() => expect(questions.length).toBe(2));
  expect(questions[0]!.signal.aborted).toBe(true);
  questions[1]!.answer("newer");
  await until(() => expect(seen.asked?.answer).toBe("newer"));
  questions[0]!.answer("older");
  await Promise.resolve();
  expect(seen.asked?.answer).toBe("newer");
});

test("what was answered stays until there is something newer, and says that it is old", async () => {
  const { questions, seen, show } = asker();
  show("one");
  await until(() => expect(questions.length).toBe(1));
  questions[0]!.answer("1");
  await until(() => expect(seen.asked).toMatchObject({ answer: "1", current: true }));
  show("two");
  await until(() => expect(seen.asked).toMatchObject({ answer: "1", current: false }));
});

test("what failed says so, and can be asked again", async () => {
  const { questions, seen, show } = asker();
  show("one");
  await until(() => expect(questions.length).toBe(1));
  questions[0]!.refuse("no");
  await until(() => expect(seen.asked).toMatchObject({ answer: null, current: true, error: "no" }));
  seen.asked!.again();
  await until(() => expect(questions.length).toBe(2));
  await until(() => expect(seen.asked?.error).toBeNull());
  questions[1]!.answer("yes");
  await until(() => expect(seen.asked).toMatchObject({ answer: "yes", error: null }));
});

test("nothing is asked for nothing", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { questions, show } = asker();
  show(null);
  await vi.advanceTimersByTimeAsync(10 * QUIET);
  expect(questions).toEqual([]);
});
