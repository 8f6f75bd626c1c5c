package gateway

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// Bounds of what an operator can make us remember of codes that nobody knows.
const (
	unmappedShown = 100
	unmappedWord  = 64 // octets of a stat or err
)

// tally counts what the rules of one operator decided of what was stored.
type tally struct {
	since time.Time
	rules []*ruleCount // by mapping.Decision.RuleIndex
	by    [3]atomic.Uint64

	mu       sync.Mutex
	unmapped map[unmappedKey]*unmappedCount
	beyond   uint64
}

// ruleCount is how often one rule decided since it was first loaded.
type ruleCount struct {
	text  string
	since time.Time
	hits  atomic.Uint64
}

type unmappedKey struct {
	stat, err  string
	kind, code int // of the network error, -1: none
	became     mapping.Status
}

type unmappedCount struct {
	n    uint64
	last time.Time
}

// deciders are the values of mapping.By in the order of tally.by.
var deciders = [3]mapping.By{mapping.ByRule, mapping.ByProfile, mapping.ByDefault}

func newTally(rules []mapping.Rule) *tally {
	t := &tally{since: time.Now(), unmapped: map[unmappedKey]*unmappedCount{}}
	for i := range rules {
		t.rules = append(t.rules, &ruleCount{text: rules[i].String(), since: t.since})
	}
	return t
}

// goOn keeps what was counted by a reading that this one follows: all of it
// when the rules are the same.
func (r *reading) goOn(before *reading) {
	if r.rules.Table.Config() == before.rules.Table.Config() {
		r.tally = before.tally
		return
	}
	r.tally.carry(before.tally)
}

// carry goes on with the counts of the rules that old had too. They are shared,
// so that nothing is lost while one reading follows the other.
func (t *tally) carry(old *tally) {
	for i, rule := range t.rules {
		same := func(c *ruleCount) bool { return c.text == rule.text }
		if j := slices.IndexFunc(old.rules, same); j >= 0 && !slices.ContainsFunc(t.rules[:i], same) {
			t.rules[i] = old.rules[j]
		}
	}
}

// decided counts one decision.
func (t *tally) decided(d *mapping.Decision, r *receipt.Receipt, at time.Time) {
	if i := slices.Index(deciders[:], d.By); i >= 0 {
		t.by[i].Add(1)
	}
	if d.RuleIndex >= 0 && d.RuleIndex < len(t.rules) {
		t.rules[d.RuleIndex].hits.Add(1)
	}
	if d.Unmapped {
		t.addUnmapped(d.Status, r, at)
	}
}

func (t *tally) addUnmapped(became mapping.Status, r *receipt.Receipt, at time.Time) {
	key := unmappedKey{stat: cutWord(r.Stat.Value), err: cutWord(r.Err.Value), kind: -1, code: -1, became: became}
	if n := r.NetworkError; n != nil {
		key.code = int(n.Code)
		if !n.ASCII {
			key.kind = int(n.Type)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	count := t.unmapped[key]
	switch {
	case count != nil:
	case len(t.unmapped) >= unmappedShown:
		t.beyond++
		return
	default:
		count = &unmappedCount{}
		t.unmapped[key] = count
	}
	count.n++
	count.last = at
}

// cutWord copies the word, so that the receipt is not kept, and bounds it.
func cutWord(s string) string { return string([]byte(s[:min(len(s), unmappedWord)])) }

// mapping returns the counts; the most frequent unmapped code stands first.
func (t *tally) mapping() admin.Mapping {
	out := admin.Mapping{Since: t.since, By: map[string]uint64{}}
	for i, by := range deciders {
		out.By[string(by)] = t.by[i].Load()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	out.Beyond = t.beyond
	for _, k := range slices.SortedFunc(maps.Keys(t.unmapped), func(a, b unmappedKey) int {
		return cmp.Or(cmp.Compare(t.unmapped[b].n, t.unmapped[a].n), cmp.Compare(a.stat, b.stat), cmp.Compare(a.err, b.err),
			cmp.Compare(a.kind, b.kind), cmp.Compare(a.code, b.code)) // a page that renews itself keeps its order
	}) {
		out.Unmapped = append(out.Unmapped, admin.UnmappedCode{
			Stat: k.stat, Err: k.err, NetworkErrorType: k.kind, NetworkErrorCode: k.code,
			Status: k.became.String(), Count: t.unmapped[k].n, Last: t.unmapped[k].last,
		})
	}
	return out
}
