package config

import "time"

// Endpoint is one webhook.
type Endpoint struct {
	Name string `yaml:"name" validate:"required,name"`
	URL  URL    `yaml:"url" validate:"required,http_form"`
	// Start is newest or oldest.
	Start  string `yaml:"start" validate:"oneof=newest oldest"`
	Paused bool   `yaml:"paused"`
	// Secrets are Standard Webhooks secrets, newest first.
	Secrets     []Secret      `yaml:"secrets" validate:"dive,required"`
	Headers     []Header      `yaml:"headers" validate:"dive"`
	Filter      Filter        `yaml:"filter"`
	Concurrency int           `yaml:"concurrency" validate:"min=1,max=10000"`
	Batch       Batch         `yaml:"batch"`
	Timeout     time.Duration `yaml:"timeout" validate:"gt=0"`
	// RateLimit is events per second; 0 is none.
	RateLimit float64 `yaml:"rate_limit" validate:"min=0"`
	Retry     Retry   `yaml:"retry"`
	// GzipAbove is octets; 0 is never.
	GzipAbove             Size          `yaml:"gzip_above" validate:"min=0,max=1073741824"`
	MaxConnectionAge      time.Duration `yaml:"max_connection_age" validate:"gt=0"`
	HTTP2                 bool          `yaml:"http2"`
	TLS                   EndpointTLS   `yaml:"tls"`
	OAuth2                OAuth2        `yaml:"oauth2"`
	AllowPrivateAddresses bool          `yaml:"allow_private_addresses"`
}

// Header is added to every request of an endpoint.
type Header struct {
	Name  string `yaml:"name" validate:"required,header_name"`
	Value Secret `yaml:"value" validate:"header_value"`
}

// Filter chooses an endpoint's events; an empty list chooses all.
type Filter struct {
	Operators  []string `yaml:"operators"`
	Statuses   []string `yaml:"statuses" validate:"dive,status"`
	Categories []string `yaml:"categories" validate:"dive,oneof=general temporary permanent other"`
	Recipients []string `yaml:"recipients" validate:"dive,required"`
	Senders    []string `yaml:"senders" validate:"dive,required"`
	FinalOnly  bool     `yaml:"final_only"`
}

// Batch joins events into one request.
type Batch struct {
	MaxEvents int           `yaml:"max_events" validate:"min=1,max=10000"`
	MaxWait   time.Duration `yaml:"max_wait" validate:"min=0"`
}

// Retry is how an endpoint's failures are tried again.
type Retry struct {
	Initial     time.Duration `yaml:"initial" validate:"gt=0"`
	Max         time.Duration `yaml:"max" validate:"gt=0"`
	GiveUpAfter time.Duration `yaml:"give_up_after" validate:"gt=0"`
}

// EndpointTLS is what an endpoint's certificate must lead to, and ours.
type EndpointTLS struct {
	CAFile   File `yaml:"ca_file"`
	CertFile File `yaml:"cert_file"`
	KeyFile  File `yaml:"key_file"`
}

// OAuth2 is a client-credentials grant; no TokenURL: none.
type OAuth2 struct {
	TokenURL     URL      `yaml:"token_url" validate:"omitempty,http_form"`
	ClientID     string   `yaml:"client_id"`
	ClientSecret Secret   `yaml:"client_secret"`
	Scopes       []string `yaml:"scopes" validate:"dive,required"`
}
