import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Outgoing } from "./state";

interface Stored extends Outgoing {
  /** Given by the database: the order in which they were written, in whatever tab. */
  order: number;
}

interface Schema extends DBSchema {
  outgoing: { key: number; value: Stored; indexes: { message_id: string } };
  drafts: { key: string; value: string };
}

type Open = IDBPDatabase<Schema>;

async function open(user_id: string): Promise<Open> {
  return openDB<Schema>(`litspark ${user_id}`, 1, {
    upgrade(database, _old, _new, transaction) {
      transaction.done.catch(() => {}); // `openDB` rejects then, too
      const outgoing = database.createObjectStore("outgoing", { keyPath: "order", autoIncrement: true });
      outgoing.createIndex("message_id", "message_id", { unique: true });
      database.createObjectStore("drafts");
    },
  });
}

/** What this browser keeps of a person, for all tabs and across reloads. */
export class Database {
  #open: Promise<Open>;

  constructor(private readonly user_id: string) {
    this.#open = open(user_id);
    this.#open.catch(() => {}); // whoever uses it hears of it
  }

  outgoing(): Promise<Outgoing[]> {
    return this.#use((database) => database.getAll("outgoing"));
  }

  async add(outgoing: Outgoing): Promise<void> {
    await this.#use((database) => database.add("outgoing", outgoing as Stored));
  }

  /** Into what `change` makes of it; null: it is not needed any more. */
  change(message_id: string, change: (one: Outgoing) => Outgoing | null): Promise<void> {
    return this.#use(async (database) => {
      const { store, done } = database.transaction("outgoing", "readwrite");
      const changed = async () => {
        const held = await store.index("message_id").get(message_id);
        const next = held && change(held);
        if (next) await store.put({ ...next, order: held.order });
        else if (held) await store.delete(held.order);
      };
      await Promise.all([changed(), done]);
    });
  }

  drafts(): Promise<Record<string, string>> {
    return this.#use(async (database) => {
      const { store } = database.transaction("drafts");
      const [keys, texts] = await Promise.all([store.getAllKeys(), store.getAll()]);
      return Object.fromEntries(keys.map((key, place) => [key, texts[place] ?? ""]));
    });
  }

  async draft(conversation_id: string, text: string): Promise<void> {
    await this.#use((database): Promise<unknown> =>
      text ? database.put("drafts", text, conversation_id) : database.delete("drafts", conversation_id),
    );
  }

  /** One that could not be opened need not be closed. */
  close(): Promise<void> {
    return this.#open.then(
      (database) => database.close(),
      () => {},
    );
  }

  /** Browsers close it under us (Safari does, in the background): what fails is tried once more, on another connection. */
  async #use<Result>(work: (database: Open) => Promise<Result>): Promise<Result> {
    const before = this.#open;
    try {
      return await work(await before);
    } catch {
      if (this.#open === before) this.#open = this.close().then(() => open(this.user_id));
      return work(await this.#open);
    }
  }
}
