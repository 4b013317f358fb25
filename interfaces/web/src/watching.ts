import type { Api } from "./api";
import type { Ask } from "./line";
import { backOff, pause } from "./pause";
import type { Joined } from "./protocol";
import { isPassing, Lost, Refused } from "./refusal";
import type { Room } from "./state";
import type { Store } from "./store";
import { waits } from "./waits";

/** Whoever has missed more begins again at the end, instead of catching up page by page. */
const FAR = 300;

/** The conversations that are open: joined at each connection from where they stood, left while nobody looks. */
export class Watching {
  readonly #open = new Set<string>();
  readonly #turns = new Map<string, symbol>();
  readonly #mending = new Set<string>();
  #away = false;
  #signal = AbortSignal.abort();

  constructor(
    private readonly store: Store,
    private readonly ask: Ask,
    private readonly api: Api,
    private readonly afresh: () => void,
  ) {
    store.subscribe(() => this.#mend());
  }

  open(conversation_id: string): void {
    this.#open.add(conversation_id);
    if (!this.#away) this.#watch(conversation_id);
  }

  /** What is known of it once it is watched; null where it is not ours to see, or was closed meanwhile. */
  openAndWait(conversation_id: string): Promise<Room | null> {
    this.open(conversation_id);
    return new Promise((resolve) => {
      const look = () => {
        const room = this.#room(conversation_id);
        if (this.#away || room?.watch === "joining") return;
        unsubscribe();
        resolve(room?.watch === "watching" ? room : null);
      };
      const unsubscribe = this.store.subscribe(look);
      look();
    });
  }

  close(conversation_id: string): void {
    if (!this.#open.delete(conversation_id)) return;
    this.store.dispatch({ type: "closed", conversation_id });
    void this.#leave(conversation_id);
  }

  /** It has come (back) to us; somebody may have it on screen. */
  again(conversation_id: string): void {
    const known = conversation_id in this.store.getState().rooms;
    if (!known && this.#open.has(conversation_id) && !this.#away) this.#watch(conversation_id);
  }

  up(signal: AbortSignal): void {
    this.#signal = signal;
    if (!this.#away) for (const one of this.#open) this.#watch(one);
  }

  away(): void {
    this.#away = true;
    for (const conversation_id of this.#open) {
      this.store.dispatch({ type: "left", conversation_id });
      void this.#leave(conversation_id);
    }
  }

  back(): void {
    if (!this.#away) return;
    this.#away = false;
    for (const one of this.#open) this.#watch(one);
  }

  async loadOlder(conversation_id: string): Promise<void> {
    const room = this.#room(conversation_id);
    const first = room?.messages[0]?.number;
    if (first === undefined || room?.older !== "more") return;
    this.store.dispatch({ type: "loading", conversation_id });
    try {
      const messages = await this.api.before(conversation_id, first);
      this.store.dispatch({ type: "older", conversation_id, messages });
    } catch (error) {
      this.store.dispatch({ type: "failed", conversation_id }); // whoever scrolls there again asks again
      if (!(error instanceof Lost || error instanceof Refused)) throw error;
    }
  }

  #watch(conversation_id: string): void {
    this.store.dispatch({ type: "opened", conversation_id });
    void this.#join(conversation_id);
  }

  /** Page by page, until this connection watches. A later join or leave takes the turn from an earlier one. */
  async #join(conversation_id: string): Promise<void> {
    const signal = this.#signal;
    const turn = Symbol(conversation_id);
    this.#turns.set(conversation_id, turn);
    const current = () => !signal.aborted && this.#turns.get(conversation_id) === turn;
    let since = this.#room(conversation_id)?.cursor ?? null;
    for (let attempt = 1; current(); attempt += 1) {
      try {
        const answer = await this.#ask(conversation_id, since, current);
        if (!answer.has_more) return;
        since = isFar(answer) ? null : answer.cursor;
        attempt = 0;
      } catch (error) {
        if (!isPassing(error)) return this.#refused(conversation_id, error, current());
        await pause(backOff(attempt, error.retry_after), signal);
      }
    }
  }

  #ask(conversation_id: string, since: string | null, current: () => boolean): Promise<Joined> {
    const payload = { conversation_id, ...(since !== null && { since }) };
    return this.ask("join_conversation", payload, (answer) => {
      if (current()) this.store.dispatch({ type: "joined", since, answer });
    });
  }

  #refused(conversation_id: string, error: unknown, current: boolean): void {
    if (error instanceof Lost || !current) return; // the next connection, or whoever has the turn, joins again
    if (!(error instanceof Refused)) throw error;
    if (error.code === "conflict") this.afresh();
    else this.store.dispatch({ type: "shut", conversation_id });
  }

  async #leave(conversation_id: string): Promise<void> {
    this.#turns.delete(conversation_id);
    try {
      await this.ask("leave_conversation", { conversation_id });
    } catch (error) {
      // Where there is no connection nothing is watched; where it is refused, pushes come that nobody looks at.
      if (!(error instanceof Lost || error instanceof Refused)) throw error;
    }
  }

  #mend(): void {
    for (const one of this.#open) {
      const room = this.#room(one);
      if (room && hasGap(room) && !this.#mending.has(one)) void this.#fetchMissing(one);
    }
  }

  /** An ack may overtake the push of the message before it: it is given a moment, and then fetched. */
  async #fetchMissing(conversation_id: string): Promise<void> {
    const signal = this.#signal;
    this.#mending.add(conversation_id);
    try {
      await pause(waits.gap, signal);
      for (let attempt = 1; !signal.aborted; attempt += 1) {
        const room = this.#room(conversation_id);
        if (!room || !hasGap(room)) return;
        const messages = await this.api.after(conversation_id, room.messages.at(-1)?.number ?? 0);
        this.store.dispatch({ type: "missing", conversation_id, messages });
        await pause(backOff(attempt), signal);
      }
    } catch (error) {
      console.warn("a missing message could not be fetched", error);
      await pause(waits.longest_retry, signal);
    } finally {
      this.#mending.delete(conversation_id);
    }
  }

  #room(conversation_id: string): Room | undefined {
    return this.store.getState().rooms[conversation_id];
  }
}

/** What is not watched is joined again first, and then nothing is missing. */
function hasGap({ watch, ahead }: Room): boolean {
  return watch === "watching" && ahead.length > 0;
}

function isFar({ conversation, messages }: Joined): boolean {
  return conversation.last_number - (messages.at(-1)?.number ?? 0) > FAR;
}
