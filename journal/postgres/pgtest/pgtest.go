// Package pgtest starts a PostgreSQL server that tests may do anything with.
// It runs from the installed binaries, in a folder of its own, on loopback, and
// never as root. Only tests import it.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a server may take to start or to stop.
const patience = 2 * time.Minute

// variable names a server to use instead of one of our own, by its DSN; it
// cannot be stopped.
const variable = "DLRGATE_TEST_POSTGRES"

// errMissing: PostgreSQL is not installed.
var errMissing = errors.New("no PostgreSQL found: install postgresql, or set " + variable)

// Server is a running PostgreSQL.
type Server struct {
	dsn       url.URL
	bin, dir  string // "" for a server that is not ours
	run       *exec.Cmd
	exited    chan struct{}
	databases atomic.Int32
}

// New starts a server that the test's end removes. Without PostgreSQL the test
// is skipped, in CI it fails; with -short it is skipped, too. Stopping needs one
// of our own.
func New(t testing.TB) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("long: starts a database server")
	}
	s, err := Start()
	Need(t, err)
	t.Cleanup(func() {
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Need skips the test when PostgreSQL is missing, and fails it in CI and for
// any other error.
func Need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errMissing) && os.Getenv("CI") == "":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// Start makes and starts a server, for tests that share one; the caller
// removes it.
func Start() (*Server, error) {
	if given := os.Getenv(variable); given != "" {
		dsn, err := url.Parse(given)
		if err != nil {
			return nil, fmt.Errorf("%s is not a URL", variable)
		}
		return &Server{dsn: *dsn}, nil
	}
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dlrgate-pg")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir, dsn: url.URL{
		Scheme: "postgres", User: url.User("postgres"), Host: net.JoinHostPort("127.0.0.1", port), Path: "/postgres",
		RawQuery: "sslmode=disable",
	}}
	if err := s.initialize(); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	if err := s.Up(); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// binaries finds the folder of initdb and postgres, the newest version first.
func binaries() (string, error) { return binariesWith("initdb") }

// binariesWith finds the folder of postgres that has that program, too.
func binariesWith(program string) (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + program)
	if err != nil {
		return "", err
	}
	slices.Sort(found)
	if path, err := exec.LookPath(program); err == nil {
		found = append(found, path)
	}
	for _, path := range slices.Backward(found) {
		if dir := filepath.Dir(path); exec.Command(filepath.Join(dir, "postgres"), "--version").Run() == nil {
			return dir, nil
		}
	}
	return "", errMissing
}

// freePort finds a port below those that Linux gives away by itself: no other
// test's connection or listener takes it before the server does, or while the
// server is down.
func freePort() (string, error) {
	const low, high, tries = 20000, 32000, 100
	var err error
	for range tries {
		port := strconv.Itoa(low + rand.IntN(high-low))
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
			return port, l.Close()
		}
	}
	return "", err
}

// own gives the server's folder to the user that it runs as.
func (s *Server) own() error {
	if os.Getuid() != 0 {
		return nil
	}
	uid, gid, err := unprivileged()
	if err != nil {
		return err
	}
	return os.Chown(s.dir, uid, gid)
}

func (s *Server) initialize() error {
	if err := s.own(); err != nil {
		return err
	}
	cmd, err := s.command("initdb", "--pgdata="+s.data(), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command prepares one of PostgreSQL's programs, which refuse to run as root.
func (s *Server) command(name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		uid, gid, err := unprivileged()
		if err != nil {
			return nil, err
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return cmd, nil
}

// unprivileged returns the user that the server runs as when the tests run as root.
func unprivileged() (uid, gid int, err error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return 0, 0, err
	}
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	return uid, gid, errors.Join(uidErr, gidErr)
}

// Up starts the server, again after Down, and waits until it answers. Settings
// are name=value.
func (s *Server) Up(settings ...string) error {
	args := []string{
		"-D", s.data(), "-c", "listen_addresses=127.0.0.1", "-c", "port=" + s.dsn.Port(),
		"-c", "unix_socket_directories=" + s.dir, "-c", "max_connections=200", "-c", "logging_collector=off",
	}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	cmd, err := s.command("postgres", args...)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	s.run, s.exited = cmd, exited
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(exited)
	}()
	return s.ready()
}

// ready waits until the server takes connections.
func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.dsn.String())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ticker.C:
		case <-s.exited:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("postgres ended: %s", log)
		case <-ctx.Done():
			return err
		}
	}
}

// Mode is how the server stops.
type Mode = syscall.Signal

// Immediate is pg_ctl's -m immediate: no checkpoint, recovery at the next
// start. Fast ends the sessions and shuts down in order.
const (
	Immediate = syscall.SIGQUIT
	Fast      = syscall.SIGINT
)

// Down stops the server and waits for its end.
func (s *Server) Down(m Mode) error {
	if s.run == nil {
		return errors.New("the server of " + variable + " cannot be stopped")
	}
	if err := s.run.Process.Signal(m); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(patience):
		return errors.Join(errors.New("postgres does not stop"), s.run.Process.Kill())
	}
}

// Ours tells whether the server is one that Down can stop.
func (s *Server) Ours() bool { return s.dir != "" }

// Addr is where the server listens.
func (s *Server) Addr() string { return s.dsn.Host }

// Database makes an empty database and returns its DSN.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.dsn.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	name := fmt.Sprintf("dlrgate_%d_%d", os.Getpid(), s.databases.Add(1))
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	dsn := s.dsn
	dsn.Path = "/" + name
	return dsn.String()
}

// Exec runs statements as an administrator, each on its own.
func (s *Server) Exec(t testing.TB, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.dsn.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Remove stops the server and removes its folder.
func (s *Server) Remove() error {
	if !s.Ours() {
		return nil
	}
	var err error
	if s.run != nil {
		err = s.Down(Immediate)
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
