/** The page for auditors: the way in, the reason, then the desk. */
import "../styles/audit.css";
import "../styles/moment.css";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Refused } from "../refusal";
import { forget, keptToken, userIdOf } from "../session";
import { claims } from "../token";
import { Archive } from "./archive";
import { useAnswer } from "./asking";
import { Auditing } from "./auditing";
import { Desk } from "./desk";
import { Closed, Reason, Unscoped } from "./door";
import { forgetReason, keepReason, keptReason } from "./reason";
import { useWords } from "./words/words";

/** A token that is put into the address while the page is open counts, too. */
function useToken() {
  const [token, setToken] = useState(keptToken);
  useEffect(() => {
    const look = () => setToken(keptToken());
    addEventListener("hashchange", look);
    look(); // it may have come since
    return () => removeEventListener("hashchange", look);
  }, []);
  return [token, setToken] as const;
}

export default function AuditPage() {
  const { t } = useWords();
  const [token, setToken] = useToken();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const before = document.title;
    document.title = t("title");
    return () => void (document.title = before);
  }, [t]);
  const leave = useCallback(
    (expired: boolean) => {
      forget();
      forgetReason();
      setOver(expired);
      setToken(null);
    },
    [setToken],
  );
  if (token === null) return <Closed over={over} onToken={setToken} />;
  return <WithToken key={token} token={token} onLeave={leave} />;
}

/** The server judges the token by the one question that needs no reason. */
function WithToken({ token, onLeave }: { token: string; onLeave(expired: boolean): void }) {
  const [reason, setReason] = useState(keptReason);
  const [unscoped, setUnscoped] = useState(false);
  const archive = useMemo(() => {
    const closed = ({ code }: Refused) => (code === "forbidden" ? setUnscoped(true) : onLeave(true));
    return new Archive(token, reason ?? "", closed);
  }, [token, reason, onLeave]);
  const verification = useAnswer(token, (signal) => archive.verification(signal));
  const user_id = userIdOf(token);
  const name = claims(token).name ?? user_id;
  const onReason = (given: string) => {
    keepReason(given);
    setReason(given);
  };
  if (unscoped) return <Unscoped name={name} onLeave={() => onLeave(false)} />;
  if (!verification.current && verification.answer === null && reason === null) return null; // judged in a moment
  if (reason === null) return <Reason name={name} onReason={onReason} />;
  const audit = { archive, user_id, name, reason, verification, onReason, onLeave: () => onLeave(false) };
  return (
    <Auditing value={audit}>
      <Desk />
    </Auditing>
  );
}
