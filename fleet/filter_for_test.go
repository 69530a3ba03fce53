package fleet

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"spoor/internal/packet"
)

// steno is what a Stenographer understands.
var steno = Traits{Plain: true, Early: 75 * time.Second, Late: 15 * time.Second}

func TestFilterForASensorSaysWhatIsCutHere(t *testing.T) {
	for _, tt := range []struct {
		text   string
		traits Traits
		sent   string
		cut    []string
	}{
		{"host 8.8.8.8 and port 53", steno, "host 8.8.8.8 and port 53", nil},
		{"host 8.8.8.8 and after 2020-05-01T07:03:00Z and before 2020-05-01T07:17:00Z", steno,
			"host 8.8.8.8 and after 2020-05-01T07:01:45Z and before 2020-05-01T07:17:15Z", []string{"the window"}},
		{"src host 8.8.8.8 and not port 53", steno, "host 8.8.8.8", []string{"src host 8.8.8.8", "not port 53"}},
		{"host 8.8.8.8 and not (port 53 or tcp)", steno, "host 8.8.8.8", []string{"not port 53", "not tcp"}},
		{"portrange 80-82", steno, "port 80 or port 81 or port 82", nil},
		{"dst portrange 80-82", steno, "port 80 or port 81 or port 82", []string{"dst portrange 80-82"}},
		{"portrange 1-1024", steno, "tcp or udp", []string{"portrange 1-1024"}},
		{"host 8.8.8.8 and tcp flags syn", steno, "host 8.8.8.8 and tcp", []string{"tcp flags syn"}},
		{"not not host 8.8.8.8", steno, "host 8.8.8.8", nil},
		{"not (not host 8.8.8.8 or not port 1)", steno, "host 8.8.8.8 and port 1", nil},
		{"tcp and not after 2020-05-01T07:00:00Z", steno, "tcp and before 2020-05-01T07:00:15Z", []string{"the window"}},
		{"not tcp and before 2020-05-01T07:00:00Z", steno, "before 2020-05-01T07:00:15Z", []string{"the window", "not tcp"}},
		{"not port 53 and after 2020-05-01T07:00:00Z", Traits{}, "not port 53 and after 2020-05-01T07:00:00Z", nil},
		{"not port 53 and after 2020-05-01T07:00:00Z", Traits{Live: true}, "not port 53", []string{"the window"}},
		{"port 53 or after 2020-05-01T07:00:00Z", Traits{Live: true}, "", []string{"the window"}},
	} {
		sent, cut, err := mustFilter(t, tt.text).For(tt.traits)
		if err != nil || sent.String() != tt.sent || !slices.Equal(cut, tt.cut) {
			t.Errorf("%s: got %q, %q, %v, want %q, %q", tt.text, sent, cut, err, tt.sent, tt.cut)
		}
	}
}

func TestFilterThatNoRecorderNarrowsIsRefused(t *testing.T) {
	for _, text := range []string{"not tcp", "host 8.8.8.8 or not port 53"} {
		if _, _, err := mustFilter(t, text).For(steno); err == nil {
			t.Errorf("%s: got no error: a recorder would send everything", text)
		}
	}
}

// Ensure that whatever a filter is made of, a sensor is asked for all of it.
func TestFilterForASensorLosesNoMatch(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	matched := 0
	for range 2000 {
		f := randomFilter(r, 4)
		for _, traits := range []Traits{steno, {}, {Live: true}} {
			sent, _, err := f.For(traits)
			if err != nil {
				continue
			}
			for range 20 {
				m := randomMeta(r)
				if f.Match(m) {
					matched++
					if !sent.Match(m) {
						t.Fatalf("%s matches %+v, what is sent does not: %s", f, m, sent)
					}
				}
			}
		}
	}
	if matched < 1000 {
		t.Errorf("only %d matches: the test proves little", matched)
	}
}

func randomMeta(r *rand.Rand) packet.Meta {
	m := packet.Meta{Time: time.Unix(r.Int64N(1<<33), 0), Source: randomAddr(r), Destination: netip.AddrFrom4([4]byte{10, 1}), Proto: uint8(r.IntN(20))}
	if r.IntN(2) == 0 {
		m.Proto = 6 + uint8(r.IntN(2))*11
		m.HasPorts, m.SourcePort, m.DestinationPort = true, uint16(r.IntN(2000)), uint16(r.IntN(100))
		m.HasFlags, m.Flags = m.Proto == 6, uint8(r.Uint32())
	}
	return m
}

func TestFilterBaseIsWithoutTheWindow(t *testing.T) {
	for text, want := range map[string]string{
		"host 8.8.8.8 and after 2020-05-01T07:00:00Z and before 2020-05-01T08:00:00Z": "host 8.8.8.8",
		"after 2020-05-01T07:00:00Z and tcp and not port 1":                           "tcp and not port 1",
		"after 2020-05-01T07:00:00Z":                                                  "",
		"tcp":                                                                         "tcp",
		"tcp or after 2020-05-01T07:00:00Z":                                           "tcp or after 2020-05-01T07:00:00Z",
	} {
		if got := mustFilter(t, text).Base().String(); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
