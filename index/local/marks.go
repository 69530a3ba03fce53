package local

import (
	"container/list"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"spoor/index"
)

const (
	// markAge is how long a mark is remembered.
	markAge = 24 * time.Hour
	// maxMarks is how many are remembered; more than that drop the oldest.
	maxMarks = 100_000
)

// mark is an index.Mark as log and catalog keep it.
type mark struct {
	index.Mark
	at int64 // when it was put, in seconds since 1970
}

func appendMark(b []byte, m mark) []byte {
	b = binary.AppendUvarint(b, uint64(len(m.Key)))
	b = append(b, m.Key...)
	b = binary.AppendUvarint(b, m.Line)
	b = binary.AppendUvarint(b, m.Accepted)
	b = binary.AppendUvarint(b, m.Rejected)
	b = binary.LittleEndian.AppendUint64(b, m.Sum)
	done := uint64(0)
	if m.Done {
		done = 1
	}
	b = binary.AppendUvarint(b, done)
	return binary.AppendVarint(b, m.at)
}

func (c *columns) mark() mark {
	return mark{
		Mark: index.Mark{
			Key: string(c.bytes(c.uvarint())), Line: c.uvarint(),
			Accepted: c.uvarint(), Rejected: c.uvarint(), Sum: c.fixed(), Done: c.uvarint() == 1,
		},
		at: c.varint(),
	}
}

// marks remembers the newest mark of every key, in bounded number. Its owner
// guards it.
type marks struct {
	byKey map[string]*list.Element // of order
	order list.List                // of mark, oldest first
	limit int
	gone  []string // keys that the catalog may hold and nobody needs

}

func newMarks() marks { return marks{byKey: map[string]*list.Element{}, limit: maxMarks} }

// add remembers a mark in place of an older one of its key.
func (m *marks) add(of mark, now time.Time) {
	if e := m.byKey[of.Key]; e != nil {
		m.order.Remove(e)
	}
	m.byKey[of.Key] = m.order.PushBack(of)
	oldest := now.Add(-markAge).Unix()
	for e := m.order.Front(); e != nil; e = m.order.Front() {
		old := e.Value.(mark)
		if len(m.byKey) <= m.limit && old.at > oldest {
			return
		}
		m.order.Remove(e)
		delete(m.byKey, old.Key)
		m.gone = append(m.gone, old.Key)
	}
}

func (m *marks) get(key string, now time.Time) (index.Mark, bool) {
	e := m.byKey[key]
	if e == nil {
		return index.Mark{}, false
	}
	of := e.Value.(mark)
	return of.Mark, of.at > now.Add(-markAge).Unix()
}

// takeGone returns the keys that were forgotten since the last call and have
// not come back.
func (m *marks) takeGone() []string {
	var gone []string
	for _, key := range m.gone {
		if m.byKey[key] == nil {
			gone = append(gone, key)
		}
	}
	m.gone = nil
	return gone
}

// PutMarked is Put which keeps a mark in the same record; see index.Marker.
// Marks are remembered for 24 hours, the newest 100,000 of them.
func (s *Store) PutMarked(ctx context.Context, entries []index.Entry, m index.Mark) error {
	switch {
	case m.Key == "" || len(m.Key) > index.MaxKey:
		return fmt.Errorf("a key of %d bytes, want 1 to %d", len(m.Key), index.MaxKey)
	case len(entries) == 0:
		return errors.New("a mark needs entries to be kept with")
	}
	return s.put(ctx, entries, &mark{m, time.Now().Unix()})
}

// Mark returns the newest mark of a key; see index.Marker.
func (s *Store) Mark(ctx context.Context, key string) (index.Mark, error) {
	leave, err := s.enter()
	if err != nil {
		return index.Mark{}, err
	}
	defer leave()
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, ok := s.marks.get(key, time.Now())
	if !ok {
		return index.Mark{}, ctx.Err()
	}
	return m, ctx.Err()
}

var _ index.Marker = (*Store)(nil)
