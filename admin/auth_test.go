package admin

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
)

// TestLoginDuringChange: whoever logs in while his token is taken out is not
// logged in afterwards.
func TestLoginDuringChange(t *testing.T) {
	t.Parallel()
	const tries = 2000
	old := make([]Token, 500) // to look through them takes a while
	for i := range old {
		old[i] = Token{Name: "old", Secret: fmt.Sprint(goodToken, i), Role: Admin}
	}
	g := newGuard(nil, zap.NewNop())
	for range tries {
		g.accept(old)
		var both sync.WaitGroup
		both.Go(func() { g.logIn(old[0].Secret, time.Now()) })
		both.Go(func() { g.accept([]Token{{Name: "new", Secret: "another", Role: Admin}}) })
		both.Wait()
		if len(g.sessions.byID) > 0 {
			t.Fatal("a session outlives its token")
		}
	}
}

// TestSchemeInAnyCase: RFC 9110 §11.1 has no case in the name of a scheme.
func TestSchemeInAnyCase(t *testing.T) {
	t.Parallel()
	door := newDoor(Options{Listen: "127.0.0.1:8275", Tokens: []Token{{Name: "ops", Secret: goodToken, Role: Admin}}})
	if got := knock(t, door, http.MethodGet, "/api/v1/stats", "Authorization", "bearer "+goodToken).Code; got != http.StatusServiceUnavailable {
		t.Errorf("a good token gets %d, want what a gateway that starts says", got)
	}
}
