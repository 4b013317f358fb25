/**
 * What a conversation is called: its title, else those in it, else how many they are. The list knows no more than a
 * summary tells, so that it says the same whatever was opened before.
 */
import type { T } from "../i18n/words";
import type { Participant, Summary } from "../protocol";

const NAMED = 3;

export function titleOf(summary: Summary, t: T, participants: Participant[] = [], me = ""): string {
  if (summary.title !== null) return summary.title;
  const others = participants.filter(({ user_id }) => user_id !== me).map(({ name }) => name);
  if (others.length === 0) return t("list.group", { count: summary.participant_count });
  const rest = others.length - NAMED;
  return others.slice(0, NAMED).join(", ") + (rest > 0 ? ` +${rest}` : "");
}
