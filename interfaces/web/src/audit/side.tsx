/** What is looked at: on a wide screen what stands beside the conversation, on a narrow one instead of it. */
import { useSyncExternalStore } from "react";
import { useWords } from "./words/words";

const SIDES = ["said", "events", "people"] as const;
export type Side = (typeof SIDES)[number];

const wide = matchMedia("(min-width: 75rem)"); // as in audit.css

function subscribe(changed: () => void): () => void {
  wide.addEventListener("change", changed);
  return () => wide.removeEventListener("change", changed);
}

/** Whether there is room for the conversation and what stands beside it. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide.matches);
}

interface Props {
  side: Side;
  wide: boolean;
  onSide(side: Side): void;
}

export function SideChoice({ side, wide, onSide }: Props) {
  const { t } = useWords();
  return (
    <fieldset className="choice sides">
      <legend className="unseen">{t("side.label")}</legend>
      <div className="options">
        {SIDES.filter((one) => !wide || one !== "said").map((one) => (
          <label key={one}>
            <input type="radio" name="side" value={one} checked={one === side} onChange={() => onSide(one)} />
            <span>{t(`side.${one}`)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
