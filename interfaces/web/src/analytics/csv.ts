/** A report as a file: a line of column names, then the rows; nothing for null. */
import type { Report } from "./reports";

export function csv({ columns, rows }: Pick<Report, "columns" | "rows">): string {
  const lines = rows.map((row) => columns.map((column) => field((row as Record<string, unknown>)[column])));
  return [columns, ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

function field(value: unknown): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function fileName({ report, from, to, by }: Report): string {
  return `${["litspark", report, from, to, ...(by ? [by] : [])].join("-")}.csv`;
}

export function download(report: Report): void {
  const url = URL.createObjectURL(new Blob([csv(report)], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: fileName(report) });
  link.click();
  URL.revokeObjectURL(url);
}
