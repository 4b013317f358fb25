/** Who one is here: a token out of the address or from the sign-in, kept for this tab only. */
import { facts } from "./facts";
import type { ProtocolError, User } from "./protocol";
import { claims } from "./token";

const KEPT = "litspark.token";

function readable(token: string | null): token is string {
  return token !== null && claims(token).sub !== undefined;
}

/** The token in the fragment is taken out of the address at once, so that it is in no history and no screenshot. */
function fromAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/** Whether it can be one, and is kept. */
export function keepToken(token: string | null): boolean {
  if (!readable(token)) return false;
  sessionStorage.setItem(KEPT, token);
  return true;
}

export function keptToken(): string | null {
  keepToken(fromAddress());
  const kept = sessionStorage.getItem(KEPT);
  return readable(kept) ? kept : null;
}

export function forget(): void {
  sessionStorage.removeItem(KEPT);
}

export function userIdOf(token: string): string {
  return claims(token).sub ?? "";
}

/** Asks the sign-in for a token; throws a protocol error. */
export async function signIn(user_id: string, name: string | undefined): Promise<string> {
  const response = await fetch("/dev/sign-in", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user_id, ...(name && { name }) }),
  });
  const answer = (await response.json()) as { token: string; user: User } | ProtocolError;
  if (!("token" in answer)) throw answer;
  sessionStorage.setItem(KEPT, answer.token);
  return answer.token;
}

const SOON = 2; // seconds: asked for halfway, a token is to be a new one

/** The token to connect with. Where the sign-in is open, one whose second half has begun is replaced. */
export async function currentToken(): Promise<string> {
  const token = keptToken() ?? "";
  const { sub, name, iat, exp } = claims(token);
  if (!facts.sign_in || sub === undefined || exp === undefined) return token;
  const half = (exp - (iat ?? 0)) / 2;
  return exp - Date.now() / 1000 > half + SOON ? token : signIn(sub, name);
}
