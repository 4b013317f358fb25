import type { Ask } from "./line";
import type { Outbox } from "./outbox";
import { backOff, pause } from "./pause";
import { isPassing, Lost, Refused } from "./refusal";
import type { Outgoing } from "./state";
import type { Store } from "./store";
import type { Tabs } from "./tabs";

/** Sends what is in the outbox, in the order it was written, the next only when the one before is acknowledged.
 *
 * One tab at a time does, and only while it is connected; what only this tab knows of, this tab sends. What went
 * unanswered is asked again under the same `message_id`: the server takes it once.
 */
export class Sender {
  readonly #sending = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #changes = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly tabs: Tabs,
    private readonly store: Store,
    private readonly ask: Ask,
  ) {}

  /** Until the signal says that the connection has gone. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.tabs.alone("outbox", signal, () => this.#sendEach(() => this.outbox.next(), signal)),
      this.#sendEach(() => this.outbox.nextUnkept(), signal),
    ]);
  }

  /** Something has changed in the outbox, in this tab. */
  changed(): Promise<void> {
    this.tabs.tell({ outbox: true });
    return this.heard();
  }

  /** Something has changed in the outbox, in any tab. */
  async heard(): Promise<void> {
    this.#changes += 1;
    for (const wake of this.#waiting) wake();
    await this.#show();
  }

  async #sendEach(next: () => Promise<Outgoing | undefined>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const changes = this.#changes;
      const outgoing = await next();
      if (signal.aborted) return;
      if (outgoing) await this.#send(outgoing, signal);
      else if (changes === this.#changes) await this.#changed(signal);
    }
  }

  async #send(outgoing: Outgoing, signal: AbortSignal): Promise<void> {
    const { conversation_id, message_id, body } = outgoing;
    this.#sending.add(message_id);
    await this.#show();
    try {
      await this.#untilAnswered(conversation_id, message_id, body, signal);
    } finally {
      this.#sending.delete(message_id);
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

  async #changed(signal: AbortSignal): Promise<void> {
    let wake = () => {};
    const woken = new Promise<void>((resolve) => (wake = resolve));
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake);
    await woken;
    this.#waiting.delete(wake);
    signal.removeEventListener("abort", wake);
  }

  async #show(): Promise<void> {
    const outbox = (await this.outbox.all()).map((one) =>
      this.#sending.has(one.message_id) ? { ...one, phase: "sending" as const } : one,
    );
    this.store.dispatch({ type: "outbox", outbox });
  }
}
