// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { scale, tick, ticks } from '../static/js/scale.js';

const at = (text) => Date.parse(text);
const lines = { fromOpen: true, toOpen: true, packets: false };
const packets = { ...lines, packets: true };
const asked = { fromOpen: false, toOpen: false, packets: false };

test('bars are of round width and begin at round times', () => {
  for (const [name, span, width, from] of [
    ['14 minutes', { ...lines, from: at('2020-05-01T07:03:41Z'), to: at('2020-05-01T07:16:35Z') }, 10e3, '2020-05-01T07:03:40.000Z'],
    ['a second of lines', { ...lines, from: at('2020-05-01T07:03:41.400Z'), to: at('2020-05-01T07:03:41.402Z') }, 10, undefined],
    ['some seconds of lines', { ...lines, from: at('2020-05-01T07:03:41Z'), to: at('2020-05-01T07:03:45Z') }, 1e3, undefined],
    ['two packets', { ...packets, from: at('2020-05-01T07:03:41.400Z'), to: at('2020-05-01T07:03:41.402Z') }, 1, undefined],
    ['some seconds of packets', { ...packets, from: at('2020-05-01T07:03:41.400Z'), to: at('2020-05-01T07:03:57.502Z') }, 200, '2020-05-01T07:03:41.400Z'],
    ['ten years', { ...lines, from: at('2015-05-01T07:03:41Z'), to: at('2026-05-01T07:03:41Z') }, 90 * 86400e3, undefined],
    ['a range asked for', { ...asked, from: at('2020-05-01T07:09:03.5Z'), to: at('2020-05-01T07:10:00Z') }, 1e3, '2020-05-01T07:09:03.000Z'],
    ['a short range asked for', { ...asked, from: at('2020-05-01T07:09:00Z'), to: at('2020-05-01T07:09:01Z') }, 10, '2020-05-01T07:09:00.000Z'],
  ]) {
    const got = scale(span, 110);
    assert.equal(got.width, width, name);
    if (from) assert.equal(new Date(got.from).toISOString(), from, name);
    assert.ok(got.from <= span.from && got.from + got.n * got.width >= span.to, `${name}: everything is inside`);
    assert.ok(got.n >= 1 && got.n <= 110, `${name}: ${got.n} bars`);
  }
});

test('a range asked for has no bars outside of it, an open one has room', () => {
  const one = { from: at('2020-05-01T07:00:00Z'), to: at('2020-05-01T07:00:00.001Z') };
  assert.deepEqual(scale({ ...asked, ...one }, 110), { from: one.from, width: 1, n: 1 });
  assert.equal(scale({ ...packets, ...one }, 110).n, 55);
});

test('weeks begin on a Monday', () => {
  const { width, from } = scale({ ...asked, from: at('2024-01-04T00:00:00Z'), to: at('2025-12-01T00:00:00Z') }, 110);
  assert.equal(width, 7 * 86400e3);
  assert.equal(new Date(from).getUTCDay(), 1);
});

test('times under the axis are round and short', () => {
  for (const [from, to, want] of [
    ['2020-05-01T07:03:40Z', '2020-05-01T07:16:40Z', ['07:04', '07:06', '07:08', '07:10', '07:12', '07:14', '07:16']],
    ['2020-05-01T12:00:00Z', '2020-05-03T12:00:00Z', ['12:00', '2 May', '12:00', '3 May', '12:00']],
    ['2018-03-01T00:00:00Z', '2023-09-06T00:00:00Z', ['2019', '2020', '2021', '2022', '2023']],
    ['2022-11-15T00:00:00Z', '2023-09-06T00:00:00Z', ['2023', 'Mar', 'May', 'Jul', 'Sep']],
    ['2020-05-01T07:09:23.1Z', '2020-05-01T07:09:23.5Z', ['07:09:23.100', '07:09:23.200', '07:09:23.300', '07:09:23.400', '07:09:23.500']],
  ]) {
    const { times, step } = ticks(at(from), at(to), 7);
    assert.deepEqual(times.map((t) => tick(t, step)), want);
  }
});
