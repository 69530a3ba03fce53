package index

import (
	"testing"
)

// Ensure that a link is read back as what it was made of, whatever else is
// refused with words, and that no text is read as two different IDs.
func FuzzParseID(f *testing.F) {
	f.Add(ID{Time: -1, Hash: 1 << 63, Ordinal: 7}.String())
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAB") // its last two bits are not zero
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseID(text)
		if err == nil && id.String() != text {
			t.Errorf("%q is read as %+v, which is written %q", text, id, id)
		}
	})
}

// Ensure the same of cursors.
func FuzzParseCursor(f *testing.F) {
	f.Add("")
	f.Add(Cursor{}.String())
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err == nil && c.String() != text {
			t.Errorf("%q is read as %+v, which is written %q", text, c, c)
		}
	})
}

// Ensure that an ID depends on everything that it names, and on no border
// between the parts.
func TestHashTellsEntriesApart(t *testing.T) {
	of := func(s Stream, raw string) uint64 { return Hash(&s, []byte(raw)) }
	base := of(Stream{Tag: "ab", Source: 1, Origin: Origin{Host: "c", File: "d", Sensor: "e", Job: 2}}, "raw")
	others := map[string]uint64{
		"tag":    of(Stream{Tag: "abc", Source: 1, Origin: Origin{File: "d", Sensor: "e", Job: 2}}, "raw"),
		"source": of(Stream{Tag: "ab", Source: 2, Origin: Origin{Host: "c", File: "d", Sensor: "e", Job: 2}}, "raw"),
		"host":   of(Stream{Tag: "ab", Source: 1, Origin: Origin{Host: "cd", Sensor: "e", Job: 2}}, "raw"),
		"file":   of(Stream{Tag: "ab", Source: 1, Origin: Origin{Host: "c", File: "de", Job: 2}}, "raw"),
		"job":    of(Stream{Tag: "ab", Source: 1, Origin: Origin{Host: "c", File: "d", Sensor: "e"}}, "raw"),
		"raw":    of(Stream{Tag: "ab", Source: 1, Origin: Origin{Host: "c", File: "d", Sensor: "e", Job: 2}}, "Raw"),
	}
	for part, h := range others {
		if h == base {
			t.Errorf("another %s has the same hash", part)
		}
	}
	same := Stream{Tag: "ab", Source: 1, Origin: Origin{Host: "c", File: "d", Sensor: "e", Job: 2}, Format: Format{Name: "json"}}
	if of(same, "raw") != base {
		t.Error("the format is no part of an ID, yet it changes the hash")
	}
}
