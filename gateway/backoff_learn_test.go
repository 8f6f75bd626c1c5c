package gateway

import (
	"context"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/sqlite"
	"github.com/dlrgate/dlrgate/smpp"
)

// TestBackoffIsLearnt: whoever takes over knows what another gateway wrote to their
// journal since it began, forgets what that one removed, and holds what it has to
// write itself for newer.
func TestBackoffIsLearnt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	engine, err := sqlite.Open(ctx, sqlite.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(ctx, journal.Options{Engine: engine, Operators: []string{"acme"}, Render: &renderer{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	begin := func() *backoff {
		b, err := loadBackoff(ctx, j)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one := begin()
	one.Save("acme/gone", smpp.Backoff{Step: 3})
	one.write(ctx)
	other := begin()
	if got := other.Load("acme/gone").Step; got != 3 {
		t.Errorf("it began with step %d, want 3", got)
	}

	refused := smpp.Backoff{Refusals: 2, RefusedAt: time.Now().UTC().Round(0), Setup: "s"}
	one.Save("acme/gw", refused)
	one.Save("acme/gone", smpp.Backoff{})
	one.Save("acme/both", smpp.Backoff{Step: 1})
	one.write(ctx)
	other.Save("acme/both", smpp.Backoff{Step: 7})
	if err := other.learn(ctx); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]smpp.Backoff{"acme/gw": refused, "acme/gone": {}, "acme/both": {Step: 7}} {
		if got := other.Load(name); got != want {
			t.Errorf("%s is kept as %+v, want %+v", name, got, want)
		}
	}
}
