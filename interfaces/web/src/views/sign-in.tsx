/** The first view: by name where the server hands out tokens, else words on how to come in. */
import { useState, type FormEvent, type ReactNode } from "react";
import { told } from "../i18n/errors";
import { useWords, type T } from "../i18n/words";
import type { ProtocolError } from "../protocol";
import { signIn } from "../session";
import { LanguageChoice } from "./choices";
import { Spark } from "./spark";

const LAST = "litspark.last-name";

/** A name as an identifier: without accents and signs where something is left then. */
function identifier(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const ascii = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return (ascii || encodeURIComponent(name.trim().toLowerCase())).slice(0, 255);
}

function complaint(error: unknown, t: T): string {
  if (error instanceof TypeError || error instanceof SyntaxError) return t("signIn.failed");
  const field = (error as ProtocolError).details?.[0]?.field;
  if (field === "name") return t("signIn.badName");
  return field === "user_id" ? t("signIn.badIdentifier") : told(error, t);
}

export function Page({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="page">
      <div className="sheet">
        <p className="brand">
          <Spark /> LitSpark
        </p>
        <h1>{title}</h1>
        {children}
        <footer>
          <LanguageChoice />
        </footer>
      </div>
    </main>
  );
}

/** Where no one can sign in here; who has been inside is told how to come back. */
export function Closed({ been }: { been: boolean }) {
  const { t } = useWords();
  return (
    <Page title={t("signIn.closedTitle")}>
      <p className="lead">{t(been ? "signIn.expired" : "signIn.closed")}</p>
      <p className="hint">{t("signIn.closedTechnical")}</p>
    </Page>
  );
}

interface Identified {
  user_id: string;
  onChange(user_id: string | null): void;
}

/** What the name makes is shown; who wants another identifier asks for the field. */
function Identifier({ user_id, onChange }: Identified) {
  const { t } = useWords();
  const [changing, setChanging] = useState(false);
  if (!changing)
    return (
      <p className="hint identifier">
        {t("signIn.identifier")} <code>{user_id || "…"}</code>
        <button type="button" className="link-button" onClick={() => setChanging(true)}>
          {t("signIn.change")}
        </button>
      </p>
    );
  return (
    <>
      <label className="label" htmlFor="user_id">
        {t("signIn.identifier")}
      </label>
      <input
        id="user_id"
        className="input"
        value={user_id}
        onChange={(event) => onChange(event.target.value.trim() || null)}
        maxLength={255}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        aria-describedby="hint"
      />
      <p className="hint" id="hint">
        {t("signIn.hint")}
      </p>
    </>
  );
}

/** Asks for a token, and holds what went wrong. */
function useAsking(onToken: (token: string) => void) {
  const { t } = useWords();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState("");
  const ask = async (user_id: string, name: string) => {
    setWorking(true);
    setProblem("");
    try {
      const token = await signIn(user_id, name || undefined);
      localStorage.setItem(LAST, name);
      onToken(token);
    } catch (error) {
      setProblem(complaint(error, t));
      setWorking(false);
    }
  };
  return { working, problem, ask };
}

export function SignIn({ onToken }: { onToken(token: string): void }) {
  const { t } = useWords();
  const [name, setName] = useState(() => localStorage.getItem(LAST) ?? "");
  const [chosen, setChosen] = useState<string | null>(null); // typed by hand: the name changes it no more
  const { working, problem, ask } = useAsking(onToken);
  const user_id = chosen ?? identifier(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void ask(user_id, name.trim());
  };

  return (
    <Page title={t("signIn.title")}>
      <p className="lead">{t("signIn.lead")}</p>
      <form onSubmit={submit} noValidate>
        <label className="label" htmlFor="name">
          {t("signIn.name")}
        </label>
        <input
          id="name"
          className="input"
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={120}
          autoComplete="name"
          autoFocus
          aria-invalid={problem !== ""}
          aria-describedby="problem"
        />
        <Identifier user_id={user_id} onChange={setChosen} />
        <button className="button main" disabled={working || user_id === ""}>
          {working ? t("signIn.working") : t("signIn.submit")}
        </button>
        <p className="problem" id="problem" role="alert">
          {problem}
        </p>
      </form>
    </Page>
  );
}
