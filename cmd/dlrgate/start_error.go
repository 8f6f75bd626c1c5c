package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/dlrgate/dlrgate/config"
)

// adviseStart says of what commonly keeps a gateway from starting what to do
// about it.
func adviseStart(err error, cfg *config.Config) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		_, port, _ := net.SplitHostPort(cfg.Listen)
		return fmt.Errorf("%s is in use: find the program with \"ss -ltnp 'sport = :%s'\", or set listen to another address", cfg.Listen, port)
	case errors.As(err, &path) && cfg.Journal.Driver == "sqlite":
		return fmt.Errorf("the journal's folder cannot be used (%s %s: %w): make it, give it to the user that runs dlrgate, or set journal.path to another",
			path.Op, path.Path, path.Err)
	}
	return err
}
