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
    response_timeout: 1ns
    enquire_link: 30h
  - name: other
    addresses: [smsc.example:2775]
    accounts:
      - {system_id: fifteen-octets., password: 8-octets, system_type: twelve-octet}
      - {system_id: sixteen-octets.., password: "${LONG}", system_type: thirteen-octe}
      - {name: twice, system_id: fifteen-octets., password: "$ACME_PASSWORD"}
  - name: third
    addresses: [other.example:2775, SMSC.example:2775]
    system_id: fifteen-octets.
    password: /run/secrets/acme
endpoints:
  - {name: app, url: "http://u:$PASS@127.0.0.1:9000/dlr", batch: {max_wait: 1s}, headers: [{name: A, value: "Bearer $(TOKEN)"}]}
  - {name: crm, url: "http://127.0.0.1:9001/dlr", secrets: [whsec_c2hvcnQ=, whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC]}
journal: {max_size: 20, min_free_disk: 64KiB, retention: 1s}
admin:
  tokens:
    - {name: ops, token: "${DLRGATE_ADMIN_TOKEN}", role: admin}
    - {name: eye, token: "${DLRGATE_ADMIN_TOKEN}"}
    - {name: cam, token: another-long-token}
`), Options{Environ: append(slices.Clip(testEnv), "LONG=9-octets.")})
	if cfg == nil {
		t.Fatal(faults)
	}
	want := []string{
		`:3:5: operators[0]: "${ACME_ID}" has no password: nearly every operator gives one`,
		`:5:5: operators[0].system_id: "${…}" is replaced in secrets only; here it is taken as it stands`,
		`:6:5: operators[0].tls: has no effect without enabled: true`,
		`:7:5: operators[0].response_timeout: 1ns is very short: is another unit meant?`,
		`:8:5: operators[0].enquire_link: 30h0m0s is very long: is another unit meant?`,
		`:13:10: operators[1].accounts[1].system_id: is longer than the 15 octets of SMPP 3.4 §5.2.1: some SMSCs refuse such a bind`,
		`:13:60: operators[1].accounts[1].system_type: is longer than the 12 octets of SMPP 3.4 §5.2.3: some SMSCs refuse such a bind`,
		`:14:9: operators[1].accounts[2]: "fifteen-octets." at smsc.example:2775 is also bound by "other/fifteen-octets.": each gets a part of the receipts`,
		`:14:51: operators[1].accounts[2].password: looks like a variable and is taken as it stands: write "${NAME}" for the value of an environment variable`,
		`:17:5: operators[2].system_id: "fifteen-octets." at SMSC.example:2775 is also bound by "other/twice": each gets a part of the receipts`,
		`:18:5: operators[2].password: looks like a file and is taken as it stands: write "file:/path" for what is in it`,
		`:20:5: endpoints[0]: requests are not signed: anybody could send receipts to the webhook; set secrets`,
		`:20:17: endpoints[0].url: looks like a variable and is taken as it stands: write "${NAME}" for the value of an environment variable`,
		`:20:67: endpoints[0].batch.max_wait: has no effect without max_events above 1`,
		`:20:102: endpoints[0].headers[0].value: looks like a variable and is taken as it stands: write "${NAME}" for the value of an environment variable`,
		`:21:61: endpoints[1].secrets[0]: has 5 octets, Standard Webhooks wants 24: make one with echo whsec_$(openssl rand -base64 32)`,
		`:22:11: journal.max_size: 20 octets is soon full, and receipts are refused then: is MiB or GiB meant?`,
		`:22:25: journal.min_free_disk: 64KiB is no reserve for a disk: is MiB or GiB meant?`,
		`:22:47: journal.retention: 1s is very short: is another unit meant?`,
		`:26:19: admin.tokens[1].token: is the same as that of "ops": its bearer has the role and the name of the last one`,
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
