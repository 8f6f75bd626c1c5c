package main

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestNotify plays the service manager of the real program.
func TestNotify(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	socket := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	deadline, _ := ctx.Deadline()
	if err := manager.SetReadDeadline(deadline); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	told := func(want string) {
		t.Helper()
		var b [64]byte
		n, err := manager.Read(b[:])
		if err != nil || string(b[:n]) != want {
			t.Fatalf("told %q, not %q: %v", b[:n], want, err)
		}
	}
	p := start(ctx, t, configure(t, `
listen: 127.0.0.1:0
journal: {min_free_disk: 1MiB}
operators: [{name: acme, addresses: ["127.0.0.1:1"], system_id: gw, enabled: false}]
endpoints: [{name: app, url: "http://127.0.0.1:1/dlr"}]
`, nil))
	told("READY=1")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	told("RELOADING=1")
	told("READY=1")
	if code := p.stop(ctx, t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	told("STOPPING=1")
}
