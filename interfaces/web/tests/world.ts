import type { Conversation, Joined, Message, Participant, Pushes, Summary, Synced } from "../src/protocol";

/** A server in small, which keeps the protocol's rules: a log, and everything else folded from it. */
export type Event =
  | { type: "started" | "added" | "removed" | "renamed"; conversation_id: string; user_id: string; title: string }
  | { type: "sent"; conversation_id: string; user_id: string; message_id: string }
  | { type: "read"; conversation_id: string; user_id: string; number: number };

const TIME = "2026-11-25T00:00:00.000Z";
const PAGE = 3;

export type Push = { [Name in keyof Pushes]: { type: Name } & Pushes[Name] }[Exclude<keyof Pushes, "session_expired">];

interface Group {
  conversation: Conversation;
  messages: Message[];
  /** Where each person's summary last changed. */
  positions: Map<string, number>;
  removals: Map<string, number>;
}

export class World {
  readonly log: Event[] = [];

  append(event: Event): number {
    return this.log.push(event);
  }

  /** All that is true at a position. */
  at(position: number): Map<string, Group> {
    const groups = new Map<string, Group>();
    this.log.slice(0, position).forEach((event, place) => apply(groups, event, place + 1));
    return groups;
  }

  summary(user_id: string, conversation_id: string, position: number): Summary | null {
    const group = this.at(position).get(conversation_id);
    const me = group?.conversation.participants.find((one) => one.user_id === user_id);
    if (!group || !me) return null;
    const { participants, ...rest } = group.conversation;
    const { read_number } = me;
    const unread_count = rest.last_number - read_number;
    const own = { read_number, unread_count, position: group.positions.get(user_id) ?? 0 };
    return { ...rest, participant_count: participants.length, ...own };
  }

  sync(user_id: string, since: string | null, position: number): Synced {
    const changes = [...this.at(position).entries()].flatMap(([id, group]) => {
      const summary = this.summary(user_id, id, position);
      const at = summary?.position ?? group.removals.get(user_id) ?? 0;
      return at > Number(since ?? 0) && (summary || since !== null) ? [{ id, summary, at }] : [];
    });
    changes.sort((one, other) => one.at - other.at);
    const page = changes.slice(0, PAGE);
    const has_more = changes.length > PAGE;
    return {
      conversations: page.flatMap(({ summary }) => summary ?? []),
      removed: page.filter(({ summary }) => !summary).map(({ id }) => id),
      cursor: String(has_more ? page.at(-1)?.at : position),
      has_more,
    };
  }

  join(user_id: string, conversation_id: string, since: string | null, position: number): Joined | null {
    const group = this.at(position).get(conversation_id);
    const summary = this.summary(user_id, conversation_id, position);
    if (!group || !summary) return null;
    const conversation = { ...group.conversation, ...summary };
    if (since === null) {
      return { conversation, messages: group.messages.slice(-PAGE), cursor: String(position), has_more: false };
    }
    const later = group.messages.filter((one) => one.position > Number(since));
    const messages = later.slice(0, PAGE);
    const has_more = later.length > PAGE;
    return { conversation, messages, cursor: String(has_more ? messages.at(-1)?.position : position), has_more };
  }

  /** What one event makes the server push to a socket of this person. */
  pushes(user_id: string, position: number, watched: ReadonlySet<string>): Push[] {
    const event = this.log[position - 1];
    if (!event) return [];
    const { conversation_id } = event;
    const before = this.summary(user_id, conversation_id, position - 1);
    const after = this.summary(user_id, conversation_id, position);
    const told = watched.has(conversation_id) && before ? this.#watched(event, position) : [];
    if (before && !after) return [...told, { type: "conversation_removed", conversation_id, position }];
    if (!before && after) return [...told, { type: "new_conversation", conversation: after }];
    if (after && after.position === position) return [...told, { type: "conversation_updated", conversation: after }];
    return told;
  }

  #watched(event: Event, position: number): Push[] {
    const { conversation_id, user_id } = event;
    const group = this.at(position).get(conversation_id);
    const participants = group?.conversation.participants ?? [];
    const owner_id = participants.find((one) => one.role === "owner")?.user_id ?? null;
    switch (event.type) {
      case "sent":
        return group ? [{ type: "new_message", conversation_id, message: group.messages.at(-1)! }] : [];
      case "read": {
        const { number } = event;
        return [{ type: "messages_read", conversation_id, user_id, read_number: number, read_at: TIME, position }];
      }
      case "added": {
        const added = participants.filter((one) => one.user_id === user_id);
        return [{ type: "participants_changed", conversation_id, added, removed: [], owner_id, position }];
      }
      case "removed":
        return [{ type: "participants_changed", conversation_id, added: [], removed: [user_id], owner_id, position }];
      default:
        return [];
    }
  }
}

function apply(groups: Map<string, Group>, event: Event, position: number): void {
  const { conversation_id, user_id } = event;
  if (event.type === "started") groups.set(conversation_id, started(event, position));
  const group = groups.get(conversation_id)!;
  const { conversation, positions } = group;
  const people = conversation.participants;
  const touch = (who: Participant[]) => who.forEach((one) => positions.set(one.user_id, position));
  switch (event.type) {
    case "started":
      break;
    case "added":
      people.push({ user_id, name: user_id, role: "member", read_number: conversation.last_number, joined_at: TIME });
      touch(people);
      break;
    case "removed":
      conversation.participants = people.filter((one) => one.user_id !== user_id);
      group.removals.set(user_id, position);
      touch(conversation.participants);
      break;
    case "renamed":
      conversation.title = event.title;
      touch(people);
      break;
    case "sent":
      sent(group, event.message_id, user_id, position);
      touch(people);
      break;
    case "read":
      people.find((one) => one.user_id === user_id)!.read_number = event.number;
      positions.set(user_id, position);
  }
}

function started({ conversation_id, user_id }: Event, position: number): Group {
  const owner: Participant = { user_id, name: user_id, role: "owner", read_number: 0, joined_at: TIME };
  const conversation: Conversation = {
    conversation_id,
    kind: "group",
    title: "",
    participant_count: 1,
    last_number: 0,
    last_message: null,
    read_number: 0,
    unread_count: 0,
    created_at: TIME,
    updated_at: TIME,
    position,
    participants: [owner],
  };
  return { conversation, messages: [], positions: new Map([[user_id, position]]), removals: new Map() };
}

function sent({ conversation, messages }: Group, message_id: string, sender_id: string, position: number): void {
  const number = messages.length + 1;
  const { conversation_id } = conversation;
  const common = { message_id, number, sender_id, sender_name: sender_id, sent_at: TIME };
  messages.push({ ...common, conversation_id, body: message_id, position });
  Object.assign(conversation, { last_number: number, last_message: { ...common, preview: message_id } });
  conversation.participants.find((one) => one.user_id === sender_id)!.read_number = number;
}
