/** The reports, as docs/analytics.md describes them, fetched a few at a time. */
import { refused } from "../api";
import { backOff, pause } from "../pause";
import { isPassing, Lost } from "../refusal";
import type { Report as Told, Reports as Contents } from "../protocol";
import type { Span } from "./span";

/** The rows of each report. */
export interface Rows {
  activity: {
    period: string;
    message_count: number;
    character_count: number;
    conversation_count: number;
    sender_count: number;
    reader_count: number;
    active_count: number;
  };
  hours: { weekday: number; hour: number; message_count: number };
  conversations: {
    conversation_id: string;
    kind: "direct" | "group";
    participant_count: number;
    message_count: number;
    character_count: number;
    unread_count: number;
    last_sent_at: string;
  };
  response_times: Step & { response_count: number };
  read_times: Step & { read_count: number };
  unread: { period: string; unread_count: number; change: number };
  growth: {
    period: string;
    new_people: number;
    new_conversations: number;
    new_messages: number;
    people_count: number;
    conversation_count: number;
    message_count: number;
  };
}

export interface Step {
  at_least_seconds: number;
  below_seconds: number | null;
  milliseconds: number;
}

export type Name = keyof Rows;

/** A report whose rows are known. */
export interface Report<Of extends Name = Name> extends Omit<Told, "report" | "rows"> {
  report: Of;
  rows: Rows[Of][];
}

/** The server answers analysts by few connections; asking more at once would only be refused. */
const AT_ONCE = 2;
const ATTEMPTS = 4;

export class Reports {
  #free = AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly token: string) {}

  contents(signal: AbortSignal): Promise<Contents> {
    return this.#patiently("/api/analytics", signal);
  }

  report<Of extends Name>(name: Of, { from, to, by }: Span, signal: AbortSignal): Promise<Report<Of>> {
    return this.#patiently(`/api/analytics/${name}?${new URLSearchParams({ from, to, by })}`, signal);
  }

  /** What passes by itself, being asked too much, is asked again a little later. */
  async #patiently<Body>(path: string, signal: AbortSignal): Promise<Body> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#inTurn<Body>(path, signal);
      } catch (error) {
        if (signal.aborted || attempt === ATTEMPTS || !mayPass(error)) throw error;
        await pause(backOff(attempt, error.retry_after), signal);
      }
    }
  }

  async #inTurn<Body>(path: string, signal: AbortSignal): Promise<Body> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#get<Body>(path, signal);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }

  async #get<Body>(path: string, signal: AbortSignal): Promise<Body> {
    signal.throwIfAborted();
    const headers = { Authorization: `Bearer ${this.token}` };
    const response = await fetch(path, { headers, signal }).catch((error: unknown) => {
      throw signal.aborted ? error : new Lost();
    });
    if (!response.ok) throw await refused(response);
    return (await response.json()) as Body;
  }
}

function mayPass(error: unknown): error is { retry_after?: number } {
  return isPassing(error) && !isSignedOut(error);
}

const SIGNED_OUT = new Set<unknown>(["unauthenticated", "invalid_token", "token_expired"]);

export function isSignedOut(error: unknown): boolean {
  return SIGNED_OUT.has((error as { code?: unknown } | null)?.code);
}

export function isForbidden(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "forbidden";
}
