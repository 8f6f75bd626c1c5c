package docs_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	fenced = regexp.MustCompile("(?ms)^```.*?^```")
	span   = regexp.MustCompile("`([^`]+)`")
	// command is a span that somebody may type.
	command = regexp.MustCompile(`^(dlrgate|smscsim|curl|openssl|kill|systemctl|dpkg|pg_\w+|createdb|make|go|deploy/\S+) [^=]`)
)

// placeholders are what stands in the lab for the words in capitals of a
// command; a shell variable is set by the lab or by prepared.
var placeholders = map[string]string{
	"FILE": "dlrgate.yaml", "NEW": "new.yaml", "TEXT": "'id:7 stat:UNDELIV err:073'", `"TEXT"`: "'id:7 stat:UNDELIV err:073'",
	"X": "$MESSAGE", "N": "${N-$RECIPIENT}", "ID": "${ID-$RECEIPT}", "NAME": "${NAME-app}", "DIR": "~/lab/backups/$(date +%N)",
	"http://HOST:8275/healthz": "http://127.0.0.1:8275/healthz", "http://HOST:8275/readyz": "http://127.0.0.1:8275/readyz",
	"/var/lib/dlrgate/backups/2026-11-24": "~/lab/backups/2026-11-24", "PEER": "127.0.0.1:2776",
}

// prepared is typed before a command.
var prepared = map[string]string{
	"dlrgate receipts --operator NAME --since 24h --limit 1":                   "NAME=acme",
	"dlrgate receipts --operator NAME --since 24h --count":                     "NAME=acme",
	"dlrgate receipts --operator NAME --since 1h":                              "NAME=acme",
	"dlrgate explain -c FILE --operator NAME TEXT":                             "NAME=acme-fr",
	`dlrgate explain -c FILE --operator NAME "TEXT"`:                           "NAME=acme-fr",
	"dlrgate binds bind NAME":                                                  "NAME=acme/gw/1",
	"dlrgate replay cancel ID":                                                 "ID=$(dlrgate replay --endpoint app --since 2h --rate 1 | sed -n 's/^replay \\(.*\\) begins.*/\\1/p')",
	"dlrgate dead drop ID":                                                     "ID=$DEAD",
	"dlrgate erase --recipient N":                                              "N=$OTHER",
	"dlrgate endpoints forget NAME":                                            "NAME=${GONE-old}; export GONE=older",
	"smscsim check FILE":                                                       "cp ~/dlrgate/examples/scenarios/everyday.yaml scenario.yaml",
	"kill -HUP":                                                                "set -- $(cat pid)",
	"openssl s_client -connect PEER </dev/null | openssl x509 -noout -enddate": smscWithTLS,
	"openssl s_client -connect PEER </dev/null | openssl x509 -noout -fingerprint -sha256": smscWithTLS,
}

// smscWithTLS is a peer whose certificate can be looked at.
const smscWithTLS = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=smsc -keyout key.pem -out cert.pem 2>/dev/null
smscsim serve --listen 127.0.0.1:2776 --tls-cert cert.pem --tls-key key.pem >smsc.log & trap "kill $!" EXIT
until grep -q 'SMSC on' smsc.log; do :; done`

// inPlace is typed in a command's place where its words do not do.
var inPlace = map[string]string{
	"smscsim serve --count N --window 100":   `smscsim serve --listen 127.0.0.1:0 --count 100 --window 100 >serve.log & until grep -q 'SMSC on' serve.log; do :; done; kill $!; wait $!`,
	"kill -HUP":                              `kill -HUP "$1"`,
	"smscsim check FILE":                     "smscsim check scenario.yaml",
	"dlrgate check -c examples/testing.yaml": "dlrgate check -c ~/dlrgate/examples/testing.yaml",
}

// mentioned are commands that a page speaks of without all that they need: they
// must be there.
var mentioned = []string{
	"dlrgate explain", "dlrgate explain --profile", "dlrgate check", "dlrgate replay", "dlrgate retranslate", "dlrgate retranslate --send",
	"dlrgate binds unbind", "dlrgate dead drop", "dlrgate endpoints enable", "dlrgate run -c FILE",
}

// attention are commands that end with 1 when something needs attention, which
// it does in the lab.
var attention = []string{"dlrgate status"}

// elsewhere are commands that are not typed here, and why.
var elsewhere = map[string]string{
	"go generate ./...":             "CI's step generate",
	"go test -short ./...":          "CI's step tests, which leaves nothing out",
	"dpkg -i dlrgate_NEW_amd64.deb": ".ci/packages",
	"pg_restore --dbname=…":         "cmd/dlrgate, TestBackup",
	"deploy/build OUT":              ".ci/packages",
	"deploy/build bin":              ".ci/packages",
	"deploy/deb/build OUT VERSION":  ".ci/packages",
	"systemctl reload":              "unverified: no systemd runs in CI",
	"systemctl status dlrgate":      "unverified: no systemd runs in CI",
	"systemctl reload dlrgate":      "unverified: no systemd runs in CI",
}

// TestInlineCommands types every command that stands within a sentence or a
// table of a page, in their order, with a gateway that works.
func TestInlineCommands(t *testing.T) {
	if !*commands {
		t.Skip("it may take the ports of the documents: go test ./docs -commands")
	}
	need(t, "openssl")
	d := newDesk(t)
	ctx := within(t, 2*time.Minute)
	openLab(ctx, t, d)
	for _, file := range append(documents(t), "../CONTRIBUTING.md") {
		typed := 0
		for _, c := range inlineCommands(t, file) {
			if _, not := elsewhere[c]; not {
				continue
			}
			typed++
			b := block{text: asTyped(c) + "\n"}
			err := d.run(ctx, b, nil)
			if err != nil && slices.Contains(attention, c) {
				b.marks = []string{"exit=1"}
				err = d.run(ctx, b, nil)
			}
			if err != nil {
				t.Errorf("%s: `%s`, typed as\n%s%v", file, c, b.text, err)
			}
		}
		t.Logf("%s: %d commands", file, typed)
	}
}

// inlineCommands are the commands of a page outside its blocks.
func inlineCommands(t *testing.T, file string) []string {
	t.Helper()
	var out []string
	for _, m := range span.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, file), ""), -1) {
		c := strings.Join(strings.Fields(m[1]), " ")
		if strings.HasPrefix(c, "go ") && file == "benchmarks.md" {
			continue // they take a quiet machine, and minutes
		}
		if command.MatchString(c) {
			out = append(out, c)
		}
	}
	return out
}

// asTyped is a command as somebody types it in the lab.
func asTyped(c string) string {
	if slices.Contains(mentioned, c) {
		words := strings.Fields(strings.TrimSuffix(c, " FILE"))
		words = slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
		return strings.Join(words, " ") + " --help"
	}
	words := strings.Fields(c)
	for i, w := range words {
		if p, ok := placeholders[w]; ok {
			words[i] = p
		}
	}
	typed := strings.Join(words, " ")
	if other := inPlace[c]; other != "" {
		typed = other
	}
	if target, is := strings.CutPrefix(c, "make "); is {
		typed = "make -C ~/dlrgate -n " + target // what it does is a step of CI
	}
	if before := prepared[c]; before != "" {
		typed = before + "\n" + typed
	}
	return fmt.Sprintf("unset ID NAME N\n%s", typed)
}

func TestAsTyped(t *testing.T) {
	t.Parallel()
	for c, want := range map[string]string{
		"dlrgate receipt ID":          "unset ID NAME N\ndlrgate receipt ${ID-$RECEIPT}",
		"dlrgate retranslate --send":  "dlrgate retranslate --help",
		"dlrgate run -c FILE":         "dlrgate run --help",
		"dlrgate receipts --limit 50": "unset ID NAME N\ndlrgate receipts --limit 50",
	} {
		if got := asTyped(c); got != want {
			t.Errorf("%q is typed as %q, not %q", c, got, want)
		}
	}
}
