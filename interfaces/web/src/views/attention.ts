/** Whether somebody looks at this tab: it is visible and has the focus. */
import { useSyncExternalStore } from "react";

function attended(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

function subscribe(changed: () => void): () => void {
  document.addEventListener("visibilitychange", changed);
  window.addEventListener("focus", changed);
  window.addEventListener("blur", changed);
  return () => {
    document.removeEventListener("visibilitychange", changed);
    window.removeEventListener("focus", changed);
    window.removeEventListener("blur", changed);
  };
}

export function useAttention(): boolean {
  return useSyncExternalStore(subscribe, attended);
}
