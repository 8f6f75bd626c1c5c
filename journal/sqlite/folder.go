package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/dlrgate/dlrgate/journal"
)

// ownFolder makes a folder of this user's, or takes one, and closes it to
// others. One that belongs to somebody else is refused, also by root: its owner
// could put links in the place of what is in it.
func ownFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if err := ours(dir, info); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700) //nolint:gosec // a folder is entered: 0700 is what 0600 is to a file
}

// ownFiles refuses links and others' files under the names that the journal
// opens: they may be from a time when others could write to the folder.
func ownFiles(dir string) error {
	for _, pattern := range []string{"lock", "journal.db*", "search-*"} {
		names, err := namesIn(dir, pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			info, err := os.Lstat(name)
			if err != nil {
				return err
			}
			if !info.Mode().IsRegular() {
				return &fs.PathError{Op: "open", Path: name, Err: errors.New("is a link, or no file: take it away")}
			}
			if err := ours(name, info); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesIn returns the names in a folder that match the pattern, with the folder:
// filepath.Glob takes a folder's own name for a pattern, too.
func namesIn(dir, pattern string) (names []string, err error) {
	found, err := os.ReadDir(dir)
	for _, f := range found {
		if is, _ := filepath.Match(pattern, f.Name()); is {
			names = append(names, filepath.Join(dir, f.Name()))
		}
	}
	return names, err
}

func ours(name string, info fs.FileInfo) error {
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
		return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("belongs to the user with the id %d, who could change it at any time", s.Uid)}
	}
	return nil
}

// backupFolder returns where a folder truly is, if backups may go there.
func (e *Engine) backupFolder(dir string) (string, error) {
	base, err := truePath(e.backupDir)
	if err != nil {
		return "", err
	}
	at, err := truePath(dir)
	if err != nil {
		return "", err
	}
	if within, err := filepath.Rel(base, at); err != nil || !filepath.IsLocal(within) {
		return "", fmt.Errorf("%w, %q: %q is not there", journal.ErrBackupFolder, e.backupDir, dir)
	}
	return at, nil
}

// truePath resolves the links of a path; what is not there yet stays as it is.
func truePath(path string) (string, error) {
	missing := ""
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		resolved, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(resolved, missing), nil
		}
		if _, is := os.Lstat(at); is == nil || !errors.Is(err, fs.ErrNotExist) {
			return "", err // a link to nothing, or a folder that we may not enter
		}
		missing = filepath.Join(filepath.Base(at), missing)
	}
}
