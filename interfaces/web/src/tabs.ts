import type { Message } from "./protocol";
import { waits } from "./waits";

/** What tabs of one person tell each other. */
export interface Told {
  /** The outbox has changed. */
  outbox?: true;
  /** Acknowledged to another tab than the one it was written in. */
  sent?: Message;
  /** This message's notice is somebody's already. */
  noticed?: string;
}

/** The other tabs in which the same person is signed in. */
export class Tabs {
  readonly #channel: BroadcastChannel;
  readonly #noticed = new Set<string>();

  constructor(
    private readonly name: string,
    heard: (told: Told) => void,
  ) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<Told>) => {
      if (data.noticed) this.#noticed.add(data.noticed);
      heard(data);
    };
  }

  tell(told: Told): void {
    this.#channel.postMessage(told);
  }

  /** Holds on to what one tab at a time may have, until `held` ends or the signal says so. */
  async alone(what: string, signal: AbortSignal, held: () => Promise<void>): Promise<void> {
    if (!navigator.locks) return held(); // no secure context: then every tab does it, which is only wasteful
    try {
      await navigator.locks.request(`${this.name} ${what}`, { signal }, held);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Whether this tab is to tell of a message. One that has it on screen says so at once; then the one that is looked at
   * goes before one that is merely visible, and that before a hidden one. */
  async mayNotice(message_id: string): Promise<boolean> {
    const rank = document.visibilityState === "hidden" ? 3 : document.hasFocus() ? 1 : 2;
    await new Promise((resolve) => setTimeout(resolve, rank * waits.yield));
    if (this.#noticed.has(message_id)) return false;
    return this.#claim(message_id);
  }

  /** It is on screen here: nobody need tell of it. */
  notice(message_id: string): void {
    this.#noticed.add(message_id);
    this.tell({ noticed: message_id });
  }

  close(): void {
    this.#channel.close();
  }

  /** A lock decides where two ask at once; it is held until the others have long heard of it. */
  #claim(message_id: string): Promise<boolean> {
    if (!navigator.locks) return Promise.resolve(this.#claimed(message_id));
    return new Promise((resolve) => {
      void navigator.locks.request(`${this.name} ${message_id}`, { ifAvailable: true }, async (lock) => {
        resolve(lock !== null && this.#claimed(message_id));
        if (lock) await new Promise((later) => setTimeout(later, 10 * waits.yield));
      });
    });
  }

  #claimed(message_id: string): boolean {
    if (this.#noticed.has(message_id)) return false;
    this.notice(message_id);
    return true;
  }
}
