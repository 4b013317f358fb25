/** Begins a conversation: with one person a direct one, with several a group. */
import { useState, type FormEvent } from "react";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import type { User } from "../protocol";
import { Dialog } from "./dialog";
import { useDoing } from "./doing";
import { PeoplePicker } from "./people-picker";

interface Props {
  onClose(): void;
  onStarted(conversation_id: string): void;
}

export default function NewConversation({ onClose, onStarted }: Props) {
  const { state, actions } = useChat();
  const { t } = useWords();
  const [chosen, setChosen] = useState<User[]>([]);
  const [title, setTitle] = useState("");
  const { problem, working, run } = useDoing();
  const group = chosen.length > 1;

  const start = async () => {
    const ids = chosen.map(({ user_id }) => user_id);
    const { conversation_id } = group
      ? await actions.start("group", ids, title.trim() || undefined)
      : await actions.start("direct", ids);
    onClose();
    onStarted(conversation_id);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(start);
  };

  return (
    <Dialog title={t("start.title")} onClose={onClose}>
      <form onSubmit={submit}>
        <PeoplePicker chosen={chosen} onChange={setChosen} without={new Set([state.me?.user_id ?? ""])} autoFocus />
        {group && (
          <div className="field">
            <label className="label" htmlFor="group-title">
              {t("start.name")} <span className="hint">({t("start.optional")})</span>
            </label>
            <input
              id="group-title"
              className="input"
              maxLength={120}
              value={title}
              onChange={(event) => setTitle(event.target.value)}
            />
          </div>
        )}
        <p className="problem" role="alert">
          {problem}
        </p>
        <button className="button main wide" disabled={chosen.length === 0 || working}>
          {t(group ? "start.group" : "start.direct")}
        </button>
      </form>
    </Dialog>
  );
}
