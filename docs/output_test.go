package docs_test

import (
	"bytes"
	"context"
	"regexp"
	"sync"
	"testing"
)

// output is what a program writes, for one who waits for a text in it.
type output struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{} // closed at the next write
}

func newOutput() *output { return &output{more: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.b.Write(p)
}

func (o *output) String() string {
	text, _ := o.soFar()
	return text
}

// waitFor waits until a pattern has been written, and returns all so far.
func (o *output) waitFor(ctx context.Context, t *testing.T, p *regexp.Regexp) string {
	t.Helper()
	for {
		text, more := o.soFar()
		if p.MatchString(text) {
			return text
		}
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatalf("%s is not written: %s", p, text)
		}
	}
}

// soFar returns what has been written, and a channel that tells of more.
func (o *output) soFar() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String(), o.more
}
