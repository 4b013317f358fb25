import { createContext, useContext, type ReactNode } from "react";
import type { Conversation, Summary, User } from "./protocol";
import { initial, type State } from "./state";

export interface Actions {
  /** Watches a conversation. */
  open(conversation_id: string): void;
  close(conversation_id: string): void;
  loadOlder(conversation_id: string): void;
  send(conversation_id: string, body: string): void;
  /** Takes a refused message back, and returns its body. */
  edit(message_id: string): string;
  drop(message_id: string): void;
  retry(message_id: string): void;
  markRead(conversation_id: string, number: number): void;
  /** This and the next three reject with a `ProtocolError`. */
  start(kind: "direct" | "group", participant_ids: string[], title?: string): Promise<Conversation>;
  add(conversation_id: string, user_ids: string[]): Promise<void>;
  remove(conversation_id: string, user_id: string): Promise<void>;
  rename(conversation_id: string, title: string): Promise<void>;
  findUsers(q: string): Promise<User[]>;
  draft(conversation_id: string, text: string): void;
  /** A message of somebody else came into a conversation that is not on screen; told in one tab only. */
  onIncoming(call: (message: { conversation: Summary }) => void): () => void;
  reconnect(): void;
}

export interface Chat {
  state: State;
  actions: Actions;
}

const Context = createContext<Chat | null>(null);

export interface ChatProps {
  userId: string;
  /** Asked for at each connect, and before a token ends. */
  getToken: () => string | Promise<string>;
  /** The server's address, where it is not the page's. */
  url?: string;
  children: ReactNode;
}

export function Chat({ children }: ChatProps) {
  return <Context value={{ state: initial, actions: {} as Actions }}>{children}</Context>;
}

export function useChat(): Chat {
  const chat = useContext(Context);
  if (!chat) throw new Error("useChat is for what stands inside <Chat>");
  return chat;
}
