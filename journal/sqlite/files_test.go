package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
	"github.com/dlrgate/dlrgate/journal/sqlite"
)

func TestSecondProcessIsToldWhoHoldsTheJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir)
	defer func() { check(t, e.Close()) }()
	_, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
	if want := fmt.Sprintf("in use by process %d: stop that one first, or set journal.path", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("second open: %v, want %q", err, want)
	}
}

func TestBackupIsToldToTakeAnotherFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := journaltest.Open(t, open(t, t.TempDir()), nil, "acme")
	_, err := h.Backup(t.Context(), dir)
	check(t, err)
	if _, err := h.Backup(t.Context(), dir); err == nil || !strings.HasSuffix(err.Error(), "is there already: choose an empty folder, or one that is not there yet") {
		t.Errorf("second backup: %v", err)
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "with space", "data")
	h := journaltest.Open(t, open(t, dir), nil, "acme")
	h.Store("acme", journaltest.Receipts("r", 10)...)
	indexed(t, h)
	seen := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode().Perm(), want)
		}
		seen++
		return nil
	})
	check(t, err)
	if seen < 6 {
		t.Errorf("only %d files were there", seen)
	}
}

func TestNewerJournalIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	check(t, open(t, dir).Close())
	alter(t, filepath.Join(dir, "journal.db"), `UPDATE journal SET readable_since = 99`)
	_, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "install a newer dlrgate") {
		t.Errorf("open: %v", err)
	}
	alter(t, filepath.Join(dir, "journal.db"), `UPDATE journal SET readable_since = 1`)
	check(t, open(t, dir).Close())
}

func TestDamagedLogIsNotOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "journal.db"), []byte(strings.Repeat("not a database", 100)), 0o600))
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir}); err == nil {
		t.Error("a damaged log was opened")
	}
}

// What an endpoint was told before the power went is there after it, and a
// cursor is at most 250 ms old.
func TestCrashLosesNothing(t *testing.T) {
	t.Parallel()
	dir, copied := t.TempDir(), t.TempDir()
	h := journaltest.Open(t, open(t, dir), nil, "acme")
	s := h.Stream("acme")
	_, err := h.Attach(t.Context(), "app", journal.StartOldest)
	check(t, err)
	h.Store("acme", journaltest.Receipts("r", 3000)...)
	best := time.Hour
	var seq uint64
	for n := 0; n < 5 || n < 50 && best > 250*time.Millisecond; n++ { // a busy machine is late now and then
		seq += 50
		advanced := time.Now()
		h.Advance("app", journal.At(s, seq))
		h.Until("the cursor is saved", func() bool {
			cursors, err := h.Faults.Cursors(t.Context())
			check(t, err)
			if cursors[0].Position == journal.At(s, seq) {
				best = min(best, cursors[0].SavedAt.Sub(advanced))
			}
			return cursors[0].Position == journal.At(s, seq)
		})
	}
	if best > 250*time.Millisecond {
		t.Errorf("a cursor was saved after %s", best)
	}
	// The crash: the files as they are, with nothing closed.
	for _, name := range []string{"journal.db", "journal.db-wal"} {
		octets, err := os.ReadFile(filepath.Join(dir, name))
		check(t, err)
		check(t, os.WriteFile(filepath.Join(copied, name), octets, 0o600))
	}
	after := journaltest.Open(t, open(t, copied), nil, "acme")
	if n := len(after.IDs("acme")); n != 3000 {
		t.Errorf("%d of 3000 receipts survived", n)
	}
	cursors, err := after.Attach(t.Context(), "app", journal.StartOldest)
	check(t, err)
	if got := cursors[0].Position.Seq(); got != seq {
		t.Errorf("the cursor is at %d, was saved at %d", got, seq)
	}
}

func TestWALStaysShort(t *testing.T) {
	if testing.Short() {
		t.Skip("long: writes until there is much to keep short")
	}
	t.Parallel()
	dir := t.TempDir()
	h := journaltest.Open(t, open(t, dir), nil, "acme")
	receipts := journaltest.Receipts("r", 500)
	for i := range receipts {
		receipts[i].Body = make([]byte, 4<<10)
	}
	walSize := func() int64 {
		info, err := os.Stat(filepath.Join(dir, "journal.db-wal"))
		check(t, err)
		return info.Size()
	}
	// Without receipts it must stay short too: 2,000 changes of state.
	for i := range 2000 {
		check(t, h.PutState(t.Context(), "k", fmt.Sprint(i%7), make([]byte, 2000)))
	}
	if n := walSize(); n > 16<<20 {
		t.Errorf("changes of state let the WAL grow to %d MiB", n>>20)
	}
	var biggest int64
	for range 20 { // 40 MiB
		h.Store("acme", receipts...)
		biggest = max(biggest, walSize())
	}
	if biggest > 16<<20 {
		t.Errorf("the WAL grew to %d MiB", biggest>>20)
	}
}

func TestSyncOffIsForTestsAlone(t *testing.T) {
	t.Setenv("DLRGATE_TEST_SYNCHRONOUS_OFF", "1")
	e := open(t, t.TempDir())
	if level := e.Synchronous(t); level != 0 {
		t.Errorf("synchronous is %d with the test variable", level)
	}
	check(t, e.Close())
	check(t, os.Unsetenv("DLRGATE_TEST_SYNCHRONOUS_OFF"))
	e = open(t, t.TempDir())
	if level := e.Synchronous(t); level != 2 {
		t.Errorf("synchronous is %d, want FULL", level)
	}
	check(t, e.Close())
}

// After a failed commit the old handle is not used again.
func TestWriterIsReplacedAfterAFailure(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	e := open(t, t.TempDir())
	defer func() { check(t, e.Close()) }()
	leases, err := e.Acquire(ctx, []string{"acme"})
	check(t, err)
	e.Break()
	b := &journal.Batch{Leases: leases, Entries: []*journal.Entry{{Position: leases[0].Last + 1, ReceivedAt: time.Now(), ID: "x"}}}
	if err := e.Write(ctx, b); err == nil {
		t.Error("a broken handle was written with")
	}
	leases, err = e.Renew(ctx, leases)
	check(t, err)
	check(t, e.Write(ctx, b))
	if leases[0].Last.Seq() != 0 {
		t.Errorf("the stream ended at %d", leases[0].Last.Seq())
	}
}

func TestBackupCanBeOpened(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "copy")
	h := journaltest.Open(t, open(t, t.TempDir()), nil, "acme")
	h.Store("acme", journaltest.Receipts("r", 2000)...)
	done := make(chan error, 1)
	go func() { _, err := h.Backup(context.Background(), dir); done <- err }()
	n := 2000
	for running := true; running; n += 10 { // receipts go on meanwhile
		h.Store("acme", journaltest.Receipts("more", 10)...)
		select {
		case err := <-done:
			check(t, err)
			running = false
		default:
		}
	}
	copied := journaltest.Open(t, open(t, dir), nil, "acme")
	if got := len(copied.IDs("acme")); got < 2000 || got > n {
		t.Errorf("the copy has %d receipts, the log has between 2000 and %d", got, n)
	}
}

func alter(t *testing.T, file, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	check(t, err)
	_, err = db.ExecContext(t.Context(), query)
	check(t, err)
	check(t, db.Close())
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func indexed(t *testing.T, h *journaltest.Harness) {
	t.Helper()
	h.Until("everything is indexed", func() bool {
		st, err := h.Stats(context.Background())
		check(t, err)
		return st.SearchLag == 0
	})
}
