/** A message is read when it has been on screen while somebody looked. */
import { useEffect } from "react";
import { useChat } from "../chat";
import type { Summary } from "../protocol";
import { waits } from "../waits";
import { useAttention } from "./attention";

export function useReading({ conversation_id, read_number }: Summary, seen: number | undefined): void {
  const { actions } = useChat();
  const attended = useAttention();
  useEffect(() => {
    if (!attended || seen === undefined || seen <= read_number) return;
    const timer = setTimeout(() => actions.markRead(conversation_id, seen), waits.glance);
    return () => clearTimeout(timer);
  }, [actions, attended, conversation_id, read_number, seen]);
}
