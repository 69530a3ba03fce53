// @ts-check
// Patterns for the editor: what RE2 reads instead of another dialect's, and one that finds words like a given one.

/** The place behind the parenthesis that closes the one at from, or -1. @param {string} p @param {number} from */
function closed(p, from) {
  let depth = 0;
  for (let i = from, inClass = false; i < p.length; i++) {
    if (p[i] === '\\') i++;
    else if (inClass) inClass = p[i] !== ']';
    else if (p[i] === '[') inClass = true;
    else if (p[i] === '(') depth++;
    else if (p[i] === ')' && --depth === 0) return i + 1;
  }
  return -1;
}

/** Whether a choice stands outside all parentheses. @param {string} p */
function chooses(p) {
  let rest = p.replace(/\\.|\[(?:\\.|[^\]\\])*\]/gs, '');
  for (let was = ''; was !== rest;) {
    was = rest;
    rest = rest.replace(/\([^()]*\)/g, '');
  }
  return rest.includes('|');
}

/**
 * A pattern with the same value: what stands around is matched as well, and
 * the value is in a named group. Undefined where that can't be said so.
 * @param {string} pattern
 * @returns {string|undefined}
 */
export function rewritten(pattern) {
  const text = pattern.replace(/\\u([0-9A-Fa-f]{4})/g, (_, n) => `\\x{${n.replace(/^0+(?=.)/, '')}}`);
  let [before, value, after] = ['', text, ''];
  if (value.startsWith('(?<=')) {
    const end = closed(value, 0);
    if (end < 0) return undefined;
    before = value.slice(4, end - 1);
    value = value.slice(end);
  }
  const ahead = value.lastIndexOf('(?=');
  if (ahead >= 0 && closed(value, ahead) === value.length) {
    after = value.slice(ahead + 3, -1);
    value = value.slice(0, ahead);
  }
  if (!before && !after) return text !== pattern && !/\(\?<?[=!]/.test(text) ? text : undefined;
  if (!value || chooses(value) || [before, value, after].some((p) => /\(\?<?[=!]/.test(p)) || /\(\?P?<[A-Za-z]/.test(value)) return undefined;
  const part = (/** @type {string} */ p) => p && chooses(p) ? `(?:${p})` : p;
  return `${part(before)}(?P<value>${value})${part(after)}`;
}

/** @param {string} t */
const escaped = (t) => t.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A part of a word: its digits may be others, and all of it where it looks like a number in letters. @param {string} p */
function part(p) {
  if (/^\s+$/.test(p)) return '\\s+';
  if (/^\d+$/.test(p)) return '\\d+';
  // A hash or an id: letters and digits mixed, of this length.
  if (p.length >= 12 && /\d/.test(p) && /^[0-9a-f]+$/i.test(p)) return `[0-9A-Fa-f]{${p.length}}`;
  if (p.length >= 12 && /\d/.test(p) && /^\w+$/.test(p)) return `\\w{${p.length}}`;
  return p.split(/(\d+)/).map((t, i) => i % 2 ? '\\d+' : escaped(t)).join('');
}

/**
 * A pattern that finds words of the same form as this one.
 * @param {string} word
 */
export function like(word) {
  const text = word.slice(0, 200);
  const found = text.split(/(\s+|\w+)/).map((p) => /^(?:\s+|\w+)$/.test(p) ? part(p) : escaped(p)).join('');
  return `${/^\w/.test(text) ? '\\b' : ''}${found}${/\w$/.test(text) ? '\\b' : ''}`;
}
