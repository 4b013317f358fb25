import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { ProtocolError } from "./protocol";
import type { Outgoing } from "./state";

interface Stored extends Outgoing {
  /** Given by the database: the order in which they were written, in whatever tab. */
  order: number;
}

interface Schema extends DBSchema {
  outgoing: { key: number; value: Stored; indexes: { message_id: string } };
  drafts: { key: string; value: string };
}

type Database = IDBPDatabase<Schema>;

function open(user_id: string): Promise<Database> {
  return openDB<Schema>(`litspark ${user_id}`, 1, {
    upgrade(database) {
      const outgoing = database.createObjectStore("outgoing", { keyPath: "order", autoIncrement: true });
      outgoing.createIndex("message_id", "message_id", { unique: true });
      database.createObjectStore("drafts");
    },
  });
}

/** Where a browser keeps nothing, what is written lasts as long as the page. */
async function openAnyhow(user_id: string): Promise<Database> {
  try {
    return await open(user_id);
  } catch (error) {
    console.warn("what is written will not survive a reload", error);
    // @ts-expect-error its package.json hides the types of this entry
    await import("fake-indexeddb/auto");
    return open(user_id);
  }
}

/** What is written and not yet acknowledged, and drafts: in IndexedDB, across reloads and for all tabs of one person. */
export class Outbox {
  #database: Promise<Database>;
  /** Not yet in the database, but already on screen. */
  #arriving = new Map<string, Outgoing>();

  constructor(user_id: string) {
    this.#database = openAnyhow(user_id);
  }

  async add(outgoing: Outgoing): Promise<void> {
    this.#arriving.set(outgoing.message_id, outgoing);
    await (await this.#database).add("outgoing", outgoing as Stored);
    this.#arriving.delete(outgoing.message_id);
  }

  /** In the order they were written. */
  async all(): Promise<Outgoing[]> {
    const stored = await (await this.#database).getAll("outgoing");
    const known = new Set(stored.map((one) => one.message_id));
    return [...stored, ...[...this.#arriving.values()].filter((one) => !known.has(one.message_id))];
  }

  async next(): Promise<Outgoing | undefined> {
    return (await (await this.#database).getAll("outgoing")).find((one) => one.phase === "waiting");
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
    const reading = (await this.#database).transaction("drafts");
    const [keys, texts] = await Promise.all([reading.store.getAllKeys(), reading.store.getAll()]);
    return Object.fromEntries(keys.map((key, place) => [key, texts[place] ?? ""]));
  }

  async draft(conversation_id: string, text: string): Promise<void> {
    const database = await this.#database;
    await (text ? database.put("drafts", text, conversation_id) : database.delete("drafts", conversation_id));
  }

  async close(): Promise<void> {
    (await this.#database).close();
  }

  async #change(message_id: string, change: (one: Stored) => Stored | null): Promise<void> {
    const { store, done } = (await this.#database).transaction("outgoing", "readwrite");
    const held = await store.index("message_id").get(message_id);
    const next = held && change(held);
    if (next) await store.put(next);
    else if (held) await store.delete(held.order);
    await done;
  }
}
