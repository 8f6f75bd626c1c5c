package docs_test

import (
	"bufio"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

// room is a network of a document's own, so that several documents use the same
// ports at once. The zero value is the machine's own network.
type room struct{ pid int }

// newRoom makes a network that ends with the test. Where this machine allows
// none, it is the machine's own, and the test is not run beside others.
func newRoom(t *testing.T) room {
	t.Helper()
	// a process that holds the network until its input is closed
	holder := exec.Command("unshare", "--user", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && echo ready && read -r _")
	holder.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, inErr := holder.StdinPipe()
	out, outErr := holder.StdoutPipe()
	if inErr != nil || outErr != nil || holder.Start() != nil {
		return room{}
	}
	t.Cleanup(func() { _ = in.Close(); _ = holder.Wait() })
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Log("this machine has no networks to give away: unshare, ip")
		return room{}
	}
	t.Parallel()
	return room{holder.Process.Pid}
}

// shell is a shell that runs a script in the room.
func (r room) shell(script string) []string {
	if r.pid == 0 {
		return []string{"bash", "-c", script}
	}
	return []string{"nsenter", "--preserve-credentials", "--user", "--net", "--target", strconv.Itoa(r.pid), "bash", "-c", script}
}
