// @ts-check
// Puts values into queries so that they stay values, whatever is in them.

const plain = /^[0-9A-Za-z_][0-9A-Za-z_.-]*$/;
const ip6 = /^(?=.*::|(?:[^:]*:){7}[^:]*$)(?=.*[0-9A-Fa-f])[0-9A-Fa-f:]+[0-9.]*$/;
const operators = /^(AND|OR|NOT)$/;
// The language's own names: a field of that name needs quotes.
const own = /^(tag|src)$/;

/** Text in quotes; what no input can show is written as its number. @param {string} text */
const quoted = (text) => '"' + text.replace(/[\\"]/g, '\\$&').replace(/[\u0000-\u001f\u007f]/g, (c) => `\\{${c.charCodeAt(0).toString(16).padStart(2, '0')}}`) + '"';

/**
 * The words that find exactly this value.
 * @param {string} value
 */
export function literal(value) {
  if (ip6.test(value)) return value;
  return plain.test(value) && !operators.test(value) ? value : quoted(value);
}

/**
 * The term that finds this value in this field.
 * @param {string} name
 * @param {string} value
 */
export function fieldTerm(name, value) {
  const field = /^[A-Za-z_@][0-9A-Za-z_.@-]*$/.test(name) && !own.test(name) && !operators.test(name) ? name : quoted(name);
  return `${field}:${plain.test(value) && !operators.test(value) ? value : quoted(value)}`;
}

/** @param {string} q */
const group = (q) => /(^|[\s()])OR([\s()]|$)/.test(q) ? `(${q})` : q;

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
