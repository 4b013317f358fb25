import { initial, reduce, type Action, type State } from "./state";

export type Watcher = (action: Action, before: State) => void;

/** Holds the state, and tells whoever wants to know that it has changed. */
export class Store {
  #state: State;
  readonly #watchers = new Set<Watcher>();

  constructor(start: Partial<State> = {}) {
    this.#state = { ...initial, ...start };
  }

  getState = (): State => this.#state;

  dispatch = (action: Action): void => {
    const before = this.#state;
    this.#state = reduce(before, action);
    for (const watcher of [...this.#watchers]) watcher(action, before);
  };

  subscribe = (watcher: Watcher): (() => void) => {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };
}
