// @ts-check
// All that the page asks of the server, and every way in which that can fail.

/** @import {Actionable, Actionables, Around, Expansion, FieldsFound, FullEntry, Histogram, Job, Jobs, MatchAnswer, MenuAnswer, Completion, Explained, Frozen, FrozenSets, Saved, SavedSearches, SearchAnswer, Sensors, Session, Sources, StreamLine, Streams, TestAnswer, TestAsked, TopValues} from './types.js' */

const base = '/api/v1';

/** ApiError is any failure of a request, with a message to show. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, column?: number, trigger?: number}} [about] status 0: there was no answer
   */
  constructor(message, { status = 0, column, trigger } = {}) {
    super(message);
    this.status = status;
    this.column = column;
    this.trigger = trigger;
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
async function refusal(res) {
  /** @type {{error?: unknown, column?: number, trigger?: number}} */
  let body = {};
  const text = await res.text().catch(() => '');
  try { body = JSON.parse(text) ?? {}; } catch { /* a proxy's page: its status has to do */ }
  if (res.status === 401) listeners.signedOut();
  const message = typeof body.error === 'string' ? body.error : `the server answered ${res.status} ${res.statusText}`.trim();
  return new ApiError(message, { status: res.status, column: body.column, trigger: body.trigger });
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
  /** @param {string} a @param {{action: number, value: string, entry?: string}} body @returns {Promise<Expansion>} */
  expand: (a, body) => call(`/actionables/${id(a)}/expand`, { method: 'POST', body }),
  /** Runs it as far as the server does: what leaves is checked and written down. @param {string} a @param {{action: number, value: string, entry?: string, from?: string, to?: string}} body @returns {Promise<Expansion>} */
  run: (a, body) => call(`/actionables/${id(a)}/run`, { method: 'POST', body }),
  /** @param {{matches: import("./types.js").Hit[], entry?: string, from?: string, to?: string}} body @param {AbortSignal} signal @returns {Promise<MenuAnswer>} */
  menu: (body, signal) => call('/actionables/menu', { method: 'POST', body, signal }),
  /** @param {{text: string, selection: boolean, entry?: string}} body @param {AbortSignal} signal @returns {Promise<MatchAnswer>} */
  match: (body, signal) => call('/actionables/match', { method: 'POST', body, signal }),
  /** @param {TestAsked} body @param {AbortSignal} [signal] @returns {Promise<TestAnswer>} */
  test: (body, signal) => call('/actionables/test', { method: 'POST', body, signal }),

  /** @returns {Promise<Sensors>} */
  sensors: () => call('/sensors'),
  /** @param {string} q @param {AbortSignal} signal @returns {Promise<{canonical: string}>} */
  filter: (q, signal) => call('/filter' + params({ q }), { signal }),
  /** @param {object} body @returns {Promise<Job>} */
  submit: (body) => call('/jobs', { method: 'POST', body }),
  /** @returns {Promise<Jobs>} */
  jobs: () => call('/jobs'),
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
