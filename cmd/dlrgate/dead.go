package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// deadRow is one dead letter as the gateway tells it.
type deadRow struct {
	ID        int64     `json:"id"`
	Endpoint  string    `json:"endpoint"`
	Class     string    `json:"class"`
	Operator  string    `json:"operator"`
	From      uint64    `json:"from_sequence"`
	To        uint64    `json:"to_sequence"`
	Count     int       `json:"deliveries"`
	At        time.Time `json:"at"`
	Reason    string    `json:"reason"`
	ReceiptID string    `json:"receipt_id,omitempty"`
}

// deadCount is how many dead letters an act touches.
type deadCount struct {
	Letters    int      `json:"letters"`
	Deliveries int      `json:"deliveries"`
	Replays    []string `json:"replays,omitempty"`
}

func deadCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "List deliveries that were given up; send them again, or drop them",
		Long: `Dead letters are deliveries that were given up: refused by the endpoint (class refused), or waiting while
it was not reached for longer than retry.give_up_after (class unreachable, also as ranges). An ID is the
number of a dead letter; that of a receipt names the dead letters of it alone.`,
	}
	cmd.AddCommand(listDeadCommand(),
		deadActCommand("retry", "Send dead letters again under their first webhook-id", "Send %s in %s to their endpoints again?"),
		deadActCommand("drop", "Forget dead letters: they are never delivered", "Drop %s in %s for ever?"))
	return cmd
}

func listDeadCommand() *cobra.Command {
	var endpoint string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List dead letters, oldest first", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "of this endpoint")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most so many")
	jsonFlag(cmd, &asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		if limit < 1 {
			return usageError("--limit %d: at least 1 is needed", limit)
		}
		found, err := pages[deadRow](cmd.Context(), r, listing{"dead", ask("endpoint", endpoint), limit})
		if err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), found)
		}
		if len(found.Items) == 0 {
			fmt.Fprintln(cmd.ErrOrStderr(), "there are no dead letters")
			return nil
		}
		rows := [][]string{{"ID", "ENDPOINT", "CLASS", "OPERATOR", "DELIVERIES", "SINCE", "REASON", "RECEIPT"}}
		for _, x := range found.Items {
			what := x.ReceiptID
			if what == "" {
				what = fmt.Sprintf("sequence %d to %d", x.From, x.To)
			}
			rows = append(rows, []string{
				strconv.FormatInt(x.ID, 10), orDash(x.Endpoint), x.Class, orDash(x.Operator), strconv.Itoa(x.Count),
				stamp(x.At), orDash(printable(x.Reason)), what,
			})
		}
		return printTable(cmd.OutOrStdout(), rows)
	})
}

func deadActCommand(act, short, question string) *cobra.Command {
	var endpoint string
	var all, yes bool
	cmd := &cobra.Command{Use: act + " (--endpoint E | --all | ID…)", Short: short, Args: cobra.ArbitraryArgs}
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "all of this endpoint (--all may stand beside it)")
	cmd.Flags().BoolVar(&all, "all", false, "all there are")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, args []string) error {
		order, err := deadOrder(endpoint, all, args)
		if err != nil {
			return err
		}
		order["dry_run"] = true
		var n deadCount
		if err := r.post(cmd.Context(), "dead/"+act, order, &n); err != nil {
			return failed(err)
		}
		if n.Letters == 0 {
			fmt.Fprintln(cmd.OutOrStdout(), "there are no such dead letters")
			return nil
		}
		if err := confirm(cmd, yes, question, count(n.Deliveries, "undelivered receipt"), count(n.Letters, "dead letter")); err != nil {
			return err
		}
		order["dry_run"] = false
		if err := r.post(cmd.Context(), "dead/"+act, order, &n); err != nil {
			return failed(err)
		}
		if act == "drop" {
			fmt.Fprintf(cmd.OutOrStdout(), "%s dropped\n", count(n.Deliveries, "dead letter"))
			return nil
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s sent again as %s; see: dlrgate replay list\n", count(n.Deliveries, "dead letter"), strings.Join(n.Replays, ", "))
		return nil
	})
}

// deadOrder names dead letters in one of three ways; --all beside --endpoint are
// all of that endpoint.
func deadOrder(endpoint string, all bool, args []string) (map[string]any, error) {
	order := map[string]any{}
	if endpoint != "" {
		order["endpoint"] = endpoint
	}
	if all && endpoint == "" {
		order["all"] = true
	}
	for _, arg := range args {
		if _, err := strconv.ParseInt(arg, 10, 64); err != nil && !strings.HasPrefix(arg, "rcpt_") {
			return nil, usageError("%q is no dead letter's number and no receipt's id: see dlrgate dead list", arg)
		}
	}
	if len(args) > 0 {
		order["ids"] = args
	}
	if len(order) != 1 {
		return nil, usageError("which dead letters? give exactly one of --endpoint E, --all and ID…")
	}
	return order, nil
}
