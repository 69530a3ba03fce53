package actionables

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"spoor/internal/realdata"
)

// BenchmarkPage scans and cuts a page of 200 lines with the 52 actionables of
// Gravwell's kits, all enabled, and the shipped ones. cpu-ms/op is what it
// costs where others use the machine, too.
func BenchmarkPage(b *testing.B) {
	m := kitMatcher(b)
	page := rows()
	before := cpu(b)
	for b.Loop() {
		for _, row := range page {
			if len(Cut(row, nil, m.ScanAt(row, Place{Tag: "zeek.notice"}))) < 2 {
				b.Fatal("nothing found")
			}
		}
	}
	b.ReportMetric((cpu(b)-before)*1e3/float64(b.N), "cpu-ms/op")
}

// kitMatcher matches the actionables of Gravwell's kits, all enabled, and the
// shipped ones.
func kitMatcher(t testing.TB) *Matcher {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(realdata.Dir(t), "gravwell-kit-pivots.json"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(text, "")
	if err != nil {
		t.Fatal(err)
	}
	all := Shipped()
	for _, item := range d.Items {
		item.Actionable.Disabled = false
		all = append(all, item.Actionable)
	}
	m, err := NewMatcher(all)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// cpu is what this process has used of the processors, in seconds.
func cpu(b *testing.B) float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
