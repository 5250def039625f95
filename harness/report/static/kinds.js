/** Kinds of difference: each row of the table knows its own, and a link to the clips of a kind brings the table into view. */

import { byId } from "./dom.js";

/** Tell each row its kinds. `kinds` lists, for each, its first row and the distance to each next. */
export function attachKinds({ rows, kinds }) {
  for (const [name, distances] of Object.entries(kinds ?? {})) {
    const kind = name.toLowerCase();
    let place = 0;
    for (const distance of distances) {
      place += distance;
      (rows[place].kinds ??= new Set()).add(kind);
    }
  }
}

/** Links that only filter leave the reader where they are: scroll to what they filter. */
export function startKinds() {
  byId("overview").addEventListener("click", (event) => {
    if (!event.target.closest('a[href^="#q="]')) return;
    addEventListener("hashchange", () => byId("clips").scrollIntoView(), { once: true });
    if (location.hash === event.target.closest("a").getAttribute("href")) byId("clips").scrollIntoView();
  });
}
