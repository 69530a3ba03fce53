// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { axisOf, length, place, summary } from '../static/js/coverage.js';

const now = Date.parse('2026-05-01T12:00:00Z');
const iso = (t) => new Date(t).toISOString();
const hour = 3600e3;

/** A sensor that has the last so many hours. */
const sensor = (hours, newest = now - 120e3) => ({ coverage: { oldest: iso(now - hours * hour), newest: iso(newest), lag_ms: 0, keeps_ms: 0, live: false, rolling: true, empty: false, spans: [] } });

test('an axis reaches from the oldest packet to now', () => {
  const a = axisOf([sensor(2), sensor(7)], {}, now);
  assert.equal(a.to, now);
  assert.ok(a.from < now - 7 * hour && a.from > now - 8 * hour, iso(a.from));
});

test('one folder of old captures makes no slivers of the others', () => {
  const a = axisOf([sensor(2), sensor(3), sensor(4), sensor(50000)], {}, now);
  assert.ok(now - a.from < 60 * hour, iso(a.from));
  assert.equal(place(a, now - 50000 * hour), 0);
});

test('of captures that nothing is added to, now is of no interest', () => {
  const old = now - 2000 * hour;
  const a = axisOf([{ coverage: { ...sensor(2001).coverage, newest: iso(old) } }], {}, now);
  assert.ok(a.to < old + hour && a.to > old, iso(a.to));
});

test('what is wanted is always on the axis', () => {
  const a = axisOf([sensor(2)], { from: iso(now - 100 * hour), to: iso(now - 99 * hour) }, now);
  assert.ok(place(a, now - 100 * hour) > 0 && place(a, now - 99 * hour) < 100);
  assert.equal(axisOf([], {}, now), null);
  assert.ok(axisOf([], { from: iso(now - hour) }, now).from < now - hour);
});

test('lengths of time in two units', () => {
  for (const [ms, want] of [[0, '0 s'], [59e3, '59 s'], [110e3, '1 min 50 s'], [7 * hour + 11 * 60e3, '7 h 11 min'], [48 * hour, '2 d'], [3 * 365 * 24 * hour + hour, '3 y']]) assert.equal(length(ms), want);
});

test('who has it, in a few words', () => {
  const s = (has, text = '') => ({ sensor: 'x', sent: '', has, text, waiting: 0 });
  for (const [sensors, more, want] of [
    [[s('all'), s('all'), s('none', 'rolled over, oldest 08:27')], {}, '2 of 3 sensors have it'],
    [[s('all')], { expires_in_ms: 12 * 60e3 }, '1 of 1 sensor has it, gone in 12 min'],
    [[s('part', 'oldest 08:27'), s('none', 'x')], {}, '1 of 2 sensors has part: oldest 08:27'],
    [[s('none', 'rolled over, oldest 08:27')], {}, 'no sensor has it: rolled over, oldest 08:27'],
    [[s('unknown', 'not asked yet'), s('unknown', 'not asked yet')], {}, 'asking 2 sensors'],
    [[s('unknown', 'no answer since 10:31')], {}, '1 sensor: no answer since 10:31'],
    [[s('unknown', 'no answer since 10:31'), s('none', 'rolled over, oldest 08:27')], {}, '1 sensor: rolled over, oldest 08:27; 1 sensor: no answer since 10:31'],
  ]) assert.equal(summary({ query: '', sensors, ...more }), want);
});
