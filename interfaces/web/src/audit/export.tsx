/** A bundle to take away: of this conversation, of a person, or of all; up to the moment, or to now. */
import { useEffect, useRef, useState, type FormEvent } from "react";
import { Dialog } from "../views/dialog";
import { useAudit } from "./auditing";
import { Trouble } from "./trouble";
import { useWords } from "./words/words";

interface Props {
  id: string;
  at: number;
  eyes: string | null;
  name: string;
  onClose(): void;
}

interface Going {
  bytes: number;
  done: boolean;
  error: unknown;
}

/** The browser puts it where it puts what is downloaded. */
function save(bundle: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bundle);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // it may still be writing
}

function useDownload() {
  const { archive } = useAudit();
  const [going, setGoing] = useState<Going | null>(null);
  const given = useRef(new AbortController());
  useEffect(() => () => given.current.abort(), []);
  const stop = () => {
    given.current.abort();
    setGoing(null);
  };
  const start = async (query: Record<string, string | number>, name: string) => {
    const { signal } = (given.current = new AbortController());
    setGoing({ bytes: 0, done: false, error: null });
    try {
      const bundle = await archive.bundle(query, (bytes) => setGoing({ bytes, done: false, error: null }), signal);
      save(bundle, name);
      setGoing({ bytes: bundle.size, done: true, error: null });
    } catch (error) {
      if (!signal.aborted) setGoing({ bytes: 0, done: false, error });
    }
  };
  return { going, start, stop };
}

export function Export({ id, at, eyes, name, onClose }: Props) {
  const { t, language } = useWords();
  const { going, start, stop } = useDownload();
  const form = useRef<HTMLFormElement>(null);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    const chosen = new FormData(form.current!);
    const what = String(chosen.get("what"));
    const query = {
      ...(what === "conversation" && { conversation_id: id }),
      ...(what === "person" && eyes !== null && { user_id: eyes }),
      ...(chosen.get("until") === "moment" && { to: at }),
    };
    void start(query, `litspark-${what}-${at}.zip`);
  };
  const megabytes = new Intl.NumberFormat(language, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
  const size = megabytes.format((going?.bytes ?? 0) / 1e6);
  const underWay = going !== null && !going.done && going.error === null;
  return (
    <Dialog title={t("export.title")} onClose={onClose}>
      <p>{t("export.lead")}</p>
      <form ref={form} onSubmit={submit}>
        <Options
          legend={t("export.what")}
          name="what"
          options={[
            ["conversation", t("export.conversation")],
            ...(eyes === null ? [] : ([["person", t("export.person", { name })]] as [string, string][])),
            ["all", t("export.all")],
          ]}
        />
        <Options
          legend={t("export.until")}
          name="until"
          options={[
            ["moment", t("export.moment", { position: at })],
            ["now", t("export.now")],
          ]}
        />
        {underWay ? (
          <button type="button" className="button" onClick={stop}>
            {t("export.cancel")}
          </button>
        ) : (
          <button className="button main">{t("export.submit")}</button>
        )}
      </form>
      <p className="hint">
        {t("export.how")} <code>litspark audit verify</code>
      </p>
      <p role="status">{going?.error === null && t(going.done ? "export.done" : "export.coming", { size })}</p>
      {going !== null && going.error !== null && <Trouble error={going.error} onAgain={() => submit()} />}
    </Dialog>
  );
}

function Options({ legend, name, options }: { legend: string; name: string; options: [string, string][] }) {
  return (
    <fieldset className="radios">
      <legend className="label">{legend}</legend>
      {options.map(([value, label], index) => (
        <label key={value}>
          <input type="radio" name={name} value={value} defaultChecked={index === 0} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
