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
	Name        string            `json:"name"`
	Operator    string            `json:"operator"`
	Account     string            `json:"account"`
	Address     string            `json:"address"`
	State       string            `json:"state"`
	Since       time.Time         `json:"since,omitzero"`
	LastReceipt time.Time         `json:"last_receipt,omitzero"`
	Silent      bool              `json:"silent"`
	Window      int               `json:"window"`
	InWindow    int               `json:"in_window"`
	LastError   string            `json:"last_error,omitempty"`
	Advice      string            `json:"advice,omitempty"`
	Answered    map[string]uint64 `json:"answered"`
}

func bindsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "binds", Short: "List binds; unbind one and keep it so, or let it bind again"}
	cmd.AddCommand(listBindsCommand(),
		bindActCommand("unbind", "Unbind, and keep it so across restarts until `binds bind`", "unbinds, and stays so until: dlrgate binds bind %s\n"),
		bindActCommand("bind", "Let a bind bind again, or try at once", "binds: dlrgate binds list\n"))
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
		return printBinds(cmd.OutOrStdout(), all.Items)
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

func printBinds(w io.Writer, binds []bindRow) error {
	rows := [][]string{{"BIND", "STATE", "SINCE", "LAST RECEIPT", "WINDOW", "ADDRESS", "LAST ERROR"}}
	for _, b := range binds {
		state := b.State
		if b.Silent {
			state += ", silent"
		}
		rows = append(rows, []string{
			orDash(b.Name), state, stamp(b.Since), stamp(b.LastReceipt),
			strconv.Itoa(b.InWindow) + "/" + strconv.Itoa(b.Window), orDash(b.Address), orDash(printable(b.LastError)),
		})
	}
	return printTable(w, rows)
}
