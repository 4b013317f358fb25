import { v4 as uuid } from "uuid";
import { Api } from "./api";
import { Line, type Answer, type Payload, type Request } from "./line";
import { Incoming } from "./incoming";
import { Outbox } from "./outbox";
import { backOff, pause } from "./pause";
import { presence } from "./presence";
import type { Message, Pushes } from "./protocol";
import { Reading } from "./reading";
import { isPassing, Lost, Refused } from "./refusal";
import { Sender } from "./sender";
import type { Action, Outgoing } from "./state";
import { Store } from "./store";
import { Tabs, type Told } from "./tabs";
import { Tokens, type GetToken } from "./tokens";
import { waits } from "./waits";
import { Watching } from "./watching";

export interface Options {
  /** The server's address, where it is not the page's. */
  url?: string;
  /** Asked for at each connect, and before a token ends. */
  getToken: GetToken;
}

const PUSHES = [
  "new_message",
  "messages_read",
  "participants_changed",
  "conversation_updated",
  "new_conversation",
  "conversation_removed",
] as const satisfies (keyof Pushes)[];

const AWAY = new Refused({ code: "unavailable", message: "no connection" });

/** One person's chat in this tab: keeps the state in step with the server, and carries out what views ask for. */
export class Connection {
  readonly store: Store;
  readonly line: Line;
  readonly api: Api;
  readonly outbox: Outbox;
  readonly incoming: Incoming;
  readonly watching: Watching;
  readonly reading: Reading;
  readonly #tokens: Tokens;
  readonly #tabs: Tabs;
  readonly #sender: Sender;
  #signal = AbortSignal.abort();
  #sending = Promise.resolve();
  #absent: () => void = () => {};

  constructor(user_id: string, { url, getToken }: Options) {
    this.store = new Store({ me: { user_id, name: user_id } });
    this.#tokens = new Tokens(getToken);
    this.line = new Line(url, this.#tokens, {
      up: (signal) => this.#up(signal),
      down: () => this.#down(),
      tell: (status, detail) => this.store.dispatch({ type: "status", status, detail }),
    });
    this.api = new Api(url ?? "", this.#tokens);
    this.outbox = new Outbox(user_id, (kept) => this.store.dispatch({ type: "kept", kept }));
    this.#tabs = new Tabs(`litspark ${user_id}`, (told) => void this.#heard(told));
    this.#sender = new Sender(this.outbox, this.#tabs, this.store, this.line.ask);
    this.incoming = new Incoming(this.store, this.#tabs);
    this.watching = new Watching(this.store, this.line.ask, this.api, () => this.#afresh());
    this.reading = new Reading(this.store, this.line.ask);
    for (const name of PUSHES) {
      this.line.socket.on(name, (payload) => this.#pushed({ type: name, ...payload } as Action));
    }
  }

  async start(): Promise<void> {
    this.#absent = presence(
      () => this.watching.away(),
      () => this.#back(),
    );
    this.line.start();
    this.store.dispatch({ type: "drafts", drafts: await this.outbox.drafts() });
    await this.#sender.heard();
  }

  async stop(): Promise<void> {
    this.#absent();
    this.line.stop();
    await this.#sending;
    await this.outbox.close();
    this.#tabs.close();
  }

  async send(conversation_id: string, body: string, message_id = uuid()): Promise<void> {
    const written_at = new Date().toISOString();
    const outgoing: Outgoing = { message_id, conversation_id, body, written_at, phase: "waiting" };
    this.store.dispatch({ type: "written", outgoing });
    await this.outbox.add(outgoing);
    await this.#sender.changed();
  }

  /** Rejects when it is refused: it stays in the outbox then, to be retried or dropped. */
  sendAndWait(conversation_id: string, body: string): Promise<Message> {
    const message_id = uuid();
    const answered = new Promise<Message>((resolve, reject) => {
      const unsubscribe = this.store.subscribe((action) => {
        const error = this.store.getState().outbox.find((one) => one.message_id === message_id)?.error;
        const sent = action.type === "sent" && action.message.message_id === message_id;
        if (sent) resolve(action.message);
        else if (error) reject(new Refused(error));
        if (sent || error) unsubscribe();
      });
    });
    void this.send(conversation_id, body, message_id);
    return answered;
  }

  async retry(message_id: string): Promise<void> {
    await this.outbox.retry(message_id);
    await this.#sender.changed();
  }

  async drop(message_id: string): Promise<void> {
    await this.outbox.remove(message_id);
    await this.#sender.changed();
  }

  async draft(conversation_id: string, text: string): Promise<void> {
    this.store.dispatch({ type: "draft", conversation_id, text });
    await this.outbox.draft(conversation_id, text);
  }

  /** A request that is safe to repeat, repeated for a while where it is only the moment that is wrong. */
  async insist<Name extends Request>(
    name: Name,
    payload: Payload<Name>,
    fold: (answer: Answer<Name>) => Action | null,
  ): Promise<Answer<Name>> {
    const until = AbortSignal.timeout(waits.patience);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.line.ask(name, payload, (answer) => {
          const action = fold(answer);
          if (action) this.store.dispatch(action);
        });
      } catch (error) {
        if (!(error instanceof Lost || isPassing(error))) throw error;
        await pause(backOff(attempt, error instanceof Refused ? error.retry_after : undefined), until);
        if (until.aborted) throw error instanceof Refused ? error : AWAY;
      }
    }
  }

  #up(signal: AbortSignal): void {
    this.#signal = signal;
    void this.#greet();
    void this.#sync(signal);
    this.watching.up(signal);
    this.reading.up(signal);
    this.#sending = this.#sender.run(signal);
  }

  #down(): void {
    this.store.dispatch({ type: "lost" });
  }

  /** Under which name others know us: the token need not say. */
  async #greet(): Promise<void> {
    try {
      const token = await this.#tokens.current();
      await this.line.ask("authenticate", { token }, ({ user }) => this.store.dispatch({ type: "me", user }));
    } catch (error) {
      if (!(error instanceof Lost || isPassing(error))) throw error; // the next connection asks again
    }
  }

  async #sync(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const since = this.store.getState().listCursor;
        const answer = await this.line.ask("sync", since === null ? {} : { since }, (synced) => {
          this.incoming.before(since === null ? [] : synced.conversations);
          this.store.dispatch({ type: "synced", answer: synced });
        });
        if (!answer.has_more) return this.line.settled();
        attempt = 0;
      } catch (error) {
        if (error instanceof Lost) return; // the next connection begins with it
        if (!(error instanceof Refused)) throw error;
        if (error.code === "conflict") return this.#afresh();
        if (!isPassing(error)) return this.line.hangUp();
        await pause(backOff(attempt, error.retry_after), signal);
      }
    }
  }

  /** The log that we know is not this server's: it was put back to an earlier day, or is another one. */
  #afresh(): void {
    this.store.dispatch({ type: "forgotten" });
    void this.#sender.heard();
    this.line.hangUp();
  }

  #pushed(action: Action): void {
    if (action.type === "conversation_updated" || action.type === "new_conversation") {
      this.incoming.before([action.conversation]);
    }
    this.store.dispatch(action);
    if (action.type === "new_conversation") this.watching.again(action.conversation.conversation_id);
  }

  #back(): void {
    this.watching.back();
    if (!this.line.socket.connected) this.line.hurry();
    else if (this.store.getState().listLive) void this.#sync(this.#signal); // is it still alive, after a sleep?
  }

  async #heard(told: Told): Promise<void> {
    if (told.sent) this.store.dispatch({ type: "sent", message: told.sent });
    if (told.outbox) await this.#sender.heard();
  }
}
