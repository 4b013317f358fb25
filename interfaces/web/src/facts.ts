/** What the server writes into the page. An app that brings its own page has none of it. */
export interface Facts {
  /** Whether POST /dev/sign-in hands out tokens here. */
  sign_in: boolean;
  /** Waits other than the usual ones, in seconds. */
  waits: Record<string, number>;
}

export const facts: Facts = {
  sign_in: false,
  waits: {},
  ...(JSON.parse(document.getElementById("facts")?.textContent ?? "{}") as Partial<Facts>),
};
