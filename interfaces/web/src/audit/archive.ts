/** /api/audit, asked by one auditor for one reason. */
import { refused } from "../api";
import { Lost, Refused } from "../refusal";
import { lines } from "./lines";
import type { Explanation, FoundConversation, HistoryEvent, PastList, Replay, Verification } from "../protocol";

/** Of messages at once: as many as there may be, for the names beside them. */
const PAGE = 200;

type Query = Record<string, string | number | null | undefined>;

export interface Seen {
  at: number;
  /** Through whose eyes, or nobody's. */
  user_id: string | null;
}

export class Archive {
  /** Without a reason only what needs none; `closed` hears that the token lets nobody in, or no longer. */
  constructor(
    private readonly token: string,
    private readonly reason: string,
    private readonly closed: (error: Refused) => void,
  ) {}

  async find(q: string, signal: AbortSignal): Promise<FoundConversation[]> {
    return (await this.#json<{ conversations: FoundConversation[] }>("conversations", { q }, signal)).conversations;
  }

  /** All events of a conversation after a position, as they come. */
  async *history(id: string, after: number, signal: AbortSignal): AsyncGenerator<HistoryEvent[]> {
    const response = await this.#ask(`conversations/${id}/history`, { after: after || null }, signal);
    try {
      yield* lines<HistoryEvent>(response.body!);
    } catch (error) {
      throw signal.aborted ? error : new Lost(); // it broke off
    }
  }

  replay(id: string, { at, user_id }: Seen, signal: AbortSignal): Promise<Replay> {
    return this.#json(`conversations/${id}/replay`, { at, user_id, limit: PAGE }, signal);
  }

  list({ at, user_id }: Seen, signal: AbortSignal): Promise<PastList> {
    return this.#json("replay", { user_id, at }, signal);
  }

  explain(id: string, { at, user_id }: Seen, signal: AbortSignal): Promise<Explanation> {
    return this.#json(`conversations/${id}/explain`, { user_id, at }, signal);
  }

  verification(signal: AbortSignal): Promise<Verification> {
    return this.#json("verification", {}, signal);
  }

  /** Has the whole log verified; what it comes to is read a while later. */
  verify(signal: AbortSignal): Promise<Verification> {
    return this.#json("verification", {}, signal, "POST");
  }

  /** A bundle; `onBytes` hears how much of it has come. */
  async bundle(query: Query, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<Blob> {
    const response = await this.#ask("export", query, signal);
    let bytes = 0;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        onBytes((bytes += chunk.byteLength));
        controller.enqueue(chunk);
      },
    });
    try {
      return await new Response(response.body!.pipeThrough(counted)).blob();
    } catch (error) {
      throw signal.aborted ? error : new Lost();
    }
  }

  async #json<Body>(path: string, query: Query, signal: AbortSignal, method = "GET"): Promise<Body> {
    return (await (await this.#ask(path, query, signal, method)).json()) as Body;
  }

  async #ask(path: string, query: Query, signal: AbortSignal, method = "GET"): Promise<Response> {
    const response = await this.#fetched(`/api/audit/${path}${written(query)}`, signal, method);
    if (response.ok) return response;
    const error = await refused(response);
    if (error instanceof Refused && (response.status === 401 || response.status === 403)) this.closed(error);
    throw error;
  }

  async #fetched(address: string, signal: AbortSignal, method: string): Promise<Response> {
    const headers = new Headers({ Authorization: `Bearer ${this.token}` });
    if (this.reason !== "") headers.set("Audit-Reason", encodeURIComponent(this.reason));
    try {
      return await fetch(address, { method, headers, signal });
    } catch (error) {
      throw signal.aborted ? error : new Lost();
    }
  }
}

function written(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
