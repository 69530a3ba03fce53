package captures

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

const (
	// keyBits are spent on every key of a set; with setProbes probes about
	// one key in a hundred that is not there is taken for one that is.
	keyBits   = 10
	setProbes = 7
	// maxSetWords bounds a set: 64 KiB. Captures with more keys a part (a
	// scan of the whole internet) are told apart less well.
	maxSetWords = 8 << 10
	// maxKeys is where a set would say yes to nearly all, and is left away.
	maxKeys = 4 * maxSetWords * 64 / keyBits
)

// set is a Bloom filter over keys; nil holds every key.
type set []uint64

func newSet(keys map[uint64]struct{}) set {
	if len(keys) > maxKeys {
		return nil
	}
	s := make(set, min(max((len(keys)*keyBits+63)/64, 1), maxSetWords))
	for k := range keys {
		for p := newProbes(k, len(s)); p.left > 0; {
			word, bit := p.next()
			s[word] |= bit
		}
	}
	return s
}

func (s set) has(key uint64) bool {
	if s == nil {
		return true
	}
	for p := newProbes(key, len(s)); p.left > 0; {
		if word, bit := p.next(); s[word]&bit == 0 {
			return false
		}
	}
	return true
}

// probes are the bits of a key in a set, by double hashing.
type probes struct {
	at, step uint32
	bits     uint64
	left     int
}

func newProbes(key uint64, words int) probes {
	return probes{at: uint32(key), step: uint32(key>>32) | 1, bits: uint64(words) * 64, left: setProbes}
}

func (p *probes) next() (word int, bit uint64) {
	n, _ := bits.Mul64(uint64(p.at)<<32, p.bits)
	p.at += p.step
	p.left--
	return int(n / 64), 1 << (n % 64)
}

// Kinds of keys, which keep a port from being taken for a VLAN.
const (
	kindAddress = iota + 1
	kindPort
	kindProto
	kindVLAN
	kindMPLS
)

// The prefixes of an address that are keys too, so that nets can be looked
// for: by the longest of these that is no longer than theirs.
var (
	prefixes4 = []int{32, 24, 16}
	prefixes6 = []int{128, 64, 48, 32}
)

// mix spreads a key over 64 bits: the finalizer of MurmurHash3 (Appleby).
// What it gives is on disk; a change takes another indexVersion.
func mix(k uint64) uint64 {
	k ^= k >> 33
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	return k ^ k>>33
}

func numberKey(kind int, n uint64) uint64 { return mix(uint64(kind)<<56 | n) }

// prefixKey is the key of the address's first n bits.
func prefixKey(a netip.Addr, n int) uint64 {
	if a.Is4() {
		b := a.As4()
		v := binary.BigEndian.Uint32(b[:]) >> (32 - n)
		return mix(kindAddress<<56 | uint64(n)<<40 | uint64(v))
	}
	b := a.As16()
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	if n <= 64 {
		hi, lo = hi>>(64-n), 0
	} else {
		lo >>= 128 - n
	}
	return mix(mix(mix(kindAddress<<56|1<<48|uint64(n)<<40)+hi) + lo)
}

// addressKeys calls add for the keys of an address.
func addressKeys(a netip.Addr, add func(uint64)) {
	lengths := prefixes6
	if a.Is4() {
		lengths = prefixes4
	}
	for _, n := range lengths {
		add(prefixKey(a, n))
	}
}
