import { io, type Socket } from "socket.io-client";
import { backOff, within } from "./pause";
import type { ProtocolError, Requests } from "./protocol";
import { Lost, Refused } from "./refusal";
import type { Detail, Status } from "./state";
import { renewalDue } from "./token";
import { waits } from "./waits";

export type GetToken = () => string | Promise<string>;
export type Request = keyof Requests;
export type Payload<Name extends Request> = Requests[Name]["payload"];
export type Answer<Name extends Request> = Requests[Name]["answer"];

/** Asks, and hands the answer to `fold` before anything that the server sent after it. */
export type Ask = <Name extends Request>(
  name: Name,
  payload: Payload<Name>,
  fold?: (answer: Answer<Name>) => void,
) => Promise<Answer<Name>>;

type Ack<Name extends Request> = ({ ok: true } & Answer<Name>) | { ok: false; error: ProtocolError };

/** After so many attempts in vain it no longer looks like a short break. */
const HOPEFUL = 5;

/** setTimeout counts in 32 bits. */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface LineEvents {
  /** A new connection, which knows nothing of what the last one watched. */
  up(): void;
  down(): void;
  tell(status: Status, detail: Partial<Detail>): void;
}

/** The socket, and what is done so that there is one.
 *
 * The back-off is ours and not the library's, which does not come back where the server has hung up or refused (an
 * expired session, a rate), and does not say when it will try again, which is on screen.
 */
export class Line {
  /** Polling first, then the upgrade: it connects wherever HTTP gets through, also where something swallows WebSockets
   * without a word, which the other order would notice only by a timeout, at each connect. */
  readonly socket: Socket;
  #token: Promise<string> | null = null;
  #attempt = 0;
  #opening = false;
  /** Whoever hurries takes it from an attempt that still waits for its token. */
  #turn = Symbol();
  #stopped = true;
  #settled = false;
  #retryAt: number | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #refusal: ProtocolError | null = null;

  constructor(
    url: string | undefined,
    private readonly getToken: GetToken,
    private readonly events: LineEvents,
  ) {
    const options = { autoConnect: false, reconnection: false, forceNew: true, timeout: waits.connect };
    this.socket = url === undefined ? io(options) : io(url, options);
    this.socket.on("connect", () => this.#up());
    this.socket.on("disconnect", () => this.#down());
    this.socket.on("connect_error", (error: Error & { data?: ProtocolError }) => this.#failed(error.data ?? null));
    this.socket.on("session_expired", ({ error }: { error: ProtocolError }) => (this.#refusal = error));
  }

  start(): void {
    this.#stopped = false;
    window.addEventListener("online", this.hurry);
    window.addEventListener("offline", this.#offline);
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    window.removeEventListener("online", this.hurry);
    window.removeEventListener("offline", this.#offline);
    clearTimeout(this.#retry);
    clearTimeout(this.#renewal);
    this.socket.disconnect();
  }

  ask: Ask = (name, payload, fold) =>
    new Promise((resolve, reject) => {
      // The library would keep it for the next connection, and this would be a second copy then.
      if (!this.socket.connected) return reject(new Lost());
      this.socket.timeout(waits.ack).emit(name, payload, (lost: Error | null, ack: Ack<typeof name>) => {
        if (lost) {
          reject(new Lost());
          this.hangUp(); // nothing comes through: another connection may do better
        } else if (ack.ok) {
          fold?.(ack);
          resolve(ack);
        } else reject(new Refused(ack.error));
      });
    });

  /** The token of this connection, else a new one. */
  token = (): Promise<string> => this.#token ?? this.#newToken();

  /** Whoever was refused with it asks for another one. */
  forgetToken = (): void => void (this.#token = null);

  /** All that a connection is for has been taken up: the next break is a first one. */
  settled(): void {
    this.#settled = true;
    this.#attempt = 0;
    this.events.tell("connected", {
      attempt: 0,
      retryAt: null,
      error: null,
      offline: false,
      transport: this.#transport(),
    });
  }

  /** Gives the connection up, if there is one; another is opened soon. */
  hangUp(): void {
    if (this.socket.connected) this.socket.disconnect();
  }

  /** At once, for there is reason to hope: the browser is online again, or somebody asks. */
  hurry = (): void => {
    if (this.#stopped || this.socket.connected) return;
    this.#attempt = 0;
    if (this.#opening) this.socket.disconnect();
    void this.#connect();
  };

  async #connect(): Promise<void> {
    clearTimeout(this.#retry);
    this.#opening = true;
    this.#tell(null);
    const turn = (this.#turn = Symbol());
    try {
      const token = await this.#newToken();
      if (this.#stopped || turn !== this.#turn) return;
      this.socket.auth = { token };
      this.socket.connect();
    } catch (error) {
      console.warn("there is no token to connect with", error);
      if (turn === this.#turn) this.#failed(refusalIn(error));
    }
  }

  /** Kept, unless it does not come: whoever needs one then asks anew. */
  #newToken(): Promise<string> {
    const coming = this.#asked();
    coming.catch(() => this.#token === coming && this.forgetToken());
    return (this.#token = coming);
  }

  #asked(): Promise<string> {
    return within(waits.token, new Promise((resolve) => resolve(this.getToken())));
  }

  #up(): void {
    this.#opening = false;
    this.#refusal = null;
    this.socket.io.engine.on("upgrade", () => this.#settled && this.settled());
    void this.#renewLater();
    this.events.up();
  }

  #down(): void {
    this.#settled = false;
    clearTimeout(this.#renewal);
    this.events.down();
    this.#failed(this.#refusal);
  }

  #offline = (): void => {
    // The library waits for a ping to fail: up to 45 seconds in which the sign would not be honest.
    if (this.socket.connected) this.socket.disconnect();
    else this.#tell(this.#retryAt);
  };

  #failed(error: ProtocolError | null): void {
    if (this.#stopped) return;
    this.#opening = false;
    this.#attempt += 1;
    const delay = backOff(this.#attempt, error?.retry_after);
    this.#refusal = error;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), delay);
    this.#tell(Date.now() + delay);
  }

  #tell(retryAt: number | null): void {
    this.#retryAt = retryAt;
    const offline = !navigator.onLine;
    const hopeless = offline || this.#attempt > HOPEFUL || (this.#refusal !== null && this.#attempt > 1);
    const status = hopeless ? "disconnected" : "reconnecting";
    this.events.tell(status, { retryAt, offline, attempt: this.#attempt, error: this.#refusal, transport: null });
  }

  #transport(): Detail["transport"] {
    return this.socket.io.engine?.transport.name === "websocket" ? "websocket" : "polling";
  }

  async #renewLater(): Promise<void> {
    const due = renewalDue(await this.token(), waits.renew);
    clearTimeout(this.#renewal);
    if (due !== null && this.socket.connected)
      this.#renewal = setTimeout(() => void this.#renew(), Math.min(due, LONGEST_TIMER));
  }

  /** Where it does not succeed, the session expires, and the next connect asks for a token again. */
  async #renew(): Promise<void> {
    try {
      const held = await this.token();
      const token = await this.#asked();
      if (token === held) return;
      await this.ask("authenticate", { token }, () => (this.#token = Promise.resolve(token)));
      await this.#renewLater();
    } catch (error) {
      if (!(error instanceof Lost)) console.warn("the token could not be renewed", error);
    }
  }
}

/** An app may say in the protocol's words why it has no token; whatever else it throws is like a lost line. */
function refusalIn(error: unknown): ProtocolError | null {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? (error as ProtocolError) : null;
}
