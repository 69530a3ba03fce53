package ui

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/internal/packet"
)

// frames makes a capture of n small UDP packets, a second apart.
func frames(t *testing.T, link uint16, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := packet.NewWriter(&b, link)
	must(t, err)
	for i := range n {
		must(t, w.Write(packet.Packet{Time: time.Unix(1600000000+int64(i), 0).UTC(), Data: frame(i), OrigLen: 60 + i, LinkType: link}))
	}
	return b.Bytes()
}

// frame is an Ethernet frame with UDP from 10.0.0.1:1000+i to 10.0.0.2:53.
func frame(i int) []byte {
	b := append(make([]byte, 12), 8, 0)
	b = append(b, 0x45, 0, 0, 32, 0, byte(i), 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	b = binary.BigEndian.AppendUint16(b, uint16(1000+i))
	return append(b, 0, 53, 0, 12, 0, 0, 'd', 'a', 't', 'a')
}

func (s site) download(path string) (int, []byte) {
	s.t.Helper()
	answer, err := s.Client().Get(s.URL + path)
	must(s.t, err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	must(s.t, err)
	return answer.StatusCode, b
}

// Ensure that packets leave as they came: bytes, times, lengths, in order.
func TestExportedPacketsAreThoseIngested(t *testing.T) {
	s := newSite(t, nil)
	const n = 1500 // more than a page of the export
	s.ingest("source=100", string(frames(t, 1, n)))
	code, b := s.download("/api/v1/export?format=pcap&q=src:100")
	if code != 200 {
		t.Fatalf("got %d %s", code, b)
	}
	r, err := packet.NewReader(bytes.NewReader(b))
	must(t, err)
	for i := range n {
		p, err := r.Next()
		must(t, err)
		if !bytes.Equal(p.Data, frame(i)) || p.OrigLen != 60+i || p.Time.Unix() != 1600000000+int64(i) || p.LinkType != 1 {
			t.Fatalf("packet %d: got %+v", i, p)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("behind the last packet: got %v, want the end", err)
	}
}

// Ensure that times finer than microseconds leave as they came, and that a
// capture without them is one that every tool reads.
func TestExportedPacketsKeepTheirNanoseconds(t *testing.T) {
	s := newSite(t, nil)
	for source, at := range map[uint32]time.Time{1: time.Unix(1600000000, 123456789), 2: time.Unix(1600000000, 123456000)} {
		var b bytes.Buffer
		w, err := packet.NewWriterNano(&b, 1)
		must(t, err)
		must(t, w.Write(packet.Packet{Time: at, Data: frame(1), LinkType: 1}))
		s.ingest(fmt.Sprintf("source=%d", source), b.String())
		_, out := s.download(fmt.Sprintf("/api/v1/export?format=pcap&q=src:%d", source))
		r, err := packet.NewReader(bytes.NewReader(out))
		must(t, err)
		if p, err := r.Next(); err != nil || !p.Time.Equal(at) {
			t.Errorf("got %v, %v, want %v", p.Time, err, at)
		}
		if micro := bytes.HasPrefix(out, []byte{0xd4, 0xc3, 0xb2, 0xa1}); micro != (source == 2) {
			t.Errorf("source %d: got microseconds: %v", source, micro)
		}
	}
}

// Ensure that an export as pcap refuses what such a file can't hold, instead
// of leaving it out.
func TestPcapExportRefusesWhatItCantHold(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("source=100", string(frames(t, 1, 3)))
	s.ingest("source=101", string(frames(t, 101, 3)))
	s.ingest("source=102&tag=app", "a line\n")
	for q, want := range map[string]string{"": "", "src:100 OR src:101": "link type", "src:100 OR src:102": "app"} {
		code, b := s.download("/api/v1/export?format=pcap&q=" + url.QueryEscape(q))
		if code != 422 || !strings.Contains(string(b), want) {
			t.Errorf("%q: got %d %s, want 422 with %q", q, code, b, want)
		}
	}
	if code, b := s.download("/api/v1/export?format=pcap&q=src:7"); code != 200 || len(b) != 24 {
		t.Errorf("nothing found: got %d and %d bytes, want 200 and an empty capture", code, len(b))
	}
}

// Ensure that lines leave in every format, the oldest first, none left out.
func TestExportedLinesAreAllThere(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", "{\"ts\":2,\"m\":\"two, with a \\\"quote\\\"\"}\n{\"ts\":1,\"m\":\"one\"}\n")
	_, raw := s.download("/api/v1/export?format=raw")
	if want := "{\"ts\":1,\"m\":\"one\"}\n{\"ts\":2,\"m\":\"two, with a \\\"quote\\\"\"}\n"; string(raw) != want {
		t.Errorf("raw: got %q, want %q", raw, want)
	}
	_, b := s.download("/api/v1/export?format=ndjson&order=newest")
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	var first map[string]any
	must(t, json.Unmarshal([]byte(lines[0]), &first))
	if len(lines) != 2 || first["fields"].(map[string]any)["m"] != `two, with a "quote"` || first["segments"] != nil {
		t.Errorf("ndjson: got %s", b)
	}
	_, b = s.download("/api/v1/export?format=csv")
	if want := "1970-01-01T00:00:02Z,app,0,,\"{\"\"ts\"\":2,\"\"m\"\":\"\"two, with a \\\"\"quote\\\"\"\"\"}\"\n"; !strings.HasSuffix(string(b), want) {
		t.Errorf("csv: got %q, want it to end in %q", b, want)
	}
}

// Ensure that a packet opens into layers whose fields say which bytes they
// are, and that it is found by its fields.
func TestPacketOpensIntoLayers(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("source=100", string(frames(t, 1, 3)))
	code, answer := s.ask("GET", search("src:100 udp.srcport:1001 10.0.0.2"), nil)
	if code != 200 || answer["total"] != 1.0 {
		t.Fatalf("got %d %v, want one", code, answer)
	}
	entry := answer["entries"].([]any)[0].(map[string]any)
	p := entry["packet"].(map[string]any)
	if p["src"] != "10.0.0.1" || p["src_port"] != 1001.0 || p["length"] != 61.0 || p["captured"] != float64(len(frame(1))) {
		t.Errorf("packet: got %v", p)
	}
	_, whole := s.ask("GET", "/api/v1/entries/"+entry["id"].(string), nil)
	for _, l := range whole["layers"].([]any) {
		for _, f := range l.(map[string]any)["fields"].([]any) {
			field := f.(map[string]any)
			if field["name"] == "udp.srcport" {
				if field["value"] != "1001" || field["offset"] != 34.0 || field["length"] != 2.0 {
					t.Errorf("udp.srcport: got %v", field)
				}
				return
			}
		}
	}
	t.Errorf("no udp.srcport in %v", whole["layers"])
}

// Ensure that an export holds little in memory, and is not slow for it.
func TestExportPagesFitTheirEntries(t *testing.T) {
	for _, c := range []struct{ limit, size, want int }{
		{50, 0, 200}, {50, 5000, 200}, {1000, 200_000, 1000}, {50, 50 << 20, 8}, {8, 8 << 20, 8}, {1, 20 << 20, 1}, {8, 800, 32},
	} {
		if got := nextLimit(c.limit, c.size); got != c.want {
			t.Errorf("after %d entries of %d bytes: got %d, want %d", c.limit, c.size, got, c.want)
		}
	}
}

// Ensure that a pcapng holds packets of several sources and link types, each
// under the interface it came from and with the entry it was, as Wireshark's
// own tools read it; and that it refuses what is no packet.
func TestPcapngExportSaysWherePacketsComeFrom(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	s := newSite(t, nil)
	s.ingest("source=100&file=east.pcap", string(frames(t, 1, 3)))
	s.ingest("source=101&file=west.pcap", string(frames(t, 101, 2)))
	s.ingest("source=102&tag=app", "a line\n")
	if code, b := s.download("/api/v1/export?format=pcapng"); code != 422 || !strings.Contains(string(b), "app") {
		t.Errorf("with lines: got %d %s, want 422 that names the tag", code, b)
	}
	code, b := s.download("/api/v1/export?format=pcapng&to=2030-01-01T00:00:00Z&q=" + url.QueryEscape("src:100 OR src:101"))
	if code != 200 {
		t.Fatalf("got %d %s", code, b)
	}
	file := filepath.Join(t.TempDir(), "out.pcapng")
	must(t, os.WriteFile(file, b, 0o600))
	out, err := exec.Command("tshark", "-n", "-r", file, "-T", "fields", "-e", "frame.interface_name", "-e", "frame.len", "-e", "frame.comment").Output()
	must(t, err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	east, west := 0, 0
	for _, l := range lines {
		name, rest, _ := strings.Cut(l, "\t")
		switch {
		case name == "east.pcap" && strings.Contains(rest, " src:100"):
			east++
		case name == "west.pcap" && strings.Contains(rest, " src:101"):
			west++
		}
		_, id, _ := strings.Cut(rest, "spoor id:")
		id, _, _ = strings.Cut(id, " ")
		if code, _ := s.ask("GET", "/api/v1/entries/"+id, nil); code != 200 {
			t.Errorf("%q: entry %q: got %d", l, id, code)
		}
	}
	if len(lines) != 5 || east != 3 || west != 2 {
		t.Errorf("got %q, want 3 packets of east.pcap and 2 of west.pcap", lines)
	}
	about, err := exec.Command("capinfos", "-M", "-F", "-k", file).CombinedOutput()
	if err != nil || !strings.Contains(string(about), "src:100 OR src:101") || !strings.Contains(string(about), "to 2030-01-01T00:00:00Z") {
		t.Errorf("capinfos: %v: %s", err, about)
	}
}

// Every line was sent by somebody's attacker. Ensure that no cell of a CSV
// begins like a formula, that numbers stay numbers, and that cells=exact
// changes nothing.
func TestExportedCellsAreNoFormulas(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+49": "+49", "-12.5e3": "-12.5e3", "-cmd": "'-cmd", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"a=1": "a=1", "": "", "+Inf": "'+Inf", "-0x1p-2": "'-0x1p-2", "-1-1": "'-1-1", "--": "'--", "'=1": "'=1",
	} {
		if got := disarmed(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	s := newSite(t, nil)
	s.ingest("tag=app&format=text", "=HYPERLINK(\"http://x\")\n")
	for cells, want := range map[string]string{"": `"'=HYPERLINK(""http://x"")"`, "exact": `"=HYPERLINK(""http://x"")"`} {
		if _, b := s.download("/api/v1/export?format=csv&cells=" + cells); !strings.Contains(string(b), ","+want+"\n") {
			t.Errorf("cells=%s: got %s, want %s", cells, b, want)
		}
	}
}

// Ensure that a table leaves whole, with its columns in their order and
// numbers as numbers, and that its cells are no formulas either.
func TestTablesAreExported(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", "{\"ts\":1,\"u\":\"=ann\",\"n\":2}\n{\"ts\":2,\"u\":\"bob\",\"n\":3}\n{\"ts\":3,\"u\":\"bob\",\"n\":-4.5}\n")
	q := url.QueryEscape("* | stats count(), sum(n) as total by u | sort u")
	for format, want := range map[string]string{
		"csv":             "u,count,total\n'=ann,1,2\nbob,2,-1.5\n",
		"csv&cells=exact": "u,count,total\n=ann,1,2\nbob,2,-1.5\n",
		"ndjson":          "{\"u\":\"=ann\",\"count\":1,\"total\":2}\n{\"u\":\"bob\",\"count\":2,\"total\":-1.5}\n",
	} {
		if code, b := s.download("/api/v1/export?q=" + q + "&format=" + format); code != 200 || string(b) != want {
			t.Errorf("%s: got %d %q, want %q", format, code, b, want)
		}
	}
	if code, b := s.download("/api/v1/export?format=pcap&q=" + q); code != 400 || !strings.Contains(string(b), "csv") {
		t.Errorf("pcap: got %d %s, want 400", code, b)
	}
	// More rows than a page of the search would have.
	var lines strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&lines, "{\"ts\":%d,\"k\":\"v%d\"}\n", i, i)
	}
	s.ingest("tag=many", lines.String())
	for _, q := range []string{"tag:many | stats count() by k", "tag:many | fields k"} {
		if _, b := s.download("/api/v1/export?format=csv&q=" + url.QueryEscape(q)); bytes.Count(b, []byte("\n")) != 2501 {
			t.Errorf("%s: got %d lines, want the head and 2500", q, bytes.Count(b, []byte("\n")))
		}
	}
}
