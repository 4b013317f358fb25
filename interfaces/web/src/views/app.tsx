/** The way in, then the desk; the auditors' page is another one. */
import { lazy, Suspense, useState } from "react";
import { useRoute } from "wouter";
import { Chat } from "../chat";
import { facts } from "../facts";
import { currentToken, forget, keptToken, userIdOf } from "../session";
import { Crash } from "./crash";
import { Desk } from "./desk";
import { Closed, SignIn } from "./sign-in";

const Audit = lazy(() => import("../audit/page"));

export function App() {
  const [auditing] = useRoute("/audit/*?");
  return (
    <Crash>
      <Suspense>{auditing ? <Audit /> : <Messages />}</Suspense>
    </Crash>
  );
}

function Messages() {
  const [token, setToken] = useState(keptToken);
  const [been, setBeen] = useState(false);
  const leave = () => {
    forget();
    setBeen(true);
    setToken(null);
  };
  if (token === null) return facts.sign_in ? <SignIn onToken={setToken} /> : <Closed been={been} />;
  const userId = userIdOf(token);
  return (
    <Chat key={userId} userId={userId} getToken={currentToken}>
      <Desk onLeave={leave} />
    </Chat>
  );
}
