package format

import "strings"

// aliases lists spellings of the same field. Zeek's own stands first, then
// what Zeek's JSON exporters, the Elastic Common Schema, and others write.
var aliases = [][]string{
	{"id.orig_h", "id_orig_h", "source.ip", "src_ip"},
	{"id.orig_p", "id_orig_p", "source.port", "src_port"},
	{"id.resp_h", "id_resp_h", "destination.ip", "dest_ip", "dst_ip"},
	{"id.resp_p", "id_resp_p", "destination.port", "dest_port", "dst_port"},
}

// aliasOf finds the row of aliases that a name stands in.
var aliasOf = func() map[string][]string {
	m := make(map[string][]string)
	for _, row := range aliases {
		for _, name := range row {
			m[name] = row
		}
	}
	return m
}()

// Canonical returns the names that mean the same field as name, itself
// among them, Zeek's own spelling first. It is nil when there is no other.
// The caller must not change what it gets.
func Canonical(name string) []string {
	if row, ok := aliasOf[name]; ok {
		return row
	}
	if rest, ok := strings.CutPrefix(name, "id."); ok && rest != "" {
		return []string{name, "id_" + rest}
	}
	if rest, ok := strings.CutPrefix(name, "id_"); ok && rest != "" {
		return []string{"id." + rest, name}
	}
	return nil
}
