/** What people were called at a moment, as far as the answer about it tells; else by their identifier. */
import type { Language } from "../i18n/words";
import type { Replay } from "../protocol";
import type { T } from "./words/words";

export type Names = (user_id: string) => string;

export const unnamed: Names = (user_id) => user_id;

export function namesOf(replay: Replay | null): Names {
  if (replay === null) return unnamed;
  const names = new Map<string, string>();
  for (const { sender_id, sender_name } of replay.messages) names.set(sender_id, sender_name);
  for (const { user_id, name } of replay.conversation.participants) names.set(user_id, name);
  return (user_id) => names.get(user_id) ?? user_id;
}

const NAMED = 3;

/** A few of them by name. */
export function listed(user_ids: string[], names: Names, t: T, language: Language): string {
  const some = user_ids.slice(0, NAMED).map(names);
  const rest = user_ids.length - some.length;
  return new Intl.ListFormat(language).format(rest > 0 ? [...some, t("event.more", { count: rest })] : some);
}
