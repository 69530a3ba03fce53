package ingest

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"spoor/index"
	"spoor/internal/format"
	"spoor/internal/realdata"
)

type fact struct {
	Kind, Dest       string
	Records, Packets int
	First, Last      time.Time
	Says             []string `json:"reader_says"`
}

func readFacts(t *testing.T, dir string) []fact {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files []fact }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Files
}

func open(t *testing.T, path string) io.Reader {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if !strings.HasSuffix(path, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// Ensure every record of every real log is accepted, and nothing else.
func TestDataEveryLogIsAccepted(t *testing.T) {
	dir := realdata.Dir(t)
	for _, f := range readFacts(t, dir) {
		if f.Kind != "log" {
			continue
		}
		t.Run(f.Dest, func(t *testing.T) {
			s, p := newTest(Options{Now: time.Now})
			a, err := p.Lines(t.Context(), open(t, filepath.Join(dir, f.Dest)), Params{})
			if err != nil || a.Accepted != f.Records || a.Rejected != 0 || len(a.Notes) != 0 || len(s.infos) != 1 {
				t.Errorf("got %+v, %v, %d streams; want %d accepted of one stream", a, err, len(s.infos), f.Records)
			}
			for _, e := range s.entries {
				if bytes.HasSuffix(e.Raw, []byte("\r")) || len(e.Raw) == 0 {
					t.Fatalf("got %q, want no line end in it", e.Raw)
				}
			}
		})
	}
}

// Ensure a gzipped log arrives whole over HTTP.
func TestDataGzippedLogOverHTTP(t *testing.T) {
	dir := realdata.Dir(t)
	f, err := os.Open(filepath.Join(dir, "logs", "windows-json", "lsass05.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, p := newTest(Options{Now: time.Now})
	if r := post(t, newServer(t, p, HTTPOptions{}), "gzip", f); r.status != 200 || r.Accepted != 59707 {
		t.Errorf("got %+v, want 59707 accepted", r)
	}
}

// Ensure every packet of every real capture is accepted with its time; of a
// damaged capture those before the damage, and the answer says where it is.
func TestDataEveryCaptureIsAccepted(t *testing.T) {
	dir := realdata.Dir(t)
	for _, f := range readFacts(t, dir) {
		if f.Kind != "capture" {
			continue
		}
		if strings.HasSuffix(f.Dest, "test018.pcapng") {
			f.Packets = 4 // tshark counts its custom blocks too, capinfos does not
		}
		t.Run(f.Dest, func(t *testing.T) {
			s, p := newTest(Options{})
			a, err := p.Lines(t.Context(), open(t, filepath.Join(dir, f.Dest)), Params{Source: 100})
			damaged := strings.Contains(strings.Join(f.Says, " "), "damaged")
			if err != nil || a.Accepted != f.Packets || (a.Rejected == 1) != damaged {
				t.Fatalf("got %+v, %v; want %d packets, damaged %v", a, err, f.Packets, damaged)
			}
			if damaged && (a.Errors[0].Line != f.Packets+1 || !strings.Contains(a.Errors[0].Error, "byte")) {
				t.Errorf("got %+v, want packet %d and its offset", a.Errors[0], f.Packets+1)
			}
			checkPackets(t, s.entries, f)
		})
	}
}

func checkPackets(t *testing.T, entries []index.Entry, f fact) {
	t.Helper()
	var first, last time.Time
	for _, e := range entries {
		if e.Stream.Tag != "packet" || e.Stream.Source != 100 || e.OrigLen < 0 {
			t.Fatalf("got %+v of %+v", e, e.Stream)
		}
		if r, err := format.Open(format.Spec(e.Stream.Format)); err != nil {
			t.Fatal(err)
		} else if r.Fields(e.Raw, e.OrigLen); len(r.Text(e.Raw, e.OrigLen)) == 0 && len(e.Raw) > 0 {
			t.Fatalf("got no text of packet % x", e.Raw)
		}
		if e.TimeGuessed {
			continue
		}
		if first.IsZero() || e.Time.Before(first) {
			first = e.Time
		}
		if e.Time.After(last) {
			last = e.Time
		}
	}
	if f.First.IsZero() || strings.Contains(f.Dest, "malformed") {
		return
	}
	if !first.Round(time.Microsecond).Equal(f.First) || !last.Round(time.Microsecond).Equal(f.Last) {
		t.Errorf("got %v to %v, want %v to %v", first, last, f.First, f.Last)
	}
}

// Ensure a capture that breaks off anywhere keeps its whole packets and
// never crashes, and says where it broke off.
func TestDataCutCapturesKeepWholePackets(t *testing.T) {
	dir := realdata.Dir(t)
	whole, err := io.ReadAll(open(t, filepath.Join(dir, "pcaps", "basic", "dns-udp.pcap")))
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		s, p := newTest(Options{})
		a, err := p.Lines(t.Context(), bytes.NewReader(whole[:n]), Params{Format: "packet"})
		if err == nil && a.Accepted == 5 || a.Accepted != len(s.entries) {
			t.Fatalf("%d bytes: got %+v, %v", n, a, err)
		}
		if err == nil && a.Rejected == 1 && a.Errors[0].Line != a.Accepted+1 {
			t.Errorf("%d bytes: got %+v", n, a)
		}
	}
}
