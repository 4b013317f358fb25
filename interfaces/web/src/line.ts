import { io, type Socket } from "socket.io-client";
import { backOff } from "./pause";
import type { ProtocolError, Requests } from "./protocol";
import { Lost, Refused } from "./refusal";
import type { Detail, Status } from "./state";
import type { Tokens } from "./tokens";
import { waits } from "./waits";

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

export interface LineEvents {
  /** A new connection, which knows nothing of what the last one watched; the signal says that it has gone. */
  up(signal: AbortSignal): void;
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
  #attempt = 0;
  #opening = false;
  /** Whoever hurries takes it from an attempt that still waits for its token. */
  #turn = Symbol();
  #stopped = true;
  #settled = false;
  #retryAt: number | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #lifetime = new AbortController();
  #refusal: ProtocolError | null = null;

  constructor(
    url: string | undefined,
    private readonly tokens: Tokens,
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
      const token = await this.tokens.fresh();
      if (this.#stopped || turn !== this.#turn) return;
      this.socket.auth = { token };
      this.socket.connect();
    } catch (error) {
      console.warn("there is no token to connect with", error);
      if (turn === this.#turn) this.#failed(refusalIn(error));
    }
  }

  #up(): void {
    this.#opening = false;
    this.#refusal = null;
    this.socket.io.engine.on("upgrade", () => this.#settled && this.settled());
    const { signal } = (this.#lifetime = new AbortController());
    const { token } = this.socket.auth as { token: string };
    void this.tokens.keepFresh(token, (newer) => this.ask("authenticate", { token: newer }), signal);
    this.events.up(signal);
  }

  #down(): void {
    this.#settled = false;
    this.#lifetime.abort();
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
}

/** An app may say in the protocol's words why it has no token; whatever else it throws is like a lost line. */
function refusalIn(error: unknown): ProtocolError | null {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? (error as ProtocolError) : null;
}
