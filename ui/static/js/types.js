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
 * @property {Table} [table] Instead of entries, when the query has pipes.
 *
 * @typedef {object} TableColumn
 * @property {string} name
 * @property {string} type number, time or text.
 * @property {string} role by, agg, time, series or field.
 * @property {string} [field]
 * @property {string} [func]
 * @property {string} [query] Of a series: what finds the entries behind it.
 * @property {number} [other] Values that are put together in this series.
 * @property {Segment[]} [segments]
 *
 * @typedef {string|number|boolean|null|(string|number|boolean|null)[]} TableCell
 * @typedef {object} TableRow
 * @property {TableCell[]} cells
 * @property {string} [query] Finds the entries behind the row.
 * @property {string} [from]
 * @property {string} [to]
 * @property {string} [id] The entry that the row is.
 * @property {Record<string, Segment[]>} [segments] By number of the column.
 *
 * @typedef {object} Table
 * @property {string} kind stats, top, timechart or entries.
 * @property {TableColumn[]} columns
 * @property {TableRow[]} rows
 * @property {number} total_rows
 * @property {boolean} [cut] Fewer rows were sent.
 * @property {number} [without] Entries that lack a field that is grouped by.
 * @property {number} [distinct]
 * @property {number} [span_ns]
 * @property {string[]} [notes]
 *
 * @typedef {{entries: number, total: number, total_exact: boolean, order: string, exact: boolean}} Sample
 * @typedef {object} FieldFound
 * @property {string} name
 * @property {boolean} [entry] Of the entry, not of its line: tag, src, sensor, job.
 * @property {number} count
 * @property {number} distinct
 * @property {boolean} [distinct_exact]
 * @property {string} [type]
 * @property {{value: string, count: number}[]} top
 * @property {boolean} [top_exact]
 * @typedef {{fields: FieldFound[], sample: Sample, cut?: boolean, took_ms: number}} FieldsFound
 * @typedef {{field: string, values: {value: string, count: number, query?: string}[], distinct: number, distinct_exact?: boolean, with: number, without: number, total: number, exact: boolean, sample?: Sample, took_ms: number}} TopValues
 * @typedef {{before: Entry[], entry: Entry, after: Entry[], more_before: boolean, more_after: boolean}} Around
 * @typedef {{entries: Entry[], left_out: number, seq: number}} TailEntries
 *
 * @typedef {{from: string, to: string, width_ns: number, counts: number[], total: number}} Histogram
 * @typedef {{blocks: number, skipped?: number, bytes: number}} Read
 * @typedef {{name: string, suggest?: string[]}} UnknownField
 *
 * @typedef {object} StreamLine One line of a search as it runs.
 * @property {string} type rows, progress, table, done or error.
 * @property {number} took_ms
 * @property {number} [total]
 * @property {boolean} [exact]
 * @property {Entry[]} [entries]
 * @property {string} [next]
 * @property {Read} [scanned]
 * @property {Read} [of] What there is to read.
 * @property {Read} [done] How much of it is dealt with.
 * @property {Histogram} [histogram]
 * @property {string} [until]
 * @property {Table} [table]
 * @property {string} [from] As the query says it.
 * @property {string} [to]
 * @property {UnknownField[]} [unknown_fields]
 * @property {string} [error]
 * @property {number} [status]
 * @property {number} [column]
 *
 * @typedef {{text: string, kind: string, label: string, note?: string}} CompletionItem
 * @typedef {{from: number, to: number, kind?: string, items: CompletionItem[], more: boolean}} Completion
 * @typedef {{read: string, fixed: string, from?: string, to?: string, stages: string[], dedup: boolean}} Explained
 *
 * @typedef {object} Saved
 * @property {string} id
 * @property {string} name
 * @property {string} q
 * @property {string} [from]
 * @property {string} [to]
 * @property {string} [order]
 * @property {string} [show]
 * @property {string} [columns]
 * @property {string} [note]
 * @property {number} version
 * @property {string} created
 * @property {string} updated
 *
 * @typedef {object} Frozen
 * @property {number} id
 * @property {string} name
 * @property {string} note
 * @property {string} by
 * @property {number} version
 * @property {string} q
 * @property {string} [from]
 * @property {string} [to]
 * @property {string} frozen When.
 * @property {number} entries
 * @property {number} bytes
 * @property {number} total
 * @property {string} [limit] entries or bytes, when fewer are kept than matched.
 * @property {string} first
 * @property {string} last
 *
 * @typedef {{searches: Saved[]}} SavedSearches
 * @typedef {{sets: Frozen[], bytes: number, max_bytes: number, max_entries_a_set: number, max_bytes_a_set: number}} FrozenSets
 * @typedef {{tag: string, source?: number, format?: string, entries: number}} Stream
 * @typedef {{source: number, name?: string, job?: number, entries: number}} Source
 *
 * @typedef {object} Condition All that is said must hold.
 * @property {string[]} [tags]
 * @property {string[]} [fields]
 * @property {string[]} [has]
 * @property {string} [address] public or private.
 *
 * @typedef {{pattern: string, on: string, disabled?: boolean, as?: string}} Trigger as: address or domain, or absent for anything.
 * @typedef {object} Action Which members count goes by kind.
 * @property {string} name
 * @property {string} kind search, saved, packets, url, webhook, copy or kept.
 * @property {string} [description]
 * @property {boolean} [disabled]
 * @property {Condition} [when]
 * @property {string} [query]
 * @property {string} [saved]
 * @property {string} [from]
 * @property {string} [to]
 * @property {string} [host]
 * @property {string} [port]
 * @property {string} [peer]
 * @property {string} [peer_port]
 * @property {string} [protocol]
 * @property {string} [before]
 * @property {string} [after]
 * @property {string[]} [sensors]
 * @property {number} [max_packets]
 * @property {number} [max_bytes]
 * @property {string} [url]
 * @property {string} [open] tab or modal.
 * @property {number} [width] Percent of the window.
 * @property {number} [height]
 * @property {string} [method]
 * @property {{name: string, value: string}[]} [headers]
 * @property {string} [body]
 * @property {string} [body_type] json, form or text.
 * @property {string} [timeout]
 * @property {number} [max_answer]
 * @property {string} [text]
 * @property {string[]} [fallbacks]
 *
 * @typedef {object} Actionable
 * @property {string} id
 * @property {string} name
 * @property {string} [description]
 * @property {string} [menu_label]
 * @property {string[]} [labels]
 * @property {boolean} [disabled]
 * @property {boolean} [shipped]
 * @property {number} version
 * @property {string} [updated]
 * @property {Condition} [when]
 * @property {Trigger[]} triggers
 * @property {Action[]} actions
 * @property {{format: string, object: object}} [original] What it was imported from.
 *
 * @typedef {{error: string, trigger?: number, action?: number, field: string, column?: number}} Fault
 * @typedef {{errors: Fault[], leaves: {action: number, host: string, allowed: boolean}[]}} Checked
 * @typedef {{level: string, trigger?: number, action?: number, text: string, todo?: string}} Note
 *
 * @typedef {{actionables: number, triggers: number, actions: number}} Amounts
 * @typedef {object} Report Of an import.
 * @property {string} format
 * @property {boolean} dry
 * @property {Amounts} found
 * @property {Amounts} imported
 * @property {number} kept
 * @property {number} disabled
 * @property {number} [change]
 * @property {{host: string, allowed: boolean}[]} [hosts]
 * @property {{name: string, id?: string, outcome: string, notes?: Note[]}[]} [items]
 * @property {Note[]} [notes]
 *
 * @typedef {object} Change
 * @property {number} n
 * @property {string} time
 * @property {string} what create, change, delete, order, import, undo or upgrade.
 * @property {number} [undoes]
 * @property {number} [undone]
 * @property {{id: string, name: string}[]} [items]
 * @property {number} count
 * @property {{id: string, before?: Actionable, after?: Actionable}[]} [changes]
 *
 * @typedef {{host: string, internal?: boolean, note?: string}} EgressHost
 * @typedef {{hosts: EgressHost[], never_private: boolean, version: number}} Egress
 *
 * @typedef {{action: Action, value: string, entry?: string}} PreviewAsked
 * @typedef {{actionables: number, notes?: Note[]}} ExportReport
 * @typedef {{audit: Left[], next?: number}} Audit
 * @typedef {{history: Change[], next?: number}} Changes
 *
 * @typedef {object} Left What left for another host, or was to.
 * @property {number} n
 * @property {string} time
 * @property {string} actionable
 * @property {string} action
 * @property {string} kind
 * @property {string} host
 * @property {string} url
 * @property {string} value
 * @property {string} [entry]
 * @property {string} outcome opened, sent, refused or failed.
 * @property {number} [status]
 * @property {string} [reason]
 * @property {number} [took_ms]
 *
 * @typedef {object} Expansion What an action does with a value.
 * @property {string} kind
 * @property {string} [query]
 * @property {string} [url]
 * @property {string} [filter]
 * @property {string} [host]
 * @property {string} [from]
 * @property {string} [to]
 * @property {string[]} [sensors]
 * @property {number} [max_packets]
 * @property {number} [max_bytes]
 * @property {string} [text]
 * @property {string} [method]
 * @property {{name: string, value: string}[]} [headers]
 * @property {string} [body]
 * @property {boolean} [leaves] It goes to another host.
 * @property {boolean} [allowed]
 * @property {string} [reason]
 * @property {string} [open] tab or modal
 * @property {number} [width] Percent of the window.
 * @property {number} [height]
 * @property {HookAnswer} [answer] What a webhook brought back.
 * @property {boolean} [offered] false: its condition does not hold here.
 *
 * @typedef {{status: number, type?: string, body?: string, bytes?: number, cut?: boolean, lossy?: boolean, took_ms?: number}} HookAnswer
 *
 * @typedef {object} MenuItem An action that a menu offers.
 * @property {string} id Of its actionable.
 * @property {number} action
 * @property {string} name
 * @property {string} [description]
 * @property {string} kind
 * @property {string} [host]
 * @property {boolean} [leaves]
 * @property {boolean} [allowed]
 * @property {boolean} [background]
 * @property {boolean} [modal]
 * @property {string} [error] Why it can't be run here.
 *
 * @typedef {{label: string, items: MenuItem[]}} MenuGroup
 * @typedef {{values?: {value: string, menus: MenuGroup[]}[]}} MenuAnswer
 * @typedef {{segments: Segment[], matches?: Hit[], total: number}} MatchAnswer
 *
 * @typedef {{from: string, to: string, state: string, why: string}} Span state: has, late or doubtful.
 * @typedef {{oldest?: string, newest?: string, lag_ms: number, keeps_ms: number, live: boolean, rolling: boolean, empty: boolean, spans: Span[]}} Coverage
 * @typedef {{state: string, text: string, checked?: string, since?: string, error: string, certificate_ends?: string}} SensorHealth state: good, warn, bad or unknown.
 *
 * @typedef {object} Sensor
 * @property {string} id
 * @property {string} name
 * @property {string} kind
 * @property {string} url
 * @property {string} [tag]
 * @property {boolean} [editable] It was made in the page.
 * @property {number} [version]
 * @property {number} [running]
 * @property {number} [waiting]
 * @property {SensorHealth} health
 * @property {Coverage} [coverage] Absent: nothing is known.
 *
 * @typedef {object} SensorForm Which members count goes by kind.
 * @property {string} [id]
 * @property {string} name
 * @property {string} kind
 * @property {string} url
 * @property {string} [tag]
 * @property {string} [pin]
 * @property {string} [servername]
 * @property {string} [fileage]
 * @property {number} [queries]
 * @property {string} [interface]
 * @property {number} [version]
 * @property {Record<string, string>|string[]} [files] Texts by name; as read, the names of what it has.
 *
 * @typedef {{ok: boolean, took_ms: number, message: string, health: SensorHealth, coverage?: Coverage}} Tested
 *
 * @typedef {object} SensorState
 * @property {string} sensor
 * @property {string} state
 * @property {string} [error]
 * @property {string} [sent]
 * @property {string[]} [cut_here]
 * @property {number} [packets]
 * @property {number} [bytes]
 * @property {number} [rate] Bytes a second.
 * @property {number} [rejected] Outside the window.
 * @property {number} [cut] Did not match the rest of cut_here.
 * @property {number} [again] Were stored before.
 * @property {number} [behind] The job before it.
 * @property {string} [first]
 * @property {string} [last]
 * @property {string} [started]
 * @property {string} [answered]
 * @property {string} [ended]
 * @property {string} [limit]
 * @property {string} [note]
 * @property {string} [verdict]
 * @property {string} [doubt]
 * @property {string} [oldest]
 * @property {string} [newest]
 * @property {number} [copies]
 *
 * @typedef {{a: string, b: string, packets: number, exact: boolean, clock_ns: number, within_ns: number}} Copies
 *
 * @typedef {object} Job
 * @property {number} id
 * @property {number} source
 * @property {string} [name]
 * @property {string} [upload] The file that was uploaded.
 * @property {string} query
 * @property {string} [from]
 * @property {string} [to]
 * @property {string} [who]
 * @property {string} [reason]
 * @property {string} [entry]
 * @property {string} state
 * @property {string} [verdict]
 * @property {string} [doubt]
 * @property {number} [max_packets]
 * @property {number} [max_bytes]
 * @property {number} [max_seconds]
 * @property {number} [snap]
 * @property {string} created
 * @property {string} [ended]
 * @property {number} [packets]
 * @property {number} [bytes]
 * @property {SensorState[]} [sensors]
 * @property {Copies[]} [copies]
 *
 * @typedef {object} JobForm
 * @property {string} query
 * @property {string} [from]
 * @property {string} [to]
 * @property {number} [source]
 * @property {string} [name]
 * @property {string[]} [sensors]
 * @property {string} [who]
 * @property {string} [reason]
 * @property {string} [entry]
 * @property {number} [max_packets]
 * @property {number} [max_bytes]
 * @property {number} [max_seconds]
 * @property {number} [snap]
 * @property {boolean} [reuse]
 * @property {boolean} [again]
 *
 * @typedef {object} SensorPreview
 * @property {string} sensor
 * @property {string} sent
 * @property {string[]} [cut_here]
 * @property {string} [error]
 * @property {string} has all, part, none or unknown.
 * @property {string} text
 * @property {string} [oldest]
 * @property {string} [newest]
 * @property {string} [expires]
 * @property {number} [expires_in_ms]
 * @property {number} waiting
 * @property {number} [packets]
 * @property {number} [bytes]
 * @property {number} [seconds]
 *
 * @typedef {object} Preview
 * @property {string} query
 * @property {string} [from]
 * @property {string} [to]
 * @property {Job} [same_job]
 * @property {SensorPreview[]} sensors
 * @property {string} [expires]
 * @property {string} [expires_on]
 * @property {number} [expires_in_ms]
 * @property {number} [packets]
 * @property {number} [bytes]
 * @property {number} [seconds]
 * @property {string} [basis]
 *
 * @typedef {{id: string, label: string, filter: string, query: string, from: string, to: string}} Pivot
 * @typedef {{entry: string, from: string, to: string, hosts: string[], margins: number[], pivots: Pivot[]}} Pivots
 *
 * @typedef {{streams: Stream[]}} Streams
 * @typedef {{next: number, sources: Source[]}} Sources
 * @typedef {{sensors: Sensor[]}} Sensors
 * @typedef {{jobs: Job[], next?: number, counts: {all: number, active: number, look: number}}} Jobs
 * @typedef {{actionables: Actionable[]}} Actionables
 * @typedef {{triggers: Trigger[], when?: Condition, text?: string, q?: string, last?: number}} TestAsked text, or the newest stored entries that meet q.
 *
 * @typedef {object} TestAnswer
 * @property {number} hits
 * @property {number} lines
 * @property {number} entries
 * @property {Segment[]} [segments] Of the text.
 * @property {{value: string, count: number}[]} [values]
 * @property {number} [slowest_us]
 * @property {string} [slowest] The entry that took longest.
 * @property {string} [noisy] Why these triggers would bother people.
 * @property {{hits: number, lines: number, us_per_line: number}[]} [triggers]
 * @property {{id: string, time: string, tag: string, segments: Segment[]}[]} [samples]
 * @property {boolean} [cut] It took too long, and ended early.
 * @property {number} [took_ms]
 *
 * @typedef {{needs_token: boolean, signed_in: boolean, version: string}} Session
 */

export {};
