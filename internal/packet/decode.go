package packet

// Decode is being written.
func Decode(linkType uint16, data []byte, origLen int) *Decoded { return &Decoded{} }

// Summary is being written.
func (d *Decoded) Summary() string { return "" }

// Text is being written.
func (d *Decoded) Text() []byte { return nil }

// Values is being written.
func (d *Decoded) Values(name string) []string { return nil }

// FieldNames is being written.
func (d *Decoded) FieldNames() []string { return nil }

// ReadMeta is being written.
func ReadMeta(linkType uint16, data []byte) Meta { return Meta{} }
