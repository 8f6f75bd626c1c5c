package config

import "testing"

// TestWarnings keep the configuration in force.
func TestWarnings(t *testing.T) {
	t.Parallel()
	cfg, faults, warnings := Load(write(t, `
operators:
  - name: acme
    addresses: [smsc.example:2775]
    system_id: "${ACME_ID}"
    tls: {server_name: smsc.example}
endpoints:
  - {name: app, url: "http://127.0.0.1:9000/dlr"}
`), Options{Environ: testEnv})
	if cfg == nil {
		t.Fatal(faults)
	}
	want := []string{
		`:5:5: operators[0].system_id: "${…}" is replaced in secrets only; here it is taken as it stands`,
		`:6:5: operators[0].tls: has no effect without enabled: true`,
		`:8:5: endpoints[0]: requests are not signed: anybody could send receipts to the webhook; set secrets`,
	}
	for i, w := range warnings {
		w.File = ""
		if i >= len(want) || w.String() != want[i] {
			t.Errorf("warning %d: %s", i, w)
		}
	}
	if len(warnings) != len(want) {
		t.Errorf("%d warnings, want %d", len(warnings), len(want))
	}
}
