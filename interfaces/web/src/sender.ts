import type { Ask } from "./line";
import type { Outbox } from "./outbox";
import { backOff, pause } from "./pause";
import { isPassing, Lost, Refused } from "./refusal";
import type { Outgoing } from "./state";
import type { Store } from "./store";
import type { Tabs } from "./tabs";

/** Sends what is in the outbox, in the order it was written, the next only when the one before is acknowledged.
 *
 * One tab at a time does, and only while it is connected. What went unanswered is asked again under the same
 * `message_id`: the server takes it once.
 */
export class Sender {
  #sending: string | null = null;
  #stale = true;
  #wake: () => void = () => {};

  constructor(
    private readonly outbox: Outbox,
    private readonly tabs: Tabs,
    private readonly store: Store,
    private readonly ask: Ask,
  ) {}

  /** Until the signal says that the connection has gone. */
  run(signal: AbortSignal): Promise<void> {
    return this.tabs.alone("outbox", signal, async () => {
      while (!signal.aborted) {
        this.#stale = false;
        const next = await this.outbox.next();
        if (next && !signal.aborted) await this.#send(next, signal);
        else await this.#woken(signal);
      }
    });
  }

  /** Something has changed in the outbox, in this tab. */
  changed(): Promise<void> {
    this.tabs.tell({ outbox: true });
    return this.heard();
  }

  /** Something has changed in the outbox, in any tab. */
  async heard(): Promise<void> {
    this.#stale = true;
    this.#wake();
    await this.#show();
  }

  async #send(outgoing: Outgoing, signal: AbortSignal): Promise<void> {
    const { conversation_id, message_id, body } = outgoing;
    this.#sending = message_id;
    await this.#show();
    try {
      await this.#untilAnswered(conversation_id, message_id, body, signal);
    } finally {
      this.#sending = null;
    }
    await this.changed();
  }

  async #untilAnswered(conversation_id: string, message_id: string, body: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await this.ask("send_message", { conversation_id, message_id, body }, ({ message }) => {
          this.store.dispatch({ type: "sent", message });
          this.tabs.tell({ sent: message });
        });
        return await this.outbox.remove(message_id);
      } catch (error) {
        if (isPassing(error)) await pause(backOff(attempt, error.retry_after), signal);
        else if (error instanceof Refused) return await this.outbox.refuse(message_id, error.error);
        else if (error instanceof Lost)
          await pause(backOff(attempt), signal); // the connection goes, and ends this
        else throw error;
      }
    }
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stale || signal.aborted) return resolve();
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async #show(): Promise<void> {
    const outbox = (await this.outbox.all()).map((one) =>
      one.message_id === this.#sending ? { ...one, phase: "sending" as const } : one,
    );
    this.store.dispatch({ type: "outbox", outbox });
  }
}
