package main

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// fairRun is a small operator beside one that floods: binds × window are in
// flight all the time, and what is refused comes again after a second.
type fairRun struct {
	name          string
	binds, window int
	hostile       int // SMSCs beside them that keep no rule
	postgres      bool
}

// smallRate is what the small operator sends a second.
const smallRate = 50

// fairSettle bounds the wait for the last answers of the small operator.
const fairSettle = 10 * time.Second

var fairRuns = []fairRun{
	{name: "fair4x100", binds: 4, window: 100},
	{name: "fair1x1000", binds: 1, window: 1000},
	{name: "fair4x1000", binds: 4, window: 1000},
	{name: "fair10x1000", binds: 10, window: 1000},
	{name: "fair80x1000", binds: 80, window: 1000},
	{name: "fair hostile", binds: 10, window: 1000, hostile: 14},
	{name: "postgres fair4x1000", binds: 4, window: 1000, postgres: true},
	{name: "postgres fair80x1000", binds: 80, window: 1000, postgres: true},
}

const fairHead = `
| run | flood: binds × window | small alone: answer p50 / p99 ms | beside: p50 / p99 ms | small refused | flood answered OK/s | flood refused/s | peak MB |
|---|---|---|---|---|---|---|---|
`

// fair measures the small operator alone and beside the flood, one after the
// other at the same gateway.
func (b *bench) fair(r fairRun) {
	s := setup{binds: r.binds, window: r.window, endpoints: 1, batch: 1, second: free()}
	if r.postgres {
		s.dsn = b.dsn
	}
	hostile := startHostile(r.hostile)
	defer hostile.close()
	s.more = hostile.addresses
	g := b.start(s)
	defer g.remove()
	defer b.program("sink", "--listen", g.setup.sink)()
	small, err := simulator.Start(simulator.Options{Listen: g.setup.second})
	check(err)
	defer small.Close()
	check(small.WaitBound(b.ctx, 1))

	alone := b.small(small, 4)
	done := b.program("serve", "--listen", g.setup.smsc, "--window", strconv.Itoa(r.window), "--count", strconv.Itoa(math.MaxInt32))
	defer done()
	g.waitBound(r.binds)
	ok, refused := g.answers("acme")
	began := time.Now()
	beside := b.small(small, 5)
	took := time.Since(began).Seconds()
	okThen, refusedThen := g.answers("acme")
	_, peak := g.usage()
	fmt.Printf("| %s | %d × %d | %.1f / %.1f | %.1f / %.1f | %d | %.0f | %.0f | %.0f |\n", r.name, r.binds, r.window,
		alone.p50, alone.p99, beside.p50, beside.p99, alone.refused+beside.refused, (okThen-ok)/took, (refusedThen-refused)/took, peak)
}

type smallResult struct {
	p50, p99 float64
	refused  int
}

// small has the small operator send for the run's time and waits for its answers.
func (b *bench) small(c *simulator.SMSC, seed uint64) smallResult {
	before, refusedBefore := c.Ledger().Counts().Receipts, refusedBy(c)
	playing, cancel := context.WithTimeout(b.ctx, b.time)
	defer cancel()
	_ = c.Play(playing, simulator.NewSource(simulator.SourceOptions{Seed: seed}), smallRate) // until the time is over
	settling, cancel := context.WithTimeout(b.ctx, fairSettle)
	defer cancel()
	_ = c.WaitSettled(settling) // what is open then took as long as that
	var took []time.Duration
	for n := before + 1; n <= c.Ledger().Counts().Receipts; n++ {
		e, _ := c.Ledger().Entry(uint64(n))
		if e.AnsweredOK.IsZero() {
			took = append(took, fairSettle)
			continue
		}
		took = append(took, e.AnsweredOK.Sub(e.FirstSent))
	}
	slices.Sort(took)
	return smallResult{
		p50: ms(took[len(took)/2]), p99: ms(took[len(took)*99/100]), refused: refusedBy(c) - refusedBefore,
	}
}

// refusedBy counts the answers that were no OK.
func refusedBy(c *simulator.SMSC) int {
	n := 0
	for status, times := range c.Ledger().Statuses() {
		if status != simulator.StatusOK {
			n += times
		}
	}
	return n
}

// program runs smscsim beside the gateway until the returned function is called.
func (b *bench) program(args ...string) (end func()) {
	cmd := exec.CommandContext(b.ctx, filepath.Join(b.bin, "smscsim"), args...) //nolint:gosec // our own program
	check(cmd.Start())
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
}

// waitBound waits until the flooding operator's binds are bound.
func (g *gateway) waitBound(binds int) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-ticker.C {
		up := 0.0
		g.series(func(name string, value float64) {
			if strings.HasPrefix(name, `dlrgate_bind_up{bind="acme/`) {
				up += value
			}
		})
		if int(up) == binds {
			return
		}
	}
	check(fmt.Errorf("%d binds are not bound within a minute", binds))
}

// answers returns how many receipts of an operator were answered OK, and how
// many otherwise.
func (g *gateway) answers(operator string) (ok, other float64) {
	g.series(func(name string, value float64) {
		switch {
		case !strings.HasPrefix(name, "dlrgate_deliver_sm_total{") || !strings.Contains(name, `operator="`+operator+`"`):
		case strings.Contains(name, `command_status="ESME_ROK"`):
			ok += value
		default:
			other += value
		}
	})
	return ok, other
}

// fairness runs those of the fair runs that match, under a head of their own.
func (b *bench) fairness(match *regexp.Regexp) {
	head := fairHead
	for _, r := range fairRuns {
		if match.MatchString(r.name) && (!r.postgres || b.dsn != "") {
			fmt.Print(head)
			head = ""
			b.fair(r)
		}
	}
}
