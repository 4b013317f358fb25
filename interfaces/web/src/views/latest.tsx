/** The way down to what came last, with how much of it is unread. */
import { ArrowDown } from "lucide-react";
import { useWords } from "../i18n/words";

export function Latest({ count, onClick }: { count: number; onClick(): void }) {
  const { t } = useWords();
  return (
    <button className={count > 0 ? "latest new" : "latest"} onClick={onClick}>
      <span className={count > 0 ? "" : "unseen"}>
        {count > 0 ? t("thread.latestUnread", { count }) : t("thread.latest")}
      </span>
      <ArrowDown aria-hidden="true" />
    </button>
  );
}
