// @ts-check
// The address bar: which view, and what it shows. Back, reload and sharing work by it.

/**
 * @typedef {object} Route
 * @property {string} view search, fleet, captures or actionables.
 * @property {string} q
 * @property {string} from
 * @property {string} to
 * @property {string} order "", newest or oldest.
 * @property {string} entry An entry shown by itself.
 * @property {string} open The entry that is open in the results.
 * @property {string} id The actionable in the editor, the job on the fleet's page, "new".
 * @property {string} show How results are shown: "" (lines), table or chart.
 * @property {string} columns Columns of the table, see columns.js; "" chooses them by what was found.
 * @property {string} tz "": times are UTC; "local": the browser's.
 * @property {string} saved The saved search that this is.
 * @property {string} frozen The frozen set that is searched instead of everything.
 * @property {string} ask A filter to fill the fleet's form with, on /fleet.
 * @property {string} src The source number to fill it with.
 * @property {string} find Words that the fleet's jobs are found by.
 * @property {string} jobs Which jobs: "", active or look.
 * @property {string} live "1": new matches are shown as they arrive.
 */

const views = ['fleet', 'captures', 'actionables'];
const names = /** @type {const} */ (['q', 'from', 'to', 'order', 'entry', 'open', 'id', 'show', 'columns', 'live', 'tz', 'saved', 'frozen', 'ask', 'src', 'find', 'jobs']);

/**
 * @param {URL|Location} at
 * @returns {Route}
 */
export function parse(at) {
  const p = new URLSearchParams(at.search);
  const view = views.find((v) => at.pathname === '/' + v) ?? 'search';
  const route = /** @type {Route} */ ({ view });
  for (const n of names) route[n] = p.get(n) ?? '';
  // As Packet Fleet's own page is addressed.
  if (view === 'fleet') Object.assign(route, { ask: route.ask || route.q, src: route.src || (p.get('s') ?? ''), q: '' });
  return route;
}

/**
 * The address of a view; what is absent is left out, but for the zone of the
 * times, which stays from view to view.
 * @param {Partial<Route>} r
 */
export function href(r) {
  const p = new URLSearchParams();
  const all = { tz: route.tz, ...r };
  for (const n of names) if (all[n]) p.set(n, all[n]);
  const text = p.toString();
  return (r.view && r.view !== 'search' ? '/' + r.view : '/') + (text && '?' + text);
}

/** Now shown. */
export let route = parse(location);

let changed = () => {};

/** @param {() => void} f Called after every move, by whatever way. */
export function onMove(f) {
  changed = f;
  addEventListener('popstate', () => {
    route = parse(location);
    changed();
  });
  addEventListener('click', follow);
}

/** Links to the page's own views move without a reload. @param {MouseEvent} e */
function follow(e) {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  const a = e.target instanceof Element ? e.target.closest('a') : null;
  if (!a || a.target || a.hasAttribute('download') || a.origin !== location.origin) return;
  if (a.pathname !== '/' && !views.includes(a.pathname.slice(1))) return;
  e.preventDefault();
  go(a.pathname + a.search);
}

/** @param {Partial<Route>|string} to */
export function go(to) {
  const url = typeof to === 'string' ? to : href(to);
  if (url === location.pathname + location.search) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  route = parse(location);
  changed();
}

/** Changes the address without a step back to it, and without telling. @param {Partial<Route>} part */
export function amend(part) {
  route = { ...route, ...part };
  history.replaceState(null, '', href(route));
}
