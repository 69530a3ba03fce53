// Package ui is Spoor's HTTP interface (docs/api.md) and its page. Only
// here, and in ingest's endpoint, are there HTTP statuses.
package ui

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
	"spoor/fleet"
	"spoor/index"
	"spoor/ingest"
	"spoor/internal/egress"
	"spoor/internal/saved"
)

// Config is what the interface stands on. Store, Pipeline, Book, Fleet, Saved
// and Frozen are required.
type Config struct {
	Store    index.Store
	Pipeline *ingest.Pipeline
	Book     *actionables.Book
	Fleet    *fleet.Manager
	Saved    *saved.Searches
	Frozen   *saved.Sets

	// Egress is the gate to other hosts; nil lets nothing leave.
	Egress *egress.Gate
	// Delete answers DELETE /data; nil means that it can't be done.
	Delete Delete
	// Backup answers POST /backup; nil refuses it.
	Backup Backup
	// Ingest bounds bodies; the zero value is ingest's default.
	Ingest ingest.HTTPOptions
	// Token is what every request must carry. Empty asks for none, which
	// is for loopback only.
	Token string
	// Hosts are names that the Host header may have besides the address
	// that a connection came in on, and localhost on loopback.
	Hosts []string
	// Certificate adds the names that it is made out to to Hosts; may be nil.
	Certificate *x509.Certificate
	// StaticDir serves the page from disk, for work on it. Empty serves
	// what is built in.
	StaticDir string
	// SearchTimeout ends a search with an error; 0 means a minute.
	SearchTimeout time.Duration
	// PipeMemory is how many bytes the stages of one search may take; 0
	// means 256 MiB.
	PipeMemory int64
	// Version is shown to the user.
	Version string
	// Ready says why the server can't take requests now; nil means it
	// always can.
	Ready func(context.Context) error
	// Log gets unexpected errors; nil discards.
	Log *slog.Logger
}

// Server answers HTTP requests. It holds no goroutines but those of its
// requests; Close ends the endless ones.
type Server struct {
	Config
	echo    *echo.Echo
	guard   guard
	page    page
	readers *readers
	folds   *folds
	lexicon *lexicon
	tails   chan struct{} // has an element for each live tail
	uploads chan struct{} // has an element for each upload
	metrics metrics
	closing context.Context
	close   context.CancelFunc
}

// New returns a Server. An error says what of the page is missing.
func New(c Config) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.SearchTimeout == 0 {
		c.SearchTimeout = time.Minute
	}
	p, err := newPage(c.StaticDir)
	if err != nil {
		return nil, err
	}
	s := &Server{Config: c, echo: echo.New(), page: p, guard: newGuard(c), readers: &readers{}, folds: &folds{}, lexicon: &lexicon{}, tails: make(chan struct{}, maxTails), uploads: make(chan struct{}, maxUploads)}
	s.closing, s.close = context.WithCancel(context.Background())
	s.metrics = newMetrics()
	s.metrics.unsealed(c.Store)
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Use(s.recover, patience, s.metrics.count, s.guard.headers, s.guard.host, s.guard.sameOrigin)
	s.routes(s.echo)
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Close ends event streams, so that http.Server.Shutdown need not wait for
// them.
func (s *Server) Close() { s.close() }

func (s *Server) routes(e *echo.Echo) {
	for _, path := range []string{"/", "/fleet", "/captures", "/actionables"} {
		e.GET(path, s.page.index, s.framed)
	}
	e.GET("/favicon.ico", s.page.icon)
	e.GET("/static/:build/*", s.page.static)
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/metrics", s.metrics.serve, s.guard.token)

	e.GET("/api/v1/session", s.session)
	e.POST("/api/v1/session", s.signIn, s.guard.json)
	ingest.Register(e.Group("/api/v1", s.guard.token), s.Pipeline, s.Ingest)

	e.POST("/api/v1/captures", s.upload, s.guard.token)

	v1 := e.Group("/api/v1", s.guard.token, s.guard.json)
	s.dataRoutes(v1)
	s.savedRoutes(v1)
	s.actionableRoutes(v1)
	s.fleetRoutes(v1)

	packetFleet := e.Group("/packetfleet", s.guard.token, s.guard.json)
	packetFleet.GET("/status", s.packetFleetStatus)
	packetFleet.GET("/conns", s.packetFleetConns)
	packetFleet.POST("/", s.packetFleetSubmit)
	packetFleet.POST("", s.packetFleetSubmit)
	e.GET("/packetfleet", s.packetFleetPage)
	e.GET("/packetfleet/", s.packetFleetPage)
}

// dataRoutes are what is asked of the store.
func (s *Server) dataRoutes(v1 *echo.Group) {
	v1.GET("/search", s.within((*Server).search))
	v1.GET("/search/stream", s.within((*Server).searchStream))
	v1.GET("/histogram", s.within((*Server).histogram))
	v1.GET("/fields", s.within((*Server).fields))
	v1.GET("/top", s.within((*Server).top))
	v1.GET("/values", s.within((*Server).values))
	v1.GET("/tail", s.tail)
	v1.GET("/export", s.within((*Server).export))
	v1.GET("/entries/:id", s.within((*Server).entry))
	v1.GET("/entries/:id/raw", s.within((*Server).raw))
	v1.GET("/entries/:id/context", s.within((*Server).entryContext))
	v1.GET("/entries/:id/pivots", s.within((*Server).pivots))
	v1.GET("/complete", s.within((*Server).complete))
	v1.GET("/explain", s.explain)
	v1.GET("/streams", s.streams)
	v1.GET("/sources", s.sources)
	v1.DELETE("/data", s.deleteData)
	v1.POST("/backup", s.makeBackup)
}

func (s *Server) savedRoutes(v1 *echo.Group) {
	v1.GET("/saved", s.listSaved)
	v1.POST("/saved", s.createSaved)
	v1.GET("/saved/:id", s.getSaved)
	v1.PUT("/saved/:id", s.putSaved)
	v1.DELETE("/saved/:id", s.deleteSaved)
	v1.GET("/frozen", s.listFrozen)
	v1.POST("/frozen", s.freeze)
	v1.GET("/frozen/:id", s.getFrozen)
	v1.PUT("/frozen/:id", s.putFrozen)
	v1.DELETE("/frozen/:id", s.deleteFrozen)
}

func (s *Server) fleetRoutes(v1 *echo.Group) {
	v1.GET("/sensors", s.sensors)
	v1.POST("/sensors", s.addSensor)
	v1.POST("/sensors/test", s.trySensor)
	v1.GET("/sensors/:id", s.sensor)
	v1.PUT("/sensors/:id", s.putSensor)
	v1.DELETE("/sensors/:id", s.deleteSensor)
	v1.POST("/sensors/:id/test", s.testSensor)
	v1.GET("/filter", s.filter)
	v1.GET("/jobs", s.jobs)
	v1.POST("/jobs", s.submitJob)
	v1.POST("/jobs/preview", s.previewJob)
	v1.GET("/jobs/:id", s.job)
	v1.POST("/jobs/:id/cancel", s.cancelJob)
	v1.POST("/jobs/:id/retry", s.retryJob)
	v1.GET("/events", s.events)
}
