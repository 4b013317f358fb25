/** Who has read up to here, as small faces. */
import { useWords, type Language } from "../i18n/words";
import type { Participant } from "../protocol";
import { Avatar } from "./avatar";

const SHOWN = 5;
const NAMED = 20;
const LISTED: Record<Language, Intl.ListFormat> = { fr: new Intl.ListFormat("fr"), en: new Intl.ListFormat("en") };

export function Places({ people }: { people: Participant[] }) {
  const { t, language } = useWords();
  const rest = people.length - SHOWN;
  const named = people.slice(0, NAMED).map(({ name }) => name);
  if (people.length > NAMED) named.push(`+${people.length - NAMED}`);
  const label = t("thread.readHere", { names: LISTED[language].format(named) });
  return (
    <div className="places" role="img" aria-label={label} title={label}>
      {people.slice(0, SHOWN).map(({ user_id, name }) => (
        <Avatar key={user_id} name={name} size="1.125rem" />
      ))}
      {rest > 0 && <span className="rest">+{rest}</span>}
    </div>
  );
}
