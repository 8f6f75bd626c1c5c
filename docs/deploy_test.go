package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestShippedConfigurations lets `dlrgate check` judge what the package and the
// compose files bring.
func TestShippedConfigurations(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../deploy/compose/dlrgate.yaml", "../deploy/deb/dlrgate.yaml"} {
		credentials := t.TempDir()
		write(t, credentials, "secret_admin_token", "0123456789abcdef0123456789abcdef")
		copied := write(t, t.TempDir(), "dlrgate.yaml", strings.ReplaceAll(read(t, file), "/run/credentials/dlrgate.service", credentials))
		var shipped struct{ Admin struct{ Tokens []any } }
		if err := yaml.Unmarshal([]byte(read(t, file)), &shipped); err != nil || len(shipped.Admin.Tokens) == 0 {
			t.Errorf("%s: anybody on the machine is admin: %v", file, err)
		}
		cmd := exec.Command(bin+"/dlrgate", "check", "-c", copied)
		cmd.Env = append(os.Environ(), secretsOf(read(t, file))...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v:\n%s", file, err, out)
		}
	}
}

// whole is a configuration with operators and endpoints.
var whole = regexp.MustCompile(`(?m)^operators:(?s:.*)^endpoints:`)

// TestNothingIsOpenUnsaid goes through every whole configuration that is shipped
// or shown: it has a token, or says what it means to have none.
func TestNothingIsOpenUnsaid(t *testing.T) {
	t.Parallel()
	shown := map[string]string{"../deploy/compose/dlrgate.yaml": "", "../deploy/deb/dlrgate.yaml": ""}
	examples, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range examples {
		shown[file] = ""
	}
	for file := range shown {
		shown[file] = read(t, file)
	}
	for _, file := range documents(t) {
		for _, b := range blocks(t, file) {
			if whole.MatchString(b.text) {
				shown[fmt.Sprintf("%s:%d", file, b.line)] = b.text
			}
		}
	}
	for place, text := range shown {
		if !strings.Contains(text, "tokens:") && !strings.Contains(text, "any user of this machine is admin") {
			t.Errorf("%s: any user of the machine is admin, and nothing says so", place)
		}
	}
}

// TestComposeHasNoKnownSecrets: a secret with a default is one that everybody
// knows.
func TestComposeHasNoKnownSecrets(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../deploy/compose.yaml", "../deploy/compose.full.yaml"} {
		if known := regexp.MustCompile(`\$\{\w+:?-[^}]*\}|whsec_[\w/+=]{8,}`).FindString(read(t, file)); known != "" {
			t.Errorf("%s: %s is known to everybody", file, known)
		}
	}
}

// composed is what a compose file says of a service, as far as it is ours.
type composed struct {
	Services map[string]struct {
		Build      struct{ Context, Dockerfile string }
		Image      string
		Entrypoint []string
		Volumes    []string
	}
}

// TestCompose holds the compose files against the folder and the programs, since
// no engine runs them here: files are where they are mounted from, and commands
// have their flags.
func TestCompose(t *testing.T) {
	t.Parallel()
	ours := 0
	for _, file := range []string{"../deploy/compose.yaml", "../deploy/compose.full.yaml"} {
		var c composed
		if err := yaml.Unmarshal([]byte(read(t, file)), &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, s := range c.Services {
			for _, v := range s.Volumes {
				from, _, _ := strings.Cut(v, ":")
				if _, err := os.Stat(filepath.Join("../deploy", from)); strings.HasPrefix(from, ".") && err != nil {
					t.Errorf("%s: %s mounts what is not there: %v", file, name, err)
				}
			}
			if s.Build.Dockerfile != "" {
				if _, err := os.Stat(filepath.Join("../deploy", s.Build.Context, s.Build.Dockerfile)); err != nil {
					t.Errorf("%s: %s: %v", file, name, err)
				}
			}
			if len(s.Entrypoint) == 0 {
				continue
			}
			ours++
			program := filepath.Join(bin, filepath.Base(s.Entrypoint[0]))
			if out, err := exec.Command(program, append(s.Entrypoint[1:], "--help")...).CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v: %s", file, name, err, out)
			}
		}
	}
	if ours < 2 {
		t.Errorf("only %d services run a program of ours", ours)
	}
}
