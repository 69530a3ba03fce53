package actionables

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"spoor/internal/meta"
)

const (
	// MaxHistory bounds the changes that are kept; the oldest go.
	MaxHistory = 1000
	// maxHistoryBytes bounds what they take.
	maxHistoryBytes = 16 << 20
	// maxChangeItems bounds the names in a Change.
	maxChangeItems = 20
)

// What says what a change was.
type What string

const (
	WhatCreate What = "create"
	WhatChange What = "change"
	WhatDelete What = "delete"
	WhatOrder  What = "order"
	WhatImport What = "import"
	WhatUndo   What = "undo"
	// WhatUpgrade: a new version of Spoor brought them.
	WhatUpgrade What = "upgrade"
)

// Change is a change of the book.
type Change struct {
	// N numbers the changes from 1.
	N    uint64    `json:"n"`
	Time time.Time `json:"time"`
	What What      `json:"what"`
	// Undoes is the change that this one took back, Undone the one that took
	// this one back; 0: none.
	Undoes uint64 `json:"undoes,omitempty"`
	Undone uint64 `json:"undone,omitempty"`
	// Items are the first of the Count actionables that were changed.
	Items []ChangeItem `json:"items"`
	Count int          `json:"count"`
	// Changes are all of them; only Book.Change gives them.
	Changes []ChangeDetail `json:"changes,omitempty"`
}

// ChangeItem names an actionable of a change.
type ChangeItem struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ChangeDetail is what a change did to an actionable: Before is nil for what
// was new, After for what was deleted.
type ChangeDetail struct {
	ID     string      `json:"id"`
	Before *Actionable `json:"before,omitempty"`
	After  *Actionable `json:"after,omitempty"`
}

// head is a Change as stored, with the size of its body in bytes.
type head struct {
	Change
	IDs  []string `json:"ids"`
	Size int      `json:"size"`
}

// record writes a change into the history.
func (b *Book) record(tx meta.Tx[record], what What, undoes uint64, changes []change) (Change, error) {
	heads, bodies := meta.In(b.heads, tx), meta.In(b.bodies, tx)
	n, err := heads.Next()
	if err != nil {
		return Change{}, err
	}
	body, err := json.Marshal(changes)
	if err != nil {
		return Change{}, fmt.Errorf("write history: %w", err)
	}
	h := head{Change: Change{N: n, Time: b.now().UTC(), What: what, Undoes: undoes, Count: len(changes), Items: []ChangeItem{}}, Size: len(body)}
	for _, c := range changes {
		h.IDs = append(h.IDs, c.ID)
		if len(h.Items) < maxChangeItems {
			h.Items = append(h.Items, ChangeItem{c.ID, c.name()})
		}
	}
	if err := heads.Put(meta.Number(n), h); err != nil {
		return Change{}, err
	}
	if err := bodies.Put(meta.Number(n), changes); err != nil {
		return Change{}, err
	}
	return h.Change, trim(heads, bodies)
}

func (c change) name() string {
	if c.After != nil {
		return c.After.Name
	}
	return c.Before.Name
}

// trim forgets the oldest changes beyond the limits, but never the last.
func trim(heads meta.Tx[head], bodies meta.Tx[[]change]) error {
	var keys []string
	var sizes []int
	size := 0
	err := heads.Each(func(key string, h head) error {
		keys, sizes, size = append(keys, key), append(sizes, h.Size), size+h.Size
		return nil
	})
	for i := 0; err == nil && i < len(keys)-1 && (len(keys)-i > MaxHistory || size > maxHistoryBytes); i++ {
		size -= sizes[i]
		err = errors.Join(heads.Delete(keys[i]), bodies.Delete(keys[i]))
	}
	return err
}

// History returns the newest changes before number before (0: all), at most
// limit of them; id narrows them to an actionable, unless it is empty. next is
// the number to go on before, or 0.
func (b *Book) History(id string, before uint64, limit int) (list []Change, next uint64, err error) {
	heads, next, err := b.heads.Newest(before, limit, func(h *head) bool { return id == "" || slices.Contains(h.IDs, id) })
	if err != nil {
		return nil, 0, fmt.Errorf("read history: %w", err)
	}
	for _, h := range heads {
		list = append(list, h.Change)
	}
	return list, next, nil
}

// Change returns a change with all that it did, or ErrNotFound.
func (b *Book) Change(n uint64) (Change, error) {
	h, err := b.heads.Get(meta.Number(n))
	if err != nil {
		return Change{}, numbering(n, err)
	}
	body, err := b.bodies.Get(meta.Number(n))
	if err != nil {
		return Change{}, numbering(n, err)
	}
	for _, c := range body {
		d := ChangeDetail{ID: c.ID}
		if c.Before != nil {
			d.Before = &c.Before.Actionable
		}
		if c.After != nil {
			d.After = &c.After.Actionable
		}
		h.Changes = append(h.Changes, d)
	}
	return h.Change, nil
}

func numbering(n uint64, err error) error {
	if errors.Is(err, meta.ErrNotFound) {
		err = ErrNotFound
	}
	return fmt.Errorf("change %d: %w", n, err)
}

// Undo takes a change back, and returns the change that this is. It is
// ErrConflict when one of its actionables was changed since, or when it is
// taken back already.
func (b *Book) Undo(n uint64) (Change, error) {
	made, err := b.edit(WhatUndo, n, func(e *edit) error {
		h, err := meta.In(b.heads, e.records).Get(meta.Number(n))
		if err != nil {
			return numbering(n, err)
		}
		if h.Undone != 0 {
			return fmt.Errorf("change %d is undone already, by change %d: %w", n, h.Undone, ErrConflict)
		}
		body, err := meta.In(b.bodies, e.records).Get(meta.Number(n))
		if err != nil {
			return numbering(n, err)
		}
		for _, c := range slices.Backward(body) {
			if err := e.undo(h.What, c); err != nil {
				return fmt.Errorf("undo change %d: %w", n, err)
			}
		}
		return nil
	})
	if err != nil {
		return Change{}, err
	}
	return made, b.heads.Update(func(tx meta.Tx[head]) error {
		h, err := tx.Get(meta.Number(n))
		if err != nil {
			return nil // forgotten meanwhile: there is nothing to mark
		}
		h.Undone = made.N
		return tx.Put(meta.Number(n), h)
	})
}

// undo takes back what a change did to one actionable.
func (e *edit) undo(what What, c change) error {
	now, err := e.get(c.ID)
	missing := errors.Is(err, ErrNotFound)
	switch {
	case err != nil && !missing:
		return err
	case c.After == nil && missing:
		_, err := e.insertAt(c.Before.Order, c.Before.Actionable)
		return err
	case c.After == nil, missing, now.Version != c.After.Version:
		return naming(c.ID, ErrConflict)
	case c.Before == nil:
		return e.remove(c.ID, now.Version)
	case what == WhatOrder || c.Before.Version == c.After.Version:
		if now.Order != c.After.Order {
			return naming(c.ID, ErrConflict)
		}
		moved := now
		moved.Order = c.Before.Order
		return e.put(&now, moved)
	}
	a := c.Before.Actionable
	a.Version = now.Version
	_, err = e.replace(a)
	return err
}
