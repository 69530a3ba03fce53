// @ts-check
// Puts values into queries so that they stay values, whatever is in them.

const plain = /^[0-9A-Za-z_][0-9A-Za-z_.-]*$/;
const ip6 = /^(?=.*::|(?:[^:]*:){7}[^:]*$)(?=.*[0-9A-Fa-f])[0-9A-Fa-f:]+[0-9.]*$/;
const operators = /^(AND|OR|NOT)$/;
// The language's own names: a field of that name needs quotes.
const own = /^(tag|src|id|last|from|to|dedup|case)$/;

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

// Quotes and regular expressions may hold a pipe of their own.
const whereOf = /^(?:"(?:[^"\\]|\\.)*"|(?<=^|[\s(:])\/(?:[^/\\]|\\.)*\/|[^|])*/s;

/** The query without its pipes: what finds the entries that go into them. @param {string} q */
export const beforePipe = (q) => (whereOf.exec(q)?.[0] ?? '').trim();

/** @param {string} q */
export const hasPipes = (q) => beforePipe(q) !== q.trim();

/** The query with its pipes, narrowed before them. @param {string} q @param {(where: string) => string} to */
function narrowed(q, to) {
  const where = beforePipe(q);
  const pipes = q.trimStart().slice(where.length).trim();
  return to(where) + (pipes && ` ${pipes}`);
}

/**
 * @param {string} q
 * @param {string} term
 */
export const include = (q, term) => narrowed(q, (where) => where ? `${group(where)} ${term}` : term);

/**
 * @param {string} q
 * @param {string} term
 */
export const exclude = (q, term) => narrowed(q, (where) => where ? `${group(where)} NOT ${term}` : `NOT ${term}`);

/** The term that finds this in a field of the entry itself: tag, src, sensor, job. @param {string} name @param {string} value */
export const entryTerm = (name, value) => `${name}:${literal(value)}`;

/**
 * The term that finds this whole value of a field, so that it finds as many as
 * were counted. Numbers and addresses are compared by value anyway.
 * @param {string} name
 * @param {string} value
 */
export const valueTerm = (name, value) => /^-?\d+(\.\d+)*$/.test(value) || ip6.test(value) ? fieldTerm(name, value) : `${fieldTerm(name, 'x').slice(0, -1)}=${plain.test(value) && !operators.test(value) ? value : quoted(value)}`;

/** The term that finds what has a field. @param {string} name */
export const existsTerm = (name) => fieldTerm(name, 'x').replace(/:x$/, ':*');

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
