//go:build faultpoints

package faults_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestClock sets the wall clock three days and more on, and back, under a
// gateway that has a backlog, and again while it does not run: nothing is dead
// or pruned, and every signature carries the time that the clock shows.
func TestClock(t *testing.T) {
	longOnly(t, "builds the standard library anew")
	for name, jump := range map[string]time.Duration{"forward": 76 * time.Hour, "back": -76 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			const receipts = 3000
			clock := newClock(t)
			wrong := new(atomic.Int64)
			w := newWorld(t, 2*time.Minute, setup{
				Program: skewed, Env: []string{clockVariable + "=" + clock.file},
				Journal:  "retention: 1h",
				Endpoint: "retry: {initial: 50ms, max: 500ms, give_up_after: 1h}",
				Sink:     simulator.SinkOptions{Tolerance: 80 * time.Hour},
				Hook: func(_ http.ResponseWriter, r *http.Request) bool {
					seconds, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
					if off := time.Unix(seconds, 0).Sub(clock.now()).Abs(); off > time.Minute {
						wrong.Add(1)
					}
					return false
				},
			})
			w.run()
			w.play(receipts)
			w.must(w.app.WaitFor(w.ctx, receipts/10))
			w.door.close()
			w.must(w.smsc.WaitOK(w.ctx, receipts/2))
			w.struck("the jump", waiting, delivered)
			clock.set(jump)
			w.must(w.smsc.WaitOK(w.ctx, receipts))
			w.failed(10)
			w.kill()
			w.crashed()
			w.struck("the jump back", waiting, delivered)
			clock.set(0)
			w.run()
			w.failed(10)
			w.must(w.door.open())
			w.verdict()
			if n := wrong.Load(); n > 0 {
				t.Errorf("%d requests did not carry the time of the clock", n)
			}
		})
	}
}

// TestClockParked turns the clock back while a receipt is parked and the gateway
// does not run: the receipt does not wait for the clock to come round again.
func TestClockParked(t *testing.T) {
	longOnly(t, "builds the standard library anew")
	clock := newClock(t)
	clock.set(76 * time.Hour)
	w := newWorld(t, patience, setup{
		Program: skewed, Env: []string{clockVariable + "=" + clock.file},
		Sink: simulator.SinkOptions{Tolerance: 80 * time.Hour}, Hook: refusing(loneRecipient()),
	})
	w.run()
	w.play(500)
	w.eventually("parked", func() bool { return w.metric("dlrgate_parked_receipts", "") == 1 })
	w.struck("the jump back", waiting)
	w.kill()
	w.crashed()
	clock.set(0)
	w.run()
	w.verdict()
}

// clockVariable names the file that says by how many seconds the program's wall
// clock is off.
const clockVariable = "DLRGATE_TEST_CLOCK"

// clock is the wall clock of a program built by skewed: eight octets that it
// has mapped, so that a jump comes at any moment, as the system's does.
type clock struct {
	t    *testing.T
	file string
	page []byte

	mu   sync.Mutex
	jump time.Duration
}

func newClock(t *testing.T) *clock {
	t.Helper()
	c := &clock{t: t, file: filepath.Join(t.TempDir(), "clock")}
	f, err := os.OpenFile(c.file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(8); err != nil {
		t.Fatal(err)
	}
	if c.page, err = unix.Mmap(int(f.Fd()), 0, 8, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(c.page) })
	return c
}

// set makes the program's clock differ from ours by the jump.
func (c *clock) set(jump time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jump = jump
	binary.NativeEndian.PutUint64(c.page, uint64(int64(jump/time.Second)))
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.jump)
}

// skewed builds the program with a package time whose Now obeys a clock. Every
// use of the wall clock goes through it, in our code and in the libraries;
// faketime cannot do it, because Go asks the kernel without the C library.
var skewed = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(folder, "time.go"))
	if err != nil {
		return "", err
	}
	const reads = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if !strings.Contains(string(source), reads) {
		return "", fmt.Errorf("time.Now of %s reads the clock in another way", folder)
	}
	patched := filepath.Join(buildDir, "time.go")
	err = os.WriteFile(patched, []byte(strings.Replace(string(source), reads, reads+"\tsec += skew()\n", 1)), 0o600)
	if err != nil {
		return "", err
	}
	skew, err := filepath.Abs("testdata/skew.go")
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(folder, "time.go"): patched, filepath.Join(folder, "skew.go"): skew,
	}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(buildDir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	return build("dlrgate-skewed", "-overlay", list)
})
