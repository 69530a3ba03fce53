package fleettest

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"spoor/internal/packet"
)

// Start is the time of the first of Packets.
var Start = time.Date(2020, 5, 1, 7, 0, 0, 0, time.UTC)

// Packets returns n small UDP packets, a second apart from Start, all
// different.
func Packets(n int) []packet.Packet {
	all := make([]packet.Packet, n)
	for i := range all {
		payload := binary.BigEndian.AppendUint64(nil, uint64(i))
		data := udp(netip.MustParseAddrPort("10.0.0.1:1000"), netip.MustParseAddrPort("10.0.0.2:53"), payload)
		all[i] = packet.Packet{
			Time: Start.Add(time.Duration(i) * time.Second),
			Data: data, OrigLen: len(data), LinkType: packet.LinkEthernet,
		}
	}
	return all
}

// Large is Packets with so many bytes of payload each, and a millisecond
// apart.
func Large(n, size int) []packet.Packet {
	all := make([]packet.Packet, n)
	for i := range all {
		payload := make([]byte, size)
		for k := range payload {
			payload[k] = byte(i*31 + k*7 + i*k/13) // neither alike nor random
		}
		binary.BigEndian.PutUint64(payload, uint64(i))
		data := udp(netip.MustParseAddrPort("10.0.0.1:1000"), netip.MustParseAddrPort("10.0.0.2:53"), payload)
		all[i] = packet.Packet{
			Time: Start.Add(time.Duration(i) * time.Millisecond),
			Data: data, OrigLen: len(data), LinkType: packet.LinkEthernet,
		}
	}
	return all
}

// udp returns an Ethernet frame with IPv4 and UDP in it.
func udp(from, to netip.AddrPort, payload []byte) []byte {
	b := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(28+len(payload)))
	b = append(b, 0, 1, 0, 0, 64, 17, 0, 0)
	b = append(b, from.Addr().AsSlice()...)
	b = append(b, to.Addr().AsSlice()...)
	binary.BigEndian.PutUint16(b[24:], checksum(b[14:34]))
	b = binary.BigEndian.AppendUint16(b, from.Port())
	b = binary.BigEndian.AppendUint16(b, to.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	b = append(b, 0, 0) // no checksum
	return append(b, payload...)
}

// checksum is that of an IPv4 header whose own field is zero.
func checksum(header []byte) uint16 {
	var sum uint32
	for ; len(header) > 0; header = header[2:] {
		sum += uint32(binary.BigEndian.Uint16(header))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// File returns packets as a pcap file. They must be of one link type.
func File(t testing.TB, packets []packet.Packet) []byte {
	t.Helper()
	link := packet.LinkEthernet
	if len(packets) > 0 {
		link = packets[0].LinkType
	}
	var b bytes.Buffer
	w, err := packet.NewWriter(&b, link)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// ReadFile returns all packets of a capture file.
func ReadFile(t testing.TB, name string) []packet.Packet {
	t.Helper()
	all, err := readFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readFile(name string) ([]packet.Packet, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := packet.NewReader(f)
	if err != nil {
		return nil, err
	}
	return readAll(r)
}

// Frames returns the bytes of packets in ascending order, to compare packets
// whose times and order are not the same.
func Frames(packets []packet.Packet) [][]byte {
	all := make([][]byte, len(packets))
	for i, p := range packets {
		all[i] = p.Data
	}
	slices.SortFunc(all, bytes.Compare)
	return all
}
