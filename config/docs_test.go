package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentedConfiguration checks the file with every key of docs/config.md as
// it stands there, with its variables set.
func TestDocumentedConfiguration(t *testing.T) {
	t.Parallel()
	_, rest, found := strings.Cut(read(t, "../docs/config.md"), "## Every key in one file\n")
	_, rest, begun := strings.Cut(rest, "```yaml\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !begun || !closed {
		t.Fatal("docs/config.md has no file with every key")
	}
	cfg := mustLoad(t, write(t, text), Options{Environ: testEnv})
	if cfg.Operators[0].Name != "acme-fr" || len(cfg.Operators[0].Rules) != 3 || cfg.Endpoints[0].Retry.GiveUpAfter.Hours() != 75 {
		t.Errorf("read something else: %+v", cfg)
	}
}

// TestExamples checks every runnable example.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, file := range yamlFiles(t, "../examples") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			_, faults, _ := Load(t.Context(), file, Options{Environ: append(testEnv,
				"BILLING_TOKEN=x", "DATABASE_URL=postgres://localhost/dlrgate", "OAUTH_CLIENT_SECRET=x", "NEW_WEBHOOK_SECRET="+secret)})
			if len(faults) > 0 {
				t.Error(render(faults, "../examples"))
			}
		})
	}
}
