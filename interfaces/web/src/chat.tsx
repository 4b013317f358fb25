import { createContext, useContext, useMemo, type ReactNode } from "react";
import { actionsOf, type Actions } from "./actions";
import type { Options } from "./connection";
import type { State } from "./state";
import { useChatState, useConnection } from "./useConnection";

export type { Actions };

export interface Chat {
  state: State;
  actions: Actions;
}

const Context = createContext<Chat | null>(null);

export interface ChatProps extends Options {
  userId: string;
  children: ReactNode;
}

/** Connects a person, and gives what is inside of it the state and what can be done. */
export function Chat({ userId, children, ...options }: ChatProps) {
  const connection = useConnection(userId, options);
  const state = useChatState(connection);
  const actions = useMemo(() => connection && actionsOf(connection), [connection]);
  const chat = useMemo(() => actions && { state, actions }, [state, actions]);
  return chat && <Context value={chat}>{children}</Context>;
}

export function useChat(): Chat {
  const chat = useContext(Context);
  if (!chat) throw new Error("useChat is for what stands inside <Chat>");
  return chat;
}
