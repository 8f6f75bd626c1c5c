package config

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// Config returns what the admin listener shows, nil for plain HTTP. Files that
// are replaced are shown from the next connection on; while they cannot be read
// together, as between the writing of the one and of the other, those before.
func (t *ServerTLS) Config() (*tls.Config, error) {
	if t.CertFile == "" {
		return nil, nil
	}
	c := &renewed{files: *t}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("admin.tls: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

// renewed is a certificate whose files may be replaced.
type renewed struct {
	files ServerTLS

	mu      sync.Mutex
	age     [2]version // of the files when they were read
	current *tls.Certificate
}

// version tells a file from the one that was there before.
type version struct {
	at   time.Time
	size int64
}

func (c *renewed) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ages() != c.age {
		_ = c.read() // what is half written is read at the next connection
	}
	return c.current, nil
}

func (c *renewed) ages() (all [2]version) {
	for i, name := range [...]File{c.files.CertFile, c.files.KeyFile} {
		if info, err := os.Stat(string(name)); err == nil {
			all[i] = version{info.ModTime(), info.Size()}
		}
	}
	return all
}

func (c *renewed) read() error {
	age := c.ages() // before they are read: a change in between counts
	cert, err := tls.LoadX509KeyPair(string(c.files.CertFile), string(c.files.KeyFile))
	if err != nil {
		return err
	}
	c.age, c.current = age, &cert
	return nil
}
