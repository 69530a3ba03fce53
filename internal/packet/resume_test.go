package packet

import (
	"bytes"
	"io"
	"testing"
)

// resumes checks that a reader that begins behind any packet of a file, with
// the header noted there, gives the packets that follow.
func resumes(t *testing.T, file []byte) {
	t.Helper()
	want, wantErr := readAll(file)
	r, err := NewReader(bytes.NewReader(file))
	for n := 0; err == nil; n++ {
		got, gotErr := readAll(cat(r.Header(), file[r.Offset():]))
		if len(got) != len(want)-n || (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("behind packet %d: got %d packets (%v), want %d (%v)", n, len(got), gotErr, len(want)-n, wantErr)
		}
		for i, p := range got {
			w := want[n+i]
			if !p.Time.Equal(w.Time) || !bytes.Equal(p.Data, w.Data) || p.OrigLen != w.OrigLen || p.LinkType != w.LinkType {
				t.Fatalf("behind packet %d: got %+v, want %+v", n, p, w)
			}
		}
		headers := r.Headers()
		before := r.Header()
		_, err = r.Next()
		if err == nil && headers == r.Headers() && !bytes.Equal(before, r.Header()) {
			t.Fatalf("packet %d: the header changed and Headers did not", n+1)
		}
	}
	if err != io.EOF && wantErr == nil {
		t.Fatal(err)
	}
}

func TestReaderResumesBehindAnyPacket(t *testing.T) {
	for _, o := range []byteOrder{little, big} {
		resumes(t, classicFile(o, magicMicro, 100, 1, record(o, 1, 2, 3, 4, "abc"), record(o, 2, 2, 1, 4, "d")))
		resumes(t, classicFile(o, magicNano, 100, 276, record(o, 1, 2, 3, 4, "abc")))
		resumes(t, cat(ngSection(o),
			ngDescribe(o, 1, 4), ngPacket(o, 0, 1_500_000, 60, "one"),
			ngDescribe(o, 276, 0, ngOption(o, optionResolution, 9), ngOption(o, optionOffset, o.AppendUint64(nil, 1000)...)),
			ngPacket(o, 1, 2_000_000_007, 3, "two"),
			ng(o, 0xbad, []byte("a custom block")),
			ngDescribe(o, 113, 0, ngOption(o, optionResolution, 0x80|10)),
			ngPacket(o, 2, 1024+512, 5, "three"),
			ng(o, blockSimple, append(words(o, 6), "four"...)),
			ngSection(little), ngDescribe(little, 101, 0), ngPacket(little, 0, 9, 1, "6"),
			ngSection(big), ngDescribe(big, 1, 0), ngPacket(big, 0, 9, 1, "7")))
	}
}

func FuzzReaderResumes(f *testing.F) {
	f.Add(cat(ngSection(little), ngDescribe(little, 1, 0, ngOption(little, optionResolution, 0x8a)), ngPacket(little, 0, 9, 3, "abc"), ngPacket(little, 0, 9, 3, "abc")))
	f.Add(classicFile(big, magicNano, 100, 276, record(big, 1, 2, 3, 4, "abc"), record(big, 1, 2, 3, 4, "abc")))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) < 4<<10 {
			resumes(t, file)
		}
	})
}
