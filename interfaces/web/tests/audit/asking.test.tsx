import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { expect, onTestFinished, test } from "vitest";
import { useAnswer, type Asked } from "../../src/audit/asking";
import { until } from "../fake";

interface Question {
  key: string;
  signal: AbortSignal;
  answer(value: string): void;
  refuse(error: unknown): void;
}

const QUIET = 500;

/** Somebody who asks by what `show` sets. */
function asker() {
  const questions: Question[] = [];
  const root = createRoot(document.createElement("div"));
  onTestFinished(() => root.unmount());
  const seen: { asked?: Asked<string> } = {};
  const answers: (string | null)[] = [];
  function Asker({ name }: { name: string | null }) {
    seen.asked = useAnswer(
      name,
      (signal) =>
        new Promise((answer, refuse) => {
          questions.push({ key: name!, signal, answer, refuse });
        }),
      QUIET,
    );
    answers.push(seen.asked.answer);
    return null;
  }
  /** Shown at once, and a turn for whatever is due by then. */
  const show = async (name: string | null) => {
    flushSync(() => root.render(<Asker name={name} />));
    await new Promise((turn) => setTimeout(turn));
  };
  return { questions, seen, answers, show };
}

test("of many questions in a row the first and the last are asked", async () => {
  const { questions, seen, show } = asker();
  for (let n = 0; n <= 30; n++) await show(`${n}`);
  await until(() => expect(questions.map(({ key }) => key)).toEqual(["0", "30"]));
  questions[1]!.answer("thirty");
  await until(() => expect(seen.asked).toMatchObject({ answer: "thirty", current: true, error: null }));
});

test("a question that is no longer asked is given up, and its answer is not taken", async () => {
  const { questions, seen, answers, show } = asker();
  await show("old");
  await until(() => expect(questions.length).toBe(1));
  await show("new");
  await until(() => expect(questions.length).toBe(2));
  expect(questions[0]!.signal.aborted).toBe(true);
  questions[1]!.answer("newer");
  await until(() => expect(seen.asked?.answer).toBe("newer"));
  questions[0]!.answer("older");
  await show("newest");
  await until(() => expect(questions.length).toBe(3));
  questions[2]!.answer("newest");
  await until(() => expect(seen.asked?.answer).toBe("newest"));
  expect(answers).not.toContain("older");
});

test("what was answered stays until there is something newer, and says that it is old", async () => {
  const { questions, seen, show } = asker();
  await show("one");
  await until(() => expect(questions.length).toBe(1));
  questions[0]!.answer("1");
  await until(() => expect(seen.asked).toMatchObject({ answer: "1", current: true }));
  await show("two");
  await until(() => expect(seen.asked).toMatchObject({ answer: "1", current: false }));
});

test("what failed says so, and can be asked again", async () => {
  const { questions, seen, show } = asker();
  await show("one");
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
  const { questions, show } = asker();
  await show(null);
  await show("one");
  await until(() => expect(questions.map(({ key }) => key)).toEqual(["one"]));
});
