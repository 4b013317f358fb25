/** Beside a conversation: its title, who is in it and how far they have read, and the way out. */
import { useRef, useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import type { Summary, User } from "../protocol";
import type { Room } from "../state";
import { Avatar } from "./avatar";
import { Dialog } from "./dialog";
import { useDoing, type Doing } from "./doing";
import { ParticipantRow } from "./participant-row";
import { PeoplePicker } from "./people-picker";
import { Sure, useAsking } from "./sure";
import { longDate } from "./time";

interface Props {
  summary: Summary;
  room: Room;
  title: string;
  onClose(): void;
}

function Rename({ summary, doing }: { summary: Summary; doing: Doing }) {
  const { actions } = useChat();
  const { t } = useWords();
  const [typed, setTyped] = useState<string | null>(null); // until then the field shows what others make of it
  const title = typed ?? summary.title ?? "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void doing.run(() => actions.rename(summary.conversation_id, title.trim()).then(() => setTyped(null)));
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
          onChange={(event) => setTyped(event.target.value)}
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
  const { asking, button, ask, cancel } = useAsking();
  const leave = () => void doing.run(() => actions.remove(summary.conversation_id, me).then(() => go("/")));
  if (!asking)
    return (
      <button ref={button} className="button danger wide" onClick={ask}>
        {t("details.leave")}
      </button>
    );
  return (
    <Sure
      name={t("details.leave")}
      question={t("details.leaveSure")}
      yes={t("details.leaveYes")}
      working={doing.working}
      onYes={leave}
      onCancel={cancel}
    />
  );
}

export default function Details({ summary, room, title, onClose }: Props) {
  const { state, actions } = useChat();
  const { t, language } = useWords();
  const doing = useDoing();
  const me = state.me?.user_id ?? "";
  const group = summary.kind === "group";
  const owner = room.participants.some(({ user_id, role }) => user_id === me && role === "owner");
  const people = useRef<HTMLHeadingElement>(null);
  const remove = (user_id: string) => {
    people.current?.focus(); // the row goes, and the focus would go with it
    void doing.run(() => actions.remove(summary.conversation_id, user_id));
  };

  return (
    <Dialog title={t("details.title")} onClose={onClose} side>
      <div className="portrait">
        <Avatar name={title} id={group ? summary.conversation_id : title} many={group} size="4.5rem" />
        <p className="name" dir="auto">
          {title}
        </p>
        <p className="hint">{t("details.since", { date: longDate(summary.created_at, language) })}</p>
      </div>
      {group && <Rename summary={summary} doing={doing} />}
      <p className="problem" role="alert">
        {doing.problem}
      </p>
      {group && <Add summary={summary} room={room} doing={doing} />}
      <h3 ref={people} tabIndex={-1}>
        {t("details.participants")} <span className="hint">{room.participants.length}</span>
      </h3>
      <ul className="people participants">
        {room.participants.map((participant) => (
          <ParticipantRow
            key={participant.user_id}
            participant={participant}
            last={summary.last_number}
            own={participant.user_id === me}
            onRemove={group && owner && participant.user_id !== me ? () => remove(participant.user_id) : undefined}
          />
        ))}
      </ul>
      {group && <Leave summary={summary} me={me} doing={doing} />}
    </Dialog>
  );
}
