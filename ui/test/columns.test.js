// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { cell, defaultColumns, look, parseColumns, printColumns, textOf } from '../static/js/columns.js';

/** An entry whose segments are cut around the words, which are marked. */
const entry = (format, raw, fields, ...words) => {
  const segments = [];
  let at = 0;
  for (const w of words) {
    const i = raw.indexOf(w, at);
    segments.push({ t: raw.slice(at, i) }, { t: w, m: true, a: [{ id: 'x', value: w }] });
    at = i + w.length;
  }
  return { id: raw, time: '', tag: 'zeek.conn', format, raw, fields, segments: [...segments, { t: raw.slice(at) }] };
};

test('columns survive the address, whatever is in their names', () => {
  for (const columns of [
    [{ name: 'id.orig_h', width: 0 }, { name: 'tag', width: 120 }],
    [{ name: 'a,b:c d%2C', width: 48 }, { name: '<b>', width: 0 }],
    [],
  ]) assert.deepEqual(parseColumns(printColumns(columns)), columns);
});

test('an address written by hand gives columns that can be shown', () => {
  for (const [text, want] of [
    ['a,,a,b', [{ name: 'a', width: 0 }, { name: 'b', width: 0 }]],
    ['a:9', [{ name: 'a', width: 48 }]],
    ['a:99999', [{ name: 'a', width: 1200 }]],
    ['a:wide', [{ name: 'a', width: 48 }]],
    ['%zz', [{ name: '%zz', width: 0 }]],
  ]) assert.deepEqual(parseColumns(text), want, text);
});

test('a cell has the marks and menus of its place in the line, not of an equal text elsewhere', () => {
  for (const e of [
    entry('zeek-json', '{"n":"10.0.0.1","id_orig_h":"10.0.0.1","k":"id_orig_h"}', { n: '10.0.0.1', id_orig_h: '10.0.0.1', k: 'id_orig_h' }),
    entry('zeek-tsv', '10.0.0.1\t-\t10.0.0.1\tid_orig_h', { n: '10.0.0.1', id_orig_h: '10.0.0.1', k: 'id_orig_h' }),
  ]) {
    const second = e.raw.lastIndexOf('10.0.0.1');
    e.segments = [{ t: e.raw.slice(0, second) }, { t: '10.0.0.1', m: true }, { t: e.raw.slice(second + 8) }];
    assert.deepEqual(cell(e, 'n'), [{ t: '10.0.0.1' }], e.format);
    assert.deepEqual(cell(e, 'id_orig_h'), [{ t: '10.0.0.1', m: true }], e.format);
  }
});

test('lists, escapes, nesting and absent fields have their text', () => {
  const e = entry('json', '{"a":{"b":"x\\ny"},"l":["10.0.0.1","p"],"n":[1,2]}', { 'a.b': 'x\ny', l: ['10.0.0.1', 'p'], n: ['1', '2'] }, '10.0.0.1');
  assert.equal(textOf(cell(e, 'a.b')), 'x\ny');
  assert.equal(textOf(cell(e, 'l')), '10.0.0.1, p');
  assert.equal(cell(e, 'l')[0].m, true);
  assert.equal(textOf(cell(e, 'n')), '1, 2');
  assert.deepEqual(cell(e, 'no such'), []);
  assert.equal(textOf(cell(e, 'tag')), 'zeek.conn');
});

test('without a choice: the tag, then what most entries have, as their lines have it; never the time twice', () => {
  const of = (fields) => ({ ...entry('json', '{}', fields) });
  const got = defaultColumns([of({ ts: '1', uid: 'C', rare: 'x', host: 'h' }), of({ ts: '1', uid: 'C', host: 'h' })]);
  assert.deepEqual(got.map((c) => c.name), ['tag', 'uid', 'rare', 'host']);
});

test('a column is as wide as its cells, numbers stand at the right, and marks that every cell has are none', () => {
  const of = (raw, f, ...w) => entry('zeek-tsv', raw, f, ...w);
  const all = [of('10.0.0.1\t7', { a: '10.0.0.1', n: '7' }, '10.0.0.1'), of('10.0.0.1\t12', { a: '10.0.0.1', n: '12' }, '10.0.0.1')];
  assert.deepEqual(look(all, 'a'), { letters: 8, numeric: false, marked: true });
  assert.deepEqual(look(all, 'n'), { letters: 4, numeric: true, marked: false });
  assert.equal(look([...all, of('10.0.0.2\t1', { a: '10.0.0.2', n: '1' })], 'a').marked, false);
});
