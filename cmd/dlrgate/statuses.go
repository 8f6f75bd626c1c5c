package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/mapping"
)

func statusesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "statuses",
		Short: "List the documented statuses",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return printJSON(cmd.OutOrStdout(), mapping.Statuses())
			}
			table := [][]string{{"NAME", "CODE", "LABEL", "CATEGORY", "FINAL", "ADVICE"}}
			for _, i := range mapping.Statuses() {
				table = append(table, []string{i.Name, strconv.Itoa(i.Code), i.Label, i.Category, i.Final, i.Advice})
			}
			return printTable(cmd.OutOrStdout(), table)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
