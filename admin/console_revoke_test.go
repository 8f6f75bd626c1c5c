package admin_test

import (
	"bufio"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestStreamOfTheDemoted has a reload take the role from the token with which a
// page that shows numbers in full is open: the page stops.
func TestStreamOfTheDemoted(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr()+"/live/messages?reveal=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+adminToken)
	stream, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if stream.StatusCode != http.StatusOK {
		t.Fatalf("the stream: %s", stream.Status)
	}
	yaml, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	yaml = []byte(strings.Replace(string(yaml), "role: admin", "role: viewer", 1))
	if err := os.WriteFile(s.file, yaml, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reload(ctx, s.load(), false); err != nil {
		t.Fatal(err)
	}
	s.receive(ctx, hostile)
	shown := bufio.NewScanner(stream.Body)
	for shown.Scan() { // until the page stops
		if strings.Contains(shown.Text(), "33612345678") {
			t.Fatal("a viewer's page goes on with numbers in full")
		}
	}
	if err := shown.Err(); err != nil {
		t.Error(err)
	}
}
