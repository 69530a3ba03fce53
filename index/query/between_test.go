package query

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Ensure comparisons, ranges, prefixes and case mean what docs/query.md says.
func TestMatchRulesOfComparisons(t *testing.T) {
	r := line{raw: "from 10.1.2.3 to fe80::5, Admin", tag: "zeek.conn", source: 100, fields: map[string][]string{
		"n": {"1000"}, "exp": {"1e3"}, "neg": {"-0.5"}, "big": {"9223372036854775808"}, "zero": {"-0.0"},
		"dur": {"90.000000"}, "durtext": {"1m30s"}, "size": {"10240"}, "sizetext": {"10KiB"},
		"ts": {"1588316963.457737"}, "iso": {"2020-05-01T07:09:23.457737Z"}, "day": {"2020-05-01"},
		"ip4": {"10.1.2.3"}, "ip6": {"fe80:0::5%eth0"}, "mapped": {"::ffff:10.1.2.3"}, "cidr": {"10.1.2.0/24"},
		"user": {"Admin"}, "empty": {""}, "bool": {"true"}, "list": {"5", "50"}, "msg": {"peer 10.1.2.3:443 up"},
	}}
	tests := map[string]bool{
		"n:>999": true, "n:>1000": false, "n:>=1000": true, "n:<1000": false, "n:<=1000": true, "n:<1e4": true, "n:>-5": true,
		"n:[1000 TO 2000]": true, "n:{1000 TO 2000]": false, "n:[1 TO 1000}": false, "n:[* TO 999]": false, "n:[1 TO *]": true,
		"exp:>999.9": true, "exp:[1000 TO 1000]": true, "neg:<0": true, "neg:>-0.51": true, "neg:>-0.5": false, "neg:<-1": false,
		"big:>9223372036854775807": true, "big:>9223372036854775808": false, "zero:>=0": true, "zero:<0": false,

		"dur:>1m": true, "dur:>90s": false, "dur:>=1m30s": true, "dur:<2m": true, "dur:>89.5": true, "dur:[1m TO 2m]": true,
		"durtext:>1m": true, "durtext:<=90s": true, "durtext:>60": false, "dur:<1500ms": false, "dur:<1d": true, "dur:<1w": true,
		"size:>10kB": true, "size:>10KiB": false, "size:>=10kib": true, "size:<1.5MiB": true, "sizetext:>10kB": true, "size:>10000B": true,
		"sizetext:>5m": false, "dur:>10B": true,

		"ts:>2020-05-01": true, "ts:<2020-05-02": true, "ts:>2020-05-01T07:09:23Z": true, "ts:<=2020-05-01T07:09:23Z": false,
		"iso:>2020-05-01T07:09:23.457736Z": true, "iso:>1588316963": true, "iso:<1588316963.457738": true,
		"iso:[2020-05-01 TO 2020-05-02}": true, "iso:{2020-05-02 TO *]": false, "day:>=2020-05-01": true, "day:<2020-05-01T00:01": true,

		"ip4:>10.1.2.2": true, "ip4:<10.1.2.3": false, "ip4:[10.1.0.0 TO 10.1.255.255]": true, "ip4:>fe80::1": false, "ip4:<fe80::1": false,
		"ip6:>fe80::4": true, "ip6:[fe80::1 TO fe80::5]": true, "ip6:<10.0.0.0": false, "msg:>10.0.0.0": false,

		"user:>adam": true, "user:<ADMIN": false, "user:<=ADMIN": true, "user:[a TO b]": true, "user:{b TO c]": false,
		"user:>5": false, "user:<5": false, `user:>"5"`: false, "n:>abc": false, "n:<abc": true, "empty:<a": true, "empty:>=5": false,
		"bool:>=true": true,

		"list:>40": true, "list:<10": true, "list:[6 TO 49]": false, "nothing:>0": false, "nothing:<0": false, "NOT nothing:>0": true,
		"n:(5 OR >999)": true, "n:(>5 <10)": false, "n:(NOT 5)": true, "nothing:(NOT 5)": true, "list:(5 50)": true,
		"n:[* TO *]": true, "nothing:[* TO *]": false,

		"10.1.0.0/16": true, "10.2.0.0/16": false, "0.0.0.0/0": true, "10.1.2.3/32": true, "10.1.2.2/32": false, "fe80::/10": true, "::/0": true,
		"ip4:10.0.0.0/8": true, "ip4:11.0.0.0/8": false, "ip6:fe80::/64": true, "ip6:10.0.0.0/8": false, "mapped:10.0.0.0/8": true,
		`"mapped":::ffff:0:0/96`: true, "cidr:10.1.0.0/16": true, "msg:10.1.2.0/24": true, "msg:=10.1.2.0/24": false, "ip4:=10.1.2.0/24": true,
		`cidr:"10.1.2.0/24"`: true, `ip4:"10.1.2.0/24"`: false, "n:10.0.0.0/8": false,

		"case:Admin": true, "case:admin": false, "case:ADMIN": false, "case:Adm*": true, "case:adm*": false, "case:*min": true,
		"case:user:Admin": true, "case:user:admin": false, "case:user:=Admin": true, "case:user:=admin": false, "case:user:=*min": true,
		`case:"to fe80"`: true, `case:"To fe80"`: false, "case:n:1000.0": true,

		"src:[100 TO 200]": true, "src:<100": false, "src:>=100": true, "src:(1 OR 100)": true,
		"tag:(zeek.dns OR zeek.c*)": true, "tag:(zeek.dns zeek.conn)": false,
		"id:AAAAAAAAAAAAAAAAAAAAAAAAAAA": false,
	}
	for q, want := range tests {
		n, err := Parse(q)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got := Match(n, r); got != want {
			t.Errorf("%s: got %v, want %v", q, got, want)
		}
		if got := Match(n, valuer{r}); got != want {
			t.Errorf("%s, values without copies: got %v, want %v", q, got, want)
		}
	}
}

// valuer is a line that gives its values without copies.
type valuer struct{ line }

func (v valuer) Values(name string) (values [][]byte) {
	for _, text := range v.fields[name] {
		values = append(values, []byte(text))
	}
	return values
}

// hashed is a line that knows its hash.
type hashed struct {
	line
	when time.Time
	hash uint64
}

func (h hashed) Time() time.Time { return h.when }
func (h hashed) Hash() uint64    { return h.hash }

// Ensure an ID finds its entry, and no other.
func TestMatchByID(t *testing.T) {
	n, err := Parse("id:AAAAAAAAAAEAAAAAAAAAAgAAAAM") // time 1, hash 2, ordinal 3
	if err != nil {
		t.Fatal(err)
	}
	for r, want := range map[*hashed]bool{
		{when: time.Unix(0, 1), hash: 2}: true,
		{when: time.Unix(0, 1), hash: 3}: false,
		{when: time.Unix(0, 2), hash: 2}: false,
	} {
		if got := Match(n, r); got != want {
			t.Errorf("time %v, hash %d: got %v, want %v", r.when, r.hash, got, want)
		}
	}
}

// Ensure numbers are compared as arithmetic has it, however they are written.
func TestCompareAgreesWithFloats(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	write := func() (string, float64) {
		v := float64(r.IntN(2001)-1000) / []float64{1, 10, 100}[r.IntN(3)]
		return strconv.FormatFloat(v, []byte{'f', 'e', 'g'}[r.IntN(3)], -1, 64), v
	}
	for range 4_000 {
		a, x := write()
		b, y := write()
		for op, want := range map[string]bool{">": x > y, ">=": x >= y, "<": x < y, "<=": x <= y} {
			n, err := Parse("f:" + op + b)
			if err != nil {
				t.Fatal(err)
			}
			if got := Match(n, line{fields: map[string][]string{"f": {a}}}); got != want {
				t.Fatalf("%s %s %s: got %v, want %v", a, op, b, got, want)
			}
		}
	}
}

// Ensure a prefix holds the addresses that netip says it holds.
func TestPrefixAgreesWithNetip(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	hits := 0
	for range 4_000 {
		a := netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), byte(r.IntN(256)), byte(r.IntN(256))})
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), byte(r.IntN(256)), byte(r.IntN(256))}), r.IntN(33))
		if r.IntN(2) == 0 {
			b := [16]byte{0xfe, 0x80, 14: byte(r.IntN(256)), 15: byte(r.IntN(256))}
			a = netip.AddrFrom16(b)
			b[14], b[15] = byte(r.IntN(256)), byte(r.IntN(256))
			p = netip.PrefixFrom(netip.AddrFrom16(b), 100+r.IntN(29))
		}
		want := p.Contains(a)
		if got := Match(NewNetwork(p), line{raw: "x " + a.String() + ":80"}); got != want && a.Is4() {
			t.Fatalf("%s in %s: got %v, want %v", a, p, got, want)
		}
		if got := Match(NewNetwork(p), line{raw: "[" + a.String() + "]"}); got != want {
			t.Fatalf("%s in %s: got %v, want %v", a, p, got, want)
		}
		if want {
			hits++
		}
		text := "a " + a.String() + " b"
		checkTerms(t, NewNetwork(p), text)
	}
	if hits < 300 {
		t.Errorf("only %d hits: the test says little", hits)
	}
}

// Ensure marks stand on the addresses of a prefix and on exact words only.
func TestMarksOfPrefixesAndCase(t *testing.T) {
	for q, want := range map[string]string{
		"10.0.0.0/8":    "<10.0.0.1>, 11.0.0.1, <10.9.9.9>:80",
		"f:10.9.0.0/16": "10.0.0.1, 11.0.0.1, <10.9.9.9>:80",
		"f:>5":          "10.0.0.1, 11.0.0.1, 10.9.9.9:80",
	} {
		n, err := Parse(q)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("<", "", ">", "").Replace(want)
		got := text
		marks := Marks(n, []byte(text), NoEscapes)
		for i := len(marks) - 1; i >= 0; i-- {
			got = got[:marks[i].Start] + "<" + got[marks[i].Start:marks[i].End] + ">" + got[marks[i].End:]
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", q, got, want)
		}
	}
}

// Ensure the short way to read a time says what package time says.
func TestReadISOAgreesWithTime(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	read := 0
	for range 20_000 {
		when := time.Unix(r.Int64N(8e9)-1e9, r.Int64N(1e9)).UTC()
		text := when.Format([]string{time.RFC3339Nano, time.RFC3339, "2006-01-02T15:04:05.000Z"}[r.IntN(3)])
		got, ok := readISO([]byte(text), nil)
		if !ok {
			continue
		}
		read++
		same, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if want := unixSeconds(same); got.compare(&want) != 0 {
			t.Fatalf("%s: got %+v, want %+v", text, got, want)
		}
	}
	if read < 10_000 {
		t.Errorf("only %d times were read: the test says little", read)
	}
	for _, text := range []string{"", "2020-05-01T07:09:23", "2020-13-01T07:09:23Z", "2020-02-30T07:09:23Z", "2020-05-01T24:09:23Z", "2020-05-01T07:09:23.Z",
		"2020-05-01T07:09:23.1x4Z", "2020-05-01T07:09:23+02:00", "2020-05-01T07:09:2xZ"} {
		if d, ok := readISO([]byte(text), nil); ok {
			t.Errorf("%q: got %+v", text, d)
		}
	}
}
