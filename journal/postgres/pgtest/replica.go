package pgtest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// SyncReplica makes every commit of the server wait for a replica of that name,
// makes the replica, and returns it running.
func (s *Server) SyncReplica(t testing.TB, name string) *Server {
	t.Helper()
	r, err := s.replica(name)
	if r != nil {
		t.Cleanup(func() {
			if err := r.Remove(); err != nil {
				t.Error(err)
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(t, `ALTER SYSTEM SET synchronous_standby_names = '`+name+`'`, `SELECT pg_reload_conf()`)
	return r
}

func (s *Server) replica(name string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dlrgate-pg")
	if err != nil {
		return nil, err
	}
	r := &Server{bin: s.bin, dir: dir, dsn: s.dsn}
	r.dsn.Host = net.JoinHostPort("127.0.0.1", port)
	if err := r.own(); err != nil {
		return r, err
	}
	from := url.URL{
		Scheme: s.dsn.Scheme, User: s.dsn.User, Host: s.dsn.Host, RawQuery: "sslmode=disable&application_name=" + name,
	}
	if r.bin, err = binariesWith("pg_basebackup"); err != nil {
		return r, err
	}
	cmd, err := r.command("pg_basebackup", "--pgdata="+r.data(), "--dbname="+from.String(), "--write-recovery-conf", "--checkpoint=fast")
	if err != nil {
		return r, err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return r, fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	r.bin = s.bin
	return r, r.Up()
}

// UntilItWaits returns when the server's commits wait for a replica that is gone: a
// while after its settings were read again.
func (s *Server) UntilItWaits(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	committing, over := context.WithCancel(ctx)
	var commits sync.WaitGroup
	commits.Go(func() {
		conn, err := pgx.Connect(ctx, s.dsn.String())
		for err == nil { // until one waits, and is cut off
			_, err = conn.Exec(committing, `SELECT pg_logical_emit_message(true, 'test', '')`)
		}
	})
	defer commits.Wait()
	defer over()
	conn, err := pgx.Connect(ctx, s.dsn.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for waits := false; !waits; {
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep')`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
}

// EndWaits ends every wait for a replica with that function of the server, until
// stop is called or the test ends.
func (s *Server) EndWaits(t testing.TB, function string) (stop func()) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.dsn.String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ending sync.WaitGroup
	ending.Go(func() {
		defer conn.Close(context.Background())
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for err := error(nil); err == nil; {
			select {
			case <-ticker.C:
				_, err = conn.Exec(ctx, `SELECT `+function+`(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
			case <-ctx.Done():
				return
			}
		}
	})
	stop = func() { cancel(); ending.Wait() }
	t.Cleanup(stop)
	return stop
}
