/** Why one reads: asked for once, kept for this tab only. */
const KEPT = "litspark.reason";

export const LONGEST = 500;

export function keptReason(): string | null {
  return sessionStorage.getItem(KEPT);
}

export function keepReason(reason: string): void {
  sessionStorage.setItem(KEPT, reason);
}

export function forgetReason(): void {
  sessionStorage.removeItem(KEPT);
}
