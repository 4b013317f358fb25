/** The desk of an auditor: the search at the side, and the conversation that the address names as it was. */
import { useState } from "react";
import { useRoute } from "wouter";
import { Nothing } from "../views/nothing";
import { Case } from "./case";
import { Finder } from "./finder";
import { Masthead } from "./masthead";
import { Settings } from "./settings";
import { useWords } from "./words/words";

export function Desk() {
  const { t } = useWords();
  const [, params] = useRoute("/audit/:id");
  const [settings, setSettings] = useState(false);
  const id = params?.id.toLowerCase() ?? null;
  return (
    <div className={id ? "desk audit reading" : "desk audit"}>
      <a className="skip" href="#pane">
        {t("skip")}
      </a>
      <Masthead onSettings={() => setSettings(true)} />
      <Finder selected={id} />
      <main className="pane" id="pane" tabIndex={-1}>
        {id ? <Case key={id} id={id} /> : <Nothing title={t("nothing.title")} text={t("nothing.text")} art="glass" />}
      </main>
      {settings && <Settings onClose={() => setSettings(false)} />}
    </div>
  );
}
