/** Where « new messages » begin: where one left off on opening, or when one last looked away. */
import { useEffect, useState } from "react";
import type { Message } from "../protocol";
import { useAttention } from "./attention";

interface Given {
  messages: Message[];
  me: string;
  read_number: number;
  unreadFrom: number | null;
}

export function useNewLine({ messages, me, read_number, unreadFrom }: Given): number | null {
  const attended = useAttention();
  const last = messages.at(-1)?.number ?? 0;
  const [from, setFrom] = useState(unreadFrom);
  const crossed = from !== null && from <= last;

  useEffect(() => {
    if (attended) setFrom((from) => (from !== null && from > last ? null : from));
    else setFrom(read_number + 1);
    // what comes in while one looks on moves nothing
  }, [attended]);

  if (!crossed) return null;
  const start = messages[0]?.number ?? 1;
  return messages.slice(Math.max(0, from - start)).find(({ sender_id }) => sender_id !== me)?.number ?? null;
}
