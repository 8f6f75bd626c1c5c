package smpp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// Backoff is what a bind keeps over a restart of its failures, so that a restart
// loop neither hammers an SMSC nor locks an account. The zero value is that of a
// bind without any.
type Backoff struct {
	// Step counts the attempts since the bind was last stable; after a success it
	// is 1 at most, and after a stop in order at most what waits for seconds.
	Step int `json:"step,omitempty"`
	// Refusals counts the refusals in a row that could lock the account, and
	// RefusedAt is when the last one came.
	Refusals  int       `json:"refusals,omitempty"`
	RefusedAt time.Time `json:"refused_at,omitzero"`
	// Setup changes when what the attempts depend on was configured anew: what
	// failed before does not count then. It is short, so that nothing can be
	// learnt from it about a password.
	Setup uint16 `json:"setup,omitempty"`
}

// BackoffStore keeps the Backoff of each bind. Both methods are called from
// several goroutines.
type BackoffStore interface {
	// Load returns what was last saved for the bind, zero when nothing was.
	Load(bind string) Backoff
	// Save keeps it. It should return at once.
	Save(bind string, kept Backoff)
}

// forgetful is the BackoffStore of those who keep nothing.
type forgetful struct{}

func (forgetful) Load(string) Backoff  { return Backoff{} }
func (forgetful) Save(string, Backoff) {}

// setup sums up what decides whether a bind's attempts succeed.
func (b *bind) setup() uint16 {
	o := b.opts
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q", b.account.SystemID, b.account.Password, b.account.SystemType, b.addresses)
	fmt.Fprintf(h, " %q %d %d %d %q %q %+v", o.Mode, o.InterfaceVersion, o.AddressTON, o.AddressNPI, o.AddressRange, o.LocalAddress, o.TLS)
	return binary.BigEndian.Uint16(h.Sum(nil))
}

// saveBackoff keeps the Backoff when it has changed.
func (b *bind) saveBackoff() {
	kept := b.pace.kept()
	kept.Setup = b.setup()
	if kept != b.saved {
		b.saved = kept
		b.opts.Backoff.Save(b.name, kept)
	}
}
