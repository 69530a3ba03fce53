package query

// field asks for a value in the unescaped values of a field.
type field struct {
	name  string
	whole bool
	value Value
}

// NewField returns the node that asks for a field in one of whose values v
// stands; Any() asks only that the field exists. Numbers and times are
// compared by value. The name is taken as it is: tag and src here are fields
// of the entry that happen to be called that.
func NewField(name string, v Value) Node { return &field{name: name, value: v} }

// NewFieldEqual is NewField for values that are wholly v.
func NewFieldEqual(name string, v Value) Node {
	_, exists := v.(everything)
	_, regex := v.(*pattern) // has its own anchors
	return &field{name: name, whole: !exists && !regex, value: v}
}

// computed are fields whose values formats work out from something else in
// the entry, so that the words of a value need not stand in its text: a
// syslog priority is written as <34>.
var computed = map[string]bool{"facility": true, "severity": true, "time_guessed": true}

func (f *field) node()                         {}
func (f *field) level() int                    { return levelAtom }
func (f *field) stream(string, uint32) Verdict { return Maybe }
func (f *field) mark(m *marker)                { f.value.(expr).mark(m) }

func (f *field) match(r Record) bool {
	for _, v := range r.Field(f.name) {
		if f.value.in(v, f.whole) {
			return true
		}
	}
	return false
}

func (f *field) need() Need {
	if computed[f.name] {
		return Need{}
	}
	return f.value.needIn(f.whole)
}

func (f *field) equal(n Node) bool {
	other, ok := n.(*field)
	return ok && f.name == other.name && f.whole == other.whole && f.value.(expr).equal(other.value)
}

func (f *field) String() string {
	rest := ":"
	if f.whole {
		rest = ":="
	}
	rest += f.value.inField()
	if f.name != tagName && f.name != sourceName && bareName(f.name) && fieldColon(firstRun(f.name+rest)) == len(f.name) {
		return f.name + rest
	}
	return quote([]string{f.name}) + rest
}

// NewFieldEmpty returns the node that asks for a field one of whose values is
// the empty text, printed as f:="".
func NewFieldEmpty(name string) Node { return &field{name: name, whole: true, value: empty{}} }

// empty is the value that has no bytes.
type empty struct{ everything }

func (empty) String() string               { return `""` }
func (empty) inField() string              { return `""` }
func (empty) in(value string, _ bool) bool { return value == "" }
func (empty) equal(n Node) bool {
	_, ok := n.(empty)
	return ok
}
