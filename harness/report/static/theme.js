/** Colour scheme: as the system, light, or dark. */

import { byId, icon } from "./dom.js";

const CHOICES = ["auto", "light", "dark"];
const NAMES = { auto: "as the system", light: "light", dark: "dark" };
const KEY = "harness-report-theme";

export function startTheme() {
  const button = byId("theme");
  let choice = remembered();
  apply();
  button.addEventListener("click", () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    remember(choice);
    apply();
  });

  function apply() {
    if (choice === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    button.replaceChildren(icon(`theme-${choice}`));
    button.setAttribute("aria-label", `Colour scheme: ${NAMES[choice]}`);
    button.title = `Colour scheme: ${NAMES[choice]}`;
  }
}

/** Some browsers refuse storage to files; then the choice lasts as long as the page. */
function remembered() {
  try {
    const choice = localStorage.getItem(KEY);
    return CHOICES.includes(choice) ? choice : "auto";
  } catch {
    return "auto";
  }
}

function remember(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // nothing to keep it in
  }
}
