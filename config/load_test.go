package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// secret is what must appear nowhere; it is a good Standard Webhooks secret too.
const secret = "whsec_bm9ib2R5LW1heS1ldmVyLXNlZS10aGlzLXNlY3JldA=="

// testEnv is the environment of every file in testdata.
var testEnv = []string{
	"ACME_PASSWORD=hunter2!",
	"APP_WEBHOOK_SECRET=" + secret,
	"DLRGATE_ADMIN_TOKEN=let-me-in-please",
	"EMPTY=",
}

const (
	goodFiles = "../testdata/config/good"
	badFiles  = "../testdata/config/bad"
)

func yamlFiles(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	return files
}

// render returns the faults one a line, without the folder of the files.
func render(faults []Fault, folder string) string {
	var b strings.Builder
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return err.Error()
	}
	for _, f := range faults {
		b.WriteString(f.String() + "\n")
	}
	return strings.NewReplacer(folder+"/", "", absolute+"/", "").Replace(b.String())
}

// TestBadFiles holds every fault of each file against the messages beside it.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	for _, file := range yamlFiles(t, badFiles) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			cfg, faults, _ := Load(t.Context(), file, Options{Environ: testEnv})
			if cfg != nil || len(faults) == 0 {
				t.Fatalf("was loaded, faults %v", faults)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".err", render(faults, badFiles))
		})
	}
}

// TestGoodFiles wants neither faults nor warnings.
func TestGoodFiles(t *testing.T) {
	t.Parallel()
	for _, file := range yamlFiles(t, goodFiles) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			mustLoad(t, file, Options{Environ: testEnv})
		})
	}
}

func mustLoad(t *testing.T, file string, o Options) *Config {
	t.Helper()
	cfg, faults, warnings := Load(t.Context(), file, o)
	if len(faults)+len(warnings) > 0 {
		t.Fatalf("faults:\n%swarnings:\n%s", render(faults, goodFiles), render(warnings, goodFiles))
	}
	return cfg
}

// write puts a configuration into a folder of the test's own.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dlrgate.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
