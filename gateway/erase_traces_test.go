package gateway_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/gateway"
	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
)

// TestEraseLeavesNoTrace has a webhook name a number in its answers, to batches
// in which others' receipts come first as well: after an erasure the number stands
// nowhere in the journal, in none of its forms.
func TestEraseLeavesNoTrace(t *testing.T) {
	const number, other = "33677889900", "33600000000"
	forms := []string{number, "33 677 88 99 00", "+33-677-889-900", "3\x003\x006\x007\x007\x008\x008\x009\x009\x000\x000"}
	for name, engine := range map[string]struct {
		dsn   func(t *testing.T) string
		holds func(t *testing.T, s *apiStage, text string) bool
	}{
		"sqlite": {
			func(*testing.T) string { return "" },
			func(t *testing.T, s *apiStage, text string) bool {
				return inFiles(t, filepath.Join(filepath.Dir(s.file), "data"), text)
			},
		},
		"postgres": {
			func(t *testing.T) string { return pgtest.New(t).Database(t) },
			func(t *testing.T, s *apiStage, text string) bool { return inTables(s.ctx, t, s.dsn, text) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := within(t, time.Minute)
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body, _ := io.ReadAll(r.Body); bytes.Contains(body, []byte(number)) {
					w.WriteHeader(http.StatusUnprocessableEntity)
					_, _ = io.WriteString(w, "nobody has "+strings.Join(forms, ", nor "))
				}
			}))
			defer hook.Close()
			s := newAPIStage(ctx, t, values{
				DSN:  engine.dsn(t),
				More: "  - {name: echo, url: " + hook.URL + ", batch: {max_events: 100, max_wait: 50ms}, retry: {initial: 20ms, max: 100ms}}\n",
			})
			s.act("/endpoints/{name}/pause", "name", "echo")
			for _, recipient := range []string{other, number, other, "33 677 88 99 00", "+33-677-889-900", other} {
				s.deliver(recipient, "id:"+recipient[len(recipient)-4:]+" stat:DELIVRD err:000")
			}
			s.act("/endpoints/{name}/resume", "name", "echo")
			s.until("an answer is kept", func() bool { return engine.holds(t, s, "nobody has") })
			if !slices.ContainsFunc(forms, func(f string) bool { return engine.holds(t, s, f) }) {
				t.Fatal("the number is nowhere before it is erased: this test shows nothing")
			}
			s.until("everything is erased", func() bool {
				return s.post("/erase", map[string]any{"recipient": number, "now": true}, http.StatusOK)["waiting"] == 0.0
			})
			for _, form := range append(forms, "677889900", "77 88 99", "677-889") {
				s.until("it is not there as "+form, func() bool { return !engine.holds(t, s, form) })
			}
			if !engine.holds(t, s, other) || !engine.holds(t, s, "nobody has") {
				t.Error("what is of others went, too")
			}
		})
	}
}

// inTables tells whether the text stands in a row of the database.
func inTables(ctx context.Context, t *testing.T, dsn, text string) bool {
	t.Helper()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	names, err := c.Query(ctx, `SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(names, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		rows, err := c.Query(ctx, `SELECT row_to_json(t)::text FROM `+table+` t`)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range all {
			if strings.Contains(row, text) || strings.Contains(row, hex.EncodeToString([]byte(text))) {
				return true
			}
		}
	}
	return false
}

// TestEraseWantsAWholeNumber: what is a part of everybody's number erases nobody.
func TestEraseWantsAWholeNumber(t *testing.T) {
	t.Parallel()
	s := newAPIStage(within(t, patience), t, values{})
	for _, recipient := range []string{"", "+", "0", "00", "+00", "1", "12345", "0012345", "+12345", "000000000", "0 0 1-2 3", "abc"} {
		s.post("/erase", map[string]any{"recipient": recipient}, http.StatusBadRequest)
	}
	s.post("/erase", map[string]any{"recipient": "123456"}, http.StatusOK)
}

// TestMentions holds when a frame that nobody could read names a number.
func TestMentions(t *testing.T) {
	t.Parallel()
	const number = "33677889900"
	for text, want := range map[string]bool{
		number: true, "+33677889900": true, "0033677889900": true, "a" + number + "b": true, "\x01\x01" + number + "\x00\x0133": true,
		"33 677 88 99 00": true, "+33-677-889-900": true, "+33 (0)6.77.88.99.00": true, "33677889900 1002101730": true,
		"33\u00a0677\u00a0889900": true, "3\x003\x006\x007\x007\x008\x008\x009\x009\x000\x000\x00": true,
		"\x003\x003\x006\x007\x007\x008\x008\x009\x009\x000\x000": true,
		"": false, "1" + number: false, number + "1": false, "00133677889900": false, "33677889": false, "33677x889900": false,
		"33 677 88 99 001": false, "3\x003\x006\x007\x007\x008\x008\x009\x009\x000\x000\x001\x00": false, "33677----889900": false,
	} {
		if got := gateway.Mentions([]byte(text), number); got != want {
			t.Errorf("%q names the number: %v", text, got)
		}
	}
	for address, want := range map[string]string{
		number: number, "+33677889900": number, "0033677889900": number, "33 677-88.99/00": number, "+33 (0)677889900": number,
		"tel:" + number: number, "0677889900": "0677889900", "12345": "12345", "+12345": "12345", "ACME": "ACME", "ACME1": "ACME1", "00": "00", "": "",
	} {
		if got := gateway.NumberKey(address); got != want {
			t.Errorf("%q is compared as %q, want %q", address, got, want)
		}
	}
}
