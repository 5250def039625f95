/** Elements are made from values, never from markup: whatever a provider sent stays text. */

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `on*` properties are listeners, `data` fills the dataset, null and false are left out. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** An SVG element. */
export function s(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** One of the page's marks. */
export function icon(name, className = "icon") {
  return s("svg", { class: className, "aria-hidden": "true", focusable: "false" }, s("use", { href: `#i-${name}` }));
}

/** The mark of a side: disc or diamond. */
export function sideMark(side) {
  return icon(side, `side-mark ${side}`);
}

export function byId(id) {
  return document.getElementById(id);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
