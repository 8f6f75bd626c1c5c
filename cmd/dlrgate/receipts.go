package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// receiptRow is one receipt of a list.
type receiptRow struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	ReceivedAt time.Time `json:"received_at"`
	Operator   string    `json:"operator"`
	Bind       string    `json:"bind,omitempty"`
	MessageID  string    `json:"message_id,omitempty"`
	Recipient  string    `json:"recipient,omitempty"`
	Sender     string    `json:"sender,omitempty"`
	Stat       string    `json:"stat,omitempty"`
	Err        string    `json:"err,omitempty"`
	Status     string    `json:"status,omitempty"`
	Final      bool      `json:"final"`
	Unmapped   bool      `json:"unmapped"`
	Conflict   bool      `json:"conflict"`
	Duplicate  bool      `json:"duplicate"`
	Late       bool      `json:"late"`
	Standing   bool      `json:"standing"`
}

// receiptsFlags choose receipts.
type receiptsFlags struct {
	messageID, recipient, operator, status, since, until string

	limit                 int
	reveal, asJSON, count bool
}

func receiptsCommand() *cobra.Command {
	var f receiptsFlags
	cmd := &cobra.Command{
		Use:   "receipts",
		Short: "Search stored receipts, newest first",
		Long: `Search stored receipts, newest first. A message id is found in any of its forms: with or without leading
zeros, in decimal or in hex. Times are RFC 3339, or a duration back from now. Numbers are masked;
--reveal shows them to a token of role admin, and is logged, as is a search by number, which needs that role.`,
		Example: `  dlrgate receipts --message-id 0059113978
  dlrgate receipts --recipient 33612345678 --since 24h --reveal
  dlrgate receipts --operator acme-fr --status undefined --limit 500 --json
  dlrgate receipts --operator acme-fr --since 2026-11-23T00:00:00Z --until 2026-11-24T00:00:00Z --count`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.messageID, "message-id", "", "the operator's message id, in any form")
	flags.StringVar(&f.recipient, "recipient", "", "the handset's number")
	flags.StringVar(&f.operator, "operator", "", "of this operator")
	flags.StringVar(&f.status, "status", "", "with this status (dlrgate statuses)")
	flags.StringVar(&f.since, "since", "", "received at or after")
	flags.StringVar(&f.until, "until", "", "received before")
	flags.IntVar(&f.limit, "limit", 50, "at most so many")
	flags.BoolVar(&f.count, "count", false, "count them all by status, without showing them; --limit does not apply")
	flags.BoolVar(&f.reveal, "reveal", false, "show numbers in full")
	jsonFlag(cmd, &f.asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error { return f.run(cmd, r) })
}

func (f *receiptsFlags) run(cmd *cobra.Command, r *remote) error {
	since, err := timeFlag("since", f.since)
	if err != nil {
		return err
	}
	until, err := timeFlag("until", f.until)
	if err != nil {
		return err
	}
	if err := statusFlag(f.status); err != nil {
		return err
	}
	if f.limit < 1 {
		return usageError("--limit %d: at least 1 is needed", f.limit)
	}
	query := ask("message_id", f.messageID, "recipient", f.recipient, "operator", f.operator, "status", f.status,
		"since", rfc3339(since), "until", rfc3339(until))
	if f.reveal {
		query.Set("reveal", "1")
	}
	if f.count {
		return f.counted(cmd, r, query)
	}
	found, err := pages[receiptRow](cmd.Context(), r, listing{"receipts", query, f.limit})
	if err != nil {
		return failed(err)
	}
	if f.asJSON {
		return printJSON(cmd.OutOrStdout(), found)
	}
	return printReceipts(cmd, found, f.limit)
}

// rfc3339 writes a time for a query; zero is "".
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func printReceipts(cmd *cobra.Command, found items[receiptRow], limit int) error {
	stderr := cmd.ErrOrStderr()
	missing(cmd, found.Unsearched, found.Standby)
	if len(found.Items) == 0 {
		fmt.Fprintln(stderr, "no receipt found; delivered ones are kept for journal.retention, or less when space is short")
		return nil
	}
	rows := [][]string{{"RECEIVED", "OPERATOR", "MESSAGE ID", "RECIPIENT", "STAT", "ERR", "STATUS", "MARKS", "ID"}}
	for i := range found.Items {
		x := &found.Items[i]
		status := x.Status
		if status == "" {
			status = x.Kind
		}
		rows = append(rows, []string{
			stamp(x.ReceivedAt), orDash(x.Operator), orDash(x.MessageID), orDash(x.Recipient),
			orDash(x.Stat), orDash(x.Err), status, x.marks(), x.ID,
		})
	}
	if err := printTable(cmd.OutOrStdout(), rows); err != nil {
		return err
	}
	if found.Next != "" {
		fmt.Fprintf(stderr, "there are more than %d: narrow it down, or give a higher --limit\n", limit)
	}
	return nil
}

// missing says which receipts a search could not look at.
func missing(cmd *cobra.Command, unsearched int, standby []string) {
	if unsearched > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s could not be looked at yet, since the search is behind: ask again when dlrgate status says nothing of it\n",
			count(unsearched, "receipt"))
	}
	if len(standby) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "receipts of %s are not among these: another gateway holds them, ask that one\n", strings.Join(standby, ", "))
	}
}

// marks are what is unusual about a receipt.
func (x *receiptRow) marks() string {
	var marks []string
	for _, m := range []struct {
		is   bool
		word string
	}{{x.Unmapped, "unmapped"}, {x.Conflict, "conflict"}, {x.Duplicate, "duplicate"}, {x.Late, "late"}} {
		if m.is {
			marks = append(marks, m.word)
		}
	}
	return orDash(strings.Join(marks, ","))
}
