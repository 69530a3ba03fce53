package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spoor/internal/realdata"
)

// tableCases are pipes and programs that answer the same: a line a row, cells
// divided by tabs. The programs run in the folder of the logs. Rows are
// compared in any order unless ordered says so.
var tableCases = []struct {
	pipes   string
	program string
	ordered bool
}{
	{pipes: `tag:zeek.dns origin.host:=wrccdc | stats count() by query`,
		program: `zcat zeek-json-wrccdc/dns.json.gz | jq -r 'select(.query != null) | .query' | sort | uniq -c | ` + countLast},
	{pipes: `tag:zeek.dns origin.host:=wrccdc | top 3 id.orig_h | fields id.orig_h, count`, ordered: true,
		program: `zcat zeek-json-wrccdc/dns.json.gz | jq -r '."id.orig_h"' | sort | uniq -c | sort -rn | sed -n '1,3p' | ` + countLast},
	{pipes: `tag:zeek.dns origin.host:=wrccdc | stats dc(query), dc(uid), count(rtt)`,
		program: `zcat zeek-json-wrccdc/dns.json.gz | jq -rs '[(map(.query | values) | unique | length), (map(.uid) | unique | length), (map(.rtt | values) | length)] | @tsv'`},
	{pipes: `tag:zeek.dns origin.host:=wrccdc | stats count() by id.orig_h, qtype_name`,
		program: `zcat zeek-json-wrccdc/dns.json.gz | jq -r 'select(.qtype_name != null) | [."id.orig_h", .qtype_name] | @tsv' | sort | uniq -c | ` + countLast},
	// A list counts once for each different value.
	{pipes: `tag:zeek.dns origin.host:=wrccdc | stats count() by answers`,
		program: `zcat zeek-json-wrccdc/dns.json.gz | jq -r '.answers // [] | unique | .[]' | sort | uniq -c | ` + countLast},
	// Sums take every value of a list.
	{pipes: `tag:zeek.dns origin.host:=wrccdc | stats sum(TTLs), max(TTLs), min(TTLs)`,
		program: `zcat zeek-json-wrccdc/dns.json.gz | jq -rs '[.[].TTLs // [] | .[]] | [add, max, min] | @tsv'`},
	{pipes: `tag:zeek.conn origin.host:=lsass05 | stats sum(orig_bytes), count(orig_bytes), max(duration), avg(duration) by proto`,
		program: tsv("conn", `$10 != "-" {s[$7] += $10; n[$7]++} $9 != "-" {d[$7] += $9; m[$7]++; if ($9 > x[$7]) x[$7] = $9}
			END {for (p in m) printf "%s\t%.0f\t%.0f\t%s\t%.12f\n", p, s[p], n[p], x[p], d[p] / m[p]}`)},
	// The smallest value of which so many percent are not above it.
	{pipes: `tag:zeek.conn origin.host:=lsass05 | stats p50(resp_ip_bytes), p95(resp_ip_bytes), p99(resp_ip_bytes)`,
		program: tsv("conn", `{print $20}`) + ` | sort -n | awk '{v[NR] = $1} function p(q) {r = NR * q; c = int(r); if (c < r) c++; return v[c]} END {print p(.5) "\t" p(.95) "\t" p(.99)}'`},
	{pipes: `tag:zeek.conn origin.host:=lsass05 | timechart 10m count() | where count:>0`,
		program: tsv("conn", `{print int($1 / 600) * 600}`) + ` | sort | uniq -c | while read n t; do printf '%s\t%s\n' $(date -u -d @$t +%Y-%m-%dT%H:%M:%S.000000000Z) $n; done`},
	{pipes: `tag:zeek.conn origin.host:=lsass05 | stats count() by id.resp_p | where count:>20 | sort -count, id.resp_p`, ordered: true,
		program: tsv("conn", `{n[$6]++} END {for (p in n) if (n[p] > 20) print p "\t" n[p]}`) + ` | sort -k2,2nr -k1,1n`},
	{pipes: `tag:zeek.conn origin.host:=lsass05 | sort -orig_ip_bytes, uid | head 5 | fields uid, orig_ip_bytes`, ordered: true,
		program: tsv("conn", `{print $2 "\t" $18}`) + ` | sort -k2,2nr -k1,1 | sed -n '1,5p'`},
	{pipes: `tag:zeek.conn origin.host:=lsass05 | dedup id.orig_h, service | stats count() by service`,
		program: tsv("conn", `$8 != "-" {print $3 "\t" $8}`) + ` | sort -u | cut -f2 | sort | uniq -c | ` + countLast},
	{pipes: `tag:zeek.conn origin.host:=lsass05 | stats count() by id.orig_h, id.resp_h | stats count(), sum(count) by id.orig_h`,
		program: tsv("conn", `{n[$3]++; if (!seen[$3 $5]++) d[$3]++} END {for (h in n) print h "\t" d[h] "\t" n[h]}`)},
	{pipes: `tag:access | stats count(), sum(bytes) by status`,
		program: `zcat web/apache_access.log.gz | awk '{n[$9]++; if ($10 != "-") b[$9] += $10} END {for (s in n) printf "%s\t%d\t%s\n", s, n[s], (s in b ? sprintf("%.0f", b[s]) : "")}'`},
	{pipes: `tag:syslog | rex /Failed password for (?:invalid user )?(?<who>\S+) from (?<host>\S+)/ | stats count() by who, host`,
		program: `sed -nE 's/.*Failed password for (invalid user )?([^ ]+) from ([^ ]+).*/\2\t\3/p' syslog/auth.log | sort | uniq -c | ` + countLast},
	{pipes: `tag:syslog "Failed password" | rex /from (?<host>\S+) port/ | where host:/^1/ | stats dc(host), count()`,
		program: `grep -oP 'Failed password.* from \K\S+(?= port)' syslog/auth.log | grep ^1 | sort | uniq -c | awk '{d++; n += $1} END {print d "\t" n}'`},
	{pipes: `tag:json | stats count() by EventID | sort -count | head 10`, ordered: true,
		program: `zcat windows-json/lsass05.json.gz | jq -r .EventID | sort | uniq -c | sort -rn | sed -n '1,10p' | ` + countLast},
	{pipes: `tag:json Hostname:* | stats min(time), max(time) by Hostname`,
		program: `zcat windows-json/lsass05.json.gz | jq -r '[.Hostname, ."@timestamp"] | @tsv' | sort | awk -F'\t' '{if (!($1 in a)) a[$1] = $2; z[$1] = $2}
			END {for (h in a) {gsub("Z", "000000Z", a[h]); gsub("Z", "000000Z", z[h]); print h "\t" a[h] "\t" z[h]}}'`},
}

// countLast turns the lines of uniq -c round.
const countLast = `sed -E 's/^ *([0-9]+) (.*)$/\2\t\1/'`

// tsv runs awk over a log of Zeek.
func tsv(log, awk string) string {
	return fmt.Sprintf(`grep -v '^#' zeek-tsv-lsass05/%s.log | awk -F'\t' '%s'`, log, awk)
}

// Ensure that pipes over real logs give what jq, awk, sort and uniq give.
func TestDataPipesCountAsOthersDo(t *testing.T) {
	for _, tool := range []string{"jq", "awk", "bash"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	logs := filepath.Join(realdata.Dir(t), "logs")
	p := serveIn(t, t.TempDir())
	send(t, p.url, "origin=wrccdc", filepath.Join(logs, "zeek-json-wrccdc", "dns.json.gz"))
	send(t, p.url, "origin=lsass05", filepath.Join(logs, "zeek-tsv-lsass05", "conn.log"))
	send(t, p.url, "origin=lsass05", filepath.Join(logs, "windows-json", "lsass05.json.gz"))
	send(t, p.url, "", filepath.Join(logs, "syslog", "auth.log"))
	send(t, p.url, "", filepath.Join(logs, "web", "apache_access.log.gz"))
	for _, c := range tableCases {
		cmd := exec.Command("bash", "-c", "set -o pipefail; export LC_ALL=C; "+c.program)
		cmd.Dir = logs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", c.program, err)
		}
		want := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
		got := tableOf(t, p.url, c.pipes)
		if !c.ordered {
			slices.Sort(got)
			slices.Sort(want)
		}
		if len(got) != len(want) {
			t.Errorf("%s: got %d rows, want %d", c.pipes, len(got), len(want))
			continue
		}
		for i := range want {
			if !sameRow(got[i], want[i]) {
				t.Errorf("%s: row %d: got %q, want %q", c.pipes, i, got[i], want[i])
				break
			}
		}
	}
}

// tableOf returns the rows of a table, cells divided by tabs.
func tableOf(t *testing.T, base, q string) []string {
	t.Helper()
	answer, err := http.Get(base + "/api/v1/search?limit=10000&q=" + url.QueryEscape(q))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var a struct {
		Error string
		Exact bool
		Table struct {
			Cut  bool
			Rows []struct{ Cells []any }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil || a.Error != "" || a.Table.Cut {
		t.Fatalf("%s: %v %s, cut %v", q, err, a.Error, a.Table.Cut)
	}
	var rows []string
	for _, r := range a.Table.Rows {
		cells := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			switch c := c.(type) {
			case nil:
			case float64:
				cells[i] = strconv.FormatFloat(c, 'f', -1, 64)
			default:
				cells[i] = fmt.Sprint(c)
			}
		}
		rows = append(rows, strings.Join(cells, "\t"))
	}
	return rows
}

// sameRow compares cells, numbers by value: programs print fewer digits.
func sameRow(got, want string) bool {
	a, b := strings.Split(got, "\t"), strings.Split(want, "\t")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, err := strconv.ParseFloat(a[i], 64)
		y, err2 := strconv.ParseFloat(b[i], 64)
		if err == nil && err2 == nil && math.Abs(x-y) <= 1e-9*math.Max(math.Abs(x), math.Abs(y)) {
			continue
		}
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
