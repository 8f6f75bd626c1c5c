// Command smscsim plays the two ends of a delivery-receipt gateway: an
// operator's SMSC and a webhook.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/cmd/internal/plain"
	"github.com/dlrgate/dlrgate/cmd/internal/usage"
)

// Exit codes.
const (
	exitOK    = 0
	exitFault = 1
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// fault is a failure of the work asked for; every other error is one of usage.
type fault struct{ error }

func (f fault) Unwrap() error { return f.error }

// errVerdict is a fault that has been printed in full already.
var errVerdict = errors.New("the verdict is not good")

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&plain.Writer{Writer: stdout})
	root.SetErr(stderr)
	usage.Prepare(root)
	cmd, err := root.ExecuteContextC(ctx)
	var f fault
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errVerdict):
		return exitFault
	case errors.Is(err, errFaults):
		return exitUsage
	case errors.As(err, &f):
		fmt.Fprintln(stderr, "smscsim:", err)
		return exitFault
	}
	fmt.Fprintln(stderr, "smscsim:", usage.Line(cmd, err))
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "smscsim",
		Short: "Plays an operator's SMSC and a webhook, to test a delivery-receipt gateway against",
		Example: `  smscsim sink                        takes webhooks on 127.0.0.1:9000
  smscsim serve --count 100           sends 100 receipts to whoever binds to 127.0.0.1:2775
  smscsim storm --rate 5000           both, with a verdict: nothing that was answered OK is lost
  smscsim dialects                    what receipts can look like`,
		Version:       buildVersion(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newServe(), newSink(), newStorm(), newCheck(), newDialects(), newVersion(), newMan())
	return root
}
