package sensor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"spoor/internal/packet"
)

const (
	// maxPacket is the longest packet that readers of pcap files accept.
	maxPacket = 256 << 10
	// flushAge is how long a found packet waits for others.
	flushAge = time.Second
)

// answer is the pcap file that a query gets. It has one link type, that of the
// first packet found, because the format has room for no other; packets of
// others are left out and named as a fault. Its times are microseconds, as a
// Stenographer's are, or nanoseconds if a file has any finer than that.
type answer struct {
	query   request
	merge   merge
	out     *bufio.Writer
	control *http.ResponseController
	fine    bool
	// linkType is written when there is no packet to tell.
	linkType uint16
	writer   *packet.Writer // nil until the first packet
	flushed  time.Time

	packets, bytes int64
	limit          string // the one that was reached
	otherLinks     map[uint16]int64
	oversized      int64
	faults         faults
}

func newAnswer(w http.ResponseWriter, q request, files []*file) *answer {
	a := &answer{
		query:    q,
		out:      bufio.NewWriterSize(w, 256<<10),
		control:  http.NewResponseController(w),
		linkType: packet.LinkEthernet,
		flushed:  time.Now(),
	}
	for _, f := range files {
		a.fine = a.fine || f.fine
	}
	if len(files) > 0 && !files[0].first.IsZero() {
		a.linkType = files[0].linkType
	}
	a.merge = merge{
		filter:  q.filter,
		pending: files,
		fault:   func(file string, err error) { a.faults.add("%s: %v", file, err) },
		idle:    a.idle,
	}
	return a
}

// copy writes packets until there are no more, a limit is reached or ctx ends.
func (a *answer) copy(ctx context.Context) error {
	for {
		p, err := a.merge.next(ctx)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = a.write(p)
		}
		if err != nil {
			return err
		}
		if a.limitReached() {
			return nil
		}
	}
}

func (a *answer) write(p packet.Packet) error {
	if a.writer == nil {
		a.linkType = p.LinkType
		if err := a.begin(); err != nil {
			return err
		}
	}
	switch {
	case p.LinkType != a.linkType:
		a.countLink(p.LinkType)
		return nil
	case len(p.Data) > maxPacket:
		a.oversized++
		return nil
	}
	if err := a.writer.Write(p); err != nil {
		return err
	}
	a.packets++
	a.bytes += int64(len(p.Data))
	return nil
}

// begin writes the file's header.
func (a *answer) begin() (err error) {
	create := packet.NewWriter
	if a.fine {
		create = packet.NewWriterNano
	}
	a.writer, err = create(a.out, a.linkType)
	return err
}

func (a *answer) countLink(linkType uint16) {
	const most = 8 // kinds that are told apart
	if a.otherLinks == nil {
		a.otherLinks = map[uint16]int64{}
	}
	if _, ok := a.otherLinks[linkType]; !ok && len(a.otherLinks) >= most {
		return
	}
	a.otherLinks[linkType]++
}

// limitReached says that the packet just written was the last one allowed:
// like Stenographer, the byte limit stops behind the packet that reaches it.
func (a *answer) limitReached() bool {
	switch {
	case a.query.packets > 0 && a.packets >= a.query.packets:
		a.limit = "packets"
	case a.query.bytes > 0 && a.bytes >= a.query.bytes:
		a.limit = "bytes"
	}
	return a.limit != ""
}

// idle sends what was found a while ago, so that a client sees the first
// packets while the last ones are still looked for.
func (a *answer) idle() error {
	if now := time.Now(); now.Sub(a.flushed) >= flushAge {
		a.flushed = now
		return a.flush()
	}
	return nil
}

func (a *answer) flush() error {
	if err := a.out.Flush(); err != nil {
		return err
	}
	if err := a.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// end completes the file after copy returned err, and notes why it is not
// whole. The links and sizes that were left out count as faults.
func (a *answer) end(err error, deadline time.Duration) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		a.faults.add("the deadline of %s passed", deadline)
	case errors.Is(err, context.Canceled):
		a.faults.add("the client went away, or the server stopped")
	case err != nil:
		a.faults.add("%v", err)
	}
	for link, n := range a.otherLinks {
		a.faults.add("%d packets of link type %d left out: the answer has link type %d", n, link, a.linkType)
	}
	if a.oversized > 0 {
		a.faults.add("%d packets longer than %d bytes left out", a.oversized, maxPacket)
	}
	if a.writer == nil {
		if err := a.begin(); err != nil {
			a.faults.add("%v", err)
			return
		}
	}
	if err := a.flush(); err != nil {
		a.faults.add("%v", fmt.Errorf("send answer: %w", err))
	}
}
