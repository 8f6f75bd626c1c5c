package docs_test

import (
	"database/sql"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// TestSQL runs the statements of docs/webhook.md as a receiver would: for a
// status, for the same one again, and for one that does not stand.
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
	if len(statements) != 2 {
		t.Fatalf("docs/webhook.md shows %d statements", len(statements))
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1) // one memory
	if _, err := db.Exec(`create table seen (webhook_id text primary key);
		create table messages (operator text, message_id text, status text);
		insert into messages values ('acme', '1', null), ('acme', '2', null)`); err != nil {
		t.Fatal(err)
	}
	receive := func(id, status string, standing bool) error {
		if _, err := db.Exec(statements[0], sql.Named("webhook_id", id)); err != nil {
			return err
		}
		_, err := db.Exec(statements[1], sql.Named("status", status), sql.Named("operator", "acme"), sql.Named("message_id", "1"), sql.Named("standing", standing))
		return err
	}
	if err := receive("a", "received", true); err != nil {
		t.Fatal(err)
	}
	if err := receive("a", "undefined", true); err == nil {
		t.Error("a repeat is no conflict")
	}
	if err := receive("b", "in_progress", false); err != nil {
		t.Fatal(err)
	}
	var status string
	var others int
	if err := db.QueryRow(`select (select status from messages where message_id = '1'), (select count(status) from messages where message_id = '2')`).Scan(&status, &others); err != nil {
		t.Fatal(err)
	}
	if status != "received" || others != 0 {
		t.Errorf("the message has status %q, %d others have one", status, others)
	}
}
