package actionables

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

const (
	// maxYAML bounds a file of YAML in bytes: what is read of one takes some
	// five hundred times as much memory.
	maxYAML = 1 << 20
	// maxIndent and maxBrackets bound how deep values may lie inside one
	// another. The parser's memory grows with the square of that: 200 kB of
	// brackets take more than ten gigabytes.
	maxIndent   = 400 // bytes before the first word of a line
	maxBrackets = 400
)

// readYAML reads a file that anybody may have written.
func readYAML(text []byte) (v any, err error) {
	if len(text) > maxYAML {
		return nil, fmt.Errorf("%d bytes of YAML, at most %d", len(text), maxYAML)
	}
	if err := shallow(text); err != nil {
		return nil, err
	}
	for _, t := range lexer.Tokenize(string(text)) {
		if t.Type == token.AliasType {
			// Nine lines of them can stand for more than fits into any memory.
			return nil, fmt.Errorf("line %d: aliases (*name) are not read: write out what it stands for", t.Position.Line)
		}
	}
	if err := yaml.Unmarshal(text, &v); err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return v, nil
}

// shallow says where values would lie too deep inside one another. It counts
// brackets wherever they stand, so it may count too many, never too few.
func shallow(text []byte) error {
	open, n := 0, 0
	for line := range bytes.Lines(text) {
		n++
		if len(line)-len(bytes.TrimLeft(line, " \t-?:")) > maxIndent {
			return fmt.Errorf("line %d lies too deep: at most %d bytes may stand before its first word", n, maxIndent)
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
		}
		if open > maxBrackets {
			return fmt.Errorf("line %d lies too deep: %d brackets are open", n, open)
		}
	}
	return nil
}
