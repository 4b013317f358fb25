import { Database } from "./database";
import type { ProtocolError } from "./protocol";
import type { Outgoing } from "./state";

type Change = (one: Outgoing) => Outgoing | null;

/** What is written and not yet acknowledged, and drafts: in IndexedDB, across reloads and for all tabs of one person.
 *
 * Where that does not work (a private window, no room left) memory takes over: what is written then lasts as long as the
 * page, and no other tab knows of it.
 */
export class Outbox {
  readonly #database: Database;
  #kept = true;
  /** As the database told it last. */
  #stored: Outgoing[] = [];
  /** On screen, and on its way into the database. */
  readonly #arriving = new Map<string, Outgoing>();
  /** Not in the database. */
  readonly #unkept = new Map<string, Outgoing>();
  /** What the database says of these, if anything, is out of date. */
  readonly #taken = new Set<string>();
  #adding = Promise.resolve();

  constructor(
    user_id: string,
    /** Hears whether what is written survives a reload. */
    private readonly tellKept: (kept: boolean) => void,
  ) {
    this.#database = new Database(user_id);
  }

  /** One by one: nothing is kept that was written after what is not, so that the order holds. */
  add(outgoing: Outgoing): Promise<void> {
    this.#arriving.set(outgoing.message_id, outgoing);
    return (this.#adding = this.#adding.then(() => this.#add(outgoing)));
  }

  /** In the order they were written. */
  async all(): Promise<Outgoing[]> {
    const stored = await this.#read();
    const known = new Set(stored.map((one) => one.message_id));
    const others = [...this.#unkept.values(), ...this.#arriving.values()];
    return [...stored, ...others.filter((one) => !known.has(one.message_id))];
  }

  async next(): Promise<Outgoing | undefined> {
    return (await this.#read()).find(isWaiting);
  }

  /** Of those that are known only here; what the database holds was written before. */
  async nextUnkept(): Promise<Outgoing | undefined> {
    const first = [...this.#unkept.values()].find(isWaiting);
    return first && !(await this.next()) ? first : undefined;
  }

  refuse(message_id: string, error: ProtocolError): Promise<void> {
    return this.#change(message_id, (one) => ({ ...one, phase: "refused", error }));
  }

  retry(message_id: string): Promise<void> {
    return this.#change(message_id, ({ error: _, ...one }) => ({ ...one, phase: "waiting" }));
  }

  remove(message_id: string): Promise<void> {
    return this.#change(message_id, () => null);
  }

  async drafts(): Promise<Record<string, string>> {
    const drafts = await this.#try(() => this.#database.drafts());
    return drafts ?? {};
  }

  async draft(conversation_id: string, text: string): Promise<void> {
    await this.#write(() => this.#database.draft(conversation_id, text));
  }

  async close(): Promise<void> {
    await this.#adding;
    await this.#database.close();
  }

  async #add(outgoing: Outgoing): Promise<void> {
    const kept = this.#unkept.size === 0 && (await this.#write(() => this.#database.add(outgoing)));
    if (kept) this.#stored = [...this.#stored, outgoing];
    else this.#take(outgoing.message_id, outgoing);
    this.#arriving.delete(outgoing.message_id);
  }

  async #change(message_id: string, change: Change): Promise<void> {
    await this.#adding;
    const unkept = this.#unkept.get(message_id);
    if (!unkept && (await this.#write(() => this.#database.change(message_id, change)))) return;
    const held = unkept ?? this.#stored.find((one) => one.message_id === message_id);
    this.#take(message_id, held ? change(held) : null);
  }

  /** From now on it is as memory has it. */
  #take(message_id: string, outgoing: Outgoing | null): void {
    this.#taken.add(message_id);
    this.#stored = this.#stored.filter((one) => one.message_id !== message_id);
    if (outgoing) this.#unkept.set(message_id, outgoing);
    else this.#unkept.delete(message_id);
  }

  async #read(): Promise<Outgoing[]> {
    const stored = await this.#try(() => this.#database.outgoing());
    if (!stored) for (const one of this.#stored) this.#take(one.message_id, one);
    this.#stored = (stored ?? []).filter((one) => !this.#taken.has(one.message_id));
    return this.#stored;
  }

  async #write(work: () => Promise<void>): Promise<boolean> {
    const written = await this.#try(async () => {
      await work();
      return true;
    });
    if (written) this.#tell(this.#unkept.size === 0);
    return written ?? false;
  }

  /** Undefined where the database does not do it: memory has to. */
  async #try<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.#kept) console.warn("what is written will not survive a reload", error);
      this.#tell(false);
      return undefined;
    }
  }

  #tell(kept: boolean): void {
    if (kept !== this.#kept) this.tellKept((this.#kept = kept));
  }
}

function isWaiting({ phase }: Outgoing): boolean {
  return phase === "waiting";
}
