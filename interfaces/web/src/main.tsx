import "@fontsource-variable/newsreader/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/desk.css";
import "./styles/list.css";
import "./styles/thread.css";
import "./styles/dialogs.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./theme";
import { Page } from "./views/page";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
