// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { rewritten } from '../static/js/lookaround.js';

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
