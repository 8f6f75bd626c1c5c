package config

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
)

// Access is what a command needs of a configuration to reach the gateway that it
// belongs to.
type Access struct {
	// Listen is host:port of the gateway; empty when the file does not tell it.
	Listen string
	// Tokens are the admin's, as far as they can be resolved here.
	Tokens []Token
	// CertFile is the certificate that the gateway shows; none: plain HTTP.
	CertFile File
}

// LoadAccess reads what a command needs to reach the running gateway, also from
// a file whose faults are elsewhere: the gateway goes on with the configuration
// that it has, and whoever mends the file needs its commands. It returns every
// fault of the file, and no Access when there is no such file; secrets that
// cannot be resolved are no fault.
func LoadAccess(ctx context.Context, path string, o Options) (*Access, []Fault) {
	o.Secrets = TokensOnly
	data, err := readFile(path)
	if err != nil {
		return nil, []Fault{noFile(path, err)}
	}
	_, faults, _ := load(ctx, path, data, o)
	return access(ctx, path, data, o), faults
}

func access(ctx context.Context, path string, data []byte, o Options) *Access {
	l, err := newLoader(path, data, o)
	if err == nil && l.root == nil {
		l, err = newLoader(path, accessPart(data), o)
	}
	if err != nil || l.root == nil {
		return &Access{}
	}
	l.read(ctx)
	a := &Access{Listen: l.config.Listen, Tokens: l.config.Admin.Tokens, CertFile: l.config.Admin.TLS.CertFile}
	if l.faulty("listen") || slices.ContainsFunc(l.faults, misplaced) {
		a.Listen = "" // a guess would reach another gateway
	}
	return a
}

// misplaced tells that a fault is of the part that says where the gateway is;
// a token that cannot be read leads nowhere else.
func misplaced(f Fault) bool {
	return f.Path == "admin" || strings.HasPrefix(f.Path, "admin.") && !strings.HasPrefix(f.Path, "admin.tokens")
}

var (
	topKey    = regexp.MustCompile(`^[a-z_]+:`)
	accessKey = regexp.MustCompile(`^(listen|admin):`)
)

// accessPart makes of a file that is no YAML as a whole one that has listen and
// admin as they stand, and its other keys without their values. It is empty when
// no key stands at the beginning of a line: then the two may be anywhere.
func accessPart(data []byte) []byte {
	var part []byte
	wanted := false
	for line := range bytes.Lines(data) {
		if key := topKey.Find(line); key != nil {
			if wanted = accessKey.Match(line); !wanted {
				part = append(append(part, key...), '\n')
			}
		}
		if wanted {
			part = append(part, line...)
		}
	}
	return part
}
