package config

import "time"

// Config is the whole configuration with its defaults filled in. The tags yaml
// are the names of the keys (documented in docs/config.md), the tags validate
// their ranges.
type Config struct {
	// Listen is host:port of the admin API, console, metrics and health.
	Listen          string        `yaml:"listen" validate:"listen"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout" validate:"gt=0"`
	// Watch reloads when the file changes.
	Watch     bool       `yaml:"watch"`
	Admin     Admin      `yaml:"admin"`
	Log       Log        `yaml:"log"`
	Privacy   Privacy    `yaml:"privacy"`
	Journal   Journal    `yaml:"journal"`
	Gateway   Gateway    `yaml:"gateway"`
	Operators []Operator `yaml:"operators" validate:"min=1,dive"`
	Endpoints []Endpoint `yaml:"endpoints" validate:"min=1,dive"`
}

// Admin is who may use the admin listener.
type Admin struct {
	Tokens []Token   `yaml:"tokens" validate:"dive"`
	TLS    ServerTLS `yaml:"tls"`
	// Hosts are Host names accepted besides localhost and Listen's own.
	Hosts []string `yaml:"hosts" validate:"dive,host"`
}

// Token is a named bearer token.
type Token struct {
	Name  string `yaml:"name" validate:"required,name"`
	Token Secret `yaml:"token" validate:"required"`
	// Role is viewer or admin.
	Role string `yaml:"role" validate:"oneof=viewer admin"`
}

// ServerTLS is the certificate that the admin listener shows; none: plain HTTP.
type ServerTLS struct {
	CertFile File `yaml:"cert_file"`
	KeyFile  File `yaml:"key_file"`
}

// Gateway is this gateway among those that share its database.
type Gateway struct {
	// Name is what the others call it; empty: the host's name.
	Name string `yaml:"name" validate:"omitempty,name"`
}

// Log is how the program logs.
type Log struct {
	Level string `yaml:"level" validate:"oneof=debug info warn error"`
	// Format is json or console.
	Format string `yaml:"format" validate:"oneof=json console"`
}

// Privacy is what is kept and shown of messages.
type Privacy struct {
	// Text is keep or drop.
	Text string `yaml:"text" validate:"oneof=keep drop"`
	// MaskNumbers masks phone numbers in logs, console and lists.
	MaskNumbers bool `yaml:"mask_numbers"`
}

// Journal is where receipts are kept, and for how long.
type Journal struct {
	// Driver is sqlite or postgres.
	Driver string `yaml:"driver" validate:"oneof=sqlite postgres"`
	// Path is the folder of SQLite's files.
	Path File `yaml:"path" validate:"required"`
	// DSN is PostgreSQL's.
	DSN       Secret        `yaml:"dsn"`
	Retention time.Duration `yaml:"retention" validate:"gt=0"`
	// MaxSize 0 is up to MinFreeDisk.
	MaxSize     Size `yaml:"max_size" validate:"min=0"`
	MinFreeDisk Size `yaml:"min_free_disk" validate:"min=0"`
	// BackupDir is the folder below which SQLite's backups go; "" is `backups`
	// beside Path.
	BackupDir      File `yaml:"backup_dir"`
	RecentMessages int  `yaml:"recent_messages" validate:"min=1,max=100000000"`
}

// Operator is one operator's SMSCs, how its receipts are read, and what they mean.
type Operator struct {
	Name    string `yaml:"name" validate:"required,name"`
	Enabled bool   `yaml:"enabled"`
	// Addresses are host:port.
	Addresses []string `yaml:"addresses" validate:"min=1,unique,dive,hostport"`
	// Spread is failover or each.
	Spread string `yaml:"spread" validate:"oneof=failover each"`
	// Mode is receiver or transceiver.
	Mode string `yaml:"mode" validate:"oneof=receiver transceiver"`
	// SystemID and Password are of the one account of an operator without
	// Accounts; Binds and SystemType are also of those that have none themselves.
	Binds            int       `yaml:"binds" validate:"min=1,max=1000"`
	SystemID         string    `yaml:"system_id" validate:"cstring"`
	Password         Secret    `yaml:"password"`
	SystemType       string    `yaml:"system_type" validate:"cstring"`
	Accounts         []Account `yaml:"accounts" validate:"dive"`
	InterfaceVersion string    `yaml:"interface_version" validate:"oneof=3.3 3.4 5.0"`
	AddressTON       int       `yaml:"address_ton" validate:"min=0,max=255"`
	AddressNPI       int       `yaml:"address_npi" validate:"min=0,max=255"`
	AddressRange     string    `yaml:"address_range" validate:"max=40,cstring"`
	// LocalAddress is the IP address that connections come from.
	LocalAddress string    `yaml:"local_address" validate:"omitempty,ip"`
	TLS          ClientTLS `yaml:"tls"`
	Window       int       `yaml:"window" validate:"min=1,max=1000000"`
	// MaxRate is receipts per second; 0 is no limit.
	MaxRate         float64       `yaml:"max_rate" validate:"min=0"`
	EnquireLink     time.Duration `yaml:"enquire_link" validate:"gt=0"`
	ResponseTimeout time.Duration `yaml:"response_timeout" validate:"gt=0"`
	ConnectTimeout  time.Duration `yaml:"connect_timeout" validate:"gt=0"`
	Reconnect       Reconnect     `yaml:"reconnect"`
	// FullStatus is the command_status of every temporary refusal.
	FullStatus CommandStatus `yaml:"full_status" validate:"temporary"`
	RefuseFor  time.Duration `yaml:"refuse_for" validate:"gt=0"`
	// NonReceipt is keep, reject or defer.
	NonReceipt string `yaml:"non_receipt" validate:"oneof=keep reject defer"`
	// SilenceAlarm 0 is off.
	SilenceAlarm time.Duration `yaml:"silence_alarm" validate:"min=0"`
	Receipts     Receipts      `yaml:"receipts"`
	// Profile names the table and the published facts.
	Profile string `yaml:"profile" validate:"profile"`
	Rules   []Rule `yaml:"rules" validate:"dive"`

	// cutText is privacy.text: drop.
	cutText bool
}

// Account is one system_id at an operator.
type Account struct {
	// Name is SystemID by default.
	Name       string `yaml:"name" validate:"omitempty,name"`
	SystemID   string `yaml:"system_id" validate:"required,cstring"`
	Password   Secret `yaml:"password"`
	SystemType string `yaml:"system_type" validate:"cstring"`
	Binds      int    `yaml:"binds" validate:"min=1,max=1000"`
}

// ClientTLS is how connections to an SMSC are encrypted.
type ClientTLS struct {
	Enabled    bool   `yaml:"enabled"`
	CAFile     File   `yaml:"ca_file"`
	CertFile   File   `yaml:"cert_file"`
	KeyFile    File   `yaml:"key_file"`
	ServerName string `yaml:"server_name"`
	// PinSHA256 are certificates that are trusted as they are.
	PinSHA256 []string `yaml:"pin_sha256"`
}

// Reconnect paces the attempts to bind again.
type Reconnect struct {
	Initial     time.Duration `yaml:"initial" validate:"gt=0"`
	Max         time.Duration `yaml:"max" validate:"gt=0"`
	AfterUnbind time.Duration `yaml:"after_unbind" validate:"gt=0"`
}

// Receipts is the dialect in which an operator writes receipts.
type Receipts struct {
	Timezone          Zones  `yaml:"timezone"`
	IDSource          string `yaml:"id_source" validate:"oneof=tlv text"`
	MessageID         string `yaml:"message_id" validate:"oneof=raw hex_to_decimal decimal_to_hex"`
	StateSource       string `yaml:"state_source" validate:"oneof=auto tlv text"`
	ErrBase           string `yaml:"err_base" validate:"oneof=text decimal hex"`
	NetworkErrorTable string `yaml:"network_error_table" validate:"oneof=none gsm_map"`
	RecipientField    string `yaml:"recipient_field" validate:"oneof=source destination"`
	CountryCode       string `yaml:"country_code" validate:"omitempty,calling_code"`
	Unmarked          bool   `yaml:"unmarked"`
	AcceptedFinal     bool   `yaml:"accepted_final"`
	Intermediate      string `yaml:"intermediate" validate:"oneof=trust ignore"`
	// Fields are copied into receipt.extra.
	Fields []Field `yaml:"fields" validate:"dive"`
	// Pattern reads bodies that no general rule reads.
	Pattern Pattern `yaml:"pattern"`
	// IDPattern's group 1 is the id.
	IDPattern  IDPattern `yaml:"id_pattern"`
	IDEncoding string    `yaml:"id_encoding" validate:"oneof=ascii bcd"`
	// IDCase, IDWidth and IDStripZeros say how message_id is written in the end.
	IDCase       string   `yaml:"id_case" validate:"oneof=keep lower upper"`
	IDWidth      int      `yaml:"id_width" validate:"min=0,max=64"`
	IDStripZeros bool     `yaml:"id_strip_zeros"`
	StatPrefixes []string `yaml:"stat_prefixes" validate:"unique,dive,required"`
	// DateLayouts are Go layouts.
	DateLayouts []string `yaml:"date_layouts" validate:"unique,dive,date_layout"`
}

// Field copies a TLV or an unknown word of the text into receipt.extra.
type Field struct {
	Name string `yaml:"name" validate:"required"`
	TLV  *Tag   `yaml:"tlv,omitempty"`
	Text string `yaml:"text,omitempty"`
}

// Rule says what a receipt means; all keys that are given must match.
type Rule struct {
	Stat             string      `yaml:"stat,omitempty"`
	MessageState     *int        `yaml:"message_state,omitempty" validate:"omitempty,min=0,max=255"`
	Err              string      `yaml:"err,omitempty"`
	NetworkErrorType *int        `yaml:"network_error_type,omitempty" validate:"omitempty,min=0,max=255"`
	NetworkErrorCode *int        `yaml:"network_error_code,omitempty" validate:"omitempty,min=0,max=65535"`
	TLV              *TLVMatch   `yaml:"tlv,omitempty"`
	Extra            *ExtraMatch `yaml:"extra,omitempty"`
	Intermediate     *bool       `yaml:"intermediate,omitempty"`
	// Status is the name of a documented status.
	Status string `yaml:"status" validate:"required,status"`
	Final  *bool  `yaml:"final,omitempty"`
	Note   string `yaml:"note,omitempty"`
	Cases  []Case `yaml:"cases,omitempty" validate:"dive"`
}

// TLVMatch matches a TLV's value.
type TLVMatch struct {
	Tag   Tag    `yaml:"tag" validate:"required"`
	Value string `yaml:"value"`
}

// ExtraMatch matches a value of receipt.extra.
type ExtraMatch struct {
	Key   string `yaml:"key" validate:"required"`
	Value string `yaml:"value"`
}

// Case is a receipt text and the status that it must become.
type Case struct {
	Text   string `yaml:"text" validate:"required"`
	Status string `yaml:"status" validate:"required,status"`
}
