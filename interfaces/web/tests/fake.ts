import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { onTestFinished, vi } from "vitest";
import { actionsOf, type Actions } from "../src/actions";
import { Connection, type Options } from "../src/connection";
import type { Conversation, Message, ProtocolError, Requests, Summary } from "../src/protocol";
import type { State } from "../src/state";

export const TIME = "2026-11-25T00:00:00.000Z";
export const CHAT = "0190d5a2-7c1f-7000-8000-000000000001";

type Name = keyof Requests;
type Asked = { name: Name; payload: Record<string, string>; socket: Socket };
type Answer = object | ProtocolError | "nothing" | "hang up";

/** A server that answers as it is told to, and keeps what it was asked. */
export class Fake {
  readonly asked: Asked[] = [];
  answers: Partial<Record<Name, (asked: Asked) => Answer | Promise<Answer>>> = {};
  /** Says no to a token, or nothing. */
  judge: (token: string) => ProtocolError | undefined = () => undefined;
  url = "";
  #http = createServer();
  #io = new Server(this.#http, { cors: { origin: true, credentials: true } });

  static async start(): Promise<Fake> {
    const fake = new Fake();
    await new Promise<void>((listening) => fake.#http.listen(0, "127.0.0.1", listening));
    fake.url = `http://127.0.0.1:${(fake.#http.address() as AddressInfo).port}`;
    onTestFinished(() => void fake.#io.close());
    return fake;
  }

  constructor() {
    this.#io.use((socket, next) => {
      const data = this.judge(socket.handshake.auth.token as string);
      next(data && Object.assign(new Error(data.message), { data }));
    });
    this.#io.on("connection", (socket) =>
      socket.onAny((name: Name, payload, ack) => void this.#ask({ name, payload, socket }, ack)),
    );
  }

  named(name: Name): Asked["payload"][] {
    return this.asked.filter((one) => one.name === name).map((one) => one.payload);
  }

  push(name: string, payload: object): void {
    this.#io.emit(name, payload);
  }

  hangUp(): void {
    this.#io.disconnectSockets(true);
  }

  async #ask(asked: Asked, ack: (answer: object) => void): Promise<void> {
    this.asked.push(asked);
    const answer = await (this.answers[asked.name] ?? usual[asked.name])!(asked);
    if (answer === "hang up") asked.socket.disconnect(true);
    else if (answer !== "nothing") ack("code" in answer ? { ok: false, error: answer } : { ok: true, ...answer });
  }
}

const usual: Fake["answers"] = {
  authenticate: () => ({ user: { user_id: "alice", name: "Alice" } }),
  sync: () => ({ conversations: [summary()], removed: [], cursor: "10", has_more: false }),
  join_conversation: () => ({ conversation: conversation(), messages: [message(1)], cursor: "10", has_more: false }),
  leave_conversation: () => ({}),
  mark_as_read: ({ payload }) => ({ read_number: payload.number, unread_count: 0, position: 11 }),
};

export function summary(changes: Partial<Summary> = {}): Summary {
  const { body, conversation_id: _, position: __, ...last } = message(changes.last_number ?? 1);
  return {
    conversation_id: CHAT,
    kind: "group",
    title: "Lectures",
    participant_count: 2,
    last_number: 1,
    last_message: { ...last, preview: body },
    read_number: 0,
    unread_count: 1,
    created_at: TIME,
    updated_at: TIME,
    position: 10,
    ...changes,
  };
}

export function conversation(changes: Partial<Conversation> = {}): Conversation {
  const common = { read_number: 0, joined_at: TIME };
  return {
    ...summary(),
    participants: [
      { user_id: "alice", name: "Alice", role: "owner", ...common },
      { user_id: "bob", name: "Bob", role: "member", ...common },
    ],
    ...changes,
  };
}

export function message(number: number, changes: Partial<Message> = {}): Message {
  return {
    message_id: `0191d5a2-7c1f-7000-8000-00000000000${number}`,
    conversation_id: CHAT,
    number,
    sender_id: "bob",
    sender_name: "Bob",
    body: `number ${number}`,
    sent_at: TIME,
    position: 9 + number,
    ...changes,
  };
}

export interface Tab {
  connection: Connection;
  actions: Actions;
  state: () => State;
}

/** Waits for what is expected, however busy the machine is. */
export function until<Result>(expected: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(expected, { timeout: 10_000, interval: 10 });
}

let people = 0;

/** Somebody whose browser has kept nothing yet. */
export function somebody(): string {
  return `alice ${(people += 1)}`;
}

export async function tab(
  fake: Fake,
  user_id = somebody(),
  getToken: Options["getToken"] = () => "token",
): Promise<Tab> {
  const connection = new Connection(user_id, { url: fake.url, getToken });
  onTestFinished(() => connection.stop());
  await connection.start();
  return { connection, actions: actionsOf(connection), state: connection.store.getState };
}
