package main

import (
	"fmt"
	"net/http"
	"regexp"
	"syscall"
	"time"
)

// crowd is a gateway with many operators and endpoints: how soon it is ready,
// what it takes, and what it answers when few receipts come.
type crowd struct {
	operators, endpoints int
	postgres             bool
}

var crowds = []crowd{
	{operators: 20, endpoints: 100},
	{operators: 20, endpoints: 400},
	{operators: 200, endpoints: 100},
	{operators: 200, endpoints: 500},
	{operators: 20, endpoints: 150, postgres: true},
	{operators: 200, endpoints: 500, postgres: true},
}

func (c crowd) name() string {
	name := fmt.Sprintf("many%dx%d", c.operators, c.endpoints)
	if c.postgres {
		name = "postgres " + name
	}
	return name
}

const crowdHead = `
| run | ready s | after a kill s | resident MB | goroutines | scrape ms | status ms | console ms |
|---|---|---|---|---|---|---|---|`

// crowds measures those whose names match, and then what endpoints do to the answers.
func (b *bench) crowds(match *regexp.Regexp) {
	head := crowdHead
	for _, c := range crowds {
		if match.MatchString(c.name()) && (!c.postgres || b.dsn != "") {
			fmt.Println(head)
			head = ""
			b.crowd(c)
		}
	}
	for i, r := range answers {
		if match.MatchString(r.name) && (!r.postgres || b.dsn != "") {
			b.measure(r, 100+i)
		}
	}
}

// answers are runs with so few receipts that only the endpoints make a difference.
var answers = []run{
	{name: "many answers 1", binds: 1, window: 10, endpoints: 1, batch: 1, rate: 10},
	{name: "many answers 500", binds: 1, window: 10, endpoints: 500, batch: 1, rate: 10},
	{name: "many answers 500, one wants", binds: 1, window: 10, endpoints: 500, batch: 1, rate: 10, unwanted: true},
	{name: "many answers 500, one wants, 500/s", binds: 1, window: 10, endpoints: 500, batch: 1, rate: 500, unwanted: true},
	{name: "postgres many answers 1", binds: 1, window: 10, endpoints: 1, batch: 1, rate: 10, postgres: true},
	{name: "postgres many answers 150", binds: 1, window: 10, endpoints: 150, batch: 1, rate: 10, postgres: true},
}

// crowd starts a gateway, kills it and starts it again.
func (b *bench) crowd(c crowd) {
	s := setup{binds: 1, window: 10, endpoints: c.endpoints, batch: 1, others: c.operators - 1}
	if c.postgres {
		s.dsn = b.dsn
	}
	begin := time.Now()
	g := b.start(s)
	defer func() { g.remove() }()
	fresh := g.ready(begin)
	check(g.cmd.Process.Signal(syscall.SIGKILL))
	_ = g.cmd.Wait() // killed
	begin = time.Now()
	g.run(b)
	again := g.ready(begin)
	<-time.After(5 * time.Second) // what is due once a second has been
	took := func(path string) float64 {
		begin := time.Now()
		g.get(path)
		return ms(time.Since(begin))
	}
	scrape, stats, console := took("/metrics"), took("/api/v1/endpoints"), took("/")
	m := g.metrics()
	fmt.Printf("| %s | %.1f | %.1f | %.0f | %.0f | %.0f | %.0f | %.0f |\n", c.name(), fresh.Seconds(), again.Seconds(),
		m["process_resident_memory_bytes"]/1e6, m["go_goroutines"], scrape, stats, console)
}

// ready waits until the gateway says that it is, and returns how long it took.
func (g *gateway) ready(begin time.Time) time.Duration {
	for tick := time.Tick(20 * time.Millisecond); ; <-tick {
		resp, err := client.Get("http://" + g.setup.admin + "/readyz") //nolint:noctx // it has a timeout of its own
		if err != nil {
			continue // it does not listen yet
		}
		check(resp.Body.Close())
		if resp.StatusCode == http.StatusOK {
			return time.Since(begin)
		}
	}
}
