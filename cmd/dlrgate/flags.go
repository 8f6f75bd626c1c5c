package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/config"
)

// jsonFlag adds --json.
func jsonFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// timeFlag reads a flag that is RFC 3339 or a duration back from now; "" is zero.
func timeFlag(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := parseTime(text, time.Now())
	if err != nil {
		return t, usageError("--%s %w", name, err)
	}
	return t.UTC(), nil
}

// statusFlag checks a flag that is a status; "" is any.
func statusFlag(name string) error {
	if name == "" {
		return nil
	}
	if err := config.CheckStatus(name); err != nil {
		return usageError("--status %w; dlrgate statuses lists them", err)
	}
	return nil
}

// ask is a query of the gateway; empty values are left out.
func ask(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// confirm asks on a terminal whether to go on; elsewhere, and with --yes, nobody
// is asked.
func confirm(cmd *cobra.Command, yes bool, question string, args ...any) error {
	in, ok := cmd.InOrStdin().(*os.File)
	if yes || !ok || !isTerminal(in) {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), question+" [y/N] ", args...)
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && answer == "" {
		return errors.New("nothing was done: there was no answer")
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

// isTerminal reports whether somebody can answer at f.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
