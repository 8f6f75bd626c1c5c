package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// searchFile returns the only file of the projection.
func searchFile(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "search-*.db"))
	check(t, err)
	if len(names) == 0 {
		t.Fatal("there is no search file")
	}
	return names[0]
}

func TestProjectionIsBuiltAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, dir string){
		"missing": func(t *testing.T, dir string) { check(t, os.Remove(searchFile(t, dir))) },
		"damaged": func(t *testing.T, dir string) {
			check(t, os.WriteFile(searchFile(t, dir), []byte("this is no database, and long enough to be seen as none"), 0o600))
		},
		"of another log": func(t *testing.T, dir string) {
			alter(t, searchFile(t, dir), `UPDATE projection SET log_id = x'00'`)
		},
		"of another version": func(t *testing.T, dir string) { alter(t, searchFile(t, dir), `UPDATE projection SET version = 99`) },
		"ahead of the log": func(t *testing.T, dir string) {
			alter(t, searchFile(t, dir), `UPDATE runs SET upto_position = upto_position + 10`)
		},
		"behind the log": func(t *testing.T, dir string) {
			alter(t, searchFile(t, dir), `UPDATE runs SET upto_position = upto_position - 100`)
		},
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			h := journaltest.Open(t, open(t, dir), nil, "acme")
			h.Store("acme", journaltest.Receipts("r", 300)...)
			indexed(t, h)
			h.Shut()
			damage(t, dir)
			h = journaltest.Open(t, open(t, dir), nil, "acme")
			h.Store("acme", journaltest.Receipts("more", 1)...)
			indexed(t, h)
			page, err := h.Search(t.Context(), journal.Query{Terms: []journal.Term{{Kind: "status", Key: "received"}}, Limit: 1000})
			check(t, err)
			if len(page.Entries) != 301 {
				t.Errorf("%d of 301 receipts were found", len(page.Entries))
			}
		})
	}
}

func TestProjectionFileDamagedInUseIsReplaced(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e := open(t, t.TempDir())
	defer func() { check(t, e.Close()) }()
	x := e.Index()
	day := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	add := func(after, upto uint64, at time.Time) error {
		b := journal.IndexBatch{After: journal.At(1, after), Upto: journal.At(1, upto), At: at}
		for seq := after + 1; seq <= upto; seq++ {
			b.Rows = append(b.Rows, journal.IndexRow{Term: journal.Term{Kind: "k", Key: "v"}, Position: journal.At(1, seq)})
		}
		return x.Add(ctx, b)
	}
	reaches := func(want uint64) {
		t.Helper()
		got, err := x.Indexed(ctx, journal.At(1, 1))
		check(t, err)
		if got != journal.At(1, want) {
			t.Errorf("indexed up to %d, want %d", got.Seq(), want)
		}
	}
	check(t, add(0, 10, day))
	check(t, add(10, 20, day.AddDate(0, 0, 1)))
	check(t, add(20, 25, day.AddDate(0, 0, 1)))
	reaches(25)
	e.BreakIndex(t, 0)
	check(t, add(25, 95, day)) // waits in memory
	if err := add(95, 100, day); err == nil {
		t.Error("rows were added to a damaged file")
	}
	reaches(0) // a gap: what comes after it does not count
	check(t, add(0, 10, day))
	reaches(25)
	found, err := x.Find(ctx, journal.IndexQuery{Kind: "k", Keys: []string{"v", "w"}, After: journal.At(1, 5), Upto: journal.At(1, 22), Limit: 14})
	check(t, err)
	if len(found) != 14 || found[0] != journal.At(1, 22) || found[13] != journal.At(1, 9) {
		t.Errorf("found %v", found)
	}
	e.BreakIndex(t, 1)
	if _, err := x.Find(ctx, journal.IndexQuery{Kind: "k", Keys: []string{"v"}, After: 0, Upto: journal.At(1, 22), Limit: 14}); err == nil {
		t.Error("a damaged file was searched")
	}
	reaches(10)
}

func TestProjectionOfAPrunedDayIsRemoved(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	e := open(t, dir)
	defer func() { check(t, e.Close()) }()
	for i := range 3 {
		check(t, e.Index().Add(ctx, journal.IndexBatch{
			After: journal.At(1, uint64(i)*10), Upto: journal.At(1, uint64(i+1)*10),
			At: time.Date(2026, 11, 20+i, 0, 0, 0, 0, time.UTC),
		}))
	}
	check(t, e.Index().Trim(ctx, map[journal.Stream]journal.Position{1: journal.At(1, 11)}))
	for day, kept := range map[string]bool{"20": false, "21": true, "22": true} {
		_, err := os.Stat(filepath.Join(dir, "search-2026-11-"+day+".db"))
		if errors.Is(err, os.ErrNotExist) == kept {
			t.Errorf("day %s: %v, want kept %v", day, err, kept)
		}
	}
	indexed, err := e.Index().Indexed(ctx, journal.At(1, 11))
	check(t, err)
	if indexed != journal.At(1, 30) {
		t.Errorf("indexed up to %d", indexed.Seq())
	}
}

// TestRunsAreSearched compares many runs, buckets and streams with a plain list.
func TestRunsAreSearched(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e := open(t, t.TempDir())
	defer func() { check(t, e.Close()) }()
	day := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var all []journal.IndexRow
	for seq := uint64(0); seq < 1000; seq += 20 {
		for _, s := range []journal.Stream{1, 2} {
			b := journal.IndexBatch{After: journal.At(s, seq), Upto: journal.At(s, seq+20), At: day}
			for n := seq + 1; n <= seq+20; n++ {
				b.Rows = append(b.Rows,
					journal.IndexRow{Term: journal.Term{Kind: "id", Key: strconv.FormatUint(n, 10)}, Position: journal.At(s, n)},
					journal.IndexRow{Term: journal.Term{Kind: "status", Key: strconv.FormatUint(n%3, 10)}, Position: journal.At(s, n)})
			}
			check(t, e.Index().Add(ctx, b))
			all = append(all, b.Rows...)
		}
	}
	compare := func(q journal.IndexQuery) {
		t.Helper()
		var want []journal.Position
		for _, r := range slices.Backward(all) {
			if len(want) < q.Limit && r.Kind == q.Kind && slices.Contains(q.Keys, r.Key) && r.Position > q.After && r.Position <= q.Upto {
				want = append(want, r.Position)
			}
		}
		got, err := e.Index().Find(ctx, q)
		check(t, err)
		if !slices.Equal(got, want) {
			t.Errorf("%+v: found %v, want %v", q, got, want)
		}
	}
	queries := func() {
		for _, q := range []journal.IndexQuery{
			{Kind: "id", Keys: []string{"1", "500", "1000", "1001"}, After: journal.At(1, 0), Upto: journal.At(1, 1000), Limit: 10},
			{Kind: "id", Keys: []string{"500"}, After: journal.At(1, 500), Upto: journal.At(1, 1000), Limit: 10},
			{Kind: "status", Keys: []string{"0", "2"}, After: journal.At(2, 0), Upto: journal.At(2, 1000), Limit: 100},
			{Kind: "status", Keys: []string{"1"}, After: journal.At(2, 100), Upto: journal.At(2, 333), Limit: 1000},
		} {
			compare(q)
		}
	}
	queries()
	removed := []journal.IndexRow{all[0], all[1], all[1001], all[len(all)-1]}
	check(t, e.Index().Remove(ctx, removed))
	all = slices.DeleteFunc(all, func(r journal.IndexRow) bool { return slices.Contains(removed, r) })
	queries()
}
