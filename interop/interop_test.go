// Package interop_test holds the real program against SMSCs that are not ours:
// one made of the npm package smpp, one made of Perl's Net::SMPP. Each sends the
// same receipts through its own encoders; its own log tells what the gateway
// answered, tshark reads what crossed the wire, and the sink tells what arrived.
package interop_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dlrgate/dlrgate/simulator"
)

// stranger is an SMPP implementation that shares no code with ours.
type stranger struct {
	name  string
	dir   string
	probe []string // succeeds when the stranger can run
	run   []string
}

var strangers = []stranger{
	{
		name: "node-smpp", dir: "strangers/node",
		probe: []string{"node", "-e", "require('smpp')"},
		run:   []string{"node", "smsc.js"},
	},
	{
		name: "net-smpp", dir: "strangers/perl",
		probe: []string{"perl", "-MNet::SMPP", "-e1"},
		run:   []string{"perl", "smsc.pl"},
	},
}

// binding is how the gateway binds: what the configuration says and what the
// stranger must read.
type binding struct {
	Mode    string
	Version string
	Want    bindPDU
}

var bindings = []binding{
	{Mode: "receiver", Version: "3.4", Want: bindPDU{
		SystemID: "gw", Password: "pass1234", SystemType: "SMPP", InterfaceVersion: 0x34,
		AddrTON: 1, AddrNPI: 1, AddressRange: "^33",
	}},
	{Mode: "transceiver", Version: "5.0", Want: bindPDU{
		SystemID: "gw", Password: "pass1234", SystemType: "SMPP", InterfaceVersion: 0x50,
		AddrTON: 1, AddrNPI: 1, AddressRange: "^33",
	}},
}

const gatewayYAML = `
listen: 127.0.0.1:0
journal: {path: data, min_free_disk: 1MiB}
operators:
  - name: stranger
    addresses: ["{{.SMSC}}"]
    mode: {{.Binding.Mode}}
    interface_version: "{{.Binding.Version}}"
    system_id: gw
    password: "${INTEROP_PASSWORD}"
    system_type: SMPP
    address_ton: 1
    address_npi: 1
    address_range: ^33
    enquire_link: 500ms
    reconnect: {initial: 50ms, max: 200ms, after_unbind: 50ms}
    non_receipt: reject
    receipts: {network_error_table: gsm_map}
endpoints:
  - name: app
    url: {{.Sink}}
`

// TestStrangers plays two sessions with each stranger in each mode: the first
// one the stranger unbinds, the second one the gateway, when it stops.
func TestStrangers(t *testing.T) {
	if testing.Short() {
		t.Skip("long: starts programs that are not ours")
	}
	dir := t.TempDir()
	program := sync.OnceValues(func() (string, error) { return build(t.Context(), dir) })
	for _, s := range strangers {
		for _, b := range bindings {
			t.Run(s.name+"/"+b.Mode, func(t *testing.T) {
				t.Parallel()
				need(t, s.dir, s.probe...)
				need(t, ".", "tshark", "-i", "lo", "-L") // opens the interface, so it tells of missing rights too
				gateway, err := program()
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				play(ctx, t, gateway, s, b)
			})
		}
	}
}

func play(ctx context.Context, t *testing.T, gateway string, s stranger, b binding) {
	script := newScript()
	smsc := startSMSC(ctx, t, s, script)
	wire := startCapture(ctx, t, smsc.port)
	events := &received{}
	sink, err := simulator.StartSink(simulator.SinkOptions{OnEvent: events.add})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	file := configure(t, map[string]any{"SMSC": smsc.addr(), "Sink": sink.URL("/app"), "Binding": b})
	cmd := exec.CommandContext(ctx, gateway, "run", "-c", file)
	cmd.Env = append(os.Environ(), "INTEROP_PASSWORD="+b.Want.Password)
	gate := start(t, "dlrgate", cmd)

	if err := sink.At("/app").WaitFor(ctx, len(script.events())); err != nil {
		t.Fatalf("%v\n%s\n%s", err, gate, smsc)
	}
	smsc.waitForEnquireLink(ctx, t, len(script.Sessions)-1)
	gate.interrupt(t)
	gate.expectExit(ctx, t)
	smsc.expectExit(ctx, t)

	log := smsc.log(t)
	checkLog(t, log, script, b)
	wire.check(ctx, t, log)
	if diff := cmp.Diff(script.events(), events.all(t), cmpopts.SortSlices(byMessageID)); diff != "" {
		t.Errorf("events differ from what the stranger sent (-want +got):\n%s", diff)
	}
}

// build makes the real program and returns its path.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "dlrgate")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "../cmd/dlrgate").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
}

// configure writes the gateway's configuration and returns its path.
func configure(t *testing.T, values any) string {
	t.Helper()
	var b bytes.Buffer
	if err := template.Must(template.New("").Parse(gatewayYAML)).Execute(&b, values); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "dlrgate.yaml")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// received is what the sink took.
type received struct {
	mu   sync.Mutex
	data [][]byte
}

func (r *received) add(_ string, _ simulator.Arrival, data []byte) {
	r.mu.Lock()
	r.data = append(r.data, bytes.Clone(data))
	r.mu.Unlock()
}

func (r *received) all(t *testing.T) []event {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []event
	for _, data := range r.data {
		e, err := readEvent(data)
		if err != nil {
			t.Fatal(fmt.Errorf("%w: %s", err, data))
		}
		out = append(out, e)
	}
	return out
}
