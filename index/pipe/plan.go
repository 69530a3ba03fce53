package pipe

import (
	"fmt"
	"slices"
	"time"

	"spoor/index/query"
)

// plan is what the stages of a search come to.
type plan struct {
	where    query.Node
	from, to time.Time
	rowwise  *rowwise
	// pivots says that the entries behind a group can be asked for: nothing
	// but the query has chosen among them.
	pivots bool
	// collect is the stage that gathers entries: *Stats, *Top, *Timechart,
	// *Sort, *Dedup, *Head, or nil if there is none.
	collect query.Stage
	at      stageName // of collect, or of the last stage
	// columns are those of the rows that entries become, where collect
	// does not group; cells are their fields by number.
	columns []string
	cells   []int
	// keep says that rows remember their entries, as they do to the end.
	keep bool
	rest []numbered
}

// numbered is a stage with its place.
type numbered struct {
	query.Stage
	name stageName
}

// planner reads the stages one by one.
type planner struct {
	*plan
	visible []string // the columns that there are; nil: all fields of entries
	given   []string // by rex
}

// newPlan checks the stages and sees what the scan has to do for them.
func newPlan(s query.Search) (*plan, error) {
	p := &planner{plan: &plan{
		where: s.Where, from: s.From, to: s.To, pivots: true,
		rowwise: &rowwise{fields: &fieldList{}, given: map[int]given{}},
	}}
	var all []numbered
	for i, stage := range s.Stages {
		all = append(all, numbered{stage, stageName{i + 1, stage.String()}})
	}
	for len(all) > 0 {
		taken, err := p.row(all[0])
		if err != nil {
			return nil, err
		}
		p.at = all[0].name
		if !taken {
			break
		}
		all = all[1:]
	}
	return p.plan, p.gatherer(all)
}

// row takes a stage that needs one entry at a time. It returns false for
// others.
func (p *planner) row(s numbered) (bool, error) {
	r := p.rowwise
	switch stage := s.Stage.(type) {
	case *query.Where:
		if len(r.steps) == 0 && p.visible == nil {
			p.where = query.And(p.where, stage.Query)
			break
		}
		p.pivots = false
		r.steps = append(r.steps, whereStep{stage.Query})
	case *query.Fields:
		if err := p.need(s, stage.Names...); err != nil {
			return false, err
		}
		p.visible = slices.Clone(stage.Names)
	case *query.Rex:
		field := rexField(stage)
		if p.visible == nil || stage.Field != "" {
			if err := p.need(s, field); err != nil {
				return false, err
			}
		}
		r.steps = append(r.steps, rexStep{stage.Pattern, r.fields.of(field)})
		for group, name := range stage.Pattern.SubexpNames() {
			if name == "" {
				continue
			}
			r.given[r.fields.add(name)] = given{len(r.steps) - 1, group}
			p.given = append(p.given, name)
			if p.visible != nil && !slices.Contains(p.visible, name) {
				p.visible = append(p.visible, name)
			}
		}
	default:
		return false, nil
	}
	return true, nil
}

func rexField(r *query.Rex) string {
	if r.Field == "" {
		return rawField
	}
	return r.Field
}

// need checks that there are columns of these names.
func (p *planner) need(s numbered, fields ...string) error {
	for _, name := range fields {
		if p.visible != nil && columnOf(p.visible, name) < 0 {
			return noColumn(s.name, name, p.visible)
		}
	}
	return nil
}

func noColumn(s stageName, name string, there []string) error {
	return &Error{Stage: s.number, Text: s.text, Reason: fmt.Sprintf("no column %q here; there are %s", name, names(there))}
}

// columnOf finds a column by its name, or by that of its function: sum is
// sum(x) where there is one such.
func columnOf(columns []string, name string) int {
	if i := slices.Index(columns, name); i >= 0 {
		return i
	}
	found := -1
	for i, c := range columns {
		if len(c) > len(name)+1 && c[:len(name)+1] == name+"(" && c[len(c)-1] == ')' {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// gatherer takes the first stage that needs more than one entry, and checks
// all behind it.
func (p *planner) gatherer(all []numbered) error {
	grouped := false
	if len(all) > 0 {
		p.collect, p.at = all[0].Stage, all[0].name
		if err := p.need(all[0], reads(p.collect)...); err != nil {
			return err
		}
		_, grouped = makes(p.collect)
		if grouped {
			for _, name := range reads(p.collect) {
				p.rowwise.fields.of(name)
			}
		}
	}
	if !grouped {
		p.rowColumns(all)
	}
	p.rest = all
	if len(all) == 0 {
		return nil
	}
	p.rest = all[1:]
	for _, s := range all {
		if err := p.step(s); err != nil {
			return err
		}
	}
	return nil
}

// step checks a stage and sees what columns there are behind it.
func (p *planner) step(s numbered) error {
	if err := p.need(s, reads(s.Stage)...); err != nil {
		return err
	}
	if made, ok := makes(s.Stage); ok {
		for i, name := range made {
			if slices.Contains(made[:i], name) {
				return &Error{Stage: s.name.number, Text: s.name.text, Reason: fmt.Sprintf("two columns are called %q", name)}
			}
		}
		if t, ok := s.Stage.(*query.Timechart); ok && p.visible != nil && !slices.Contains(p.visible, timeField) {
			return &Error{Stage: s.name.number, Text: t.String(), Reason: "there is no column time here"}
		}
		if p.visible = made; made[0] == timeField && splits(s.Stage) {
			p.visible = nil // the values are known when they are there
		}
		return nil
	}
	switch stage := s.Stage.(type) {
	case *query.Fields:
		p.visible = slices.Clone(stage.Names)
	case *query.Rex:
		for _, name := range stage.Pattern.SubexpNames() {
			if name != "" && p.visible != nil && !slices.Contains(p.visible, name) {
				p.visible = append(p.visible, name)
			}
		}
	}
	return nil
}

// rowColumns chooses the columns of the rows that entries become: what the
// stages up to the next grouping read, and what is shown in the end.
func (p *planner) rowColumns(rest []numbered) {
	columns := slices.Clone(p.visible)
	add := func(list ...string) {
		for _, name := range list {
			if !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		}
	}
	shown := true
	if p.visible == nil {
		add(timeField, tagField)
		add(p.given...)
		for _, s := range rest {
			add(reads(s.Stage)...)
			_, groups := makes(s.Stage)
			_, chooses := s.Stage.(*query.Fields)
			if shown = !groups && !chooses; !shown {
				break
			}
		}
		if shown {
			columns = slices.DeleteFunc(columns, func(n string) bool { return n == rawField })
			add(rawField)
		}
	}
	p.keep = !slices.ContainsFunc(rest, func(s numbered) bool { _, ok := makes(s.Stage); return ok })
	p.columns, p.visible = columns, columns
	for _, name := range columns {
		if name == idField && !slices.ContainsFunc(rest, func(s numbered) bool {
			_, shows := s.Stage.(*query.Fields)
			return !shows && slices.Contains(reads(s.Stage), idField)
		}) {
			p.cells = append(p.cells, entryID)
			continue
		}
		p.cells = append(p.cells, p.rowwise.fields.of(name))
	}
}

// entryID in place of a field's number stands for the ID of the entry.
const entryID = -1

// splits says whether a timechart has a column for each value of a field.
func splits(s query.Stage) bool {
	t, ok := s.(*query.Timechart)
	return ok && t.By != ""
}

// reads returns the names of the columns that a stage reads.
func reads(s query.Stage) []string {
	var list []string
	switch s := s.(type) {
	case *query.Stats:
		list = append(aggFields(s.Aggs), s.By...)
	case *query.Top:
		list = append(list, s.Field)
	case *query.Timechart:
		if list = aggFields(s.Aggs); s.By != "" {
			list = append(list, s.By)
		}
	case *query.Fields:
		list = s.Names
	case *query.Sort:
		for _, k := range s.Keys {
			list = append(list, k.Field)
		}
	case *query.Dedup:
		list = s.Fields
	case *query.Rex:
		list = append(list, rexField(s))
	}
	return list
}

func aggFields(aggs []query.Agg) []string {
	var list []string
	for _, a := range aggs {
		if a.Field != "" {
			list = append(list, a.Field)
		}
	}
	return list
}

// makes returns the columns of the table that a grouping stage makes.
func makes(s query.Stage) ([]string, bool) {
	switch s := s.(type) {
	case *query.Stats:
		list := slices.Clone(s.By)
		for _, a := range s.Aggs {
			list = append(list, a.Name())
		}
		return list, true
	case *query.Top:
		return []string{s.Field, "count", "percent"}, true
	case *query.Timechart:
		list := []string{timeField}
		for _, a := range s.Aggs {
			list = append(list, a.Name())
		}
		return list, true
	}
	return nil, false
}
