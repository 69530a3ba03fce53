package packet

import (
	"strings"
	"testing"
)

// Ensure that a Digest says of a second packet what the first did not have,
// little else, and all of it again when it has forgotten.
func TestDigestSaysWhatIsNew(t *testing.T) {
	ack := eth(0x0800, ip4(6, hostA, hostB, tcp4(40000, 443, 0x10)))
	get := eth(0x0800, ip4(6, hostA, hostB, tcp4(40001, 80, 0x18, []byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"))))
	var g Digest
	first := string(g.AppendNew(nil, LinkEthernet, ack, 0))
	for _, want := range []string{hostA, hostB, "02:00:00:00:00:01", "02:00:00:00:00:02", "[ACK]", "eth:ethertype:ip:tcp"} {
		if strings.Count(first, want) != 1 {
			t.Errorf("got %q, want %q in it once", first, want)
		}
	}
	// Few values lose their place to others.
	if again := g.AppendNew(nil, LinkEthernet, ack, 0); len(again) > len(first)/2 {
		t.Errorf("the same packet again: got %q, want almost nothing", again)
	}
	if second := string(g.AppendNew(nil, LinkEthernet, get, 0)); !strings.Contains(second, "a.example") {
		t.Errorf("got %q, want the name in it", second)
	}
	g.Reset()
	if again := string(g.AppendNew(nil, LinkEthernet, ack, 0)); again != first {
		t.Errorf("after Reset: got %q, want %q", again, first)
	}
}

// Ensure that the bounds of a text, which cut words in the middle, cut them
// there in a Digest too: what is found in the text must be in the index.
func TestDigestHoldsWordsThatAreCut(t *testing.T) {
	lines := "GET /" + strings.Repeat("path", 300) + " HTTP/1.1\r\n"
	for i := range 60 {
		lines += "Cookie: " + strings.Repeat(string(rune('a'+i%26)), 500+i) + "\r\n"
	}
	frame := eth(0x0800, ip4(6, hostA, hostB, tcp4(40000, 80, 0x18, []byte(lines+"\r\n"))))
	for size := 100; size < len(frame); size += 97 {
		checkDigest(t, LinkEthernet, frame[:size], len(frame), AppendText(nil, LinkEthernet, frame[:size], len(frame)))
	}
}
