package pgtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Restore runs the command that a backup into the folder asks for, puts what it
// wrote into a new database as docs/operations.md says, and returns its DSN.
func (s *Server) Restore(t testing.TB, command, dir string) string {
	t.Helper()
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(installed)
	slices.Reverse(installed) // the newest first: it reads older servers, too
	path := strings.Join(append(installed, os.Getenv("PATH")), string(os.PathListSeparator))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	dsn := s.Database(t)
	for _, c := range []*exec.Cmd{
		exec.Command("sh", "-c", command),
		exec.Command("sh", "-c", `pg_restore --exit-on-error --dbname="$0" "$1"`, dsn, filepath.Join(dir, "dlrgate.dump")),
	} {
		c.Env = append(os.Environ(), "PATH="+path)
		if password, is := s.dsn.User.Password(); is {
			c.Env = append(c.Env, "PGPASSWORD="+password)
		}
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", c, err, out)
		}
	}
	return dsn
}
