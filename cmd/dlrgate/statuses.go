package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/mapping"
)

// statusRow is one documented status, with the contract's names.
type statusRow struct {
	Name     string `json:"name"`
	Code     int    `json:"code"`
	Label    string `json:"label"`
	Category string `json:"category"`
	Final    string `json:"final"`
	Advice   string `json:"advice"`
	Meaning  string `json:"meaning"`
}

func statusesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "statuses",
		Short: "List the documented statuses",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				rows := []statusRow{}
				for _, s := range mapping.Statuses() {
					rows = append(rows, statusRow(s))
				}
				return printJSON(cmd.OutOrStdout(), rows)
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
