package packet

import (
	"slices"
	"strconv"
)

// Text is what words are looked for in: the summary, then the field values,
// without the addresses and ports that the summary begins with and without
// most repetitions. So each token of a value is a token of the text. It is at
// most 16 KiB long.
func (d *Decoded) Text() []byte {
	w := newTextWriter(nil, d)
	for i := range d.Layers {
		for j := range d.Layers[i].Fields {
			w.add(d.Layers[i].Fields[j].Value)
		}
	}
	return w.b
}

// AppendText appends what Decode(linkType, data, origLen).Text() returns. It
// is cheaper, because no layers are made.
func AppendText(b []byte, linkType uint16, data []byte, origLen int) []byte {
	d := decoders.Get().(*decoder)
	d.reset(data, origLen)
	d.run(linkType)
	b = d.appendText(b)
	d.data = nil
	decoders.Put(d)
	return b
}

func (d *decoder) appendText(b []byte) []byte {
	frame := d.frame()
	text := string(d.text)
	value := func(i int) string { return text[d.fields[i].start:d.fields[i].finish] }
	out := d.out
	out.Info = string(d.info)
	out.SourceText, out.DestinationText = d.hostText(0, value), d.hostText(1, value)
	w := newTextWriter(b, &out)
	for i := frame; i < len(d.fields); i++ {
		w.add(value(i))
	}
	for i := range frame {
		w.add(value(i))
	}
	return w.b
}

// textWriter writes the text of a packet, value by value.
type textWriter struct {
	b                   []byte
	source, destination string // addresses and ports that need no repetition
	from, to            string
	recent              [8]string // the values written last
	next                int
}

func newTextWriter(b []byte, d *Decoded) textWriter {
	if b == nil {
		b = make([]byte, 0, 640)
	}
	w := textWriter{b: d.appendSummary(b), source: d.SourceText, destination: d.DestinationText}
	if d.SourceText != "" && d.DestinationText != "" && d.SourcePort != 0 && d.DestinationPort != 0 {
		var room [12]byte
		digits := strconv.AppendUint(room[:0], uint64(d.SourcePort), 10)
		n := len(digits)
		both := string(strconv.AppendUint(digits, uint64(d.DestinationPort), 10))
		w.from, w.to = both[:n], both[n:]
	}
	return w
}

func (w *textWriter) add(v string) {
	if v == "" || v == w.source || v == w.destination || v == w.from || v == w.to || slices.Contains(w.recent[:], v) {
		return
	}
	w.recent[w.next%len(w.recent)] = v
	w.next++
	w.b = append(w.b, ' ')
	w.b = append(w.b, v...)
}
