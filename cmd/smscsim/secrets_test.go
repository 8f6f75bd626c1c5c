package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestHintNamesTheSameSecret holds what sink and storm print for the gateway
// against what they check with: the file that was named, and of one that was
// typed only that it comes from the environment.
func TestHintNamesTheSameSecret(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "webhook.secret")
	if err := os.WriteFile(file, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		named secrets
		read  []string
		hint  string
	}{
		{nil, nil, ""},
		{secrets{"whsec_b25l"}, []string{"whsec_b25l"}, `, secrets: ["${APP_WEBHOOK_SECRET}"]`},
		{secrets{"whsec_b25l", "whsec_dHdv"}, []string{"whsec_b25l", "whsec_dHdv"}, `, secrets: ["${APP_WEBHOOK_SECRET}"]`},
		{secrets{"file:" + file}, []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, `, secrets: ["file:` + file + `"]`},
	} {
		read, err := c.named.read()
		if err != nil || !slices.Equal(read, c.read) {
			t.Errorf("%q: %q, %v", c.named, read, err)
		}
		if hint := c.named.yaml(); hint != c.hint {
			t.Errorf("%q: the hint is %s, want %s", c.named, hint, c.hint)
		}
	}
}
