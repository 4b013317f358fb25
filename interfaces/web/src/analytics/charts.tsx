/** What is shown of each report: its chart, and what it says in a sentence. */
import type { Language } from "../i18n/words";
import { Card } from "./card";
import { distribution, type Counted } from "./distribution";
import { duration, number, period } from "./figures";
import { HeatMap, hourName } from "./heat-map";
import { Histogram } from "./histogram";
import { Ranking } from "./ranking";
import type { Name, Report } from "./reports";
import type { By } from "./span";
import type { Column } from "./table";
import { Legend, TimeChart, type Series } from "./time-chart";
import type { Asked } from "./useReport";
import { useOwnWords, type T } from "./words";

interface Props<Of extends Name> {
  asked: Asked<Report<Of>>;
}

/** The row with the most of something; null where no row has any. */
function peak<Row>(rows: Row[], count: (row: Row) => number): Row | null {
  const highest = rows.reduce<Row | null>((best, row) => (best && count(best) >= count(row) ? best : row), null);
  return highest && count(highest) > 0 ? highest : null;
}

function sum<Row>(rows: Row[], count: (row: Row) => number): number {
  return rows.reduce((before, row) => before + count(row), 0);
}

function when(row: { period: string }, by: By | null, language: Language, t: T): string {
  return period(row.period, by ?? "day", language, t);
}

interface OverProps {
  title: string;
  report: Report<"activity" | "unread" | "growth">;
  columns: Column[];
  drawn: "bars" | "lines";
}

/** Some columns of a report by periods. */
function Over({ title, report, columns, drawn }: OverProps) {
  const { t, language } = useOwnWords();
  const series: Series[] = columns.map((column) => ({
    name: t(`columns.${column}`),
    values: report.rows.map((row) => (row as unknown as Record<Column, number>)[column]),
  }));
  return (
    <>
      {series.length > 1 && <Legend series={series} />}
      <TimeChart
        label={t("card.points", { title })}
        periods={report.rows.map((row) => row.period)}
        by={report.by ?? "day"}
        {...{ series, drawn, t, language }}
      />
    </>
  );
}

export function Messages({ asked }: Props<"activity">) {
  const { t, language } = useOwnWords();
  const title = t("charts.messages");
  const says = ({ rows, by }: Report<"activity">) => {
    const most = peak(rows, (row) => row.message_count);
    const count = sum(rows, (row) => row.message_count);
    return (
      most &&
      t("says.messages", {
        count,
        number: number(count, language),
        most: number(most.message_count, language),
        when: when(most, by, language, t),
      })
    );
  };
  return (
    <Card {...{ title, asked, says }}>
      {(report) => <Over {...{ title, report }} columns={["message_count"]} drawn="bars" />}
    </Card>
  );
}

export function ActivePeople({ asked }: Props<"activity">) {
  const { t, language } = useOwnWords();
  const title = t("charts.active");
  const says = ({ rows, by }: Report<"activity">) => {
    const most = peak(rows, (row) => row.active_count);
    const count = most?.active_count ?? 0;
    return most && t("says.active", { count, number: number(count, language), when: when(most, by, language, t) });
  };
  const columns: Column[] = ["active_count", "sender_count", "reader_count"];
  return <Card {...{ title, asked, says }}>{(report) => <Over {...{ title, report, columns }} drawn="lines" />}</Card>;
}

export function Hours({ asked }: Props<"hours">) {
  const { t, language } = useOwnWords();
  const title = t("charts.hours");
  const says = ({ rows }: Report<"hours">) => {
    const most = peak(rows, (row) => row.message_count);
    return most && t("says.hours", { when: hourName(most, language) });
  };
  return (
    <Card {...{ title, asked, says }}>
      {({ rows }) => <HeatMap label={t("card.points", { title })} {...{ rows, t, language }} />}
    </Card>
  );
}

export function Conversations({ asked }: Props<"conversations">) {
  const { t, language } = useOwnWords();
  const title = t("charts.conversations");
  const says = ({ rows: [first] }: Report<"conversations">) => {
    const count = first?.message_count ?? 0;
    return count > 0 ? t("says.conversations", { count, number: number(count, language) }) : null;
  };
  return <Card {...{ title, asked, says }}>{({ rows }) => <Ranking {...{ rows, t, language }} />}</Card>;
}

const COUNTED = { response_times: "response_count", read_times: "read_count" } as const;
type Timed = keyof typeof COUNTED;

function counted({ report, rows }: Report<Timed>): Counted[] {
  return rows.map((row) => ({ ...row, count: (row as unknown as Record<string, number>)[COUNTED[report]]! }));
}

export function Times({ name, asked }: Props<Timed> & { name: Timed }) {
  const { t, language } = useOwnWords();
  const title = t(`charts.${name}`);
  const says = (report: Report<Timed>) => {
    const { count, half } = distribution(counted(report));
    const told = half === null ? t("says.noHalf") : duration(half, language);
    return count > 0 ? t(`says.${name}`, { count, number: number(count, language), half: told }) : null;
  };
  return (
    <Card {...{ title, asked, says }}>
      {(report) => (
        <Histogram
          label={t("card.points", { title })}
          name={t(`columns.${COUNTED[name]}`)}
          steps={counted(report)}
          {...{ t, language }}
        />
      )}
    </Card>
  );
}

export function Unread({ asked }: Props<"unread">) {
  const { t, language } = useOwnWords();
  const title = t("charts.unread");
  const says = ({ rows }: Report<"unread">) => {
    const count = rows.at(-1)?.unread_count ?? 0;
    const any = peak(rows, (row) => row.unread_count) !== null;
    return any ? t("says.unread", { count, number: number(count, language) }) : null;
  };
  return (
    <Card {...{ title, asked, says }}>
      {(report) => <Over {...{ title, report }} columns={["unread_count"]} drawn="lines" />}
    </Card>
  );
}

export function Growth({ asked }: Props<"growth">) {
  const { t, language } = useOwnWords();
  const title = t("charts.growth");
  const says = ({ rows }: Report<"growth">) => {
    const last = rows.at(-1);
    if (!last?.people_count) return null;
    return t("says.growth", {
      people: number(last.people_count, language),
      conversations: number(last.conversation_count, language),
    });
  };
  const columns: Column[] = ["people_count", "conversation_count"];
  return <Card {...{ title, asked, says }}>{(report) => <Over {...{ title, report, columns }} drawn="lines" />}</Card>;
}
