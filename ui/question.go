package ui

import (
	"context"

	"github.com/labstack/echo/v4"

	"spoor/index"
	"spoor/index/query"
)

// question is what a request asks: its q, between the times that both q and
// the parameters from and to allow.
type question struct {
	query.Search
	// store is where to look: without copies of packets, if q says so.
	store index.Store
	// timed says that q has times of its own.
	timed bool
}

// question reads q, from and to.
func (s *Server) question(p *params) question {
	q := question{Search: s.parseSearch(p, p.text("q")), store: s.Store}
	q.timed = !q.From.IsZero() || !q.To.IsZero()
	from, to := p.between()
	q.From, q.To = narrow(from, to, q.Search)
	if q.Dedup {
		q.store = s.deduped()
	}
	return q
}

// entries reads a question that is answered with entries, or what is counted
// of them, so that it can have no pipes.
func (s *Server) entriesAsked(p *params) question {
	q := s.question(p)
	if len(q.Stages) > 0 {
		p.fail(bad("parameter q: pipes make a table, which is for /search; leave out what follows the first |"))
	}
	return q
}

// request asks a store for the entries.
func (q *question) request() index.Request {
	return index.Request{Query: q.Where, From: q.From, To: q.To}
}

// times adds the times of the question to an answer, where the query says
// some itself.
func (q *question) times(into *timesJSON) {
	if !q.timed {
		return
	}
	if !q.From.IsZero() {
		into.From = &q.From
	}
	if !q.To.IsZero() {
		into.To = &q.To
	}
}

// deadline bounds how long a search may take.
func (s *Server) deadline(c echo.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.Request().Context(), s.SearchTimeout)
}
