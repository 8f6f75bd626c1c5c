package docs_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// TestSQL runs the statements of docs/webhook.md as an app would, whether the
// answer to its submit comes before the receipts or after them.
func TestSQL(t *testing.T) {
	t.Parallel()
	var statements []string
	for _, b := range blocks(t, "webhook.md") {
		if b.lang == "sql" {
			for line := range strings.Lines(b.text) {
				statements = append(statements, line)
			}
		}
	}
	if len(statements) != 3 {
		t.Fatalf("docs/webhook.md shows %d statements", len(statements))
	}
	for name, submitted := range map[string]int{"before": 0, "between": 1, "after": 4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, statements)
			for i, e := range []struct {
				id, recipient, status string
				standing, repeat      bool
			}{
				{id: "a", recipient: "33612345678", status: "in_progress", standing: true},
				{id: "b", recipient: "33612345678", status: "received", standing: true},
				{id: "a", recipient: "33612345678", status: "in_progress", standing: true, repeat: true},
				{id: "c", recipient: "33612345678", status: "in_progress"},
				{id: "d", recipient: "33600000000"},
			} {
				if i == submitted {
					a.submit("33612345678", "order 7")
				}
				if err := a.receive(e.id, e.recipient, e.status, e.standing); (err != nil) != e.repeat {
					t.Errorf("event %d: %v", i, err)
				}
			}
			want := "33612345678 received order 7"
			if got := a.rows(); got != want {
				t.Errorf("the app has %q, not %q", got, want)
			}
		})
	}
}

// app keeps its messages as docs/webhook.md says.
type app struct {
	t          *testing.T
	db         *sql.DB
	statements []string
}

func newApp(t *testing.T, statements []string) *app {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1) // one memory
	if _, err := db.Exec(`create table seen (webhook_id text primary key);
		create table messages (operator text, message_key text, recipient text, status text, reference text,
			unique (operator, message_key, recipient))`); err != nil {
		t.Fatal(err)
	}
	return &app{t, db, statements}
}

func (a *app) submit(recipient, reference string) {
	a.t.Helper()
	if _, err := a.db.Exec(a.statements[2], sql.Named("operator", "acme"), sql.Named("message_key", "1"),
		sql.Named("recipient", recipient), sql.Named("reference", reference)); err != nil {
		a.t.Fatal(err)
	}
}

func (a *app) receive(id, recipient, status string, standing bool) error {
	if _, err := a.db.Exec(a.statements[0], sql.Named("webhook_id", id)); err != nil {
		return err
	}
	_, err := a.db.Exec(a.statements[1], sql.Named("operator", "acme"), sql.Named("message_key", "1"),
		sql.Named("recipient", recipient), sql.Named("status", status), sql.Named("standing", standing))
	return err
}

func (a *app) rows() (all string) {
	a.t.Helper()
	if err := a.db.QueryRow(`select coalesce(group_concat(recipient || ' ' || status || ' ' || coalesce(reference, '?'), ', '), '') from messages`).Scan(&all); err != nil {
		a.t.Fatal(err)
	}
	return all
}

// TestMessageKey holds the page's way to make a key to the one that events have.
func TestMessageKey(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	ids := []string{"812FC7470000001B", "0990512718", "0", "000", "bc59b8aa-2FD2", "0x7F", "00ab", "\u0667", "7\n", ""}
	program := ""
	for _, b := range blocks(t, "webhook.md") {
		if b.lang == "python" && strings.Contains(b.text, "def message_key") {
			program = b.text
		}
	}
	given, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, t.TempDir(), "key.py", program+"\nimport json\nprint(json.dumps([message_key(id) for id in json.loads(input())]))\n")
	cmd := exec.CommandContext(within(t, time.Minute), "python3", file)
	cmd.Stdin = bytes.NewReader(append(given, '\n'))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	if err := json.Unmarshal(out, &keys); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if want := receipt.CanonicalID(id); keys[i] != want {
			t.Errorf("the page's key of %q is %q, ours %q", id, keys[i], want)
		}
	}
}
