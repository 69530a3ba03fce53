package format

import "spoor/index/query"

type none struct{}

func (none) Text(raw []byte) []byte             { return raw }
func (none) Escapes() query.Escapes             { return query.NoEscapes }
func (none) Fields([]byte, int) []Field         { return nil }
func (none) Field([]byte, int, string) []string { return nil }

type jsonReader struct{ none }
type syslogReader struct{ none }
type accessReader struct{ none }
type textReader struct{ none }
type packetReader struct {
	none
	link uint16
}

func parseHeader(s string) (int, error) { return 0, nil }
func newTSVReader(int) Reader           { return none{} }

// Parser reads the lines of one body in order.
type Parser struct{}

// NewParser returns a parser for one body.
func NewParser(o Options) *Parser { return &Parser{} }

// Parse reads the next line.
func (p *Parser) Parse(line []byte) (Line, error) { return Line{}, nil }

// Notes returns what else the sender should know.
func (p *Parser) Notes() []string { return nil }
