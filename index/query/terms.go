package query

// Need says what a block of entries must hold for one of them to match.
// It never asks for more than a match needs: whatever can't be told from the
// distinct tokens of a block is Unknown. The zero value is Unknown.
type Need struct {
	Op   NeedOp
	Kids []Need // of NeedAll and NeedAny; never empty there
	Term Term   // of NeedTerm
}

// NeedOp is the kind of a Need.
type NeedOp int

const (
	// NeedUnknown: any block may hold a match.
	NeedUnknown NeedOp = iota
	// NeedNothing: no block can hold a match.
	NeedNothing
	// NeedTerm: the block must hold Term.
	NeedTerm
	// NeedAll: the block must satisfy every one of Kids.
	NeedAll
	// NeedAny: the block must satisfy one of Kids at least.
	NeedAny
)

// Term is one thing that a block can be asked for.
type Term struct {
	Kind TermKind
	// Text is a whole word of ASCII word bytes in lower case (TermWord), the
	// first bytes of such a word (TermPrefix), an address or MAC address in
	// canonical text (TermAddr, TermMAC), a prefix of addresses as 10.0.0.0/8
	// (TermAddrPrefix), or a tag (TermTag).
	Text string
	// Source is the number of a TermSource.
	Source uint32
}

// TermKind is the kind of a Term.
type TermKind int

const (
	// TermWord: a maximal run of word bytes in the text or in an unescaped
	// field value that equals Text without regard to case.
	TermWord TermKind = iota
	// TermPrefix: such a run that begins with Text.
	TermPrefix
	// TermAddr: an IP address in any of its spellings.
	TermAddr
	// TermMAC: a MAC address in any of its spellings.
	TermMAC
	// TermTag: the entry's tag is Text.
	TermTag
	// TermSource: the entry's source is Source.
	TermSource
	// TermAddrPrefix: an IP address in that prefix, in any of its spellings.
	TermAddrPrefix
)
