package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	topLevel   = regexp.MustCompile(`(?m)^([a-z_]+):`)
	secretName = regexp.MustCompile(`\$\{([A-Z_]+)\}`)
)

// TestConfigurations lets `dlrgate check` judge every configuration of the
// documents. What a document leaves out of one is put back.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, file := range documents(t) {
		for _, b := range blocks(t, file) {
			if b.lang != "yaml" {
				continue
			}
			checked++
			t.Run(fmt.Sprintf("%s:%d", filepath.Base(file), b.line), func(t *testing.T) {
				t.Parallel()
				cmd := exec.Command(bin+"/dlrgate", "check", "-c", write(t, t.TempDir(), "dlrgate.yaml", complete(b.text)))
				cmd.Env = append(os.Environ(), secretsOf(b.text)...)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v:\n%s", err, out)
				}
			})
		}
	}
	if checked < 3 {
		t.Errorf("only %d configurations were found", checked)
	}
}

// complete makes a whole configuration of a part of one.
func complete(text string) string {
	has := map[string]bool{}
	for _, m := range topLevel.FindAllStringSubmatch(text, -1) {
		has[m[1]] = true
	}
	if has["rules"] || has["receipts"] { // a part of an operator
		text = "operators:\n  - name: acme\n    addresses: [smsc.acme.example:2775]\n    system_id: gw\n" + indent(text, "    ")
		has["operators"] = true
	}
	if !has["operators"] {
		text += "operators: [{name: acme, addresses: [smsc.acme.example:2775], system_id: gw}]\n"
	}
	if !has["endpoints"] {
		text += "endpoints: [{name: app, url: https://app.example/dlr}]\n"
	}
	return text
}

func indent(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(by + line)
	}
	return b.String()
}

// secretsOf sets each variable that a configuration names.
func secretsOf(text string) []string {
	var env []string
	for _, m := range secretName.FindAllStringSubmatch(text, -1) {
		value := ownSecret
		if strings.Contains(m[1], "DATABASE") {
			value = "postgres://localhost/dlrgate"
		}
		env = append(env, m[1]+"="+value)
	}
	return env
}

// documents are all pages for users.
func documents(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(files, "../README.md")
}
