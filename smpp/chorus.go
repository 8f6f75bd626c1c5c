package smpp

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const (
	// settle is how long a line waits for binds that say the same: an outage strikes
	// them together.
	settle = time.Second
	// maxNamed is how many binds a line names beside the first.
	maxNamed = 10
	// maxTroubles bounds the kinds of failures that are told apart: an SMSC can
	// refuse with any number.
	maxTroubles = 100
)

// chorus writes what the binds of one operator have to say: what several say alike
// within a moment is one line.
type chorus struct {
	log   *zap.Logger // with operator
	binds int

	mu       sync.Mutex
	troubles repeats
	open     []*verse // lines that wait for more binds, oldest first
}

// verse is a line, and the binds that say it, whoever began first.
type verse struct {
	kind   string // of lines that are alike
	level  zapcore.Level
	text   string
	fields []zap.Field
	binds  []string
	due    *time.Timer
}

// trouble is the kind of lines about one ending at one address.
func trouble(address string, e ending) string {
	return fmt.Sprintf("%s %d %d %v", address, e.cause, e.status, e.lingers)
}

// say writes the line, alone or together with those of other binds.
func (c *chorus) say(bind string, v verse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(bind, v)
}

// fail writes a line about a failure unless the same was said a short while ago, and
// reports whether it is.
func (c *chorus) fail(bind string, v verse, more func() []zap.Field) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find(v.kind) == nil {
		if len(c.troubles) >= maxTroubles {
			clear(c.troubles)
		}
		repeated, say := c.troubles.say(v.kind, time.Now())
		if !say {
			return false
		}
		if repeated > 0 {
			v.fields = append(append(v.fields, zap.Int("repeated", repeated)), more()...)
		}
	}
	c.add(bind, v)
	return true
}

// forget lets the next failure at the address be told, whatever came before.
func (c *chorus) forget(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for kind := range c.troubles {
		if strings.HasPrefix(kind, address+" ") {
			c.troubles.forget(kind)
		}
	}
}

func (c *chorus) find(kind string) *verse {
	i := slices.IndexFunc(c.open, func(v *verse) bool { return v.kind == kind })
	if i < 0 {
		return nil
	}
	return c.open[i]
}

// add has the bind say v. What it said before is written first. c.mu is held.
func (c *chorus) add(bind string, v verse) {
	for _, before := range slices.Clone(c.open) {
		if before.kind != v.kind && slices.Contains(before.binds, bind) {
			c.write(before)
		}
	}
	same := c.find(v.kind)
	if same == nil {
		same = &v
		c.open = append(c.open, same)
		if c.binds > 1 {
			same.due = time.AfterFunc(settle, func() {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.write(same)
			})
		}
	}
	if !slices.Contains(same.binds, bind) {
		same.binds = append(same.binds, bind)
	}
	if len(same.binds) >= c.binds {
		c.write(same)
	}
}

// write writes v, once. c.mu is held.
func (c *chorus) write(v *verse) {
	i := slices.Index(c.open, v)
	if i < 0 {
		return
	}
	c.open = slices.Delete(c.open, i, i+1)
	if v.due != nil {
		v.due.Stop()
	}
	fields := []zap.Field{zap.String("bind", v.binds[0])}
	if others := v.binds[1:]; len(others) > 0 {
		fields = append(fields, zap.Int("binds", len(v.binds)), zap.Strings("others", others[:min(len(others), maxNamed)]))
	}
	c.log.Log(v.level, v.text, append(fields, v.fields...)...)
}

// end writes all that still waits.
func (c *chorus) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.open) > 0 {
		c.write(c.open[0])
	}
}
