package query

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Limits of pipes.
const (
	maxStages = 20
	maxAggs   = 20
	maxNames  = 50
	maxTop    = 10_000
	maxHead   = 1_000_000
	minSpan   = time.Millisecond
	maxSpan   = 100 * 365 * 24 * time.Hour
)

// The pipes and the functions of stats, for errors.
var (
	stageNames = []string{"stats", "top", "timechart", "fields", "sort", "head", "dedup", "rex", "where"}
	funcNames  = []string{"count", "dc", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99"}
)

// stages reads pipes up to the end:
//
//	stage     = stats | top | timechart | fields | sort | head | dedup | rex | where .
//	stats     = "stats" aggs [ "by" names ] .
//	timechart = "timechart" [ duration ] [ aggs ] [ "by" name ] .
//	aggs      = agg { "," agg } .
//	agg       = func [ "(" [ name ] ")" ] [ "as" name ] .
//	names     = name { "," name } .
func (p *parser) stages() ([]Stage, error) {
	var stages []Stage
	for p.token.kind == tokenPipe {
		if len(stages) == maxStages {
			return nil, p.fail(p.token.at, fmt.Sprintf("more than %d pipes", maxStages))
		}
		s, err := p.stage()
		if err != nil {
			return nil, err
		}
		stages = append(stages, s)
	}
	if p.token.kind != tokenEnd { // behind where
		return nil, p.fail(p.token.at, `there is no "(" that this ")" closes`)
	}
	return stages, nil
}

// stage reads what stands behind a |, up to the next one.
func (p *parser) stage() (Stage, error) {
	p.blanks()
	at := p.i
	name := p.bareName()
	var s Stage
	var err error
	switch name {
	case "stats":
		s, err = p.stats()
	case "top":
		s, err = p.top()
	case "timechart":
		s, err = p.timechart()
	case "fields":
		var names []string
		names, err = p.names()
		s = &Fields{names}
	case "sort":
		s, err = p.sort()
	case "head":
		var n int
		n, err = p.number(10, maxHead)
		s = &Head{n}
	case "dedup":
		var names []string
		names, err = p.names()
		s = &Dedup{names}
	case "rex":
		s, err = p.rex()
	case "where":
		return p.where()
	default:
		return nil, p.fail(at, "expected "+strings.Join(stageNames, ", ")+didYouMean(name, stageNames))
	}
	if err == nil {
		err = p.stageEnd()
	}
	return s, err
}

// didYouMean is the end of an error's reason.
func didYouMean(name string, known []string) string {
	if best := Suggest(name, known); best != "" {
		return "; did you mean " + best + "?"
	}
	return ""
}

// stageEnd asks for the next pipe or the end.
func (p *parser) stageEnd() error {
	p.blanks()
	p.token = token{at: p.i}
	switch {
	case p.i == len(p.lexer.query):
	case p.lexer.query[p.i] == '|':
		p.token.kind = tokenPipe
		p.i++
	default:
		return p.fail(p.i, "expected | or the end")
	}
	return nil
}

// where reads a query up to the next pipe.
func (p *parser) where() (Stage, error) {
	outer := p.search
	p.search = &search{o: ParseOptions{Source: outer.o.Source}} // times are of the first query only
	p.token = token{}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == tokenEnd || p.token.kind == tokenPipe {
		return nil, p.fail(p.token.at, "expected a query behind where")
	}
	n, err := p.or()
	if err == nil && len(p.search.options) > 0 {
		o := p.search.options[0]
		err = p.fail(o.at, o.name+`: stands before the first pipe; for a column of that name write "`+o.name+`":x`)
	}
	p.search = outer
	return &Where{n}, err
}

// nameEnds says whether b ends a bare name in a pipe.
func nameEnds(b byte) bool { return endsRun(b) || b == ',' || b == '=' }

// bareName reads a name without quotes; it may be empty.
func (p *parser) bareName() string {
	start := p.i
	for p.i < len(p.lexer.query) && !nameEnds(p.lexer.query[p.i]) {
		p.i++
	}
	return p.lexer.query[start:p.i]
}

// keyword reads a word if it is next.
func (p *parser) keyword(word string) bool {
	p.blanks()
	start := p.i
	if p.bareName() == word {
		return true
	}
	p.i = start
	return false
}

// punct reads a byte if it is next.
func (p *parser) punct(b byte) bool {
	p.blanks()
	if p.i < len(p.lexer.query) && p.lexer.query[p.i] == b {
		p.i++
		return true
	}
	return false
}

// name reads the name of a field.
func (p *parser) name() (string, error) {
	p.blanks()
	at := p.i
	if p.i < len(p.lexer.query) && p.lexer.query[p.i] == '"' {
		o, err := p.phrase()
		switch {
		case err != nil:
			return "", err
		case len(o.pieces) > 1:
			return "", p.fail(at, "the name of a field holds no wildcard")
		case o.pieces[0] == "":
			return "", p.fail(at, "nothing between the quotes; expected the name of a field")
		}
		return o.pieces[0], nil
	}
	name := p.bareName()
	if star := strings.IndexByte(name, '*'); star >= 0 {
		return "", p.fail(at+star, "the name of a field holds no wildcard")
	}
	switch name {
	case "by", "as", "from":
		return "", p.fail(at, "expected the name of a field; one that is called "+name+" stands in quotes")
	case "":
		return "", p.fail(at, "expected the name of a field, in quotes if it is an odd one")
	}
	return name, nil
}

// column reads the name of a column: that of a field, or what stats calls
// what it counts, such as sum(x).
func (p *parser) column() (string, error) {
	p.blanks()
	at := p.i
	if isFunc(p.bareName()) && p.opens() {
		p.i = at
		a, err := p.call()
		return a.Name(), err
	}
	p.i = at
	return p.name()
}

// opens says whether a parenthesis is next.
func (p *parser) opens() bool { return p.i < len(p.lexer.query) && p.lexer.query[p.i] == '(' }

// names reads names with commas between them.
func (p *parser) names() ([]string, error) {
	var names []string
	for {
		p.blanks()
		at := p.i
		name, err := p.column()
		if err != nil {
			return nil, err
		}
		if names = append(names, name); len(names) > maxNames {
			return nil, p.fail(at, fmt.Sprintf("more than %d fields", maxNames))
		}
		if !p.punct(',') {
			return names, nil
		}
	}
}

// number reads a number from 1 to most, if there is one.
func (p *parser) number(otherwise, most int) (int, error) {
	p.blanks()
	at := p.i
	text := p.bareName()
	if text == "" || !digit(text[0]) {
		p.i = at
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, p.fail(at, fmt.Sprintf("expected a number from 1 to %d", most))
	}
	return n, nil
}

func (p *parser) top() (Stage, error) {
	n, err := p.number(10, maxTop)
	if err != nil {
		return nil, err
	}
	field, err := p.column()
	return &Top{n, field}, err
}

func (p *parser) stats() (Stage, error) {
	aggs, err := p.aggs()
	if err != nil {
		return nil, err
	}
	s := &Stats{Aggs: aggs}
	if p.keyword("by") {
		s.By, err = p.names()
	}
	return s, err
}

func (p *parser) timechart() (Stage, error) {
	t := &Timechart{Aggs: []Agg{{Func: "count"}}}
	p.blanks()
	at := p.i
	if text := p.bareName(); text != "" && digit(text[0]) {
		span, ok := readDuration(text)
		if !ok || span < minSpan || span > maxSpan {
			return nil, p.fail(at, "expected a duration like 30s, 5m or 1d")
		}
		t.Span = span
	} else {
		p.i = at
	}
	var err error
	by := p.keyword("by")
	if p.blanks(); !by && p.i < len(p.lexer.query) && p.lexer.query[p.i] != '|' {
		if t.Aggs, err = p.aggs(); err != nil {
			return nil, err
		}
		by = p.keyword("by")
	}
	if by {
		t.By, err = p.column()
	}
	return t, err
}

// aggs reads functions with commas between them.
func (p *parser) aggs() ([]Agg, error) {
	var aggs []Agg
	columns := map[string]bool{}
	for {
		p.blanks()
		at := p.i
		a, err := p.agg()
		if err != nil {
			return nil, err
		}
		if columns[a.Name()] {
			return nil, p.fail(at, "a second column "+a.Name()+"; expected another name behind as")
		}
		columns[a.Name()] = true
		if aggs = append(aggs, a); len(aggs) > maxAggs {
			return nil, p.fail(at, fmt.Sprintf("more than %d functions", maxAggs))
		}
		if !p.punct(',') {
			return aggs, nil
		}
	}
}

// agg reads one function and its name.
func (p *parser) agg() (Agg, error) {
	a, err := p.call()
	if err == nil && p.keyword("as") {
		a.As, err = p.name()
	}
	return a, err
}

// call reads one function.
func (p *parser) call() (a Agg, err error) {
	at := p.i
	a.Func = p.bareName()
	if !isFunc(a.Func) {
		return a, p.fail(at, "expected "+strings.Join(funcNames, "(), ")+"()"+didYouMean(a.Func, funcNames))
	}
	if p.opens() {
		p.i++
		if !p.punct(')') {
			if a.Field, err = p.name(); err != nil {
				return a, err
			}
			if !p.punct(')') {
				return a, p.fail(p.i, `expected ")" behind the field of `+a.Func)
			}
		}
	}
	if a.Field == "" && a.Func != "count" {
		return a, p.fail(p.i, "expected a field: "+a.Func+"(x)")
	}
	return a, nil
}

// isFunc says whether stats knows a function: p1 to p99 are percentiles.
func isFunc(name string) bool {
	switch name {
	case "count", "dc", "sum", "avg", "min", "max":
		return true
	}
	percent, ok := strings.CutPrefix(name, "p")
	n, err := strconv.Atoi(percent)
	return ok && err == nil && n >= 1 && n <= 99 && percent[0] != '0' && percent[0] != '+'
}

func (p *parser) sort() (Stage, error) {
	s := &Sort{}
	for {
		p.blanks()
		at := p.i
		k := SortKey{Desc: p.punct('-')}
		var err error
		if k.Field, err = p.column(); err != nil {
			return nil, err
		}
		if s.Keys = append(s.Keys, k); len(s.Keys) > maxNames {
			return nil, p.fail(at, fmt.Sprintf("more than %d fields", maxNames))
		}
		if !p.punct(',') {
			return s, nil
		}
	}
}

// rex reads a regular expression with named groups, and the field it is for.
func (p *parser) rex() (Stage, error) {
	p.blanks()
	at := p.i
	if p.i == len(p.lexer.query) || p.lexer.query[p.i] != '/' {
		return nil, p.fail(at, "expected a regular expression: rex /user=(?<user>[a-z]+)/")
	}
	o, ok := p.regex()
	if !ok || o.source == "" {
		return nil, p.fail(at, "expected a regular expression that ends in / and a blank")
	}
	if err := p.countRegex(o); err != nil {
		return nil, err
	}
	source := unslash(o.source)
	if o.fold {
		source = "(?i)" + source
	}
	re, err := regexp.Compile(source)
	if err != nil {
		at, reason := regexFault(err, o.source, o.at+1)
		return nil, p.fail(at, reason)
	}
	if err := checkGroups(re); err != nil {
		return nil, p.fail(at, err.Error())
	}
	r := &Rex{Pattern: re}
	if p.keyword("from") {
		r.Field, err = p.name()
	}
	return r, err
}

// checkGroups says what keeps the named groups from being fields.
func checkGroups(re *regexp.Regexp) error {
	for _, name := range re.SubexpNames() {
		if name != "" {
			return nil
		}
	}
	return errors.New("no group has a name; expected (?<name>...) for each field")
}
