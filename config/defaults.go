package config

import (
	"errors"
	"slices"
	"time"
)

// defaulter is a part of the tree that knows its own defaults. They are set
// before the file's keys are laid over them.
type defaulter interface{ setDefaults() }

func (c *Config) setDefaults() {
	*c = Config{
		Listen:          "127.0.0.1:8275",
		ShutdownTimeout: 20 * time.Second,
		Log:             Log{Level: "info", Format: "json"},
		Privacy:         Privacy{Text: "keep", MaskNumbers: true},
		Journal: Journal{
			Driver:         "sqlite",
			Path:           "data",
			Retention:      7 * 24 * time.Hour,
			MinFreeDisk:    512 << 20,
			RecentMessages: 1_000_000,
		},
	}
}

func (t *Token) setDefaults() { *t = Token{Role: "viewer"} }

func (o *Operator) setDefaults() {
	*o = Operator{
		Enabled:          true,
		Spread:           "failover",
		Mode:             "receiver",
		Binds:            1,
		InterfaceVersion: "3.4",
		Window:           1000,
		EnquireLink:      30 * time.Second,
		ResponseTimeout:  10 * time.Second,
		ConnectTimeout:   10 * time.Second,
		Reconnect:        Reconnect{Initial: time.Second, Max: time.Minute, AfterUnbind: 30 * time.Second},
		FullStatus:       0x14,
		RefuseFor:        30 * time.Second,
		NonReceipt:       "keep",
		Profile:          "smpp",
		Receipts: Receipts{
			Timezone:          Zones{Submit: Zone{time.UTC}, Done: Zone{time.UTC}},
			IDSource:          "tlv",
			MessageID:         "raw",
			StateSource:       "auto",
			ErrBase:           "text",
			NetworkErrorTable: "none",
			RecipientField:    "source",
			Intermediate:      "trust",
			IDEncoding:        "ascii",
			IDCase:            "keep",
		},
	}
}

func (a *Account) setDefaults() { *a = Account{Binds: 1} }

func (e *Endpoint) setDefaults() {
	*e = Endpoint{
		Start:                 "newest",
		Concurrency:           16,
		Batch:                 Batch{MaxEvents: 1},
		Timeout:               15 * time.Second,
		Retry:                 Retry{Initial: time.Second, Max: time.Hour, GiveUpAfter: 75 * time.Hour},
		MaxConnectionAge:      5 * time.Minute,
		HTTP2:                 true,
		AllowPrivateAddresses: true,
	}
}

// DefaultOperator returns an operator that nothing is configured of but its
// profile; empty is the default one.
func DefaultOperator(profile string) (*Operator, error) {
	o := &Operator{}
	o.setDefaults()
	if profile == "" {
		return o, nil
	}
	if !slices.Contains(profileNames(), profile) {
		return nil, errors.New(profileFault(profile))
	}
	o.setProfile(profile)
	return o, nil
}
