/** Where the token does not open this page, and how one comes by one that does. */
import type { ReactNode } from "react";
import { Page } from "../views/sign-in";
import { useOwnWords } from "./words";

function Outside({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useOwnWords();
  return (
    <Page title={title}>
      {children}
      <p className="hint">{t("door.technical")}</p>
      <pre className="hint" tabIndex={0}>
        <code>litspark token NAME --scope analytics</code>
      </pre>
    </Page>
  );
}

/** Who has been inside is told that the session is over. */
export function Closed({ been }: { been: boolean }) {
  const { t } = useOwnWords();
  return (
    <Outside title={t("door.closedTitle")}>
      <p className="lead">{t(been ? "door.over" : "door.closed")}</p>
    </Outside>
  );
}

export function NoScope() {
  const { t } = useOwnWords();
  return (
    <Outside title={t("door.scopeTitle")}>
      <p className="lead">{t("door.scope")}</p>
    </Outside>
  );
}
