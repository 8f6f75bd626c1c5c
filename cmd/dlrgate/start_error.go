package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/dlrgate/dlrgate/config"
)

// SQLite's result codes of a file that cannot be read.
const (
	sqliteCorrupt = 11
	sqliteNotADB  = 26
)

// adviseStart says of what commonly keeps a gateway from starting what to do
// about it.
func adviseStart(err error, cfg *config.Config) error {
	var path *fs.PathError
	var socket *net.OpError
	var refusal interface{ SQLState() string } // PostgreSQL's; classes 28 and 3D: who we are, and which database
	var damage interface{ Code() int }         // SQLite's
	listening := errors.As(err, &socket) && socket.Op == "listen"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		_, port, _ := net.SplitHostPort(cfg.Listen)
		return fmt.Errorf("%s is in use: find the program with \"ss -ltnp 'sport = :%s'\", or set listen to another address", cfg.Listen, port)
	case listening && errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s needs root, as every port below 1024: set listen to another, such as 127.0.0.1:8275", cfg.Listen)
	case listening && errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s is not an address of this machine: set listen to one that is, such as 127.0.0.1:8275", cfg.Listen)
	case socket != nil && socket.Op == "dial" && cfg.Journal.Driver == "postgres":
		return fmt.Errorf("the journal's database cannot be reached (%w): start the server, or set journal.dsn to where it is", socket)
	case errors.As(err, &refusal) && (strings.HasPrefix(refusal.SQLState(), "28") || strings.HasPrefix(refusal.SQLState(), "3D")):
		return fmt.Errorf("the journal's database refuses us (%w): correct user, password or database in journal.dsn, or createdb", err)
	case errors.As(err, &damage) && (damage.Code() == sqliteCorrupt || damage.Code() == sqliteNotADB):
		return fmt.Errorf("%w: the file is damaged; put a backup in the place of journal.path, or set journal.path to a new folder", err)
	case errors.As(err, &path) && cfg.Journal.Driver == "sqlite":
		return fmt.Errorf("the journal's folder cannot be used (%s %s: %w): make it, give it to the user that runs dlrgate, or set journal.path to another",
			path.Op, path.Path, path.Err)
	}
	return err
}
