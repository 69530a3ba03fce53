package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
	"spoor/fleet"
	"spoor/index"
	"spoor/index/pipe"
	"spoor/index/query"
	"spoor/internal/egress"
	"spoor/internal/saved"
)

// badRequest is an error of the request itself, shown as it is.
type badRequest struct{ reason string }

func (b badRequest) Error() string { return b.reason }

func bad(format string, args ...any) error { return badRequest{fmt.Sprintf(format, args...)} }

// maxBody bounds JSON bodies; the largest sensible one is an actionable.
const maxBody = 1 << 20

// readJSON reads a body of one JSON value strictly.
func readJSON(c echo.Context, v any) error { return readLargeJSON(c, v, maxBody) }

// readLargeJSON is readJSON for a body of up to most bytes.
func readLargeJSON(c echo.Context, v any, most int64) error {
	d := json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, most))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return echo.NewHTTPError(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is over %d MiB", most>>20))
		case errors.Is(err, os.ErrDeadlineExceeded):
			return echo.NewHTTPError(http.StatusRequestTimeout, fmt.Sprintf("body: not here after %v", readPatience))
		case err == io.EOF:
			return bad("body: empty, want a JSON object")
		}
		return bad("body: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return bad("body: more than one JSON value")
	}
	// The body is here. The server goes on reading to notice when the sender
	// goes away, and would take the deadline for that.
	_ = http.NewResponseController(c.Response().Writer).SetReadDeadline(time.Time{})
	return nil
}

// fail answers with an error. It alone knows which status an error of the
// other packages has.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		// The head is out, so the only honest end is a broken answer.
		s.Log.Warn("answer broken off", "path", c.Path(), "err", err)
		panic(http.ErrAbortHandler)
	}
	code, body := s.answer(err)
	if code == http.StatusInternalServerError {
		s.Log.Error("request failed", "method", c.Request().Method, "path", c.Path(), "err", err)
	}
	if c.Request().Method == http.MethodHead {
		err = c.NoContent(code)
	} else {
		err = c.JSON(code, body)
	}
	if err != nil {
		s.Log.Debug("error not delivered", "path", c.Path(), "err", err)
	}
}

// answer is the status and the body for an error.
func (s *Server) answer(err error) (int, map[string]any) {
	body := map[string]any{"error": err.Error()}
	for _, status := range []func(error, map[string]any) int{actionError, askedError, fleetError, savedError, storeError} {
		if code := status(err, body); code != 0 {
			return code, body
		}
	}
	var framework *echo.HTTPError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		body["error"] = "the search took too long; narrow the time range or add a word"
		return http.StatusGatewayTimeout, body
	case errors.Is(err, context.Canceled):
		return 499, body
	case errors.As(err, &framework):
		body["error"] = fmt.Sprint(framework.Message)
		return framework.Code, body
	}
	return http.StatusInternalServerError, map[string]any{"error": "internal error, see the server's log"}
}

// askedError is the status of an error of a request or its search; 0 for any
// other.
func askedError(err error, body map[string]any) int {
	var (
		asked  badRequest
		unread *query.Error
		stage  *pipe.Error
		much   tooMuch
	)
	switch {
	case errors.As(err, &asked):
		return http.StatusBadRequest
	case errors.As(err, &unread):
		body["column"] = unread.Column()
		return http.StatusBadRequest
	case errors.As(err, &stage):
		body["stage"] = stage.Stage
		if stage.TooMuch {
			return http.StatusUnprocessableEntity
		}
		return http.StatusBadRequest
	case errors.As(err, &much):
		return http.StatusUnprocessableEntity
	}
	return 0
}

// fleetError is the status of an error of the fleet; 0 for any other.
func fleetError(err error, body map[string]any) int {
	var (
		filter *fleet.FilterError
		wrong  *fleet.RequestError
		unmade *fleet.SensorError
		same   *fleet.SameJobError
		inUse  *fleet.SourceInUseError
	)
	switch {
	case errors.As(err, &filter):
		body["column"] = filter.Column()
		return http.StatusBadRequest
	case errors.As(err, &wrong):
		body["field"] = wrong.Field
		return http.StatusBadRequest
	case errors.As(err, &unmade):
		body["field"] = unmade.Field
		return http.StatusBadRequest
	case errors.As(err, &same):
		body["same_job"] = same.Job
		return http.StatusConflict
	case errors.As(err, &inUse):
		body["source"], body["job"] = inUse.Source, inUse.Job
		return http.StatusConflict
	case errors.Is(err, fleet.ErrSensorFixed):
		return http.StatusForbidden
	case errors.Is(err, fleet.ErrSensorVersion), errors.Is(err, fleet.ErrSensorExists), errors.Is(err, fleet.ErrTooManySensors), errors.Is(err, fleet.ErrNoSource):
		return http.StatusConflict
	case errors.Is(err, fleet.ErrNoJob):
		return http.StatusNotFound
	case errors.Is(err, fleet.ErrUnknownSensor):
		return http.StatusBadRequest
	case errors.Is(err, fleet.ErrBusy):
		return http.StatusTooManyRequests
	}
	return 0
}

// savedError is the status of an error of what is saved; 0 for any other.
func savedError(err error, body map[string]any) int {
	var invalid *saved.InvalidError
	switch {
	case errors.As(err, &invalid):
		body["field"] = invalid.Field
		return http.StatusBadRequest
	case errors.Is(err, saved.ErrNothing):
		return http.StatusBadRequest
	case errors.Is(err, saved.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, saved.ErrConflict), errors.Is(err, saved.ErrTaken), errors.Is(err, saved.ErrFull):
		return http.StatusConflict
	}
	return 0
}

// storeError is the status of an error of the store; 0 for any other.
func storeError(err error, _ map[string]any) int {
	switch {
	case errors.Is(err, index.ErrTooManyDeletions), errors.Is(err, index.ErrAhead):
		return http.StatusConflict
	case errors.Is(err, index.ErrNoSpace):
		return http.StatusInsufficientStorage
	case errors.Is(err, index.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, index.ErrClosed):
		return http.StatusServiceUnavailable
	}
	return 0
}

// actionError is the status of an error of actionables or of the gate to other
// hosts; 0 for any other.
func actionError(err error, body map[string]any) int {
	var (
		invalid  *actionables.InvalidError
		unfilled *actionables.ExpandError
		foreign  *actionables.ImportError
		gate     *egress.InvalidError
		refused  *egress.RefusedError
		unsent   *egress.SendError
	)
	switch {
	case errors.As(err, &invalid):
		invalidBody(invalid, body)
		return http.StatusBadRequest
	case errors.As(err, &unfilled):
		body["placeholder"] = unfilled.Placeholder
		return http.StatusBadRequest
	case errors.As(err, &foreign), errors.As(err, &gate):
		return http.StatusBadRequest
	case errors.As(err, &refused):
		body["host"] = refused.Host
		return http.StatusForbidden
	case errors.As(err, &unsent):
		body["host"] = unsent.Host
		if unsent.Timeout {
			return http.StatusGatewayTimeout
		}
		return http.StatusBadGateway
	case errors.Is(err, actionables.ErrConflict), errors.Is(err, actionables.ErrFull), errors.Is(err, egress.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, actionables.ErrNotFound):
		return http.StatusNotFound
	}
	return 0
}

func invalidBody(e *actionables.InvalidError, body map[string]any) {
	for name, n := range map[string]int{"trigger": e.Trigger, "action": e.Action} {
		if n >= 0 {
			body[name] = n
		}
	}
	if e.Column > 0 {
		body["column"] = e.Column
	}
	if e.Field != "" {
		body["field"] = e.Field
	}
}

// recover keeps one request's panic from the others, and shows it in the log.
func (s *Server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}()
		return next(c)
	}
}
