package event

import "hash/maphash"

// keyed says by which of its keys a record is looked up.
type keyed int

const (
	byID keyed = iota
	byMessage
)

func (r *record) key(by keyed) Key {
	if by == byMessage {
		return r.message
	}
	return r.id
}

// memory is a ring of the last `limit` records with an index by id and one by
// message, each leading to the newest record of its key. It grows by chunks: a
// record takes 51 octets and 5 to 11 in each index, where a Go map would take
// some 40.
type memory struct {
	limit   int
	added   int // records ever added; the place of number n is n % limit
	chunks  [][]record
	indexes [2]index
}

const chunkSize = 1 << 12

func newMemory(limit int) memory {
	m := memory{limit: limit}
	for by := range m.indexes {
		m.indexes[by].seed = maphash.MakeSeed()
	}
	return m
}

func (m *memory) at(place int) *record { return &m.chunks[place/chunkSize][place%chunkSize] }

// add forgets the record that is `limit` older, and remembers next.
func (m *memory) add(next record) {
	place := m.added % m.limit
	switch {
	case m.added >= m.limit:
		m.forget(byID, place)
		m.forget(byMessage, place)
	case place%chunkSize == 0:
		m.chunks = append(m.chunks, make([]record, min(chunkSize, m.limit-place)))
	}
	*m.at(place) = next
	m.added++
	m.remember(byID, place)
	m.remember(byMessage, place)
}

// find returns the newest record of k that is within the limit when `since`
// more records follow the last.
func (m *memory) find(by keyed, k Key, since int) (record, bool) {
	slot, ok := m.slot(by, k)
	if !ok {
		return record{}, false
	}
	place := m.indexes[by].place(slot)
	age := (m.added - 1 - place) % m.limit // of the record at that place; 0 is the last
	if age+since >= m.limit {
		return record{}, false
	}
	return *m.at(place), true
}

// remember leads the key of the record at place to it.
func (m *memory) remember(by keyed, place int) {
	x := &m.indexes[by]
	if x.full() {
		m.grow(by)
	}
	slot, ok := m.slot(by, m.at(place).key(by))
	if !ok {
		x.used++
	}
	x.slots[slot] = uint32(place) + 1
}

// forget removes the key of the record at place, unless it leads to a newer one.
func (m *memory) forget(by keyed, place int) {
	x := &m.indexes[by]
	slot, ok := m.slot(by, m.at(place).key(by))
	if !ok || x.place(slot) != place {
		return
	}
	x.used--
	// Linear probing leaves no holes: what follows moves up when it may.
	for hole := slot; ; {
		x.slots[hole] = 0
		for {
			slot = x.next(slot)
			if x.slots[slot] == 0 {
				return
			}
			home := x.home(m.at(x.place(slot)).key(by))
			if x.distance(home, slot) >= x.distance(hole, slot) {
				break
			}
		}
		x.slots[hole] = x.slots[slot]
		hole = slot
	}
}

// slot returns where k is in the index, or the empty slot where it belongs.
func (m *memory) slot(by keyed, k Key) (slot int, ok bool) {
	x := &m.indexes[by]
	if len(x.slots) == 0 {
		return 0, false
	}
	for slot = x.home(k); x.slots[slot] != 0; slot = x.next(slot) {
		if m.at(x.place(slot)).key(by) == k {
			return slot, true
		}
	}
	return slot, false
}

func (m *memory) grow(by keyed) {
	x := &m.indexes[by]
	old := x.slots
	x.slots = make([]uint32, max(64, 2*len(old)))
	for _, entry := range old {
		if entry != 0 {
			slot, _ := m.slot(by, m.at(int(entry-1)).key(by))
			x.slots[slot] = entry
		}
	}
}

// index is an open-addressed hash table of places; the keys are in the records.
type index struct {
	seed  maphash.Seed // keys can be chosen by whoever sends receipts
	slots []uint32     // place + 1, or 0; the length is a power of two
	used  int
}

func (x *index) full() bool                { return 4*(x.used+1) > 3*len(x.slots) }
func (x *index) place(slot int) int        { return int(x.slots[slot]) - 1 }
func (x *index) next(slot int) int         { return (slot + 1) & (len(x.slots) - 1) }
func (x *index) distance(from, to int) int { return (to - from) & (len(x.slots) - 1) }
func (x *index) home(k Key) int {
	return int(maphash.Bytes(x.seed, k[:])) & (len(x.slots) - 1)
}
