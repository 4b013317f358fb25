import { facts } from "./facts";

/** Every wait of the product, in milliseconds. Tests shorten them by the server's LITSPARK_WEB_WAITS. */
const usual = {
  /** How long a toast stays. */
  toast: 5_000,
  /** How long the tab may be hidden before its conversations are left. */
  away: 300_000,
  /** How long an ack may take before the connection counts as lost. */
  ack: 10_000,
  /** How long the app may take to give a token. */
  token: 10_000,
  /** How long opening a connection may take. */
  connect: 10_000,
  /** The first pause before trying again; each further one is half as long again, up to the longest. */
  retry: 500,
  longest_retry: 10_000,
  /** How long a request that may be repeated is repeated while there is no connection. */
  patience: 15_000,
  /** How long before its end a token is renewed. */
  renew: 60_000,
  /** How long a missing number may still come by itself before it is fetched. */
  gap: 500,
  /** How long a tab leaves a notice to those that come before it. */
  yield: 100,
  /** How long a message must be on screen to be read: not while it only flies past. */
  glance: 250,
  /** How long after the last key people are searched for. */
  typing: 150,
  /** How long the slider of time rests before the past is asked for: each asking is recorded. */
  rest: 200,
  /** How often the last verification is looked at, and how often while one is made. */
  verified: 60_000,
  verifying: 1_000,
  /** How long what a screen reader was told stays where it could be come upon again. */
  told: 3_000,
  /** How often relative times are looked at. */
  clock: 10_000,
};

export type Waits = typeof usual;

export const waits: Waits = {
  ...usual,
  ...Object.fromEntries(Object.entries(facts.waits).map(([name, seconds]) => [name, seconds * 1000])),
};
