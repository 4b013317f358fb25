/* Written by `npm run types` out of the server's /asyncapi.json and /openapi.json: not by hand. */

export interface Protocol {
  requests: Requests;
  pushes: Pushes;
}
/**
 * What a client sends, and what its ack holds beside `ok`.
 */
export interface Requests {
  authenticate: {
    /**
     * Say who one is, or prolong the session with a fresh token of the same user.
     */
    payload: {
      token: unknown;
    };
    answer: Authenticated;
  };
  start_conversation: {
    /**
     * Start a group under an id of one's own, or the direct conversation of a pair under the server's.
     */
    payload: {
      conversation_id: string;
      kind: "direct" | "group";
      /**
       * @minItems 1
       */
      participant_ids: string[];
      title?: string;
    };
    answer: Started;
  };
  join_conversation: {
    /**
     * Watch a conversation: its last messages, or those since a cursor, and from then on what happens in it.
     */
    payload: {
      conversation_id: string;
      since?: string | number;
      min_position?: string | number;
    };
    answer: Joined;
  };
  leave_conversation: {
    /**
     * Watch it no more; one stays a participant.
     */
    payload: {
      conversation_id: string;
    };
    answer: Left;
  };
  send_message: {
    /**
     * Send a message under an id of one's own, by which the request can be repeated.
     */
    payload: {
      conversation_id: string;
      message_id: string;
      body: string;
    };
    answer: Sent;
  };
  mark_as_read: {
    /**
     * Read up to `number`; without one, up to the last message.
     */
    payload: {
      conversation_id: string;
      number?: number;
    };
    answer: Read;
  };
  add_participants: {
    /**
     * Add people: they see the earlier messages, and start with none unread.
     */
    payload: {
      conversation_id: string;
      /**
       * @minItems 1
       */
      user_ids: string[];
    };
    answer: Started;
  };
  remove_participant: {
    /**
     * Remove somebody, or oneself: to leave for good.
     */
    payload: {
      conversation_id: string;
      user_id: string;
    };
    answer: Removed;
  };
  rename_conversation: {
    /**
     * Give a group a title.
     */
    payload: {
      conversation_id: string;
      title: string;
    };
    answer: Started;
  };
  sync: {
    /**
     * Catch up with the list: what has changed since a cursor, or everything.
     */
    payload: {
      since?: string | number;
      min_position?: string | number;
    };
    answer: Synced;
  };
}
export interface Authenticated {
  user: User;
}
export interface User {
  user_id: string;
  name: string;
}
export interface Started {
  conversation: Conversation;
  /**
   * an event's place in the whole log
   */
  position: number;
}
export interface Conversation {
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  kind: "direct" | "group";
  title: string | null;
  participant_count: number;
  last_number: number;
  last_message: LastMessage | null;
  read_number: number;
  unread_count: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  created_at: string;
  /**
   * RFC 3339, UTC, milliseconds
   */
  updated_at: string;
  /**
   * an event's place in the whole log
   */
  position: number;
  participants: Participant[];
}
export interface LastMessage {
  /**
   * a UUID of 36 characters, in lower case
   */
  message_id: string;
  number: number;
  sender_id: string;
  sender_name: string;
  preview: string;
  /**
   * RFC 3339, UTC, milliseconds
   */
  sent_at: string;
}
export interface Participant {
  user_id: string;
  name: string;
  role: "owner" | "member";
  read_number: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  joined_at: string;
}
export interface Joined {
  conversation: Conversation;
  messages: Message[];
  /**
   * a position as digits; it never expires
   */
  cursor: string;
  has_more: boolean;
}
export interface Message {
  /**
   * a UUID of 36 characters, in lower case
   */
  message_id: string;
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  number: number;
  sender_id: string;
  sender_name: string;
  body: string;
  /**
   * RFC 3339, UTC, milliseconds
   */
  sent_at: string;
  /**
   * an event's place in the whole log
   */
  position: number;
}
/**
 * Nothing beside `ok`.
 */
export interface Left {}
export interface Sent {
  message: Message;
  /**
   * an event's place in the whole log
   */
  position: number;
}
export interface Read {
  read_number: number;
  unread_count: number;
  /**
   * an event's place in the whole log
   */
  position: number;
}
export interface Removed {
  /**
   * an event's place in the whole log
   */
  position: number;
}
export interface Synced {
  conversations: Summary[];
  removed: string[];
  /**
   * a position as digits; it never expires
   */
  cursor: string;
  has_more: boolean;
}
export interface Summary {
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  kind: "direct" | "group";
  title: string | null;
  participant_count: number;
  last_number: number;
  last_message: LastMessage | null;
  read_number: number;
  unread_count: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  created_at: string;
  /**
   * RFC 3339, UTC, milliseconds
   */
  updated_at: string;
  /**
   * an event's place in the whole log
   */
  position: number;
}
/**
 * What the server sends of its own accord.
 */
export interface Pushes {
  new_message: NewMessage;
  messages_read: MessagesRead;
  participants_changed: ParticipantsChanged;
  conversation_updated: ConversationUpdated;
  new_conversation: NewConversation;
  conversation_removed: ConversationRemoved;
  session_expired: SessionExpired;
}
/**
 * To the sockets that joined the conversation.
 */
export interface NewMessage {
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  message: Message;
}
/**
 * Somebody's read place has moved: to the sockets that joined the conversation.
 */
export interface MessagesRead {
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  user_id: string;
  read_number: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  read_at: string;
  /**
   * an event's place in the whole log
   */
  position: number;
}
/**
 * Who was added or removed, and who owns it now: to the sockets that joined the conversation.
 */
export interface ParticipantsChanged {
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  added: Participant[];
  removed: string[];
  owner_id: string | null;
  /**
   * an event's place in the whole log
   */
  position: number;
}
/**
 * A summary has changed: to every socket of each participant who sees it changed.
 */
export interface ConversationUpdated {
  conversation: Summary;
}
/**
 * To every socket of each participant, and of whoever is added later.
 */
export interface NewConversation {
  conversation: Summary;
}
/**
 * To every socket of a participant who was removed or left.
 */
export interface ConversationRemoved {
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  /**
   * an event's place in the whole log
   */
  position: number;
}
/**
 * The token has ended: to that socket, which is then disconnected.
 */
export interface SessionExpired {
  error: ProtocolError;
}
export interface ProtocolError {
  code:
    | "unauthenticated"
    | "invalid_token"
    | "token_expired"
    | "forbidden"
    | "not_found"
    | "conflict"
    | "invalid_payload"
    | "too_large"
    | "rate_limited"
    | "unavailable"
    | "internal";
  message: string;
  details?: Detail[];
  retry_after?: number;
}
export interface Detail {
  field: string;
  problem: string;
}
export interface Alive {
  status: "alive";
}
/**
 * What an auditor read and why, or that somebody was refused who is none.
 */
export interface AuditReading {
  /**
   * an event's place in the whole log
   */
  position: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  recorded_at: string;
  version: number;
  type: "audit.read" | "audit.refused";
  actor: string | null;
  data: {
    [k: string]: unknown;
  };
}
export interface AuditReadings {
  readings: AuditReading[];
  next: number | null;
}
/**
 * What gave a read place, and whether it is what decides.
 */
export interface Behind {
  why: "joined" | "sent" | "read";
  number: number;
  decides: boolean;
  event: HistoryEvent;
}
/**
 * An event with all that the log holds of it; `data` is in its own words.
 */
export interface HistoryEvent {
  /**
   * an event's place in the whole log
   */
  position: number;
  stream: "conversation" | "timeline" | "reading";
  /**
   * a UUID of 36 characters, in lower case
   */
  stream_id: string;
  version: number;
  type: string;
  /**
   * RFC 3339, UTC, milliseconds
   */
  recorded_at: string;
  actor: string | null;
  data: {
    [k: string]: unknown;
  };
}
export interface Checks {
  database: "reachable" | "unreachable";
  projections: {
    [k: string]: Projection;
  };
  pushes: Pushing;
}
/**
 * How far a projection is behind the log: in events, and by the age of the first of them. Null: not known.
 */
export interface Projection {
  position: number | null;
  behind: number | null;
  behind_seconds: number | null;
  failure: string | null;
}
/**
 * Why nothing is pushed to those connected here, if so.
 */
export interface Pushing {
  failure: string | null;
}
export interface Conversations {
  conversations: Summary[];
  next: string | null;
}
/**
 * `place` holds the last event of each kind that gave the read place; `unread` the messages above it.
 */
export interface Explanation {
  /**
   * an event's place in the whole log
   */
  position: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  recorded_at: string;
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  user_id: string;
  last_number: number;
  read_number: number;
  unread_count: number;
  arithmetic: string;
  place: Behind[];
  unread: HistoryEvent[];
}
/**
 * The first place that does not fit, and how.
 */
export interface FirstProblem {
  position: number;
  kind: string;
  what: string;
  detail: string;
}
/**
 * `people` are the first five: who fits the word, then in the order they joined.
 */
export interface FoundConversation {
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  kind: "direct" | "group";
  title: string | null;
  participant_count: number;
  people: User[];
  last_number: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  created_at: string;
  /**
   * RFC 3339, UTC, milliseconds
   */
  updated_at: string;
}
export interface FoundConversations {
  conversations: FoundConversation[];
}
/**
 * What a report reflects: the log up to a position, and the days on which there is anything.
 */
export interface Freshness {
  /**
   * an event's place in the whole log
   */
  position: number;
  reflected_at: string | null;
  first_day: string | null;
  last_day: string | null;
}
export interface Messages {
  messages: Message[];
  next: string | null;
}
/**
 * An event's position and its time of record.
 */
export interface Moment {
  /**
   * an event's place in the whole log
   */
  position: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  recorded_at: string;
}
/**
 * A conversation through nobody's eyes.
 */
export interface PastConversation {
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  kind: "direct" | "group";
  title: string | null;
  owner_id: string | null;
  participant_count: number;
  last_number: number;
  last_message: LastMessage | null;
  /**
   * RFC 3339, UTC, milliseconds
   */
  created_at: string;
  /**
   * RFC 3339, UTC, milliseconds
   */
  updated_at: string;
  /**
   * an event's place in the whole log
   */
  position: number;
  participants: Participant[];
}
/**
 * Somebody's conversation list; `total` are the unread messages of all of them.
 */
export interface PastList {
  /**
   * an event's place in the whole log
   */
  position: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  recorded_at: string;
  user: User;
  total: number;
  conversations: Summary[];
}
/**
 * RFC 9457.
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code:
    | "unauthenticated"
    | "invalid_token"
    | "token_expired"
    | "forbidden"
    | "not_found"
    | "conflict"
    | "invalid_payload"
    | "too_large"
    | "rate_limited"
    | "unavailable"
    | "internal";
  details?: Detail[];
  retry_after?: number;
}
export interface Ready {
  status: "ready" | "not ready";
  checks: Checks;
}
/**
 * `first` and `last` are the conversation's, as of now; `next` is the `before` of the messages before these.
 */
export interface Replay {
  /**
   * an event's place in the whole log
   */
  position: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  recorded_at: string;
  first: Moment;
  last: Moment;
  conversation: PastConversation | Conversation;
  messages: (Message | SeenMessage)[];
  next: number | null;
}
/**
 * `read`: it lies at or below the place of whose eyes it is seen through.
 */
export interface SeenMessage {
  /**
   * a UUID of 36 characters, in lower case
   */
  message_id: string;
  /**
   * a UUID of 36 characters, in lower case
   */
  conversation_id: string;
  number: number;
  sender_id: string;
  sender_name: string;
  body: string;
  /**
   * RFC 3339, UTC, milliseconds
   */
  sent_at: string;
  /**
   * an event's place in the whole log
   */
  position: number;
  read: boolean;
}
/**
 * `rows` are objects of `columns`. `by` is null where there are no periods.
 */
export interface Report {
  report: string;
  from: string;
  /**
   * a day, of UTC
   */
  to: string;
  by: ("day" | "week" | "month") | null;
  freshness: Freshness;
  columns: string[];
  rows: {
    [k: string]: number | string | null;
  }[];
}
/**
 * A report that may be asked for. `by`: whether its rows are periods.
 */
export interface Reported {
  report: string;
  words: string;
  columns: string[];
  by: boolean;
}
export interface Reports {
  reports: Reported[];
  freshness: Freshness;
}
/**
 * A checkpoint: so many events, and when it was signed.
 */
export interface Signed {
  size: number;
  /**
   * RFC 3339, UTC, milliseconds
   */
  signed_at: string;
}
export interface Unread {
  total: number;
  conversations: {
    [k: string]: number;
  };
}
export interface Users {
  users: User[];
  next: string | null;
}
/**
 * Of `size` events. `checkpoint` is the last that fits: what comes after it is not signed yet.
 *
 * `failure`: the last attempt has come to nothing, and the rest is of the one before it.
 */
export interface Verification {
  running: boolean;
  size: number | null;
  root: string | null;
  checkpoint: Signed | null;
  verified_at: string | null;
  fits: boolean | null;
  first_problem: FirstProblem | null;
  failure: string | null;
}
