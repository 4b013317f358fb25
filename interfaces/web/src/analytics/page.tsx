/** How the messaging is used, for whoever comes with a token of scope `analytics`. */
import "../styles/analytics.css";
import { useCallback, useEffect, useState } from "react";
import { keptToken } from "../session";
import { Nothing } from "../views/nothing";
import { Dashboard } from "./dashboard";
import { Closed, NoScope } from "./door";
import { Masthead } from "./masthead";
import { isForbidden, isSignedOut, Reports } from "./reports";
import { told } from "./span";
import { Trouble } from "./trouble";
import { useAsked } from "./useReport";
import { useOwnWords } from "./words";

export default function Page() {
  const { t, language } = useOwnWords();
  const [token] = useState(keptToken);
  useEffect(() => void (document.title = t("title")), [t, language]);
  return token === null ? <Closed been={false} /> : <Inside token={token} />;
}

function Inside({ token }: { token: string }) {
  const [reports] = useState(() => new Reports(token));
  const [edition, setEdition] = useState(0);
  const contents = useAsked(useCallback((signal) => reports.contents(signal), [reports]));
  const { answer, error, asking, again } = contents;
  const refresh = () => {
    again();
    setEdition((before) => before + 1);
  };
  if (isForbidden(error)) return <NoScope />;
  if (isSignedOut(error)) return <Closed been />;
  return (
    <div className="usage">
      <Masthead freshness={answer?.freshness ?? null} asking={asking} onRefresh={refresh} />
      <main>
        {error !== null && !asking && <Trouble error={error} onRetry={again} />}
        {answer && <Shown {...{ reports, edition }} {...answer.freshness} />}
      </main>
    </div>
  );
}

interface Shown {
  reports: Reports;
  edition: number;
  first_day: string | null;
  last_day: string | null;
}

function Shown({ reports, edition, first_day, last_day }: Shown) {
  const { t } = useOwnWords();
  if (first_day === null || last_day === null)
    return <Nothing title={t("door.emptyTitle")} text={t("door.empty")} art="page" />;
  return <Dashboard reports={reports} edition={edition} bounds={told(first_day, last_day)} />;
}
