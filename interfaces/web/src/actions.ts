import { v4 as uuid } from "uuid";
import type { Connection } from "./connection";
import type { Notice } from "./incoming";
import type { Conversation, User } from "./protocol";

/** What a person can do. */
export interface Actions {
  /** Watches a conversation. */
  open(conversation_id: string): void;
  close(conversation_id: string): void;
  loadOlder(conversation_id: string): void;
  send(conversation_id: string, body: string): void;
  /** Takes a refused message back into the draft, above what is there. */
  edit(message_id: string): void;
  drop(message_id: string): void;
  retry(message_id: string): void;
  markRead(conversation_id: string, number: number): void;
  /** This and the next four reject with a `ProtocolError`. */
  start(kind: "direct" | "group", participant_ids: string[], title?: string): Promise<Conversation>;
  add(conversation_id: string, user_ids: string[]): Promise<void>;
  remove(conversation_id: string, user_id: string): Promise<void>;
  rename(conversation_id: string, title: string): Promise<void>;
  findUsers(q: string): Promise<User[]>;
  draft(conversation_id: string, text: string): void;
  /** Messages of somebody else came into a conversation that is not on screen; told in one tab only. */
  onIncoming(call: (notice: Notice) => void): () => void;
  reconnect(): void;
}

export function actionsOf(connection: Connection): Actions {
  const { store, watching, reading, incoming, api, line } = connection;
  return {
    open: (conversation_id) => watching.open(conversation_id),
    close: (conversation_id) => watching.close(conversation_id),
    loadOlder: (conversation_id) => void watching.loadOlder(conversation_id),
    send: (conversation_id, body) => void connection.send(conversation_id, body),
    edit(message_id) {
      const { outbox, drafts } = store.getState();
      const refused = outbox.find((one) => one.message_id === message_id);
      if (!refused) return;
      const draft = [refused.body, drafts[refused.conversation_id]].filter(Boolean).join("\n");
      void connection.draft(refused.conversation_id, draft);
      void connection.drop(message_id);
    },
    drop: (message_id) => void connection.drop(message_id),
    retry: (message_id) => void connection.retry(message_id),
    markRead: (conversation_id, number) => reading.mark(conversation_id, number),
    async start(kind, participant_ids, title) {
      const payload = { conversation_id: uuid(), kind, participant_ids, ...(title !== undefined && { title }) };
      const started = await connection.insist("start_conversation", payload, changed("started"));
      return started.conversation;
    },
    async add(conversation_id, user_ids) {
      await connection.insist("add_participants", { conversation_id, user_ids }, changed("changed"));
    },
    async remove(conversation_id, user_id) {
      const oneself = user_id === store.getState().me?.user_id; // of others, a push tells all who watch
      await connection.insist("remove_participant", { conversation_id, user_id }, ({ position }) =>
        oneself ? { type: "conversation_removed", conversation_id, position } : null,
      );
    },
    async rename(conversation_id, title) {
      await connection.insist("rename_conversation", { conversation_id, title }, changed("changed"));
    },
    findUsers: (q) => api.users(q),
    draft: (conversation_id, text) => void connection.draft(conversation_id, text),
    onIncoming: (call) => incoming.on(call),
    reconnect: () => line.hurry(),
  };
}

function changed<Type extends "started" | "changed">(type: Type) {
  return ({ conversation }: { conversation: Conversation }) => ({ type, conversation });
}
