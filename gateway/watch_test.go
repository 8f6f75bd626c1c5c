package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestWatchFollowsLinks reloads when what a symbolic link leads to is written,
// in a folder of its own.
func TestWatchFollowsLinks(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	s := newStage(ctx, t, simulator.Options{}, values{Top: "watch: true"})
	text, err := os.ReadFile(s.file)
	must(t, err, s)
	target := filepath.Join(t.TempDir(), "elsewhere.yaml")
	must(t, os.WriteFile(target, text, 0o600), s)
	link := s.file + ".link"
	must(t, os.Symlink(target, link), s)
	must(t, os.Rename(link, s.file), s)
	s.log.wait(ctx, t, "configuration reloaded")
	must(t, os.WriteFile(target, []byte(strings.Replace(string(text), "endpoints:", "windw: 7\nendpoints:", 1)), 0o600), s)
	s.log.wait(ctx, t, "windw")
}
