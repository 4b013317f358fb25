import { useEffect, useState, useSyncExternalStore } from "react";
import type { Connection, Options } from "./connection";
import { hold } from "./held";
import { initial, type State } from "./state";

/** The connection of a person, for as long as the component is there; null for the first moment. */
export function useConnection(user_id: string | null, { url, getToken }: Options): Connection | null {
  const [connection, setConnection] = useState<Connection | null>(null);
  const [latest] = useState<{ getToken: Options["getToken"] }>({ getToken });
  useEffect(() => {
    latest.getToken = getToken; // a new function at each render is no reason to connect anew
  });
  useEffect(() => {
    if (user_id === null) return;
    const options = { getToken: () => latest.getToken(), ...(url !== undefined && { url }) };
    const { connection, release } = hold(user_id, options);
    setConnection(connection);
    return () => {
      setConnection(null);
      release();
    };
  }, [user_id, url, latest]);
  return connection;
}

const nothing = () => () => {};

export function useChatState(connection: Connection | null): State {
  return useSyncExternalStore(connection?.store.subscribe ?? nothing, connection?.store.getState ?? (() => initial));
}
