/** How a thread scrolls: it opens where one left off, follows what comes while one is at the end, and grows above without a jump. */
import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { VirtualizerHandle } from "virtua";
import { isOutgoing, type Entry } from "./entries";

const NEAR_END = 48; // so close to the end one is taken to be there
const NEAR_START = 1200; // so close to the start older messages are fetched
const ON_SCREEN = 24; // so much of a message is seen, and it counts as seen
const ABOVE = 72; // so much of what was read before is shown above what is new

interface Given {
  entries: Entry[];
  /** The first message's number, and the one that was unread first. */
  start: number | undefined;
  unreadFrom: number | null;
  onNearStart(): void;
}

export interface Scrolling {
  list: RefObject<VirtualizerHandle | null>;
  /** Whether one has scrolled up, away from what comes. */
  away: boolean;
  /** The last entry on screen. */
  seen: Entry | undefined;
  grownAbove: boolean;
  toEnd(): void;
  onScroll(): void;
  onResize(): void;
}

export function useScrolling({ entries, start, unreadFrom, onNearStart }: Given): Scrolling {
  const list = useRef<VirtualizerHandle>(null);
  const stuck = useRef(unreadFrom === null);
  const offset = useRef(0);
  const [away, setAway] = useState(false);
  const [seen, setSeen] = useState<Entry>();

  const toEnd = () => {
    stuck.current = true;
    list.current?.scrollToIndex(entries.length - 1, { align: "end" });
  };

  const onScroll = () => {
    const view = list.current;
    if (!view) return;
    const end = view.scrollOffset + view.viewportSize;
    const atEnd = end >= view.scrollSize - NEAR_END;
    // what grows below, or is measured anew, leaves one stuck to the end; only scrolling up does not
    if (atEnd) stuck.current = true;
    else if (view.scrollOffset < offset.current - 1) stuck.current = false;
    offset.current = view.scrollOffset;
    setAway(!atEnd && !stuck.current);
    setSeen(entries[view.findItemIndex(end - ON_SCREEN)]);
    if (view.scrollOffset < NEAR_START) onNearStart();
  };

  useLayoutEffect(() => {
    if (unreadFrom === null || start === undefined) return toEnd();
    list.current?.scrollToIndex(Math.max(0, unreadFrom - start), { align: "start", offset: -ABOVE });
    // only when it is opened
  }, []);

  const last = entries.at(-1);
  const before = useRef(last?.message_id);
  useLayoutEffect(() => {
    const wrote = last !== undefined && isOutgoing(last) && last.message_id !== before.current;
    before.current = last?.message_id;
    if (stuck.current || wrote) toEnd(); // one sees what one has written
    const frame = requestAnimationFrame(onScroll);
    return () => cancelAnimationFrame(frame);
  }, [entries]);

  const onResize = () => {
    if (stuck.current) toEnd();
    onScroll();
  };
  return { list, away, seen, grownAbove: useGrownAbove(start), toEnd, onScroll, onResize };
}

/** True for the one drawing in which older messages were put before the others: the place on screen is kept then. */
function useGrownAbove(first: number | undefined): boolean {
  const before = useRef(first);
  const grown = first !== undefined && before.current !== undefined && first < before.current;
  useLayoutEffect(() => {
    before.current = first;
  }, [first]);
  return grown;
}
