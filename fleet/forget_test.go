package fleet_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

// Ensure a retry brings packets that were deleted from the store again, and
// only those, after a restart too.
func TestRetryBringsDeletedPacketsAgain(t *testing.T) {
	for name, c := range map[string]struct {
		removed fleet.Removed
		again   int // of the 8192 packets that are stored in two batches
	}{
		"source":         {fleet.Removed{Source: 100}, 8192},
		"job and tag":    {fleet.Removed{Job: 1, Tag: "packet"}, 8192},
		"another source": {fleet.Removed{Source: 101}, 0},
		"another job":    {fleet.Removed{Job: 2}, 0},
		"another tag":    {fleet.Removed{Tag: "other"}, 0},
		"a time":         {fleet.Removed{Source: 100, To: fleettest.Packets(4097)[4096].Time}, 4096},
		"part of them":   {fleet.Removed{Source: 100, To: fleettest.Packets(10)[9].Time}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				file := fleettest.File(t, fleettest.Packets(9000))
				answer := file[:24+8192*66]
				a := &sensor{id: "a", answer: func(ctx context.Context, _ fleet.Filter, _ fleet.Limits) (io.ReadCloser, error) {
					if len(answer) < len(file) {
						return hangs("a", answer).answer(ctx, fleet.Filter{}, fleet.Limits{})
					}
					return io.NopCloser(bytes.NewReader(answer)), nil
				}}
				s := &store{}
				r := newRig(t, "", s, fleet.Options{}, a)
				j := r.submit(fleet.Request{})
				time.Sleep(time.Second)
				if _, err := r.Cancel(j.ID); err != nil {
					t.Fatal(err)
				}
				if j = r.ended(j.ID); j.Packets != 8192 {
					t.Fatalf("got %+v, want 8192 packets stored", j)
				}
				if err := r.Forget(c.removed); err != nil {
					t.Fatal(err)
				}
				if j, _ = r.Job(j.ID); j.Packets != int64(8192-c.again) {
					t.Errorf("after deleting: got %d packets of the job, want %d", j.Packets, 8192-c.again)
				}
				r.close()
				r = newRig(t, r.path, s, fleet.Options{}, a)
				answer = file
				if _, err := r.Retry(j.ID); err != nil {
					t.Fatal(err)
				}
				if j = r.ended(j.ID); j.Packets != 9000 || s.count("a") != 9000+c.again {
					t.Errorf("got %d packets of the job and %d stored in all, want 9000 and %d", j.Packets, s.count("a"), 9000+c.again)
				}
			})
		})
	}
}
