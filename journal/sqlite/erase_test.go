package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// What was erased is in no file: not in the log, its WAL and the projection
// while the journal runs, and not in a backup made after it.
func TestErasedIsInNoFile(t *testing.T) {
	t.Parallel()
	const number = "4915123456789"
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	h := journaltest.Open(t, open(t, dir), nil, "acme", "beta")
	var victims []journal.Position
	for i := range 300 {
		for n, operator := range []string{"acme", "beta"} {
			r := journaltest.Receipts(fmt.Sprint(operator, i), 1)[0]
			if i%50 == 7 {
				victims = append(victims, journal.At(h.Stream(operator), uint64(i+1)))
				r.Recipient = number
				r.Body = append([]byte("id:1 stat:DELIVRD text:call "+number+" now "), wide(number, n == 0)...)
				r.Body = append(r.Body, bytes.Repeat([]byte(number), 1000*n)...) // with overflow pages, and without
			}
			h.Store(operator, r)
		}
	}
	indexed(t, h)
	if len(holding(t, dir, number)) == 0 {
		t.Fatal("the number is in no file before it is erased: this test shows nothing")
	}
	got, err := h.Erase(context.Background(), victims, false)
	check(t, err)
	if got.Erased != len(victims) || got.Waiting != 0 {
		t.Errorf("%+v of %d", got, len(victims))
	}
	h.Until("the files are clean", func() bool { return len(holding(t, dir, number)) == 0 })
	_, err = h.Backup(context.Background(), copied)
	check(t, err)
	if names := holding(t, copied, number); len(names) > 0 {
		t.Errorf("a backup made later has the number in %q", names)
	}
	c := journaltest.Open(t, open(t, copied), nil, "acme", "beta")
	if e, err := c.Get(context.Background(), journal.At(c.Stream("beta"), 300)); err != nil || e.ID != "beta299-0001" {
		t.Errorf("the backup ends with %v, %v", e, err)
	}
}

// wide is the text in UTF-16.
func wide(s string, big bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

// holding returns the files of a folder in which the number stands, in octets or
// in UTF-16.
func holding(t *testing.T, dir, number string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	check(t, err)
	for _, f := range files {
		octets, err := os.ReadFile(filepath.Join(dir, f.Name()))
		check(t, err)
		info, err := f.Info()
		check(t, err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", f.Name(), mode)
		}
		for _, form := range [][]byte{[]byte(number), wide(number, true), wide(number, false)} {
			if bytes.Contains(octets, form) {
				names = append(names, f.Name()+" "+strings.TrimSpace(string(form[:2])))
			}
		}
	}
	return names
}
