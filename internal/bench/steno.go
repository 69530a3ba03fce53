package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"spoor/fleet/fleettest"
	"spoor/internal/packet"
)

// retrievalBar is the bar: packets of 500 bytes and more on average come into
// Spoor, searchable and on disk, at this part of the speed at which curl
// writes the same answer to a file.
const retrievalBar = 0.8

// runSteno records packets with a real Stenographer and fetches them, by turns
// with curl and through a job.
func runSteno(ctx context.Context, o options, rep *report) error {
	file, packets, size, source, err := stenoCapture(o)
	if err != nil {
		return err
	}
	times := max(1, int(o.stenoMB<<20/size))
	rep.Corpus = fmt.Sprintf("%d times %d packets of %d bytes on average, %s", times, packets, int(size)/packets, source)
	dir := filepath.Join(o.dir, "steno")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	real, err := fleettest.Record(dir, file, times)
	if err != nil {
		return err
	}
	defer real.Stop()
	c := real.Config
	s, err := startServer(ctx, o.spoor, filepath.Join(o.dir, "data"), time.Second, "--sensor",
		fmt.Sprintf("name=steno,url=%s,ca=%s,cert=%s,key=%s", c.URL, c.CA, c.Cert, c.Key))
	if err != nil {
		return err
	}
	defer s.kill()
	b := stenoBench{o: o, real: real, server: s, report: rep}
	for _, q := range []struct{ what, query string }{
		{"by index", "net 0.0.0.0/0"},
		{"by time", "after 1970-01-01T00:00:00Z"},
	} {
		if err := b.compare(ctx, q.what, q.query); err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
	}
	peak, err := peakMemory(s.cmd.Process.Pid)
	rep.add(row{What: "retrieval: memory of the server, peak", Measured: fmt.Sprintf("%d MB", peak>>20), Value: float64(peak), Unit: "bytes"})
	return err
}

// stenoCapture writes a capture that stenotype can record as it is.
func stenoCapture(o options) (file string, n int, size int64, source string, err error) {
	all, source, err := somePackets(o.shared)
	if err != nil {
		return "", 0, 0, "", err
	}
	// Without tags, which the kernel takes off, and not longer than answers may be.
	all = slices.DeleteFunc(all, func(p packet.Packet) bool { return p.LinkType != packet.LinkEthernet || len(p.Data) > 60_000 })
	file = filepath.Join(o.dir, "steno.pcap")
	f, err := os.Create(file)
	if err != nil {
		return "", 0, 0, "", err
	}
	defer f.Close()
	w, err := packet.NewWriter(f, packet.LinkEthernet)
	if err != nil {
		return "", 0, 0, "", err
	}
	for _, p := range all {
		if err := w.Write(p); err != nil {
			return "", 0, 0, "", err
		}
		size += int64(len(p.Data))
	}
	return file, len(all), size, source, nil
}

// stenoBench fetches the same packets in two ways.
type stenoBench struct {
	o      options
	real   *fleettest.Real
	server *server
	report *report
}

// stenoRuns is how often each way is gone.
const stenoRuns = 5

func (b *stenoBench) compare(ctx context.Context, what, query string) error {
	var curls, jobs []float64
	before, err := b.server.proc()
	if err != nil {
		return err
	}
	fetched := 0.0
	for range stenoRuns {
		curl, size, err := b.curl(ctx, query)
		if err != nil {
			return err
		}
		job, err := b.job(ctx, query, size)
		if err != nil {
			return err
		}
		fetched += float64(size) / 1e6
		curls, jobs = append(curls, float64(size)/1e6/curl), append(jobs, float64(size)/1e6/job)
	}
	curl, job := middle(curls), middle(jobs)
	met := "no"
	if job >= retrievalBar*curl {
		met = "yes"
	}
	b.report.add(row{
		What: "retrieval " + what, Bar: fmt.Sprintf(">= %.1f of curl", retrievalBar), Measured: fmt.Sprintf("%.0f MB/s", job),
		Ratio: fmt.Sprintf("%.2f of curl's %.0f MB/s", job/curl, curl), Met: met, Value: job, Unit: "MB/s",
	})
	// What was sealed when the last job had ended is in it, so nearly all.
	after, err := b.server.proc()
	if err != nil {
		return err
	}
	cost := (after.cpu - before.cpu).Seconds() * 1e3 / fetched
	b.report.add(row{
		What: "retrieval " + what + ": CPU of the server a MB", Measured: fmt.Sprintf("%.1f ms", cost), Value: cost, Unit: "ms",
	})
	return nil
}

func middle(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// curl writes an answer to a file and returns how long that took, in seconds,
// and its size.
func (b *stenoBench) curl(ctx context.Context, query string) (took float64, size int64, err error) {
	file := filepath.Join(b.o.dir, "curl.pcap")
	c := b.real.Config
	began := time.Now()
	out, err := exec.CommandContext(ctx, "curl", "-sS", "--fail", "--cacert", c.CA, "--cert", c.Cert, "--key", c.Key,
		"-d", query, "-o", file, c.URL+"/query").CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("curl: %w: %s", err, bytes.TrimSpace(out))
	}
	took = time.Since(began).Seconds()
	info, err := os.Stat(file)
	if err != nil {
		return 0, 0, err
	}
	return took, info.Size(), os.Remove(file)
}

// job fetches the same packets into the server: from the question to the end
// of the job, when all of them are on disk and found.
func (b *stenoBench) job(ctx context.Context, query string, size int64) (took float64, err error) {
	body := map[string]any{"query": query, "again": true, "max_packets": 100_000_000, "max_bytes": 100 << 30}
	began := time.Now()
	var j struct {
		ID      uint64 `json:"id"`
		State   string `json:"state"`
		Packets int64  `json:"packets"`
		Bytes   int64  `json:"bytes"`
		Sensors []struct {
			Error string `json:"error"`
		} `json:"sensors"`
	}
	if err := b.server.call(ctx, http.MethodPost, "/jobs", body, &j); err != nil {
		return 0, err
	}
	for j.State == "queued" || j.State == "running" {
		time.Sleep(5 * time.Millisecond)
		if err := b.server.call(ctx, http.MethodGet, fmt.Sprintf("/jobs/%d", j.ID), nil, &j); err != nil {
			return 0, err
		}
	}
	took = time.Since(began).Seconds()
	if got := 24 + 16*j.Packets + j.Bytes; j.State != "done" || got != size {
		return 0, fmt.Errorf("job %d is %s with %d bytes of %d: %v", j.ID, j.State, got, size, j.Sensors)
	}
	return took, nil
}
