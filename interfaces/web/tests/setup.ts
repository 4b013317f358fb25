import "fake-indexeddb/auto";
import { locks } from "node:worker_threads";
import { waits } from "../src/waits";

// What a browser has and happy-dom has not.
Object.defineProperty(navigator, "locks", { value: locks });

Object.assign(waits, { retry: 20, longest_retry: 40, ack: 300, token: 300, gap: 20, yield: 20, patience: 500 });
