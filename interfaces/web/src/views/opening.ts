/** Where a conversation opens: at the first unread message, once that is here, else at the end. */
import { useEffect, useState } from "react";
import { useChat } from "../chat";
import type { Summary } from "../protocol";
import type { Room } from "../state";

/** More unread than this and one begins at the oldest that were fetched: waiting for all of them would be no opening. */
const FAR = 1000;

export interface Opening {
  /** The first number that was unread; null when all was read. */
  unreadFrom: number | null;
}

export function useOpening(summary: Summary, room: Room | undefined): Opening | null {
  const { state, actions } = useChat();
  const [opening, setOpening] = useState<Opening | null>(null);
  const [unreadFrom] = useState(summary.unread_count > 0 ? summary.read_number + 1 : null);
  const { conversation_id } = summary;
  const first = room?.messages[0]?.number;
  const last = room?.messages.at(-1)?.number ?? 0;
  const enough = last >= (unreadFrom ?? 1) || state.status !== "connected"; // of what was kept: the rest is on its way
  const here = room !== undefined && (room.watch === "watching" || (last > 0 && enough));
  const reached = first === undefined || unreadFrom === null || first <= unreadFrom;
  const missing = here && !reached && room.older !== "none" && room.messages.length < FAR;
  const fetching = room?.older === "loading";

  useEffect(() => {
    if (opening || !here) return;
    if (!missing) setOpening({ unreadFrom });
    else if (!fetching) actions.loadOlder(conversation_id);
  }, [actions, conversation_id, opening, here, missing, fetching, unreadFrom]);
  return opening;
}
