package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/config"
)

// retranslation is what the gateway tells of stored receipts under new rules.
type retranslation struct {
	Receipts int `json:"receipts"`
	Changed  int `json:"changed"`
	Totals   []struct {
		Operator string `json:"operator"`
		From     string `json:"from"`
		To       string `json:"to"`
		Receipts int    `json:"receipts"`
	} `json:"totals"`
	Changes []struct {
		ID         string    `json:"id"`
		Operator   string    `json:"operator"`
		MessageID  string    `json:"message_id,omitempty"`
		ReceivedAt time.Time `json:"received_at"`
		Stat       string    `json:"stat,omitempty"`
		Err        string    `json:"err,omitempty"`
		From       string    `json:"from"`
		To         string    `json:"to"`
		// Decision is the new one, for programs.
		Decision json.RawMessage `json:"decision"`
	} `json:"changes"`
	Replays []string `json:"replays"`
}

// retranslateFlags choose receipts and what becomes of those that change.
type retranslateFlags struct {
	since, operator, endpoint string
	send, yes, asJSON         bool
}

func retranslateCommand() *cobra.Command {
	var f retranslateFlags
	cmd := &cobra.Command{
		Use:   "retranslate -c NEW --since T",
		Short: "Show what stored receipts would become by the rules of another configuration, and send what changes",
		Long: `Read stored receipts by the rules of the configuration NEW and print whose status would change. With --send
only those are sent to --endpoint, as replays with the new status. What is stored stays; the new decision
is added to the receipt's history.`,
		Example: `  dlrgate retranslate -c new.yaml --since 24h
  dlrgate retranslate -c new.yaml --since 24h --operator acme-fr --send --endpoint app`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.since, "since", "", "received at or after: RFC 3339, or a duration back from now")
	flags.StringVar(&f.operator, "operator", "", "of this operator")
	flags.BoolVar(&f.send, "send", false, "send those that change")
	flags.StringVar(&f.endpoint, "endpoint", "", "the endpoint that gets them")
	flags.BoolVar(&f.yes, "yes", false, "do not ask before sending")
	jsonFlag(cmd, &f.asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error { return f.run(cmd, r) })
}

func (f *retranslateFlags) run(cmd *cobra.Command, r *remote) error {
	switch {
	case r.file == "":
		return usageError("name the configuration with the new rules: %s -c NEW", cmd.CommandPath())
	case f.since == "":
		return usageError("--since is needed: from when on?")
	case f.send != (f.endpoint != ""):
		return usageError("--send and --endpoint belong together")
	}
	since, err := timeFlag("since", f.since)
	if err != nil {
		return err
	}
	cfg, _, err := load(cmd, r.file, config.Options{Secrets: config.NoSecrets})
	if err != nil {
		return err
	}
	var rules bytes.Buffer
	if err := cfg.Print(&rules); err != nil { // paths absolute, secrets ***
		return err
	}
	order := map[string]any{"config": rules.String(), "since": rfc3339(since)}
	if f.operator != "" {
		order["operator"] = f.operator
	}
	var result retranslation
	if err := r.post(cmd.Context(), "retranslate", order, &result); err != nil {
		return sayFaults(cmd, failed(err), nil)
	}
	if f.send && result.Changed > 0 {
		if err := confirm(cmd, f.yes, "Send %s to %s with the new status?", count(result.Changed, "receipt"), f.endpoint); err != nil {
			return err
		}
		order["send"], order["endpoint"] = true, f.endpoint
		if err := r.post(cmd.Context(), "retranslate", order, &result); err != nil {
			return sayFaults(cmd, failed(err), nil)
		}
	}
	if f.asJSON {
		return printJSON(cmd.OutOrStdout(), result)
	}
	return result.print(cmd.OutOrStdout())
}

func (t *retranslation) print(w io.Writer) error {
	fmt.Fprintf(w, "%s read by the new rules, %d would change\n", count(t.Receipts, "receipt"), t.Changed)
	if t.Changed == 0 {
		return nil
	}
	rows := [][]string{{"OPERATOR", "FROM", "TO", "RECEIPTS"}}
	for _, c := range t.Totals {
		rows = append(rows, []string{orDash(c.Operator), c.From, c.To, strconv.Itoa(c.Receipts)})
	}
	if err := printSection(w, "CHANGES", rows); err != nil {
		return err
	}
	rows = [][]string{{"RECEIVED", "OPERATOR", "MESSAGE ID", "STAT", "ERR", "FROM", "TO", "ID"}}
	for i := range t.Changes {
		c := &t.Changes[i]
		rows = append(rows, []string{
			stamp(c.ReceivedAt), orDash(c.Operator), orDash(c.MessageID), orDash(c.Stat), orDash(c.Err), c.From, c.To, c.ID,
		})
	}
	if err := printSection(w, "RECEIPTS", rows); err != nil {
		return err
	}
	if more := t.Changed - len(t.Changes); more > 0 {
		fmt.Fprintf(w, "… and %d more\n", more)
	}
	if len(t.Replays) > 0 {
		fmt.Fprintf(w, "\n%s sends them; see: dlrgate replay list\n", count(len(t.Replays), "replay"))
	}
	return nil
}
