//go:build faultpoints

package faults_test

import (
	"database/sql"
	"path/filepath"

	_ "modernc.org/sqlite" // to look into the journal's file
)

// rows counts a table's rows in the journal.
func (w *world) rows(table string) int {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.data(), "journal.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	n := 0
	w.must(db.QueryRowContext(w.ctx, "SELECT count(*) FROM "+table).Scan(&n))
	return n
}
