/** The top: the mark, how fresh the figures are, and how one likes the page. */
import { RefreshCw, Settings2 } from "lucide-react";
import { useState } from "react";
import type { Freshness } from "../protocol";
import { Spark } from "../views/spark";
import { Ago } from "../views/time";
import { number } from "./figures";
import { Likings } from "./likings";
import { useOwnWords } from "./words";

interface Props {
  freshness: Freshness | null;
  asking: boolean;
  onRefresh(): void;
}

export function Masthead({ freshness, asking, onRefresh }: Props) {
  const { t, language } = useOwnWords();
  const [open, setOpen] = useState(false);
  return (
    <header className="masthead">
      <a className="skip" href="#charts">
        {t("skip")}
      </a>
      <h1 className="brand">
        <Spark /> <span>LitSpark</span> <span className="place">{t("name")}</span>
      </h1>
      <p className="freshness">
        {freshness?.reflected_at && (
          <>
            {t("freshness", { position: number(freshness.position, language) })} <Ago at={freshness.reflected_at} />
          </>
        )}
        {freshness && !freshness.reflected_at && t("freshnessNone")}
      </p>
      <button
        className="icon-button"
        aria-label={t("refresh")}
        title={t("refresh")}
        onClick={onRefresh}
        aria-busy={asking}
      >
        <RefreshCw />
      </button>
      <button className="icon-button" aria-label={t("likings")} title={t("likings")} onClick={() => setOpen(true)}>
        <Settings2 />
      </button>
      {open && <Likings onClose={() => setOpen(false)} />}
    </header>
  );
}
