package actionables

import (
	"bytes"
	"encoding/json"
	"errors"

	"spoor/internal/meta"
)

// edit is one change of the book, all of it or nothing.
type edit struct {
	book    *Book
	records meta.Tx[record]
	past    meta.Tx[past]
	taken   map[string]record // all as they are now; nil: not asked for yet
	changes []change
}

// change is what an edit did to one actionable.
type change struct {
	ID     string  `json:"id"`
	Before *record `json:"before,omitempty"`
	After  *record `json:"after,omitempty"`
}

// edit makes a change, with its history and the new matcher. undoes is the
// number of the change that it takes back, or 0. The change has no number
// when nothing was changed.
func (b *Book) edit(what What, undoes uint64, fn func(e *edit) error) (Change, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var made Change
	err := b.records.Update(func(tx meta.Tx[record]) error {
		e := &edit{book: b, records: tx, past: meta.In(b.past, tx)}
		err := fn(e)
		if err != nil || len(e.changes) == 0 {
			return err
		}
		made, err = b.record(tx, what, undoes, e.changes)
		return err
	})
	if err != nil || made.N == 0 {
		return made, err
	}
	return made, b.compile()
}

// all returns what is stored, by ID.
func (e *edit) all() (map[string]record, error) {
	if e.taken != nil {
		return e.taken, nil
	}
	all := make(map[string]record)
	err := e.records.Each(func(key string, r record) error {
		all[key] = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.taken = all
	return all, nil
}

func (e *edit) get(id string) (record, error) {
	r, err := e.records.Get(id)
	return r, naming(id, err)
}

func (e *edit) pastOf(id string) (past, error) {
	p, err := e.past.Get(id)
	if err != nil && !errors.Is(err, meta.ErrNotFound) {
		return p, naming(id, err)
	}
	return p, nil
}

// put stores a record in place of another one; before is nil for a new one.
func (e *edit) put(before *record, after record) error {
	if err := e.records.Put(after.ID, after); err != nil {
		return naming(after.ID, err)
	}
	if e.taken != nil {
		e.taken[after.ID] = after
	}
	e.changes = append(e.changes, change{after.ID, before, &after})
	return nil
}

// insert stores a new actionable at the end of the list.
func (e *edit) insert(a Actionable) (record, error) {
	if err := a.Validate(); err != nil {
		return record{}, err
	}
	if f := checkID(a.ID); f != nil {
		return record{}, invalid("id", f)
	}
	order, err := e.records.Next()
	if err != nil {
		return record{}, err
	}
	return e.insertAt(order, a)
}

func (e *edit) insertAt(order uint64, a Actionable) (record, error) {
	taken, err := e.all()
	switch _, found := taken[a.ID]; {
	case err != nil:
		return record{}, err
	case len(taken) >= MaxActionables:
		return record{}, ErrFull
	case a.ID == "":
		a.ID = free(slug(a.Name), taken)
	case found:
		return record{}, naming(a.ID, ErrConflict)
	}
	p, err := e.pastOf(a.ID)
	if err != nil {
		return record{}, err
	}
	a.Version = p.Version + 1
	r := record{order, a.stamped(e.book.now())}
	return r, e.put(nil, r)
}

// replace stores an actionable in place of the one of its version.
func (e *edit) replace(a Actionable) (record, error) {
	if err := a.Validate(); err != nil {
		return record{}, err
	}
	before, err := e.get(a.ID)
	switch {
	case err != nil:
		return record{}, err
	case before.Version != a.Version:
		return record{}, naming(a.ID, ErrConflict)
	}
	a.Version, a.Shipped = before.Version+1, before.Shipped
	r := record{before.Order, a.stamped(e.book.now())}
	return r, e.put(&before, r)
}

// remove deletes the actionable of that version.
func (e *edit) remove(id string, version uint64) error {
	before, err := e.get(id)
	switch {
	case err != nil:
		return err
	case before.Version != version:
		return naming(id, ErrConflict)
	}
	p, err := e.pastOf(id)
	if err != nil {
		return err
	}
	p.Version = version
	if err := e.past.Put(id, p); err != nil {
		return naming(id, err)
	}
	if err := e.records.Delete(id); err != nil {
		return naming(id, err)
	}
	delete(e.taken, id)
	e.changes = append(e.changes, change{ID: id, Before: &before})
	return nil
}

// equalJSON says whether two values are written alike.
func equalJSON(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}
