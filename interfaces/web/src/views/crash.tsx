/** Shown where drawing failed: words and a way out, instead of a blank page. */
import { Component, type ReactNode } from "react";
import { useWords } from "../i18n/words";

function Apology() {
  const { t } = useWords();
  return (
    <main className="page">
      <div className="sheet" role="alert">
        <h1>{t("broken")}</h1>
        <button className="button main" onClick={() => location.reload()}>
          {t("reload")}
        </button>
      </div>
    </main>
  );
}

export class Crash extends Component<{ children: ReactNode }, { broken: boolean }> {
  state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  render() {
    return this.state.broken ? <Apology /> : this.props.children;
  }
}
