package ui

import (
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// params reads the parameters of a request strictly: one that is not known
// is an error, because a misspelled from= would quietly widen a search.
type params struct {
	c   echo.Context
	err error
}

func readParams(c echo.Context, known ...string) *params {
	p := &params{c: c}
	// echo drops what it can't decode without a word.
	given, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		p.fail(bad("parameters: %v", err))
	}
	for name, values := range given {
		if !contains(known, name) {
			p.fail(bad("parameter %s: not known here", strconv.Quote(name)))
		} else if len(values) > 1 {
			p.fail(bad("parameter %s: given %d times", name, len(values)))
		}
	}
	return p
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func (p *params) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *params) text(name string) string { return p.c.QueryParam(name) }

// time reads RFC 3339 or unix seconds with a fraction; absent is zero.
func (p *params) time(name string) time.Time {
	text := p.text(name)
	if text == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC()
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) || math.Abs(seconds) > 9e9 {
		p.fail(bad("parameter %s: %q is neither RFC 3339 nor unix seconds", name, text))
		return time.Time{}
	}
	whole, fraction := math.Modf(seconds)
	// A float holds microseconds of today, no more.
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC()
}

func (p *params) between() (from, to time.Time) {
	from, to = p.time("from"), p.time("to")
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		p.fail(bad("parameters from and to: to is before from"))
	}
	return from, to
}

func (p *params) number(name string, def, min, max int) int {
	text := p.text(name)
	if text == "" {
		return def
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < min || n > max {
		p.fail(bad("parameter %s: %q is not a number from %d to %d", name, text, min, max))
	}
	return n
}

// oneOf reads a word that must be one of those listed; absent is the first.
func (p *params) oneOf(name string, words ...string) string {
	text := p.text(name)
	if text == "" {
		return words[0]
	}
	if !contains(words, text) {
		p.fail(bad("parameter %s: %q is none of %q", name, text, words))
	}
	return text
}

func (p *params) order(def index.Order) index.Order {
	switch p.text("order") {
	case "":
	case "newest":
		return index.Newest
	case "oldest":
		return index.Oldest
	default:
		p.fail(bad("parameter order: %q is neither newest nor oldest", p.text("order")))
	}
	return def
}

func (p *params) cursor() *index.Cursor {
	text := p.text("cursor")
	if text == "" {
		return nil
	}
	c, err := index.ParseCursor(text)
	if err != nil {
		p.fail(badRequest{err.Error()})
	}
	return &c
}
