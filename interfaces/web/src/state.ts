import type { Message, Participant, ProtocolError, Summary, User } from "./protocol";

export type Status = "connected" | "reconnecting" | "disconnected";

/** What is written and not yet acknowledged. */
export interface Outgoing {
  message_id: string;
  conversation_id: string;
  body: string;
  written_at: string;
  phase: "waiting" | "sending" | "refused";
  error?: ProtocolError;
}

/** A conversation of which more is known than its summary. */
export interface Room {
  /** `left`: closed, or not looked at for some minutes. */
  watch: "joining" | "watching" | "left";
  participants: Participant[];
  /** Ascending by number, without gaps. */
  messages: Message[];
  /** What came beyond a gap, until that is filled. */
  ahead: Message[];
  older: "more" | "loading" | "none";
  cursor: string | null;
  /** The event that `participants` is as of, but for read places, which only move forward. */
  position: number;
}

export interface Detail {
  transport: "websocket" | "polling" | null;
  attempt: number;
  /** When the next attempt is due, in the browser's time. */
  retryAt: number | null;
  offline: boolean;
  error: ProtocolError | null;
}

export interface State {
  me: User | null;
  status: Status;
  detail: Detail;
  /** Whether the list has ever been complete. */
  listReady: boolean;
  /** Whether this connection's `sync` has been answered to the end: pushes move the cursor from then on. */
  listLive: boolean;
  listCursor: string | null;
  conversations: Record<string, Summary>;
  rooms: Record<string, Room>;
  outbox: Outgoing[];
  drafts: Record<string, string>;
}

export const initial: State = {
  me: null,
  status: "reconnecting",
  detail: { transport: null, attempt: 0, retryAt: null, offline: false, error: null },
  listReady: false,
  listLive: false,
  listCursor: null,
  conversations: {},
  rooms: {},
  outbox: [],
  drafts: {},
};
