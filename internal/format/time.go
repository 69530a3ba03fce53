package format

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// Times are kept in 64 bits of nanoseconds since 1970; what lies beyond is
// taken for no time at all.
var (
	minTime = time.Unix(0, math.MinInt64)
	maxTime = time.Unix(0, math.MaxInt64)
)

const maxSeconds = math.MaxInt64 / int64(time.Second)

func isDigit(b byte) bool { return b-'0' < 10 }

// number reads the n digits at b[i:]; -1 when they are none.
func number(b []byte, i, n int) int {
	if i+n > len(b) {
		return -1
	}
	v := 0
	for _, c := range b[i : i+n] {
		if !isDigit(c) {
			return -1
		}
		v = v*10 + int(c-'0')
	}
	return v
}

// parseSeconds reads seconds since 1970 with a fraction, exactly and to the
// nanosecond; further digits are cut off. Nothing else may stand in b.
func parseSeconds(b []byte) (time.Time, bool) {
	whole, frac, ok := decimal(b)
	if !ok || whole > maxSeconds-1 || whole < -maxSeconds+1 {
		return time.Time{}, false
	}
	return time.Unix(whole, frac).UTC(), true
}

// decimal reads digits with a fraction as a whole number and billionths of
// the same sign.
func decimal(b []byte) (whole, billionths int64, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	i := 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		if whole > math.MaxInt64/10-1 {
			return 0, 0, false
		}
		whole = whole*10 + int64(b[i]-'0')
	}
	if i == 0 {
		return 0, 0, false
	}
	if i < len(b) && b[i] == '.' {
		start := i + 1
		for i = start; i < len(b) && isDigit(b[i]); i++ {
			if i-start < 9 {
				billionths = billionths*10 + int64(b[i]-'0')
			}
		}
		if i == start {
			return 0, 0, false
		}
		for n := i - start; n < 9; n++ {
			billionths *= 10
		}
	}
	if neg {
		whole, billionths = -whole, -billionths
	}
	return whole, billionths, i == len(b)
}

// parseNumber reads a time written as a number: seconds, or by its size
// milli-, micro- or nanoseconds since 1970.
func parseNumber(b []byte) (time.Time, bool) {
	whole, frac, ok := decimal(b)
	if !ok {
		// Exponents are rare enough to be read through a float.
		f, err := strconv.ParseFloat(string(b), 64)
		if err != nil || !(math.Abs(f) < float64(maxSeconds)) { // NaN is no time either
			return time.Time{}, false
		}
		sec, part := math.Modf(f)
		return time.Unix(int64(sec), int64(part*1e9)).UTC(), true
	}
	size := max(whole, -whole)
	switch {
	case size < maxSeconds:
		return time.Unix(whole, frac).UTC(), true
	case size < 1e11:
		return time.Time{}, false // in no unit a time that logs have
	case size < maxSeconds*1e3:
		return time.UnixMilli(whole).Add(time.Duration(frac / 1e3)).UTC(), true
	case size < 1e14:
		return time.Time{}, false
	case size < maxSeconds*1e6:
		return time.UnixMicro(whole).Add(time.Duration(frac / 1e6)).UTC(), true
	default:
		return time.Unix(0, whole).UTC(), true
	}
}

var daysIn = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// date makes a time of its parts if there is such a time.
func date(year, month, day int, clock time.Duration, zone *time.Location) (time.Time, bool) {
	if month < 1 || month > 12 || day < 1 || day > daysIn[month] || clock < 0 {
		return time.Time{}, false
	}
	leap := year%4 == 0 && (year%100 != 0 || year%400 == 0)
	if month == 2 && day == 29 && !leap {
		return time.Time{}, false
	}
	sec, nsec := int(clock/time.Second), int(clock%time.Second)
	t := time.Date(year, time.Month(month), day, 0, 0, sec, nsec, zone).UTC()
	if t.Before(minTime) || t.After(maxTime) {
		return time.Time{}, false
	}
	return t, true
}

// clock reads hh:mm:ss with an optional fraction at b[i:] and returns how
// far into the day that is, and where it ends; -1 when there is none.
func clock(b []byte, i int) (time.Duration, int) {
	h, m, s := number(b, i, 2), number(b, i+3, 2), number(b, i+6, 2)
	if h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60 || b[i+2] != ':' || b[i+5] != ':' {
		return -1, i
	}
	d := time.Duration(h*3600+m*60+s) * time.Second
	i += 8
	if i+1 < len(b) && (b[i] == '.' || b[i] == ',') && isDigit(b[i+1]) {
		unit := 100 * time.Millisecond
		for i++; i < len(b) && isDigit(b[i]); i++ {
			d += time.Duration(b[i]-'0') * unit
			unit /= 10
		}
	}
	return d, i
}

// offset reads Z, +hh:mm, +hhmm or +hh at b[i:].
func offset(b []byte, i int) (d time.Duration, end int, ok bool) {
	if i >= len(b) {
		return 0, i, false
	}
	if b[i] == 'Z' || b[i] == 'z' {
		return 0, i + 1, true
	}
	if b[i] != '+' && b[i] != '-' {
		return 0, i, false
	}
	h, m, end := number(b, i+1, 2), 0, i+3
	if h < 0 || h > 18 {
		return 0, i, false
	}
	if n := number(b, end, 2); n >= 0 {
		m, end = n, end+2
	} else if end < len(b) && b[end] == ':' && number(b, end+1, 2) >= 0 {
		m, end = number(b, end+1, 2), end+3
	}
	if m > 59 {
		return 0, i, false
	}
	d = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if b[i] == '-' {
		d = -d
	}
	return d, end, true
}

// parseISO reads 2006-01-02T15:04:05 at the start of b, with a blank for the
// T, / for -, a fraction after . or a comma, and a zone where they are there.
// It says where the time ends and whether it has a zone of its own.
func parseISO(b []byte, zone *time.Location) (t time.Time, end int, zoned, ok bool) {
	if len(b) < 19 || (b[4] != '-' && b[4] != '/') || b[7] != b[4] ||
		(b[10] != 'T' && b[10] != ' ' && b[10] != 't') {
		return t, 0, false, false
	}
	year, month, day := number(b, 0, 4), number(b, 5, 2), number(b, 8, 2)
	into, end := clock(b, 11)
	if year < 0 {
		return t, 0, false, false
	}
	at := end
	if end+1 < len(b) && b[end] == ' ' && (b[end+1] == '+' || b[end+1] == '-') &&
		number(b, end+2, 4) >= 0 && (end+6 == len(b) || b[end+6] == ' ') {
		at = end + 1 // a blank before +hhmm
	}
	if d, e, is := offset(b, at); is {
		t, ok = date(year, month, day, into, time.UTC)
		return t.Add(-d), e, true, ok
	}
	if bytes.HasPrefix(b[end:], []byte(" UTC")) {
		t, ok = date(year, month, day, into, time.UTC)
		return t, end + 4, true, ok
	}
	t, ok = date(year, month, day, into, zone)
	return t, end, false, ok
}

// month reads the English short name of a month; 0 when it is none.
func month(b []byte) int {
	if len(b) < 3 {
		return 0
	}
	switch string(b[:3]) {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

// stamp is the time of RFC 3164, which has no year, in its parts.
type stamp struct {
	year, month, day int // year 0: not said
	into             time.Duration
	end              int
}

// parseStamp reads "Jan  2 15:04:05" at the start of b, with a year after
// the day and a fraction where they are there.
func parseStamp(b []byte) (s stamp, ok bool) {
	s.month = month(b)
	if s.month == 0 || len(b) < 14 || b[3] != ' ' {
		return s, false
	}
	i := 4
	if b[i] == ' ' {
		i++
	}
	for n := 0; n < 2 && isDigit(b[i]); n++ {
		s.day = s.day*10 + int(b[i]-'0')
		i++
	}
	if s.day < 1 || s.day > daysIn[s.month] || b[i] != ' ' {
		return s, false
	}
	i++
	if y := number(b, i, 4); y >= 1970 && i+4 < len(b) && b[i+4] == ' ' {
		s.year, i = y, i+5
	}
	s.into, s.end = clock(b, i)
	return s, s.into >= 0
}

// time gives a stamp the latest year in which it is no more than a day
// ahead of now.
func (s stamp) time(now time.Time, zone *time.Location) (time.Time, bool) {
	if s.year != 0 {
		return date(s.year, s.month, s.day, s.into, zone)
	}
	latest := now.Add(24 * time.Hour)
	// The 29th of February may be eight years away.
	for year, n := latest.In(zone).Year(), 0; n < 9; year, n = year-1, n+1 {
		if t, ok := date(year, s.month, s.day, s.into, zone); ok && !t.After(latest) {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseAccessTime reads 02/Jan/2006:15:04:05 -0700 at the start of b.
func parseAccessTime(b []byte, zone *time.Location) (t time.Time, end int, ok bool) {
	if len(b) < 20 || b[2] != '/' || b[6] != '/' || b[11] != ':' {
		return t, 0, false
	}
	day, mon, year := number(b, 0, 2), month(b[3:]), number(b, 7, 4)
	into, end := clock(b, 12)
	if year < 0 {
		return t, 0, false
	}
	if end < len(b) && b[end] == ' ' {
		if d, e, is := offset(b, end+1); is {
			t, ok = date(year, mon, day, into, time.UTC)
			return t.Add(-d), e, ok
		}
	}
	t, ok = date(year, mon, day, into, zone)
	return t, end, ok
}

// layouts are rarer spellings of times, tried last.
var layouts = []string{
	time.RFC1123Z, time.RFC1123, time.RFC850, time.ANSIC, time.UnixDate, time.RubyDate,
	"20060102T150405Z0700", "20060102T150405", "20060102150405",
	"01/02/2006 15:04:05", "1/2/2006 3:04:05 PM",
}

// parseText reads a time from a text that holds nothing else.
func parseText(b []byte, now time.Time, zone *time.Location) (time.Time, bool) {
	b = bytes.TrimSpace(b)
	if len(b) < 8 || len(b) > 64 {
		return time.Time{}, false
	}
	if t, end, _, ok := parseISO(b, zone); ok && (end == len(b) || b[end] == '[') {
		return t, true
	}
	if t, end, ok := parseAccessTime(b, zone); ok && end == len(b) {
		return t, true
	}
	if s, ok := parseStamp(b); ok && s.end == len(b) {
		return s.time(now, zone)
	}
	if ms, ok := bytes.CutPrefix(b, []byte("/Date(")); ok {
		b, _ = bytes.CutSuffix(ms, []byte(")/"))
	}
	if whole, _, ok := decimal(b); ok && len(b) != 14 {
		if whole < 1e8 {
			return time.Time{}, false
		}
		return parseNumber(b)
	}
	for _, l := range layouts {
		if t, err := time.ParseInLocation(l, string(b), zone); err == nil && t.After(minTime) && t.Before(maxTime) {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
