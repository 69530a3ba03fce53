// @ts-check
// All that the page asks of the server, and every way in which that can fail.

/** @import {JobForm, Pivots, Preview, Sensor, SensorForm, Tested, Actionable, Actionables, Around, Audit, Change, Changes, Checked, Egress, Expansion, ExportReport, PreviewAsked, Report, FieldsFound, FullEntry, Histogram, Job, Jobs, MatchAnswer, MenuAnswer, Completion, Explained, Frozen, FrozenSets, Saved, SavedSearches, SearchAnswer, Sensors, Session, Sources, StreamLine, Streams, TestAnswer, TestAsked, TopValues} from './types.js' */

const base = '/api/v1';

/** ApiError is any failure of a request, with a message to show. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, column?: number, trigger?: number, field?: string, same?: Job}} [about] status 0: there was no answer; same: the equal job that there is
   */
  constructor(message, { status = 0, column, trigger, field, same } = {}) {
    super(message);
    this.status = status;
    this.column = column;
    this.trigger = trigger;
    this.field = field;
    this.same = same;
  }

  /** The message without the query and column before it, for where both can be seen. */
  get reason() { return this.message.replace(/^(?:\w+ ".*": |[^"]*: )?column \d+: /s, ''); }

  /** No answer came at all. */
  get gone() { return this.status === 0; }
}

/** @type {{gone: (e: ApiError) => void, signedOut: () => void, back: () => void}} */
const listeners = { gone() {}, signedOut() {}, back() {} };

/**
 * What to do when the server does not answer, answers again, or wants a token.
 * @param {Partial<typeof listeners>} l
 */
export const listen = (l) => { Object.assign(listeners, l); };

/** @param {unknown} e */
export const aborted = (e) => e instanceof DOMException && e.name === 'AbortError';

/**
 * @param {unknown} e
 * @returns {ApiError}
 */
export const asError = (e) => e instanceof ApiError ? e : new ApiError(e instanceof Error ? e.message : String(e), { status: -1 });

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 */
async function answer(path, init) {
  let res;
  try {
    res = await fetch(base + path, { ...init, credentials: 'same-origin' });
  } catch (e) {
    if (aborted(e)) throw e;
    const gone = new ApiError('no answer from Spoor');
    listeners.gone(gone);
    throw gone;
  }
  listeners.back();
  if (res.ok) return res;
  throw await refusal(res);
}

/**
 * @param {Response} res
 * @returns {Promise<ApiError>}
 */
const refusal = async (res) => refused(res.status, res.statusText, await res.text().catch(() => ''));

/** @param {number} status @param {string} statusText @param {string} text @returns {ApiError} */
function refused(status, statusText, text) {
  /** @type {{error?: unknown, column?: number, trigger?: number, field?: string, same_job?: Job}} */
  let body = {};
  try { body = JSON.parse(text) ?? {}; } catch { /* a proxy's page: its status has to do */ }
  if (status === 401) listeners.signedOut();
  const message = typeof body.error === 'string' ? body.error : `the server answered ${status} ${statusText}`.trim();
  return new ApiError(message, { status, column: body.column, trigger: body.trigger, field: body.field, same: body.same_job });
}

/**
 * @param {string} path
 * @param {{method?: string, body?: unknown, signal?: AbortSignal}} [o]
 * @returns {Promise<any>}
 */
async function call(path, { method = 'GET', body, signal } = {}) {
  /** @type {RequestInit} */
  const init = { method, signal };
  if (method !== 'GET') {
    init.headers = { 'Content-Type': 'application/json' };
    if (method !== 'DELETE') init.body = JSON.stringify(body ?? {});
  }
  const res = await answer(path, init);
  if (res.status === 204) return null;
  const text = await res.text();
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === 'object') return value;
  } catch {
    // Told below, like JSON of another kind.
  }
  throw new ApiError(`the answer of ${path.split('?')[0]} is no JSON object`, { status: res.status });
}

/**
 * @param {Record<string, string|number|undefined>} p
 * @returns {string} "?a=b", or "" when nothing is set
 */
export function params(p) {
  const out = new URLSearchParams();
  for (const [k, v] of Object.entries(p)) if (v !== undefined && v !== '') out.set(k, String(v));
  const text = out.toString();
  return text && '?' + text;
}

/** @typedef {{q: string, from?: string, to?: string, order?: string, frozen?: string}} Question */

/**
 * Reads an answer of JSON lines while it comes.
 * @param {Response} res
 * @param {(line: any) => void} line
 */
async function lines(res, line) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (res.body).getReader();
  const text = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest += done ? text.decode() : text.decode(value, { stream: true });
    const all = rest.split('\n');
    rest = all.pop() ?? '';
    for (const one of all) if (one) line(JSON.parse(one));
    if (done) return;
  }
}

/**
 * @param {Response} res
 * @param {(line: StreamLine) => void} each
 */
async function streamed(res, each) {
  let ended = false;
  /** @param {StreamLine} l */
  const one = (l) => {
    ended ||= l.type === 'done';
    if (l.type === 'error') throw new ApiError(l.error ?? 'the search failed', { status: l.status ?? -1, column: l.column });
    each(l);
  };
  try {
    await lines(res, one);
  } catch (e) {
    if (aborted(e) || e instanceof ApiError) throw e;
    const gone = new ApiError('the answer broke off');
    listeners.gone(gone);
    throw gone;
  }
  if (!ended) throw new ApiError('the answer broke off', { status: -1 });
}

/**
 * Sends a file, and says how far it is: fetch can't.
 * @param {string} path
 * @param {Blob} body
 * @param {(sent: number) => void} sent Bytes so far.
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
const sending = (path, body, sent, signal) => new Promise((resolve, reject) => {
  const x = new XMLHttpRequest();
  x.open('POST', base + path);
  x.setRequestHeader('Content-Type', 'application/octet-stream');
  x.upload.onprogress = (e) => sent(e.loaded);
  x.onabort = () => reject(new DOMException('aborted', 'AbortError'));
  x.onerror = () => reject(new ApiError('the file could not be sent: the connection broke off, or the file has changed'));
  x.onload = () => {
    listeners.back();
    if (x.status < 200 || x.status > 299) return reject(refused(x.status, x.statusText, x.responseText));
    try {
      resolve(JSON.parse(x.responseText));
    } catch {
      reject(new ApiError(`the answer of ${path.split('?')[0]} is no JSON object`, { status: x.status }));
    }
  };
  signal.addEventListener('abort', () => x.abort());
  x.send(body);
});

const id = encodeURIComponent;

export const api = {
  /** @param {AbortSignal} signal @returns {Promise<Session>} */
  session: (signal) => call('/session', { signal }),
  /** @param {string} token @returns {Promise<null>} */
  signIn: (token) => call('/session', { method: 'POST', body: { token } }),

  /** @param {Question & {limit?: number, cursor?: string}} q @param {AbortSignal} signal @returns {Promise<SearchAnswer>} */
  search: (q, signal) => call('/search' + params(q), { signal }),
  /** The search as it runs, line by line. @param {Question & {limit: number, bars: number}} q @param {AbortSignal} signal @param {(line: StreamLine) => void} each */
  stream: async (q, signal, each) => streamed(await answer('/search/stream' + params(q), { signal }), each),
  /** @param {{q: string, at: number, from?: string, to?: string, frozen?: string}} q @param {AbortSignal} signal @returns {Promise<Completion>} */
  complete: (q, signal) => call('/complete' + params(q), { signal }),
  /** @param {string} q @param {AbortSignal} [signal] @returns {Promise<Explained>} */
  explain: (q, signal) => call('/explain' + params({ q }), { signal }),
  /** @param {Question & {buckets: number}} q @param {AbortSignal} signal @returns {Promise<Histogram>} */
  histogram: (q, signal) => call('/histogram' + params(q), { signal }),
  /** @param {string} e @param {{q: string, frozen?: string}} o @param {AbortSignal} signal @returns {Promise<FullEntry>} */
  entry: (e, o, signal) => call(`/entries/${id(e)}${params(o)}`, { signal }),
  /** @param {string} e @param {AbortSignal} signal @param {string} [frozen] @returns {Promise<Uint8Array>} */
  bytes: async (e, signal, frozen) => new Uint8Array(await (await answer(`/entries/${id(e)}/raw${params({ frozen })}`, { signal })).arrayBuffer()),
  /** @param {string} e @param {{before: number, after: number, q: string, frozen?: string}} o @param {AbortSignal} signal @returns {Promise<Around>} */
  around: (e, o, signal) => call(`/entries/${id(e)}/context${params(o)}`, { signal }),
  /** @param {Question & {exact?: number, top?: number}} q @param {AbortSignal} signal @returns {Promise<FieldsFound>} */
  fields: (q, signal) => call('/fields' + params(q), { signal }),
  /** @param {Question & {field: string, limit: number, sample?: number}} q @param {AbortSignal} signal @returns {Promise<TopValues>} */
  top: (q, signal) => call('/top' + params(q), { signal }),
  /** New matches as they arrive. @param {{q: string, rate: number, after?: number}} o */
  tail: (o) => new EventSource(`${base}/tail${params(o)}`),
  /** The address of an export, for a link. @param {Question & {format: string}} q */
  exportURL: (q) => `${base}/export${params(q)}`,
  /** @param {AbortSignal} [signal] @returns {Promise<Streams>} */
  streams: (signal) => call('/streams', { signal }),
  /** @returns {Promise<Sources>} */
  sources: () => call('/sources'),

  /** @returns {Promise<SavedSearches>} */
  savedSearches: () => call('/saved'),
  /** @param {string} s By id or name. @returns {Promise<Saved>} */
  savedSearch: (s) => call(`/saved/${id(s)}`),
  /** @param {Partial<Saved>} s @returns {Promise<Saved>} */
  save: (s) => s.id ? call(`/saved/${id(s.id)}`, { method: 'PUT', body: s }) : call('/saved', { method: 'POST', body: s }),
  /** @param {Saved} s @returns {Promise<null>} */
  unsave: (s) => call(`/saved/${id(s.id)}${params({ version: s.version })}`, { method: 'DELETE' }),

  /** @returns {Promise<FrozenSets>} */
  frozenSets: () => call('/frozen'),
  /** @param {string|number} f @returns {Promise<Frozen>} */
  frozenSet: (f) => call(`/frozen/${f}`),
  /** @param {object} body @returns {Promise<Frozen>} */
  freeze: (body) => call('/frozen', { method: 'POST', body }),
  /** @param {Frozen} f @returns {Promise<Frozen>} */
  renameFrozen: ({ id: f, name, note, version }) => call(`/frozen/${f}`, { method: 'PUT', body: { name, note, version } }),
  /** @param {Frozen} f @returns {Promise<null>} */
  unfreeze: (f) => call(`/frozen/${f.id}${params({ version: f.version })}`, { method: 'DELETE' }),

  /** @returns {Promise<Actionables>} */
  actionables: () => call('/actionables'),
  /** @param {Actionable} a @returns {Promise<Actionable>} */
  addActionable: (a) => call('/actionables', { method: 'POST', body: a }),
  /** @param {Actionable} a @returns {Promise<Actionable>} */
  putActionable: (a) => call(`/actionables/${id(a.id)}`, { method: 'PUT', body: a }),
  /** @param {Actionable} a @returns {Promise<null>} */
  deleteActionable: (a) => call(`/actionables/${id(a.id)}${params({ version: a.version })}`, { method: 'DELETE' }),
  /** @param {string} a @param {{action: number, value: string, entry?: string}} body @param {AbortSignal} [signal] @returns {Promise<Expansion>} */
  expand: (a, body, signal) => call(`/actionables/${id(a)}/expand`, { method: 'POST', body, signal }),
  /** Runs it as far as the server does: what leaves is checked and written down. @param {string} a @param {{action: number, value: string, entry?: string, from?: string, to?: string}} body @returns {Promise<Expansion>} */
  run: (a, body) => call(`/actionables/${id(a)}/run`, { method: 'POST', body }),
  /** @param {{matches: import("./types.js").Hit[], entry?: string, from?: string, to?: string}} body @param {AbortSignal} signal @returns {Promise<MenuAnswer>} */
  menu: (body, signal) => call('/actionables/menu', { method: 'POST', body, signal }),
  /** @param {{text: string, selection: boolean, entry?: string}} body @param {AbortSignal} signal @returns {Promise<MatchAnswer>} */
  match: (body, signal) => call('/actionables/match', { method: 'POST', body, signal }),
  /** @param {TestAsked} body @param {AbortSignal} [signal] @returns {Promise<TestAnswer>} */
  test: (body, signal) => call('/actionables/test', { method: 'POST', body, signal }),
  /** @param {Actionable} a @param {AbortSignal} [signal] @returns {Promise<Checked>} */
  checkActionable: (a, signal) => call('/actionables/check', { method: 'POST', body: a, signal }),
  /** What an action that is not stored would do. @param {PreviewAsked} body @param {AbortSignal} signal @returns {Promise<Expansion>} */
  preview: (body, signal) => call('/actionables/expand', { method: 'POST', body, signal }),
  /** @param {string[]} ids All there are. @returns {Promise<Actionables>} */
  orderActionables: (ids) => call('/actionables/order', { method: 'POST', body: { ids } }),
  /** @param {{text: string, name: string, dry: boolean, existing: string}} body @param {AbortSignal} [signal] @returns {Promise<Report>} */
  importActionables: (body, signal) => call('/actionables/import', { method: 'POST', body, signal }),
  /** The address of a file of actionables. @param {{ids?: string, format: string}} o */
  actionablesURL: (o) => `${base}/actionables/export${params(o)}`,
  /** What that file can't hold. @param {{ids?: string, format: string}} o @param {AbortSignal} signal @returns {Promise<ExportReport>} */
  exportReport: (o, signal) => call('/actionables/export' + params({ ...o, report: 1 }), { signal }),
  /** @param {{id?: string, before?: number}} o @returns {Promise<Changes>} */
  changes: (o) => call('/actionables/history' + params(o)),
  /** @param {number} n @returns {Promise<Change>} */
  change: (n) => call(`/actionables/history/${n}`),
  /** @param {number} n @returns {Promise<Change>} */
  undoChange: (n) => call(`/actionables/history/${n}/undo`, { method: 'POST' }),

  /** @returns {Promise<Egress>} */
  egress: () => call('/egress'),
  /** @param {Egress} e @returns {Promise<Egress>} */
  putEgress: (e) => call('/egress', { method: 'PUT', body: e }),
  /** @param {{before?: number, limit?: number}} o @returns {Promise<Audit>} */
  audit: (o) => call('/audit' + params(o)),

  /** @returns {Promise<Sensors>} */
  sensors: () => call('/sensors'),
  /** @param {string} s @returns {Promise<Sensor & SensorForm>} */
  sensor: (s) => call(`/sensors/${id(s)}`),
  /** @param {SensorForm} s @returns {Promise<Sensor>} */
  putSensor: (s) => s.version ? call(`/sensors/${id(s.id ?? '')}`, { method: 'PUT', body: s }) : call('/sensors', { method: 'POST', body: s }),
  /** @param {string} s @param {number} version @returns {Promise<null>} */
  deleteSensor: (s, version) => call(`/sensors/${id(s)}${params({ version })}`, { method: 'DELETE' }),
  /** @param {string} s @returns {Promise<Tested>} */
  testSensor: (s) => call(`/sensors/${id(s)}/test`, { method: 'POST' }),
  /** @param {SensorForm} s @param {AbortSignal} signal @returns {Promise<Tested>} */
  trySensor: (s, signal) => call('/sensors/test', { method: 'POST', body: s, signal }),
  /** @param {string} q @param {AbortSignal} signal @returns {Promise<{canonical: string, base: string}>} */
  filter: (q, signal) => call('/filter' + params({ q }), { signal }),
  /** @param {JobForm} body @returns {Promise<Job>} */
  submit: (body) => call('/jobs', { method: 'POST', body }),
  /** What a job would ask, and who has it. @param {JobForm} body @param {AbortSignal} signal @param {number} [cost] 0: without what it is likely to cost @returns {Promise<Preview>} */
  previewJob: (body, signal, cost) => call('/jobs/preview' + params({ cost }), { method: 'POST', body, signal }),
  /** @param {{q?: string, state?: string, before?: number, limit?: number}} o @param {AbortSignal} [signal] @returns {Promise<Jobs>} */
  jobs: (o, signal) => call('/jobs' + params(o), { signal }),
  /** @param {number} job @param {AbortSignal} [signal] @returns {Promise<Job>} */
  job: (job, signal) => call(`/jobs/${job}`, { signal }),
  /** Packets that a line suggests. @param {string} e @param {AbortSignal} signal @returns {Promise<Pivots>} */
  pivots: (e, signal) => call(`/entries/${id(e)}/pivots`, { signal }),
  /** @param {File} file @param {{title?: string, who?: string, reason?: string, source?: string}} o @param {(sent: number) => void} sent @param {AbortSignal} signal @returns {Promise<Job>} */
  upload: (file, o, sent, signal) => sending('/captures' + params({ name: file.name, ...o }), file, sent, signal),
  /** @param {number} job @returns {Promise<Job>} */
  cancel: (job) => call(`/jobs/${job}/cancel`, { method: 'POST' }),
  /** @param {number} job @returns {Promise<Job>} */
  retry: (job) => call(`/jobs/${job}/retry`, { method: 'POST' }),
  events: () => new EventSource(base + '/events'),
};

/**
 * Runs one thing at a time: a new run aborts the one before.
 * @returns {{run: <T>(f: (signal: AbortSignal) => Promise<T>) => Promise<T>, stop: () => void}}
 */
export function latest() {
  let now = new AbortController();
  return {
    run(f) {
      now.abort();
      now = new AbortController();
      return f(now.signal);
    },
    stop() { now.abort(); },
  };
}
