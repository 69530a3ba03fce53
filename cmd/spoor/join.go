package main

import (
	"context"

	"spoor/fleet"
	"spoor/index"
	"spoor/index/local"
	"spoor/ingest"
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
