import { pause, within } from "./pause";
import { Lost } from "./refusal";
import { renewalDue } from "./token";
import { waits } from "./waits";

export type GetToken = () => string | Promise<string>;

/** setTimeout counts in 32 bits. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What the app gives as a token: asked for at each connect, kept while it lasts, renewed before it ends. */
export class Tokens {
  #held: Promise<string> | null = null;

  constructor(private readonly getToken: GetToken) {}

  /** The one of this connection, else a new one. */
  current(): Promise<string> {
    return this.#held ?? this.fresh();
  }

  /** Kept, unless it does not come: whoever needs one then asks anew. */
  fresh(): Promise<string> {
    const coming = this.#asked();
    coming.catch(() => this.#held === coming && this.forget());
    return (this.#held = coming);
  }

  /** Whoever was refused with it asks for another one. */
  forget(): void {
    this.#held = null;
  }

  /** Tells a newer one some time before the one that is held ends. Where that does not succeed in time the session
   * expires, and the next connect asks again. */
  async keepFresh(held: string, tell: (token: string) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    for (let due = renewalDue(held, waits.renew); due !== null; due = renewalDue(held, waits.renew)) {
      await pause(Math.min(Math.max(due, waits.retry), LONGEST_TIMER), signal);
      if (signal.aborted) return;
      try {
        const token = await this.#asked();
        if (token !== held) await tell(token);
        this.#held = Promise.resolve((held = token));
      } catch (error) {
        if (!(error instanceof Lost)) console.warn("the token could not be renewed", error);
      }
    }
  }

  #asked(): Promise<string> {
    return within(waits.token, new Promise((resolve) => resolve(this.getToken())));
  }
}
