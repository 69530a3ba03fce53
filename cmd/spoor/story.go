package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"spoor/internal/demo"
	"spoor/internal/packet"
)

// story walks from a line to its packets, over HTTP like everybody else.
type story struct {
	ctx   context.Context
	out   io.Writer
	url   string
	dir   string
	facts demo.Facts
	steps int
}

func (s *story) step(format string, args ...any) {
	s.steps++
	fmt.Fprintf(s.out, "%d. %s\n", s.steps, fmt.Sprintf(format, args...))
}

// want fails the story when a count is not what the office was made with.
func want(what string, got, want int) error {
	if got != want {
		return fmt.Errorf("%s: got %d, want %d", what, got, want)
	}
	return nil
}

// logs sends what Zeek wrote in every region.
func (s *story) logs() error {
	total := 0
	for _, r := range s.facts.Regions {
		for _, l := range r.Logs {
			f, err := os.Open(filepath.Join(s.dir, l.File))
			if err != nil {
				return err
			}
			var answer struct{ Accepted, Rejected int }
			err = s.call(http.MethodPost, "/api/v1/ingest?origin="+url.QueryEscape(r.Name)+
				"&file="+url.QueryEscape(filepath.Base(l.File)), "text/plain", f, &answer)
			f.Close()
			if err != nil {
				return err
			}
			if err := want(l.File+" lines", answer.Accepted, l.Lines); err != nil {
				return err
			}
			total += answer.Accepted
		}
	}
	s.step("The office's Zeek logs are in: %d lines of %d regions.", total, len(s.facts.Regions))
	return nil
}

// invite prints what a person may try on the page.
func (s *story) invite() {
	fmt.Fprintf(s.out, `
Open %[1]s

Four things to try:
  1. Search for %[2]s. This office has its own resolver and nobody talks to %[2]s,
     yet there is a connection that comes from it.
  2. Click the address and choose "Packets of this host". Give it the number %[3]d,
     leave both regions ticked, and fetch.
  3. Search for src:%[3]d: the packets. Choose one to see its fields and its bytes.
  4. Export them as pcap for Wireshark; or open Actionables and teach Spoor
     what else to offer on what it sees.

Ctrl+C stops it all.
`, s.url, s.facts.Suspect, demoSource)
}

type storyEntry struct {
	ID, Raw  string
	Segments []struct {
		T string
		A []struct{ ID, Value string }
	}
}

type storyJob struct {
	ID      uint64
	State   string
	Sensors []struct {
		Sensor, State, Error string
		Packets              int
	}
}

// tell goes through the whole story and checks every count.
func (s *story) tell() error {
	line, err := s.find()
	if err != nil {
		return err
	}
	filter, err := s.pivot(line)
	if err != nil {
		return err
	}
	packets, err := s.fetch(filter, line.ID)
	if err != nil {
		return err
	}
	if err := s.packets(packets); err != nil {
		return err
	}
	return s.export(packets)
}

// find searches for the address that should not be there.
func (s *story) find() (storyEntry, error) {
	lines := 0
	for _, r := range s.facts.Regions {
		lines += r.SuspectLines
	}
	var found struct {
		Total   int
		Entries []storyEntry
	}
	suspect := s.facts.Suspect.String()
	if err := s.get("/api/v1/search?count=exact&q="+url.QueryEscape("tag:zeek.conn id.orig_h:"+suspect), &found); err != nil {
		return storyEntry{}, err
	}
	if len(found.Entries) == 0 {
		return storyEntry{}, fmt.Errorf("no connection from %s found", suspect)
	}
	line := found.Entries[0]
	if err := s.get("/api/v1/search?limit=0&q="+url.QueryEscape(suspect), &found); err != nil {
		return storyEntry{}, err
	}
	s.step("Searching %s finds %d lines. It should find none:\n   %s", suspect, found.Total, line.Raw)
	return line, want("lines with "+suspect, found.Total, lines)
}

// pivot opens the menu on the address and chooses its packets.
func (s *story) pivot(line storyEntry) (string, error) {
	suspect := s.facts.Suspect.String()
	for _, segment := range line.Segments {
		for _, a := range segment.A {
			if a.Value != suspect {
				continue
			}
			return s.expand(a.ID, a.Value, line.ID)
		}
	}
	return "", fmt.Errorf("no actionable on %s in %q", suspect, line.Raw)
}

func (s *story) expand(id, value, entry string) (string, error) {
	var known struct {
		Name    string
		Actions []struct{ Name, Kind string }
	}
	if err := s.get("/api/v1/actionables/"+url.PathEscape(id), &known); err != nil {
		return "", err
	}
	for i, action := range known.Actions {
		if action.Kind != "packets" {
			continue
		}
		var x struct{ Filter string }
		body := map[string]any{"action": i, "value": value, "entry": entry}
		if err := s.post("/api/v1/actionables/"+url.PathEscape(id)+"/expand", body, &x); err != nil {
			return "", err
		}
		s.step("Its menu (%s) offers %q:\n   %s", known.Name, action.Name, x.Filter)
		return x.Filter, nil
	}
	return "", fmt.Errorf("actionable %s has no action that fetches packets", id)
}

// fetch asks all sensors and follows the job to its end.
func (s *story) fetch(filter, entry string) (packets int, err error) {
	var ids []string
	for _, r := range s.facts.Regions {
		ids = append(ids, r.Slug)
	}
	var job storyJob
	err = s.post("/api/v1/jobs", map[string]any{
		"query": filter, "source": demoSource, "sensors": ids, "entry": entry, "reason": "the story",
	}, &job)
	if err != nil {
		return 0, err
	}
	s.step("Job %d asks %s under source %d.", job.ID, strings.Join(ids, " and "), demoSource)
	if job, err = s.follow(job.ID); err != nil {
		return 0, err
	}
	for i, sensor := range job.Sensors {
		fmt.Fprintf(s.out, "   %s: %s, %d packets %s\n", sensor.Sensor, sensor.State, sensor.Packets, sensor.Error)
		if sensor.State != "done" {
			return 0, fmt.Errorf("sensor %s: %s %s", sensor.Sensor, sensor.State, sensor.Error)
		}
		if err := want("packets of "+sensor.Sensor, sensor.Packets, s.facts.Regions[i].SuspectPackets); err != nil {
			return 0, err
		}
		packets += sensor.Packets
	}
	return packets, nil
}

// follow waits on the event stream until the job has ended.
func (s *story) follow(id uint64) (storyJob, error) {
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	events, err := s.stream(ctx, "/api/v1/events")
	if err != nil {
		return storyJob{}, err
	}
	defer events.Close()
	// The job may have ended before the stream began.
	var job storyJob
	if err := s.get(fmt.Sprintf("/api/v1/jobs/%d", id), &job); err != nil {
		return storyJob{}, err
	}
	lines := newLines(events)
	for job.State == "queued" || job.State == "running" {
		data, err := lines.data("job")
		if err != nil {
			return storyJob{}, fmt.Errorf("follow job %d: %w", id, err)
		}
		var news storyJob
		if err := json.Unmarshal(data, &news); err != nil {
			return storyJob{}, fmt.Errorf("follow job %d: %w", id, err)
		}
		if news.ID == id {
			job = news
		}
	}
	return job, nil
}

// packets finds them by their number and looks into one.
func (s *story) packets(n int) error {
	q := url.QueryEscape(fmt.Sprintf("src:%d", demoSource))
	var found struct {
		Total   int
		Entries []storyEntry
	}
	if err := s.get("/api/v1/search?count=exact&order=oldest&q="+q, &found); err != nil {
		return err
	}
	if err := want(fmt.Sprintf("packets under src:%d", demoSource), found.Total, n); err != nil {
		return err
	}
	s.step("Searching src:%d finds %d packets. The first:\n   %s", demoSource, found.Total, found.Entries[0].Raw)
	var one struct {
		Bytes  int
		Layers []struct{ Name string }
	}
	if err := s.get("/api/v1/entries/"+found.Entries[0].ID, &one); err != nil {
		return err
	}
	raw, err := s.stream(s.ctx, "/api/v1/entries/"+found.Entries[0].ID+"/raw")
	if err != nil {
		return err
	}
	defer raw.Close()
	b, err := io.ReadAll(raw)
	if err != nil {
		return err
	}
	var layers []string
	for _, l := range one.Layers {
		layers = append(layers, l.Name)
	}
	s.step("It decodes as %s, %d bytes.", strings.Join(layers, ", "), len(b))
	return want("bytes of the packet", len(b), one.Bytes)
}

// export takes the packets out again and counts them.
func (s *story) export(n int) error {
	body, err := s.stream(s.ctx, "/api/v1/export?format=pcap&q="+url.QueryEscape(fmt.Sprintf("src:%d", demoSource)))
	if err != nil {
		return err
	}
	defer body.Close()
	r, err := packet.NewReader(body)
	if err != nil {
		return err
	}
	for {
		if _, err = r.Next(); err != nil {
			break
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	s.step("Exported as pcap: %d packets.", r.Count())
	return want("packets in the export", r.Count(), n)
}

func (s *story) get(path string, into any) error {
	return s.call(http.MethodGet, path, "", nil, into)
}

func (s *story) post(path string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return s.call(http.MethodPost, path, "application/json", bytes.NewReader(b), into)
}

func (s *story) call(method, path, kind string, body io.Reader, into any) error {
	answer, err := s.do(s.ctx, method, path, kind, body)
	if err != nil {
		return err
	}
	defer answer.Close()
	if err := json.NewDecoder(answer).Decode(into); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func (s *story) stream(ctx context.Context, path string) (io.ReadCloser, error) {
	return s.do(ctx, http.MethodGet, path, "", nil)
}

func (s *story) do(ctx context.Context, method, path, kind string, body io.Reader) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		defer answer.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, bytes.TrimSpace(text))
	}
	return answer.Body, nil
}
