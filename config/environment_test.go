package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const smallest = goodFiles + "/smallest.yaml"

// TestEnvironmentOverrides: each scalar outside lists has a variable; it wins
// over the file and over the default.
func TestEnvironmentOverrides(t *testing.T) {
	t.Parallel()
	file := write(t, "listen: 127.0.0.1:1\n"+read(t, smallest))
	environ := append(testEnv,
		"DLRGATE_LISTEN=127.0.0.1:9", "DLRGATE_SHUTDOWN_TIMEOUT=3s", "DLRGATE_WATCH=true", "DLRGATE_LOG_LEVEL=debug",
		"DLRGATE_PRIVACY_MASK_NUMBERS=false", "DLRGATE_JOURNAL_MAX_SIZE=2GiB", "DLRGATE_JOURNAL_RECENT_MESSAGES=7",
		"DLRGATE_JOURNAL_DSN=postgres://db/x", "DLRGATE_JOURNAL_PATH=elsewhere", "DLRGATE_LOG_FORMAT=")
	cfg := mustLoad(t, file, Options{Environ: environ})
	got := fmt.Sprint(cfg.Listen, cfg.ShutdownTimeout, cfg.Watch, cfg.Log, cfg.Privacy.MaskNumbers,
		cfg.Journal.MaxSize, cfg.Journal.RecentMessages, cfg.Journal.Path == File(filepath.Join(filepath.Dir(file), "elsewhere")))
	if want := fmt.Sprint("127.0.0.1:9", 3*time.Second, true, Log{"debug", "json"}, false, Size(2<<30), 7, true); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestEnvironmentFaults names the variable, not a line of the file.
func TestEnvironmentFaults(t *testing.T) {
	t.Parallel()
	_, faults, _ := Load(t.Context(), smallest, Options{Environ: append(testEnv,
		"DLRGATE_SHUTDOWN_TIMEOUT=30", "DLRGATE_JOURNAL_RECENT_MESSAGES=many", "DLRGATE_LOG_LEVEL=loud", "DLRGATE_WATCH=maybe")})
	want := strings.TrimLeft(`
DLRGATE_JOURNAL_RECENT_MESSAGES: journal.recent_messages: must be a whole number, without quotes
DLRGATE_LOG_LEVEL: log.level: "loud" is not known (one of debug, info, warn, error)
DLRGATE_SHUTDOWN_TIMEOUT: shutdown_timeout: a duration needs a unit, as in "30s" (got 30)
DLRGATE_WATCH: watch: must be true or false
`, "\n")
	if got := render(faults, goodFiles); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestUnknownVariables are warnings, except those that have another meaning.
func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	file := write(t, strings.Replace(read(t, smallest), "ACME_PASSWORD", "DLRGATE_ACME", 1))
	_, faults, warnings := Load(t.Context(), file, Options{Environ: append(testEnv,
		"DLRGATE_ACME=x", "DLRGATE_TEST_POSTGRES=x", "DLRGATE_LISTN=x", "DLRGATE_BANANA=x", "OTHER=x")})
	want := "DLRGATE_BANANA: unknown variable: it overrides nothing\n" +
		"DLRGATE_LISTN: unknown variable: did you mean DLRGATE_LISTEN?\n"
	if got := render(warnings, goodFiles); got != want || len(faults) > 0 {
		t.Errorf("faults %v, warnings:\n%swant:\n%s", faults, got, want)
	}
}

// TestEveryKey lists every key with its type, default and variable, so that none
// comes or goes unnoticed; docs/config.md must tell of each.
func TestEveryKey(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	variables := map[string]string{}
	for _, s := range scalars(reflect.TypeFor[Config](), "") {
		variables[s.path] = s.variable()
	}
	cfg := mustLoad(t, smallest, Options{Environ: testEnv})
	cfg.Journal.Path = "data" // is absolute after Load
	listKeys(&b, reflect.ValueOf(cfg).Elem(), "", variables)
	golden(t, "testdata/keys.txt", b.String())
	docs := read(t, "../docs/config.md")
	for line := range strings.Lines(b.String()) {
		path := strings.TrimRight(strings.Fields(line)[0], "[]")
		name := path[strings.LastIndex(path, ".")+1:]
		if !strings.Contains(docs, "`"+name) && !strings.Contains(docs, "."+name+"`") {
			t.Errorf("docs/config.md does not tell of %s", path)
		}
	}
}

// listKeys writes one line a key; of a list it writes the keys of an element.
func listKeys(b *strings.Builder, v reflect.Value, path string, variables map[string]string) {
	for _, k := range keysOf(v.Type()) {
		at, field := join(path, k.name), v.FieldByIndex(k.field.Index)
		switch {
		case field.Kind() == reflect.Slice && len(keysOf(field.Type().Elem())) > 0:
			item := reflect.New(field.Type().Elem())
			if d, ok := item.Interface().(defaulter); ok {
				d.setDefaults()
			}
			listKeys(b, item.Elem(), at+"[]", variables)
		case field.Kind() == reflect.Pointer && len(keysOf(field.Type().Elem())) > 0:
			listKeys(b, reflect.New(field.Type().Elem()).Elem(), at, variables)
		case len(keysOf(field.Type())) > 0:
			listKeys(b, field, at, variables)
		default:
			line := fmt.Sprintf("%-44s %-24s %-22v %s", at, field.Type(), shown(field), variables[at])
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
}

func shown(v reflect.Value) any {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return ""
	}
	return v.Interface()
}
