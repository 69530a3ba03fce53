package local_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
	"spoor/index/query"
)

const connHeader = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n" +
	"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n" +
	"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tcount\tstring\tcount\tcount\tcount\tcount"

// benchNeedle is an address on few of the lines of corpus.
const benchNeedle = "203.0.113.77"

// corpus makes connection logs and web logs of an office: random ids, ports
// and counters, and hosts of which some are frequent.
func corpus(b *testing.B, lines int) (entries []index.Entry, size int64) {
	b.Helper()
	if dir := os.Getenv("SPOOR_BENCH_DIR"); dir != "" {
		return readCorpus(b, dir)
	}
	g := rand.New(rand.NewPCG(1, 2))
	conn := &index.Stream{Tag: "zeek.conn", Format: index.Format{Name: "zeek-tsv", Header: connHeader}}
	web := &index.Stream{Tag: "access", Format: index.Format{Name: "access"}}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	random := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[g.IntN(len(letters))]
		}
		return string(b)
	}
	host := func() string { return fmt.Sprintf("10.%d.%d.%d", g.IntN(3), g.IntN(20), 1+g.IntN(200)) }
	far := func() string {
		if g.IntN(3) == 0 {
			return fmt.Sprintf("%d.%d.%d.%d", 1+g.IntN(200), g.IntN(256), g.IntN(256), g.IntN(256))
		}
		return fmt.Sprintf("198.51.100.%d", 1+g.IntN(250))
	}
	at := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	for i := range lines {
		at = at.Add(time.Duration(g.IntN(40)) * time.Millisecond)
		e := index.Entry{Stream: conn, Time: at, Arrived: at}
		dest := far()
		if i%(lines/33+1) == 7 {
			dest = benchNeedle
		}
		if g.IntN(4) == 0 {
			e.Stream = web
			e.Raw = fmt.Appendf(nil, `%s - - [%s] "GET /%s/%s.html HTTP/1.1" %d %d "https://www.example.com/%s" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"`,
				dest, at.Format("02/Jan/2006:15:04:05 -0700"), random(2), random(6), 200+4*g.IntN(2), g.IntN(50000), random(8))
		} else {
			e.Raw = fmt.Appendf(nil, "%d.%06d\tC%s\t%s\t%d\t%s\t%d\t%s\t%s\t%.6f\t%d\t%d\tSF\t0\tShADadFf\t%d\t%d\t%d\t%d",
				at.Unix(), at.Nanosecond()/1000, random(17), host(), 1024+g.IntN(60000), dest, []int{53, 80, 443, 22}[g.IntN(4)],
				[]string{"tcp", "udp"}[g.IntN(2)], []string{"dns", "http", "ssl", "-"}[g.IntN(4)], g.Float64()*10,
				g.IntN(5000), g.IntN(90000), g.IntN(50), g.IntN(5000), g.IntN(80), g.IntN(90000))
		}
		size += int64(len(e.Raw))
		entries = append(entries, e)
	}
	return entries, size
}

// readCorpus reads a folder with one file a stream, lines rising in time.
func readCorpus(b *testing.B, dir string) (entries []index.Entry, size int64) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
		s := &index.Stream{Tag: filepath.Base(file), Format: index.Format{Name: "text"}}
		if bytes.HasPrefix(lines[0], []byte("{")) {
			s.Format.Name = "json"
		}
		at := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
		for _, l := range lines {
			at = at.Add(144 * time.Hour / time.Duration(len(lines)))
			entries = append(entries, index.Entry{Stream: s, Time: at, Arrived: at, Raw: l})
			size += int64(len(l))
		}
	}
	return entries, size
}

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const benchLines = 600_000

// fill ingests entries as several senders do, until all is in segments.
func fill(b *testing.B, dir string, entries []index.Entry) *local.Store {
	b.Helper()
	s, err := local.Open(dir, local.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	const batch, senders = 10_000, 4
	work := make(chan []index.Entry)
	sent := make(chan error, senders)
	for range senders {
		go func() {
			var failed error
			for e := range work {
				for {
					if failed = s.Put(ctx, e); failed != index.ErrBehind {
						break
					}
				}
			}
			sent <- failed
		}()
	}
	for from := 0; from < len(entries); from += batch {
		work <- entries[from:min(from+batch, len(entries))]
	}
	close(work)
	for range senders {
		if err := <-sent; err != nil {
			b.Fatal(err)
		}
	}
	if err := s.SealAll(ctx); err != nil {
		b.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return s
}

// folderBytes is the size of all files whose path holds part.
func folderBytes(b *testing.B, dir, part string) (size int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, part) {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return size
}

// BenchmarkIngest takes lines through Put until they are durable and in
// segments with their index.
func BenchmarkIngest(b *testing.B) {
	entries, size := corpus(b, benchLines)
	b.SetBytes(size)
	before := cpu()
	for b.Loop() {
		dir := b.TempDir()
		s := fill(b, dir, entries)
		b.ReportMetric(float64(folderBytes(b, dir, "blocks.dat"))/float64(size), "blocks/raw")
		b.ReportMetric(float64(folderBytes(b, dir, "/index/"))/float64(size), "index/raw")
		s.Close()
	}
	lines := float64(len(entries)) * float64(b.N)
	b.ReportMetric(float64((cpu()-before).Microseconds())/lines, "cpu-us/line")
	b.ReportMetric(lines/b.Elapsed().Seconds(), "lines/s")
}
func BenchmarkSearch(b *testing.B) {
	entries, size := corpus(b, benchLines)
	s := fill(b, b.TempDir(), entries)
	var uid string
	for _, e := range entries {
		if f := strings.Split(string(e.Raw), "\t"); len(f) > 2 && strings.HasPrefix(f[1], "C") {
			uid = f[1]
			break
		}
	}
	for _, c := range []struct {
		name, query string
		limit       int
		order       index.Order
	}{
		{"address on 33 lines", benchNeedle, 100, 0},
		{"id on one line", uid, 100, 0},
		{"count of a frequent word", "tag:access Firefox", 0, 0},
		{"newest 100 of a frequent word", "ssl", 100, 0},
		{"newest 100 of everything", "", 100, 0},
		{"count of everything", "", 0, 0},
		{"count of a short number, read all", "4711", 0, 0},
		{"count of a regex without literal, read all", `/[x-z]{5}/`, 0, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			n, err := query.Parse(c.query)
			if err != nil {
				b.Fatal(err)
			}
			var res index.Result
			for b.Loop() {
				if res, err = s.Search(b.Context(), index.Request{Query: n, Limit: c.limit}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(res.Scanned.Blocks), "blocks")
			b.ReportMetric(float64(res.Total), "matches")
			if c.limit == 0 && res.Scanned.Bytes > size/2 {
				b.SetBytes(res.Scanned.Bytes)
			}
		})
	}
	b.Run("histogram of everything", func(b *testing.B) {
		for b.Loop() {
			if h, err := s.Histogram(b.Context(), index.Request{}, 60); err != nil || h.Total != uint64(len(entries)) {
				b.Fatalf("got %d, %v, want %d", h.Total, err, len(entries))
			}
		}
	})
}

// BenchmarkPutOne measures durable one-line batches of many senders at once.
func BenchmarkPutOne(b *testing.B) {
	entries, _ := corpus(b, 1000)
	s, err := local.Open(b.TempDir(), local.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.SetParallelism(32)
	b.RunParallel(func(p *testing.PB) {
		for i := 0; p.Next(); i++ {
			if err := s.Put(b.Context(), entries[i%len(entries):][:1]); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
