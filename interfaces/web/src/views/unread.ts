/** How much is unread, in the tab's title and icon. */
import { useEffect, useMemo } from "react";
import { useWords } from "../i18n/words";
import type { Summary } from "../protocol";
import { SPARK } from "./spark";

function icon(count: number): string {
  const label = count > 99 ? "99" : String(count);
  const badge = `<circle cx="22" cy="22" r="10" fill="#a32c1b"/><text x="22" y="26.5" text-anchor="middle" font-family="Arial,sans-serif" font-weight="700" font-size="13" fill="#fff">${label}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#e09422" d="${SPARK}"/>${count > 0 ? badge : ""}</svg>`;
}

function iconLink(): HTMLLinkElement {
  const known = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (known) return known;
  const link = document.createElement("link");
  link.rel = "icon";
  document.head.append(link);
  return link;
}

export function useUnreadSign(conversations: Record<string, Summary>): void {
  const { t } = useWords();
  const count = useMemo(
    () => Object.values(conversations).reduce((sum, { unread_count }) => sum + unread_count, 0),
    [conversations],
  );
  const title = count > 0 ? t("titleUnread", { count }) : t("title");
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    iconLink().href = `data:image/svg+xml,${encodeURIComponent(icon(count))}`;
  }, [count]);
}
