package mapping_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/mapping"
)

// TestProfilesHoldTheirTables: one profile for each published table, every row
// of it, with source and date.
func TestProfilesHoldTheirTables(t *testing.T) {
	t.Parallel()
	byName := map[string]mapping.Profile{}
	for _, p := range mapping.Profiles() {
		byName[p.Name] = p
		if p.Title == "" || p.Source == "" || !strings.HasPrefix(p.Read, "202") {
			t.Errorf("%s: title %q, source %q, read %q", p.Name, p.Title, p.Source, p.Read)
		}
		if len(p.Source) > 120 || strings.Contains(p.Source, "; ") {
			t.Errorf("%s: source %q says more than where it was read: that is a note", p.Name, p.Source)
		}
		for _, f := range p.Facts {
			if f.Key == "" || f.Value == "" || f.Source == "" {
				t.Errorf("%s: fact %+v", p.Name, f)
			}
		}
		for _, r := range p.Rows {
			if r.Meaning == "" || r.Code+r.Stat == "" {
				t.Errorf("%s: row %+v", p.Name, r)
			}
		}
	}
	files, err := filepath.Glob("../testdata/decisions/facts/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 22 || len(byName) != 23 {
		t.Errorf("%d tables and %d profiles, want 22 (21 operators', network errors) and 23 (and smpp)", len(files), len(byName))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		if name == "network_errors" {
			continue
		}
		if got, want := len(byName[name].Rows), rowsOf(t, file); got != want {
			t.Errorf("profile %s has %d rows, its table %d", name, got, want)
		}
		p, want := byName[name], 0
		if own := filepath.Join(filepath.Dir(file), "network_error_code", filepath.Base(file)); p.NetworkErrors == mapping.NetworkErrorsListed {
			want = rowsOf(t, own)
		}
		if got := len(p.NetworkRows); got != want {
			t.Errorf("profile %s lists %d codes of network_error_code, its table %d", name, got, want)
		}
	}
}

func rowsOf(t *testing.T, file string) int {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord = '#', -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return len(rows) - 1
}

func TestProfileByName(t *testing.T) {
	t.Parallel()
	if p, ok := mapping.ProfileByName(""); !ok || p.Name != "smpp" || len(p.Rows) != 0 {
		t.Errorf("the empty name: %+v %t, want smpp", p, ok)
	}
	for _, name := range []string{"Vonage", "../status", "nexmo"} {
		if _, ok := mapping.ProfileByName(name); ok {
			t.Errorf("%q is a profile", name)
		}
	}
	p, _ := mapping.ProfileByName("w2wts")
	if len(p.Facts) != 1 || p.Facts[0].Key != "receipts.err_base" || p.Facts[0].Value != "hex" {
		t.Errorf("facts of w2wts: %+v", p.Facts)
	}
}
