package main

import (
	"bytes"
	"testing"
	"time"
)

// TestBindsListTellsWhatOpsAsk: for how long a bind is not bound, when it is tried
// again and what to do; and that an error is over, with its time.
func TestBindsListTellsWhatOpsAsk(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 1, 25, 37, 0, time.UTC)
	binds := []bindRow{
		{Name: "a/gw/1", State: "bound", Since: now, LastError: "connection lost: EOF", LastErrorAt: now.Add(-time.Minute), Advice: "no more"},
		{
			Name: "a/gw/2", State: "waiting", Since: now.Add(-27 * time.Second), UnboundSince: now.Add(-75 * time.Second), Attempts: 4,
			NextAttempt: now.Add(9 * time.Second), LastError: "no connection", LastErrorAt: now.Add(-27 * time.Second), Advice: "look",
		},
		{Name: "a/gw/3", State: "connecting", Since: now, LastReceipt: now, UnboundSince: now, Attempts: 1},
	}
	var out bytes.Buffer
	if err := printBinds(&out, binds); err != nil {
		t.Fatal(err)
	}
	printUnbound(&out, binds, now)
	const want = `BIND    STATE       SINCE                 LAST RECEIPT          WINDOW  ADDRESS  LAST ERROR
a/gw/1  bound       2026-11-26T01:25:37Z  none since the start  0/0     -        over, at 2026-11-26T01:24:37Z: connection lost: EOF
a/gw/2  waiting     2026-11-26T01:24:22Z  none since the start  0/0     -        at 2026-11-26T01:25:10Z: no connection
a/gw/3  connecting  2026-11-26T01:25:37Z  2026-11-26T01:25:37Z  0/0     -        -

a/gw/2 is not bound for 1m15s, attempts: 4, next try at 2026-11-26T01:25:46Z (in 9s)
  do: look

a/gw/3 is not bound for 0s, attempts: 1
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}
