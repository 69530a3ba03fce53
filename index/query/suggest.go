package query

import (
	"strings"
)

// maxSuggestName bounds the names that Suggest compares, in bytes.
const maxSuggestName = 64

// Suggest returns the one of the known names that name was probably meant to
// be, or "" if none is near, or if name itself is known. Of equally near ones
// it is the first.
func Suggest(name string, known []string) string {
	if name == "" || len(name) > maxSuggestName {
		return ""
	}
	best, least := "", 1+max(1, len(name)/3)
	for _, k := range known {
		if k == name {
			return ""
		}
		if len(k) > maxSuggestName {
			continue
		}
		if d := nameDistance(name, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// nameDistance is how many letters have to be put in, taken out, changed or
// exchanged with their neighbour. Another case or another joint (. _ -)
// counts nothing, and a last part of a name is near it.
func nameDistance(a, b string) int {
	plain := strings.NewReplacer(".", "_", "-", "_")
	a, b = plain.Replace(foldText(a)), plain.Replace(foldText(b))
	if len(a) > 2 && strings.HasSuffix(b, "_"+a) {
		return 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
