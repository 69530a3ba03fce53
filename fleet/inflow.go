package fleet

import (
	"sync"
	"time"

	"spoor/internal/packet"
)

const (
	batchPackets = 4096
	batchBytes   = 4 << 20
	batchAge     = 250 * time.Millisecond // a packet waits no longer for others
)

// inflow is what lies between the goroutine that reads an answer and the one
// that stores it: two batches, of which one is filled while the other is
// emptied. The bytes of packets are copied into one piece of memory a batch,
// which is used again and again, so that an answer costs no memory by its
// length.
type inflow struct {
	begun chan struct{} // has an element when a batch has got its first packet
	full  chan struct{} // has an element when a batch is full
	ended chan struct{} // is closed when there are no more packets
	room  chan struct{} // has an element when a batch was taken
	quit  chan struct{} // is closed when nobody takes any more

	mu       sync.Mutex // guards what follows
	filling  inflowBatch
	emptying inflowBatch
}

// inflowBatch is packets and the memory that their bytes lie in.
type inflowBatch struct {
	packets []packet.Packet
	data    []byte // of the last of them
	size    int    // bytes of all
}

func newInflow() *inflow {
	return &inflow{
		begun: make(chan struct{}, 1), full: make(chan struct{}, 1), room: make(chan struct{}, 1),
		ended: make(chan struct{}), quit: make(chan struct{}),
	}
}

// put copies a packet in, and waits while there is no room. It is false when
// nobody takes packets any more.
func (f *inflow) put(p packet.Packet) bool {
	for {
		first, full, ok := f.try(p)
		if first {
			signal(f.begun)
		}
		if full {
			signal(f.full)
		}
		if ok {
			return true
		}
		select {
		case <-f.room:
		case <-f.quit:
			return false
		}
	}
}

// try copies a packet in if there is room: a batch holds one packet at least.
func (f *inflow) try(p packet.Packet) (first, full, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &f.filling
	n := len(b.packets)
	if n >= batchPackets || n > 0 && b.size+len(p.Data) > batchBytes {
		return false, true, false
	}
	if cap(b.data)-len(b.data) < len(p.Data) {
		// Growing must not move the bytes of packets that are in already.
		if n > 0 {
			b.data = make([]byte, 0, max(min(2*cap(b.data), batchBytes), len(p.Data)))
		} else {
			b.data = make([]byte, 0, max(64<<10, len(p.Data)))
		}
	}
	at := len(b.data)
	b.data = append(b.data, p.Data...)
	p.Data = b.data[at:len(b.data):len(b.data)]
	b.packets = append(b.packets, p)
	b.size += len(p.Data)
	return n == 0, len(b.packets) >= batchPackets, true
}

// take returns what is there. It is the caller's until the next take.
func (f *inflow) take() []packet.Packet {
	f.mu.Lock()
	f.filling, f.emptying = inflowBatch{packets: f.emptying.packets[:0], data: f.emptying.data[:0]}, f.filling
	taken := f.emptying.packets
	f.mu.Unlock()
	signal(f.room)
	return taken
}

// close says that there are no more packets.
func (f *inflow) close() { close(f.ended) }

// abandon says that nobody takes packets any more.
func (f *inflow) abandon() { close(f.quit) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is signalled already
	}
}
