package pipe

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Cell is one value of a table. The zero value is an empty one: the entry
// lacks the field, or there was nothing to work a number out of.
type Cell struct {
	kind cellKind
	num  float64
	text string
	list []string
}

type cellKind uint8

const (
	noCell cellKind = iota
	numberCell
	textCell
	timeCell
	listCell
)

// Number is a cell of a number.
func Number(f float64) Cell { return Cell{kind: numberCell, num: f} }

// Text is a cell of a text.
func Text(s string) Cell { return Cell{kind: textCell, text: s} }

// List is a cell of several texts.
func List(list []string) Cell { return Cell{kind: listCell, list: list} }

// When is a cell of a time.
func When(t time.Time) Cell { return Cell{kind: timeCell, text: string(appendTime(nil, t))} }

// Number is the cell as a number, where it is one.
func (c Cell) Number() (float64, bool) { return c.num, c.kind == numberCell }

// Empty says that there is no value.
func (c Cell) Empty() bool { return c.kind == noCell }

// String is the cell as text: numbers in decimals, times as RFC 3339 in UTC,
// lists with a comma between.
func (c Cell) String() string {
	switch c.kind {
	case numberCell:
		return formatNumber(c.num)
	case textCell, timeCell:
		return c.text
	case listCell:
		return strings.Join(c.list, ", ")
	}
	return ""
}

// MarshalJSON writes a number, a text, a list of texts, or null.
func (c Cell) MarshalJSON() ([]byte, error) {
	var v any
	switch c.kind {
	case numberCell:
		if !math.IsInf(c.num, 0) && !math.IsNaN(c.num) {
			return []byte(formatNumber(c.num)), nil
		}
	case textCell, timeCell:
		v = c.text
	case listCell:
		v = c.list
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}

func formatNumber(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e18 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// timeLayout has a fixed width, so that texts of times order as times do.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

func appendTime(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, timeLayout) }

// values appends the values of the cell as texts.
func (c Cell) values(to [][]byte) [][]byte {
	switch c.kind {
	case noCell:
		return to
	case listCell:
		for _, v := range c.list {
			to = append(to, []byte(v))
		}
		return to
	}
	return append(to, []byte(c.String()))
}

// cellOf is the cell of a field's values.
func cellOf(values [][]byte) Cell {
	switch len(values) {
	case 0:
		return Cell{}
	case 1:
		return Text(string(values[0]))
	}
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return List(list)
}

// size is about what a cell takes in memory.
func (c Cell) size() int64 {
	n := int64(cellBytes + len(c.text))
	for _, v := range c.list {
		n += int64(len(v)) + 16
	}
	return n
}

const cellBytes = 64

// number reads a decimal number: a sign, digits, a fraction, an exponent.
// Nothing else is one: no inf, no hexadecimal, no unit.
func number(b []byte) (float64, bool) {
	if len(b) == 0 || len(b) > 64 {
		return 0, false
	}
	whole, digits := uint64(0), 0
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			whole, digits = whole*10+uint64(c-'0'), digits+1
		case i == 0 && (c == '-' || c == '+'):
		case c == '.' || c == 'e' || c == 'E' || (c == '-' || c == '+') && (b[i-1] == 'e' || b[i-1] == 'E'):
			f, err := strconv.ParseFloat(string(b), 64)
			return f, err == nil
		default:
			return 0, false
		}
	}
	if digits == 0 || digits > 15 { // beyond what a float64 holds exactly
		f, err := strconv.ParseFloat(string(b), 64)
		return f, err == nil
	}
	if b[0] == '-' {
		return -float64(whole), true
	}
	return float64(whole), true
}

// sortKey orders cells: numbers by value, then addresses by value, then texts
// byte for byte, then what is empty.
type sortKey struct {
	class uint8
	num   float64
	text  string
}

const (
	numberClass uint8 = iota
	addressClass
	textClass
	emptyClass
)

func (c Cell) key() sortKey {
	switch c.kind {
	case noCell:
		return sortKey{class: emptyClass}
	case numberCell:
		return sortKey{class: numberClass, num: c.num}
	case listCell:
		return keyOf(c.list[0])
	}
	return keyOf(c.text)
}

func keyOf(text string) sortKey {
	if f, ok := number([]byte(text)); ok {
		return sortKey{class: numberClass, num: f}
	}
	if a, err := netip.ParseAddr(text); err == nil {
		b := a.As16()
		return sortKey{class: addressClass, text: string(b[:]) + a.Zone()}
	}
	return sortKey{class: textClass, text: text}
}

// compare orders two keys; empty ones are last either way.
func (k sortKey) compare(o sortKey, desc bool) int {
	if k.class == emptyClass || o.class == emptyClass {
		return cmp.Compare(k.class, o.class)
	}
	c := cmp.Or(cmp.Compare(k.class, o.class), cmp.Compare(k.num, o.num), cmp.Compare(k.text, o.text))
	if desc {
		return -c
	}
	return c
}
