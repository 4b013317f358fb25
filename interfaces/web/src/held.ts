import { Connection, type Options } from "./connection";

interface Held {
  connection: Connection;
  holders: number;
}

const held = new Map<string, Held>();

/** One connection for one person and one server, however many components ask for it. */
export function hold(user_id: string, options: Options): { connection: Connection; release: () => void } {
  const key = `${user_id} ${options.url ?? ""}`;
  const one = held.get(key) ?? begun(key, user_id, options);
  one.holders += 1;
  return { connection: one.connection, release: () => released(key, one) };
}

function begun(key: string, user_id: string, options: Options): Held {
  const one = { connection: new Connection(user_id, options), holders: 0 };
  held.set(key, one);
  void one.connection.start();
  return one;
}

/** React unmounts and mounts again in one breath: only who does not come back ends the connection. */
function released(key: string, one: Held): void {
  one.holders -= 1;
  setTimeout(() => {
    if (one.holders || held.get(key) !== one) return;
    held.delete(key);
    void one.connection.stop();
  });
}
