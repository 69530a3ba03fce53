package ui

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"spoor/index"
)

// foundPage gathers the first page of a search while it is scanned. All
// workers of the scan show it what they find.
type foundPage struct {
	order index.Order
	limit int

	mu      sync.Mutex    // guards the rest
	entries []index.Entry // in order, one more than the page has
	changed bool
	whole   bool      // nothing that is found later can stand on it
	sent    bool      // it was sent when it was whole
	last    time.Time // when some of it was sent
}

func newFoundPage(ask index.Request) *foundPage {
	return &foundPage{order: ask.Order, limit: ask.Limit}
}

var _ index.Visitor = (*foundPage)(nil)

// NeedsText implements index.Visitor.
func (p *foundPage) NeedsText(*index.Stream) bool { return true }

// Whole implements index.Visitor.
func (p *foundPage) Whole(_, _ time.Time) bool { return false }

// Count implements index.Visitor.
func (p *foundPage) Count(*index.Stream, time.Time, time.Time, uint64) {}

// Visit implements index.Visitor.
func (p *foundPage) Visit(e *index.Entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, _ := slices.BinarySearchFunc(p.entries, e, func(a index.Entry, b *index.Entry) int { return p.compare(&a, b) })
	if i > p.limit {
		return nil
	}
	kept := *e
	kept.Raw = bytes.Clone(e.Raw)
	p.entries = slices.Insert(p.entries, i, kept)
	p.entries = p.entries[:min(len(p.entries), p.limit+1)]
	p.changed = true
	return nil
}

func (p *foundPage) compare(a, b *index.Entry) int {
	c := cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Seq, b.Seq))
	if p.order == index.Newest {
		return -c
	}
	return c
}

// partEvery is how often a page that is not whole is sent.
const partEvery = time.Second

// due says whether there is something new to be sent.
func (p *foundPage) due(at index.Progress, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent {
		return false
	}
	if len(p.entries) > p.limit && !at.Until.IsZero() {
		last := p.entries[p.limit].Time
		p.whole = p.order == index.Newest && !last.Before(at.Until) || p.order == index.Oldest && last.Before(at.Until)
	}
	return p.whole || p.changed && now.Sub(p.last) >= partEvery
}

// take returns the page as it is; more says that others follow.
func (p *foundPage) take(whole bool) (entries []index.Entry, more, isWhole, sent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent = p.sent
	p.whole = p.whole || whole
	p.changed, p.last, p.sent = false, time.Now(), p.whole
	return slices.Clone(p.entries[:min(p.limit, len(p.entries))]), len(p.entries) > p.limit, p.whole, sent
}

// streamTotal is how many entries were found.
type streamTotal struct {
	n     uint64
	exact bool
}

// sendFound sends the page as far as it is found. When the scan has ended it
// is whole.
func (r *streaming) sendFound(ctx context.Context, p *foundPage, seq uint64, total streamTotal, ended bool) error {
	entries, more, whole, sent := p.take(ended)
	if sent {
		return nil
	}
	ids, err := r.q.store.Identify(ctx, entries)
	if err != nil {
		return err
	}
	result := index.Result{Hits: make([]index.Hit, len(ids))}
	for i := range ids {
		result.Hits[i] = index.Hit{ID: ids[i], Entry: entries[i]}
	}
	if more && len(entries) > 0 {
		last := entries[len(entries)-1]
		result.Next = &index.Cursor{Time: last.Time.UnixNano(), Last: last.Seq, Seq: seq}
	}
	shorten(&result, nil, pageBytes)
	shown, err := r.s.view(r.q.Where).entries(result.Hits)
	if err != nil {
		return err
	}
	line := streamLine{Type: "rows", TookMS: since(r.start), Total: &total.n, Exact: &total.exact, Entries: &shown, Partial: !whole}
	if result.Next != nil && whole {
		line.Next = result.Next.String()
	}
	r.q.times(&line.timesJSON)
	return r.send(line)
}
