// Package sensor serves Stenographer's protocol over a folder of capture
// files, so that a folder that tcpdump or another recorder fills can be asked
// as if it were a Stenographer. It differs where Stenographer errs: queries
// are read strictly, times are exact per packet, and an answer that is not
// whole says so in its trailer.
package sensor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	defaultMaxQueries = 4
	defaultDeadline   = 15 * time.Minute // Stenographer's own
	maxWaiting        = 64               // queries in line
)

// Options say what a Server serves. Only Dir is required.
type Options struct {
	// Dir is the folder. Regular files that lie in it directly and begin
	// like a capture, gzipped or not, are served, whatever their names.
	Dir string
	// Log receives what went wrong with a query; nil discards.
	Log *slog.Logger
	// MaxQueries is how many queries read files at once; more of them wait
	// in line. 0 means 4.
	MaxQueries int
	// Deadline is how long one query may take, waiting included; 0 means 15
	// minutes.
	Deadline time.Duration
}

// Server answers queries from a folder. It may be used by many goroutines.
type Server struct {
	dir      string
	log      *slog.Logger
	deadline time.Duration
	now      func() time.Time
	catalog  catalog

	slots   chan struct{} // one taken a running query
	waiting atomic.Int64
	stats   stats
}

// stats are counted since the server was made.
type stats struct {
	queries, badQueries, partQueries atomic.Int64
	packets, bytes                   atomic.Int64
}

// New returns a server of that folder. The folder is looked at when a query
// comes, so it may be made later.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxQueries <= 0 {
		o.MaxQueries = defaultMaxQueries
	}
	if o.Deadline <= 0 {
		o.Deadline = defaultDeadline
	}
	return &Server{
		dir:      o.Dir,
		log:      o.Log,
		deadline: o.Deadline,
		now:      time.Now,
		catalog:  catalog{dir: o.Dir, files: map[string]*file{}},
		slots:    make(chan struct{}, o.MaxQueries),
	}
}

// Handler returns the routes of the protocol.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /query", s.query)
	mux.HandleFunc("GET /debug/stats", s.debugStats)
	return mux
}

// Serve answers on ln over TLS until ctx ends. Running answers are then cut
// off after a short grace; the error is nil.
func (s *Server) Serve(ctx context.Context, ln net.Listener, c *tls.Config) error {
	// One answer is one long stream; HTTP/2 would put its own flow control
	// over TCP's and gain nothing.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	srv := &http.Server{
		Handler:           s.Handler(),
		Protocols:         &protocols,
		TLSConfig:         c,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelInfo),
	}
	stopped := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			srv.Close()
		}
	})
	err := srv.ServeTLS(ln, "", "")
	if !unhook() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve packets on %s: %w", ln.Addr(), err)
}

// debugStats writes lines of a name, a tab and a number, as Stenographer does.
func (s *Server) debugStats(w http.ResponseWriter, r *http.Request) {
	files, err := s.catalog.refresh(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	line := func(name string, n int64) { fmt.Fprintf(w, "%s\t%d\n", name, n) }
	// Left out when there is no packet: 0 would mean coverage since 1970.
	if t, ok := oldest(files); ok {
		line("oldest_timestamp", t.UnixNano())
	}
	line("files", int64(len(files)))
	line("queries", s.stats.queries.Load())
	line("queries_bad", s.stats.badQueries.Load())
	line("queries_partial", s.stats.partQueries.Load())
	line("queries_running", int64(len(s.slots)))
	line("queries_waiting", s.waiting.Load())
	line("packets_served", s.stats.packets.Load())
	line("bytes_served", s.stats.bytes.Load())
}

// oldest returns the time of the oldest first packet.
func oldest(files []*file) (t time.Time, ok bool) {
	for _, f := range files {
		if !f.first.IsZero() && (!ok || f.first.Before(t)) {
			t, ok = f.first, true
		}
	}
	return t, ok
}
