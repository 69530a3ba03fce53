package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"spoor/fleet/sensor"
)

type sensorCmd struct {
	Listen     string        `help:"Address to listen on; ${default} if not said." default:"127.0.0.1:1234" placeholder:"ADDR"`
	Dir        string        `help:"Folder of pcap and pcapng files, packed by gzip, zstd or lz4 or not, and of folders of them." required:"" placeholder:"DIR"`
	State      string        `help:"Folder of its own that keeps the index of the files; without it the index is in memory and made anew at each start." placeholder:"DIR"`
	Memory     int64         `help:"Most bytes of the index in memory." default:"268435456"`
	Cert       string        `help:"Server certificate (PEM)." required:"" placeholder:"FILE"`
	Key        string        `help:"Key of the server certificate (PEM)." required:"" placeholder:"FILE"`
	CA         string        `name:"ca" help:"CA that signs the client certificates (PEM)." required:"" placeholder:"FILE"`
	MaxQueries int           `help:"Queries answered at the same time; others wait." default:"4"`
	Deadline   time.Duration `help:"Longest an answer may take." default:"15m"`
}

// Run serves until ctx ends.
func (c *sensorCmd) Run(ctx context.Context, o output) error {
	log := slog.New(slog.NewTextHandler(o.err, nil))
	if info, err := os.Stat(c.Dir); err != nil {
		return fmt.Errorf("capture folder: %w", err)
	} else if !info.IsDir() {
		return fmt.Errorf("capture folder %s: not a folder", c.Dir)
	}
	if c.State != "" {
		if err := os.MkdirAll(c.State, 0o700); err != nil {
			return fmt.Errorf("make the state folder: %w", err)
		}
	}
	secure, err := sensor.TLSConfig(c.CA, c.Cert, c.Key)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Fprintf(o.out, "Sensor over %s listens on https://%s\n", c.Dir, l.Addr())
	s := sensor.New(sensor.Options{Dir: c.Dir, State: c.State, Memory: c.Memory, Log: log, MaxQueries: c.MaxQueries, Deadline: c.Deadline})
	if err := s.Serve(ctx, l, secure); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
