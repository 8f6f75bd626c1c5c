package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const startYAML = `
listen: {{.Listen}}
admin: {tokens: [{name: ops, token: 0123456789abcdef0123456789abcdef}]}
journal: {path: {{.Dir}}, min_free_disk: 1MiB}
operators: [{name: acme, addresses: ["127.0.0.1:1"], system_id: gw, enabled: false}]
endpoints: [{name: app, url: "http://127.0.0.1:1/dlr"}]
`

// TestStartThatCannotBe wants one line that says what happened and what to do.
func TestStartThatCannotBe(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "journal.db"), []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, listen, dir string
		want              []string
	}{
		{"port in use", taken.Addr().String(), t.TempDir(), []string{taken.Addr().String() + " is in use", "ss -ltnp", "set listen"}},
		{"a foreign address", "192.0.2.1:0", t.TempDir(), []string{"192.0.2.1:0 is not an address of this machine", "set listen"}},
		{"a damaged file", "127.0.0.1:0", damaged, []string{damaged, "put a backup in the place of journal.path"}},
		{"no folder", "127.0.0.1:0", filepath.Join(file, "journal"), []string{file, "set journal.path"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			config := configure(t, startYAML, map[string]string{"Listen": test.listen, "Dir": test.dir})
			if code := execute(within(t, 3*time.Minute), []string{"run", "-c", config}, &out, &errs); code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			for _, want := range test.want {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("%q lacks %q", errs.String(), want)
				}
			}
			if strings.Count(errs.String(), "\n") != 1 {
				t.Errorf("not one line: %q", errs.String())
			}
		})
	}
}
