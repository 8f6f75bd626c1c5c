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
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is good: %d sites, %d accounts, %d receipts, %d events; play it with smscsim serve --scenario %s\n",
				args[0], len(s.Sites), len(s.Accounts), receipts, len(s.Events), args[0])
			return err
		},
	}
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
	case err != nil:
		return nil, fault{err}
	}
	return s, nil
}
