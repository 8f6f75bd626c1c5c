package config

import (
	"slices"
	"testing"
)

// TestWarnings keep the configuration in force.
func TestWarnings(t *testing.T) {
	t.Parallel()
	cfg, faults, warnings := Load(t.Context(), write(t, `
operators:
  - name: acme
    addresses: [smsc.example:2775]
    system_id: "${ACME_ID}"
    tls: {server_name: smsc.example}
  - name: other
    addresses: [smsc.example:2775]
    accounts:
      - {system_id: fifteen-octets., password: 8-octets, system_type: twelve-octet}
      - {system_id: sixteen-octets.., password: "${LONG}", system_type: thirteen-octe}
endpoints:
  - {name: app, url: "http://127.0.0.1:9000/dlr"}
  - {name: crm, url: "http://127.0.0.1:9001/dlr", secrets: [whsec_c2hvcnQ=, whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC]}
journal: {max_size: 20, min_free_disk: 64KiB}
admin:
  tokens:
    - {name: ops, token: "${DLRGATE_ADMIN_TOKEN}", role: admin}
    - {name: eye, token: "${DLRGATE_ADMIN_TOKEN}"}
    - {name: cam, token: secret}
`), Options{Environ: append(slices.Clip(testEnv), "LONG=9-octets.")})
	if cfg == nil {
		t.Fatal(faults)
	}
	want := []string{
		`:5:5: operators[0].system_id: "${…}" is replaced in secrets only; here it is taken as it stands`,
		`:6:5: operators[0].tls: has no effect without enabled: true`,
		`:11:10: operators[1].accounts[1].system_id: is longer than the 15 octets of SMPP 3.4 §5.2.1: some SMSCs refuse such a bind`,
		`:11:60: operators[1].accounts[1].system_type: is longer than the 12 octets of SMPP 3.4 §5.2.3: some SMSCs refuse such a bind`,
		`:13:5: endpoints[0]: requests are not signed: anybody could send receipts to the webhook; set secrets`,
		`:14:61: endpoints[1].secrets[0]: has 5 octets, Standard Webhooks wants 24: make one with echo whsec_$(openssl rand -base64 32)`,
		`:15:11: journal.max_size: 20 octets is soon full, and receipts are refused then: is MiB or GiB meant?`,
		`:15:25: journal.min_free_disk: 64KiB is no reserve for a disk: is MiB or GiB meant?`,
		`:19:19: admin.tokens[1].token: is the same as that of "ops": its bearer has the role and the name of the last one`,
		`:20:19: admin.tokens[2].token: has 6 octets and can be guessed: make one with openssl rand -hex 16`,
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
