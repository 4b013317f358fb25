import { fr } from "./fr";
import type { T } from "./words";

/** A protocol's error, or whatever was thrown, in the person's words. */
export function told(error: unknown, t: T): string {
  const code = (error as { code?: unknown } | null)?.code;
  return t(`errors.${isCode(code) ? code : "unknown"}`);
}

function isCode(code: unknown): code is keyof typeof fr.errors {
  return typeof code === "string" && code in fr.errors;
}
