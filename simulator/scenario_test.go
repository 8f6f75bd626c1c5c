package simulator_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/simulator"
)

func TestEveryFaultOfAScenarioHasItsPlace(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{`s.yaml:1:1: the file is empty; an account is needed: accounts: [{system_id: gw, count: 100}]`}},
		{"not YAML", "seed: 1\n\twindow: 2\n", []string{`s.yaml:2:1: this is not YAML: found a tab character that violates indentation`}},
		{"no account", "seed: 1\n", []string{`s.yaml:1:1: accounts: at least one account is needed: accounts: [{system_id: gw, count: 100}]`}},
		{"outcomes", `accounts:
  - {system_id: a, count: 1, outcomes: [{stat: UNDELIV, status: receivd, weight: 2}]}
  - {system_id: b, count: 1, outcomes: [{stat: UNDELIV, weight: 0}, {stat: EXPIRED, weight: 0}]}
`, []string{
			`s.yaml:2:65: accounts[0].outcomes[0].status: no status "receivd"; the nearest is "received"`,
			`s.yaml:3:40: accounts[1].outcomes: no outcome has a weight above 0`,
		}},
		{"all at once", `seeed: 1
listen: nowhere
window: 0
resend: {statuses: [full], after: soon}
accounts:
  - system_id: gw
    dialect: vonag
    quirks: [utf16]
    duplicates: 2
    outcomes: [{stat: UNDELIV, err: 001}, {err: "1"}]
  - {system_id: gw}
events:
  - {at: 1s, do: dropp}
  - {at: 1s, do: drop, account: other}
  - {do: refuse_binds, for: 1s, count: 3}
`, []string{
			`s.yaml:1:1: seeed: unknown key; the nearest is "seed"`,
			`s.yaml:2:9: listen: "nowhere" is not host:port, such as 127.0.0.1:2775`,
			`s.yaml:3:9: window: 0 is less than 1`,
			`s.yaml:4:21: resend.statuses[0]: "full" is not a command_status such as 0x14`,
			`s.yaml:4:35: resend.after: "soon" is not a time such as 500ms, 30s or 2m`,
			`s.yaml:7:14: accounts[0].dialect: no dialect "vonag"; the nearest is "vonage"`,
			`s.yaml:8:14: accounts[0].quirks[0]: no quirk "utf16"; the nearest is "utf16be"`,
			`s.yaml:9:17: accounts[0].duplicates: 2 is not between 0 and 1`,
			`s.yaml:10:37: accounts[0].outcomes[0].err: put it in quotes: "001"`,
			`s.yaml:10:43: accounts[0].outcomes[1]: stat is missing: {stat: UNDELIV, err: "001", weight: 5}`,
			`s.yaml:11:5: accounts[1]: a second account "gw"`,
			`s.yaml:13:18: events[0].do: no action "dropp"; the nearest is "drop"`,
			`s.yaml:14:33: events[1].account: no account "other"`,
			`s.yaml:15:5: events[2]: refuse_binds needs at`,
			`s.yaml:15:5: events[2]: refuse_binds needs status`,
			`s.yaml:15:40: events[2].count: refuse_binds has no count`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := simulator.ParseScenario("s.yaml", []byte(test.text))
			var faults *simulator.ScenarioError
			if !errors.As(err, &faults) {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(strings.Join(test.want, "\n"), faults.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheExamplesAreGood(t *testing.T) {
	files, err := filepath.Glob("../examples/scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		if _, err := simulator.LoadScenario(file); err != nil {
			t.Error(err)
		}
	}
	if _, err := simulator.LoadScenario("nowhere.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// keepBinding is an ESME that comes back whenever its session ends.
func keepBinding(t *testing.T, addr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			bindOnce(ctx, t, addr)
		}
	}()
}

func TestAScenarioPlaysItsMisfortunesAndLosesNothing(t *testing.T) {
	s, err := simulator.ParseScenario("s.yaml", []byte(`
sites:
  - {name: paris, listen: 127.0.0.1:0}
  - {name: lyon, listen: 127.0.0.1:0}
binds: 2
enquire_link: 20ms
resend: {after: 5ms, answer_timeout: 50ms}
accounts:
  - {system_id: gw, password: secret, dialect: vonage, count: 301, rate: 1500}
events:
  - {at: 10ms, do: drop, site: paris}
  - {at: 20ms, do: burst, count: 50, account: gw}
  - {at: 40ms, do: unbind}
  - {at: 60ms, for: 30ms, do: refuse_binds, status: 0x0D}
  - {at: 60ms, for: 20ms, do: pause}
  - {at: 100ms, do: redeliver, count: 5}
`))
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Close)
	keepBinding(t, run.Site("paris").Addr())
	keepBinding(t, run.Site("lyon").Addr())
	ctx := patient(t)
	if err := run.Wait(ctx); err != nil {
		t.Fatalf("%v: %+v", err, run.Ledger().Counts())
	}
	n := run.Ledger().Counts()
	if n.Receipts != 351 || n.OK != 351 || n.Binds < 4 {
		t.Errorf("counts %+v", n)
	}
	if n.Sends < 351+5 || n.Again != 0 {
		t.Errorf("five were to be redelivered and answered: %+v", n)
	}
	recipients := map[string]int{}
	for _, e := range run.Ledger().Entries() {
		if !e.Duplicate {
			recipients[e.Recipient]++
		}
	}
	for number, times := range recipients {
		if times != 1 {
			t.Errorf("%s is the recipient of %d messages", number, times)
		}
	}
}

func TestSilenceIsEndedByTheAnswerTimeout(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{Resend: simulator.Resend{After: time.Millisecond, AnswerTimeout: 20 * time.Millisecond}})
	e := bound(t, c.Addr(), nil)
	if err := c.WaitBound(ctx, 1); err != nil {
		t.Fatal(err)
	}
	session := c.Sessions()[0]
	session.StopReading(true)
	e.send(pdu{command: enquireLink, sequence: 8}) // the reader may be in the middle of one read
	c.Send(messages(1, "smpp").Next())
	if err := c.WaitFor(ctx, func(n simulator.Counts) bool { return n.Unanswered > 0 }); err != nil {
		t.Fatalf("nothing timed out: %+v", c.Ledger().Counts())
	}
	session.StopReading(false)
	if err := c.WaitOK(ctx, 1); err != nil {
		t.Fatal(err)
	}
}

func TestAScenarioIsPlayedFaster(t *testing.T) {
	s, err := simulator.ParseScenario("s.yaml", []byte(`
enquire_link: 10s
resend: {after: 4s}
receipt_delay: 2s
accounts: [{system_id: gw, count: 10, rate: 100}]
events: [{at: 8s, for: 6s, do: slow_answers, delay: 2s}]
`))
	if err != nil {
		t.Fatal(err)
	}
	fast := s.Faster(2)
	e := fast.Events[0]
	if e.At != 4*time.Second || e.For != 3*time.Second || e.Delay != time.Second {
		t.Errorf("event %+v", e)
	}
	if fast.Accounts[0].Rate != 200 || fast.EnquireLink != 5*time.Second || fast.ReceiptDelay != time.Second {
		t.Errorf("scenario %+v", fast)
	}
	if fast.Resend.After != 2*time.Second || fast.Resend.AnswerTimeout != 5*time.Second {
		t.Errorf("resend %+v", fast.Resend)
	}
	if s.Accounts[0].Rate != 100 || s.Events[0].At != 8*time.Second {
		t.Errorf("the scenario itself has changed: %+v", s)
	}
}
