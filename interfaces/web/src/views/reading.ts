/** A message is read when it has been on screen while somebody looked. */
import { useEffect } from "react";
import { useChat } from "../chat";
import type { Summary } from "../protocol";
import { useAttention } from "./attention";

const SETTLED = 250; // a message that only flies past is not read

export function useReading({ conversation_id, read_number }: Summary, seen: number): void {
  const { actions } = useChat();
  const attended = useAttention();
  useEffect(() => {
    if (!attended || seen <= read_number) return;
    const timer = setTimeout(() => actions.markRead(conversation_id, seen), SETTLED);
    return () => clearTimeout(timer);
  }, [actions, attended, conversation_id, read_number, seen]);
}
