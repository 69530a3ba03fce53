package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"spoor/fleet"
	"spoor/index"
	"spoor/index/local"
	"spoor/ingest"
	"spoor/internal/meta"
	"spoor/internal/saved"
	"spoor/ui"
)

// packetsInto hands a fleet's packets to the pipeline: as entries of the
// sensor's tag, under the job's source number.
func packetsInto(p *ingest.Pipeline) fleet.Sink {
	return func(ctx context.Context, b fleet.Batch) error {
		return p.Packets(ctx, b.Packets, ingest.Params{
			Tag: b.Sensor.Tag, Source: b.Source,
			Origin: index.Origin{Sensor: b.Sensor.ID, Job: b.Job},
		})
	}
}

// deleteFrom deletes entries, and lets a retry of the fleet's jobs bring
// deleted packets again. The store comes first: when the process dies between
// the two, the deletion has no answer, and deleting again forgets as well.
func deleteFrom(s *local.Store, m *fleet.Manager) ui.Delete {
	return func(ctx context.Context, sel index.Selector, dry bool) (index.Deleted, error) {
		d, err := s.Delete(ctx, sel, dry)
		if err != nil || dry {
			return d, err
		}
		return d, m.Forget(fleet.Removed{Tag: sel.Tag, Source: sel.Source, Job: sel.Job, From: sel.From, To: sel.To})
	}
}

// sourceUsed tells the fleet which source numbers have entries already.
func sourceUsed(s *local.Store) func(uint32) bool {
	return func(n uint32) bool {
		streams, err := s.Streams(context.Background())
		if err != nil {
			return true // better a number too high than two jobs under one
		}
		for _, i := range streams {
			if i.Stream.Source == n {
				return true
			}
		}
		return false
	}
}

// frozenName is the folder of the frozen sets in the data folder.
const frozenName = "frozen"

// frozenIn opens the frozen sets of a data folder. Each is a store of its own,
// which nothing seals or merges in the background and nothing retires.
func frozenIn(data string, records *meta.DB, log *slog.Logger) (*saved.Sets, error) {
	open := func(dir string) (saved.Set, error) { return local.Open(dir, local.Options{Logger: log}) }
	return saved.NewSets(records, filepath.Join(data, frozenName), open, saved.SetsOptions{Log: log})
}
