package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// parkedRow is one parked delivery as the gateway tells it.
type parkedRow struct {
	Endpoint  string    `json:"endpoint"`
	ReceiptID string    `json:"receipt_id"`
	Class     string    `json:"class"`
	Since     time.Time `json:"since"`
	NextTry   time.Time `json:"next_try"`
	Tries     int       `json:"tries"`
	Reason    string    `json:"reason"`
}

func parkedCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "parked",
		Short: "List deliveries that wait for a later try; try them now, or give them up",
		Long: `Parked deliveries were refused, or failed while others passed: they are tried again one by one, and the
endpoint goes on with the rest. What is given up becomes a dead letter.`,
	}
	cmd.AddCommand(listParkedCommand(),
		parkedActCommand("retry", "Try all that is parked at an endpoint now", "", "tried as soon as the endpoint takes others"),
		parkedActCommand("give-up", "Make dead letters of all that is parked at an endpoint", "Give up all that is parked at %s?", "given up; see: dlrgate dead list"))
	return cmd
}

func listParkedCommand() *cobra.Command {
	var endpoint string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List parked deliveries, oldest first at each endpoint", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "at this endpoint")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most so many, up to 1000")
	jsonFlag(cmd, &asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		if limit < 1 || limit > 1000 {
			return usageError("--limit %d: 1 to 1000", limit)
		}
		query := ask("endpoint", endpoint)
		query.Set("limit", strconv.Itoa(limit))
		var found items[parkedRow]
		if err := r.get(cmd.Context(), "parked", query, &found); err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), found)
		}
		if len(found.Items) == 0 {
			fmt.Fprintln(cmd.ErrOrStderr(), "nothing is parked")
			return nil
		}
		rows := [][]string{{"ENDPOINT", "CLASS", "SINCE", "TRIES", "NEXT TRY", "REASON", "RECEIPT"}}
		for _, x := range found.Items {
			rows = append(rows, []string{x.Endpoint, x.Class, stamp(x.Since), strconv.Itoa(x.Tries), stamp(x.NextTry), orDash(printable(x.Reason)), x.ReceiptID})
		}
		return printTable(cmd.OutOrStdout(), rows)
	})
}

// parkedActCommand does act at one endpoint, after asking question on a terminal,
// and says what became of the deliveries.
func parkedActCommand(act, short, question, became string) *cobra.Command {
	var endpoint string
	var yes bool
	cmd := &cobra.Command{Use: act + " --endpoint E", Short: short, Args: cobra.NoArgs}
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "whose parked deliveries (needed)")
	if question != "" {
		cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	}
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		if endpoint == "" {
			return usageError("whose parked deliveries? give --endpoint E")
		}
		if question != "" {
			if err := confirm(cmd, yes, question, endpoint); err != nil {
				return err
			}
		}
		var n struct {
			Deliveries int `json:"deliveries"`
		}
		if err := r.post(cmd.Context(), "parked/"+act, map[string]any{"endpoint": endpoint}, &n); err != nil {
			return failed(err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", count(n.Deliveries, "parked receipt"), became)
		return nil
	})
}
