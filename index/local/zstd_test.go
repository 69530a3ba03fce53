package local

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"testing"
)

// Ensure that what the log keeps is read back whatever it is, by this program
// and by the zstd that administrators have, and that what can be made small is.
func TestLogKeepsAnyBytes(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	noise := make([]byte, 1<<20)
	g := rand.NewChaCha8([32]byte{1})
	_, _ = g.Read(noise)
	text := bytes.Repeat([]byte("10.0.1.5 GET /index.html 200\n"), 30_000)
	for _, tt := range []struct {
		name    string
		b       []byte
		atMost  int
		atLeast int
	}{
		{"a byte", noise[:1], 40, 1},
		{"text", text, len(text) / 20, 1},
		{"noise", noise, len(noise) + 100, len(noise)},
		{"a block of noise", noise[:128<<10], 128<<10 + 100, 128 << 10},
		{"a byte more", noise[:128<<10+1], 128<<10 + 101, 128<<10 + 1},
		{"mostly noise", append(bytes.Clone(text[:200_000]), noise...), 200_000 + 1<<20 + 100, 1 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kept := c.appendLog([]byte("before"), tt.b)[len("before"):]
			if len(kept) > tt.atMost || len(kept) < tt.atLeast {
				t.Errorf("got %d bytes of %d, want %d to %d", len(kept), len(tt.b), tt.atLeast, tt.atMost)
			}
			if got, err := c.decode(kept, len(tt.b), nil); err != nil || !bytes.Equal(got, tt.b) {
				t.Errorf("read back: got %d bytes, %v, want %d", len(got), err, len(tt.b))
			}
			tool, err := exec.LookPath("zstd")
			if err != nil {
				return // ours has read it
			}
			cmd := exec.CommandContext(t.Context(), tool, "-dc", "-")
			cmd.Stdin = bytes.NewReader(kept)
			if got, err := cmd.Output(); err != nil || !bytes.Equal(got, tt.b) {
				t.Errorf("zstd: got %d bytes, %v, want %d", len(got), err, len(tt.b))
			}
		})
	}
}
