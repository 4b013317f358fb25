/** Toasts at the top right; they wait while the pointer or the focus is on them. */
import * as Toast from "@radix-ui/react-toast";
import { X } from "lucide-react";
import { useWords } from "../i18n/words";
import { waits } from "../waits";
import type { Told } from "./arrivals";
import { Avatar } from "./avatar";
import { Spark } from "./spark";

interface Props {
  told: Told[];
  onOpen(told: Told): void;
  onClose(told: Told): void;
}

export default function Toasts({ told, onOpen, onClose }: Props) {
  const { t } = useWords();
  return (
    <Toast.Provider duration={waits.toast} label={t("toast.region")} swipeDirection="right">
      {told.map((one) => (
        <Toast.Root
          key={one.key}
          className="toast"
          onOpenChange={(open) => open || onClose(one)}
          onKeyDown={(event) => event.key === "Enter" && event.target === event.currentTarget && onOpen(one)}
        >
          <button className="toast-open" onClick={() => onOpen(one)}>
            {one.name === null ? <Spark /> : <Avatar name={one.name} size="2.25rem" />}
            <span className="what">
              <Toast.Title asChild>
                <span className="title" dir="auto">
                  {one.heading}
                </span>
              </Toast.Title>
              <Toast.Description asChild>
                <span className="preview" dir="auto">
                  {one.text}
                </span>
              </Toast.Description>
            </span>
          </button>
          <Toast.Close className="icon-button" aria-label={t("close")}>
            <X aria-hidden="true" />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="toasts" label={t("toast.region")} />
    </Toast.Provider>
  );
}
