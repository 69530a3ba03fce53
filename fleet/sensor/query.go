package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"spoor/fleet"
	"spoor/internal/captures"
)

// The headers of the protocol. The trailers are ours: Stenographer's answers
// end alike whether they are whole or not.
const (
	headerLimitPackets = "Steno-Limit-Packets"
	headerLimitBytes   = "Steno-Limit-Bytes"
	// trailerError says in words why the answer is not whole; absent when it is.
	trailerError = "Spoor-Error"
	// trailerPackets is how many packets the answer holds.
	trailerPackets = "Spoor-Packets"
	// trailerLimit is "packets" or "bytes" when that limit ended the answer.
	trailerLimit = "Spoor-Limit"
)

// writeGrace is how long after the deadline the end of an answer may take.
const writeGrace = 10 * time.Second

// query answers POST /query: the body is the filter, the answer a pcap file.
func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	s.stats.queries.Add(1)
	ctx, cancel := context.WithTimeoutCause(r.Context(), s.deadline, fmt.Errorf("the deadline of %s passed", s.deadline))
	defer cancel()
	q, status, err := s.read(w, r)
	if err != nil {
		s.stats.badQueries.Add(1)
		http.Error(w, err.Error(), status)
		return
	}
	done, err := s.admit(ctx)
	if err != nil {
		w.Header().Set("Retry-After", "10")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer done()
	list, err := s.folder.List(ctx)
	if ctx.Err() != nil {
		http.Error(w, fmt.Sprintf("the deadline of %s passed", s.deadline), http.StatusServiceUnavailable)
		return
	}
	if err != nil {
		s.log.Error("query not answered", "err", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.answer(ctx, w, q, list)
}

// read returns the query, or the HTTP status that refuses it.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (q captures.Query, status int, err error) {
	control := http.NewResponseController(w)
	// Lifted again, because a deadline that passes during the answer would
	// count as the client's going away. Recorders of tests have none.
	_ = control.SetReadDeadline(s.now().Add(30 * time.Second))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, fleet.MaxFilterBytes))
	_ = control.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return q, http.StatusRequestEntityTooLarge, fmt.Errorf("the query is longer than %d bytes", large.Limit)
	case err != nil:
		return q, http.StatusBadRequest, fmt.Errorf("read query: %w", err)
	}
	if !utf8.Valid(body) {
		return q, http.StatusBadRequest, errors.New("could not parse query: it is not UTF-8")
	}
	if q.Filter, err = fleet.ParseFilter(string(body), s.now()); err != nil {
		return q, http.StatusBadRequest, fmt.Errorf("could not parse query: %w", err)
	}
	if q.Packets, err = limit(r.Header, headerLimitPackets); err == nil {
		q.Bytes, err = limit(r.Header, headerLimitBytes)
	}
	return q, http.StatusBadRequest, err
}

func limit(h http.Header, name string) (int64, error) {
	text := h.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("header %s: %q is no number from 0", name, text)
	}
	return int64(n), nil
}

// admit waits in line until the query may read files. The caller calls done
// at the end.
func (s *Server) admit(ctx context.Context) (done func(), err error) {
	if s.waiting.Add(1) > maxWaiting {
		s.waiting.Add(-1)
		return nil, fmt.Errorf("%d queries are waiting already", maxWaiting)
	}
	defer s.waiting.Add(-1)
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("no turn came in %s: %w", s.deadline, ctx.Err())
	}
}

// answer streams the packets of the list that match q. From its first byte on
// the status is 200, so what goes wrong stands in the trailer.
func (s *Server) answer(ctx context.Context, w http.ResponseWriter, q captures.Query, list captures.List) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Trailer", strings.Join([]string{trailerError, trailerPackets, trailerLimit}, ", "))
	w.WriteHeader(http.StatusOK)

	control := http.NewResponseController(w)
	// A client that reads nothing must not keep its turn for ever.
	_ = control.SetWriteDeadline(s.now().Add(s.deadline + writeGrace))
	q.Flush = func() error {
		if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		return nil
	}
	a := list.Answer(ctx, w, q)
	s.stats.packets.Add(a.Packets)
	s.stats.bytes.Add(a.Bytes)
	if a.Faults != "" {
		s.stats.partQueries.Add(1)
		s.log.Warn("query answered in part", "packets", a.Packets, "err", a.Faults)
		h.Set(trailerError, a.Faults)
	}
	h.Set(trailerPackets, strconv.FormatInt(a.Packets, 10))
	if a.Limit != "" {
		h.Set(trailerLimit, a.Limit)
	}
}
