package main

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// bindRow is one bind as the gateway tells it.
type bindRow struct {
	Name         string            `json:"name"`
	Operator     string            `json:"operator"`
	Account      string            `json:"account"`
	Address      string            `json:"address"`
	State        string            `json:"state"`
	Since        time.Time         `json:"since,omitzero"`
	UnboundSince time.Time         `json:"unbound_since,omitzero"`
	Attempts     int               `json:"attempts,omitempty"`
	NextAttempt  time.Time         `json:"next_attempt,omitzero"`
	LastReceipt  time.Time         `json:"last_receipt,omitzero"`
	Silent       bool              `json:"silent"`
	Window       int               `json:"window"`
	InWindow     int               `json:"in_window"`
	LastError    string            `json:"last_error,omitempty"`
	LastErrorAt  time.Time         `json:"last_error_at,omitzero"`
	Advice       string            `json:"advice,omitempty"`
	Answered     map[string]uint64 `json:"answered"`
}

func bindsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "binds", Short: "List binds; unbind one and keep it so, or let it bind again"}
	cmd.AddCommand(listBindsCommand(),
		bindActCommand("unbind", "Unbind, and keep it so across restarts until `binds bind`", "unbinds, and stays so until: dlrgate binds bind %s\n"),
		bindActCommand("bind", "Let a bind bind again, or try at once", "tries to bind now; see: dlrgate binds list\n"))
	return cmd
}

func listBindsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List binds and how they stand", Args: cobra.NoArgs}
	jsonFlag(cmd, &asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		var all items[bindRow]
		if err := r.get(cmd.Context(), "binds", nil, &all); err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), all)
		}
		if err := printBinds(cmd.OutOrStdout(), all.Items); err != nil {
			return err
		}
		printUnbound(cmd.OutOrStdout(), all.Items, time.Now())
		return nil
	})
}

func bindActCommand(act, short, said string) *cobra.Command {
	cmd := &cobra.Command{Use: act + " NAME", Short: short, Args: cobra.ExactArgs(1)}
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, args []string) error {
		name := args[0]
		if err := r.post(cmd.Context(), "binds/"+url.PathEscape(name)+"/"+act, nil, &struct{}{}); err != nil {
			return failed(err)
		}
		if strings.Contains(said, "%s") {
			said = fmt.Sprintf(said, name)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s", name, said)
		return nil
	})
}

// printBinds prints a row a bind; since when it is not bound counts more than
// since when the present attempt runs.
func printBinds(w io.Writer, binds []bindRow) error {
	rows := [][]string{{"BIND", "STATE", "SINCE", "LAST RECEIPT", "WINDOW", "ADDRESS", "LAST ERROR"}}
	for _, b := range binds {
		state, since, last := b.State, b.Since, "none since the start"
		if b.Silent {
			state += ", silent"
		}
		if !b.UnboundSince.IsZero() {
			since = b.UnboundSince
		}
		if !b.LastReceipt.IsZero() {
			last = stamp(b.LastReceipt)
		}
		rows = append(rows, []string{
			orDash(b.Name), state, stamp(since), last,
			strconv.Itoa(b.InWindow) + "/" + strconv.Itoa(b.Window), orDash(b.Address), b.pastError(),
		})
	}
	return printTable(w, rows)
}

// pastError is the last error with its time.
func (b *bindRow) pastError() string {
	switch {
	case b.LastError == "":
		return "-"
	case b.State == "bound":
		return "over, at " + stamp(b.LastErrorAt) + ": " + printable(b.LastError)
	}
	return "at " + stamp(b.LastErrorAt) + ": " + printable(b.LastError)
}

// printUnbound says of each bind that is not bound for how long, when it is tried
// again, and what to do.
func printUnbound(w io.Writer, binds []bindRow, now time.Time) {
	for i := range binds {
		b := &binds[i]
		if b.State == "bound" || b.State == "standby" || b.UnboundSince.IsZero() {
			continue
		}
		fmt.Fprintf(w, "\n%s is not bound for %s, attempts: %d", b.Name, now.Sub(b.UnboundSince).Round(time.Second), b.Attempts)
		if !b.NextAttempt.IsZero() {
			fmt.Fprintf(w, ", next try at %s (in %s)", stamp(b.NextAttempt), max(0, b.NextAttempt.Sub(now)).Round(time.Second))
		}
		fmt.Fprintln(w)
		if b.Advice != "" {
			fmt.Fprintf(w, "  do: %s\n", printable(b.Advice))
		}
	}
}
