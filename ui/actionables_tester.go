package ui

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
	"spoor/index"
	"spoor/index/query"
)

const (
	defaultTested = 1000
	maxTested     = 10_000
	maxSamples    = 50
	// testTime bounds a test over stored entries: a person waits for it.
	testTime = 5 * time.Second
)

// testAsked is the body of POST /actionables/test.
type testAsked struct {
	Triggers []actionables.Trigger  `json:"triggers"`
	When     *actionables.Condition `json:"when"`
	Text     *string                `json:"text"`
	Q        string                 `json:"q"`
	Last     int                    `json:"last"`
}

// sampleJSON is a stored line in which the triggers match.
type sampleJSON struct {
	ID       string                `json:"id"`
	Time     time.Time             `json:"time"`
	Tag      string                `json:"tag"`
	Segments []actionables.Segment `json:"segments"`
}

// testAnswer is TEST of docs/api.md; Segments where a text was given.
type testAnswer struct {
	actionables.Trialled
	Segments []actionables.Segment `json:"segments,omitempty"`
	Samples  []sampleJSON          `json:"samples"`
	Cut      bool                  `json:"cut"`
	TookMS   float64               `json:"took_ms"`
}

func (s *Server) testActionable(c echo.Context) error {
	var body testAsked
	if err := readJSON(c, &body); err != nil {
		return err
	}
	trial, err := actionables.NewTrial(body.Triggers, body.When)
	if err != nil {
		return err
	}
	a, start := testAnswer{Samples: []sampleJSON{}}, time.Now()
	if body.Text != nil {
		text := []byte(*body.Text)
		a.Segments = actionables.Cut(text, nil, trial.Line("", text, actionables.Place{}))
	} else if err := s.testStored(c.Request().Context(), trial, body, &a); err != nil {
		return err
	}
	a.Trialled, a.TookMS = trial.Result(), milliseconds(time.Since(start))
	return c.JSON(http.StatusOK, a)
}

// testStored runs a trial over the newest entries.
func (s *Server) testStored(ctx context.Context, trial *actionables.Trial, body testAsked, a *testAnswer) error {
	last := body.Last
	switch {
	case last == 0:
		last = defaultTested
	case last < 0 || last > maxTested:
		return bad("body: last is %d: want 1 to %d", last, maxTested)
	}
	where, err := query.Parse(body.Q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	v, r := s.view(nil), index.Request{Query: where, Order: index.Newest}
	for last > 0 {
		r.Limit = min(last, maxLimit)
		found, err := s.Store.Search(ctx, r)
		if err != nil {
			if a.Cut = ctx.Err() == context.DeadlineExceeded; a.Cut {
				return nil
			}
			return err
		}
		for _, h := range found.Hits {
			e, err := v.entry(h)
			if err != nil {
				return err
			}
			text := []byte(e.Raw)
			matches := trial.Line(e.ID, text, e.place())
			if len(matches) > 0 && len(a.Samples) < maxSamples {
				a.Samples = append(a.Samples, sampleJSON{e.ID, e.Time, e.Tag, actionables.Cut(text, nil, matches)})
			}
			if a.Cut = ctx.Err() != nil; a.Cut {
				return nil
			}
		}
		if last -= len(found.Hits); found.Next == nil {
			return nil
		}
		r.After = found.Next
	}
	return nil
}
