/** One chart: what it says in a sentence, itself or its table, and the file. */
import { ChartColumn, Download, Table2 } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { download } from "./csv";
import type { Name, Report } from "./reports";
import { Table } from "./table";
import { Trouble } from "./trouble";
import type { Asked } from "./useReport";
import { useOwnWords } from "./words";

interface Props<Of extends Name> {
  title: string;
  asked: Asked<Report<Of>>;
  /** What the chart says in short; null: there is nothing in it. */
  says(report: Report<Of>): string | null;
  children(report: Report<Of>): ReactNode;
}

export function Card<Of extends Name>({ title, asked, says, children }: Props<Of>) {
  const { t, language } = useOwnWords();
  const [read, setRead] = useState(false);
  const id = useId();
  const { answer, error, asking, again } = asked;
  const sentence = answer && says(answer);
  return (
    <section className="card" aria-labelledby={id} aria-busy={asking}>
      <header>
        <h2 id={id}>{title}</h2>
        <button
          className="icon-button"
          aria-pressed={read}
          aria-label={t("card.table", { title })}
          title={t("card.table", { title })}
          onClick={() => setRead(!read)}
          disabled={!answer}
        >
          {read ? <ChartColumn /> : <Table2 />}
        </button>
        <button
          className="icon-button"
          aria-label={t("card.download", { title })}
          title={t("card.download", { title })}
          onClick={() => answer && download(answer)}
          disabled={!answer}
        >
          <Download />
        </button>
      </header>
      {error !== null && !asking && <Trouble error={error} onRetry={again} />}
      {!answer && (asking ? <p className="skeleton">{t("loading")}</p> : null)}
      {answer && <p className="says">{sentence ?? t("nothingHere")}</p>}
      {answer && read && <Table title={title} report={answer as Report} t={t} language={language} />}
      {answer && !read && sentence !== null && <div className="chart">{children(answer)}</div>}
    </section>
  );
}
