import type { Ask } from "./line";
import { backOff, pause } from "./pause";
import { isPassing, Lost, Refused } from "./refusal";
import type { Store } from "./store";

/** How far one has read: at once on screen, then told to the server, the furthest place only. */
export class Reading {
  readonly #places = new Map<string, number>();
  readonly #telling = new Set<string>();
  #signal = AbortSignal.abort();

  constructor(
    private readonly store: Store,
    private readonly ask: Ask,
  ) {}

  mark(conversation_id: string, number: number): void {
    if (number <= (this.store.getState().conversations[conversation_id]?.read_number ?? 0)) return;
    this.#places.set(conversation_id, number);
    this.store.dispatch({ type: "read", conversation_id, number });
    void this.#tell(conversation_id);
  }

  up(signal: AbortSignal): void {
    this.#signal = signal;
    for (const one of this.#places.keys()) void this.#tell(one);
  }

  async #tell(conversation_id: string): Promise<void> {
    if (this.#telling.has(conversation_id)) return;
    this.#telling.add(conversation_id);
    try {
      await this.#untilTold(conversation_id, this.#signal);
    } finally {
      this.#telling.delete(conversation_id);
    }
  }

  async #untilTold(conversation_id: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const number = this.#places.get(conversation_id);
      if (number === undefined) return;
      try {
        await this.ask("mark_as_read", { conversation_id, number });
        this.#told(conversation_id, number);
      } catch (error) {
        if (error instanceof Lost) return; // told again over the next connection
        if (!(error instanceof Refused)) throw error;
        if (isPassing(error)) await pause(backOff(attempt, error.retry_after), signal);
        else this.#told(conversation_id, number);
      }
    }
  }

  #told(conversation_id: string, number: number): void {
    if (this.#places.get(conversation_id) === number) this.#places.delete(conversation_id);
  }
}
