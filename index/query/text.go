package query

import "strings"

// text is a word or a phrase: a text with or without wildcards.
type text struct {
	glob
	number *decimal // behind a field's name it is compared as a number, or as a time
	exact  bool     // with regard to case
}

// NewWord returns the node that finds text, in which * is a wildcard for any
// run of bytes without blanks. A text that is an IP or MAC address finds all
// spellings of it. Empty text and text of wildcards only find everything.
func NewWord(text string) Value { return newText(splitStars(text)) }

// NewExact returns the node that finds text with regard to case, in which * is
// nothing special; also behind a field's name. It is NewPhrase otherwise.
func NewExact(text string) Value { return newTextCase([]string{text}, true) }

// NewPhrase returns the node that finds text, in which * is nothing special.
// A text that is an IP or MAC address finds all spellings of it. An empty
// one finds everything.
func NewPhrase(text string) Value { return newText([]string{text}) }

// Literal returns the node that finds exactly this value: NewPhrase under
// the name of its purpose, to put a value that somebody clicked on into a
// query. What String gives of it is safe in a query whatever the value holds.
func Literal(value string) Value { return NewPhrase(value) }

// newText makes the node of what stands between wildcards.
func newText(pieces []string) Value { return newTextCase(pieces, false) }

// newTextCase is newText, for texts compared with regard to case if exact.
func newTextCase(pieces []string, exact bool) Value {
	if len(pieces) == 1 {
		if a, ok := parseAddr(pieces[0]); ok {
			return NewAddr(a)
		}
		if mac, ok := parseMAC(pieces[0]); ok {
			return NewMAC(mac)
		}
	}
	g, ok := newGlob(pieces)
	if !ok {
		return everything{}
	}
	t := &text{glob: g, exact: exact}
	for i := range t.parts {
		t.parts[i].exact = exact
	}
	if len(pieces) == 1 {
		t.number = numberOf(pieces[0])
	}
	return t
}

func (t *text) node()                         {}
func (t *text) level() int                    { return levelAtom }
func (t *text) match(r Record) bool           { return t.glob.in(r.Raw(), r.Escapes()) }
func (t *text) stream(string, uint32) Verdict { return Maybe }
func (t *text) inField() string               { return printPieces(t.pieces(), bareValue) }
func (t *text) mark(m *marker)                { m.glob(&t.glob) }

// String prints a text that is compared with regard to case behind case:.
func (t *text) String() string {
	if t.exact {
		return caseName + ":" + printPieces(t.pieces(), bareWord)
	}
	return printPieces(t.pieces(), bareWord)
}

func (t *text) equal(n Node) bool {
	other, ok := n.(*text)
	return ok && t.exact == other.exact && t.glob.equal(&other.glob)
}

func (t *text) in(value []byte, whole bool) bool {
	if t.number != nil {
		same, number := t.number.equalText(value)
		if same || number && !t.number.time {
			return same // 10 is not in 10.5, but 2020 is in 2020-05-01T07:09:23Z
		}
	}
	if whole {
		return t.is(value, !t.exact)
	}
	return t.glob.in(value, NoEscapes)
}

func (t *text) needIn(whole bool) Need {
	if t.number != nil {
		return Need{} // 1000 is 1e3 as well
	}
	return t.glob.need()
}

// splitStars cuts a bare word at its wildcards.
func splitStars(text string) []string { return strings.Split(text, "*") }

// joinStars undoes splitStars.
func joinStars(pieces []string) string { return strings.Join(pieces, "*") }
