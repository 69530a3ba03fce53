package query

import (
	"bytes"
	"strconv"
	"time"
)

// decimal is a number as it is written, without rounding: it is 0 if digits
// is empty, else ±0.digits × 10^exp.
type decimal struct {
	negative bool
	digits   []byte // neither the first nor the last of them is 0
	exp      int
	// time says that it was written as a point in time; the number is
	// seconds since 1970 then.
	time bool
}

// numberOf reads a number or a time; nil if text is neither.
func numberOf(text string) *decimal {
	if d, ok := readDecimal(readOnly(text), nil); ok {
		return &d
	}
	if when, ok := readTime(text); ok {
		d := unixSeconds(when)
		return &d
	}
	return nil
}

// equalText compares with a field's value. number says that the value is
// written as a number, so that nothing but its value counts.
func (d *decimal) equalText(value []byte) (same, number bool) {
	var buf [64]byte
	other, number := readDecimal(value, buf[:0])
	if iso, ok := readISO(value, buf[:0]); ok {
		other = iso
	} else if !number {
		when, ok := readTime(textOf(value))
		if !ok {
			return false, false
		}
		other = unixSeconds(when)
	}
	return d.negative == other.negative && d.exp == other.exp && bytes.Equal(d.digits, other.digits), number
}

// readDecimal reads what JSON and Zeek write as a number: a sign, digits, a
// fraction, an exponent. It also reads 0x and up to 16 hexadecimal digits,
// which is how Windows and Wireshark write codes and flags. It appends the
// digits to buf.
func readDecimal(text, buf []byte) (d decimal, ok bool) {
	if len(text) > 2 && len(text) <= 18 && text[0] == '0' && lower[text[1]] == 'x' {
		v, err := strconv.ParseUint(textOf(text[2:]), 16, 64)
		if err != nil {
			return decimal{}, false
		}
		var room [20]byte
		text = strconv.AppendUint(room[:0], v, 10)
	}
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		d.negative = text[0] == '-'
		text = text[1:]
	}
	whole := digits(text)
	text = text[len(whole):]
	var fraction []byte
	if len(text) > 0 && text[0] == '.' {
		fraction = digits(text[1:])
		if len(fraction) == 0 {
			return decimal{}, false
		}
		text = text[1+len(fraction):]
	}
	if len(whole) == 0 {
		return decimal{}, false
	}
	if len(text) > 1 && lower[text[0]] == 'e' && len(text) <= 10 {
		n, err := strconv.Atoi(string(text[1:]))
		if err != nil {
			return decimal{}, false
		}
		d.exp, text = n, nil
	}
	if len(text) > 0 {
		return decimal{}, false
	}
	d.exp += len(whole)
	d.digits = append(append(buf, whole...), fraction...)
	lead := len(d.digits) - len(bytes.TrimLeft(d.digits, "0"))
	d.exp -= lead
	d.digits = bytes.TrimRight(d.digits[lead:], "0")
	if len(d.digits) == 0 {
		d.exp, d.negative = 0, false
	}
	return d, true
}

// digits are the digits that text begins with.
func digits(text []byte) []byte {
	n := 0
	for n < len(text) && digit(text[n]) {
		n++
	}
	return text[:n]
}

// readTime reads a date and a time of day as RFC 3339 has it, also with a
// blank for the T and without a zone, which means UTC.
func readTime(text string) (time.Time, bool) {
	if len(text) < len("2006-01-02T15:04:05") || len(text) > 64 || text[4] != '-' || text[13] != ':' {
		return time.Time{}, false
	}
	layout := "2006-01-02T15:04:05"
	if text[10] == ' ' {
		layout = "2006-01-02 15:04:05"
	}
	for _, zone := range [...]string{"Z07:00", ""} {
		if when, err := time.Parse(layout+zone, text); err == nil {
			return when, true
		}
	}
	return time.Time{}, false
}

// readISO reads a time as most logs write it, 2006-01-02T15:04:05.999999Z, as
// seconds since 1970. It appends the digits to buf. What it does not take may
// be a time all the same.
func readISO(b, buf []byte) (d decimal, ok bool) {
	const shape = "dddd-dd-ddTdd:dd:dd"
	if len(b) <= len(shape) || b[len(b)-1] != 'Z' || !shaped(textOf(b), shape) {
		return d, false
	}
	two := func(i int) int64 { return int64(b[i]-'0')*10 + int64(b[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	if year <= 1970 || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 {
		return d, false
	}
	fraction := b[len(shape) : len(b)-1]
	if len(fraction) > 0 && (fraction[0] != '.' || len(fraction) > 10 || len(digits(fraction[1:])) != len(fraction)-1) || len(fraction) == 1 {
		return d, false
	}
	if month <= 2 { // https://howardhinnant.github.io/date_algorithms.html#days_from_civil
		year, month = year-1, month+12
	}
	days := 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468
	from := len(buf)
	buf = strconv.AppendInt(buf, days*24*60*60+hour*60*60+minute*60+second, 10)
	d.exp, d.time = len(buf)-from, true
	if len(fraction) > 0 {
		buf = append(buf, fraction[1:]...)
	}
	d.digits = bytes.TrimRight(buf[from:], "0")
	return d, true
}

// unixSeconds is the point in time as Zeek writes it.
func unixSeconds(when time.Time) decimal { return appendUnixSeconds(nil, when) }

// appendUnixSeconds is unixSeconds that appends the digits to buf.
func appendUnixSeconds(buf []byte, when time.Time) decimal {
	seconds, nanos := when.Unix(), when.Nanosecond()
	var room [40]byte
	text := room[:0]
	if seconds < 0 {
		text, seconds = append(text, '-'), -seconds
		if nanos > 0 {
			seconds, nanos = seconds-1, int(time.Second)-nanos
		}
	}
	text = append(strconv.AppendInt(text, seconds, 10), '.')
	fraction := len(text)
	text = strconv.AppendInt(text, int64(time.Second)+int64(nanos), 10)
	text = append(text[:fraction], text[fraction+1:]...) // the 1 before nine digits
	d, _ := readDecimal(text, buf)
	d.time = true
	return d
}
