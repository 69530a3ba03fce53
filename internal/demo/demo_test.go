package demo

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"spoor/internal/packet"
)

func writeDemo(t *testing.T, o Options) (string, Facts) {
	t.Helper()
	dir := t.TempDir()
	facts, err := Write(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return dir, facts
}

func readFile(t *testing.T, parts ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readCapture(t *testing.T, path string) []packet.Packet {
	t.Helper()
	r, err := packet.NewReader(bytes.NewReader(readFile(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	var out []packet.Packet
	for {
		p, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		p.Data = bytes.Clone(p.Data)
		out = append(out, p)
	}
}

// zeekRows reads a log by its #fields line: one map a line.
func zeekRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	var names []string
	var rows []map[string]string
	for line := range strings.Lines(string(readFile(t, path))) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "#fields\t"); ok {
			names = strings.Split(rest, "\t")
		}
		if rest, ok := strings.CutPrefix(line, "#types\t"); ok && len(strings.Split(rest, "\t")) != len(names) {
			t.Errorf("%s: types and fields differ in number", path)
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		values := strings.Split(line, "\t")
		if len(values) != len(names) {
			t.Fatalf("%s: got %d values, want %d: %s", path, len(values), len(names), line)
		}
		row := map[string]string{}
		for i, n := range names {
			row[n] = values[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func rowKey(r map[string]string) string {
	return r["proto"] + " " + r["id.orig_h"] + ":" + r["id.orig_p"] + " " + r["id.resp_h"] + ":" + r["id.resp_p"]
}

// Ensure that the same options give the same bytes, another seed others.
func TestWriteIsRepeatable(t *testing.T) {
	a, facts := writeDemo(t, Options{})
	b, _ := writeDemo(t, Options{})
	c, _ := writeDemo(t, Options{Seed: 2})
	for _, r := range facts.Regions {
		files := []string{r.Capture}
		for _, l := range r.Logs {
			files = append(files, l.File)
		}
		for _, f := range files {
			if !bytes.Equal(readFile(t, a, f), readFile(t, b, f)) {
				t.Errorf("%s differs from run to run", f)
			}
			if bytes.Equal(readFile(t, a, f), readFile(t, c, f)) {
				t.Errorf("%s does not differ with the seed", f)
			}
		}
	}
}

// Ensure that the facts are what stands in the files.
func TestFactsAreTrue(t *testing.T) {
	end := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	dir, facts := writeDemo(t, Options{End: end})
	if len(facts.Regions) != 2 || !facts.To.Equal(end) || !facts.From.Equal(end.Add(-Span)) {
		t.Fatalf("got %+v", facts)
	}
	if facts.Regions[0].Packets <= facts.Regions[1].Packets {
		t.Errorf("got %d and %d packets, want Region 1 to see more", facts.Regions[0].Packets, facts.Regions[1].Packets)
	}
	for i, r := range facts.Regions {
		if r.Name != fmt.Sprintf("Region %d", i+1) || r.Slug != fmt.Sprintf("region-%d", i+1) {
			t.Errorf("got names %q, %q", r.Name, r.Slug)
		}
		packets := readCapture(t, filepath.Join(dir, r.Capture))
		if len(packets) != r.Packets || r.Packets < 1000 {
			t.Errorf("%s: got %d packets, want %d", r.Name, len(packets), r.Packets)
		}
		if !packets[0].Time.Equal(r.First) || !packets[len(packets)-1].Time.Equal(r.Last) ||
			r.First.Before(facts.From) || !r.Last.Before(facts.To) {
			t.Errorf("%s: got %v to %v, want %v to %v", r.Name, packets[0].Time, packets[len(packets)-1].Time, r.First, r.Last)
		}
		suspects := 0
		for _, p := range packets {
			m := packet.ReadMeta(p.LinkType, p.Data)
			if m.Source != facts.Suspect && m.Destination != facts.Suspect {
				continue
			}
			suspects++
			if m.Source != facts.Victim && m.Destination != facts.Victim || m.SourcePort != facts.Port && m.DestinationPort != facts.Port {
				t.Errorf("%s: %v talks to others: %s", r.Name, facts.Suspect, packet.Decode(p.LinkType, p.Data, p.OrigLen).Summary())
			}
		}
		if suspects != r.SuspectPackets || suspects < 20 {
			t.Errorf("%s: got %d packets of %v, want %d", r.Name, suspects, facts.Suspect, r.SuspectPackets)
		}
		checkLogs(t, dir, r, facts)
	}
}

func checkLogs(t *testing.T, dir string, r Region, facts Facts) {
	t.Helper()
	lines := 0
	for _, l := range r.Logs {
		rows := zeekRows(t, filepath.Join(dir, l.File))
		if len(rows) != l.Lines || l.Lines < 20 {
			t.Errorf("%s %s: got %d lines, want %d", r.Name, l.Path, len(rows), l.Lines)
		}
		n := 0
		for line := range strings.Lines(string(readFile(t, dir, l.File))) {
			if strings.Contains(line, facts.Suspect.String()) {
				n++
			}
		}
		if l.Path == "conn" && n != r.SuspectConns {
			t.Errorf("%s: got %d lines of conn.log, want %d", r.Name, n, r.SuspectConns)
		}
		lines += n
	}
	if lines != r.SuspectLines || r.SuspectConns != 1 || r.SuspectLines != 1 {
		t.Errorf("%s: got %d lines of %v, want %d, which is 1", r.Name, lines, facts.Suspect, r.SuspectLines)
	}
}

// tally is what an independent reading of a capture counts for a connection.
type tally struct {
	first, last           time.Time
	packets, bytes, total [2]int
	history               string
}

// countFlows reads a capture with the decoder and counts each connection.
func countFlows(t *testing.T, packets []packet.Packet) map[string]*tally {
	t.Helper()
	flows := map[string]*tally{}
	for _, p := range packets {
		d := packet.Decode(p.LinkType, p.Data, p.OrigLen)
		if d.Error != "" {
			t.Fatalf("%s: %s", d.Summary(), d.Error)
		}
		if !d.Source.IsValid() {
			continue
		}
		proto, length := "tcp", d.Values("tcp.len")
		if length == nil {
			proto = "udp"
			n, _ := strconv.Atoi(d.Values("udp.length")[0])
			length = []string{strconv.Itoa(n - 8)}
		}
		from, to := fmt.Sprintf("%s:%d", d.Source, d.SourcePort), fmt.Sprintf("%s:%d", d.Destination, d.DestinationPort)
		key, side := proto+" "+from+" "+to, 0
		if flows[proto+" "+to+" "+from] != nil {
			key, side = proto+" "+to+" "+from, 1
		}
		f := flows[key]
		if f == nil {
			f = &tally{first: p.Time}
			flows[key] = f
		}
		f.last = p.Time
		f.packets[side]++
		payload, _ := strconv.Atoi(length[0])
		total, _ := strconv.Atoi(d.Values("ip.len")[0])
		f.bytes[side] += payload
		f.total[side] += total
		f.note(d, payload, side)
	}
	return flows
}

func (f *tally) note(d *packet.Decoded, payload, side int) {
	flag := func(name string) bool { return slices.Equal(d.Values("tcp.flags."+name), []string{"1"}) }
	letter := "D"
	switch {
	case flag("syn") && flag("ack"):
		letter = "H"
	case flag("syn"):
		letter = "S"
	case flag("fin"):
		letter = "F"
	case payload == 0:
		letter = "A"
	}
	if side == 1 {
		letter = strings.ToLower(letter)
	}
	if !strings.Contains(f.history, letter) {
		f.history += letter
	}
}

// Ensure that conn.log says of every connection in the capture, and of no
// other, what is there.
func TestConnLogAgreesWithPackets(t *testing.T) {
	dir, facts := writeDemo(t, Options{})
	for _, r := range facts.Regions {
		flows := countFlows(t, readCapture(t, filepath.Join(dir, r.Capture)))
		rows := zeekRows(t, filepath.Join(dir, r.Slug, "zeek", "conn.log"))
		if len(rows) != len(flows) {
			t.Errorf("%s: got %d lines for %d connections", r.Name, len(rows), len(flows))
		}
		for _, row := range rows {
			f := flows[rowKey(row)]
			if f == nil {
				t.Errorf("%s: no packets of %s", r.Name, rowKey(row))
				continue
			}
			got := strings.Join([]string{row["ts"], row["duration"], row["orig_bytes"], row["resp_bytes"], row["orig_pkts"],
				row["orig_ip_bytes"], row["resp_pkts"], row["resp_ip_bytes"], row["history"], row["conn_state"]}, " ")
			want := fmt.Sprintf("%d.%06d %.6f %d %d %d %d %d %d %s SF", f.first.Unix(), f.first.Nanosecond()/1000,
				f.last.Sub(f.first).Seconds(), f.bytes[0], f.bytes[1], f.packets[0], f.total[0], f.packets[1], f.total[1], f.history)
			if got != want {
				t.Errorf("%s %s: got %s, want %s", r.Name, rowKey(row), got, want)
			}
		}
	}
}

// Ensure that dns.log and http.log say what the messages say, with the uid of
// the connection's line.
func TestMessageLogsAgreeWithPackets(t *testing.T) {
	dir, facts := writeDemo(t, Options{})
	for _, r := range facts.Regions {
		uids := map[string]string{}
		for _, row := range zeekRows(t, filepath.Join(dir, r.Slug, "zeek", "conn.log")) {
			uids[row["uid"]] = rowKey(row)
		}
		var names, requests []string
		for _, p := range readCapture(t, filepath.Join(dir, r.Capture)) {
			d := packet.Decode(p.LinkType, p.Data, p.OrigLen)
			stamp := fmt.Sprintf("%d.%06d", p.Time.Unix(), p.Time.Nanosecond()/1000)
			if response := d.Values("dns.flags.response"); slices.Equal(response, []string{"0"}) {
				id, _ := strconv.ParseUint(d.Values("dns.id")[0], 0, 16)
				names = append(names, fmt.Sprint(stamp, id, d.Values("dns.qry.name")[0], d.Values("dns.qry.type")[0]))
			}
			if method := d.Values("http.request.method"); method != nil {
				requests = append(requests, fmt.Sprint(stamp, d.Values("http.host")[0], d.Values("http.request.uri")[0], d.Values("http.user_agent")[0]))
			}
		}
		var loggedNames, loggedRequests []string
		for _, row := range zeekRows(t, filepath.Join(dir, r.Slug, "zeek", "dns.log")) {
			loggedNames = append(loggedNames, row["ts"]+row["trans_id"]+row["query"]+row["qtype"])
			if uids[row["uid"]] != rowKey(row) {
				t.Errorf("%s: dns uid %s is of %q", r.Name, row["uid"], uids[row["uid"]])
			}
		}
		for _, row := range zeekRows(t, filepath.Join(dir, r.Slug, "zeek", "http.log")) {
			loggedRequests = append(loggedRequests, row["ts"]+row["host"]+row["uri"]+row["user_agent"])
			if row["proto"] = "tcp"; uids[row["uid"]] != rowKey(row) {
				t.Errorf("%s: http uid %s is of %q", r.Name, row["uid"], uids[row["uid"]])
			}
		}
		slices.Sort(names)
		slices.Sort(loggedNames)
		slices.Sort(requests)
		slices.Sort(loggedRequests)
		if !slices.Equal(names, loggedNames) {
			t.Errorf("%s: got %d queries in dns.log, want %d in the capture", r.Name, len(loggedNames), len(names))
		}
		if !slices.Equal(requests, loggedRequests) {
			t.Errorf("%s: got %d requests in http.log, want %d in the capture", r.Name, len(loggedRequests), len(requests))
		}
	}
}

// Ensure that both recorders saw the same packets of the intruder, at their
// own times.
func TestBothRegionsSeeTheIntruder(t *testing.T) {
	ids := [2][]string{}
	var first [2]time.Time
	for i := range ids {
		for _, p := range Packets(i+1, Options{}) {
			d := packet.Decode(p.LinkType, p.Data, p.OrigLen)
			if slices.Contains(d.Values("host"), suspect.String()) {
				if first[i].IsZero() {
					first[i] = p.Time
				}
				ids[i] = append(ids[i], d.Values("ip.id")[0]+d.Values("tcp.seq_raw")[0])
			}
		}
	}
	if !slices.Equal(ids[0], ids[1]) || len(ids[0]) == 0 {
		t.Errorf("got %d and %d packets that differ", len(ids[0]), len(ids[1]))
	}
	if apart := first[1].Sub(first[0]); apart == 0 || apart.Abs() > time.Second {
		t.Errorf("got clocks %v apart", apart)
	}
	if Packets(0, Options{}) != nil || Packets(3, Options{}) != nil {
		t.Error("got packets of a region that is not there")
	}
}

// Ensure that tshark finds no bad checksum, nothing malformed and no trouble
// in the connections, and counts what the facts say; tcpdump too.
func TestTsharkFindsNoFault(t *testing.T) {
	tools := map[string]string{}
	for _, tool := range []string{"tshark", "tcpdump"} {
		bin, err := exec.LookPath(tool)
		if err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("no %s in CI: %v", tool, err)
			}
			t.Skipf("no %s: %v", tool, err)
		}
		tools[tool] = bin
	}
	dir, facts := writeDemo(t, Options{})
	for _, r := range facts.Regions {
		path := filepath.Join(dir, r.Capture)
		fields := []string{"_ws.malformed", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status",
			"tcp.analysis.flags", "ip.addr", "frame.protocols", "udp.port"}
		args := []string{"-n", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
			"-r", path, "-T", "fields", "-E", "separator=;"}
		for _, f := range fields {
			args = append(args, "-e", f)
		}
		lines, err := exec.Command(tools["tshark"], args...).Output()
		if err != nil {
			t.Fatalf("tshark: %v", err)
		}
		packets, suspects := 0, 0
		for line := range strings.Lines(string(lines)) {
			packets++
			v := strings.Split(strings.TrimSuffix(line, "\n"), ";")
			// A checksum's status is 1 when it is good, absent when there is none.
			if v[0] != "" || v[4] != "" || strings.ContainsAny(v[1]+v[2]+v[3], "0234") {
				t.Errorf("%s: packet %d: %q", r.Name, packets, v)
			}
			if slices.Contains(strings.Split(v[5], ","), "8.8.8.8") {
				suspects++
			}
			if strings.HasSuffix(v[6], ":udp:data") {
				t.Errorf("%s: packet %d is nothing that tshark knows: %q", r.Name, packets, v)
			}
		}
		if packets != r.Packets || suspects != r.SuspectPackets {
			t.Errorf("%s: tshark counts %d packets, %d of the suspect; want %d, %d", r.Name, packets, suspects, r.Packets, r.SuspectPackets)
		}
		out, err := exec.Command(tools["tcpdump"], "-nn", "--count", "-r", path, "host 8.8.8.8").Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(string(out), " "); got != strconv.Itoa(r.SuspectPackets) {
			t.Errorf("%s: tcpdump counts %s, want %d", r.Name, got, r.SuspectPackets)
		}
	}
}

func BenchmarkPackets(b *testing.B) {
	for b.Loop() {
		Packets(1, Options{})
	}
}
