// Command dlrgate is an SMPP delivery-receipt gateway: it binds to operators'
// SMSCs, translates their receipts, and hands them to webhooks.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/cmd/internal/plain"
	"github.com/dlrgate/dlrgate/cmd/internal/usage"
)

// Exit codes of every command.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2 // wrong usage, or a faulty configuration
	exitNotFound = 3
)

func main() {
	os.Exit(execute(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// exitError is a failure with an exit code of its own. An err of nil has been
// said in full already.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// usageError is wrong usage that cobra cannot see.
func usageError(format string, args ...any) error {
	return exitError{exitUsage, fmt.Errorf(format, args...)}
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	out := &output{Writer: &plain.Writer{Writer: stdout}}
	root.SetOut(out)
	root.SetErr(stderr)
	root.InitDefaultCompletionCmd()
	usage.Prepare(root)
	working := false
	markWork(root, &working)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = out.failed()
	}
	if err == nil {
		return exitOK
	}
	code := exitFailed
	if !working {
		code = exitUsage
		err = usage.Line(cmd, err)
	}
	if e := (exitError{}); errors.As(err, &e) {
		if e.err == nil {
			return e.code
		}
		code = e.code
	}
	fmt.Fprintln(&plain.Writer{Writer: stderr}, "dlrgate:", oneLine(err)) // it may quote what a server said
	return code
}

// oneLine is for errors that have several, as cobra's suggestions and joined
// errors do.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// markWork sets working when a command's own work begins: an error before that
// is one of usage.
func markWork(cmd *cobra.Command, working *bool) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			*working = true
			return run(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		markWork(sub, working)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "dlrgate",
		Short: "SMPP delivery-receipt gateway: operators' receipts in, documented statuses out to webhooks",
		Example: `  dlrgate demo                                    the whole chain on this machine, no file needed
  dlrgate check -c dlrgate.yaml                   every fault of a configuration, with its line
  dlrgate run -c dlrgate.yaml                     the gateway
  dlrgate explain "id:1 stat:UNDELIV err:001"     what a receipt becomes, and why`,
		Version:       buildVersion().Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(runCommand(), demoCommand(), checkCommand(), explainCommand(), statusesCommand(), versionCommand(),
		statusCommand(), receiptsCommand(), receiptCommand(), replayCommand(), retranslateCommand(), deadCommand(), parkedCommand(), unmappedCommand(),
		endpointsCommand(), bindsCommand(), reloadCommand(), backupCommand(), eraseCommand(), manCommand())
	return root
}
