package ui

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
	"spoor/index/pipe"
)

// streamLine is one line of a search as it runs; see docs/api.md.
type streamLine struct {
	Type    string         `json:"type"`
	TookMS  float64        `json:"took_ms"`
	Total   *uint64        `json:"total,omitempty"`
	Exact   *bool          `json:"exact,omitempty"`
	Entries *[]entryJSON   `json:"entries,omitempty"`
	Next    string         `json:"next,omitempty"`
	Partial bool           `json:"partial,omitempty"`
	Scanned *index.Scanned `json:"scanned,omitempty"`
	Of      *toRead        `json:"of,omitempty"`
	Done    *toRead        `json:"done,omitempty"`
	Hist    *histogramJSON `json:"histogram,omitempty"`
	Until   time.Time      `json:"until,omitzero"`
	Table   *tableJSON     `json:"table,omitempty"`
	timesJSON
	Unknown []unknownField `json:"unknown_fields,omitempty"`
}

// toRead is what a scan has to read, or has dealt with.
type toRead struct {
	Blocks int   `json:"blocks"`
	Bytes  int64 `json:"bytes"`
}

// streaming is one search as it runs.
type streaming struct {
	s     *Server
	q     question
	start time.Time
	bars  layout // most 0: none are wanted
	bare  bool   // pipes made no row

	mu   sync.Mutex // guards what follows; progress comes from a goroutine of the scan
	w    http.ResponseWriter
	gone error // why nothing can be sent any more
	hist *bars
	fail error // of the bars
}

// searchStream answers a search while it runs.
func (s *Server) searchStream(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "limit", "order", "bars", "table_limit")
	q := s.question(p)
	r := q.request()
	r.Limit, r.Order = p.number("limit", defaultLimit, 0, maxLimit), p.order(index.Newest)
	rows := p.number("table_limit", defaultRows, 0, maxRows)
	most := p.number("bars", defaultBars, 0, maxBars)
	if most > 0 && most < minBars {
		p.fail(bad("parameter bars: %d, want 0 or %d to %d", most, minBars, maxBars))
	}
	if p.err != nil {
		return p.err
	}
	ctx, cancel := s.deadline(c)
	defer cancel()
	c.Response().Header().Set(echo.HeaderContentType, "application/x-ndjson")
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	run := &streaming{s: s, q: q, start: time.Now(), w: c.Response(),
		bars: layout{from: q.From, to: q.To, most: most, now: time.Now()}}
	var err error
	if len(q.Stages) > 0 {
		err = run.table(ctx, rows)
	} else {
		err = run.entries(ctx, r)
	}
	if err == nil || run.gone != nil {
		return nil // done, or nobody is there to be told
	}
	if !c.Response().Committed {
		return err
	}
	status, body := s.answer(err)
	if status == http.StatusInternalServerError {
		s.Log.Error("search failed", "path", c.Path(), "err", err)
	}
	body["type"], body["status"], body["took_ms"] = "error", status, since(run.start)
	run.send(body)
	return nil
}

// send writes one line at once.
func (r *streaming) send(line any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone != nil {
		return r.gone
	}
	data, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if _, err = r.w.Write(append(data, '\n')); err == nil {
		err = http.NewResponseController(r.w).Flush()
	}
	r.gone = err
	return err
}

// entries sends the first page, then counts all. A page that takes long is
// found by the scan that counts.
func (r *streaming) entries(ctx context.Context, ask index.Request) error {
	var page index.Result
	var slow *foundPage
	if ask.Limit > 0 || r.bars.most == 0 {
		found, err := r.quickPage(ctx, ask)
		switch {
		case errors.Is(err, errSlow):
			slow = newFoundPage(ask)
		case err != nil:
			return err
		case r.bars.most == 0:
			return r.done(ctx, found.Total, found.Exact, found.Scanned)
		case found.Next == nil && found.Exact:
			return r.complete(ctx, found)
		default:
			page = found
		}
	}
	r.bars.packets = len(page.Hits) > 0 && page.Hits[0].Stream.Format.Name == index.Packet
	first, last := knownEnd(ask.Order, page.Hits)
	seen, err := r.scan(ctx, ask, slow, func(e index.Extent) index.Visitor {
		if !first.IsZero() {
			e.From = first
		}
		if !last.IsZero() && last.Before(e.To) {
			e.To = last
		}
		return r.visitor(e)
	})
	if err != nil {
		return err
	}
	if slow != nil {
		if err := r.sendFound(ctx, slow, seen.Extent.Seq, streamTotal{seen.Total, seen.Exact}, true); err != nil {
			return err
		}
	}
	if seen.Exact && r.hist != nil {
		r.hist = r.q.closer(ctx, r.bars, r.hist)
	}
	return r.done(ctx, seen.Total, seen.Exact, seen.Scanned)
}

// quickTime is how long the first page may take by itself.
const quickTime = 150 * time.Millisecond

var errSlow = errors.New("the first page takes long")

// quickPage finds and sends the first page, if that does not take long.
// Without bars there is nothing else to be found, so it may.
func (r *streaming) quickPage(ctx context.Context, ask index.Request) (index.Result, error) {
	short := ctx
	if r.bars.most > 0 {
		var cancel context.CancelFunc
		short, cancel = context.WithTimeout(ctx, quickTime)
		defer cancel()
	}
	a, found, err := r.s.searchPage(short, r.q, ask)
	if err != nil {
		if short.Err() != nil && ctx.Err() == nil {
			return found, errSlow
		}
		return found, err
	}
	return found, r.send(streamLine{Type: "rows", TookMS: since(r.start), Total: &a.Total, Exact: &a.Exact,
		Entries: &a.Entries, Next: a.Next, Scanned: &a.Scanned, timesJSON: a.timesJSON})
}

// scan counts all and tells how far it is. Where the page is still wanted, it
// is gathered and sent as it becomes known.
func (r *streaming) scan(ctx context.Context, ask index.Request, page *foundPage, visitor func(index.Extent) index.Visitor) (index.Visited, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told := make(chan index.Progress, 1)
	v := index.Visit{Query: ask.Query, From: ask.From, To: ask.To, Order: ask.Order, Progress: func(p index.Progress) {
		select {
		case told <- p:
		default: // a slow page loses a step, never the end
		}
	}}
	var seen index.Visited
	ended := make(chan error, 1)
	go func() {
		var err error
		seen, err = r.q.store.Scan(ctx, v, func(e index.Extent) index.Visitor {
			if page == nil {
				return visitor(e)
			}
			return pipe.Both(page, visitor(e))
		})
		ended <- err
	}()
	var failed error
	for {
		select {
		case p := <-told:
			if failed != nil {
				continue
			}
			r.progress(p)
			if page != nil && page.due(p, time.Now()) {
				failed = r.sendFound(ctx, page, p.Extent.Seq, streamTotal{p.Total, false}, false)
			}
			if failed != nil {
				cancel()
			}
		case err := <-ended:
			return seen, cmp.Or(failed, err, r.fail)
		}
	}
}

// knownEnd is the end of the results' times that a first page tells.
func knownEnd(order index.Order, hits []index.Hit) (first, last time.Time) {
	switch {
	case len(hits) == 0:
	case order == index.Oldest:
		first = hits[0].Time
	default:
		last = hits[0].Time.Add(1)
	}
	return first, last
}

// complete makes the bars of a page that holds all that there is.
func (r *streaming) complete(ctx context.Context, page index.Result) error {
	var first, last time.Time
	for _, h := range page.Hits {
		if first.IsZero() || h.Time.Before(first) {
			first = h.Time
		}
		if h.Time.After(last) {
			last = h.Time
		}
	}
	s, err := r.bars.steps(first, last.Add(1))
	if err != nil {
		return err
	}
	r.hist = newBars(s)
	for _, h := range page.Hits {
		r.hist.add(h.Time, h.Time, 1)
	}
	return r.done(ctx, page.Total, true, page.Scanned)
}

// visitor counts in the bars, which are laid out when the first is made.
func (r *streaming) visitor(e index.Extent) index.Visitor {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hist == nil {
		var s index.Steps
		if s, r.fail = r.bars.steps(e.From, e.To); r.fail != nil {
			s.N = 0
		}
		r.hist = newBars(s)
	}
	return barVisitor{r.hist}
}

// progress tells the page how far the scan is.
func (r *streaming) progress(p index.Progress) {
	line := streamLine{Type: "progress", TookMS: since(r.start), Total: &p.Total, Scanned: &p.Scanned, Until: p.Until,
		Of: &toRead{p.Extent.Blocks, p.Extent.Bytes}, Done: &toRead{p.Done.Blocks, p.Done.Bytes}, Hist: r.histogram()}
	// A page that is gone ends the request, and with it the scan.
	_ = r.send(line)
}

func (r *streaming) histogram() *histogramJSON {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hist == nil || r.bars.most == 0 {
		return nil
	}
	return r.hist.json()
}

// table runs the stages.
func (r *streaming) table(ctx context.Context, limit int) error {
	o := r.s.pipeOptions(limit)
	o.Progress = r.progress
	if r.bars.most > 0 {
		o.Also = r.visitor
	}
	res, err := pipe.Run(ctx, r.q.store, r.q.Search, o)
	if err == nil {
		err = r.fail
	}
	if err != nil {
		return err
	}
	made, err := r.s.tableOf(ctx, &res.Table, limit)
	if err != nil {
		return err
	}
	if err := r.send(streamLine{Type: "table", TookMS: since(r.start), Table: made}); err != nil {
		return err
	}
	r.bare = res.Table.TotalRows == 0
	return r.done(ctx, res.Total, res.Exact, res.Scanned)
}

// done sends the last line.
func (r *streaming) done(ctx context.Context, total uint64, exact bool, scanned index.Scanned) error {
	line := streamLine{Type: "done", Total: &total, Exact: &exact, Scanned: &scanned, Hist: r.histogram()}
	r.q.times(&line.timesJSON)
	if exact && (total == 0 || r.bare) {
		line.Unknown = r.s.unknownFields(ctx, r.q.Search)
	}
	line.TookMS = since(r.start)
	return r.send(line)
}
