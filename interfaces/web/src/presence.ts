import { waits } from "./waits";

/** Tells when nobody has looked for a while (tab hidden, phone locked), and when somebody looks again. */
export function presence(away: () => void, back: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = setTimeout(away, waits.away);
    else back();
  };
  document.addEventListener("visibilitychange", changed);
  if (document.visibilityState === "hidden") changed();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", changed);
  };
}
