package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"spoor/internal/packet"
	"spoor/internal/pki"
)

// sensors measures `spoor sensor`, and a server that asks many of them.
type sensors struct {
	o       options
	report  *report
	certs   pki.Files
	client  *http.Client
	folder  *madeCaptures
	state   string
	running []*exec.Cmd
}

// runSensors measures one sensor alone and then o.sensors of them at once.
func runSensors(ctx context.Context, o options, rep *report) error {
	s := &sensors{o: o, report: rep, state: filepath.Join(o.dir, "state")}
	defer s.kill()
	captures := filepath.Join(o.dir, "captures")
	if err := errors.Join(os.Mkdir(captures, 0o700), os.Mkdir(s.state, 0o700)); err != nil {
		return err
	}
	var err error
	if s.certs, err = pki.WriteRegion(filepath.Join(o.dir, "certs"), pki.Options{}); err != nil {
		return err
	}
	if s.client, err = s.tlsClient(); err != nil {
		return err
	}
	if s.folder, err = makeCaptures(captures, o.shared, o.sensorMB<<20); err != nil {
		return err
	}
	rep.Corpus = fmt.Sprintf("%d MB of captures in %d files, %d packets, %s", s.folder.size>>20, len(s.folder.files), s.folder.packets, s.folder.source)
	if err := s.alone(ctx); err != nil {
		return err
	}
	return s.together(ctx)
}

func (s *sensors) tlsClient() (*http.Client, error) {
	pair, err := tls.LoadX509KeyPair(s.certs.Client, s.certs.ClientKey)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(s.certs.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool}}}, nil
}

// start runs a sensor over the captures and returns its URL.
func (s *sensors) start(state string) (url string, pid int, err error) {
	args := []string{"sensor", "--dir", s.folder.dir, "--listen", "127.0.0.1:0", "--ca", s.certs.CA, "--cert", s.certs.Server, "--key", s.certs.ServerKey}
	if state != "" {
		args = append(args, "--state", state)
	}
	cmd := exec.Command(s.o.spoor, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, err
	}
	if err := cmd.Start(); err != nil {
		return "", 0, err
	}
	s.running = append(s.running, cmd)
	line, err := bufio.NewReader(out).ReadString('\n')
	_, url, ok := strings.Cut(strings.TrimSpace(line), "listens on ")
	if !ok {
		return "", 0, fmt.Errorf("%s says %q: %w", cmd, line, err)
	}
	return url, cmd.Process.Pid, nil
}

func (s *sensors) kill() {
	for _, cmd := range s.running {
		cmd.Process.Kill() // it may have ended already
		cmd.Wait()
	}
	s.running = nil
}

// alone measures what the index costs and what it saves.
func (s *sensors) alone(ctx context.Context) error {
	began := time.Now()
	url, pid, err := s.start(s.state)
	if err != nil {
		return err
	}
	for stats := map[string]int64{"files_unindexed": 1}; stats["files_unindexed"] > 0; {
		time.Sleep(100 * time.Millisecond)
		if stats, err = s.stats(ctx, url); err != nil {
			return err
		}
	}
	took := time.Since(began).Seconds()
	gb := float64(s.folder.size) / 1e9
	s.report.add(row{What: "captures: index made, a GB", Measured: fmt.Sprintf("%.1f s, %.0f MB/s", took/gb, gb*1000/took), Value: took / gb, Unit: "s"})
	size, err := diskOf(s.state)
	if err != nil {
		return err
	}
	s.report.add(row{What: "captures: index on disk, a GB", Measured: fmt.Sprintf("%.2f MB", float64(size)/1e6/gb), Value: float64(size) / gb, Unit: "bytes"})
	middle := s.folder.first.Add(s.folder.last.Sub(s.folder.first) / 2).UTC()
	for _, q := range []struct {
		what, query, tcpdump string
		want                 int64
	}{
		{"host in one packet", "host " + strayHost.String(), "ip host " + strayHost.String(), 1},
		{"host in none", "host 203.0.113.99", "ip host 203.0.113.99", 0},
		{"rare host, " + s.folder.rare.String(), "host " + s.folder.rare.String(), "", s.folder.rares},
		{"a minute of time", "after " + middle.Format(time.RFC3339) + " and before " + middle.Add(time.Minute).Format(time.RFC3339), "", -1},
		{"everything", "net 0.0.0.0/0 or net ::/0", "", -1},
	} {
		if err := s.ask(ctx, url, q.what, q.query, q.tcpdump, q.want); err != nil {
			return err
		}
	}
	peak, err := peakMemory(pid)
	s.report.add(row{What: "captures: memory of the sensor, peak", Measured: fmt.Sprintf("%d MB", peak>>20), Value: float64(peak), Unit: "bytes"})
	return err
}

// ask measures one question, beside tcpdump over all files if that is said.
func (s *sensors) ask(ctx context.Context, url, what, query, tcpdump string, want int64) error {
	began := time.Now()
	n, size, err := s.query(ctx, url, query)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	took := time.Since(began)
	r := row{What: "captures: " + what, Value: took.Seconds() * 1000, Unit: "ms",
		Measured: fmt.Sprintf("%.0f ms, %d packets, %d MB/s", took.Seconds()*1000, n, int64(float64(size)/1e6/took.Seconds()))}
	s.report.check(want < 0 || n == want, "%s: got %d packets, want %d", query, n, want)
	if tcpdump != "" {
		other, count, err := s.tcpdump(ctx, tcpdump)
		if err != nil {
			return err
		}
		s.report.check(count == n, "%s: got %d packets, tcpdump %d", query, n, count)
		r.Ratio = fmt.Sprintf("tcpdump over all files takes %.0f ms, %.0f x", other.Seconds()*1000, other.Seconds()/took.Seconds())
	}
	s.report.add(r)
	return nil
}

func (s *sensors) query(ctx context.Context, url, query string) (n, size int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/query", strings.NewReader(query))
	if err != nil {
		return 0, 0, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	r, err := packet.NewReader(resp.Body)
	if err != nil {
		return 0, 0, err
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return n, size, err
		}
		n++
		size += int64(len(p.Data)) + 16
	}
	if said := resp.Trailer.Get("Spoor-Error"); said != "" {
		return n, size, errors.New(said)
	}
	return n, size, nil
}

var counted = regexp.MustCompile(`(?m)^(\d+) packets?$`)

// tcpdump counts over all files.
func (s *sensors) tcpdump(ctx context.Context, expression string) (took time.Duration, n int64, err error) {
	began := time.Now()
	for _, name := range s.folder.files {
		out, err := exec.CommandContext(ctx, "tcpdump", "-nn", "--count", "-r", name, expression).CombinedOutput()
		m := counted.FindSubmatch(out)
		if err != nil || m == nil {
			return 0, 0, fmt.Errorf("tcpdump: %w: %s", err, out)
		}
		k, _ := strconv.ParseInt(string(m[1]), 10, 64)
		n += k
	}
	return time.Since(began), n, nil
}

func (s *sensors) stats(ctx context.Context, url string) (map[string]int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/debug/stats", nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	stats := map[string]int64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "\t")
		stats[name], _ = strconv.ParseInt(value, 10, 64)
	}
	return stats, lines.Err()
}

// together asks o.sensors sensors for all that they have, by one job.
func (s *sensors) together(ctx context.Context) error {
	s.kill()
	args := []string{}
	for i := range s.o.sensors {
		state := filepath.Join(s.o.dir, fmt.Sprint("state", i))
		if err := os.CopyFS(state, os.DirFS(s.state)); err != nil {
			return err
		}
		url, _, err := s.start(state)
		if err != nil {
			return err
		}
		args = append(args, "--sensor", fmt.Sprintf("name=s%d,kind=spoor,url=%s,ca=%s,cert=%s,key=%s", i, url, s.certs.CA, s.certs.Client, s.certs.ClientKey))
	}
	server, err := startServer(ctx, s.o.spoor, filepath.Join(s.o.dir, "fleet"), time.Second, args...)
	if err != nil {
		return err
	}
	defer server.kill()
	return s.fetch(ctx, server)
}

// fleetJob is a job, as far as it is needed here.
type fleetJob struct {
	ID      uint64 `json:"id"`
	State   string `json:"state"`
	Packets int64  `json:"packets"`
	Bytes   int64  `json:"bytes"`
	Sensors []struct {
		Sensor  string `json:"sensor"`
		State   string `json:"state"`
		Error   string `json:"error"`
		Packets int64  `json:"packets"`
	} `json:"sensors"`
}

func (s *sensors) fetch(ctx context.Context, server *server) error {
	began := time.Now()
	body, err := json.Marshal(map[string]any{"query": "net 0.0.0.0/0 or net ::/0", "max_packets": 100_000_000, "max_bytes": 1 << 35, "max_seconds": 3600})
	if err != nil {
		return err
	}
	resp, err := http.Post(server.base+"/api/v1/jobs", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var j fleetJob
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("job: %s: %s", resp.Status, text)
	} else if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	var peak int64
	fair := -1.0
	for j.State == "queued" || j.State == "running" {
		time.Sleep(100 * time.Millisecond)
		if _, err := server.get(ctx, fmt.Sprintf("jobs/%d", j.ID), nil, &j); err != nil {
			return err
		}
		if p, err := server.proc(); err == nil {
			peak = max(peak, p.anon)
		}
		if fair < 0 {
			fair = fairness(j)
		}
	}
	took := time.Since(began).Seconds()
	for _, x := range j.Sensors {
		s.report.check(x.State == "done", "sensor %s: %s %s", x.Sensor, x.State, x.Error)
	}
	what := fmt.Sprintf("fleet: %d sensors of %d MB at once", s.o.sensors, s.folder.size>>20)
	s.report.add(row{What: what, Measured: fmt.Sprintf("%.0f s, %.0f MB/s, %d packets", took, float64(j.Bytes)/1e6/took, j.Packets), Value: took, Unit: "s"})
	s.report.add(row{What: "fleet: memory of the server, peak", Measured: fmt.Sprintf("%d MB", peak>>20), Value: float64(peak), Unit: "bytes"})
	s.report.add(row{What: "fleet: the slowest sensor's share of the fastest's, when that was done", Measured: fmt.Sprintf("%.2f", fair), Value: fair})
	return nil
}

// fairness is how far the last sensor was when the first one was done; -1 as
// long as none is.
func fairness(j fleetJob) float64 {
	done, least, most := false, int64(1<<62), int64(1)
	for _, x := range j.Sensors {
		done = done || x.State == "done"
		least, most = min(least, x.Packets), max(most, x.Packets)
	}
	if !done {
		return -1
	}
	return float64(least) / float64(most)
}

func diskOf(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// peakMemory is the most that the process had resident, files included.
func peakMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("no VmHWM in /proc")
}
