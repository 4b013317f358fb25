import fc from "fast-check";
import { expect, test } from "vitest";
import type { Joined, Message, Synced } from "../src/protocol";
import type { Action, Outgoing } from "../src/state";
import { Store } from "../src/store";
import { World, type Event } from "./world";

const ME = "me";
const PEOPLE = [ME, "bob", "zoe"];
const GROUPS = ["a", "b", "c", "d"];

type Frame =
  | { type: "action"; action: Action }
  | { type: "synced"; answer: Synced }
  | { type: "joined"; id: string; turn: symbol; since: string | null; answer: Joined | null };

/** A client and its connection: what the server sends arrives in order, some time later, or never. */
class Stage {
  readonly world = new World();
  readonly store = new Store({ me: { user_id: ME, name: ME } });
  readonly open = new Set<string>();
  readonly #turns = new Map<string, symbol>();
  #requests: (() => void)[] = [];
  #wire: Frame[] = [];
  #connected = false;
  #pushed = 0;
  #watched = new Set<string>();

  constructor() {
    this.store.subscribe((_, before) => {
      for (const [id, one] of Object.entries(this.store.getState().conversations)) {
        expect(one.position).toBeGreaterThanOrEqual(before.conversations[id]?.position ?? 0);
        expect(one.read_number).toBeGreaterThanOrEqual(before.conversations[id]?.read_number ?? 0);
      }
      for (const { messages } of Object.values(this.store.getState().rooms)) {
        expect(messages.map((one) => one.number)).toEqual(messages.map((_, place) => messages[0]!.number + place));
      }
    });
  }

  happen(event: Event): void {
    this.world.append(event);
  }

  /** The read models get on, and pushes go out. */
  project(position = this.world.log.length): void {
    for (; this.#pushed < position; this.#pushed += 1) {
      const pushes = this.world.pushes(ME, this.#pushed + 1, this.#watched);
      if (this.#connected) this.#wire.push(...pushes.map((action): Frame => ({ type: "action", action })));
      for (const push of pushes) if (push.type === "conversation_removed") this.#watched.delete(push.conversation_id);
    }
  }

  connect(): void {
    if (this.#connected) return;
    this.project(); // whoever comes later is not told
    this.#connected = true;
    this.#sync();
    for (const id of this.open) this.look(id);
  }

  lose(): void {
    this.#connected = false;
    this.#requests = [];
    this.#wire = [];
    this.#watched.clear();
    this.store.dispatch({ type: "lost" });
  }

  look(id: string): void {
    this.open.add(id);
    this.store.dispatch({ type: "opened", conversation_id: id });
    if (this.#connected) this.#join(id, this.#cursor(id));
  }

  leave(id: string): void {
    if (!this.open.delete(id)) return;
    this.store.dispatch({ type: "closed", conversation_id: id });
    this.#turns.delete(id);
    if (this.#connected) this.#requests.push(() => this.#watched.delete(id));
  }

  /** The ack does not wait for the read models: it may overtake pushes of what was before it. */
  send(message_id: string, id: string): void {
    const outgoing: Outgoing = { message_id, conversation_id: id, body: message_id, written_at: "", phase: "sending" };
    this.store.dispatch({ type: "written", outgoing });
    this.happen({ type: "sent", conversation_id: id, user_id: ME, message_id });
    const message = this.world.at(this.world.log.length).get(id)!.messages.at(-1)!;
    if (this.#connected) this.#wire.push({ type: "action", action: { type: "sent", message } });
    else this.store.dispatch({ type: "sent", message }); // another tab of ours has sent it
  }

  /** Likewise; and it holds a conversation that is newer than what was pushed of it. */
  change(event: Event): void {
    this.happen(event);
    const answer = this.world.join(ME, event.conversation_id, null, this.world.log.length);
    const type = event.type === "started" ? event.type : "changed";
    if (answer && this.#connected)
      this.#wire.push({ type: "action", action: { type, conversation: answer.conversation } });
  }

  /** The server takes the next request: what it answers reflects all that it has pushed. */
  serve(): boolean {
    const request = this.#requests.shift();
    request?.();
    return request !== undefined;
  }

  deliver(): boolean {
    const frame = this.#wire.shift();
    if (frame?.type === "action") this.#act(frame.action);
    else if (frame?.type === "synced") {
      this.store.dispatch(frame);
      if (frame.answer.has_more) this.#sync();
    } else if (frame) this.#joined(frame);
    return frame !== undefined;
  }

  /** What the server would tell a client that knows nothing. */
  settle(): void {
    this.connect();
    this.project();
    while (this.serve() || this.deliver());
    this.#sendAgain();
    this.#fetchMissing();
  }

  /** Those whose acks were lost: the server takes them once, and answers with the first message. */
  #sendAgain(): void {
    for (const { conversation_id, message_id } of this.store.getState().outbox) {
      const { messages } = this.world.at(this.world.log.length).get(conversation_id)!;
      this.store.dispatch({ type: "sent", message: messages.find((one) => one.message_id === message_id)! });
    }
  }

  #act(action: Action): void {
    this.store.dispatch(action);
    const { rooms } = this.store.getState();
    if (action.type === "new_conversation" && this.open.has(action.conversation.conversation_id))
      if (!rooms[action.conversation.conversation_id]) this.look(action.conversation.conversation_id);
  }

  #joined({ id, turn, since, answer }: Frame & { type: "joined" }): void {
    if (this.#turns.get(id) !== turn) return;
    if (!answer) return this.store.dispatch({ type: "shut", conversation_id: id });
    this.store.dispatch({ type: "joined", since, answer });
    if (answer.has_more) this.#join(id, answer.cursor);
  }

  #sync(): void {
    const since = this.store.getState().listCursor;
    this.#requests.push(() => {
      this.project();
      this.#wire.push({ type: "synced", answer: this.world.sync(ME, since, this.#pushed) });
    });
  }

  #join(id: string, since: string | null): void {
    const turn = Symbol(id);
    this.#turns.set(id, turn);
    this.#requests.push(() => {
      this.#watched.delete(id);
      this.project();
      const answer = this.world.join(ME, id, since, this.#pushed);
      if (answer && !answer.has_more) this.#watched.add(id);
      this.#wire.push({ type: "joined", id, turn, since, answer });
    });
  }

  #fetchMissing(): void {
    const now = this.world.at(this.world.log.length);
    for (const [id, room] of Object.entries(this.store.getState().rooms)) {
      const end = room.messages.at(-1)?.number ?? 0;
      const messages = now.get(id)!.messages.filter((one) => one.number > end);
      if (room.watch === "watching" && room.ahead.length)
        this.store.dispatch({ type: "missing", conversation_id: id, messages });
    }
  }

  #cursor(id: string): string | null {
    return this.store.getState().rooms[id]?.cursor ?? null;
  }
}

const step = fc.record({
  what: fc
    .constantFrom(
      "start",
      "add",
      "add",
      "remove",
      "rename",
      "send",
      "send",
      "send",
      "read",
      "mine",
      "mine",
      "look",
      "look",
      "leave",
    )
    .map(String),
  then: fc.array(fc.constantFrom("project", "serve", "serve", "deliver", "deliver", "lose", "connect"), {
    maxLength: 6,
    size: "max",
  }),
  group: fc.constantFrom(...GROUPS),
  who: fc.constantFrom(...PEOPLE),
  number: fc.nat(5),
});

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

let made = 0;

/** Does it, if the rules let it happen. */
function take(stage: Stage, { what, group: conversation_id, who: user_id, number }: Step): void {
  const now = stage.world.at(stage.world.log.length).get(conversation_id);
  const place = now?.conversation.participants.find((one) => one.user_id === user_id);
  const mine = now?.conversation.participants.some((one) => one.user_id === ME) ?? false;
  const event = { conversation_id, user_id, title: `title ${number}` };
  const happen = (type: "started" | "added" | "renamed") =>
    number % 2 && (mine || user_id === ME) ? stage.change({ ...event, type }) : stage.happen({ ...event, type });
  if (what === "start" && !now) happen("started");
  if (what === "look" && mine) stage.look(conversation_id);
  if (what === "leave") stage.leave(conversation_id);
  if (!now || !now.conversation.participants.length) return;
  if (what === "add" && !place) happen("added");
  if (what === "mine" && mine) stage.send(`m${(made += 1)}`, conversation_id);
  if (!place) return;
  if (what === "remove" && place.role === "member") stage.happen({ type: "removed", ...event });
  if (what === "rename") happen("renamed");
  if (what === "send" && user_id !== ME) stage.happen({ ...event, type: "sent", message_id: `m${(made += 1)}` });
  const further = place.read_number + number;
  if ((what === "read" || what === "mark") && number && further <= now.conversation.last_number) {
    if (user_id === ME) stage.store.dispatch({ type: "read", conversation_id, number: further });
    stage.happen({ type: "read", conversation_id, user_id, number: further });
  }
}

test("whatever is pushed, answered, lost and fetched in whatever order: the end is a fresh start", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 120, size: "max" }), (steps) => {
      const stage = new Stage();
      for (const one of steps) {
        take(stage, one);
        for (const then of one.then) stage[then]();
      }
      stage.settle();
      same(stage);
    }),
    { numRuns: 1000 },
  );
});

function same({ world, store, open }: Stage): void {
  const { conversations, rooms, outbox, listLive } = store.getState();
  const position = world.log.length;
  const fresh = GROUPS.flatMap((id) => world.summary(ME, id, position) ?? []);
  expect(listLive).toBe(true);
  expect(conversations).toEqual(Object.fromEntries(fresh.map((one) => [one.conversation_id, one])));
  for (const id of open) {
    const room = rooms[id];
    if (!conversations[id]) expect(room).toBeUndefined();
    else {
      const { messages, conversation } = world.at(position).get(id)!;
      expect(room?.watch).toBe("watching");
      expect(room?.messages).toEqual(tail(messages, room?.messages[0]));
      expect(room?.ahead).toEqual([]);
      expect(room?.participants).toEqual(conversation.participants);
      expect(outbox.filter((one) => one.conversation_id === id)).toEqual([]);
    }
  }
}

function tail(messages: Message[], first: Message | undefined): Message[] {
  return first ? messages.slice(first.number - 1) : messages;
}
