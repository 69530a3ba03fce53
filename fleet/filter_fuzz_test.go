package fleet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stenographer accepts or refuses a text by the grammar that stenographer.md
// gives, written without a look at ParseFilter: expr = term { op term }. It
// refuses any junk, too, which the real server ignores.
type stenographer struct{ rest string }

var (
	stenoIP4  = `[0-9]{1,3}(?:\.[0-9]{1,3}){3}`
	stenoIP6  = `[0-9a-f]*:[0-9a-f:]*`
	stenoTime = `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})`
	stenoTerm = regexp.MustCompile(`^(?:` + strings.Join([]string{
		`host (?:` + stenoIP4 + `|` + stenoIP6 + `)`,
		`net (?:` + stenoIP4 + `|` + stenoIP6 + `)/[0-9]+`,
		`net (?:` + stenoIP4 + `|` + stenoIP6 + `) mask (?:` + stenoIP4 + `|` + stenoIP6 + `)`,
		`port [0-9]+`, `vlan [0-9]+`, `mpls [0-9]+`, `ip proto [0-9]+`, `tcp`, `udp`, `icmp`,
		`(?:before|after) (?:` + stenoTime + `|[0-9]+[mh] ago)`,
	}, "|") + `)`)
	stenoNumber = regexp.MustCompile(`(port|vlan|mpls|proto|/) ?([0-9]+)`)
)

func (s *stenographer) accepts() bool { return s.expr() && s.rest == "" }

func (s *stenographer) expr() bool {
	for {
		if !s.term() {
			return false
		}
		after, ok := strings.CutPrefix(s.rest, " and ")
		if !ok {
			if after, ok = strings.CutPrefix(s.rest, " or "); !ok {
				return true
			}
		}
		s.rest = after
	}
}

func (s *stenographer) term() bool {
	if after, ok := strings.CutPrefix(s.rest, "("); ok {
		s.rest = after
		if !s.expr() {
			return false
		}
		s.rest, ok = strings.CutPrefix(s.rest, ")")
		return ok
	}
	m := stenoTerm.FindString(s.rest)
	s.rest = s.rest[len(m):]
	if n := stenoNumber.FindStringSubmatch(m); n != nil {
		most := map[string]int{"port": 65535, "vlan": 65535, "mpls": 1<<20 - 1, "proto": 255, "/": 128}[n[1]]
		if v, err := strconv.Atoi(n[2]); err != nil || v > most {
			return false
		}
	}
	return m != ""
}

// checkCanonical fails unless f's text gives f again, and what a Stenographer
// is sent for it is the real language.
func checkCanonical(t *testing.T, f Filter) {
	t.Helper()
	text := f.String()
	sent, cut, err := f.For(Traits{Plain: true})
	s := stenographer{sent.String()}
	switch {
	case err != nil && sent.IsZero() && len(cut) > 0:
	case err != nil:
		t.Fatalf("%q: can't be sent: %v", text, err)
	case !s.accepts():
		t.Fatalf("%q is sent as %q: not the real grammar from %q on", text, sent, s.rest)
	case len(cut) == 0 && !strings.Contains(text, "not") && sent.String() != text:
		t.Fatalf("%q is sent as %q, and nothing is to be cut", text, sent)
	}
	again, err := ParseFilter(text, time.Time{})
	if err != nil {
		t.Fatalf("canonical text: %v", err)
	}
	if got := again.String(); got != text {
		t.Fatalf("canonical text changed: got %q, want %q", got, text)
	}
	// With mixed operators only in parentheses, precedence can not bite.
	if mixed(text) {
		t.Fatalf("%q: and beside or without parentheses", text)
	}
}

// mixed says whether one level of parentheses holds both operators.
func mixed(text string) bool {
	levels := []map[string]bool{{}}
	for _, w := range strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text)) {
		top := levels[len(levels)-1]
		switch w {
		case "(":
			levels = append(levels, map[string]bool{})
		case ")":
			levels = levels[:len(levels)-1]
		case "and", "or":
			top[w] = true
		}
		if len(top) == 2 {
			return true
		}
	}
	return false
}

// The invariant: ParseFilter never panics, an error is a *FilterError within
// the text, and what is accepted has a canonical text in the real grammar that
// gives the same filter.
func FuzzParseFilter(f *testing.F) {
	for _, text := range []string{
		"", "host 8.8.8.8", "net fe80::/10 or tcp", "net 1.2.3.4 mask 255.0.0.0", "port 80 AND host 1.2.3.4",
		"tcp or udp and icmp", "(((tcp)))", "after 5m ago && before 2020-05-01T07:09:00.5+02:00", "vlan 10,20",
		"ip proto 58||mpls 7", "not port 80", "tcp\u00a0", "host ::ffff:1.2.3.4", "before 99999999h ago", "()", "port 0x50",
		"not (src host 1.2.3.4 or !dst port 80)", "tcp flags syn,ack and not tcp flags fin", "src portrange 1-80 and after 3d ago", "not after 90s ago",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseFilter(text, filterNow)
		if err == nil {
			checkCanonical(t, got)
			return
		}
		var bad *FilterError
		if !errors.As(err, &bad) || bad.Text != text || bad.Offset < 0 || bad.Offset > len(text) || bad.Reason == "" {
			t.Fatalf("got %#v", err)
		}
		if c := bad.Column(); c < 1 || c > len(text)+1 {
			t.Fatalf("got column %d of %d bytes", c, len(text))
		}
	})
}

// Ensure that random filters from the constructors survive as text, and that
// widening only ever adds matches to the window.
func TestFilterRandomTreesAreCanonical(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		f := randomFilter(r, 5)
		checkCanonical(t, f)
		from, to := f.Window()
		wideFrom, wideTo := f.Widen(time.Hour, time.Hour).Window()
		if wideFrom.After(from) || !wideTo.IsZero() && wideTo.Before(to) {
			t.Fatalf("%s: window %s %s widened to %s %s", f, from, to, wideFrom, wideTo)
		}
	}
}

func randomFilter(r *rand.Rand, depth int) Filter {
	if depth > 0 && r.IntN(3) > 0 {
		kids := make([]Filter, 2+r.IntN(2))
		for i := range kids {
			kids[i] = randomFilter(r, depth-1)
		}
		if r.IntN(2) == 0 {
			return All(kids...)
		}
		return Any(kids...)
	}
	if depth > 0 && r.IntN(5) == 0 {
		return Not(randomFilter(r, depth-1))
	}
	if r.IntN(6) == 0 {
		return Source(randomFilter(r, 0))
	}
	switch r.IntN(10) {
	case 8:
		return Ports(uint16(r.IntN(1000)), uint16(r.IntN(2000)))
	case 9:
		return Flags(uint8(r.Uint32()))
	case 0:
		return Host(randomAddr(r))
	case 1:
		a := randomAddr(r)
		return Net(netip.PrefixFrom(a, r.IntN(a.BitLen()+1)))
	case 2:
		return Port(uint16(r.Uint32()))
	case 3:
		return VLAN(uint16(r.Uint32()))
	case 4:
		return MPLS(r.Uint32())
	case 5:
		return Proto(uint8(r.Uint32()))
	case 6:
		return After(time.Unix(r.Int64N(1<<33), r.Int64N(1e9)))
	}
	return Before(time.Unix(r.Int64N(1<<33), r.Int64N(4)*250e6))
}

func randomAddr(r *rand.Rand) netip.Addr {
	if r.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), byte(r.Uint32()), byte(r.Uint32())})
	}
	// Few bits set, so that runs of zeros are shortened in all ways.
	var b [16]byte
	for range r.IntN(6) {
		b[r.IntN(16)] = byte(r.Uint32())
	}
	return netip.AddrFrom16(b)
}

// Ensure that the test's own recogniser knows the traps.
func TestRecogniserRefusesJunk(t *testing.T) {
	for _, text := range []string{"port 80 AND host 1.2.3.4", "tcp;", "vlan 10,20", "tcp\u00a0", "port 0x50", "not tcp", "port 70000", "(tcp", ""} {
		if s := (stenographer{text}); s.accepts() {
			t.Errorf("accepted %q", text)
		}
	}
	for _, text := range []string{"(tcp)", "net 10.0.0.0/8 and after 5m ago", fmt.Sprintf("host %s", "fe80::1")} {
		if s := (stenographer{text}); !s.accepts() {
			t.Errorf("refused %q at %q", text, s.rest)
		}
	}
}
