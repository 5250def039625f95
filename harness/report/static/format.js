/** Numbers as people read them; the same rules as `numbers.py`. */

export const NBSP = "\u00a0";
export const MINUS = "\u2212";
export const SIDES = ["baseline", "candidate"];

/** A JSON number or "inf" as a number; null for what does not exist. */
export function amount(value) {
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  return typeof value === "number" ? value : null;
}

export function ms(value) {
  const number = amount(value);
  if (number === null) return "n/a";
  if (!Number.isFinite(number)) return "never";
  const size = Math.abs(number);
  const text = size >= 10000 ? `${(size / 1000).toFixed(1)}${NBSP}s` : `${size.toFixed(0)}${NBSP}ms`;
  return number < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

export function percent(value) {
  const number = amount(value);
  return number === null ? "n/a" : `${(number * 100).toFixed(1)}${NBSP}%`;
}

/** A signed difference of two amounts, which may be infinite or absent. */
export function signed(a, b, write = (value) => value.toLocaleString("en")) {
  const difference = gap(a, b);
  if (difference === null) return "";
  if (difference === 0) return "0";
  if (!Number.isFinite(difference)) return difference > 0 ? "lost" : "gained";
  return (difference > 0 ? "+" : MINUS) + write(Math.abs(difference));
}

/** b - a; two infinities are equal here, because the table only orders clips. */
export function gap(a, b) {
  const [x, y] = [amount(a), amount(b)];
  if (x === null || y === null) return null;
  return x === y ? 0 : y - x;
}

/** Seconds as `0:07.35`. */
export function clock(seconds, digits = 1) {
  const unit = 10 ** digits;
  const whole = Math.round(Math.max(0, seconds) * unit);
  const minutes = Math.floor(whole / (60 * unit));
  const rest = (whole - minutes * 60 * unit) / unit;
  return `${minutes}:${rest.toFixed(digits).padStart(digits ? digits + 3 : 2, "0")}`;
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
