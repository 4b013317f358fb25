/** Beside a conversation: its title, who is in it and how far they have read, and the way out. */
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { useChat } from "../chat";
import { told } from "../i18n/errors";
import { useWords } from "../i18n/words";
import type { Summary, User } from "../protocol";
import type { Room } from "../state";
import { Avatar } from "./avatar";
import { Dialog } from "./dialog";
import { ParticipantRow } from "./participant-row";
import { PeoplePicker } from "./people-picker";
import { longDate } from "./time";

interface Props {
  summary: Summary;
  room: Room;
  title: string;
  onClose(): void;
}

/** Does something that may be refused, and holds the words of the refusal. */
function useDoing() {
  const { t } = useWords();
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setProblem(null);
    setWorking(true);
    await work().catch((error: unknown) => setProblem(told(error, t)));
    setWorking(false);
  };
  return { problem, working, run };
}

type Doing = ReturnType<typeof useDoing>;

function Rename({ summary, doing }: { summary: Summary; doing: Doing }) {
  const { actions } = useChat();
  const { t } = useWords();
  const [title, setTitle] = useState(summary.title ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void doing.run(() => actions.rename(summary.conversation_id, title.trim()));
  };
  const same = title.trim() === "" || title.trim() === summary.title;
  return (
    <form className="field" onSubmit={submit}>
      <label className="label" htmlFor="title">
        {t("details.name")}
      </label>
      <div className="beside">
        <input
          id="title"
          className="input"
          maxLength={120}
          dir="auto"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <button className="button" disabled={same || doing.working}>
          {t("details.rename")}
        </button>
      </div>
    </form>
  );
}

function Add({ summary, room, doing }: { summary: Summary; room: Room; doing: Doing }) {
  const { actions } = useChat();
  const { t } = useWords();
  const [chosen, setChosen] = useState<User[]>([]);
  const there = new Set(room.participants.map(({ user_id }) => user_id));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const ids = chosen.map(({ user_id }) => user_id);
    void doing.run(() => actions.add(summary.conversation_id, ids).then(() => setChosen([])));
  };
  return (
    <details className="fold">
      <summary>{t("details.add")}</summary>
      <form onSubmit={submit}>
        <PeoplePicker chosen={chosen} onChange={setChosen} without={there} />
        {chosen.length > 0 && (
          <button className="button main wide" disabled={doing.working}>
            {t("details.addChosen", { count: chosen.length })}
          </button>
        )}
      </form>
    </details>
  );
}

function Leave({ summary, me, doing }: { summary: Summary; me: string; doing: Doing }) {
  const { actions } = useChat();
  const { t } = useWords();
  const [, go] = useLocation();
  const [asking, setAsking] = useState(false);
  const leave = () => doing.run(() => actions.remove(summary.conversation_id, me).then(() => go("/")));
  if (!asking)
    return (
      <button className="button danger wide" onClick={() => setAsking(true)}>
        {t("details.leave")}
      </button>
    );
  return (
    <div className="sure" role="group" aria-label={t("details.leave")}>
      <p>{t("details.leaveSure")}</p>
      <div className="beside">
        <button className="button danger" disabled={doing.working} onClick={() => void leave()} autoFocus>
          {t("details.leaveYes")}
        </button>
        <button className="button" onClick={() => setAsking(false)}>
          {t("cancel")}
        </button>
      </div>
    </div>
  );
}

export default function Details({ summary, room, title, onClose }: Props) {
  const { state, actions } = useChat();
  const { t, language } = useWords();
  const doing = useDoing();
  const me = state.me?.user_id ?? "";
  const group = summary.kind === "group";
  const owner = room.participants.some(({ user_id, role }) => user_id === me && role === "owner");
  const remove = (user_id: string) => doing.run(() => actions.remove(summary.conversation_id, user_id));

  return (
    <Dialog title={t("details.title")} onClose={onClose} side>
      <div className="portrait">
        <Avatar name={title} id={group ? summary.conversation_id : title} many={group} size="4.5rem" />
        <p className="name" dir="auto">
          {title}
        </p>
        <p className="hint">{t("details.since", { date: longDate(summary.created_at, language) })}</p>
      </div>
      {group && <Rename key={summary.title} summary={summary} doing={doing} />}
      <p className="problem" role="alert">
        {doing.problem}
      </p>
      {group && <Add summary={summary} room={room} doing={doing} />}
      <h3>
        {t("details.participants")} <span className="hint">{room.participants.length}</span>
      </h3>
      <ul className="people participants">
        {room.participants.map((participant) => (
          <ParticipantRow
            key={participant.user_id}
            participant={participant}
            last={summary.last_number}
            own={participant.user_id === me}
            onRemove={group && owner && participant.user_id !== me ? () => void remove(participant.user_id) : undefined}
          />
        ))}
      </ul>
      {group && <Leave summary={summary} me={me} doing={doing} />}
    </Dialog>
  );
}
