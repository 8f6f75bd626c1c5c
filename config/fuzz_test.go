package config

import (
	"os"
	"strings"
	"testing"
)

// FuzzLoad: whatever the file holds, Load ends with a configuration or with
// faults that say where and what; a configuration that it prints says the same.
func FuzzLoad(f *testing.F) {
	for _, folder := range []string{goodFiles, badFiles} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range entries {
			data, err := os.ReadFile(folder + "/" + e.Name())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Add(everyOption)
	f.Fuzz(func(t *testing.T, text string) {
		cfg, faults, _ := load(t.Context(), "fuzz.yaml", []byte(text), Options{Environ: testEnv, Secrets: NoSecrets})
		if (cfg == nil) == (len(faults) == 0) {
			t.Fatalf("configuration %v with faults %v", cfg, faults)
		}
		for _, fault := range faults {
			if fault.Msg == "" || fault.Line < 1 || fault.Col < 1 {
				t.Errorf("a fault without place or words: %+v", fault)
			}
		}
		if cfg != nil {
			roundTrip(t, cfg)
		}
	})
}

// roundTrip prints the configuration, and wants what is read from it to print
// the same.
func roundTrip(t *testing.T, cfg *Config) {
	t.Helper()
	var first, second strings.Builder
	if err := cfg.Print(&first); err != nil {
		t.Fatal(err)
	}
	again, faults, _ := load(t.Context(), "printed.yaml", []byte(first.String()), Options{Secrets: NoSecrets})
	if again == nil {
		t.Fatalf("what is printed has faults: %v\n%s", faults, first.String())
	}
	if err := again.Print(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Errorf("printed:\n%s\nread and printed again:\n%s", first.String(), second.String())
	}
}

// TestPrintedIsConfiguration: what --print shows can be read again.
func TestPrintedIsConfiguration(t *testing.T) {
	t.Parallel()
	for _, file := range yamlFiles(t, goodFiles) {
		roundTrip(t, mustLoad(t, file, Options{Environ: testEnv}))
	}
	cfg, faults, _ := load(t.Context(), "every.yaml", []byte(everyOption), Options{Environ: testEnv})
	if cfg == nil {
		t.Fatal(faults)
	}
	roundTrip(t, cfg)
}
