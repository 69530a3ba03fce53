package actionables

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"spoor/index/query/automaton"
	"spoor/internal/meta"
	"spoor/internal/realdata"
)

func last(t *testing.T, b *Book) Change {
	t.Helper()
	list, _, err := b.History("", 0, 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	return list[0]
}

// Ensure every kind of change is in the history and can be undone, and an undo
// be undone.
func TestChangesCanBeUndone(t *testing.T) {
	b := newBook(t)
	a := create(t, b, "one")
	created := last(t, b)
	a.Name = "changed"
	a, err := b.Put(a)
	if err != nil {
		t.Fatal(err)
	}
	changed := last(t, b)
	if changed.What != WhatChange || changed.Items[0] != (ChangeItem{"one", "changed"}) {
		t.Errorf("got %+v", changed)
	}
	undone, err := b.Undo(changed.N)
	if err != nil || undone.What != WhatUndo || undone.Undoes != changed.N {
		t.Fatalf("got %+v, %v", undone, err)
	}
	if got, _ := b.Get("one"); got.Name != "one" || got.Version != 3 {
		t.Errorf("got %+v, want the name back and a new version", got)
	}
	if _, err := b.Undo(changed.N); !errors.Is(err, ErrConflict) {
		t.Errorf("undone twice: got %v", err)
	}
	if c, err := b.Change(changed.N); err != nil || c.Undone != undone.N || c.Changes[0].Before.Name != "one" || c.Changes[0].After.Name != "changed" {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := b.Undo(undone.N); err != nil {
		t.Fatal(err)
	}
	if got, _ := b.Get("one"); got.Name != "changed" {
		t.Errorf("got %+v, want the change again", got)
	}
	// What was changed since can't be undone: it would be lost.
	if _, err := b.Undo(created.N); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	if err := b.Delete("one", 4); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Undo(last(t, b).N); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Get("one"); err != nil || got.Version != 5 || got.Name != "changed" {
		t.Errorf("got %+v, %v, want it back with a new version", got, err)
	}
	if list, next, err := b.History("one", 0, 3); err != nil || len(list) != 3 || next == 0 {
		t.Errorf("got %v, %d, %v", list, next, err)
	}
	if _, err := b.Undo(999); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestOrderIsSetAndUndone(t *testing.T) {
	b := newBook(t)
	for _, name := range []string{"a", "b", "c"} {
		create(t, b, name)
	}
	list, _ := b.List()
	var ids []string
	for _, a := range list {
		ids = append([]string{a.ID}, ids...)
	}
	if err := b.Order(ids); err != nil {
		t.Fatal(err)
	}
	if got := idsOf(t, b); got != "c b a address" {
		t.Errorf("got %s", got)
	}
	create(t, b, "d")
	if got := idsOf(t, b); got != "c b a address d" {
		t.Errorf("a new one: got %s, want it at the end", got)
	}
	if err := b.Order(ids); !errors.Is(err, ErrConflict) {
		t.Errorf("an order without d: got %v", err)
	}
	if err := b.Order(append(ids[:len(ids)-1], "d", "d")); !errors.Is(err, ErrConflict) {
		t.Errorf("an order with d twice: got %v", err)
	}
	changes, _, _ := b.History("", 0, 10)
	if _, err := b.Undo(changes[1].N); err != nil {
		t.Fatal(err)
	}
	if got := idsOf(t, b); !strings.HasPrefix(got, "address a b c") {
		t.Errorf("got %s", got)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	b := newBook(t)
	a := create(t, b, "one")
	a.Description = strings.Repeat("x", 4000)
	err := b.heads.Update(func(tx meta.Tx[head]) error { // as if many had been before
		for i := range MaxHistory {
			if err := tx.Put(fmt.Sprintf("%s%04d", meta.Number(0), i), head{Change: Change{N: 1}, Size: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(a); err != nil {
		t.Fatal(err)
	}
	all, err := b.heads.All()
	if err != nil || len(all) != MaxHistory {
		t.Errorf("got %d changes, %v", len(all), err)
	}
	if c := last(t, b); c.What != WhatChange {
		t.Errorf("got %+v, want the newest kept", c)
	}
}

// Ensure what is shipped anew, or in another form, reaches an old data folder,
// and what a person has changed stays.
func TestUpgradeBringsWhatNobodyHasChanged(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "meta.db"))
	b := bookOf(t, db)
	shipped := Shipped()
	cve, err := b.Get("cve")
	if err != nil {
		t.Fatal(err)
	}
	cve.Name = "Mine"
	if _, err := b.Put(cve); err != nil {
		t.Fatal(err)
	}
	later := append([]Actionable{}, shipped...)
	for i := range later {
		later[i].Description += " New."
	}
	later = append(later, Actionable{ID: "brand-new", Name: "Brand new", Triggers: []Trigger{{Pattern: "new"}}})
	for range 2 {
		if err := b.install(later); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := b.Get("address"); !strings.HasSuffix(got.Description, " New.") || got.Version != 2 || !got.Shipped {
		t.Errorf("got %+v", got)
	}
	if got, _ := b.Get("cve"); got.Name != "Mine" || strings.HasSuffix(got.Description, " New.") {
		t.Errorf("got %+v, want the person's", got)
	}
	if got, err := b.Get("brand-new"); err != nil || !got.Shipped {
		t.Errorf("got %+v, %v", got, err)
	}
	if c := last(t, b); c.What != WhatUpgrade || c.Count != len(shipped) {
		t.Errorf("got %+v", c)
	}
}

// Ensure the real actionables are stored once however often they are read, in
// one change that can be undone, and go back to Gravwell word for word.
func TestDataGravwellIsImportedAndExported(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(realdata.Dir(t), "gravwell-kit-pivots.json"))
	if err != nil {
		t.Fatal(err)
	}
	b := newBook(t)
	d, err := Read(text, "")
	if err != nil {
		t.Fatal(err)
	}
	before := idsOf(t, b)
	dry, err := b.Import(d, ExistingSkip, true)
	if err != nil || idsOf(t, b) != before || dry.Imported.Actionables != 52 {
		t.Errorf("dry: got %+v, %v", dry.Imported, err)
	}
	r, err := b.Import(d, ExistingSkip, false)
	if err != nil || r.Found != (Counts{52, 58, 79}) || r.Imported != (Counts{52, 58, 13}) || r.Kept != 66 || r.Disabled != 43 {
		t.Fatalf("got %+v %+v %d %d, %v", r.Found, r.Imported, r.Kept, r.Disabled, err)
	}
	if got, want := strings.Join(r.Hosts, " "), "dnsviz.net www.speedguide.net www.whois.com"; got != want {
		t.Errorf("hosts: got %s, want %s", got, want)
	}
	if r, err := b.Import(d, "", false); err != nil || r.Imported.Actionables != 0 || r.Items[0].Outcome != OutcomeSkipped {
		t.Errorf("again: got %+v, %v", r.Imported, err)
	}
	list, err := b.List()
	if err != nil {
		t.Fatal(err)
	}
	file, notes, err := Export(list[len(list)-52:], FormatGravwell)
	if err != nil || len(notes) != 0 {
		t.Fatalf("got %v, %v", notes, err)
	}
	var got, want []any
	if err := errors.Join(json.Unmarshal(file, &got), json.Unmarshal(text, &want)); err != nil || !equalJSON(got, want) {
		t.Errorf("the export is not what was imported: %v", err)
	}
	if _, err := b.Undo(r.Change); err != nil || idsOf(t, b) != before {
		t.Errorf("undone: got %s, %v", idsOf(t, b), err)
	}
}

// Ensure an export of ours comes back equal, and Gravwell's says what it lost.
func TestExportComesBack(t *testing.T) {
	b := newBook(t)
	list, err := b.List()
	if err != nil {
		t.Fatal(err)
	}
	file, _, err := Export(list, FormatSpoor)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(file, "")
	if err != nil || d.Format != FormatSpoor || len(d.Items) != len(list) {
		t.Fatalf("got %s, %d items, %v", d.Format, len(d.Items), err)
	}
	for i, item := range d.Items {
		if !item.Actionable.same(list[i]) || len(item.Notes) > 0 {
			t.Errorf("got %+v, %v, want %+v", item.Actionable, item.Notes, list[i])
		}
	}
	if r, err := b.Import(d, ExistingSkip, false); err != nil || r.Items[0].Outcome != OutcomeSkipped {
		t.Errorf("got %+v, %v", r.Items[0], err)
	}
	r, err := b.Import(d, ExistingReplace, false)
	if err != nil || r.Items[0].Outcome != OutcomeReplaced {
		t.Errorf("got %+v, %v", r.Items[0], err)
	}
	if r, err = b.Import(d, ExistingCopy, false); err != nil || r.Items[0].ID != "address-2" {
		t.Errorf("got %+v, %v", r.Items[0], err)
	}
	gravwell, notes, err := Export(list, FormatGravwell)
	if err != nil || !strings.Contains(text(notes), "no action of the kind search") || !strings.Contains(text(notes), "as address can't be said") {
		t.Errorf("got %v, %v", notes, err)
	}
	back, err := Read(gravwell, "")
	if err != nil || back.Format != FormatGravwell {
		t.Fatalf("got %s, %v", back.Format, err)
	}
	for _, item := range back.Items {
		if item.Actionable.Name == "URL" && item.Actionable.Triggers[0].Pattern != patternURL {
			t.Errorf("got %s, want %s", item.Actionable.Triggers[0].Pattern, patternURL)
		}
		if item.Failed {
			t.Errorf("%s: %v", item.Actionable.Name, item.Notes)
		}
	}
}

// Ensure that every trigger of the real actionables, and of the shipped ones,
// finds in real lines what package regexp finds, and that no line takes long.
func TestDataTriggersFindWhatRegexpFinds(t *testing.T) {
	m := kitMatcher(t)
	oracles := map[*rule]*regexp.Regexp{}
	for _, r := range m.click {
		oracles[r] = regexp.MustCompile(r.re.String())
	}
	const perFile = 300
	lines, found := 0, 0
	err := filepath.WalkDir(filepath.Join(realdata.Dir(t), "logs"), func(path string, f os.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		n := 0
		eachLine(t, path, func(line []byte) {
			if n++; n > perFile || len(line) > MaxScan {
				return
			}
			lines++
			for _, r := range m.click {
				got, want := r.re.Find(line, MaxMatches, nil), regexpFinds(oracles[r], line)
				found += len(got)
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s in %.300q: got %v, want %v", r.re, line, got, want)
				}
				if low := (folded{text: line}); len(want) > 0 && !r.need.in(&low) {
					t.Errorf("%s in %.300q: its literals are not there", r.re, line)
				}
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slow := 0
	for _, r := range m.click {
		if r.re.Slow() {
			slow++
		}
	}
	t.Logf("%d lines, %d matches of %d patterns, %d without tables", lines, found, len(m.click), slow)
	if lines < 3000 || found < 10_000 || slow > 0 {
		t.Errorf("got %d lines, %d matches, %d without tables", lines, found, slow)
	}
}

// regexpFinds is what package regexp finds: of every match the first group
// with a name that took part, else all of it.
func regexpFinds(re *regexp.Regexp, line []byte) (all []automaton.Span) {
	for _, at := range re.FindAllSubmatchIndex(line, -1) {
		value := automaton.Span{Start: at[0], End: at[1]}
		for i, name := range re.SubexpNames() {
			if name != "" && at[2*i] >= 0 {
				value = automaton.Span{Start: at[2*i], End: at[2*i+1]}
				break
			}
		}
		if value.Start < value.End && len(all) < MaxMatches {
			all = append(all, value)
		}
	}
	return all
}
