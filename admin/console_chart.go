package admin

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
)

// chartLines is how many lines one chart has before the rest is added up.
const chartLines = 8

// series is one line of a chart.
type series struct {
	Name string `json:"name"`
	// Values are null where nothing is known.
	Values []*float64 `json:"values"`
}

// chartData is what the page's script draws.
type chartData struct {
	Unit   string   `json:"unit"`
	Times  []int64  `json:"times"` // Unix seconds
	Series []series `json:"series"`
}

// chart serves rates over time: ?by=category, status, operator or delivery, and
// ?range=1h or 24h.
func (c *console) chart(w http.ResponseWriter, r *http.Request) {
	p := readParams(r, "by", "range")
	by, over := p.text("by"), p.text("range")
	if over != "" && over != "1h" && over != "24h" {
		p.fail("range: %q is neither 1h nor 24h", over)
	}
	if p.err != nil {
		fail(w, p.err)
		return
	}
	samples := c.rates.samples(over == "24h")
	out := chartData{Unit: "receipts/s", Times: []int64{}, Series: []series{}}
	for _, s := range samples[min(1, len(samples)):] {
		out.Times = append(out.Times, s.at.Unix())
	}
	switch by {
	case "", "category":
		for _, category := range categories() {
			out.add(category, samples, rateOf(func(s *sample) uint64 { return s.categories[category] }))
		}
	case "status":
		out.addMost(samples, func(s *sample) map[string]uint64 { return s.statuses })
	case "operator":
		out.addMost(samples, (*sample).receipts)
	case "delivery":
		out.Unit = "%"
		out.addDelivery(samples)
	default:
		fail(w, invalid("by: %q is none of category, status, operator, delivery", by))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(out) // an error means that the reader is gone
}

// add draws one line: a value for each pair of neighbours.
func (d *chartData) add(name string, samples []*sample, value func(then, now *sample) float64) {
	line := series{Name: name, Values: []*float64{}}
	for i := 1; i < len(samples); i++ {
		v := value(samples[i-1], samples[i])
		if math.IsNaN(v) {
			line.Values = append(line.Values, nil)
			continue
		}
		v = math.Round(v*1000) / 1000
		line.Values = append(line.Values, &v)
	}
	d.Series = append(d.Series, line)
}

// addMost draws the lines that counted most, and the others as one.
func (d *chartData) addMost(samples []*sample, counts func(*sample) map[string]uint64) {
	if len(samples) == 0 {
		return
	}
	last := counts(samples[len(samples)-1])
	names := slices.DeleteFunc(byMost(last), func(n string) bool { return last[n] == 0 })
	shown := names[:min(chartLines, len(names))]
	for _, name := range shown {
		d.add(name, samples, rateOf(func(s *sample) uint64 { return counts(s)[name] }))
	}
	if rest := names[len(shown):]; len(rest) > 0 {
		d.add("others", samples, rateOf(func(s *sample) (n uint64) {
			all := counts(s)
			for _, name := range rest {
				n += all[name]
			}
			return n
		}))
	}
}

// addDelivery draws the share of received among final receipts, of all and of
// the operators with most receipts.
func (d *chartData) addDelivery(samples []*sample) {
	share := func(of func(*sample) tallies) func(then, now *sample) float64 {
		return func(then, now *sample) float64 { return 100 * of(now).minus(of(then)).Delivered() }
	}
	d.add("all", samples, share(func(s *sample) tallies { return s.all }))
	if len(samples) == 0 {
		return
	}
	names := byMost(samples[len(samples)-1].receipts())
	for _, name := range names[:min(chartLines-1, len(names))] {
		d.add(name, samples, share(func(s *sample) tallies { return s.operators[name] }))
	}
}

func rateOf(count func(*sample) uint64) func(then, now *sample) float64 {
	return func(then, now *sample) float64 { return perSecond(then, now, count) }
}

func (s *sample) receipts() map[string]uint64 {
	all := map[string]uint64{}
	for name, t := range s.operators {
		all[name] = t.Receipts
	}
	return all
}

// categories are the four of the documented statuses, in the document's order.
func categories() []string { return []string{"general", "temporary", "permanent", "other"} }
