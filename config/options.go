package config

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// accounts returns the operator's accounts with their names; there is always at
// least one.
func (o *Operator) accounts() []Account {
	if len(o.Accounts) == 0 {
		return []Account{{Name: o.SystemID, SystemID: o.SystemID, Password: o.Password, SystemType: o.SystemType, Binds: o.Binds}}
	}
	out := slices.Clone(o.Accounts)
	for i := range out {
		if out[i].Name == "" {
			out[i].Name = out[i].SystemID
		}
	}
	return out
}

// BindNames returns the names of the operator's binds, operator/account/N, N
// from 1 per account over all addresses.
func (o *Operator) BindNames() []string {
	var names []string
	for _, a := range o.accounts() {
		n := a.Binds
		if o.Spread == string(smpp.Each) {
			n *= len(o.Addresses)
		}
		for i := range n {
			names = append(names, o.Name+"/"+a.Name+"/"+strconv.Itoa(i+1))
		}
	}
	return names
}

var interfaceVersions = map[string]byte{"3.3": smpp.Version33, "3.4": smpp.Version34, "5.0": smpp.Version50}

// SMPP returns the options of the operator's binds. The caller adds what runs:
// Storable, Backoff, Observer and Log.
func (o *Operator) SMPP() smpp.Options {
	opts := smpp.Options{
		Name:             o.Name,
		Addresses:        o.Addresses,
		Spread:           smpp.Spread(o.Spread),
		Mode:             smpp.Mode(o.Mode),
		InterfaceVersion: interfaceVersions[o.InterfaceVersion],
		AddressTON:       byte(o.AddressTON),
		AddressNPI:       byte(o.AddressNPI),
		AddressRange:     o.AddressRange,
		LocalAddress:     o.LocalAddress,
		TLS: smpp.TLS{
			Enabled: o.TLS.Enabled, CAFile: string(o.TLS.CAFile),
			CertFile: string(o.TLS.CertFile), KeyFile: string(o.TLS.KeyFile), ServerName: o.TLS.ServerName,
			Pins: o.TLS.pins(),
		},
		Window:          o.Window,
		MaxRate:         o.MaxRate,
		EnquireLink:     o.EnquireLink,
		ResponseTimeout: o.ResponseTimeout,
		ConnectTimeout:  o.ConnectTimeout,
		Reconnect:       smpp.Reconnect(o.Reconnect),
		FullStatus:      smpp.CommandStatus(o.FullStatus),
		RefuseFor:       o.RefuseFor,
	}
	for _, a := range o.accounts() {
		opts.Accounts = append(opts.Accounts, smpp.Account{
			Name: a.Name, SystemID: a.SystemID, Password: a.Password.Reveal(), SystemType: a.SystemType, Binds: a.Binds,
		})
	}
	return opts
}

// pins returns the pinned certificates; what is none of them is a fault of the file.
func (t *ClientTLS) pins() []smpp.Pin {
	var pins []smpp.Pin
	for _, text := range t.PinSHA256 {
		if pin, err := smpp.ParsePin(text); err == nil {
			pins = append(pins, pin)
		}
	}
	return pins
}

var idCases = map[string]receipt.IDCase{"keep": receipt.IDKeepCase, "lower": receipt.IDLower, "upper": receipt.IDUpper}

// dialect returns how the operator's receipts are read.
func (o *Operator) dialect() *receipt.Dialect {
	r := &o.Receipts
	d := &receipt.Dialect{
		SubmitZone:         r.Timezone.Submit.Location,
		DoneZone:           r.Timezone.Done.Location,
		Unmarked:           r.Unmarked,
		IgnoreIntermediate: r.Intermediate == "ignore",
		Pattern:            r.Pattern.Regexp,
		IDPattern:          r.IDPattern.Regexp,
		IDBCD:              r.IDEncoding == "bcd",
		IDCase:             idCases[r.IDCase],
		IDWidth:            r.IDWidth,
		IDStripZeros:       r.IDStripZeros,
		DateLayouts:        r.DateLayouts,
	}
	if r.IDSource == "text" {
		d.IDSource = receipt.IDFromText
	}
	switch r.MessageID {
	case "hex_to_decimal":
		d.IDConversion, d.HexIDs = receipt.IDHexToDecimal, true
	case "decimal_to_hex":
		d.IDConversion, d.DecimalIDs = receipt.IDDecimalToHex, true
	}
	for _, f := range r.Fields {
		rule := receipt.FieldRule{Name: f.Name, Text: f.Text}
		if f.TLV != nil {
			rule.Tag = uint16(*f.TLV)
		}
		d.Fields = append(d.Fields, rule)
	}
	o.ask(d)
	return d
}

var (
	stateSources = map[string]mapping.StateSource{"auto": mapping.StateAuto, "tlv": mapping.StateFromTLV, "text": mapping.StateFromText}
	errBases     = map[string]mapping.ErrBase{"text": mapping.ErrText, "decimal": mapping.ErrDecimal, "hex": mapping.ErrHex}
)

// Mapping returns what the operator's decisions depend on.
func (o *Operator) Mapping() mapping.Options {
	r := &o.Receipts
	opts := mapping.Options{
		Profile:            o.Profile,
		ErrBase:            errBases[r.ErrBase],
		StateSource:        stateSources[r.StateSource],
		AcceptedFinal:      r.AcceptedFinal,
		NetworkErrorTable:  r.NetworkErrorTable,
		StatPrefixes:       r.StatPrefixes,
		IgnoreIntermediate: r.Intermediate == "ignore",
	}
	for i := range o.Rules {
		opts.Rules = append(opts.Rules, o.Rules[i].mapping())
	}
	return opts
}

func (r *Rule) mapping() mapping.Rule {
	out := mapping.Rule{
		Stat: r.Stat, Err: r.Err, MessageState: r.MessageState,
		NetworkErrorType: r.NetworkErrorType, NetworkErrorCode: r.NetworkErrorCode,
		Intermediate: r.Intermediate, Status: r.Status, Final: r.Final, Note: r.Note,
		Extra: (*mapping.ExtraMatch)(r.Extra),
	}
	if r.TLV != nil {
		out.TLV = &mapping.TLVMatch{Tag: uint16(r.TLV.Tag), Value: r.TLV.Value}
	}
	for _, c := range r.Cases {
		out.Cases = append(out.Cases, mapping.Case(c))
	}
	return out
}

// event returns what of the operator's configuration its events depend on.
func (o *Operator) event() event.Options {
	return event.Options{
		RecipientIsDestination: o.Receipts.RecipientField == "destination",
		CountryCode:            o.Receipts.CountryCode,
		CutText:                o.cutText,
	}
}

// Forward returns the options of the endpoint. It reads the certificates, which
// may have changed since Load.
func (e *Endpoint) Forward() (forward.Options, error) {
	tlsConfig, err := e.TLS.config()
	if err != nil {
		return forward.Options{}, fmt.Errorf("endpoint %q: %w", e.Name, err)
	}
	opts := forward.Options{
		Name:                  e.Name,
		URL:                   e.URL.Reveal(),
		StartOldest:           e.Start == "oldest",
		Paused:                e.Paused,
		Filter:                forward.Filter(e.Filter),
		Concurrency:           e.Concurrency,
		BatchEvents:           e.Batch.MaxEvents,
		BatchWait:             e.Batch.MaxWait,
		Timeout:               e.Timeout,
		RateLimit:             e.RateLimit,
		Retry:                 forward.Retry(e.Retry),
		GzipAbove:             int(e.GzipAbove),
		MaxConnectionAge:      e.MaxConnectionAge,
		HTTP2:                 e.HTTP2,
		TLS:                   tlsConfig,
		AllowPrivateAddresses: e.AllowPrivateAddresses,
		OAuth2: forward.OAuth2{
			TokenURL: e.OAuth2.TokenURL.Reveal(), ClientID: e.OAuth2.ClientID,
			ClientSecret: e.OAuth2.ClientSecret.Reveal(), Scopes: e.OAuth2.Scopes,
		},
	}
	for _, s := range e.Secrets {
		opts.Secrets = append(opts.Secrets, s.Reveal())
	}
	if len(e.Headers) > 0 {
		opts.Headers = http.Header{}
	}
	for _, h := range e.Headers {
		opts.Headers.Add(h.Name, h.Value.Reveal())
	}
	return opts, nil
}

// config returns nil when nothing but the system's own is wanted.
func (t *EndpointTLS) config() (*tls.Config, error) {
	if *t == (EndpointTLS{}) {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		pool, err := loadCA(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file %w", err)
		}
		c.RootCAs = pool
	}
	if t.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(string(t.CertFile), string(t.KeyFile))
		if err != nil {
			return nil, fmt.Errorf("cert_file: %w", err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}
