package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"spoor/actionables"
	"spoor/fleet"
	"spoor/index/local"
	"spoor/ingest"
	"spoor/internal/egress"
	"spoor/internal/meta"
	"spoor/internal/saved"
	"spoor/ui"
)

type serveCmd struct {
	Data          string        `help:"Folder for everything that Spoor keeps; ${default} if not said." default:"spoor-data" placeholder:"DIR"`
	Listen        string        `help:"Address to listen on; ${default} if not said." default:"127.0.0.1:8080" placeholder:"ADDR"`
	TLSCert       string        `name:"tls-cert" help:"Certificate (PEM) for HTTPS." placeholder:"FILE"`
	TLSKey        string        `name:"tls-key" help:"Key of the certificate (PEM)." placeholder:"FILE"`
	TokenFile     string        `help:"File that holds the token every request must carry; needed beyond loopback." placeholder:"FILE"`
	Host          []string      `help:"Further names that this server is reached by." placeholder:"NAME"`
	Sensor        []sensorFlag  `help:"A packet recorder: name=...,url=https://...,ca=FILE,cert=FILE,key=FILE[,id=...][,tag=...][,pin=SHA256][,servername=...]. May be repeated; ; parts several in one variable." sep:";" placeholder:"SENSOR"`
	MaxBody       int64         `help:"Largest ingest body, unpacked, in bytes." default:"2147483648"`
	SearchTimeout time.Duration `help:"Longest a search may take." default:"1m"`
	BackupDir     string        `help:"Folder below which POST /api/v1/backup writes; without it that is refused." placeholder:"DIR"`
	MaxScans      int           `help:"Most searches that read much at once; 0: two for each processor. Others wait." default:"0"`
	PipeMemory    int64         `help:"Most bytes that the pipes of one search may take." default:"268435456"`
	SealSize      int           `help:"Raw bytes of entries that make a segment." default:"16777216"`
	SealAge       time.Duration `help:"Longest that entries wait for a segment." default:"30s"`
	MergeAge      time.Duration `help:"How long large segments are left alone before they are merged." default:"10m" hidden:""`
	MergeRate     int           `help:"Raw bytes a second that are merged at the most." default:"8388608" hidden:""`
	RetainAge     time.Duration `help:"Remove entries after this time, such as 720h, counted from the later of when they happened and when they arrived; 0 keeps all." default:"0"`
	RetainSize    int64         `help:"Remove the oldest entries when all take more than this many bytes on disk; 0 keeps all." default:"0"`
	Dev           string        `help:"Serve the page's files from this folder, for work on the page." placeholder:"DIR" hidden:""`
}

// gcPercent is how much of garbage the heap may grow by before it is
// collected, unless GOGC says so: the peak under full ingest is a third lower
// than with Go's 100, for a few percent of the processor. GOMEMLIMIT counts too.
const gcPercent = 60

// stopWait is how long requests under way may take to end at a stop.
const stopWait = 10 * time.Second

// Run serves until ctx ends, then drains and closes.
func (c *serveCmd) Run(ctx context.Context, o output) error {
	log := slog.New(slog.NewTextHandler(o.err, nil))
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	n, err := c.open(log)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "Spoor listens on %s\n", n.url())
	return n.run(ctx)
}

// node is a running server: everything that serve opens, in the order of
// opening.
type node struct {
	log      *slog.Logger
	store    *local.Store
	records  *meta.DB
	frozen   *saved.Sets
	fleet    *fleet.Manager
	folders  []*fleet.Folder // sensors that index in the background
	page     *ui.Server
	listener net.Listener
	secure   bool
}

// open opens the data folder and the listener. On an error nothing stays open.
func (c *serveCmd) open(log *slog.Logger) (_ *node, err error) {
	token, cert, err := c.secrets()
	if err != nil {
		return nil, err
	}
	sensors, err := sensorsOf(c.Sensor)
	if err != nil {
		return nil, err
	}
	n := &node{log: log, secure: cert != nil}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	if err = c.openData(n); err != nil {
		return nil, err
	}
	book, err := actionables.NewBook(n.records, actionables.Options{Log: log})
	if err != nil {
		return nil, err
	}
	gate, err := egress.New(n.records, egress.Options{})
	if err != nil {
		return nil, err
	}
	pipeline := ingest.NewPipeline(n.store, ingest.Options{})
	n.fleet, err = fleet.NewManager(n.records, sensors, packetsInto(pipeline), fleet.Options{
		Logger: log, SourceUsed: sourceUsed(n.store), Secrets: filepath.Join(c.Data, "sensors"),
	})
	if err != nil {
		return nil, err
	}
	searches, err := saved.NewSearches(n.records)
	if err != nil {
		return nil, err
	}
	for _, s := range sensors {
		if f, ok := s.(*fleet.Folder); ok {
			n.folders = append(n.folders, f)
		}
	}
	config := ui.Config{
		Store: n.store, Pipeline: pipeline, Book: book, Egress: gate, Fleet: n.fleet, Saved: searches, Frozen: n.frozen,
		Delete: deleteFrom(n.store, n.fleet), Backup: backupInto(c.BackupDir, n.store, n.records, n.frozen),
		Ingest: ingest.HTTPOptions{MaxBytes: c.MaxBody}, Token: token, Hosts: c.Host,
		StaticDir: c.Dev, SearchTimeout: c.SearchTimeout, PipeMemory: c.PipeMemory, Version: version(), Log: log,
	}
	if cert != nil {
		config.Certificate = cert.Leaf
	}
	if n.page, err = ui.New(config); err != nil {
		return nil, err
	}
	if err = c.listen(n, cert); err != nil {
		return nil, err
	}
	return n, nil
}

// openData opens what is kept in the data folder.
func (c *serveCmd) openData(n *node) (err error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if n.store, err = local.Open(c.Data, local.Options{
		SealBytes: c.SealSize, SealAge: c.SealAge, MergeAge: c.MergeAge, MergeRate: c.MergeRate, MaxScans: c.MaxScans, RetainAge: c.RetainAge, RetainBytes: c.RetainSize, Logger: n.log,
	}); err != nil {
		return err
	}
	if n.records, err = meta.Open(filepath.Join(c.Data, "meta.db")); err != nil {
		return err
	}
	n.frozen, err = frozenIn(c.Data, n.records, n.log)
	return err
}

// listen takes the address; cert nil means without TLS.
func (c *serveCmd) listen(n *node, cert *tls.Certificate) (err error) {
	if n.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if cert != nil {
		n.listener = tls.NewListener(n.listener, &tls.Config{
			Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		})
	}
	return nil
}

// secrets reads token and certificate, and refuses to be reached from other
// machines without both.
func (c *serveCmd) secrets() (token string, cert *tls.Certificate, err error) {
	if c.TokenFile != "" {
		b, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return "", nil, fmt.Errorf("read the token: %w", err)
		}
		if token = strings.TrimSpace(string(b)); len(token) < 16 {
			return "", nil, fmt.Errorf("token file %s: the token has %d characters, want 16 at least", c.TokenFile, len(token))
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return "", nil, errors.New("--tls-cert and --tls-key go together")
	}
	if c.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return "", nil, fmt.Errorf("certificate %s with key %s: %w", c.TLSCert, c.TLSKey, err)
		}
		if pair.Leaf == nil {
			if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
				return "", nil, fmt.Errorf("certificate %s: %w", c.TLSCert, err)
			}
		}
		cert = &pair
	}
	if !loopback(c.Listen) && (token == "" || cert == nil) {
		return "", nil, fmt.Errorf("--listen %s can be reached from other machines: that needs --tls-cert, --tls-key and --token-file", c.Listen)
	}
	return token, cert, nil
}

// loopback tells whether only this machine can reach the address. A name is
// not trusted to mean what it says, but for localhost.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func (n *node) url() string {
	scheme := "http"
	if n.secure {
		scheme = "https"
	}
	return scheme + "://" + n.listener.Addr().String()
}

// run serves until ctx ends, then stops in order: requests, workers, store.
func (n *node) run(ctx context.Context) error {
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	server := &http.Server{
		Handler: n.page, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 256 << 10, ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	// When one part fails, the others stop too.
	parts, failed := errgroup.WithContext(ctx)
	parts.Go(func() error { return ended("store", work, n.store.Run(work)) })
	parts.Go(func() error { return ended("fleet", work, n.fleet.Run(work)) })
	for _, f := range n.folders {
		parts.Go(func() error { return ended("folder "+f.Config().ID, work, f.Run(work)) })
	}
	parts.Go(func() error {
		if err := server.Serve(n.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	<-failed.Done()
	n.log.Info("stopping")
	n.page.Close()
	drain, cancel := context.WithTimeout(work, stopWait)
	defer cancel()
	err := server.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
		n.log.Warn("requests cut off at the stop")
	}
	stopWork()
	err = errors.Join(err, parts.Wait(), n.close())
	n.log.Info("stopped")
	return err
}

// ended makes an error of a part that ends before it was told to.
func ended(part string, ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)):
		return nil
	case err == nil:
		return fmt.Errorf("%s ended by itself", part)
	}
	return fmt.Errorf("%s: %w", part, err)
}

func (n *node) close() error {
	var errs []error
	if n.listener != nil {
		if err := n.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if n.frozen != nil {
		errs = append(errs, n.frozen.Close())
	}
	if n.records != nil {
		errs = append(errs, n.records.Close())
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	return errors.Join(errs...)
}
