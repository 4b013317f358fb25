import type { Detail, ProtocolError } from "./protocol";

/** The server said no. */
export class Refused extends Error implements ProtocolError {
  readonly code: ProtocolError["code"];
  readonly details?: Detail[];
  readonly retry_after?: number;

  constructor(error: ProtocolError) {
    super(error.message);
    this.name = "Refused";
    this.code = error.code;
    if (error.details) this.details = error.details;
    if (error.retry_after !== undefined) this.retry_after = error.retry_after;
  }

  /** As it was on the wire, for what must be stored. */
  get error(): ProtocolError {
    const { code, message, details, retry_after } = this;
    return { code, message, ...(details && { details }), ...(retry_after !== undefined && { retry_after }) };
  }
}

/** No answer came: whether the request took effect is not known. */
export class Lost extends Error {
  override name = "Lost";
}

const PASSING: readonly ProtocolError["code"][] = ["rate_limited", "unavailable", "unauthenticated", "token_expired"];

/** Whether the same request may well succeed a little later. */
export function isPassing(error: unknown): error is Refused {
  return error instanceof Refused && PASSING.includes(error.code);
}
