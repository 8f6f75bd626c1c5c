package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
)

// tlsError marks what failed once TLS had the connection.
type tlsError struct{ err error }

func (e tlsError) Error() string { return e.err.Error() }
func (e tlsError) Unwrap() error { return e.err }

// dialFunc connects; it is net.Dialer.DialContext but in tests.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer returns what connects from o.LocalAddress.
func (o *Options) dialer() (dialFunc, error) {
	if o.dial != nil {
		return o.dial, nil
	}
	d := &net.Dialer{}
	if o.LocalAddress != "" {
		ip := net.ParseIP(o.LocalAddress)
		if ip == nil {
			return nil, fmt.Errorf("local_address %q is not an IP address", o.LocalAddress)
		}
		d.LocalAddr = &net.TCPAddr{IP: ip}
	}
	return d.DialContext, nil
}

// connect opens a connection to address, with TLS when that is set. The caller
// closes it.
func (b *bind) connect(ctx context.Context, address string) (net.Conn, error) {
	dialing, cancel := context.WithTimeout(ctx, b.opts.ConnectTimeout)
	defer cancel()
	conn, err := b.dial(dialing, "tcp", address)
	if err != nil || !b.opts.TLS.Enabled {
		return conn, err
	}
	secure, err := b.handshake(ctx, conn, address)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

func (b *bind) handshake(ctx context.Context, conn net.Conn, address string) (net.Conn, error) {
	config, err := b.opts.TLS.config(address)
	if err != nil {
		return nil, tlsError{err}
	}
	ctx, cancel := context.WithTimeout(ctx, b.opts.ConnectTimeout)
	defer cancel()
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		if shown := refused(err); shown != nil {
			b.opts.Observer.CertificateExpiry(address, shown.NotAfter)
		}
		return nil, tlsError{err}
	}
	b.opts.Observer.CertificateExpiry(address, secure.ConnectionState().PeerCertificates[0].NotAfter)
	return secure, nil
}

// endOfDial tells why no connection came about.
func endOfDial(ctx context.Context, err error) ending {
	var failed tlsError
	switch {
	case ctx.Err() != nil:
		return endStopped(ctx)
	case errors.As(err, &failed) && brokeConnection(failed.err):
		return endHandshake(failed.err)
	case errors.As(err, &failed):
		return endTLS(failed.err)
	default:
		return endDial(err)
	}
}

// brokeConnection tells what the connection did under the handshake, which passes
// by itself, from what TLS on either side found wrong, which does not.
func brokeConnection(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &op) && (op.Op == "read" || op.Op == "write")
}
