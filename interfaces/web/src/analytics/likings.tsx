/** Language and appearance. */
import { LanguageChoice, ThemeChoice } from "../views/choices";
import { Dialog } from "../views/dialog";
import { useOwnWords } from "./words";

export function Likings({ onClose }: { onClose(): void }) {
  const { t } = useOwnWords();
  return (
    <Dialog title={t("likings")} onClose={onClose}>
      <LanguageChoice />
      <ThemeChoice />
    </Dialog>
  );
}
