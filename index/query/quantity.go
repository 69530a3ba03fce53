package query

import (
	"bytes"
	"cmp"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// A quantity is a number that may have units: seconds or bytes.

// sizeUnits are the units of a size in bytes, in lower case.
var sizeUnits = []struct {
	name string
	size uint64
}{
	{"b", 1}, {"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"pb", 1e15},
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40}, {"pib", 1 << 50},
}

// cut splits a number from the letters behind it, up to the next digit.
func cutUnit(text string) (number, unit, rest string) {
	i := 0
	for i < len(text) && (digit(text[i]) || text[i] == '.') {
		i++
	}
	end := i
	for end < len(text) && !digit(text[end]) {
		end++
	}
	return text[:i], text[i:end], text[end:]
}

// readSize reads a number of bytes with a unit: 10kB, 4MiB, 1.5GB.
func readSize(text string) (decimal, bool) {
	number, unit, rest := cutUnit(text)
	d, ok := readDecimal(readOnly(number), nil)
	if !ok || rest != "" {
		return decimal{}, false
	}
	for _, u := range sizeUnits {
		if strings.EqualFold(u.name, unit) {
			return d.times(u.size)
		}
	}
	return decimal{}, false
}

// readDuration reads numbers with units of time: 90s, 1h30m, 1.5ms. The units
// are w, d, h, m, s, ms, us (or µs) and ns.
func readDuration(text string) (time.Duration, bool) {
	text, negative := strings.CutPrefix(text, "-")
	if text == "" || len(text) > 64 {
		return 0, false
	}
	sum := uint64(0)
	for text != "" {
		number, unit, rest := cutUnit(text)
		n, ok := nanoseconds(number, unit)
		if sum += n; !ok || sum > 1<<62 {
			return 0, false
		}
		text = rest
	}
	if negative {
		return -time.Duration(sum), true
	}
	return time.Duration(sum), true
}

// nanoseconds reads a whole number of nanoseconds, less than 2^62.
func nanoseconds(number, unit string) (uint64, bool) {
	if unit == "µs" || unit == "μs" {
		unit = "us"
	}
	for _, u := range durationUnits {
		if u.name != unit {
			continue
		}
		d, ok := readDecimal(readOnly(number), nil)
		if !ok {
			return 0, false
		}
		if d, ok = d.times(uint64(u.size)); !ok || d.exp > 19 || d.exp < len(d.digits) {
			return 0, false
		}
		n, err := strconv.ParseUint(string(d.digits)+strings.Repeat("0", d.exp-len(d.digits)), 10, 62)
		return n, err == nil
	}
	return 0, false
}

// seconds is a duration as a number.
func seconds(d time.Duration) decimal {
	n, _ := readDecimal([]byte(strconv.FormatInt(int64(d), 10)), nil)
	if len(n.digits) > 0 {
		n.exp -= 9
	}
	return n
}

// times multiplies; ok is false if the number has too many digits for it.
func (d decimal) times(by uint64) (decimal, bool) {
	if len(d.digits) == 0 {
		return d, true
	}
	n, err := strconv.ParseUint(string(d.digits), 10, 64)
	high, low := bits.Mul64(n, by)
	if err != nil || high != 0 {
		return decimal{}, false
	}
	product := strconv.AppendUint(nil, low, 10)
	d.exp += len(product) - len(d.digits)
	d.digits = bytes.TrimRight(product, "0")
	return d, true
}

// compare is negative if d is less than other, positive if it is greater.
func (d *decimal) compare(other *decimal) int {
	a, b := d.sign(), other.sign()
	if a != b || a == 0 {
		return a - b
	}
	return a * cmp.Or(cmp.Compare(d.exp, other.exp), bytes.Compare(d.digits, other.digits))
}

func (d *decimal) sign() int {
	switch {
	case len(d.digits) == 0:
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// readMoment is readTime which also reads a date, and a time without seconds.
func readMoment(text string) (time.Time, bool) {
	if len(text) > 16 && strings.IndexByte("Z+-", text[16]) >= 0 {
		when, err := time.Parse("2006-01-02T15:04Z07:00", text[:10]+"T"+text[11:])
		return when, err == nil && (text[10] == 'T' || text[10] == ' ')
	}
	for _, layout := range [...]string{"2006-01-02", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if len(text) == len(layout) && text[4] == '-' {
			if when, err := time.Parse(layout, text); err == nil {
				return when, true
			}
		}
	}
	return readTime(text)
}
