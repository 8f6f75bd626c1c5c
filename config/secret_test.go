package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// everywhere puts a secret into each place that may hold one, in each way.
const everywhere = `
listen: 0.0.0.0:8275
admin: {tokens: [{name: ops, token: "${TOP}"}, {name: file, token: "file:top.secret"}, {name: plain, token: "TOPSECRET00TOPSECRET0"}]}
journal: {driver: sqlite, dsn: "postgres://u:TOPSECRET@db/dlr"}
operators:
  - {name: a, addresses: [smsc.example:2775], system_id: gw, password: "${TOP}"}
  - {name: b, addresses: [smsc.example:2775], accounts: [{system_id: gw, password: TOPSECRET}]}
endpoints:
  - name: app
    url: "https://TOPSECRET:${TOP}@app.example/dlr?key=${TOP}&also=TOPSECRET"
    secrets: ["%s"]
    headers: [{name: Authorization, value: "Bearer ${TOP}"}]
    oauth2: {token_url: "https://u:${TOP}@id.example/?k=TOPSECRET", client_id: me, client_secret: "${TOP}"}
`

const top = "TOPSECRET00TOPSECRET0"

// TestSecretsAreShownNowhere prints a configuration full of secrets in every way
// that a program has.
func TestSecretsAreShownNowhere(t *testing.T) {
	t.Parallel()
	file := write(t, fmt.Sprintf(everywhere, "whsec_"+strings.Repeat(top, 8)))
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "top.secret"), []byte(top+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, faults, _ := Load(t.Context(), file, Options{Environ: []string{"TOP=" + top}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got := cfg.Endpoints[0].URL.Reveal(); !strings.Contains(got, "u:TOPSECRET") && strings.Count(got, "TOPSECRET") != 6 {
		t.Fatalf("url is %q: the test would prove nothing", got)
	}
	var printed strings.Builder
	if err := cfg.Print(&printed); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{"Print": printed.String(), "JSON": string(asJSON)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown[verb] = fmt.Sprintf(verb, cfg)
		shown["password "+verb] = fmt.Sprintf(verb, cfg.Operators[0].Password)
		shown["url "+verb] = fmt.Sprintf(verb, &cfg.Endpoints[0].URL)
		shown["endpoint "+verb] = fmt.Sprintf(verb, cfg.Endpoints[0])
	}
	for how, text := range shown {
		if strings.Contains(text, top) || strings.Contains(text, fmt.Sprintf("%x", top)) {
			t.Errorf("%s shows a secret:\n%s", how, text)
		}
	}
	if !strings.Contains(printed.String(), "password: '***'") {
		t.Errorf("the print does not say that there is a password:\n%s", printed.String())
	}
}

// TestFaultsHoldNoSecret breaks every place that may hold a secret.
func TestFaultsHoldNoSecret(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"not base64":       "endpoints: [{name: a, url: https://a.example/, secrets: [TOPSECRET]}]",
		"short":            "endpoints: [{name: a, url: https://a.example/, secrets: [whsec_TOPSECRETAAA]}]",
		"url":              "endpoints: [{name: a, url: 'TOPSECRET:TOPSECRET@a.example/?TOPSECRET'}]",
		"url breaks apart": "endpoints: [{name: a, url: 'https://u:${SLASH}@a.example/'}]",
		"header":           "endpoints: [{name: a, url: https://a.example/, headers: [{name: X, value: \"TOPSECRET\\n\"}]}]",
		"header of two":    "endpoints: [{name: a, url: https://a.example/, headers: [{name: X, value: \"${LINES}\"}]}]",
		"list":             "operators: [{name: a, password: [TOPSECRET]}]",
		"keys":             "operators: [{name: a, password: {x: TOPSECRET}}]",
		"reference":        "operators: [{name: a, password: 'TOPSECRET${'}]",
		"number":           "operators: [{name: a, password: 12345678}]",
		"date":             "admin: {tokens: [{name: a, token: 2013-11-29}]}",
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, faults, warnings := Load(t.Context(), write(t, text), Options{Environ: []string{"SLASH=/TOPSECRET#", "LINES=TOPSECRET\nx", "DLRGATE_TOPSECRE=TOPSECRET"}})
			for _, f := range append(faults, warnings...) {
				if s := fmt.Sprintf("%v %+v", f, f.String()); strings.Contains(strings.ReplaceAll(s, "DLRGATE_TOPSECRE", ""), top) || strings.Contains(s, "12345678") {
					t.Errorf("shows a secret: %s", s)
				}
			}
			if len(faults) == 0 {
				t.Error("no fault")
			}
		})
	}
}

// TestWhoNeedsWhichSecret: a command resolves what it uses, and no more.
func TestWhoNeedsWhichSecret(t *testing.T) {
	t.Parallel()
	file := write(t, `
admin: {tokens: [{name: a, token: "${NOT_SET}"}, {name: b, token: "${TOP}"}]}
operators: [{name: a, addresses: [smsc.example:2775], system_id: gw, password: "${NOT_SET}"}]
endpoints: [{name: app, url: "https://app.example/?${NOT_SET}", secrets: ["${NOT_SET}"]}]
`)
	environ := []string{"TOP=" + top}
	if _, faults, _ := Load(t.Context(), file, Options{Environ: environ}); len(faults) != 4 {
		t.Errorf("all secrets: %d faults, want 4: %v", len(faults), faults)
	}
	cfg := mustLoad(t, file, Options{Environ: environ, Secrets: NoSecrets})
	if got := cfg.Admin.Tokens[1].Token.Reveal(); got != "" {
		t.Errorf("a secret was resolved that nobody needs")
	}
	cfg = mustLoad(t, file, Options{Environ: environ, Secrets: TokensOnly})
	if a, b := cfg.Admin.Tokens[0].Token, cfg.Admin.Tokens[1].Token; a.Reveal() != "" || b.Reveal() != top {
		t.Errorf("tokens %q and %q, want only the second", a.Reveal(), b.Reveal())
	}
}
