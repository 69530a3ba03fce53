package ingest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"spoor/index"
	"spoor/internal/format"
)

// headers remembers the newest Zeek header of every tag, source and origin,
// for bodies that continue a log without repeating it. The zero value is
// ready.
type headers struct {
	mu     sync.Mutex // guards what follows
	loaded bool
	newer  map[headerKey]format.Spec
	bytes  int // of the headers
}

// maxHeaders and maxHeaderBytes bound what is kept in memory. What is
// forgotten is still in the store, and read again from it.
const (
	maxHeaders     = 10_000
	maxHeaderBytes = 32 << 20
)

type headerKey struct {
	tag    string // empty: whatever log the file is
	source uint32
	origin index.Origin
}

// newest returns the header that a body of these params continues; zero when
// there is none. Without a tag only the name of a file says which log it is.
func (h *headers) newest(ctx context.Context, s Store, params Params) (format.Spec, error) {
	if params.Tag == "" && params.Origin.File == "" {
		return format.Spec{}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.loaded {
		if err := h.load(ctx, s); err != nil {
			return format.Spec{}, err
		}
	}
	return h.newer[headerKey{params.Tag, params.Source, params.Origin}], nil
}

// load reads the headers of the store's streams.
func (h *headers) load(ctx context.Context, s Store) error {
	infos, err := s.Streams(ctx)
	if err != nil {
		return err
	}
	infos = slices.DeleteFunc(slices.Clone(infos), func(i index.StreamInfo) bool { return i.Stream.Format.Name != format.ZeekTSV })
	slices.SortFunc(infos, func(a, b index.StreamInfo) int { return cmp.Compare(a.LastSeq, b.LastSeq) })
	later := h.newer // headers that came since, newer than any of the store
	h.newer, h.bytes = make(map[headerKey]format.Spec), 0
	first, bytes := len(infos), 0
	for ; first > 0 && len(infos)-first < maxHeaders/4 && bytes < maxHeaderBytes/4; first-- {
		bytes += 2 * len(infos[first-1].Stream.Format.Header)
	}
	for _, i := range infos[first:] {
		h.set(i.Stream.Tag, i.Stream.Source, i.Stream.Origin, format.Spec(i.Stream.Format))
	}
	for k, v := range later {
		h.put(k, v)
	}
	h.loaded = true
	return nil
}

func (h *headers) set(tag string, source uint32, origin index.Origin, s format.Spec) {
	h.put(headerKey{tag, source, origin}, s)
	if origin.File != "" {
		h.put(headerKey{"", source, origin}, s)
	}
}

func (h *headers) put(k headerKey, s format.Spec) {
	h.bytes += len(s.Header) - len(h.newer[k].Header)
	h.newer[k] = s
}

// remember takes note of a header that a body has brought.
func (h *headers) remember(params Params, tag string, s format.Spec) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.newer == nil || len(h.newer) >= maxHeaders || h.bytes >= maxHeaderBytes {
		h.newer, h.bytes, h.loaded = make(map[headerKey]format.Spec), 0, false
	}
	h.set(tag, params.Source, params.Origin, s)
}
