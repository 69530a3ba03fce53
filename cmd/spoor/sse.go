package main

import (
	"bufio"
	"bytes"
	"io"
)

// lines reads server-sent events.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
type lines struct{ *bufio.Scanner }

func newLines(r io.Reader) lines {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	return lines{s}
}

// data returns the data of the next event of that kind.
func (l lines) data(kind string) ([]byte, error) {
	event := ""
	for l.Scan() {
		line := l.Bytes()
		if name, ok := bytes.CutPrefix(line, []byte("event: ")); ok {
			event = string(name)
		}
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok && event == kind {
			return bytes.Clone(data), nil
		}
	}
	if err := l.Err(); err != nil {
		return nil, err
	}
	return nil, io.ErrUnexpectedEOF
}
