package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/config"
)

func checkCommand() *cobra.Command {
	var file string
	var strict, print bool
	cmd := &cobra.Command{
		Use:   "check -c FILE",
		Short: "Check a configuration: every fault at once, then warnings",
		Long: `Check a configuration and open nothing: no bind, no journal, no webhook.

Each fault is one line, file:line:col: path: what is wrong and what would be right. The cases of rules
are run. Secrets are read, and shown nowhere. Exit code 0 also with warnings, 2 with faults, and with
--strict 2 with warnings too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usageError("name the configuration: %s -c FILE", cmd.CommandPath())
			}
			cfg, faults, warnings := config.Load(cmd.Context(), file, config.Options{Environ: os.Environ()})
			printFaults(cmd.ErrOrStderr(), "", faults)
			printFaults(cmd.ErrOrStderr(), "warning: ", warnings)
			if len(faults) > 0 || strict && len(warnings) > 0 {
				return exitError{code: exitUsage}
			}
			if print {
				return cfg.Print(cmd.OutOrStdout())
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%[1]s is good: %[2]s, %[3]s, %[4]s; next: dlrgate run -c %[1]s, or dlrgate reload\n", file,
				count(len(cfg.Operators), "operator"), count(len(cfg.Endpoints), "endpoint"), count(len(warnings), "warning"))
			if len(cfg.Admin.Tokens) == 0 { // no warning, which --strict would refuse: alone on a laptop that is meant
				fmt.Fprintln(cmd.OutOrStdout(), "open: "+openToAll)
			}
			return nil
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().BoolVar(&strict, "strict", false, "fail on warnings too")
	cmd.Flags().BoolVar(&print, "print", false, "print the effective configuration, secrets as ***")
	return cmd
}

// openToAll says what a configuration without tokens means, which only loopback
// allows.
const openToAll = "any user of this machine is admin, until admin.tokens is set"

func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
