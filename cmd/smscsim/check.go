package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/simulator"
)

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check SCENARIO",
		Short: "Check a scenario file: all faults at once, each with file:line:col",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := loadScenario(args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			receipts := uint64(0)
			for _, a := range s.Accounts {
				receipts += a.Count
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is good: %s, %s, %s, %s; play it with smscsim serve --scenario %s\n",
				args[0], many(len(s.Sites), "site"), many(len(s.Accounts), "account"), many(receipts, "receipt"), many(len(s.Events), "event"), args[0])
			return err
		},
	}
}

// many counts things for a person.
func many[N int | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// errFaults is a bad scenario whose faults have been printed already.
var errFaults = errors.New("the scenario has faults")

// loadScenario prints every fault of the file, one a line.
func loadScenario(file string, stderr io.Writer) (*simulator.Scenario, error) {
	s, err := simulator.LoadScenario(file)
	var faults *simulator.ScenarioError
	switch {
	case errors.As(err, &faults):
		_, _ = fmt.Fprintln(stderr, faults)
		return nil, errFaults
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault{fmt.Errorf("there is no file %q; examples stand in examples/scenarios", file)}
	case errors.Is(err, fs.ErrPermission):
		return nil, fault{fmt.Errorf("%q may not be read by this user: chmod a+r %s", file, file)}
	case err != nil:
		return nil, fault{fmt.Errorf("%w: name a scenario file; examples stand in examples/scenarios", err)}
	}
	return s, nil
}
