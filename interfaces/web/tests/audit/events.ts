import type { HistoryEvent } from "../../src/protocol";

export const CHAT = "0190d5a2-7c1f-7000-8000-000000000001";

const at = (position: number) => new Date(Date.UTC(2026, 10, 23, 14, 0, position)).toISOString();

/** An event as the server tells it; each is recorded a second after the position before it. */
export function event(
  position: number,
  type: string,
  data: object,
  actor: string | null = "alice",
  version = 1,
): HistoryEvent {
  return {
    position,
    stream: type.split(".")[0] as HistoryEvent["stream"],
    stream_id: CHAT,
    version,
    type,
    recorded_at: at(position),
    actor,
    data: { conversation_id: CHAT, ...data },
  };
}

export const said = (position: number, number: number, body = `${number}`, sender_id = "alice") =>
  event(position, "timeline.message-sent", { message_id: `m${number}`, sender_id, body }, sender_id, number);

export const read = (position: number, user_id: string, number: number) =>
  event(position, "reading.messages-read", { user_id, number }, user_id);

export const started = (position: number) =>
  event(position, "conversation.started", {
    kind: "group",
    title: "Lectures",
    owner_id: "alice",
    participant_ids: ["alice", "bob"],
  });
