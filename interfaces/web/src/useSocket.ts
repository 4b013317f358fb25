import { useMemo } from "react";
import type { Socket } from "socket.io-client";
import type { Connection, Options } from "./connection";
import { watchNews, type News } from "./news";
import type { Message } from "./protocol";
import type { Room, Status } from "./state";
import { useChatState, useConnection } from "./useConnection";

type On<Name extends keyof News> = (call: (news: News[Name]) => void) => () => void;

export interface ChatSocket {
  /** The socket of the connection; null for the first moment. */
  socket: Socket | null;
  isConnected: boolean;
  status: Status;
  /** Watches a conversation, over every connection until it is left. Resolves with what is known of it: its people, its
   * last messages; with null where it is not ours to see, or was left meanwhile. */
  joinConversation(conversation_id: string): Promise<Room | null>;
  leaveConversation(conversation_id: string): void;
  /** Up to a number, else up to the last message. */
  markAsRead(conversation_id: string, number?: number): void;
  /** Resolves once the message is acknowledged, however long that takes; rejects with a `ProtocolError`. */
  sendMessage(conversation_id: string, body: string): Promise<Message>;
  /** Each message that comes after a conversation was joined, once and in order; those too that a break has hidden. */
  onNewMessage: On<"new_message">;
  onConversationUpdated: On<"conversation_updated">;
  onNewConversation: On<"new_conversation">;
  onMessagesRead: On<"messages_read">;
}

/** For an app with views of its own: the connection of `<Chat>`, as functions. */
export function useSocket(userId: string | null, options: Options): ChatSocket {
  const connection = useConnection(userId, options);
  const { status } = useChatState(connection);
  const functions = useMemo(() => functionsOf(connection), [connection]);
  return { ...functions, socket: connection?.line.socket ?? null, status, isConnected: status === "connected" };
}

function functionsOf(connection: Connection | null): Omit<ChatSocket, "socket" | "isConnected" | "status"> {
  const on =
    <Name extends keyof News>(name: Name): On<Name> =>
    (call) =>
      connection ? watchNews(connection.store, { [name]: call }) : () => {};
  return {
    joinConversation: async (conversation_id) => (await connection?.watching.openAndWait(conversation_id)) ?? null,
    leaveConversation: (conversation_id) => connection?.watching.close(conversation_id),
    markAsRead(conversation_id, number) {
      const last = connection?.store.getState().conversations[conversation_id]?.last_number ?? 0;
      connection?.reading.mark(conversation_id, number ?? last);
    },
    sendMessage: (conversation_id, body) =>
      connection ? connection.sendAndWait(conversation_id, body) : Promise.reject(new Error("not connected yet")),
    onNewMessage: on("new_message"),
    onConversationUpdated: on("conversation_updated"),
    onNewConversation: on("new_conversation"),
    onMessagesRead: on("messages_read"),
  };
}
