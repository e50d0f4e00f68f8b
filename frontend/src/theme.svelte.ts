/** Light or dark: as the system has it, unless a person says otherwise on this machine. */

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
const KEY = "chalkgrad-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export const theme = $state({ chosen: "auto" as Theme, isDark: false });

export function startTheme(): void {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // A page that may keep nothing follows the system.
  }
  theme.chosen = THEMES.find((each) => each === kept) ?? "auto";
  system.addEventListener("change", apply);
  apply();
}

export function choose(chosen: Theme): void {
  theme.chosen = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // As above.
  }
  apply();
}

function apply(): void {
  theme.isDark = theme.chosen === "dark" || (theme.chosen === "auto" && system.matches);
  document.documentElement.dataset.theme = theme.isDark ? "dark" : "light";
}
