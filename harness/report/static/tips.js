/** One tool tip for everything that carries `data-tip`, at the pointer and at the keyboard's focus. */

import { byId } from "./dom.js";

export function startTips() {
  const tip = byId("tip");
  let owner = null;
  document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && show(event.target.closest?.("[data-tip]") ?? focused()));
  document.addEventListener("pointerdown", (event) => show(event.pointerType === "touch" ? event.target.closest?.("[data-tip]") : null));
  document.addEventListener("focusin", (event) => event.target.matches("[data-tip]:focus-visible") && show(event.target));
  document.addEventListener("focusout", () => show(null));
  document.addEventListener("keydown", (event) => event.key === "Escape" && show(null));
  document.addEventListener("scroll", scrolled, { passive: true, capture: true });

  /** Moving the focus may scroll, and scrolling moves what lies under the pointer: neither takes the tip from whoever reads by keyboard. */
  function focused() {
    return owner?.matches(":focus-visible") ? owner : null;
  }

  function scrolled() {
    if (focused()) place(owner.getBoundingClientRect());
    else show(null);
  }

  function show(element) {
    if (element === owner) return;
    owner?.removeAttribute("aria-describedby");
    owner = element ?? null;
    tip.hidden = !owner;
    if (!owner) return;
    tip.textContent = owner.dataset.tip;
    owner.setAttribute("aria-describedby", "tip");
    place(owner.getBoundingClientRect());
  }

  function place(target) {
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.max(12, Math.min(innerWidth - width - 12, target.left + Math.min(target.width / 2, 160) - width / 2));
    const above = target.top - height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 60 ? above : target.bottom + 8}px`;
  }
}
