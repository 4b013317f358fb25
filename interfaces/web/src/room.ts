import type { Joined, Message, MessagesRead, Participant, ParticipantsChanged } from "./protocol";

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
  /** The event that `participants` are as of; their read places are newer, for these only move forward. */
  position: number;
}

export const unknown: Room = {
  watch: "joining",
  participants: [],
  messages: [],
  ahead: [],
  older: "more",
  cursor: null,
  position: 0,
};

/** How many messages a room keeps once nobody looks at it. */
const KEPT = 200;

/** The answer of a join. Without `since` it is a fresh start: what was held is no longer joined to it. */
export function joined(room: Room, answer: Joined, since: string | null): Room {
  const { conversation, messages, cursor, has_more } = answer;
  const start = since === null ? { ...room, messages, older: before(messages) } : room;
  const whole = people(append(start, messages), conversation.participants, conversation.position);
  return { ...whole, cursor, watch: has_more ? "joining" : "watching" };
}

/** Takes messages in at the end; those beyond a gap wait until it is filled. */
export function append(room: Room, incoming: Message[]): Room {
  const end = room.messages.at(-1)?.number ?? 0;
  const waiting = new Map(
    [...room.ahead, ...incoming].filter((one) => one.number > end).map((one) => [one.number, one]),
  );
  const messages = [...room.messages];
  for (let next = waiting.get(end + 1); next; next = waiting.get(next.number + 1)) {
    messages.push(next);
    waiting.delete(next.number);
  }
  const ahead = [...waiting.values()].sort((one, other) => one.number - other.number);
  return { ...room, messages, ahead, participants: incoming.reduce(readBySender, room.participants) };
}

/** Takes a page of older messages in, where it ends at what is held. */
export function prepend(room: Room, page: Message[]): Room {
  const first = room.messages[0]?.number ?? 1;
  const older = page.filter((one) => one.number < first);
  if (older.at(-1)?.number !== first - 1) return { ...room, older: before(room.messages) };
  const messages = [...older, ...room.messages];
  return { ...room, messages, older: before(messages) };
}

function before(messages: Message[]): Room["older"] {
  return (messages[0]?.number ?? 1) > 1 ? "more" : "none";
}

/** A fetched list of people, unless what is held is newer. */
export function people(room: Room, fetched: Participant[], position: number): Room {
  if (position < room.position) return room;
  const held = new Map(room.participants.map((one) => [one.user_id, one.read_number]));
  const participants = fetched.map((one) => atLeast(one, held.get(one.user_id) ?? 0));
  return { ...room, participants, position };
}

export function peopleChanged(room: Room, change: ParticipantsChanged): Room {
  const { added, removed, owner_id, position } = change;
  if (position <= room.position) return room;
  const gone = new Set([...removed, ...added.map((one) => one.user_id)]);
  const participants = [...room.participants.filter((one) => !gone.has(one.user_id)), ...added].map(
    (one): Participant => ({ ...one, role: one.user_id === owner_id ? "owner" : "member" }),
  );
  return { ...room, participants, position };
}

export function read(room: Room, { user_id, read_number }: Pick<MessagesRead, "user_id" | "read_number">): Room {
  return { ...room, participants: moved(room.participants, user_id, read_number) };
}

/** No `messages_read` says that who sends a message has read up to it. */
function readBySender(participants: Participant[], { sender_id, number }: Message): Participant[] {
  return moved(participants, sender_id, number);
}

function moved(participants: Participant[], user_id: string, number: number): Participant[] {
  return participants.map((one) => (one.user_id === user_id ? atLeast(one, number) : one));
}

function atLeast(one: Participant, read_number: number): Participant {
  return one.read_number < read_number ? { ...one, read_number } : one;
}

/** A push moves the cursor of what is watched. */
export function seen(room: Room, position: number): Room {
  const further = room.watch === "watching" && position > Number(room.cursor);
  return further ? { ...room, cursor: String(position) } : room;
}

/** Closed: the end is kept, to begin from when it is opened again. */
export function closed(room: Room): Room {
  const messages = room.messages.slice(-KEPT);
  const older = room.older === "loading" ? "more" : before(messages);
  return { ...room, watch: "left", messages, older: messages.length ? older : "more" };
}
