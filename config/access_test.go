package config

import "testing"

// TestLoadAccess reads where the gateway is from files with faults elsewhere.
func TestLoadAccess(t *testing.T) {
	t.Parallel()
	const rest = `
operators: [{name: acme, addresses: ["smsc.example:2775"], system_id: gw}]
endpoints: [{name: app, url: https://app.example/dlr}]
`
	const admin = "\nadmin:\n  tokens:\n    - {name: ops, token: \"${DLRGATE_ADMIN_TOKEN}\", role: admin}\n  tls: {cert_file: /etc/cert.pem, key_file: /etc/key.pem}\n"
	for _, test := range []struct {
		name, text string
		listen     string
		token      string
		faults     bool
	}{
		{"good", "listen: 127.0.0.1:1" + admin + rest, "127.0.0.1:1", "let-me-in-please", false},
		{"an unknown key", "wath: true\nlisten: 127.0.0.1:1" + admin + rest, "127.0.0.1:1", "let-me-in-please", true},
		{"nothing else", "listen: 127.0.0.1:1" + admin, "127.0.0.1:1", "let-me-in-please", true},
		{"a token that is not there", "listen: 127.0.0.1:1\nadmin: {tokens: [{name: ops, token: \"${NOBODY}\"}]}\n" + rest, "127.0.0.1:1", "", false},
		{"no YAML behind", "listen: 127.0.0.1:1" + admin + "operators:\n\t- name: acme\n", "127.0.0.1:1", "let-me-in-please", true},
		{"no YAML before", "operators: [{name: acme\nlisten: 127.0.0.1:1" + admin, "127.0.0.1:1", "let-me-in-please", true},
		{"no YAML, default address", "log: {level: debug\n" + admin, "127.0.0.1:8275", "let-me-in-please", true},
		{"no YAML in what is needed", "listen: 127.0.0.1:1\nadmin: {tokens: [\n" + rest, "", "", true},
		{"no address", "listen: 8275" + admin + rest, "", "let-me-in-please", true},
		{"an address in the wrong place", "admin: {listen: 127.0.0.1:1}" + rest, "", "", true},
		{"no keys", "{listen: \"127.0.0.1:1\"", "", "", true},
		{"empty", "", "", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, faults := LoadAccess(t.Context(), write(t, test.text), Options{Environ: testEnv})
			if a.Listen != test.listen || len(faults) > 0 != test.faults {
				t.Errorf("listen %q, want %q; faults %v", a.Listen, test.listen, faults)
			}
			token := ""
			if len(a.Tokens) == 1 {
				token = a.Tokens[0].Token.Reveal()
			}
			if token != test.token {
				t.Errorf("token %q, want %q", token, test.token)
			}
		})
	}
	if a, faults := LoadAccess(t.Context(), "missing.yaml", Options{Environ: testEnv}); a != nil || len(faults) != 1 {
		t.Errorf("a file that is not there: %v %v", a, faults)
	}
}
