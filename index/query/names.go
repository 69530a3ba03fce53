package query

import "slices"

// FieldNames returns the names of the fields that a query asks for, each once,
// in the order in which they stand. A nil Node asks for none.
func FieldNames(n Node) []string {
	var list []string
	var walk func(n Node)
	walk = func(n Node) {
		switch n := n.(type) {
		case *and:
			for _, k := range n.kids {
				walk(k)
			}
		case *or:
			for _, k := range n.kids {
				walk(k)
			}
		case *not:
			walk(n.kid)
		case *field:
			if !slices.Contains(list, n.name) {
				list = append(list, n.name)
			}
		}
	}
	walk(n)
	return list
}
