/** Which page the address asks for: the chat, or one that few ask for, which is fetched when they do. */
import { lazy, Suspense, type ComponentType } from "react";
import { App } from "./app";
import { Crash } from "./crash";

const OTHERS: Partial<Record<string, ComponentType>> = {
  "/analytics": lazy(() => import("../analytics/page")),
  "/audit": lazy(() => import("../audit/page")),
};

export function Page() {
  const Other = OTHERS[`/${location.pathname.split("/")[1]}`];
  if (!Other) return <App />;
  return (
    <Crash>
      <Suspense>
        <Other />
      </Suspense>
    </Crash>
  );
}
