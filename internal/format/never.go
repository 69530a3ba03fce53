package format

import (
	"slices"
	"strings"
)

// Never says that no entry of the Spec has a field of that name, whatever
// stands in its lines, so that they need not be read for it. False means that
// they have to be asked.
func Never(s Spec, name string) bool {
	if _, either := sides[name]; either {
		return false // any text may hold an address
	}
	switch s.Name {
	case Text:
		return true
	case Access:
		return !anyOf(accessFields[:], spellings(name))
	case Syslog:
		// Structured data has fields of names with a dot.
		return !slices.ContainsFunc(spellings(name), func(n string) bool {
			return slices.Contains(syslogFields[:], n) || strings.Contains(n, ".")
		})
	case ZeekTSV:
		h, err := parseHeader(s.Header)
		return err == nil && !anyOf(h.names, spellings(name))
	}
	return false
}

// syslogFields are the names of the fields of syslog.
var syslogFields = [...]string{"host", "app", "pid", "msgid", "message", "facility", "severity"}

func anyOf(list, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(list, n) })
}
