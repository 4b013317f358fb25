/** The history of a conversation, read once as a stream; what is new, or did not come, is read from where that ended. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Archive } from "./archive";
import { NOTHING, withEvents, type History } from "./history";

export interface Reading {
  history: History;
  /** Whether all of it had come, once. */
  whole: boolean;
  error: unknown;
  again(): void;
}

export function useHistory(archive: Archive, id: string): Reading {
  const [history, setHistory] = useState(NOTHING);
  const [whole, setWhole] = useState(false);
  const [failed, setFailed] = useState<{ round: number; error: unknown } | null>(null);
  const [round, setRound] = useState(0);
  const held = useRef(NOTHING);

  useEffect(() => {
    const given = new AbortController();
    const read = async () => {
      const after = held.current.events.at(-1)?.position ?? 0;
      for await (const events of archive.history(id, after, given.signal)) {
        setHistory((held.current = withEvents(held.current, events)));
      }
    };
    read().then(
      () => given.signal.aborted || setWhole(true),
      (error: unknown) => given.signal.aborted || setFailed({ round, error }),
    );
    return () => given.abort();
  }, [archive, id, round]);

  const again = useCallback(() => setRound((count) => count + 1), []);
  return { history, whole, error: failed?.round === round ? failed.error : null, again };
}
