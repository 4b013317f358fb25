/** Who has read up to here, as small faces. */
import { useWords } from "../i18n/words";
import type { Participant } from "../protocol";
import { Avatar } from "./avatar";

const SHOWN = 5;
const NAMED = 20;

export function Places({ people }: { people: Participant[] }) {
  const { t, language } = useWords();
  const rest = people.length - SHOWN;
  const named = people.slice(0, NAMED).map(({ name }) => name);
  if (people.length > NAMED) named.push(`+${people.length - NAMED}`);
  const label = t("thread.readHere", { names: new Intl.ListFormat(language).format(named) });
  return (
    <div className="places" role="img" aria-label={label} title={label}>
      {people.slice(0, SHOWN).map(({ user_id, name }) => (
        <Avatar key={user_id} name={name} size="1.125rem" />
      ))}
      {rest > 0 && <span className="rest">+{rest}</span>}
    </div>
  );
}
