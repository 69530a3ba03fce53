// @ts-check
// Lines, table or chart: what the results are shown as, and how to come from one to the other.

import { update } from './app.js';
import { onKey } from './keys.js';
import { measures, shape } from './pipes.js';
import { beforePipe } from './query.js';
import { amend, route } from './route.js';
import { ask, search } from './search.js';

/** @import {Result} from './search.js' */

/** @param {Result} r @returns {'lines'|'table'|'chart'} */
export function shows(r) {
  if (r.table) return shape(r.table) === 'chart' ? 'chart' : 'table';
  return route.show === 'table' ? 'table' : 'lines';
}

/**
 * Shows the results otherwise. Lines of a query with pipes are those that go
 * into them; the chart of lines is how many there were of each tag, and when.
 * @param {'lines'|'table'|'chart'} as
 */
export function showAs(as) {
  const r = search.result;
  if (!r) return;
  if (r.table && as === 'lines') ask(beforePipe(route.q), { show: '' });
  else if (!r.table && as === 'chart') ask(`${beforePipe(route.q)} | timechart count() by tag`.trim(), { show: '', live: '' });
  else {
    amend({ show: as === 'lines' ? '' : as });
    update();
  }
}

onKey((key) => {
  const r = search.result;
  if (key !== 'v' || route.view !== 'search' || !r || r.packets || route.entry) return false;
  const now = shows(r);
  // Around what is here: v never runs another query.
  if (r.table) {
    if (measures(r.table).length) showAs(now === 'chart' ? 'table' : 'chart');
  } else showAs(now === 'table' ? 'lines' : 'table');
  return true;
});
