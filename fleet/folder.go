package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"spoor/internal/captures"
)

// Folder is a Sensor that answers from capture files in a folder of this
// machine.
type Folder struct {
	config SensorConfig
	folder *captures.Folder
}

var _ Sensor = (*Folder)(nil)

// checkFolder says what is wrong with the configuration of a folder.
func (c SensorConfig) checkFolder() error {
	switch {
	case c.Dir == "":
		return errors.New("dir is missing: it names a folder of capture files on this machine")
	case !filepath.IsAbs(c.Dir):
		return fmt.Errorf("its dir %q must be a whole path, from / on", c.Dir)
	case c.State != "" && !filepath.IsAbs(c.State):
		return fmt.Errorf("its state %q must be a whole path, from / on", c.State)
	}
	return nil
}

// NewFolder returns the sensor that c describes. The folder need not be there
// yet, because recorders make theirs when they start; the state folder must.
func NewFolder(c SensorConfig) (*Folder, error) {
	c, err := c.Normal()
	if err != nil {
		return nil, err
	}
	if c.Kind != KindFolder {
		return nil, fmt.Errorf("sensor %q: its kind is %q, not %s", c.ID, c.Kind, KindFolder)
	}
	if c.State != "" {
		if info, err := os.Stat(c.State); err != nil {
			return nil, fmt.Errorf("sensor %q: state: %w", c.ID, err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("sensor %q: state: %s is no folder", c.ID, c.State)
		}
	}
	return &Folder{config: c, folder: captures.New(captures.Options{Dir: c.Dir, State: c.State})}, nil
}

func openFolder(c SensorConfig) (Sensor, error) {
	f, err := NewFolder(c)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Run indexes the folder until ctx ends, so that questions find it done.
// Without it files are indexed as questions read them.
func (f *Folder) Run(ctx context.Context) error { return f.folder.Run(ctx) }

// Config returns what the sensor was made of, defaults filled in.
func (f *Folder) Config() SensorConfig { return f.config }

// Traits say that a folder knows every filter and the time of every packet.
func (f *Folder) Traits() Traits { return Traits{} }

// Packets reads the folder. The stream ends in an error when there was
// something in the folder that could not be read.
func (f *Folder) Packets(ctx context.Context, filter Filter, l Limits) (io.ReadCloser, error) {
	list, err := f.folder.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask sensor %s: %w", f.config.ID, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	in, out := io.Pipe()
	a := &folderAnswer{PipeReader: in, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(a.ended)
		a.answer = list.Answer(ctx, out, captures.Query{Filter: filter, Packets: l.Packets, Bytes: l.Bytes})
		if a.answer.Faults != "" {
			out.CloseWithError(fmt.Errorf("the folder %s: %s", f.config.Dir, a.answer.Faults))
			return
		}
		out.Close()
	}()
	return a, nil
}

// folderAnswer is a folder's packets on their way.
type folderAnswer struct {
	*io.PipeReader
	cancel context.CancelFunc
	ended  chan struct{}   // closed when answer is set
	answer captures.Answer // guarded by ended
}

var _ Ender = (*folderAnswer)(nil)

// Close ends the reading of files, and waits for that.
func (a *folderAnswer) Close() error {
	a.cancel()
	err := a.PipeReader.Close()
	<-a.ended
	return err
}

// End says how many packets there were, and which limit was reached.
func (a *folderAnswer) End() End {
	<-a.ended
	return End{Packets: a.answer.Packets, Limit: a.answer.Limit}
}

// Health looks at the folder.
func (f *Folder) Health(ctx context.Context) (Health, error) {
	list, err := f.folder.List(ctx)
	if err != nil {
		return Health{}, fmt.Errorf("sensor %s: %w", f.config.ID, err)
	}
	s := list.Stats()
	return Health{Oldest: s.Oldest, Newest: s.Newest, Empty: s.Oldest.IsZero(), Read: s.Read}, nil
}
