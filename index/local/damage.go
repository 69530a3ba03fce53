package local

import (
	"errors"
	"fmt"
)

// Damage is a place in a file of the store that can't be read as it was
// written. What lies elsewhere is served all the same.
type Damage struct {
	File   string
	Offset int64 // bytes
	Reason string
}

func (d Damage) String() string { return fmt.Sprintf("%s at %d: %s", d.File, d.Offset, d.Reason) }

// maxDamage bounds the list of damage: after so many places the disk is gone.
const maxDamage = 1000

// Damage lists what was found damaged since the store was opened, each place
// once.
func (s *Store) Damage() []Damage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]Damage(nil), s.damage...)
}

// reportBlock reports the damage that an error tells of, if it is one.
func (s *Store) reportBlock(err error) bool {
	var bad *blockError
	if !errors.As(err, &bad) {
		return false
	}
	s.report(Damage{bad.file, bad.offset, bad.reason})
	return true
}

// report logs damage and keeps it for Damage, once.
func (s *Store) report(d Damage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.damage {
		if known == d {
			return
		}
	}
	if len(s.damage) < maxDamage {
		s.damage = append(s.damage, d)
	}
	s.log.Error("damaged data", "file", d.File, "offset", d.Offset, "reason", d.Reason)
}
