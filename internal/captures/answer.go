package captures

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"spoor/internal/packet"
)

const (
	// maxPacket is the longest packet that readers of pcap files accept.
	maxPacket = 256 << 10
	// flushAge is how long a found packet waits for others.
	flushAge = time.Second
)

// answer is the pcap file that a question gets. It has one link type, that of
// the first packet found, because the format has room for no other; packets of
// others are left out and named as a fault. Its times are microseconds, as a
// Stenographer's are, or nanoseconds if a file has any finer than that.
type answer struct {
	query Query
	merge merge
	out   *bufio.Writer
	fine  bool
	// linkType is written when there is no packet to tell.
	linkType uint16
	writer   *packet.Writer // nil until the first packet
	flushed  time.Time

	Answer
	otherLinks map[uint16]int64
	oversized  int64
	faults     faults
}

// Answer writes the packets of the list's files that q wants to w, as a
// capture file. It ends early when ctx does or w fails, which is a fault of
// the answer.
func (l List) Answer(ctx context.Context, w io.Writer, q Query) Answer {
	a := l.newAnswer(w, q)
	root, err := os.OpenRoot(l.folder.catalog.dir)
	if err == nil {
		defer root.Close()
		a.merge.root = root
		a.merge.pending = l.choose(root, q.Filter)
		err = a.copy(ctx)
		a.merge.close()
	}
	l.folder.read.Add(int64(a.merge.seen))
	a.end(ctx, err)
	a.Faults = a.faults.text()
	return a.Answer
}

func (l List) newAnswer(w io.Writer, q Query) *answer {
	a := &answer{query: q, out: bufio.NewWriterSize(w, 256<<10), linkType: packet.LinkEthernet, flushed: time.Now()}
	for _, f := range l.files {
		a.fine = a.fine || f.fine
	}
	if len(l.files) > 0 && !l.files[0].first.IsZero() {
		a.linkType = l.files[0].linkType
	}
	a.merge = merge{catalog: &l.folder.catalog, filter: q.Filter, fault: a.fault, idle: a.idle}
	return a
}

func (a *answer) fault(file string, err error) { a.faults.add("%s: %v", file, err) }

// choose leaves out the files that can not hold a match, and plans the
// others.
func (l List) choose(root *os.Root, f Filter) []plan {
	var plans []plan
	for _, file := range l.files {
		p, ok := l.folder.catalog.plan(root, file, f)
		l.folder.skipped.Add(p.skipped)
		if ok {
			plans = append(plans, p)
		}
	}
	slices.SortStableFunc(plans, func(a, b plan) int { return a.first.Compare(b.first) })
	return plans
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
	a.Packets++
	a.Bytes += int64(len(p.Data))
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
	const header = 16 // of the file, and of every packet, as a Stenographer counts
	switch {
	case a.query.Packets > 0 && a.Packets >= a.query.Packets:
		a.Limit = "packets"
	case a.query.Bytes > 0 && header+a.Packets*header+a.Bytes >= a.query.Bytes:
		a.Limit = "bytes"
	}
	return a.Limit != ""
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
	if a.query.Flush == nil {
		return nil
	}
	return a.query.Flush()
}

// end completes the file after copy returned err, and notes why it is not
// whole. The links and sizes that were left out count as faults.
func (a *answer) end(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled):
		a.faults.add("the client went away, or the server stopped")
	case ctx.Err() != nil:
		a.faults.add("%v", context.Cause(ctx))
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

// faults gathers what went wrong with a query, in bounded memory.
type faults struct {
	texts []string
	more  int
}

func (f *faults) add(format string, args ...any) {
	const most = 8
	if len(f.texts) >= most {
		f.more++
		return
	}
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
}

// text returns all faults in one line that fits into a header, "" for none.
func (f *faults) text() string {
	if f.more > 0 {
		f.texts = append(f.texts, fmt.Sprintf("and %d faults more", f.more))
		f.more = 0
	}
	const most = 2 << 10 // bytes
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.Join(f.texts, "; "))
	return text[:min(len(text), most)]
}
