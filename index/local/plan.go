package local

import (
	"context"
	"sync"

	"spoor/index/query"
)

// plan says of every stream and every block whether it can hold matches. It
// may be used by many goroutines at once.
type plan struct {
	query   query.Node
	need    query.Need
	streams *streams
	sieves  sieves
	noIndex bool
	// only says which streams are looked at; nil means all.
	only   func(*stream) bool
	report func(Damage)

	mu       sync.RWMutex // guards verdicts
	verdicts map[uint32]query.Verdict
}

func (s *Store) newPlan(q query.Node) *plan {
	p := &plan{query: q, streams: s.streams, noIndex: s.o.NoIndex, report: s.report, verdicts: map[uint32]query.Verdict{}}
	if q != nil {
		p.need = query.Terms(q)
	}
	if q != nil && !p.noIndex {
		p.sieves = newSieves(q)
	}
	return p
}

// verdict says what is known about all entries of a stream.
func (p *plan) verdict(id uint32) query.Verdict {
	if p.query == nil && p.only == nil {
		return query.Yes
	}
	p.mu.RLock()
	v, ok := p.verdicts[id]
	p.mu.RUnlock()
	if ok {
		return v
	}
	v = query.No
	switch s := p.streams.get(id); {
	case s == nil, p.only != nil && !p.only(s):
	case p.query == nil:
		v = query.Yes
	default:
		v = query.Stream(p.query, s.def.Tag, s.def.Source)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.verdicts[id] = v
	return v
}

// candidates returns which blocks of a segment can hold a match, as far as
// streams and index can tell.
func (p *plan) candidates(ctx context.Context, seg *segment) (bitset, error) {
	some := false
	for i := range seg.streams {
		some = some || p.verdict(seg.streams[i].stream) != query.No
	}
	found := newBitset(len(seg.blocks))
	if !some {
		return found, nil
	}
	l := lookup{ctx: ctx, seg: seg, plan: p, need: p.need}
	if p.query != nil && !p.noIndex && seg.index != nil {
		if err := l.fetch(); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			p.report(Damage{File: seg.dir, Reason: "the index can't be read, its blocks are evaluated instead: " + err.Error()})
			l.asked = false
			seg.worse.Store(true)
		}
	}
	for block := range seg.blocks {
		for _, r := range seg.blockRuns(block) {
			if l.possible(block, r.stream) {
				found.set(block)
				break
			}
		}
	}
	return found, nil
}

// lookup is a plan's question to one segment.
type lookup struct {
	ctx  context.Context
	seg  *segment
	plan *plan
	need query.Need
	// terms has the blocks of every NeedTerm in the order of a walk through
	// need; nil where the index can't tell.
	terms []bitset
	asked bool
}

// fetch asks the index for every term of the need.
func (l *lookup) fetch() error {
	l.asked = true
	return l.walk(&l.need)
}

func (l *lookup) walk(n *query.Need) error {
	for i := range n.Kids {
		if err := l.walk(&n.Kids[i]); err != nil {
			return err
		}
	}
	if n.Op != query.NeedTerm {
		return nil
	}
	blocks, err := l.ask(n.Term)
	l.terms = append(l.terms, blocks)
	return err
}

func (l *lookup) ask(t query.Term) (bitset, error) {
	term, prefix := termOf(t)
	if term == nil {
		return nil, nil
	}
	found := newBitset(len(l.seg.blocks))
	if !prefix {
		return found, l.seg.index.lookup(l.ctx, term, found)
	}
	told, err := l.seg.index.lookupPrefix(l.ctx, term, found)
	if !told {
		return nil, err
	}
	return found, nil
}

// possible says whether entries of the stream in the block can match.
func (l *lookup) possible(block int, stream uint32) bool {
	switch l.plan.verdict(stream) {
	case query.No:
		return false
	case query.Yes:
		return true
	}
	if !l.asked {
		return true
	}
	next := 0
	return l.satisfied(&l.need, block, l.plan.streams.get(stream), &next)
}

// satisfied walks through n as walk does; next counts the terms passed.
func (l *lookup) satisfied(n *query.Need, block int, s *stream, next *int) bool {
	switch n.Op {
	case query.NeedNothing:
		return false
	case query.NeedTerm:
		blocks := l.terms[*next]
		*next++
		switch n.Term.Kind {
		case query.TermTag:
			return n.Term.Text == s.def.Tag
		case query.TermSource:
			return n.Term.Source == s.def.Source
		}
		return blocks == nil || blocks.has(block)
	case query.NeedAll:
		all := true
		for i := range n.Kids {
			all = l.satisfied(&n.Kids[i], block, s, next) && all
		}
		return all
	case query.NeedAny:
		one := false
		for i := range n.Kids {
			one = l.satisfied(&n.Kids[i], block, s, next) || one
		}
		return one
	}
	return true
}
