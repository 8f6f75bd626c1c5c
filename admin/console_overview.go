package admin

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/mapping"
)

// overviewData is the gateway at a glance.
type overviewData struct {
	Rate      float64 // receipts per second, of the last minute
	Delivered float64 // share, of the last 15 minutes
	Unmapped  uint64  // in the last hour
	Waiting   int     // receipts, of the endpoint that has most
	Oldest    time.Time
	Bound     int
	Wanted    int // binds that are to be up

	Categories []categoryRow
	Operators  []operatorRow
}

type categoryRow struct {
	Name     string
	Rate     float64
	LastHour uint64
	Statuses []statusRow
}

type statusRow struct {
	mapping.Info
	Rate     float64
	LastHour uint64
}

type operatorRow struct {
	Operator
	Standby   bool // this gateway does not hold it
	Rate      float64
	Delivered float64
	LastHour  uint64
	Unmapped  uint64
}

func (c *console) overview(_ *http.Request, sees *looks) (any, error) {
	g := sees.now
	d := &overviewData{Delivered: math.NaN()}
	for i := range g.Binds {
		b := &g.Binds[i]
		if b.State == bindBound {
			d.Bound++
		}
		if b.State != bindHeld && !slices.Contains(g.Stats.Standby, b.Operator) {
			d.Wanted++
		}
	}
	for i := range g.Endpoints {
		e := &g.Endpoints[i]
		d.Waiting = max(d.Waiting, e.Lag)
		if !e.Oldest.IsZero() && (d.Oldest.IsZero() || e.Oldest.Before(d.Oldest)) {
			d.Oldest = e.Oldest
		}
	}
	d.addRates(c.rates, g)
	return d, nil
}

func (d *overviewData) addRates(r *rates, g *glance) {
	minute, now := r.span(recently)
	if now == nil {
		return
	}
	quarter, _ := r.span(lately)
	hour, _ := r.span(time.Hour)
	d.Rate = perSecond(minute, now, func(s *sample) uint64 { return s.all.Receipts })
	d.Delivered = now.all.minus(quarter.all).Delivered()
	for _, o := range g.Operators {
		row := operatorRow{
			Operator: o, Standby: slices.Contains(g.Stats.Standby, o.Name), Rate: perSecond(minute, now, func(s *sample) uint64 { return s.operators[o.Name].Receipts }),
			Delivered: now.operators[o.Name].minus(quarter.operators[o.Name]).Delivered(),
			LastHour:  now.operators[o.Name].minus(hour.operators[o.Name]).Receipts,
			Unmapped:  rise(hour.unmapped[o.Name], now.unmapped[o.Name]),
		}
		d.Unmapped += row.Unmapped
		d.Operators = append(d.Operators, row)
	}
	for _, name := range categories() {
		row := categoryRow{
			Name: name, Rate: perSecond(minute, now, func(s *sample) uint64 { return s.categories[name] }),
			LastHour: rise(hour.categories[name], now.categories[name]),
		}
		for _, info := range mapping.Statuses() {
			if n := rise(hour.statuses[info.Name], now.statuses[info.Name]); info.Category == name && n > 0 {
				rate := perSecond(minute, now, func(s *sample) uint64 { return s.statuses[info.Name] })
				row.Statuses = append(row.Statuses, statusRow{info, rate, n})
			}
		}
		d.Categories = append(d.Categories, row)
	}
}

// bindRow is one bind with what its operator waits for answers.
type bindRow struct {
	Bind
	// Shown is the state in a word: silent, where a bound one is.
	Shown    string
	Tone     string // of Shown
	OK       uint64
	Refusals []refusal
	Median   float64 // seconds
	P99      float64
}

type refusal struct {
	Status string
	Count  uint64
}

func (c *console) binds(_ *http.Request, sees *looks) (any, error) {
	g := sees.now
	rows := make([]bindRow, len(g.Binds))
	for i, b := range g.Binds {
		row := bindRow{Bind: b, Shown: b.State, Median: c.rates.waited(b.Operator, .5), P99: c.rates.waited(b.Operator, .99)}
		if b.Silent {
			row.Shown = "silent"
		}
		row.Tone = tone(row.Shown)
		if b.State != bindBound && b.State != bindHeld && b.LastError != "" {
			row.Tone = "bad"
		}
		for status, n := range b.Answered {
			if status == "ESME_ROK" {
				row.OK += n
			} else {
				row.Refusals = append(row.Refusals, refusal{status, n})
			}
		}
		slices.SortFunc(row.Refusals, func(a, b refusal) int { return strings.Compare(a.Status, b.Status) })
		rows[i] = row
	}
	slices.SortStableFunc(rows, func(a, b bindRow) int { return worse(a.Tone) - worse(b.Tone) })
	return rows, nil
}

// worse orders the tones: what needs a look stands before what does not.
func worse(tone string) int { return slices.Index([]string{"bad", "warn", "ok", "idle"}, tone) }
