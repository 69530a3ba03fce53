package actionables

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Existing says what an import does with an actionable that the book has.
type Existing string

const (
	// ExistingSkip leaves the stored one. The zero value means it, too.
	ExistingSkip Existing = "skip"
	// ExistingReplace replaces it; the change can be undone.
	ExistingReplace Existing = "replace"
	// ExistingCopy adds another one.
	ExistingCopy Existing = "copy"
)

// Outcome is what became of an imported actionable.
type Outcome string

const (
	OutcomeImported Outcome = "imported"
	// OutcomeDisabled: imported, but nothing in it can be run.
	OutcomeDisabled Outcome = "disabled"
	OutcomeReplaced Outcome = "replaced"
	// OutcomeSkipped: the book has it.
	OutcomeSkipped Outcome = "skipped"
	// OutcomeFailed: the notes say why.
	OutcomeFailed Outcome = "failed"
)

// Counts of an import.
type Counts struct {
	Actionables int `json:"actionables"`
	Triggers    int `json:"triggers"`
	Actions     int `json:"actions"`
}

// Report says what came over of a file.
type Report struct {
	Format Format `json:"format"`
	// Dry says that nothing was stored.
	Dry bool `json:"dry"`
	// Found is what the file has, Imported what can be used here.
	Found    Counts `json:"found"`
	Imported Counts `json:"imported"`
	// Kept are actions that are kept for export only, Disabled the
	// actionables in which nothing can be run.
	Kept     int `json:"kept"`
	Disabled int `json:"disabled"`
	// Hosts are those that the imported actions go to.
	Hosts []string     `json:"-"`
	Items []ReportItem `json:"items"`
	Notes []Note       `json:"notes"`
	// Change is the number of the change in the history; 0: nothing changed.
	Change uint64 `json:"change,omitempty"`
}

// ReportItem is what became of one actionable.
type ReportItem struct {
	Name       string     `json:"name"`
	ID         string     `json:"id"`
	Outcome    Outcome    `json:"outcome"`
	Actionable Actionable `json:"actionable"`
	Notes      []Note     `json:"notes"`
}

// errDry ends a transaction that must change nothing.
var errDry = errors.New("dry")

// Import stores what was read, all in one change of the history, or with dry
// only says what would come over. The error is ErrFull when the book has not
// enough room, and then nothing was stored.
func (b *Book) Import(d Drafts, existing Existing, dry bool) (Report, error) {
	r := Report{Format: d.Format, Dry: dry, Items: []ReportItem{}, Notes: append([]Note{}, d.Notes...)}
	made, err := b.edit(WhatImport, 0, func(e *edit) error {
		known, err := e.identities()
		if err != nil {
			return err
		}
		for _, draft := range d.Items {
			item, err := e.take(draft, known, cmp.Or(existing, ExistingSkip))
			if err != nil {
				return fmt.Errorf("import %s: %w", quote(draft.Actionable.Name), err)
			}
			r.count(draft, item)
		}
		if dry {
			return errDry
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDry) {
		return Report{}, err
	}
	r.Change = made.N
	slices.Sort(r.Hosts)
	r.Hosts = slices.Compact(r.Hosts)
	return r, nil
}

func (r *Report) count(d Draft, item ReportItem) {
	r.Items = append(r.Items, item)
	r.Found.Actionables++
	r.Found.Triggers += d.Triggers
	r.Found.Actions += d.Actions
	if item.Outcome == OutcomeFailed || item.Outcome == OutcomeSkipped {
		return
	}
	r.Imported.Actionables++
	r.Imported.Triggers += len(d.Actionable.Triggers)
	for _, a := range d.Actionable.Actions {
		if a.Kind == KindKept {
			r.Kept++
			continue
		}
		r.Imported.Actions++
		r.Hosts = append(r.Hosts, a.Hosts()...)
	}
	if item.Outcome == OutcomeDisabled {
		r.Disabled++
	}
}

// take stores one draft.
func (e *edit) take(d Draft, known map[string]string, existing Existing) (item ReportItem, err error) {
	a := d.Actionable
	item = ReportItem{Name: a.Name, Outcome: OutcomeImported, Notes: append([]Note{}, d.Notes...)}
	defer func() { item.Actionable, item.ID = a, a.ID }()
	if d.Failed {
		item.Outcome = OutcomeFailed
		return item, nil
	}
	if a.Disabled && !a.runs() {
		item.Outcome = OutcomeDisabled
	}
	id, found := known[identity(a)]
	switch {
	case found && existing == ExistingSkip:
		a.ID, item.Outcome = id, OutcomeSkipped
		return item, nil
	case found && existing == ExistingReplace:
		stored, err := e.get(id)
		if err != nil {
			return item, err
		}
		a.ID, a.Version = id, stored.Version
		r, err := e.replace(a)
		if item.Outcome == OutcomeImported {
			item.Outcome = OutcomeReplaced
		}
		a = r.Actionable
		return item, err
	}
	taken, err := e.all()
	if err != nil {
		return item, err
	}
	if a.ID == "" || checkID(a.ID) != nil {
		a.ID = slug(a.Name)
	}
	a.ID, a.Shipped = free(a.ID, taken), false
	r, err := e.insert(a)
	a = r.Actionable
	return item, err
}

// identities are the IDs of what is stored, by what tells an imported
// actionable from others.
func (e *edit) identities() (map[string]string, error) {
	all, err := e.all()
	if err != nil {
		return nil, err
	}
	known := make(map[string]string, len(all))
	for id, r := range all {
		known[identity(Actionable{ID: id})] = id
		if r.Original != nil {
			known[identity(r.Actionable)] = id
		}
	}
	return known, nil
}

// identity is the same for two actionables of one origin: the number that
// Gravwell gave it, the words of other programs' objects, else the ID.
func identity(a Actionable) string {
	if a.Original == nil {
		return "id " + a.ID
	}
	var o struct{ ThingUUID, UUID, GUID string }
	if a.Original.Format == FormatGravwell && json.Unmarshal(a.Original.Object, &o) == nil {
		if id := cmp.Or(o.GUID, o.UUID, o.ThingUUID); id != "" {
			return "gravwell " + id
		}
	}
	var plain bytes.Buffer
	if json.Compact(&plain, a.Original.Object) != nil {
		return "id " + a.ID
	}
	return fmt.Sprintf("%s %x", a.Original.Format, sha256.Sum256(plain.Bytes()))
}

// Hosts are the other hosts that an action may go to, each with its port if
// that is written.
func (a Action) Hosts() (hosts []string) {
	if a.Kind != KindURL && a.Kind != KindWebhook {
		return nil
	}
	for _, text := range append([]string{a.URL}, a.Fallbacks...) {
		m := urlHead.FindStringSubmatch(text + "/")
		if m == nil {
			continue
		}
		u, err := url.Parse("https://" + m[1])
		if host := ""; err == nil && u.Host != "" {
			if host = strings.ToLower(u.Host); !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}
