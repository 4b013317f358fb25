/** The last verification: whether the log is as it was written; more of it on demand. */
import { ShieldAlert, ShieldCheck, ShieldQuestionMark } from "lucide-react";
import { useEffect, useState } from "react";
import type { Verification } from "../protocol";
import { Ago } from "../views/time";
import { waits } from "../waits";
import { useAudit } from "./auditing";
import { Report } from "./report";
import { useWords } from "./words/words";

const ICONS = {
  fits: ShieldCheck,
  broken: ShieldAlert,
  never: ShieldQuestionMark,
  running: ShieldQuestionMark,
  unknown: ShieldQuestionMark,
};

export type Standing = keyof typeof ICONS;

/** While it is made anew the last one still counts. */
export function standing(verification: Verification | null): Standing {
  if (verification === null) return "unknown";
  if (verification.fits === null) return verification.running ? "running" : "never";
  return verification.fits ? "fits" : "broken";
}

/** Looks again from time to time, sooner while one is made. */
function useVerification() {
  const { verification } = useAudit();
  const { again, answer } = verification;
  const running = answer?.running ?? false;
  useEffect(() => {
    const timer = setInterval(again, running ? waits.verifying : waits.verified);
    return () => clearInterval(timer);
  }, [again, running]);
  return verification;
}

export function Badge() {
  const { answer, error } = useVerification();
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const stands = standing(error === null ? answer : null);
  const Icon = ICONS[stands];
  return (
    <>
      <button className={`verified ${stands}`} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon aria-hidden="true" />
        <span>{t(`badge.${stands}`)}</span>
        {stands !== "unknown" && answer?.verified_at && <Ago at={answer.verified_at} />}
      </button>
      {open && <Report stands={stands} onClose={() => setOpen(false)} />}
    </>
  );
}
