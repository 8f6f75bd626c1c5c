package gateway_test

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestReloadCertificates replaces a file that an endpoint's connections need: a
// reload takes the new one, and without a change leaves the endpoint alone.
func TestReloadCertificates(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	hooks := httptest.NewTLSServer(http.NotFoundHandler())
	defer hooks.Close()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hooks.Certificate().Raw})
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStage(ctx, t, simulator.Options{}, values{Endpoint: fmt.Sprintf("    tls: {ca_file: %q}", ca)})
	plan, err := s.Reload(ctx, s.load(t), false)
	must(t, err, s)
	if len(plan) != 0 {
		t.Errorf("without a change the plan is %q", plan)
	}
	if err := os.WriteFile(ca, bytes.Repeat(block, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	plan, err = s.Reload(ctx, s.load(t), false)
	must(t, err, s)
	if want := `endpoint "app": changed (certificates): starts anew and goes on where it is`; len(plan) != 1 || plan[0] != want {
		t.Errorf("with another certificate the plan is %q, want %q", plan, want)
	}
}
