// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setLocal } from '../static/js/format.js';
import { tick, ticks } from '../static/js/scale.js';

const at = (text) => Date.parse(text);
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

test('they are round in the zone that is shown, also across a change of the clocks', () => {
  process.env.TZ = 'Europe/Berlin';
  setLocal(true);
  try {
    for (const [from, to, most, want] of [
      ['2020-05-01T12:00:00Z', '2020-05-03T12:00:00Z', 3, ['2 May', '3 May']],
      ['2020-03-28T12:00:00Z', '2020-03-30T12:00:00Z', 5, ['29 Mar', '12:00', '30 Mar', '12:00']],
      ['2019-06-01T00:00:00Z', '2022-06-01T00:00:00Z', 4, ['2020', '2021', '2022']],
    ]) {
      const { times, step } = ticks(at(from), at(to), most);
      assert.deepEqual(times.map((t) => tick(t, step)), want);
    }
  } finally {
    setLocal(false);
    delete process.env.TZ;
  }
});
