// @ts-check
// Puts values into queries so that they stay values, whatever is in them.

const plain = /^[0-9A-Za-z_][0-9A-Za-z_.-]*$/;
const ip6 = /^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$/;
const operators = /^(and|or|not|to)$/i;

/** @param {string} text */
const quoted = (text) => '"' + text.replace(/[\\"]/g, '\\$&') + '"';

/**
 * The words that find exactly this value.
 * @param {string} value
 */
export function literal(value) {
  if (ip6.test(value) && /[0-9A-Fa-f]/.test(value)) return value;
  return plain.test(value) && !operators.test(value) ? value : quoted(value);
}

/**
 * The term that finds this value in this field. A name that cannot be
 * written in a query falls back to the value alone.
 * @param {string} name
 * @param {string} value
 */
export function fieldTerm(name, value) {
  if (!/^[0-9A-Za-z_@][0-9A-Za-z_.@-]*$/.test(name)) return literal(value);
  return `${name}:${plain.test(value) && !operators.test(value) ? value : quoted(value)}`;
}

/** @param {string} q */
const group = (q) => /(^|[\s()])OR([\s()]|$)/i.test(q) ? `(${q})` : q;

/**
 * @param {string} q
 * @param {string} term
 */
export const include = (q, term) => q.trim() ? `${group(q.trim())} ${term}` : term;

/**
 * @param {string} q
 * @param {string} term
 */
export const exclude = (q, term) => q.trim() ? `${group(q.trim())} NOT ${term}` : `NOT ${term}`;

/** Whether the query asks for one source: packets of one job, oldest first. @param {string} q */
export const ofSource = (q) => /(^|[\s(])src:\d+/.test(q);

/**
 * The terms of a plain query (words side by side), or nothing when it is
 * more than that: for "without this term" when nothing is found.
 * @param {string} q
 */
export function terms(q) {
  const found = q.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  const more = found.some((t) => operators.test(t) || /^[-(/]|\)$/.test(t) || t.includes('|'));
  return more || found.length < 2 || found.length > 4 ? [] : found;
}
