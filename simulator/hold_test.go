package simulator_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestWhatIsHeldIsNeverAnsweredWhenTheSinkCloses: an answer would tell the gateway
// that its event was taken.
func TestWhatIsHeldIsNeverAnsweredWhenTheSinkCloses(t *testing.T) {
	t.Parallel()
	for range 50 {
		s, err := simulator.StartSink(simulator.SinkOptions{Behaviour: simulator.Behaviour{Hang: make(chan struct{})}})
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan int)
		go func() {
			res, err := http.Post(s.URL("/app"), "application/json", strings.NewReader("{}"))
			if err != nil {
				answered <- 0
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			answered <- res.StatusCode
		}()
		if err := s.At("/app").WaitUntil(patient(t), func(c simulator.SinkCounts) bool { return c.Requests == 1 }); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if status := <-answered; status != 0 {
			t.Fatalf("answered with %d", status)
		}
	}
}
