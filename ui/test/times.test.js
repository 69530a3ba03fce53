// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { read, resolve, windowOf, words, written } from '../static/js/times.js';

test('times are read as people write them', () => {
  for (const [text, want] of [
    ['', ''],
    ['2020-05-01', '2020-05-01T00:00:00Z'],
    ['2020-05-01 07:03', '2020-05-01T07:03:00Z'],
    ['2020-05-01 07:03:00.25', '2020-05-01T07:03:00.25Z'],
    ['2020-05-01T07:03:00Z', '2020-05-01T07:03:00Z'],
    ['2020-05-01 07:03 UTC', '2020-05-01T07:03:00Z'],
    ['2020-05-01 09:03:00+02:00', '2020-05-01T09:03:00+02:00'],
    ['2020-13-01', undefined],
    ['yesterday', undefined],
  ]) assert.equal(read(text), want, text);
});

test('a range is said in the fewest words', () => {
  assert.deepEqual(words({ from: '', to: '' }), { day: '', text: 'All time' });
  assert.deepEqual(words({ from: '-1h', to: '' }), { day: '', text: 'Last hour' });
  assert.deepEqual(words({ from: '2020-05-01T07:03:00Z', to: '2020-05-01T07:17:00Z' }), { day: '1 May 2020', text: '07:03:00 – 07:17:00' });
});

test('a relative start is sent as a time, an absolute one as it is', () => {
  const { from } = resolve({ from: '-15m', to: '' });
  assert.ok(Math.abs(Date.parse(from) - (Date.now() - 15 * 60e3)) < 1000);
  assert.deepEqual(resolve({ from: '2020-05-01T07:03:00.123456789Z', to: '' }), { from: '2020-05-01T07:03:00.123456789Z', to: undefined });
});

test('a filter and its window come apart', () => {
  assert.deepEqual(windowOf('host 8.8.8.8 and after 2020-05-01T07:03:00Z and before 2020-05-01T07:17:00Z'), { base: 'host 8.8.8.8', from: '2020-05-01T07:03:00Z', to: '2020-05-01T07:17:00Z' });
  assert.equal(windowOf('host 8.8.8.8'), null);
});

test('what is written is read again', () => {
  const t = '2020-05-01T07:03:00.250Z';
  assert.equal(read(written(t)), t);
});
