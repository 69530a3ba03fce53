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

	"spoor/internal/captures"
)

const (
	defaultMaxQueries = 4
	defaultDeadline   = 15 * time.Minute // Stenographer's own
	maxWaiting        = 64               // queries in line
)

// Options say what a Server serves. Only Dir is required.
type Options struct {
	// Dir is the folder. What of it is served, captures.Options says.
	Dir string
	// State is a folder of its own that keeps the index over restarts; ""
	// keeps it in memory.
	State string
	// Memory bounds what of the index is held in memory, in bytes; 0 means
	// 256 MiB.
	Memory int64
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
	folder   *captures.Folder
	log      *slog.Logger
	deadline time.Duration
	now      func() time.Time

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
		folder:   captures.New(captures.Options{Dir: o.Dir, State: o.State, Memory: o.Memory, Log: o.Log}),
		log:      o.Log,
		deadline: o.Deadline,
		now:      time.Now,
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
	work, stop := context.WithCancel(ctx)
	indexing := make(chan error, 1)
	go func() { indexing <- s.folder.Run(work) }()
	defer func() { stop(); <-indexing }()
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
	list, err := s.folder.List(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	line := func(name string, n int64) { fmt.Fprintf(w, "%s\t%d\n", name, n) }
	f := list.Stats()
	// Left out when there is no packet: 0 would mean coverage since 1970.
	if !f.Oldest.IsZero() {
		line("oldest_timestamp", f.Oldest.UnixNano())
		line("newest_timestamp", f.Newest.UnixNano())
	}
	line("files", int64(f.Files))
	line("files_bytes", f.Bytes)
	line("files_unindexed", int64(f.Unindexed))
	line("index_files", int64(f.IndexFiles))
	line("index_parts", int64(f.IndexParts))
	line("index_bytes", f.IndexBytes)
	line("bytes_skipped", f.Skipped)
	line("packets_read", f.Read)
	line("queries", s.stats.queries.Load())
	line("queries_bad", s.stats.badQueries.Load())
	line("queries_partial", s.stats.partQueries.Load())
	line("queries_running", int64(len(s.slots)))
	line("queries_waiting", s.waiting.Load())
	line("packets_served", s.stats.packets.Load())
	line("bytes_served", s.stats.bytes.Load())
}
