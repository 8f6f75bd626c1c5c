package smpp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// Backoff is what a bind, or an account, keeps of its failures over a restart and
// a take-over, so that neither hammers an SMSC nor locks an account. The zero value
// is that of one without any.
type Backoff struct {
	// Step counts the attempts since the bind was last stable; after a success it
	// is 1 at most, and after a stop in order at most what waits for seconds.
	Step int `json:"step,omitempty"`
	// Refusals counts the refusals in a row that could lock the account, or the
	// failures of TLS of a bind, and RefusedAt is when the last one came. They are
	// forgotten after refusalsKept.
	Refusals  int       `json:"refusals,omitempty"`
	RefusedAt time.Time `json:"refused_at,omitzero"`
	// Bound is set while the bind is: whoever finds it set did not see the session
	// end, and the SMSC may not have either.
	Bound bool `json:"bound,omitempty"`
	// Setup changes when what the attempts depend on was configured anew: what
	// failed before does not count then. See seal.
	Setup string `json:"setup,omitempty"`
}

// Empty reports whether nothing is kept.
func (k Backoff) Empty() bool { return k.Step == 0 && k.Refusals == 0 && !k.Bound }

// BackoffStore keeps the Backoff of each bind, by its name, and of each account, as
// operator/account, or operator/account@address with Each. Both methods are called from several goroutines.
type BackoffStore interface {
	// Load returns what was last saved under the name, zero when nothing was.
	Load(name string) Backoff
	// Save keeps it. It should return at once.
	Save(name string, kept Backoff)
}

// forgetful is the BackoffStore of those who keep nothing.
type forgetful struct{}

func (forgetful) Load(string) Backoff  { return Backoff{} }
func (forgetful) Save(string, Backoff) {}

// loadBackoff returns what the store keeps under the name, when it is of the same
// setup.
func loadBackoff(store BackoffStore, name, setup string) Backoff {
	kept := store.Load(name)
	if !sealed(kept.Setup, setup) {
		return Backoff{Setup: seal(setup)}
	}
	if time.Since(kept.RefusedAt) > refusalsKept {
		kept.Refusals, kept.RefusedAt = 0, time.Time{}
	}
	return kept
}

const (
	saltLen = 8
	sealLen = 2
)

// seal is a keyed sum of text under a random salt. It is short, so that what is kept
// serves nobody who guesses passwords: one in 65,536 has the same.
func seal(text string) string {
	var salt [saltLen]byte
	rand.Read(salt[:]) // it never fails
	return hex.EncodeToString(sealWith(salt[:], text))
}

func sealWith(salt []byte, text string) []byte {
	h := hmac.New(sha256.New, salt)
	h.Write([]byte(text))
	return append(slices.Clone(salt), h.Sum(nil)[:sealLen]...)
}

// sealed reports whether text was sealed so.
func sealed(seal, text string) bool {
	raw, err := hex.DecodeString(seal)
	return err == nil && len(raw) == saltLen+sealLen && slices.Equal(raw, sealWith(raw[:saltLen], text))
}

// credentials are what the SMSC judges a bind's account by, and where.
func (b *bind) credentials() string {
	o, a := b.opts, &b.account
	addresses := slices.Sorted(slices.Values(b.addresses)) // members of a fleet may prefer different ones
	return fmt.Sprintf("%q %q %q %q %q %d %d %d %q", a.SystemID, a.Password, a.SystemType, addresses,
		o.Mode, o.InterfaceVersion, o.AddressTON, o.AddressNPI, o.AddressRange)
}

// setup is what decides whether a bind's attempts succeed.
func (b *bind) setup() string {
	return fmt.Sprintf("%s %q %q %+v", b.credentials(), b.addresses, b.opts.LocalAddress, b.opts.TLS)
}

// saveBackoff keeps the Backoff when it has changed.
func (b *bind) saveBackoff() {
	kept := b.pace.kept()
	kept.Setup = b.saved.Setup
	if kept != b.saved {
		b.saved = kept
		b.opts.Backoff.Save(b.name, kept)
	}
}
