import type { Summary } from "./protocol";
import type { Store } from "./store";
import type { Tabs } from "./tabs";

export type Notice = { conversation: Summary };

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
    for (const one of summaries) if (this.#isNews(one)) void this.#notice(one);
  }

  #isNews({ conversation_id, last_message, unread_count }: Summary): boolean {
    const { conversations, me } = this.store.getState();
    const known = conversations[conversation_id]?.last_number ?? 0;
    return !!last_message && last_message.number > known && last_message.sender_id !== me?.user_id && unread_count > 0;
  }

  async #notice(conversation: Summary): Promise<void> {
    const message_id = conversation.last_message?.message_id ?? "";
    if (this.#isOnScreen(conversation.conversation_id)) this.tabs.notice(message_id);
    else if (this.#listeners.size && (await this.tabs.mayNotice(message_id)))
      for (const listener of this.#listeners) listener({ conversation });
  }

  #isOnScreen(conversation_id: string): boolean {
    const watched = this.store.getState().rooms[conversation_id]?.watch === "watching";
    return watched && document.visibilityState === "visible";
  }
}
