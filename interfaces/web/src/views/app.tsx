/** The way in, then the desk. */
import { useState } from "react";
import { Chat } from "../chat";
import { facts } from "../facts";
import { currentToken, forget, keptToken, userIdOf } from "../session";
import { Crash } from "./crash";
import { Desk } from "./desk";
import { Closed, SignIn } from "./sign-in";

export function App() {
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
    <Crash>
      <Chat key={userId} userId={userId} getToken={currentToken}>
        <Desk onLeave={leave} />
      </Chat>
    </Crash>
  );
}
