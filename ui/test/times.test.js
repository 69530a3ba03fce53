// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { longDay, setLocal, stamp, zone } from '../static/js/format.js';
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
  assert.deepEqual(words({ from: '2020-05-01T00:00:00Z', to: '2020-05-02T00:00:00Z' }), { day: '', text: '2020-05-01 – 2020-05-02' });
  assert.deepEqual(words({ from: '2020-05-01T00:00:00Z', to: '2020-05-02T07:30:00Z' }), { day: '', text: '2020-05-01 00:00 – 2020-05-02 07:30' });
  assert.deepEqual(words({ from: '2020-05-01T00:00:00Z', to: '2020-05-02T07:30:01Z' }), { day: '', text: '2020-05-01 00:00:00 – 2020-05-02 07:30:01' });
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

test('a time before now is read where one may stand', () => {
  assert.equal(read('-2h', true), '-2h');
  assert.equal(read('−15m', true), '-15m');
  assert.equal(read('-2h'), undefined);
  assert.equal(read('-2y', true), undefined);
});

test('times are written and read in the zone that is chosen, also across a change of the clocks', () => {
  process.env.TZ = 'Europe/Berlin';
  try {
    setLocal(true);
    assert.equal(stamp('2020-05-01T07:03:00Z'), '2020-05-01 09:03:00');
    assert.equal(stamp('2020-12-31T23:30:00Z'), '2021-01-01 00:30:00');
    assert.equal(longDay('2020-12-31T23:30:00Z'), 'Friday, 1 January 2021');
    assert.equal(zone('2020-05-01T07:03:00Z'), 'UTC+02:00');
    assert.equal(written('2020-05-01T07:03:00Z'), '2020-05-01 09:03:00');
    for (const t of ['2020-05-01T07:03:00Z', '2020-12-31T23:30:00Z', '2020-03-29T00:59:00Z', '2020-03-29T01:00:00Z', '2020-10-25T01:30:00Z']) {
      assert.equal(Date.parse(read(written(t))), Date.parse(t), t);
    }
    assert.equal(read('2020-05-01 07:03 UTC'), '2020-05-01T07:03:00Z');
    process.env.TZ = 'America/St_Johns';
    assert.equal(zone('2020-01-01T00:00:00Z'), 'UTC−03:30');
  } finally {
    setLocal(false);
    delete process.env.TZ;
  }
  assert.equal(stamp('2020-05-01T07:03:00Z'), '2020-05-01 07:03:00');
});
