package captures

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"

	"spoor/internal/packet"
)

// maxTornTail is the longest end of a file that is taken for a record still
// being written. More than that, and a damaged length is likelier.
const maxTornTail = 64<<10 + 64

// source reads the runs of one file.
type source struct {
	plan
	capture *capture
	reader  *packet.Reader // nil between two runs
	run     run            // that reader reads
	limited *io.LimitedReader

	packet packet.Packet
	meta   packet.Meta
	time   time.Time // of packet, or of the last one that has any

	builder *builder
	start   uint64 // checksum of the file's beginning when it was opened
}

// errChanged says that a file is not any more what its index is of.
var errChanged = errors.New("was written over while the query ran")

// openSource opens a file. Its error is for people.
func openSource(root *os.Root, p plan) (*source, error) {
	c, err := openCapture(root, p.file.name, p.file.id.size)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("removed while the query ran")
	}
	if err != nil {
		return nil, err
	}
	s := &source{plan: p, capture: c, time: p.first}
	if p.learn {
		s.start, _ = checksum(c.file, min(p.file.id.size, sumBytes)) // a fault comes again when it is read
	}
	return s, nil
}

// next goes to the following packet. At the file's end the error is io.EOF;
// any other one is for people, and ends the file too.
func (s *source) next() error {
	for {
		if s.reader == nil {
			if err := s.begin(); err != nil {
				return err
			}
		}
		p, err := s.reader.Next()
		if err == nil {
			s.take(p)
			return nil
		}
		if s.run.length > 0 {
			if err != io.EOF || s.limited.N > 0 {
				return errChanged
			}
			s.reader = nil
			continue
		}
		return s.end(err)
	}
}

// begin opens the next run.
func (s *source) begin() error {
	if len(s.runs) == 0 {
		return io.EOF
	}
	s.run, s.runs = s.runs[0], s.runs[1:]
	if s.run.offset > 0 || s.capture.count > 0 {
		if err := s.capture.seek(s.run.offset); err != nil {
			return s.place(err)
		}
	}
	var in io.Reader = s.capture
	if s.run.length > 0 {
		s.limited = &io.LimitedReader{R: in, N: s.run.length}
		in = s.limited
	}
	if s.run.header != nil {
		in = io.MultiReader(bytes.NewReader(s.run.header), in)
	}
	var err error
	if s.reader, err = packet.NewReader(in); err != nil {
		return s.end(err)
	}
	if s.learn && s.run.length == 0 {
		s.builder = newBuilder(s.part, s.known)
		if s.run.header != nil {
			s.builder.begin(s.run.offset, s.run.header)
		} else {
			s.builder.begin(s.offset(), s.reader.Header())
		}
	}
	return nil
}

// offset returns where in the file's unpacked bytes the reader stands.
func (s *source) offset() int64 {
	return s.run.offset - int64(len(s.run.header)) + s.reader.Offset()
}

func (s *source) take(p packet.Packet) {
	s.packet = p
	s.meta = packet.ReadMeta(p.LinkType, p.Data)
	s.meta.Time = p.Time
	// A packet without a time goes where its file stands.
	if !p.Time.IsZero() {
		s.time = p.Time
	}
	if s.builder != nil {
		s.builder.add(&s.meta, s.reader, s.offset())
	}
}

// end makes of what ended the last run the end of the file or its fault.
func (s *source) end(err error) error {
	err = s.place(err)
	if s.capture.torn(err) {
		err = io.EOF
	}
	// A ring of files begins anew in the oldest, and its packets are gone.
	if info, bad := s.capture.file.Stat(); err == io.EOF && bad == nil && info.Size() < s.file.id.size {
		return errChanged
	}
	return err
}

// place makes the numbers of an error those of the file.
func (s *source) place(err error) error {
	var bad *packet.FileError
	if !errors.As(err, &bad) {
		return err
	}
	moved := *bad
	moved.Offset += s.run.offset - int64(len(s.run.header))
	if moved.Packet > 0 {
		moved.Packet += int(s.run.before)
	}
	return &moved
}

// torn says that err means a record, or the header, that is not yet written
// to its end.
func (c *capture) torn(err error) bool {
	var bad *packet.FileError
	if !errors.As(err, &bad) || !c.ended {
		return false
	}
	return c.count-bad.Offset <= maxTornTail
}

// close releases the file, and gives the catalog what was learned of it. ended
// is what next returned last: io.EOF at the file's end, another error at its
// fault, nil if it was not read so far.
func (s *source) close(c *catalog, ended error) {
	defer s.capture.Close()
	if s.builder == nil {
		return
	}
	x := s.builder.end()
	if ended == nil && len(x.parts) <= s.knew() {
		return
	}
	x.id = s.file.id
	x.done = ended != nil || s.builder.full
	// Behind a clean or torn end there is nothing, as long as the file stays
	// as it is; a fault is to be found again.
	x.rest = ended != io.EOF || s.builder.full
	if s.same(x) {
		c.indexes.put(s.file.name, x)
	}
}

// knew returns how many parts were known before.
func (s *source) knew() int {
	if s.known == nil {
		return 0
	}
	return len(s.known.parts)
}

// same says whether the file that was read is the one that was opened, and
// notes what tells it from others.
func (s *source) same(x *fileIndex) bool {
	info, err := s.capture.file.Stat()
	if err != nil {
		return false
	}
	now := newIdentity(info)
	if s.file.packed {
		return now == s.file.id
	}
	if now.inode != s.file.id.inode || now.size < s.file.id.size || now.size == s.file.id.size && now != s.file.id {
		return false
	}
	start, err := checksum(s.capture.file, min(s.file.id.size, sumBytes))
	if err != nil || start != s.start {
		return false
	}
	x.sum, err = checksum(s.capture.file, x.end())
	return err == nil
}
