// @ts-check
// Joins the parts: the address, the keys, the server's events, the drawing.

import { render } from '../vendor/lit-html/lit-html.js';
import { learn } from './actions.js';
import { afterDraw, focusOn, onDraw, update } from './app.js';
import * as catalog from './catalog.js';
import * as changes from './changes.js';
import * as editor from './editor.js';
import * as egress from './egress.js';
import { onKey, start as startKeys } from './keys.js';
import * as chart from './chart.js';
import * as fieldpanel from './fieldpanel.js';
import * as list from './list.js';
import { openAsked } from './form.js';
import { setLocal } from './format.js';
import * as jobsearch from './jobsearch.js';
import { follow, library, openSave, toggleLibrary } from './library.js';
import { connect } from './live.js';
import { start as startMenu } from './menu.js';
import { drawDialog, showDialog } from './overlay.js';
import { help as queryhelp, toggleHelp } from './queryhelp.js';
import { onMove, route } from './route.js';
import { search, show } from './search.js';
import { lookSoon } from './seen.js';
import * as sensors from './sensors.js';
import { begin, session } from './session.js';
import * as tail from './tail.js';
import { learnSaved } from './templates.js';
import * as help from './views/help.js';
import * as shell from './views/shell.js';

const app = /** @type {HTMLElement} */ (document.getElementById('app'));

const names = { fleet: 'Fleet', captures: 'Captures', actionables: 'Actionables' };

function title() {
  const name = names[/** @type {keyof typeof names} */ (route.view)];
  const saved = library.saved?.name ?? (library.frozen ? `Frozen set ${library.frozen.id}` : '');
  return `${name ?? (saved || route.q || (route.entry ? 'One entry' : 'Search'))} · Spoor`;
}

onDraw(() => {
  render(shell.render(), app);
  drawDialog();
  document.title = title();
  list.watchEnd();
  if (route.view === 'search') lookSoon();
  chart.sync();
  fieldpanel.sync();
  tail.sync();
});

function loadActionables() {
  void editor.load(route.show ? '' : route.id);
  if (route.show === 'changes') void changes.load(route.id);
  else if (route.show) void egress.load(route.show === 'left', route.q);
  else void learnSaved();
}

/** Loads what the view shows. @param {boolean} [again] Also when it is there already. */
function load(again = false) {
  if (session.locked) return update();
  setLocal(route.tz === 'local');
  // The address may name the search instead of spelling it.
  if (route.view === 'search') follow() || show(again);
  else if (route.view === 'captures') void catalog.load();
  else if (route.view === 'fleet') {
    void catalog.loadSensors();
    void jobsearch.show();
    openAsked();
    sensors.openAsked();
  } else loadActionables();
  update();
}

onMove(() => {
  load();
  // What had the focus may be gone; the keyboard goes on from the new view.
  afterDraw(() => {
    if (document.activeElement === document.body) document.querySelector('main')?.focus({ preventScroll: true });
  });
});

document.addEventListener('spoor:filled', () => load(true));

onKey((key) => {
  if (key !== '?') return false;
  showDialog(help.render, { id: 'help', labelledby: 'help-title' });
  return true;
});

onKey((key) => {
  if (route.view !== 'search') return false;
  if (key === 's') toggleLibrary(!library.open);
  else if (key === 'w' && search.result && !search.stale && !route.entry) openSave();
  else if (key === 'Escape' && library.open) {
    toggleLibrary(false);
    focusOn('#library-open');
  } else if (key === 'Escape' && queryhelp.open) toggleHelp(false);
  else return false;
  return true;
});

startKeys();
startMenu();
list.start();
chart.start();
update();

begin(() => {
  connect();
  void learn();
  load(true);
});
