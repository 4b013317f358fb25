import { expect, onTestFinished, test, vi } from "vitest";
import type { Outgoing } from "../src/state";
import { CHAT, Fake, message, somebody, tab, until, type Tab } from "./fake";

let numbers = 1;

/** What the server answers to a message: the next number, the same one where it is asked again. */
function taking(fake: Fake): Map<string, number> {
  const taken = new Map<string, number>();
  fake.answers.send_message = ({ payload: { message_id = "", body = "" } }) => {
    const number = taken.get(message_id) ?? (numbers += 1);
    taken.set(message_id, number);
    return { message: message(number, { message_id, body, sender_id: "alice" }), position: 9 + number };
  };
  return taken;
}

const bodies = ({ state }: Tab) => state().outbox.map((one: Outgoing) => `${one.body} ${one.phase}`);

test("a message is at once on screen, and then the server's", async () => {
  const fake = await Fake.start();
  const alice = await tab(fake);
  taking(fake);
  alice.actions.open(CHAT);
  await until(() => expect(alice.state().rooms[CHAT]?.watch).toBe("watching"));
  numbers = 1;
  alice.actions.send(CHAT, "Bonjour");
  expect(bodies(alice)).toEqual(["Bonjour waiting"]);
  await until(() => expect(alice.state().rooms[CHAT]?.messages.at(-1)?.body).toBe("Bonjour"));
  expect(bodies(alice)).toEqual([]);
});

test("messages go in order, each when the one before has arrived", async () => {
  const fake = await Fake.start();
  const alice = await tab(fake);
  let answer = () => {};
  taking(fake);
  const usual = fake.answers.send_message!;
  fake.answers.send_message = async (asked) => {
    await new Promise<void>((resolve) => (answer = resolve));
    return usual(asked);
  };
  for (const body of ["one", "two", "three"]) alice.actions.send(CHAT, body);
  for (const count of [1, 2, 3]) {
    await until(() => expect(fake.named("send_message")).toHaveLength(count));
    await until(() => expect(bodies(alice)[0]).toContain("sending"));
    answer();
  }
  await until(() => expect(bodies(alice)).toEqual([]));
  expect(fake.named("send_message").map((one) => one.body)).toEqual(["one", "two", "three"]);
});

test("what is written without a connection is sent when there is one, after a reload too", async () => {
  const fake = await Fake.start();
  taking(fake);
  const user_id = somebody();
  fake.judge = () => ({ code: "unavailable", message: "not now" });
  const before = await tab(fake, user_id);
  before.actions.send(CHAT, "one");
  before.actions.send(CHAT, "two");
  before.actions.draft(CHAT, "thr");
  await until(async () => expect(await before.connection.outbox.all()).toHaveLength(2));
  await before.connection.stop();
  const after = await tab(fake, user_id);
  expect(bodies(after)).toEqual(["one waiting", "two waiting"]);
  expect(after.state().drafts).toEqual({ [CHAT]: "thr" });
  fake.judge = () => undefined;
  await until(() => expect(bodies(after)).toEqual([]));
  expect(fake.named("send_message").map((one) => one.body)).toEqual(["one", "two"]);
});

test.each(["hang up", "nothing"] as const)(
  "a message whose ack is lost (%s) is asked again under its id",
  async (how) => {
    const fake = await Fake.start();
    const taken = taking(fake);
    const usual = fake.answers.send_message!;
    fake.answers.send_message = async (asked) => {
      fake.answers.send_message = usual;
      await usual(asked);
      return how;
    };
    const alice = await tab(fake);
    alice.actions.send(CHAT, "once");
    await until(() => expect(fake.named("send_message")).toHaveLength(2));
    await until(() => expect(bodies(alice)).toEqual([]));
    expect(taken.size).toBe(1);
  },
);

test("a rate is waited for", async () => {
  const fake = await Fake.start();
  taking(fake);
  const usual = fake.answers.send_message!;
  fake.answers.send_message = () => {
    fake.answers.send_message = usual;
    return { code: "rate_limited", message: "too many", retry_after: 0.1 };
  };
  const alice = await tab(fake);
  alice.actions.send(CHAT, "patience");
  await until(() => expect(fake.named("send_message")).toHaveLength(2));
  await until(() => expect(bodies(alice)).toEqual([]));
});

test("a refused message stays with its reason, in nobody's way, to be edited, retried or dropped", async () => {
  const fake = await Fake.start();
  taking(fake);
  const usual = fake.answers.send_message!;
  const refusal = { code: "invalid_payload", message: "body: at most 8000 characters" };
  fake.answers.send_message = (asked) => (asked.payload.body === "fine" ? usual(asked) : refusal);
  const alice = await tab(fake);
  for (const body of ["edited", "fine", "retried", "dropped"]) alice.actions.send(CHAT, body);
  await until(() => expect(bodies(alice)).toEqual(["edited refused", "retried refused", "dropped refused"]));
  const [edited, retried, dropped] = alice.state().outbox.map((one) => one.message_id);
  expect(alice.state().outbox[0]?.error).toEqual(refusal);
  alice.actions.draft(CHAT, "half a line");
  alice.actions.edit(edited!);
  expect(alice.state().drafts[CHAT]).toBe("edited\nhalf a line");
  alice.actions.drop(dropped!);
  fake.answers.send_message = usual;
  alice.actions.retry(retried!);
  await until(() => expect(bodies(alice)).toEqual([]));
  expect(fake.named("send_message").map((one) => one.body)).toEqual([
    "edited",
    "fine",
    "retried",
    "dropped",
    "retried",
  ]);
});

test("of two tabs one sends, and both show what comes of it", async () => {
  const fake = await Fake.start();
  taking(fake);
  const user_id = somebody();
  const one = await tab(fake, user_id);
  const other = await tab(fake, user_id);
  for (const { actions, state } of [one, other]) {
    actions.open(CHAT);
    await until(() => expect(state().rooms[CHAT]?.watch).toBe("watching"));
  }
  numbers = 1;
  one.actions.send(CHAT, "here");
  other.actions.send(CHAT, "there");
  for (const each of [one, other]) {
    await until(() => expect(each.state().rooms[CHAT]?.messages.map((sent) => sent.body)).toHaveLength(3));
    await until(() => expect(bodies(each)).toEqual([]));
  }
  expect(
    new Set(fake.asked.filter((asked) => asked.name === "send_message").map((asked) => asked.socket.id)).size,
  ).toBe(1);
});

test("when the tab that sends is closed, another goes on", async () => {
  const fake = await Fake.start();
  const user_id = somebody();
  fake.answers.send_message = () => "nothing";
  const one = await tab(fake, user_id);
  await until(() => expect(one.state().status).toBe("connected"));
  const other = await tab(fake, user_id);
  one.actions.send(CHAT, "on");
  await until(() => expect(fake.named("send_message")).toHaveLength(1));
  taking(fake);
  await one.connection.stop();
  await until(() => expect(fake.named("send_message")).toHaveLength(2));
  await until(() => expect(bodies(other)).toEqual([]));
});

/** A browser that fails at this, as if there were no room left; `mend` puts it right. */
function broken<Kind extends object>(kind: Kind, name: keyof Kind & string): { mend: () => void } {
  const failing = vi.spyOn(kind, name as never).mockImplementation((() => {
    throw new DOMException("no room left", "QuotaExceededError");
  }) as never);
  const warning = vi.spyOn(console, "warn").mockImplementation(() => {});
  onTestFinished(() => {
    expect(warning).toHaveBeenCalledWith("what is written will not survive a reload", expect.anything());
    failing.mockRestore();
    warning.mockRestore();
  });
  return { mend: () => failing.mockRestore() };
}

test.each([
  ["has no room left", () => broken(IDBObjectStore.prototype, "add")],
  ["has lost its database", () => broken(IDBTransaction.prototype, "objectStore")],
])("where the browser %s, what is written is sent all the same, and this is said", async (_, fail) => {
  const fake = await Fake.start();
  const taken = taking(fake);
  const alice = await tab(fake);
  const { mend } = fail();
  for (const body of ["one", "two"]) alice.actions.send(CHAT, body);
  await until(() => expect(taken.size).toBe(2));
  await until(() => expect(bodies(alice)).toEqual([]));
  expect(fake.named("send_message").map((one) => one.body)).toEqual(["one", "two"]);
  expect(alice.state().kept).toBe(false);
  mend();
  alice.actions.draft(CHAT, "kept again");
  await until(() => expect(alice.state().kept).toBe(true));
});

test("where the browser keeps nothing, this is said before anything is written", async () => {
  const fake = await Fake.start();
  taking(fake);
  broken(indexedDB, "open");
  const alice = await tab(fake);
  expect(alice.state().kept).toBe(false);
  alice.actions.send(CHAT, "one");
  await until(() => expect(fake.named("send_message")).toHaveLength(1));
  await until(() => expect(bodies(alice)).toEqual([]));
});

test("what could not be kept is sent by its own tab, after what was kept before it", async () => {
  const fake = await Fake.start();
  const taken = taking(fake);
  const user_id = somebody();
  fake.judge = () => ({ code: "unavailable", message: "not now" });
  await tab(fake, user_id); // it sends what is kept
  const other = await tab(fake, user_id);
  other.actions.send(CHAT, "kept");
  await until(async () => expect(await other.connection.outbox.next()).toBeDefined());
  const { mend } = broken(IDBObjectStore.prototype, "add");
  other.actions.send(CHAT, "not kept");
  await until(() => expect(other.state().kept).toBe(false));
  mend();
  other.actions.send(CHAT, "after it");
  fake.judge = () => undefined;
  await until(() => expect(taken.size).toBe(3));
  await until(() => expect(bodies(other)).toEqual([]));
  expect(fake.named("send_message").map((one) => one.body)).toEqual(["kept", "not kept", "after it"]);
});

test("what the database had told before it was lost is not lost with it", async () => {
  const fake = await Fake.start();
  taking(fake);
  fake.judge = () => ({ code: "unavailable", message: "not now" });
  const alice = await tab(fake);
  for (const body of ["one", "two", "three"]) alice.actions.send(CHAT, body);
  await alice.connection.retry(alice.state().outbox[2]!.message_id);
  broken(IDBTransaction.prototype, "objectStore");
  alice.actions.drop(alice.state().outbox[1]!.message_id);
  await until(() => expect(bodies(alice)).toEqual(["one waiting", "three waiting"]));
  fake.judge = () => undefined;
  await until(() => expect(bodies(alice)).toEqual([]));
  expect(fake.named("send_message").map((one) => one.body)).toEqual(["one", "three"]);
});

test("a refusal of what could not be kept can be mended, too", async () => {
  const fake = await Fake.start();
  taking(fake);
  const usual = fake.answers.send_message!;
  fake.answers.send_message = () => ({ code: "forbidden", message: "no" });
  broken(IDBObjectStore.prototype, "add");
  const alice = await tab(fake);
  alice.actions.send(CHAT, "one");
  await until(() => expect(bodies(alice)).toEqual(["one refused"]));
  fake.answers.send_message = usual;
  alice.actions.retry(alice.state().outbox[0]!.message_id);
  await until(() => expect(bodies(alice)).toEqual([]));
});

test("a database whose connection the browser has closed is opened again", async () => {
  const fake = await Fake.start();
  fake.judge = () => ({ code: "unavailable", message: "not now" });
  const alice = await tab(fake);
  await alice.connection.outbox.close();
  alice.actions.send(CHAT, "one");
  await until(async () => expect(await alice.connection.outbox.next()).toMatchObject({ body: "one" }));
  expect(alice.state().kept).toBe(true);
});
