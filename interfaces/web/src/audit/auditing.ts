/** Who audits, why, and how to ask: what the whole page shares. */
import { createContext, useContext } from "react";
import type { Verification } from "../protocol";
import type { Archive } from "./archive";
import type { Asked } from "./asking";

export interface Audit {
  archive: Archive;
  user_id: string;
  name: string;
  reason: string;
  verification: Asked<Verification>;
  onReason(reason: string): void;
  onLeave(): void;
}

export const Auditing = createContext<Audit | null>(null);

export function useAudit(): Audit {
  return useContext(Auditing)!;
}
