package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/simulator"
)

func newDialects() *cobra.Command {
	return &cobra.Command{
		Use:   "dialects",
		Short: "List the dialects and the quirks that can be added to one",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "DIALECT\tPROFILE\tWHAT IS SPECIAL")
			for _, d := range simulator.Dialects() {
				fmt.Fprintf(w, "%s\t%s\t%s\n", d.Name, d.Profile, d.Summary)
			}
			fmt.Fprintln(w, "\nQUIRK\tadd with a plus sign: --dialect vonage+utf16be+data_sm\t")
			for _, q := range simulator.Quirks() {
				fmt.Fprintf(w, "%s\t%s\t\n", q.Name, q.Summary)
			}
			if err := w.Flush(); err != nil {
				return fault{err}
			}
			return nil
		},
	}
}
