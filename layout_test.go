// Package dlrgate_test holds the house rules that no single room can hold.
package dlrgate_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dlrgate/dlrgate"

// room is what one package may import: our rooms, and third-party modules by
// the beginning of their path. The standard library is free to all.
type room struct {
	ours  []string
	third []string
}

const zap = "go.uber.org/zap"

// rooms is the house: one line a package, and data flows one way through it.
var rooms = map[string]room{
	"smpp":                    {third: []string{"github.com/fiorix/go-smpp/smpp/pdu", "golang.org/x/time/rate", zap}},
	"smpp/receipt":            {},
	"mapping":                 {ours: []string{"smpp/receipt"}},
	"event":                   {ours: []string{"smpp/receipt", "mapping"}},
	"explain":                 {ours: []string{"event", "mapping", "smpp/receipt"}},
	"event/eventtest":         {ours: []string{"event"}, third: []string{"github.com/santhosh-tekuri/jsonschema"}},
	"faultpoint":              {},
	"journal":                 {ours: []string{"faultpoint"}, third: []string{zap}},
	"journal/sqlite":          {ours: []string{"faultpoint", "journal"}, third: []string{"modernc.org/sqlite", "github.com/pressly/goose", "golang.org/x/sys/unix", zap}},
	"journal/postgres":        {ours: []string{"journal"}, third: []string{"github.com/jackc/pgx", "github.com/pressly/goose", zap}},
	"journal/postgres/pgtest": {third: []string{"github.com/jackc/pgx"}},
	"journal/journaltest":     {ours: []string{"journal"}, third: []string{"github.com/google/go-cmp", zap}},
	"forward": {
		ours:  []string{"event", "faultpoint", "journal"},
		third: []string{"golang.org/x/time/rate", "golang.org/x/oauth2", "code.dny.dev/ssrf", "github.com/klauspost/compress", zap},
	},
	"config": {
		ours:  []string{"smpp", "smpp/receipt", "mapping", "event", "journal", "forward"},
		third: []string{"github.com/spf13/viper", "go.yaml.in/yaml", "github.com/go-playground/validator", "github.com/go-viper/mapstructure"},
	},
	"gateway": {
		ours:  []string{"smpp", "smpp/receipt", "mapping", "event", "journal", "journal/sqlite", "journal/postgres", "forward", "config", "explain", "admin"},
		third: []string{"github.com/prometheus/client_golang", "github.com/fsnotify/fsnotify", "golang.org/x/sync/errgroup", zap},
	},
	"admin": {
		ours:  []string{"event", "explain", "mapping", "smpp/receipt"},
		third: []string{"github.com/prometheus/client_golang", "golang.org/x/time/rate", zap},
	},
	"simulator": {third: []string{"go.yaml.in/yaml"}},
	"cmd/dlrgate": {
		ours:  []string{"gateway", "config", "event", "explain", "mapping", "smpp/receipt", "simulator", "cmd/internal/plain", "cmd/internal/usage"},
		third: []string{"github.com/spf13/cobra", zap},
	},
	"cmd/internal/plain": {},
	"cmd/internal/usage": {third: []string{"github.com/spf13/cobra"}},
	"cmd/smscsim":        {ours: []string{"simulator", "cmd/internal/plain", "cmd/internal/usage"}, third: []string{"github.com/spf13/cobra"}},
	"bench":              {ours: []string{"simulator"}},
}

// TestRoomsImportOnlyWhatTheyMay reads the imports of every package's
// non-test files and holds them against the table; a package that the table
// does not list fails too, so that a new room is a decision and not an accident.
func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	seen := map[string]bool{}
	for file, imports := range sourceImports(t) {
		dir := path.Dir(file)
		r, listed := rooms[dir]
		if !listed {
			t.Errorf("%s: package %q is not in the table of rooms", file, dir)
			continue
		}
		seen[dir] = true
		for _, imp := range imports {
			if !mayImport(dir, r, imp) {
				t.Errorf("%s: room %q may not import %q", file, dir, imp)
			}
		}
	}
	for dir := range rooms {
		if !seen[dir] {
			t.Errorf("the table lists %q, which has no Go files", dir)
		}
	}
}

func mayImport(dir string, r room, imp string) bool {
	if ours, ok := strings.CutPrefix(imp, module+"/"); ok {
		return ours == dir || slices.Contains(r.ours, ours)
	}
	if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(r.third, func(prefix string) bool { return strings.HasPrefix(imp, prefix) })
}

// sourceImports returns the imports of each non-test Go file that belongs to
// the build, by its path from the root.
func sourceImports(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") && name != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		if len(f.Comments) > 0 && f.Comments[0].List[0].Text == "//go:build ignore" {
			return nil
		}
		file := filepath.ToSlash(name)
		out[file] = []string{}
		for _, imp := range f.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			out[file] = append(out[file], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
