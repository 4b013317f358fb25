/** A friendly word where there is nothing to show. */
import type { ReactNode } from "react";

const ART = {
  quill: "M52 8C34 12 20 26 16 44l-4 12m4-12c10 2 22-2 29-11 4-6 6-15 7-25M16 44c6-10 13-17 22-23",
  page: "M18 8h20l10 10v38H18zM38 8v10h10M25 28h16M25 36h16M25 44h9",
  glass: "M20 8h24M20 56h24M23 8v9l9 15 9-15V8M23 56v-9l9-15 9 15v9M28 50h8",
  door: "M18 56V10h28v46M12 56h40M38 32v4",
} as const;

interface Props {
  title: string;
  text: string;
  art: keyof typeof ART;
  children?: ReactNode;
}

export function Nothing({ title, text, art, children }: Props) {
  return (
    <div className="nothing">
      <svg viewBox="0 0 64 64" aria-hidden="true">
        <path d={ART[art]} />
      </svg>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}
