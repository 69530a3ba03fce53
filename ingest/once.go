package ingest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/cespare/xxhash/v2"

	"spoor/index"
	"spoor/internal/packet"
)

var (
	// ErrKeyReused says that another body was sent under the same key.
	ErrKeyReused = errors.New("this Idempotency-Key belongs to another body")
	// ErrKeyBusy says that a body of the same key is being read.
	ErrKeyBusy = errors.New("a body of this Idempotency-Key is being read, try again in a moment")
	// errNoMarks says that the store can't remember keys.
	errNoMarks = errors.New("this store can't remember an Idempotency-Key")
)

// checkKey returns a *ParamError for a key that can't be used.
func checkKey(key string) error {
	if len(key) > index.MaxKey {
		return &ParamError{"Idempotency-Key", fmt.Sprintf("%d bytes; at most %d", len(key), index.MaxKey)}
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return &ParamError{"Idempotency-Key", fmt.Sprintf("byte %d is not printable ASCII", i+1)}
		}
	}
	return nil
}

// once takes a body that may have been sent before: what an earlier try has
// stored is read again, compared and counted, but not stored. A nil once
// belongs to a body without a key.
type once struct {
	marker  index.Marker
	before  index.Mark // of the earlier try; its Key is empty when there was none
	key     string
	line    uint64 // lines or packets so far
	sum     *xxhash.Digest
	checked bool // the lines of the earlier try are all there
}

// newOnce asks the store how far the body of that key has come.
func (p *Pipeline) newOnce(ctx context.Context, params *Params) (*once, error) {
	if params.Key == "" {
		return nil, nil
	}
	marker, ok := p.store.(index.Marker)
	if !ok {
		return nil, errNoMarks
	}
	before, err := marker.Mark(ctx, params.Key)
	if err != nil {
		return nil, fmt.Errorf("look for an earlier body of this key: %w", err)
	}
	o := &once{marker: marker, before: before, key: params.Key, sum: xxhash.New(), checked: before.Key == ""}
	// The same lines under another tag are another body.
	for _, text := range []string{params.Tag, params.Format, params.Origin.Host, params.Origin.File} {
		o.text([]byte(text))
	}
	o.number(uint64(params.Source))
	if params.Zone != nil {
		o.text([]byte(params.Zone.String()))
	}
	return o, nil
}

func (o *once) number(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	o.sum.Write(b[:])
}

func (o *once) text(b []byte) {
	o.number(uint64(len(b)))
	o.sum.Write(b)
}

// next notes that a line comes. Whether it was stored before is to be asked
// then.
func (o *once) next(line []byte) error {
	if o == nil {
		return nil
	}
	if o.before.Done && o.line == o.before.Line {
		return fmt.Errorf("%w: that one ended with line %d", ErrKeyReused, o.line)
	}
	o.line++
	o.text(line)
	return nil
}

func (o *once) nextPacket(p *packet.Packet) error {
	if o == nil {
		return nil
	}
	if err := o.next(p.Data); err != nil {
		return err
	}
	o.number(uint64(p.Time.Unix()))
	o.number(uint64(p.Time.Nanosecond()))
	o.number(uint64(p.OrigLen)<<16 | uint64(p.LinkType))
	return nil
}

// stored says whether an earlier try has stored the newest line.
func (o *once) stored() bool { return o != nil && o.line <= o.before.Line }

// caughtUp is called after a line was counted. It compares the body with what
// an earlier try has stored, and takes over its counts.
func (o *once) caughtUp(a *Answer) error {
	if o == nil || o.checked || o.line < o.before.Line {
		return nil
	}
	if o.sum.Sum64() != o.before.Sum {
		return fmt.Errorf("%w: it differs in the first %d lines", ErrKeyReused, o.line)
	}
	a.Accepted, a.Rejected = int(o.before.Accepted), int(o.before.Rejected)
	o.checked = true
	return nil
}

// ended is called when the whole body was read.
func (o *once) ended() error {
	if o == nil || o.checked {
		return nil
	}
	return fmt.Errorf("%w: that one had %d lines at least, this one has %d", ErrKeyReused, o.before.Line, o.line)
}

// put stores a batch that ends with the newest line.
func (o *once) put(ctx context.Context, entries []index.Entry, a *Answer, done bool) error {
	return o.marker.PutMarked(ctx, entries, index.Mark{
		Key: o.key, Line: o.line, Sum: o.sum.Sum64(), Done: done,
		Accepted: uint64(a.Accepted + len(entries)), Rejected: uint64(a.Rejected),
	})
}

// keys lets one body of a key be read at a time. The zero value is ready.
type keys struct {
	mu   sync.Mutex // guards busy
	busy map[string]chan struct{}
}

// enter waits until no other body of the key is being read, or ctx ends; then
// the error is ErrKeyBusy.
func (k *keys) enter(ctx context.Context, key string) (leave func(), err error) {
	if key == "" {
		return func() {}, nil
	}
	for {
		k.mu.Lock()
		other, ok := k.busy[key]
		if !ok {
			break
		}
		k.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ErrKeyBusy
		}
	}
	defer k.mu.Unlock()
	if k.busy == nil {
		k.busy = map[string]chan struct{}{}
	}
	mine := make(chan struct{})
	k.busy[key] = mine
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.busy, key)
		close(mine)
	}, nil
}
