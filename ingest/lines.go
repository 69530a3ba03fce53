package ingest

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// lines cuts a body into lines, which lie in a buffer and stay valid until
// release. Memory is bounded by the size of two buffers, however long the
// body and its lines are.
type lines struct {
	r    io.Reader
	max  int // bytes of a line
	size int // bytes of the buffer, at most

	buf        []byte
	start, end int // what was read and not yet returned
	scanned    int // no line ends before
	n          int // lines so far
	dropping   bool
	err        error // of r
}

// kind is what lines.next has found.
type kind int

const (
	aLine   kind = iota
	tooLong      // a line over the limit; the rest of it is skipped
	full         // the buffer is full: release it and come again
	ended        // the body has ended; lines.err says how
)

func newLines(r io.Reader, maxLine, size int) *lines {
	return &lines{r: r, max: maxLine, size: max(size, 2*maxLine+64)}
}

// peek returns the first n bytes, or fewer where there are no more.
func (l *lines) peek(n int) []byte {
	for l.end-l.start < n && l.err == nil {
		l.fill()
	}
	return l.buf[l.start:min(l.end, l.start+n)]
}

// rest returns what was read and not yet returned, and then the rest of r.
func (l *lines) rest() io.Reader {
	return io.MultiReader(bytes.NewReader(l.buf[l.start:l.end]), l.r)
}

// next returns the next line without its end. The bytes are valid until
// release.
func (l *lines) next() ([]byte, kind) {
	for {
		if i := bytes.IndexByte(l.buf[l.scanned:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : l.scanned+i]
			l.scanned += i + 1
			l.start = l.scanned
			if l.dropping {
				l.dropping = false
				continue
			}
			return l.finish(line)
		}
		l.scanned = l.end
		switch {
		case l.dropping:
			l.end, l.scanned = l.start, l.start
		case l.end-l.start > l.max+1:
			l.end, l.scanned = l.start, l.start
			l.dropping = true
			l.n++
			return nil, tooLong
		}
		if l.err != nil {
			return l.last()
		}
		if !l.fill() {
			return nil, full
		}
	}
}

// finish cuts a carriage return off and counts the line.
func (l *lines) finish(line []byte) ([]byte, kind) {
	l.n++
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) > l.max {
		return nil, tooLong
	}
	return line[:len(line):len(line)], aLine
}

// last returns what stands behind the last line end. Where a body broke off
// nobody knows how its last line goes on, so it is not returned.
func (l *lines) last() ([]byte, kind) {
	if !errors.Is(l.err, io.EOF) || l.start == l.end {
		return nil, ended
	}
	line := l.buf[l.start:l.end]
	l.start = l.end
	return l.finish(line)
}

// fill reads more. It returns false when there is no room.
func (l *lines) fill() bool {
	if l.end == len(l.buf) && !l.grow() {
		return false
	}
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	l.err = err
	return true
}

// largest holds buffers of the full size that bodies have done with. Making
// them anew was a third of all memory that ingest asked for.
var largest sync.Pool

// grow moves on to a larger buffer; lines in the old one stay valid.
func (l *lines) grow() bool {
	size := min(max(8*len(l.buf), 64<<10), l.size)
	if size <= len(l.buf) {
		return false
	}
	if size == l.size {
		if used, ok := largest.Get().(*[]byte); ok && len(*used) == size {
			l.move(*used)
			return true
		}
	}
	l.move(make([]byte, size))
	return true
}

// close gives the buffer to the next body: no line is valid any more.
func (l *lines) close() {
	if buf := l.buf; len(buf) == l.size {
		largest.Put(&buf)
	}
	l.buf, l.start, l.end, l.scanned = nil, 0, 0, 0
}

// release makes room in a full buffer: lines returned before are no longer
// valid.
func (l *lines) release() { l.move(l.buf) }

func (l *lines) move(to []byte) {
	l.scanned -= l.start
	l.end = copy(to, l.buf[l.start:l.end])
	l.start, l.buf = 0, to
}
