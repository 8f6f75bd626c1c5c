package smpp

import (
	"errors"
	"fmt"
	"net"
	"time"

	"go.uber.org/zap"
)

// Mode is the kind of bind (SMPP 3.4 §4.1).
type Mode string

// Receipts reach receivers and transceivers only.
const (
	Receiver    Mode = "receiver"
	Transceiver Mode = "transceiver"
)

// Spread says how an account's binds use the operator's addresses.
type Spread string

const (
	// Failover binds to one address, and to the next one when that fails.
	Failover Spread = "failover"
	// Each binds to every address.
	Each Spread = "each"
)

// The values of Options.InterfaceVersion (SMPP 3.4 §5.2.4, SMPP 5.0 §4.7.13).
const (
	Version33 byte = 0x33
	Version34 byte = 0x34
	Version50 byte = 0x50
)

// Options describe one operator. Where a comment says "default", the zero value
// means that default.
type Options struct {
	// Name is the operator's name.
	Name string
	// Addresses are the SMSC's, each host:port; at least one.
	Addresses []string
	// Spread is Failover by default.
	Spread Spread
	// Mode is Receiver by default.
	Mode Mode
	// Accounts are the system_ids to bind with; at least one.
	Accounts []Account

	// InterfaceVersion is Version34 by default.
	InterfaceVersion byte
	// AddressTON, AddressNPI and AddressRange go into each bind as they are.
	AddressTON, AddressNPI byte
	AddressRange           string

	// LocalAddress is the source address of connections; empty: the system's choice.
	LocalAddress string
	TLS          TLS

	// Window is how many receipts a bind takes before they are answered;
	// default 1,000.
	Window int
	// MaxRate is how many receipts a second the operator's binds take together;
	// 0: no limit.
	MaxRate float64
	// EnquireLink is how often a session asks whether the SMSC is there, however
	// busy it is; default 30 s.
	EnquireLink time.Duration
	// ResponseTimeout bounds the wait for an answer to bind, enquire_link and
	// unbind, for the rest of a PDU that has begun, for the last verdicts before we
	// unbind, and every write; default 10 s.
	ResponseTimeout time.Duration
	// ConnectTimeout bounds dialling and the TLS handshake, each; default 10 s.
	ConnectTimeout time.Duration
	Reconnect      Reconnect
	// FullStatus answers every receipt that cannot be taken now; default
	// StatusQueueFull.
	FullStatus CommandStatus
	// RefuseFor is how long Storable may fail before the sessions unbind;
	// default 30 s.
	RefuseFor time.Duration

	// Storable says whether receipts can be stored now; nil: always. It is asked
	// before each bind and every second, and should return at once.
	Storable func() error
	// Backoff keeps over restarts how each bind failed; nil: not kept.
	Backoff BackoffStore
	// Observer is told what happens.
	Observer Observer
	// Log gets one line for each change of state; nil: nothing is logged.
	Log *zap.Logger

	dial dialFunc // of tests; nil: TCP
}

// Account is one system_id at the operator.
type Account struct {
	// Name is the account's part of a bind's name; SystemID by default.
	Name string
	// SystemID, Password and SystemType are at most 15, 8 and 12 octets in the
	// specification (SMPP 3.4 §5.2.1 to §5.2.3). Operators exceed the second, so
	// only octets that end a C-octet string are refused.
	SystemID, Password, SystemType string
	// Binds is the number of sessions, per address with Each; default 1.
	Binds int
}

// Reconnect paces new attempts of one bind.
type Reconnect struct {
	// Initial is the first wait; it doubles up to Max. Defaults 1 s and 60 s.
	Initial, Max time.Duration
	// AfterUnbind is the wait after the SMSC unbound us; default 30 s.
	AfterUnbind time.Duration
}

// withDefaults returns o with every zero value that has a default filled in.
func (o Options) withDefaults() Options {
	setDefault(&o.Spread, Failover)
	setDefault(&o.Mode, Receiver)
	setDefault(&o.InterfaceVersion, Version34)
	setDefault(&o.Window, 1000)
	setDefault(&o.EnquireLink, 30*time.Second)
	setDefault(&o.ResponseTimeout, 10*time.Second)
	setDefault(&o.ConnectTimeout, 10*time.Second)
	setDefault(&o.Reconnect.Initial, time.Second)
	setDefault(&o.Reconnect.Max, time.Minute)
	setDefault(&o.Reconnect.AfterUnbind, 30*time.Second)
	setDefault(&o.FullStatus, StatusQueueFull)
	setDefault(&o.RefuseFor, 30*time.Second)
	if o.Storable == nil {
		o.Storable = func() error { return nil }
	}
	if o.Backoff == nil {
		o.Backoff = forgetful{}
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	o.Observer = o.Observer.withDefaults()
	accounts := make([]Account, len(o.Accounts))
	for i, a := range o.Accounts {
		setDefault(&a.Name, a.SystemID)
		setDefault(&a.Binds, 1)
		accounts[i] = a
	}
	o.Accounts = accounts
	return o
}

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// validate reports everything that is wrong with o, defaults filled in.
func (o Options) validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("operator %q: "+format, append([]any{o.Name}, args...)...))
	}
	if o.Name == "" {
		fault("no name")
	}
	if len(o.Addresses) == 0 {
		fault("no addresses")
	}
	for _, a := range o.Addresses {
		if _, _, err := net.SplitHostPort(a); err != nil {
			fault("address %q is not host:port", a)
		}
	}
	if len(o.Accounts) == 0 {
		fault("no accounts")
	}
	names := map[string]bool{}
	for _, a := range o.Accounts {
		if names[a.Name] {
			fault("account %q twice", a.Name)
		}
		names[a.Name] = true
		if err := a.validate(); err != nil {
			fault("account %q: %w", a.Name, err)
		}
	}
	if o.Spread != Failover && o.Spread != Each {
		fault("spread %q is neither %q nor %q", o.Spread, Failover, Each)
	}
	if o.Mode != Receiver && o.Mode != Transceiver {
		fault("mode %q is neither %q nor %q", o.Mode, Receiver, Transceiver)
	}
	switch o.InterfaceVersion {
	case Version33, Version34, Version50:
	default:
		fault("interface_version 0x%02x is none of 0x33, 0x34, 0x50", o.InterfaceVersion)
	}
	if o.Window < 1 || o.MaxRate < 0 {
		fault("window %d and max_rate %g must not be negative", o.Window, o.MaxRate)
	}
	if err := o.TLS.check(); err != nil {
		fault("tls: %w", err)
	}
	if _, err := o.dialer(); err != nil {
		fault("%w", err)
	}
	return errors.Join(faults...)
}

func (a Account) validate() error {
	for _, f := range []struct{ name, value string }{
		{"system_id", a.SystemID}, {"password", a.Password}, {"system_type", a.SystemType},
	} {
		for i := range len(f.value) {
			if f.value[i] == 0 {
				return fmt.Errorf("%s holds a NUL", f.name)
			}
		}
	}
	switch {
	case a.SystemID == "":
		return errors.New("no system_id")
	case a.Binds < 1:
		return fmt.Errorf("binds %d, at least 1 is needed", a.Binds)
	}
	return nil
}
