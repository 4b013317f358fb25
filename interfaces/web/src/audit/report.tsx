/** What the last verification has come to, and the way to have one made now. */
import type { Verification } from "../protocol";
import { Dialog } from "../views/dialog";
import { useDoing } from "../views/doing";
import { useAudit } from "./auditing";
import type { Standing } from "./badge";
import { Field } from "./field";
import { Trouble } from "./trouble";
import { inWords } from "./when";
import type { fr } from "./words/fr";
import { useWords } from "./words/words";

export function Report({ stands, onClose }: { stands: Standing; onClose(): void }) {
  const { archive, verification } = useAudit();
  const { answer, error, again } = verification;
  const { t } = useWords();
  const { problem, working, run } = useDoing();
  const verify = async () => {
    await archive.verify(new AbortController().signal);
    again();
  };
  return (
    <Dialog title={t("badge.title")} onClose={onClose}>
      {error !== null && <Trouble error={error} onAgain={again} />}
      <p className={`verdict ${stands}`} role="status">
        {t(`badge.${stands}Lead`)}
      </p>
      {answer && <Fields verification={answer} />}
      <button className="button" disabled={working || answer?.running} onClick={() => void run(verify)}>
        {t(answer?.running ? "badge.running" : "badge.verify")}
      </button>
      <p className="problem" role="alert">
        {problem}
      </p>
      <p className="hint">
        {t("badge.how")} <code>litspark audit verify</code>
      </p>
    </Dialog>
  );
}

type Kind = keyof typeof fr.badge.kinds;

function Fields({ verification }: { verification: Verification }) {
  const { t, language } = useWords();
  const { size, root, checkpoint, verified_at, first_problem: problem, failure } = verification;
  const count = (events: number) => t("badge.events", { count: events });
  return (
    <dl className="fields">
      {failure !== null && <Field name={t("badge.failure")} value={failure} code />}
      {problem && (
        <>
          <Field name={t("badge.problem")} value={t("moment.position", { position: problem.position })} />
          <Field name={t("badge.kind")} value={t(`badge.kinds.${problem.kind as Kind}`)} />
          <Field name={t("badge.detail")} value={`${problem.what}: ${problem.detail}`} code />
        </>
      )}
      {verified_at !== null && <Field name={t("badge.at")} value={inWords(verified_at, language)} />}
      {size !== null && <Field name={t("badge.size")} value={count(size)} />}
      {checkpoint && (
        <Field
          name={t("badge.checkpoint")}
          value={t("badge.signed", { events: count(checkpoint.size), when: inWords(checkpoint.signed_at, language) })}
        />
      )}
      {root !== null && <Field name={t("badge.root")} value={root} code />}
    </dl>
  );
}
