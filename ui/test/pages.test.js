// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { pageRows, pagesOf } from '../static/js/pages.js';

const entries = (from, to) => Array.from({ length: to - from }, (_, i) => ({ id: `e${from + i}` }));

test('pages joined are the entries, and what has not changed is the same page', () => {
  const r = { entries: entries(0, 450) };
  const joined = () => pagesOf(r).flatMap((p) => p.entries);
  const first = pagesOf(r);
  assert.equal(first.length, 450 / pageRows);
  assert.deepEqual(joined(), r.entries);
  assert.equal(pagesOf(r), first);

  r.entries = [...r.entries, ...entries(450, 650)];
  assert.deepEqual(joined(), r.entries);
  assert.equal(pagesOf(r)[1], first[1], 'more at the end');

  r.entries = [...entries(1000, 1003), ...r.entries];
  assert.deepEqual(joined(), r.entries);
  assert.equal(pagesOf(r).find((p) => p.id === first[1].id), first[1], 'more in front');

  r.entries = [...entries(2000, 2003), ...r.entries].slice(0, 300);
  assert.deepEqual(joined(), r.entries);
  assert.ok(pagesOf(r).every((p) => p.entries.length > 0 && p.entries.length <= pageRows), 'cut at the end');

  r.entries = entries(5000, 5001);
  assert.deepEqual(joined(), r.entries);
  r.entries = [];
  assert.deepEqual(pagesOf(r), []);
});
