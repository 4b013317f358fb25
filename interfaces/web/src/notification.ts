/** Desktop notifications: shown while the tab is hidden, if the person agreed here and in the browser. */
const KEPT = "litspark.notifications";

export type Permission = NotificationPermission | "absent";

/** `granted` when both agree: what the browser once allowed can be switched off here. */
export function permission(): Permission {
  if (!("Notification" in window)) return "absent";
  if (Notification.permission !== "granted") return Notification.permission;
  return localStorage.getItem(KEPT) === "on" ? "granted" : "default";
}

export async function ask(wanted: boolean): Promise<Permission> {
  localStorage.setItem(KEPT, wanted ? "on" : "off");
  if (wanted && "Notification" in window) await Notification.requestPermission();
  return permission();
}

interface Notice {
  title: string;
  body: string;
  /** A later one with the same tag takes its place. */
  tag: string;
  onClick(): void;
}

export function notify({ title, body, tag, onClick }: Notice): void {
  if (permission() !== "granted") return;
  const shown = new Notification(title, { body, tag });
  shown.onclick = () => {
    window.focus();
    onClick();
    shown.close();
  };
}
