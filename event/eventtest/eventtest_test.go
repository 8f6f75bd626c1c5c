package eventtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/event/eventtest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	_, body := event.Test("app", time.Unix(1_800_000_000, 0))
	eventtest.Validate(t, body)
	for _, bad := range []string{
		strings.Replace(string(body), `"endpoint"`, `"more":1,"endpoint"`, 1), // open to receivers, closed to us
		strings.Replace(string(body), `"app"`, `""`, 1),
		string(body) + "{}",
		"",
	} {
		if err := eventtest.Check([]byte(bad)); err == nil {
			t.Errorf("passes: %s", bad)
		}
	}
}
