package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// everyOption sets each key to something else than its default.
const everyOption = `
privacy: {text: drop}
operators:
  - name: acme
    addresses: [a.example:1, b.example:2]
    spread: each
    mode: transceiver
    accounts: [{system_id: one, password: "${ACME_PASSWORD}", system_type: T, binds: 2}, {name: n, system_id: two}]
    interface_version: "5.0"
    address_ton: 1
    address_npi: 2
    address_range: "^33"
    local_address: 127.0.0.1
    tls: {server_name: x.example, pin_sha256: ["AB:00000000000000000000000000000000000000000000000000000000000001"]}
    window: 9
    max_rate: 2.5
    enquire_link: 1s
    response_timeout: 2s
    connect_timeout: 3s
    reconnect: {initial: 4s, max: 5s, after_unbind: 6s}
    full_status: 0x58
    refuse_for: 7s
    receipts:
      timezone: {submit: Europe/Paris, done: UTC}
      id_source: text
      message_id: hex_to_decimal
      state_source: tlv
      err_base: hex
      network_error_table: gsm_map
      recipient_field: destination
      country_code: "33"
      unmarked: true
      accepted_final: true
      intermediate: ignore
      fields: [{name: a, tlv: 0x1403}, {name: b, text: c}]
      id_encoding: bcd
      id_case: upper
      id_width: 16
      id_strip_zeros: true
      stat_prefixes: [DELIV]
      date_layouts: ["2006-01-02"]
    rules:
      - {stat: FAILED, err: "1", tlv: {tag: 0x1403, value: x}, extra: {key: k, value: v}, intermediate: true, status: error_other, final: true, note: n}
endpoints:
  - name: app
    url: "https://u:${ACME_PASSWORD}@app.example/dlr?k=1"
    start: oldest
    paused: true
    secrets: ["${APP_WEBHOOK_SECRET}"]
    headers: [{name: X-Tenant, value: a}]
    filter: {operators: [acme], statuses: [received], categories: [general], recipients: ["33"], senders: [ACME], final_only: true}
    concurrency: 3
    batch: {max_events: 4, max_wait: 5s}
    timeout: 6s
    rate_limit: 7
    retry: {initial: 8s, max: 9s, give_up_after: 10s}
    gzip_above: 1KiB
    max_connection_age: 11s
    http2: false
    oauth2: {token_url: "https://id.example/", client_id: i, client_secret: "${ACME_PASSWORD}", scopes: [s]}
    allow_private_addresses: false
`

var wantSMPP = smpp.Options{
	Name: "acme", Addresses: []string{"a.example:1", "b.example:2"}, Spread: smpp.Each, Mode: smpp.Transceiver,
	Accounts: []smpp.Account{
		{Name: "one", SystemID: "one", Password: "hunter2!", SystemType: "T", Binds: 2},
		{Name: "n", SystemID: "two", Binds: 1},
	},
	InterfaceVersion: smpp.Version50, AddressTON: 1, AddressNPI: 2, AddressRange: "^33", LocalAddress: "127.0.0.1",
	TLS: smpp.TLS{ServerName: "x.example", Pins: []smpp.Pin{{0xab, 31: 0x01}}}, Window: 9, MaxRate: 2.5,
	EnquireLink: time.Second, ResponseTimeout: 2 * time.Second, ConnectTimeout: 3 * time.Second,
	Reconnect:  smpp.Reconnect{Initial: 4 * time.Second, Max: 5 * time.Second, AfterUnbind: 6 * time.Second},
	FullStatus: smpp.StatusThrottled, RefuseFor: 7 * time.Second,
}

func TestOptionsOfTheRooms(t *testing.T) {
	t.Parallel()
	cfg, faults, _ := Load(t.Context(), write(t, everyOption), Options{Environ: testEnv})
	if cfg == nil {
		t.Fatal(faults)
	}
	o := &cfg.Operators[0]
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	got, err := cfg.Endpoints[0].Forward()
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	for name, pair := range map[string][2]any{
		"smpp":  {o.SMPP(), wantSMPP},
		"binds": {o.BindNames(), []string{"acme/one/1", "acme/one/2", "acme/one/3", "acme/one/4", "acme/n/1", "acme/n/2"}},
		"dialect": {*o.dialect(), receipt.Dialect{
			SubmitZone: paris, DoneZone: time.UTC, IDSource: receipt.IDFromText, IDConversion: receipt.IDHexToDecimal,
			Unmarked: true, IgnoreIntermediate: true, IDBCD: true, IDCase: receipt.IDUpper, IDWidth: 16, IDStripZeros: true, DateLayouts: []string{"2006-01-02"}, HexIDs: true,
			Fields: []receipt.FieldRule{{Name: "a", Tag: 0x1403}, {Name: "b", Text: "c"}}, Asked: []uint16{0x1403},
			AskedKeys: []string{"k"}, AskedWords: []string{"FAILED", "1"}, AskedPrefixes: []string{"DELIV"},
		}},
		"mapping": {o.Mapping(), mapping.Options{
			Profile: "smpp", ErrBase: mapping.ErrHex, StateSource: mapping.StateFromTLV, AcceptedFinal: true,
			NetworkErrorTable: "gsm_map", StatPrefixes: []string{"DELIV"}, IgnoreIntermediate: true,
			Rules: []mapping.Rule{{
				Stat: "FAILED", Err: "1", TLV: &mapping.TLVMatch{Tag: 0x1403, Value: "x"},
				Extra: &mapping.ExtraMatch{Key: "k", Value: "v"}, Intermediate: &yes, Status: "error_other", Final: &yes, Note: "n",
			}},
		}},
		"event": {o.event(), event.Options{RecipientIsDestination: true, CountryCode: "33", CutText: true}},
		"forward": {got, forward.Options{
			Name: "app", URL: "https://u:hunter2!@app.example/dlr?k=1", StartOldest: true, Paused: true,
			Secrets: []string{secret}, Headers: http.Header{"X-Tenant": {"a"}},
			Filter: forward.Filter{
				Operators: []string{"acme"}, Statuses: []string{"received"}, Categories: []string{"general"},
				Recipients: []string{"33"}, Senders: []string{"ACME"}, FinalOnly: true,
			},
			Concurrency: 3, BatchEvents: 4, BatchWait: 5 * time.Second, Timeout: 6 * time.Second, RateLimit: 7,
			Retry:     forward.Retry{Initial: 8 * time.Second, Max: 9 * time.Second, GiveUpAfter: 10 * time.Second},
			GzipAbove: 1024, MaxConnectionAge: 11 * time.Second,
			OAuth2: forward.OAuth2{TokenURL: "https://id.example/", ClientID: "i", ClientSecret: "hunter2!", Scopes: []string{"s"}},
		}},
	} {
		same := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
		if diff := cmp.Diff(pair[1], pair[0], same, cmpopts.IgnoreUnexported(smpp.Options{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCertificates: what an endpoint's tls names is loaded, and a file that is
// none is a fault.
func TestCertificates(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeCertificate(t, folder)
	file := filepath.Join(folder, "dlrgate.yaml")
	text := `
admin: {tls: {cert_file: cert.pem, key_file: key.pem}}
operators: [{name: acme, addresses: [a.example:1], system_id: gw, password: p, tls: {enabled: true, ca_file: cert.pem, cert_file: cert.pem, key_file: key.pem}}]
endpoints: [{name: app, url: "https://app.example/", secrets: ["${APP_WEBHOOK_SECRET}"], tls: {ca_file: cert.pem, cert_file: cert.pem, key_file: key.pem}}]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	pinned := write(t, strings.Replace(strings.ReplaceAll(text, "cert.pem, key_file: key.pem", `"", key_file: ""`),
		"ca_file: cert.pem", "ca_file: "+filepath.Join(folder, "cert.pem")+", pin_sha256: ["+strings.Repeat("ab", 32)+"]", 1))
	_, _, warnings := Load(t.Context(), pinned, Options{Environ: testEnv})
	if !slices.ContainsFunc(warnings, func(w Fault) bool { return strings.Contains(w.String(), "no effect beside pin_sha256") }) {
		t.Errorf("ca_file beside pin_sha256: warnings %v", warnings)
	}
	cfg := mustLoad(t, file, Options{Environ: testEnv})
	opts, err := cfg.Endpoints[0].Forward()
	if err != nil || opts.TLS == nil || opts.TLS.RootCAs == nil || len(opts.TLS.Certificates) != 1 {
		t.Errorf("endpoint's TLS: %+v, %v", opts.TLS, err)
	}
	server, err := cfg.Admin.TLS.Config()
	if err != nil {
		t.Fatal(err)
	}
	first := shownBy(t, server)
	writeCertificate(t, folder)
	later := time.Now().Add(time.Minute) // the clock of files is coarse
	if err := os.Chtimes(filepath.Join(folder, "cert.pem"), later, later); err != nil {
		t.Fatal(err)
	}
	second := shownBy(t, server)
	if first.Equal(second) {
		t.Error("admin shows a certificate whose files were replaced")
	}
	if got, want := cfg.Operators[0].SMPP().TLS.CAFile, filepath.Join(folder, "cert.pem"); got != want {
		t.Errorf("ca_file is %q, want %q", got, want)
	}
	for _, name := range []string{"cert.pem", "key.pem"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("no PEM"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cfg.Endpoints[0].Forward(); err == nil {
		t.Error("a CA that is none was taken")
	}
	if _, err := cfg.Admin.TLS.Config(); err == nil {
		t.Error("a certificate that is none was taken")
	}
	if !shownBy(t, server).Equal(second) {
		t.Error("admin shows nothing while its files cannot be read")
	}
	if _, faults, _ := Load(t.Context(), file, Options{Environ: testEnv}); len(faults) != 5 {
		t.Errorf("%d faults, want 5: %v", len(faults), faults)
	}
	mustLoad(t, file, Options{Environ: testEnv, Secrets: NoSecrets})
}

// shownBy is the certificate that the next connection sees.
func shownBy(t *testing.T, c *tls.Config) *x509.Certificate {
	t.Helper()
	cert, err := c.GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

// writeCertificate writes cert.pem and key.pem into the folder.
func writeCertificate(t *testing.T, folder string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAccountsShareBinds wants binds and system_type of an operator to hold for
// each account that says nothing else.
func TestAccountsShareBinds(t *testing.T) {
	t.Parallel()
	cfg := mustLoad(t, write(t, `
operators:
  - name: acme
    addresses: [smsc.example:2775]
    binds: 2
    system_type: T
    accounts: [{system_id: one, password: p}, {system_id: two, password: p, binds: 1, system_type: ""}]
endpoints:
  - {name: app, url: "https://app.example/dlr", secrets: ["${APP_WEBHOOK_SECRET}"]}
`), Options{Environ: testEnv})
	want := []smpp.Account{{Name: "one", SystemID: "one", Password: "p", SystemType: "T", Binds: 2}, {Name: "two", SystemID: "two", Password: "p", Binds: 1}}
	if diff := cmp.Diff(want, cfg.Operators[0].SMPP().Accounts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"acme/one/1", "acme/one/2", "acme/two/1"}, cfg.Operators[0].BindNames()); diff != "" {
		t.Error(diff)
	}
}
