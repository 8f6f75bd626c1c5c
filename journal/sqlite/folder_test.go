package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
	"github.com/dlrgate/dlrgate/journal/sqlite"
)

// TestPathsArePaths has folders whose names SQLite, or a search for files, could
// take for settings, statements or patterns: the journal and its backup are in
// them, nothing is beside them, and the log is as it was.
func TestPathsArePaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"nightly?", "?", "a?mode=memory", "?_pragma=user_version(7)", "b%3F", "%00", "c#d", "[e]*", "file:f?vfs=none",
		"g?_pragma=user_version(1);DELETE FROM log", "?vfs=memdb&mode=memory", "h'i\"j;k", "wide ü",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home, backups := t.TempDir(), t.TempDir()
			dir := filepath.Join(home, name)
			at := func() *sqlite.Engine { // opened twice: the search file is found again
				e, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir, BackupDir: backups})
				check(t, err)
				return e
			}
			h := journaltest.Open(t, at(), nil, "acme")
			h.Store("acme", journaltest.Receipts("r", 100)...)
			_, err := h.Backup(t.Context(), filepath.Join(backups, name))
			check(t, err)
			h.Shut()
			h = journaltest.Open(t, at(), nil, "acme")
			if n := len(h.IDs("acme")); n != 100 {
				t.Errorf("the log holds %d receipts after the backup, not 100", n)
			}
			copied := journaltest.Open(t, open(t, filepath.Join(backups, name)), nil, "acme")
			if n := len(copied.IDs("acme")); n != 100 {
				t.Errorf("the backup holds %d receipts, not 100", n)
			}
			for _, parent := range []string{home, backups} {
				for _, f := range entries(t, parent) {
					if f != name {
						t.Errorf("%q was made beside the folder", f)
					}
				}
				for _, f := range entries(t, filepath.Join(parent, name)) {
					info, err := os.Lstat(filepath.Join(parent, name, f))
					check(t, err)
					if mode := info.Mode(); mode != 0o600 {
						t.Errorf("%q has mode %v", f, mode)
					}
				}
			}
		})
	}
}

// TestBackupsStayBelow holds where backups may go, whatever links and dots a
// folder's name is made of.
func TestBackupsStayBelow(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	base, other := filepath.Join(home, "backups"), filepath.Join(home, "other")
	check(t, errors.Join(os.Mkdir(base, 0o755), os.Mkdir(other, 0o755), os.Symlink(base, filepath.Join(home, "link")),
		os.Symlink(other, filepath.Join(base, "out")), os.Symlink(filepath.Join(home, "none"), filepath.Join(base, "nowhere")),
		os.Symlink("new", filepath.Join(base, "in")), os.Mkdir(filepath.Join(base, "new"), 0o755)))
	e, err := sqlite.Open(t.Context(), sqlite.Options{Dir: filepath.Join(home, "data")}) // and `backups` beside it
	check(t, err)
	h := journaltest.Open(t, e, nil, "acme")
	h.Store("acme", journaltest.Receipts("r", 1)...)
	for _, dir := range []string{
		other, home, base + "2", base + "/../other/x", base + "/out", base + "/out/x", base + "/nowhere", base + "/nowhere/x",
		filepath.Join(home, "data"), filepath.Join(home, "data", "x"),
	} {
		_, err := h.Backup(t.Context(), dir)
		if !errors.Is(err, journal.ErrBackupFolder) && (err == nil || !strings.HasPrefix(dir, base+"/nowhere")) {
			t.Errorf("a backup into %q: %v", dir, err)
		}
		if err != nil && errors.Is(err, journal.ErrBackupFolder) && !strings.Contains(err.Error(), base) {
			t.Errorf("%q is refused without the folder where backups may go: %v", dir, err)
		}
	}
	if found := entries(t, other); len(found) > 0 {
		t.Errorf("%q came into another folder", found)
	}
	for _, dir := range []string{base + "/a/b", base + "/./c/../d", home + "/link/e", base + "/in"} {
		_, err := h.Backup(t.Context(), dir)
		check(t, err)
		info, err := os.Stat(filepath.Clean(dir))
		check(t, err)
		if mode := info.Mode().Perm(); mode != 0o700 {
			t.Errorf("%q has mode %v", dir, mode)
		}
	}
}

// TestShortCopyIsNoBackup has copies that are not the log: each is told.
func TestShortCopyIsNoBackup(t *testing.T) {
	t.Parallel()
	h := newCopied(t)
	check(t, h.engine.CheckCopy(t.Context(), h.file))
	whole, err := os.ReadFile(h.file)
	check(t, err)
	for what, spoil := range map[string]func(){
		"empty":       func() { check(t, os.Truncate(h.file, 0)) },
		"cut":         func() { check(t, os.Truncate(h.file, int64(len(whole)/2))) },
		"no receipts": func() { alter(t, h.file, `DELETE FROM log`) },
		"the last missing": func() {
			alter(t, h.file, `DELETE FROM log WHERE position = (SELECT max(position) FROM log)`)
		},
		"no stream":      func() { alter(t, h.file, `DELETE FROM streams`) },
		"another schema": func() { alter(t, h.file, `DROP TABLE attempts`) },
		"another log":    func() { alter(t, h.file, `UPDATE journal SET log_id = 'x'`) },
	} {
		check(t, os.WriteFile(h.file, whole, 0o600))
		spoil()
		if err := h.engine.CheckCopy(t.Context(), h.file); err == nil {
			t.Errorf("%s: the copy counts as a backup", what)
		}
	}
}

// copied is a log with 100 receipts and its backup.
type copied struct {
	engine *sqlite.Engine
	file   string
}

func newCopied(t *testing.T) copied {
	t.Helper()
	e := open(t, t.TempDir())
	h := journaltest.Open(t, e, nil, "acme")
	h.Store("acme", journaltest.Receipts("r", 100)...)
	dir := filepath.Join(t.TempDir(), "copy")
	_, err := h.Backup(t.Context(), dir)
	check(t, err)
	return copied{e, filepath.Join(dir, "journal.db")}
}

// TestLinksAreNotFollowed puts links where the journal has its files, and gives
// the folder to somebody else: nothing is opened, made or changed through them.
func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lock", "journal.db", "journal.db-wal", "journal.db-shm", "journal.db-journal", "search-2026-01-02.db", "search-2026-01-02.db-wal"} {
		dir, target := filepath.Join(t.TempDir(), "[no]*pattern"), filepath.Join(t.TempDir(), "theirs")
		check(t, os.Mkdir(dir, 0o700))
		check(t, os.WriteFile(target, []byte("precious"), 0o644))
		check(t, os.Symlink(target, filepath.Join(dir, name)))
		if _, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)) {
			t.Errorf("%s is a link: %v", name, err)
		}
		octets, err := os.ReadFile(target)
		check(t, err)
		info, err := os.Stat(target)
		check(t, err)
		if string(octets) != "precious" || info.Mode() != 0o644 {
			t.Errorf("%s: what the link points to is now %q, mode %v", name, octets, info.Mode())
		}
	}
	foreign := "/" // root's
	if os.Geteuid() == 0 {
		foreign = t.TempDir()
		check(t, os.Chown(foreign, 4711, 4711))
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Dir: foreign}); err == nil || !strings.Contains(err.Error(), "belongs to the user with the id") {
		t.Errorf("another's folder: %v", err)
	}
}

func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	check(t, err)
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}
