/** What stands in a thread: messages, then what is on its way out; and how each stands to its neighbours. */
import type { Message, Participant } from "../protocol";
import type { Outgoing } from "../state";
import { dayKey } from "./time";

export type Entry = Message | Outgoing;

export interface Standing {
  newDay: boolean;
  /** Somebody else spoke before, or it was another day. */
  newVoice: boolean;
  /** Of a group: one sender, one minute. */
  first: boolean;
  last: boolean;
}

export function isOutgoing(entry: Entry): entry is Outgoing {
  return "phase" in entry;
}

export function timeOf(entry: Entry): string {
  return isOutgoing(entry) ? entry.written_at : entry.sent_at;
}

export function senderOf(entry: Entry, me: string): string {
  return isOutgoing(entry) ? me : entry.sender_id;
}

export function standing(entries: Entry[], index: number, me: string): Standing {
  const [before, entry, after] = [entries[index - 1], entries[index]!, entries[index + 1]];
  const newDay = before === undefined || dayKey(timeOf(before)) !== dayKey(timeOf(entry));
  const newVoice = newDay || senderOf(before, me) !== senderOf(entry, me);
  return { newDay, newVoice, first: newDay || !together(before, entry, me), last: !together(entry, after, me) };
}

function together(a: Entry, b: Entry | undefined, me: string): boolean {
  return b !== undefined && senderOf(a, me) === senderOf(b, me) && minute(timeOf(a)) === minute(timeOf(b));
}

function minute(at: string): number {
  return Math.floor(Date.parse(at) / 60_000);
}

/** Who has read up to exactly here, by number; one's own place, and a sender's at their own message, go without saying. */
export function placesOf(participants: Participant[], messages: Message[], me: string): Map<number, Participant[]> {
  const start = messages[0]?.number ?? 0;
  const places = new Map<number, Participant[]>();
  for (const participant of participants) {
    const { user_id, read_number } = participant;
    const message = messages[read_number - start];
    if (user_id === me || message === undefined || message.sender_id === user_id) continue;
    const there = places.get(read_number);
    if (there) there.push(participant);
    else places.set(read_number, [participant]);
  }
  return places;
}
