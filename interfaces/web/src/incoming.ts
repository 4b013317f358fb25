import type { Summary } from "./protocol";
import type { Store } from "./store";
import type { Tabs } from "./tabs";

export interface Notice {
  conversation: Summary;
  /** How many messages are new: several may come as one summary. */
  count: number;
}

/** Tells, in one tab, of messages by others that came into conversations which are not on screen. */
export class Incoming {
  readonly #listeners = new Set<(notice: Notice) => void>();

  constructor(
    private readonly store: Store,
    private readonly tabs: Tabs,
  ) {}

  on(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Before summaries are folded: afterwards one can't see what is new in them. */
  before(summaries: Summary[]): void {
    for (const conversation of summaries) {
      const count = this.#countNew(conversation);
      if (count > 0) void this.#notice({ conversation, count });
    }
  }

  #countNew({ conversation_id, last_message, last_number, read_number }: Summary): number {
    const { conversations, me } = this.store.getState();
    const held = conversations[conversation_id];
    if (!last_message || last_message.sender_id === me?.user_id) return 0;
    return last_number - Math.max(read_number, held?.read_number ?? 0, held?.last_number ?? 0);
  }

  async #notice(notice: Notice): Promise<void> {
    const { conversation_id, last_message } = notice.conversation;
    const message_id = last_message?.message_id ?? "";
    if (this.#isOnScreen(conversation_id)) this.tabs.notice(message_id);
    else if (this.#listeners.size && (await this.tabs.mayNotice(message_id)))
      for (const listener of this.#listeners) listener(notice);
  }

  #isOnScreen(conversation_id: string): boolean {
    const watched = this.store.getState().rooms[conversation_id]?.watch === "watching";
    return watched && document.visibilityState === "visible";
  }
}
