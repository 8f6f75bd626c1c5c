package admin

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dlrgate/dlrgate/mapping"
)

// How far back rates are known: an hour finely, a day coarsely. Two samples of
// 50 operators and 10 endpoints take 3 KiB, so all of it stays below 5 MiB.
const (
	sampleEvery = 5 * time.Second
	fineSamples = int(time.Hour / sampleEvery)
	coarseEvery = 2 * time.Minute
	dayOfCoarse = int(24 * time.Hour / coarseEvery)
	// recently is what "now" means for a rate.
	recently = time.Minute
	// lately is what "now" means for a share or a quantile.
	lately = 15 * time.Minute
)

// tallies are counters of receipts at one moment.
type tallies struct{ Receipts, Received, Final uint64 }

func (t tallies) minus(o tallies) tallies {
	return tallies{rise(o.Receipts, t.Receipts), rise(o.Received, t.Received), rise(o.Final, t.Final)}
}

// Delivered is the share of final receipts that say received; NaN: none came, or
// a reload took out an operator meanwhile, so that nobody knows.
func (t tallies) Delivered() float64 {
	if t.Final == 0 || t.Received > t.Final {
		return math.NaN()
	}
	return float64(t.Received) / float64(t.Final)
}

// posts are counters of POSTs at one moment.
type posts struct{ Taken, Failed uint64 }

// waits is a histogram at one moment.
type waits struct {
	bounds []float64 // seconds
	counts []uint64  // cumulative
	total  uint64
}

// sample is what the counters said at one moment.
type sample struct {
	at         time.Time
	all        tallies
	categories map[string]uint64
	statuses   map[string]uint64
	operators  map[string]tallies
	unmapped   map[string]uint64
	endpoints  map[string]posts
}

// answers are the times that operators waited for answers, by operator.
type answers map[string]waits

// rates keeps samples of the metrics' counters in memory, bounded.
type rates struct {
	from prometheus.Gatherer

	mu     sync.Mutex
	fine   []*sample // oldest first
	coarse []*sample
	lately []answers
}

func newRates(g prometheus.Gatherer) *rates { return &rates{from: g} }

// sample reads the counters. What cannot be gathered is a gap.
func (r *rates) sample(now time.Time) {
	if r.from == nil {
		return
	}
	families, err := r.from.Gather()
	if err != nil {
		return
	}
	s := &sample{
		at: now, categories: map[string]uint64{}, statuses: map[string]uint64{}, operators: map[string]tallies{},
		unmapped: map[string]uint64{}, endpoints: map[string]posts{},
	}
	waited := answers{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			n := uint64(m.GetCounter().GetValue())
			switch f.GetName() {
			case "dlrgate_receipts_total":
				s.addReceipts(labels["operator"], labels["status"], n)
			case "dlrgate_unmapped_total":
				s.unmapped[labels["operator"]] = n
			case "dlrgate_forward_attempts_total":
				s.addPosts(labels["endpoint"], labels["outcome"] == "taken", n)
			case "dlrgate_deliver_sm_response_seconds":
				w := waits{total: m.GetHistogram().GetSampleCount()}
				for _, b := range m.GetHistogram().GetBucket() {
					w.bounds, w.counts = append(w.bounds, b.GetUpperBound()), append(w.counts, b.GetCumulativeCount())
				}
				waited[labels["operator"]] = w
			}
		}
	}
	r.keep(s, waited)
}

func (s *sample) addReceipts(operator, status string, n uint64) {
	s.statuses[status] += n
	t := tallies{Receipts: n}
	found, _ := mapping.StatusByName(status)
	s.categories[found.Info().Category] += n
	if found.Info().Final == "yes" {
		t.Final = n
	}
	if found == mapping.Received {
		t.Received = n
	}
	s.all = s.all.plus(t)
	s.operators[operator] = s.operators[operator].plus(t)
}

func (t tallies) plus(o tallies) tallies {
	return tallies{t.Receipts + o.Receipts, t.Received + o.Received, t.Final + o.Final}
}

func (s *sample) addPosts(endpoint string, taken bool, n uint64) {
	p := s.endpoints[endpoint]
	if taken {
		p.Taken += n
	} else {
		p.Failed += n
	}
	s.endpoints[endpoint] = p
}

func (r *rates) keep(s *sample, waited answers) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.coarse); n == 0 || s.at.Sub(r.coarse[n-1].at) >= coarseEvery {
		r.coarse = push(r.coarse, s, dayOfCoarse)
	}
	r.fine = push(r.fine, s, fineSamples)
	r.lately = push(r.lately, waited, int(lately/sampleEvery))
}

func push[T any](ring []T, s T, most int) []T {
	if len(ring) == most {
		ring = append(ring[:0], ring[1:]...)
	}
	return append(ring, s)
}

// span returns the samples now and about d ago, the same one when there is no
// older; nil when there is none.
func (r *rates) span(d time.Duration) (then, now *sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.fine) == 0 {
		return nil, nil
	}
	now = r.fine[len(r.fine)-1]
	from, _ := slices.BinarySearchFunc(r.fine, now.at.Add(-d), func(s *sample, t time.Time) int { return s.at.Compare(t) })
	return r.fine[from], now
}

// waited returns the q quantile of what an operator waited for answers lately,
// in seconds; NaN when nothing was answered.
func (r *rates) waited(operator string, q float64) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lately) == 0 {
		return math.NaN()
	}
	return r.lately[len(r.lately)-1][operator].quantile(q, r.lately[0][operator])
}

// samples returns those that a chart of the last day, or hour, shows.
func (r *rates) samples(day bool) []*sample {
	r.mu.Lock()
	defer r.mu.Unlock()
	if day {
		return slices.Clone(r.coarse)
	}
	return slices.Clone(r.fine)
}

// rise is by how much a counter rose. It falls when a reload takes out an
// operator or an endpoint that was counted in it; that is no rise.
func rise(then, now uint64) uint64 {
	if now < then {
		return 0
	}
	return now - then
}

// perSecond is a counter's rise between two samples as a rate.
func perSecond(then, now *sample, count func(*sample) uint64) float64 {
	seconds := now.at.Sub(then.at).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(rise(count(then), count(now))) / seconds
}

// quantile estimates below which bound the share q of what came between two
// moments lies, in seconds; NaN when nothing came.
func (w waits) quantile(q float64, before waits) float64 {
	total := rise(before.total, w.total)
	if total == 0 {
		return math.NaN()
	}
	for i, bound := range w.bounds {
		n := w.counts[i]
		if i < len(before.counts) {
			n = rise(before.counts[i], n)
		}
		if float64(n) >= q*float64(total) {
			return bound
		}
	}
	return math.Inf(1)
}

// byMost orders names by what they count, the most first.
func byMost(of map[string]uint64) []string {
	return slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b))
	})
}
