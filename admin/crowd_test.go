package admin

import (
	"net/http"
	"testing"

	"go.uber.org/zap"
)

// TestCrowd: one address gets half of the places, its newcomers those of its own
// idle ones, and nobody that of one who is busy.
func TestCrowd(t *testing.T) {
	t.Parallel()
	c := newCrowd(nil, 8, zap.NewNop())
	come := func(from string) (*guest, *guest, bool) {
		g := &guest{from: clientOf(from)}
		displaced, ok := c.admit(g)
		if displaced != nil {
			c.left(displaced)
		}
		return g, displaced, ok
	}
	var first []*guest
	for range 4 {
		g, displaced, ok := come("192.0.2.1:1")
		if displaced != nil || !ok {
			t.Fatal("no place though there is one")
		}
		first = append(first, g)
	}
	if _, displaced, ok := come("192.0.2.1:2"); displaced != first[0] || !ok {
		t.Errorf("the fifth gets the place of %v, want that of the longest idle", displaced)
	}
	for range 4 {
		if _, displaced, ok := come("[2001:db8::1]:1"); displaced != nil || !ok {
			t.Error("another address finds no place")
		}
	}
	if _, displaced, ok := come("[2001:db8::2]:1"); displaced == nil || !ok || displaced.from != clientOf("[2001:db8::9]:7") {
		t.Errorf("one of the same network displaces %v", displaced)
	}
	if _, displaced, ok := come("192.0.2.3:1"); displaced == nil || !ok {
		t.Error("who comes when all places are taken is refused though somebody is idle")
	}
	for g := range c.idle {
		c.state(g, http.StateActive)
	}
	if _, displaced, ok := come("192.0.2.4:1"); displaced != nil || ok {
		t.Error("a busy one is displaced")
	}
	if c.all != 8 {
		t.Errorf("%d places are taken of 8", c.all)
	}
}

// TestShareOfFiles leaves most files to binds and webhooks.
func TestShareOfFiles(t *testing.T) {
	t.Parallel()
	for files, want := range map[uint64]int{32: 16, 256: 64, 1024: 256, 65536: 1024, 1 << 63: 1024} {
		if got := crowdOf(files); got != want {
			t.Errorf("of %d files %d are for connections, want %d", files, got, want)
		}
	}
}

// TestStrangersAreBrief: the connection of who has no token ends with the answer.
func TestStrangersAreBrief(t *testing.T) {
	t.Parallel()
	door := newDoor(Options{Listen: "127.0.0.1:8275", Tokens: []Token{{Name: "ops", Secret: goodToken, Role: Admin}}})
	if got := knock(t, door, http.MethodGet, "/healthz").Header().Get("Connection"); got != "close" {
		t.Errorf("a stranger's connection: %q", got)
	}
	if got := knock(t, door, http.MethodGet, "/healthz", "Authorization", "Bearer "+goodToken).Header().Get("Connection"); got != "" {
		t.Errorf("a friend's connection: %q", got)
	}
}
