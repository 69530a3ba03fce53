package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"spoor/fleet"
	"spoor/fleet/sensor"
	"spoor/internal/demo"
	"spoor/internal/pki"
)

type demoCmd struct {
	Listen   string `help:"Address of the page; ${default} if not said." default:"127.0.0.1:8080" placeholder:"ADDR"`
	Dir      string `help:"Folder for what the demo makes; it must be new or empty. Without it a temporary folder is used and removed at the end." placeholder:"DIR"`
	Headless bool   `help:"Walk through the whole story once, print each step with its counts, and stop: status 0 when every count is right, 1 otherwise."`
	Verbose  bool   `help:"Log what server and sensors do." short:"v"`
}

// demoSource is the number that the story gives its packets.
const demoSource = 100

// Run makes the office, its sensors and the server, and tells the story.
func (c *demoCmd) Run(ctx context.Context, o output) (err error) {
	dir, tidy, err := c.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tidy()) }()
	log := slog.New(slog.DiscardHandler)
	if c.Verbose {
		log = slog.New(slog.NewTextHandler(o.err, nil))
	}
	facts, err := demo.Write(dir, demo.Options{End: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return fmt.Errorf("make the office: %w", err)
	}
	serve := serveCmd{Data: filepath.Join(dir, "data"), Listen: c.Listen}
	if c.Headless {
		serve.Listen = "127.0.0.1:0"
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	parts, ctx := errgroup.WithContext(ctx)
	// Whatever happens, nothing is left running and its error is told.
	defer func() {
		stop()
		err = errors.Join(err, parts.Wait())
	}()
	for _, r := range facts.Regions {
		flag, run, err := startSensor(dir, r, log)
		if err != nil {
			return err
		}
		serve.Sensor = append(serve.Sensor, flag)
		parts.Go(func() error { return run(ctx) })
	}
	n, err := serve.open(log)
	if err != nil {
		return err
	}
	parts.Go(func() error { return n.run(ctx) })

	s := story{ctx: ctx, out: o.out, url: n.url(), dir: dir, facts: facts}
	if err := s.logs(); err != nil {
		return err
	}
	if c.Headless {
		return s.tell()
	}
	s.invite()
	<-ctx.Done()
	return nil
}

// folder returns the demo's folder and what puts it away again.
func (c *demoCmd) folder() (dir string, tidy func() error, err error) {
	if c.Dir == "" {
		dir, err = os.MkdirTemp("", "spoor-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	old, err := os.ReadDir(c.Dir)
	if err == nil && len(old) > 0 {
		err = fmt.Errorf("the demo's folder %s is not empty", c.Dir)
	}
	return c.Dir, func() error { return nil }, err
}

// startSensor makes a region's certificates and opens its sensor on a free
// port. run serves it until its context ends.
func startSensor(dir string, r demo.Region, log *slog.Logger) (_ sensorFlag, run func(context.Context) error, err error) {
	files, err := pki.WriteRegion(filepath.Join(dir, r.Slug, "certs"), pki.Options{Name: r.Name})
	if err != nil {
		return sensorFlag{}, nil, err
	}
	secure, err := sensor.TLSConfig(files.CA, files.Server, files.ServerKey)
	if err != nil {
		return sensorFlag{}, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return sensorFlag{}, nil, fmt.Errorf("listen for %s: %w", r.Name, err)
	}
	s := sensor.New(sensor.Options{Dir: filepath.Join(dir, filepath.Dir(r.Capture)), Log: log})
	run = func(ctx context.Context) error {
		if err := s.Serve(ctx, l, secure); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		return nil
	}
	return sensorFlag(fleet.SensorConfig{
		ID: r.Slug, Name: r.Name, URL: "https://" + l.Addr().String(),
		CA: files.CA, Cert: files.Client, Key: files.ClientKey,
	}), run, nil
}
