/** An event in words. */
import type { Language } from "../i18n/words";
import { listed, type Names } from "./names";
import type { HistoryEvent } from "../protocol";
import type { T } from "./words/words";

export interface Teller {
  names: Names;
  t: T;
  language: Language;
}

type Data = Record<string, string> & { number: number; participant_ids: string[]; user_ids: string[] };

/** One line. An event of a kind that this page does not know yet is told by its type. */
export function told({ type, actor, data }: HistoryEvent, { names, t, language }: Teller): string {
  const { user_id = "", owner_id = "", sender_id = "", title = "", body = "", ...more } = data as Data;
  const people = (ids: string[]) => listed(ids, names, t, language);
  const who = actor === null ? t("events.importer") : names(actor);
  switch (type) {
    case "conversation.started": {
      const others = more.participant_ids.filter((one) => one !== owner_id);
      const start = { who: names(owner_id), people: people(others) };
      return t(others.length > 0 ? "event.started" : "event.startedAlone", start);
    }
    case "conversation.participants-added": {
      const added = { who, people: people(more.user_ids), count: more.user_ids.length };
      return actor === null ? t("event.joined", added) : t("event.added", added);
    }
    case "conversation.participant-removed":
      return t(actor === user_id ? "event.left" : "event.removed", { who, person: names(user_id) });
    case "conversation.owner-changed":
      return t("event.owner", { person: names(owner_id) });
    case "conversation.renamed":
      return t("event.renamed", { who, title });
    case "timeline.message-sent":
      return t("event.said", { who: names(sender_id), body });
    case "reading.messages-read":
      return t("event.read", { person: names(user_id), number: more.number });
    default:
      return type;
  }
}
