package local_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
	"spoor/index/query"
	"spoor/internal/packet"
	"spoor/internal/realdata"
)

// zeekEntries reads a folder of Zeek logs in JSON, as ingest would.
func zeekEntries(t *testing.T, dir string) []index.Entry {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no logs in %s: %v", dir, err)
	}
	var all []index.Entry
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		s := &index.Stream{Tag: "zeek." + strings.TrimSuffix(filepath.Base(name), ".log"), Format: index.Format{Name: "zeek-json"}}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for n := 0; lines.Scan(); n++ {
			at := time.Date(2020, 5, 1, 7, 0, n, 0, time.UTC)
			all = append(all, index.Entry{Stream: s, Time: at, Raw: []byte(lines.Text())})
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return all
}

// Known answers of MANIFEST.md and facts.json, whole addresses only.
func TestDataKnownAnswersOfADay(t *testing.T) {
	entries := zeekEntries(t, filepath.Join(realdata.Dir(t), "pairs", "apt29-day2", "UTICA-A", "zeek"))
	for name, o := range map[string]local.Options{
		"in memory":     {},
		"in segments":   {SealBytes: 100_000, BlockBytes: 10_000},
		"without index": {SealBytes: 100_000, BlockBytes: 10_000, NoIndex: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := opener(o)(t, t.TempDir())
			for from := 0; from < len(entries); from += 100 {
				if err := s.Put(t.Context(), entries[from:min(from+100, len(entries))]); err != nil {
					t.Fatal(err)
				}
			}
			for text, want := range map[string]uint64{
				"192.168.0.4":                          572,
				"192.168.0.4 tag:zeek.conn":            284,
				"192.168.0.4 tag:zeek.ssl":             283,
				"192.168.0.4 tag:zeek.files":           3,
				"192.168.0.4 tag:zeek.http":            1,
				"192.168.0.4 tag:zeek.notice":          1,
				"tag:zeek.conn id.orig_h:10.0.1.5":     353,
				"tag:zeek.conn src_ip:10.0.1.5":        353,
				"SSL::Invalid_Server_Cert":             1,
				"tag:zeek.* NOT tag:zeek.conn -src:1":  uint64(len(entries) - 353),
				"192.168.0.* tag:zeek.http":            1,
				"tag:zeek.http id.resp_p:8080":         1,
				"192.168.0 tag:zeek.http id.resp_p:80": 0,
			} {
				n, err := query.Parse(text)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				if res, err := s.Search(t.Context(), index.Request{Query: n}); err != nil || res.Total != want || !res.Exact {
					t.Errorf("%s: got %d (exact %v), %v, want %d", text, res.Total, res.Exact, err, want)
				}
			}
		})
	}
}

// Known answers of facts.json for a capture: 5,253 packets, 3,973 of them of
// the host.
func TestDataKnownAnswersOfACapture(t *testing.T) {
	f, err := os.Open(filepath.Join(realdata.Dir(t), "pairs", "apt29-day2", "UTICA-A", "UTICA-A.cap"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := packet.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var entries []index.Entry
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		s := &index.Stream{Tag: "packet", Source: 100, Format: index.Format{Name: index.Packet, LinkType: p.LinkType}}
		entries = append(entries, index.Entry{Stream: s, Time: p.Time, Raw: bytes.Clone(p.Data), OrigLen: p.OrigLen})
	}
	for name, o := range map[string]local.Options{
		"in segments":   {SealBytes: 500_000, BlockBytes: 20_000},
		"without index": {SealBytes: 500_000, BlockBytes: 20_000, NoIndex: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := opener(o)(t, t.TempDir())
			for from := 0; from < len(entries); from += 500 {
				if err := s.Put(t.Context(), entries[from:min(from+500, len(entries))]); err != nil {
					t.Fatal(err)
				}
			}
			for text, want := range map[string]uint64{
				"src:100":                     5253,
				"src:100 192.168.0.4":         3973,
				"ip.addr:192.168.0.4":         3973,
				"host:192.168.0.4 port:8080":  85,
				"tag:packet host:192.168.0.5": 0,
				"src:101 192.168.0.4":         0,
			} {
				n, err := query.Parse(text)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				if res, err := s.Search(t.Context(), index.Request{Query: n}); err != nil || res.Total != want || !res.Exact {
					t.Errorf("%s: got %d (exact %v), %v, want %d", text, res.Total, res.Exact, err, want)
				}
			}
		})
	}
}
