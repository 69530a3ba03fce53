package index

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"
)

// ID names an entry for good: it is made of what the entry says, not of
// where it lies, so a link outlives compaction, backup and restore.
type ID struct {
	// Time is the entry's Time in nanoseconds since 1970.
	Time int64
	// Hash is Hash of the entry.
	Hash uint64
	// Ordinal tells entries with the same Time and Hash apart, from 0 in
	// the order of their arrival.
	Ordinal uint32
}

// Hash hashes tag, source, origin and raw bytes of an entry.
func Hash(s *Stream, raw []byte) uint64 {
	d := StreamHash(s)
	return RawHash(d, raw)
}

// StreamHash is the part of Hash that all entries of a stream share.
func StreamHash(s *Stream) uint64 {
	d := xxhash.New()
	var n [8]byte
	text := func(s string) {
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		d.Write(n[:])
		d.WriteString(s)
	}
	text(s.Tag)
	text(s.Origin.Host)
	text(s.Origin.File)
	text(s.Origin.Sensor)
	binary.LittleEndian.PutUint64(n[:], s.Origin.Job)
	d.Write(n[:])
	binary.LittleEndian.PutUint64(n[:], uint64(s.Source))
	d.Write(n[:])
	return d.Sum64()
}

// RawHash completes a StreamHash with the raw bytes of an entry.
func RawHash(stream uint64, raw []byte) uint64 {
	d := xxhash.NewWithSeed(stream)
	d.Write(raw)
	return d.Sum64()
}

// When is the time of the entry.
func (id ID) When() time.Time { return time.Unix(0, id.Time).UTC() }

const idBytes = 8 + 8 + 4

func (id ID) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(id.Time))
	b = binary.BigEndian.AppendUint64(b, id.Hash)
	return binary.BigEndian.AppendUint32(b, id.Ordinal)
}

func idFrom(b []byte) ID {
	return ID{
		Time:    int64(binary.BigEndian.Uint64(b)),
		Hash:    binary.BigEndian.Uint64(b[8:]),
		Ordinal: binary.BigEndian.Uint32(b[16:]),
	}
}

// String writes the ID in 27 characters that need no escaping in a URL.
func (id ID) String() string { return base64.RawURLEncoding.EncodeToString(id.append(nil)) }

// ParseID reads what String writes.
func ParseID(text string) (ID, error) {
	b, err := decode(text, idBytes)
	if err != nil {
		return ID{}, fmt.Errorf("entry id %q: want 27 characters of A-Z a-z 0-9 - _", text)
	}
	return idFrom(b), nil
}

// Cursor is a place in a result, together with what the search saw when it
// began, so that pages neither repeat nor lose entries while data arrives.
type Cursor struct {
	// Time is that of the last entry of the page before, in nanoseconds
	// since 1970.
	Time int64
	// Last is the Seq of that entry.
	Last uint64
	// Seq is the newest Seq that the search looks at.
	Seq uint64
}

const cursorBytes = 3 * 8

// String writes the cursor in characters that need no escaping in a URL.
func (c Cursor) String() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(c.Time))
	b = binary.BigEndian.AppendUint64(b, c.Last)
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(b, c.Seq))
}

// ParseCursor reads what String writes.
func ParseCursor(text string) (Cursor, error) {
	b, err := decode(text, cursorBytes)
	if err != nil {
		return Cursor{}, fmt.Errorf("cursor %q: want the \"next\" of the page before", text)
	}
	return Cursor{
		Time: int64(binary.BigEndian.Uint64(b)),
		Last: binary.BigEndian.Uint64(b[8:]),
		Seq:  binary.BigEndian.Uint64(b[16:]),
	}, nil
}

var errSpelling = errors.New("not what was handed out")

// decode reads n bytes that have one spelling only: base64 as such passes
// over line ends, and over bits that no byte needs.
func decode(text string, n int) ([]byte, error) {
	if len(text) != base64.RawURLEncoding.EncodedLen(n) {
		return nil, errSpelling
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err == nil && len(b) != n {
		err = errSpelling
	}
	return b, err
}
