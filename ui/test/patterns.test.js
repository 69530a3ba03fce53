// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { like, rewritten } from '../static/js/patterns.js';

test('a look-around is said with a named group where that is the same', () => {
  for (const [pattern, want] of [
    [String.raw`(?<=port )\d+`, String.raw`port (?P<value>\d+)`],
    [String.raw`\w+(?=@example)`, String.raw`(?P<value>\w+)@example`],
    [String.raw`(?<=\[)[^\]]+(?=\])`, String.raw`\[(?P<value>[^\]]+)\]`],
    [String.raw`(?<=a|b)\d+`, String.raw`(?:a|b)(?P<value>\d+)`],
    [String.raw`a\u0026b`, String.raw`a\x{26}b`],
    ['(?<=a)b|c', undefined], // the choice is wider than the look-behind
    ['(?<!a)b', undefined],
    ['a(?!b)', undefined],
    ['a(?=b)c', undefined],
    ['(?<=a(?=b))c', undefined],
    ['(?<=a)(?<v>b)', undefined], // it has a value of its own
    ['(?<=a', undefined],
    ['plain', undefined],
  ]) assert.equal(rewritten(pattern), want, pattern);
});

test('a pattern for a word finds the word and others of its form', () => {
  for (const [word, want, others] of [
    ['T-12', String.raw`\bT-\d+\b`, ['T-7', 'T-1234']],
    ['10.0.0.1', String.raw`\b\d+\.\d+\.\d+\.\d+\b`, ['8.8.8.8']],
    ['CUB5t44KBchpD1u0w8', String.raw`\b\w{18}\b`, ['CDtsGz4sH4Wl9FwAsX']],
    ['d41d8cd98f00b204e9800998ecf8427e', String.raw`\b[0-9A-Fa-f]{32}\b`, ['D41D8CD98F00B204E9800998ECF84270']],
    ['(a+b)', String.raw`\(a\+b\)`, []],
    ['host web3  up', String.raw`\bhost\s+web\d+\s+up\b`, ['host web44 up']],
    ['[x]{2}|^$', String.raw`\[x\]\{\d+\}\|\^\$`, ['[x]{3}|^$']],
  ]) {
    assert.equal(like(word), want);
    for (const w of [word, ...others]) assert.match(w, new RegExp(`^(?:${want})$`), w);
  }
});
