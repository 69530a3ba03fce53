package packet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReader: never panics; ends with io.EOF or a *FileError; the packets are
// never more than the file.
func FuzzReader(f *testing.F) {
	f.Add(classicFile(little, magicMicro, 100, 1, record(little, 1, 2, 3, 4, "abc")))
	f.Add(classicFile(big, magicNano, 100, 276, record(big, 1, 2, 3, 4, "abc")))
	f.Add(cat(ngSection(little), ngDescribe(little, 1, 0, ngOption(little, optionResolution, 0x8a)), ngPacket(little, 0, 9, 3, "abc"),
		ng(little, blockSimple, words(little, 2, 0)), ng(little, 0xbad, nil)))
	f.Add(cat(ngSection(big), ngDescribe(big, 1, 0), ngPacket(big, 0, 9, 3, "abc")))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		total, n := 0, 0
		for err == nil {
			var p Packet
			if p, err = r.Next(); err == nil {
				total += len(p.Data)
				n++
			}
		}
		var e *FileError
		if err != io.EOF && !errors.As(err, &e) {
			t.Errorf("got %v, want io.EOF or a FileError", err)
		}
		if total > len(file) || r != nil && r.Count() != n {
			t.Errorf("got %d bytes of a file of %d", total, len(file))
		}
	})
}

// FuzzDecode: never panics, not even inside (which is caught and told); what
// it says is text, bounded, and within the packet; AppendText is the same as
// Decode and Text; a Digest has the same words but for digits; ReadMeta agrees on the outer addresses.
func FuzzDecode(f *testing.F) {
	for _, payload := range [][]byte{
		tcp4(40000, 80, 0x18, []byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")),
		tcp4(40000, 443, 0x18, clientHello("a.example")),
		tcp4(21, 40000, 0x18, []byte("220-hello\r\n")),
		tcp4(445, 40000, 0x18, []byte("\x00\x00\x00\x40\xfeSMB"), make([]byte, 60)),
		tcp4(53, 40000, 0x18, be16(33), dnsQuery()),
	} {
		f.Add(LinkEthernet, eth(0x0800, ip4(6, hostA, hostB, payload)), 0)
	}
	for port, payload := range map[uint16][]byte{53: dnsAnswer(), 5353: dnsAnswer(), 137: dnsQuery(), 67: append([]byte{1, 1, 6}, make([]byte, 300)...),
		123: make([]byte, 48), 4789: append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, eth(0x0806, arpRequest())...), 3544: ip6(58, hostC, hostD, make([]byte, 24))} {
		f.Add(LinkEthernet, eth(0x0800, ip4(17, hostA, hostB, udp4(40000, port, payload))), 0)
	}
	f.Add(LinkEthernet, eth(0x8847, be32(0x140), ip6(0, hostC, hostD, []byte{44, 0, 0, 0, 0, 0, 0, 0}, []byte{17, 0, 0, 0, 0, 0, 0, 0}, udp4(1, 2))), 9000)
	f.Add(LinkEthernet, eth(0x8864, []byte{0x11, 0, 0, 1, 0, 30, 0, 0x21}, ip4(47, hostA, hostB, be16(0x3081), be16(0x880b), make([]byte, 12))), 0)
	f.Add(LinkEthernet, cat(testMACs, be16(30), []byte{0xaa, 0xaa, 3, 0, 0, 0}, be16(0x0800), ip4(1, hostA, hostB, []byte{11, 0, 0, 0, 0, 0, 0, 0})), 0)
	f.Add(LinkLinuxSLL, make([]byte, 40), 0)
	f.Add(LinkLinuxSLL2, make([]byte, 40), 0)
	f.Add(LinkFDDI, make([]byte, 40), 0)
	f.Add(LinkNull, make([]byte, 40), 0)
	f.Add(LinkPPP, make([]byte, 40), 0)
	f.Add(uint16(105), make([]byte, 60), 0)
	f.Fuzz(func(t *testing.T, link uint16, data []byte, orig int) {
		d := Decode(link, data, orig)
		checkDecoded(t, d, data)
		text := d.Text()
		if own := AppendText(nil, link, data, orig); !bytes.Equal(own, text) {
			t.Errorf("got AppendText %q, want %q", own, text)
		}
		checkDigest(t, link, data, orig, text)
		if m := ReadMeta(link, data); m.Source.IsValid() && d.Source.IsValid() && (m.Source != d.Source || m.Destination != d.Destination) {
			t.Errorf("got meta %v → %v, want %v → %v", m.Source, m.Destination, d.Source, d.Destination)
		}
	})
}

func checkDecoded(t *testing.T, d *Decoded, data []byte) {
	t.Helper()
	text := string(d.Text())
	if len(text) > 16<<10 || len(d.Info) > maxInfo || !utf8.ValidString(text) {
		t.Errorf("got %d bytes of text, %d of info", len(text), len(d.Info))
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		t.Errorf("got control characters in %q", text)
	}
	if strings.HasPrefix(d.Error, "decoder fault") {
		t.Error(d.Error)
	}
	tokens := tokenSet(text)
	for _, l := range d.Layers {
		if l.Offset < 0 || l.Length < 0 || l.Length > 0 && l.Offset+l.Length > len(data) {
			t.Errorf("layer %s is at %d, %d bytes, of %d", l.Name, l.Offset, l.Length, len(data))
		}
		for _, f := range l.Fields {
			if f.Offset < 0 || f.Length < 0 || f.Length > 0 && f.Offset+f.Length > len(data) {
				t.Errorf("field %s is at %d, %d bytes, of %d", f.Name, f.Offset, f.Length, len(data))
			}
			for token := range tokenSet(f.Value) {
				if !tokens[token] {
					t.Errorf("%s: token %q of %q is not in the text %q", f.Name, token, f.Value, text)
				}
			}
		}
	}
}

// checkDigest compares the words of a packet's text with what a Digest makes
// of that packet.
func checkDigest(t *testing.T, link uint16, data []byte, orig int, text []byte) {
	t.Helper()
	fresh := new(Digest).AppendNew(nil, link, data, orig)
	want, have := tokenSet(string(text)), tokenSet(string(fresh))
	for token := range want {
		if strings.Trim(token, "0123456789") != "" && !have[token] {
			t.Errorf("%q of the text %q is not in the digest %q", token, text, fresh)
		}
	}
	for token := range have {
		if strings.Trim(token, "0123456789") != "" && !want[token] {
			t.Errorf("%q of the digest %q is not in the text %q", token, fresh, text)
		}
	}
}

// tokenSet splits a text into its words.
func tokenSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool {
		return r < 0x80 && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		set[w] = true
	}
	return set
}
