/** Light or dark: as the device has it, unless the person chose otherwise. */
const KEPT = "litspark.theme";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function theme(): Theme {
  return THEMES.find((one) => one === localStorage.getItem(KEPT)) ?? "auto";
}

export function wear(chosen: Theme): void {
  localStorage.setItem(KEPT, chosen);
  document.documentElement.dataset.theme = chosen;
}

document.documentElement.dataset.theme = theme();
