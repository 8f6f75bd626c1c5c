package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"syscall"
)

// usual is the address that a flag has by default, or in the documents.
var usual = map[string]string{"--listen": "127.0.0.1:2775", "--sink": "127.0.0.1:9000", "--page": "127.0.0.1:2780"}

// explainListen turns a failure to listen into one line that says what to do. What
// is no host:port is wrong usage.
func explainListen(err error, flag, addr string) error {
	host, port, _ := net.SplitHostPort(addr)
	n, noPort := strconv.ParseUint(port, 10, 16)
	if noPort != nil {
		return fmt.Errorf("%w: give host:port with %s, such as %s %s", err, flag, flag, usual[flag])
	}
	next := net.JoinHostPort(host, strconv.FormatUint(n+1, 10))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fault{fmt.Errorf("%s is in use: find the program with \"ss -ltnp 'sport = :%s'\", or choose another address with %s %s", addr, port, flag, next)}
	case errors.Is(err, fs.ErrPermission):
		return fault{fmt.Errorf("%s needs root, as every port below 1024: choose another with %s %s", addr, flag, usual[flag])}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fault{fmt.Errorf("%s is not an address of this machine: try %s 127.0.0.1:%s", addr, flag, port)}
	}
	return fault{fmt.Errorf("%w: give host:port with %s, such as %s %s", err, flag, flag, usual[flag])}
}
