/** The view as a URL fragment, so that a link opens what its sender saw: `#clip=a&t=3.2` or `#q=tag:noisy&sort=wer`. */

/** An empty `sort` is the order that the run itself proposes. */
export const HOME = { clip: null, pass: 1, t: 0, q: "", sort: "", desc: true };

/** Read a fragment; anything it does not say keeps its default. A section's anchor (`#rules`) keeps the filter of `before`. */
export function parseRoute(hash, before = HOME) {
  if (hash.length > 1 && !hash.includes("=")) return { ...before, clip: null, pass: HOME.pass, t: HOME.t };
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    clip: fields.get("clip"),
    pass: Number.parseInt(fields.get("pass") ?? "", 10) || HOME.pass,
    t: Number.parseFloat(fields.get("t") ?? "") || HOME.t,
    q: fields.get("q") ?? HOME.q,
    sort: fields.get("sort") ?? HOME.sort,
    desc: fields.get("dir") !== "asc",
  };
}

/** Write a fragment with only what differs from the default. */
export function formatRoute(route) {
  const fields = new URLSearchParams();
  if (route.clip !== null) fields.set("clip", route.clip);
  if (route.clip !== null && route.pass !== HOME.pass) fields.set("pass", String(route.pass));
  if (route.clip !== null && route.t > 0) fields.set("t", String(Number(route.t.toFixed(4))));
  if (route.q !== HOME.q) fields.set("q", route.q);
  if (route.sort !== HOME.sort) fields.set("sort", route.sort);
  if (!route.desc) fields.set("dir", "asc");
  return `#${fields}`;
}
