package journal

import "slices"

// recency knows which streams changed last, so that whoever follows many looks
// at those alone. Its user locks.
type recency struct {
	version uint64
	order   []Stream // the last changed one last
	at      map[Stream]uint64
}

// touch notes that the streams changed.
func (r *recency) touch(streams ...Stream) {
	r.version++
	for _, s := range streams {
		if r.at[s] == r.version {
			continue
		}
		r.order = append(slices.DeleteFunc(r.order, func(x Stream) bool { return x == s }), s)
		r.at[s] = r.version
	}
}

// since returns what changed after a version.
func (r *recency) since(version uint64) (changed []Stream) {
	for i := len(r.order) - 1; i >= 0 && r.at[r.order[i]] > version; i-- {
		changed = append(changed, r.order[i])
	}
	return changed
}
