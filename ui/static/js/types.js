// @ts-check
// The words of the HTTP interface (docs/api.md), as types.

/**
 * @typedef {{id: string, value: string}} Hit An actionable that matches a piece of text, and the value its actions get.
 * @typedef {{t: string, m?: boolean, a?: Hit[]}} Segment A piece of text; m: the query matched it.
 *
 * @typedef {object} PacketLine
 * @property {string} src
 * @property {string} dst
 * @property {number} [src_port]
 * @property {number} [dst_port]
 * @property {string} protocol
 * @property {number} length On the wire, in bytes.
 * @property {number} [captured]
 * @property {string} info
 *
 * @typedef {object} Origin
 * @property {string} [host]
 * @property {string} [file]
 * @property {string} [sensor]
 * @property {number} [job]
 *
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} time
 * @property {boolean} [time_guessed]
 * @property {string} [arrived]
 * @property {string} tag
 * @property {number} [source]
 * @property {Origin} [origin]
 * @property {string} [format]
 * @property {string} raw
 * @property {boolean} [lossy]
 * @property {Record<string, string|string[]>} [fields]
 * @property {Segment[]} segments
 * @property {PacketLine} [packet]
 *
 * @typedef {{name: string, values: Segment[][]}} Detail
 * @typedef {{name: string, label: string, value: string, segments?: Segment[], offset: number, length: number}} LayerField
 * @typedef {{name: string, label: string, offset: number, length: number, fields?: LayerField[]}} Layer
 * @typedef {Entry & {details: Detail[], layers?: Layer[], bytes?: number}} FullEntry
 *
 * @typedef {object} SearchAnswer
 * @property {number} total
 * @property {boolean} exact
 * @property {number} took_ms
 * @property {{blocks: number, skipped: number, bytes: number}} scanned
 * @property {Entry[]} entries
 * @property {string} [next]
 *
 * @typedef {{from: string, to: string, width_ns: number, counts: number[], total: number}} Histogram
 * @typedef {{tag: string, source?: number, format?: string, entries: number}} Stream
 * @typedef {{source: number, name?: string, job?: number, entries: number}} Source
 *
 * @typedef {{pattern: string, on: string, disabled?: boolean, as?: string}} Trigger as: address, or absent for anything.
 * @typedef {object} Action
 * @property {string} name
 * @property {string} kind search, packets or url.
 * @property {string} [query]
 * @property {string} [url]
 * @property {string} [host]
 * @property {string} [port]
 * @property {string} [before]
 * @property {string} [after]
 *
 * @typedef {object} Actionable
 * @property {string} id
 * @property {string} name
 * @property {string} [description]
 * @property {string} [menu_label]
 * @property {boolean} [disabled]
 * @property {boolean} [shipped]
 * @property {number} version
 * @property {string} [updated]
 * @property {Trigger[]} triggers
 * @property {Action[]} actions
 *
 * @typedef {{kind: string, query?: string, url?: string, filter?: string, host?: string, from?: string, to?: string}} Expansion
 *
 * @typedef {{id: string, name: string, kind: string, url: string, tag?: string}} Sensor
 *
 * @typedef {object} SensorState
 * @property {string} sensor
 * @property {string} state
 * @property {string} [error]
 * @property {number} [packets]
 * @property {number} [bytes]
 * @property {number} [rejected]
 * @property {string} [first]
 * @property {string} [last]
 * @property {string} [started]
 * @property {string} [ended]
 * @property {string} [limit]
 * @property {string} [note]
 *
 * @typedef {object} Job
 * @property {number} id
 * @property {number} source
 * @property {string} [name]
 * @property {string} query
 * @property {string} [reason]
 * @property {string} [entry]
 * @property {string} state
 * @property {string} created
 * @property {string} [ended]
 * @property {number} [packets]
 * @property {number} [bytes]
 * @property {SensorState[]} [sensors]
 *
 * @typedef {{streams: Stream[]}} Streams
 * @typedef {{next: number, sources: Source[]}} Sources
 * @typedef {{sensors: Sensor[]}} Sensors
 * @typedef {{jobs: Job[]}} Jobs
 * @typedef {{actionables: Actionable[]}} Actionables
 * @typedef {{triggers: Trigger[], text: string}} TestAsked
 * @typedef {{segments: Segment[], hits: number}} TestAnswer
 * @typedef {{needs_token: boolean, signed_in: boolean, version: string}} Session
 */

export {};
