package ingest

import (
	"fmt"
	"strings"
	"testing"

	"spoor/index"
	"spoor/internal/format"
)

// Ensure memory for headers stays bounded, and the newest stays known.
func TestHeadersAreBounded(t *testing.T) {
	s := &fakeStore{}
	for i := range 20_000 {
		s.infos = append(s.infos, index.StreamInfo{
			Stream:  index.Stream{Tag: fmt.Sprintf("old.%d", i), Format: index.Format{Name: format.ZeekTSV, Header: "h"}},
			LastSeq: uint64(20_000 - i),
		})
	}
	var h headers
	for _, header := range []string{"small", strings.Repeat("large", 10_000)} {
		for i := range 3 * maxHeaders {
			tag := fmt.Sprint(i)
			want := format.Spec{Name: format.ZeekTSV, Header: header}
			h.remember(Params{}, tag, want)
			if len(h.newer) > maxHeaders+1 || h.bytes > maxHeaderBytes+len(header) {
				t.Fatalf("got %d headers of %d bytes", len(h.newer), h.bytes)
			}
			if i%5000 != 0 {
				continue
			}
			if got, err := h.newest(t.Context(), s, Params{Tag: tag}); err != nil || got != want {
				t.Fatalf("got %.20v, %v, want %.20v", got, err, want)
			}
		}
	}
	if got, _ := h.newest(t.Context(), s, Params{Tag: "old.0"}); got.Header != "h" {
		t.Errorf("got %+v, want what the store has", got)
	}
}
