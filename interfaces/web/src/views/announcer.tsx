/** Says to a screen reader what comes into the open conversation. */
import { useEffect, useRef, useState } from "react";
import { useWords } from "../i18n/words";
import type { Message } from "../protocol";
import { waits } from "../waits";

const SHORT = 200;

export function Announcer({ messages, me }: { messages: Message[]; me: string }) {
  const { t } = useWords();
  const [said, setSaid] = useState<Message[]>([]);
  const last = messages.at(-1)?.number ?? 0;
  const told = useRef(last);

  useEffect(() => {
    const fresh = messages.slice(-10).filter(({ number, sender_id }) => number > told.current && sender_id !== me);
    told.current = last;
    if (fresh.length > 0) setSaid(fresh);
  }, [last, messages, me]);

  useEffect(() => {
    if (said.length === 0) return;
    const timer = setTimeout(() => setSaid([]), waits.told);
    return () => clearTimeout(timer);
  }, [said]);

  return (
    <div className="unseen" aria-live="polite">
      {said.map(({ message_id, sender_name, body }) => (
        <p key={message_id}>{t("thread.announced", { name: sender_name, text: body.slice(0, SHORT) })}</p>
      ))}
    </div>
  );
}
