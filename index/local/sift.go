package local

import (
	"spoor/index/query"
	"spoor/internal/format"
)

// sieves are the sieves of a query by the escapes of a text; nil where any
// text may match.
type sieves map[query.Escapes]*query.Sieve

func newSieves(n query.Node) sieves {
	return sieves{
		query.NoEscapes:   query.NewSieve(n, query.NoEscapes),
		query.JSONEscapes: query.NewSieve(n, query.JSONEscapes),
		query.HexEscapes:  query.NewSieve(n, query.HexEscapes),
	}
}

// of returns the sieve for the raw texts of a stream, or nil. Packets have
// another text than their bytes.
func (s sieves) of(of *stream) *query.Sieve {
	if of == nil || of.def.Format.Name == format.Packet {
		return nil
	}
	return s[of.reader().Escapes()]
}

// sift reads a unit up to where its entries can be evaluated: first the text
// of a block, and only if something in it can match, the rest. Which entries
// that are is in r.maybe then. It returns false when there are none.
func (q *scan) sift(r *reading) (some bool, err error) {
	sieve, decides := q.sieve(r.unit)
	if sieve == nil {
		return true, r.readColumns()
	}
	if decides && r.buf != nil {
		if err := r.readText(); err != nil {
			return false, err
		}
		if _, some := sieve.Search(r.buf.text).Next(0); !some {
			return false, nil
		}
	}
	if err := r.readColumns(); err != nil {
		return false, err
	}
	if err := r.readText(); err != nil {
		return false, err
	}
	return r.sift(sieve) || !decides, nil
}

// sieve returns the sieve for a unit, all of whose streams have one tag and
// format; decides says that nothing else in it can match.
func (q *scan) sieve(u *unit) (sieve *query.Sieve, decides bool) {
	decides = true
	for _, r := range u.runs() {
		switch q.plan.verdict(r.stream) {
		case query.Maybe:
			if sieve = q.plan.sieves.of(q.plan.streams.get(r.stream)); sieve == nil {
				return nil, false
			}
		case query.Yes:
			decides = false
		}
	}
	return sieve, decides
}

// sift marks the rows in whose text a match can be.
func (r *reading) sift(s *query.Sieve) (some bool) {
	rows, texts := r.view.rows, r.view.texts
	r.maybe = newBitset(len(rows))
	for from, to := 0, 0; from < len(rows); from = to {
		// Texts that lie one after another are searched as one.
		for to = from + 1; to < len(rows) && rows[to].chunk == rows[from].chunk && rows[to].off == rows[to-1].off+rows[to-1].size; {
			to++
		}
		base, last := rows[from].off, &rows[to-1]
		search := s.Search(texts[rows[from].chunk][base : last.off+last.size])
		i, next := from, 0
		for {
			at, ok := search.Next(next)
			if !ok {
				break
			}
			for base+uint32(at.Start) >= rows[i].off+rows[i].size {
				i++
			}
			if base+uint32(at.End) > rows[i].off+rows[i].size {
				next = at.Start + 1 // it reaches into the next entry
				continue
			}
			r.maybe.set(i)
			some = true
			next = int(rows[i].off + rows[i].size - base)
		}
	}
	return some
}
