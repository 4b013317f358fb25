/** Somebody in a conversation: who, how far they have read, and for the owner the way to remove them. */
import { UserMinus } from "lucide-react";
import { useWords } from "../i18n/words";
import type { Participant } from "../protocol";
import { Avatar } from "./avatar";
import { Sure, useAsking } from "./sure";

interface Props {
  participant: Participant;
  last: number;
  own: boolean;
  onRemove: (() => void) | undefined;
}

export function ParticipantRow({ participant, last, own, onRemove }: Props) {
  const { t } = useWords();
  const { asking, button, ask, cancel } = useAsking();
  const { name, role, read_number } = participant;
  const behind = Math.max(0, last - read_number);
  const marks = [own && t("details.you"), role === "owner" && t("details.owner")].filter(Boolean);
  return (
    <li>
      <div className="person">
        <Avatar name={name} size="2.25rem" />
        <span className="what">
          <span className="title" dir="auto">
            {name} {marks.length > 0 && <span className="hint">{marks.join(", ")}</span>}
          </span>
          <span className="hint">{behind === 0 ? t("details.upToDate") : t("details.behind", { count: behind })}</span>
        </span>
        {onRemove && !asking && (
          <button
            ref={button}
            className="icon-button"
            aria-label={t("details.remove", { name })}
            title={t("details.remove", { name })}
            onClick={ask}
          >
            <UserMinus aria-hidden="true" />
          </button>
        )}
      </div>
      {onRemove && asking && (
        <Sure
          name={t("details.remove", { name })}
          question={t("details.removeSure", { name })}
          yes={t("details.removeYes")}
          onYes={onRemove}
          onCancel={cancel}
        />
      )}
    </li>
  );
}
