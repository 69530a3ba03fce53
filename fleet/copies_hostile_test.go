package fleet

import "testing"

// Ensure that a flood of a packet that every sample holds costs neither time
// without end nor memory.
func TestSketchOfAFloodThatNoSampleThins(t *testing.T) {
	var s sketch
	for i := range int64(3 * maxSketch) {
		s.put(0, i)
	}
	if n := len(s.Data) / sketchRow; n >= maxSketch || s.Shift != maxShift {
		t.Errorf("got %d rows, sampled by %d bits, want fewer than %d by %d", n, s.Shift, maxSketch, maxShift)
	}
	other := sketch{}
	other.merge(s)
	if c := compareSketches([]string{"a", "b"}, []sketch{s, other}); len(c.pairs) != 1 || c.pairs[0].Packets <= 0 {
		t.Errorf("got %+v", c)
	}
}
