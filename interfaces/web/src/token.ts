/** What a client may know of its token; the server judges it. */
export interface Claims {
  sub?: string;
  name?: string;
  iat?: number;
  exp?: number;
}

export function claims(token: string): Claims {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
  } catch {
    return {}; // not one that we can read: it is the server's to say what is wrong with it
  }
}

/** Milliseconds until a token should be renewed: `lead` before its end, or halfway where it does not live that long. */
export function renewalDue(token: string, lead: number, now = Date.now()): number | null {
  const { exp, iat } = claims(token);
  if (exp === undefined) return null;
  const left = exp * 1000 - now;
  const life = Math.min(left, (exp - (iat ?? 0)) * 1000); // by the server's clock, should ours be slow
  return life > 0 ? Math.max(life - lead, life / 2) : null;
}
