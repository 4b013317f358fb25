/** What the parts of a case draw: the history, the moment, and what is known of it. */
import { Refused } from "../refusal";
import type { Asked } from "./asking";
import type { History } from "./history";
import type { Conversation, Message, Replay } from "../protocol";
import type { Teller } from "./telling";

export interface View {
  history: History;
  /** Of the event that the slider stands at. */
  index: number;
  replay: Asked<Replay>;
  messages: Message[];
  eyes: string | null;
  teller: Teller;
}

/** Whether somebody took no part at that moment. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Refused && error.code === "not_found";
}

/** What is known of the moment that is shown; nothing while only an earlier answer is there. */
export function known({ answer, current, error }: Asked<Replay>): Replay["conversation"] | undefined {
  return current && error === null ? answer?.conversation : undefined;
}

/** As its person saw it; `null` where it is nobody's view. */
export function seenBySomebody(past: Replay["conversation"] | undefined): Conversation | null {
  return past && "unread_count" in past ? past : null;
}
