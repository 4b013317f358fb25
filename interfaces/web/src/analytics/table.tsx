/** A report as it came, in words: for whoever reads rather than looks. */
import type { Language } from "../i18n/words";
import { day, duration, hour, moment, number, period, weekday } from "./figures";
import type { fr } from "./fr";
import type { Report, Rows } from "./reports";
import type { T } from "./words";

export type Column = keyof typeof fr.columns;
type Value = string | number | null;

interface Props {
  title: string;
  report: Report;
  t: T;
  language: Language;
}

function told(column: Column, value: Value, { report: { by }, t, language }: Props): string {
  if (value === null) return column === "below_seconds" ? t("noEnd") : "";
  switch (column) {
    case "period":
      return by ? period(String(value), by, language, t) : day(value, language);
    case "weekday":
      return weekday(Number(value), language);
    case "hour":
      return hour(Number(value), language);
    case "kind":
      return t(`kinds.${value as Rows["conversations"]["kind"]}`);
    case "conversation_id":
      return String(value);
    case "last_sent_at":
      return moment(String(value), language);
    case "at_least_seconds":
    case "below_seconds":
      return duration(Number(value), language);
    case "milliseconds":
      return duration(Number(value) / 1000, language);
    default:
      return number(Number(value), language);
  }
}

export function Table(props: Props) {
  const { title, report, t } = props;
  const columns = report.columns as Column[];
  return (
    <div className="table" role="region" aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {t(`columns.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row, place) => (
            <tr key={place}>
              {columns.map((column) => {
                const value = (row as Record<Column, Value>)[column];
                return (
                  <td key={column}>
                    <data value={value ?? ""}>{told(column, value, props)}</data>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
