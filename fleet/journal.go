package fleet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"spoor/internal/meta"
	"spoor/internal/packet"
)

// The journal remembers which packets of a sensor's answer are stored, until
// the sensor is done: a record a batch with a hash a packet. A retry leaves
// out what it finds there, however the recorder orders its second answer and
// whatever it has deleted since, and a restart counts from it.
//
// A batch is noted after the sink has it, while the next one is stored. When
// the process dies between the two, a retry brings that batch, and perhaps the
// next, a second time; the other order would lose it.
type chunk struct {
	Packets int64     `json:"packets"`
	Bytes   int64     `json:"bytes"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Hashes  []byte    `json:"hashes"` // 8 bytes a packet
}

func chunkKey(job uint64, sensor string, n int) string {
	return meta.Number(job) + sensor + "\x00" + meta.Number(uint64(n))
}

// newChunk describes a batch, which is not empty.
func newChunk(packets []packet.Packet) chunk {
	c := chunk{
		Packets: int64(len(packets)),
		First:   packets[0].Time, Last: packets[0].Time,
		Hashes: make([]byte, 0, 8*len(packets)),
	}
	for _, p := range packets {
		c.Bytes += int64(len(p.Data))
		c.Hashes = binary.BigEndian.AppendUint64(c.Hashes, hashPacket(p))
		if p.Time.Before(c.First) {
			c.First = p.Time
		}
		if p.Time.After(c.Last) {
			c.Last = p.Time
		}
	}
	return c
}

// hashPacket tells packets of one recorder apart. Its time of recording is
// part of it, which keeps those who send packets from choosing a hash.
func hashPacket(p packet.Packet) uint64 {
	var head [20]byte
	binary.BigEndian.PutUint64(head[:], uint64(p.Time.Unix()))
	binary.BigEndian.PutUint32(head[8:], uint32(p.Time.Nanosecond()))
	binary.BigEndian.PutUint32(head[12:], uint32(p.OrigLen))
	binary.BigEndian.PutUint16(head[16:], p.LinkType)
	d := xxhash.New()
	d.Write(head[:])
	d.Write(p.Data)
	return d.Sum64()
}

// note adds a stored batch to the journal and to the job's counts.
func (m *Manager) note(t *task, c chunk) error {
	if err := m.stored.Put(chunkKey(t.job, t.sensor, t.chunks), c); err != nil {
		return fmt.Errorf("note which packets are stored: %w", err)
	}
	t.chunks++
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.known[t.job]
	s := j.part(t.sensor)
	s.count(c)
	j.Chunks[t.sensor] = t.chunks
	j.sum()
	m.jobSubs.changed(t.job)
	return nil
}

func (s *SensorState) count(c chunk) {
	if c.Packets == 0 { // it was deleted
		return
	}
	s.Packets += c.Packets
	s.Bytes += c.Bytes
	if first := c.First.UTC(); s.First.IsZero() || first.Before(s.First) {
		s.First = first
	}
	if last := c.Last.UTC(); last.After(s.Last) {
		s.Last = last
	}
}

// noted returns how often each packet of a sensor's answer is stored; nil
// for none.
func (m *Manager) noted(job uint64, sensor string, chunks int) (map[uint64]int, error) {
	if chunks == 0 {
		return nil, nil
	}
	seen := make(map[uint64]int)
	for n := range chunks {
		c, err := m.stored.Get(chunkKey(job, sensor, n))
		if err != nil {
			return nil, fmt.Errorf("read which packets are stored: %w", err)
		}
		for h := c.Hashes; len(h) >= 8; h = h[8:] {
			seen[binary.BigEndian.Uint64(h)]++
		}
	}
	return seen, nil
}

// recount brings the counts of a sensor that was running when the process
// died in line with the journal, and clears the journal of one that is done.
// m.mu is held.
func (m *Manager) recount(j *job, s *SensorState) error {
	if j.Chunks == nil {
		j.Chunks = make(map[string]int)
	}
	switch s.State {
	case Done:
		return m.clear(j, s.Sensor)
	case Running, Connecting, Streaming:
		for {
			c, err := m.stored.Get(chunkKey(j.ID, s.Sensor, j.Chunks[s.Sensor]))
			switch {
			case errors.Is(err, meta.ErrNotFound):
				return nil
			case err != nil:
				return err
			}
			s.count(c)
			j.Chunks[s.Sensor]++
		}
	}
	return nil
}

// clear drops what the journal holds of a sensor that is done. The job says
// so on the disk already, so a crash in between leaves work for the next
// start and nothing else. m.mu is held.
func (m *Manager) clear(j *job, sensor string) error {
	n := j.Chunks[sensor]
	if n == 0 {
		return nil
	}
	err := m.stored.Update(func(tx meta.Tx[chunk]) error {
		for i := range n {
			if err := tx.Delete(chunkKey(j.ID, sensor, i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("clear the journal of sensor %s: %w", sensor, err)
	}
	delete(j.Chunks, sensor)
	return m.keep(j)
}
