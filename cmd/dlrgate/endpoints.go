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

// endpointRow is one endpoint as the gateway tells it.
type endpointRow struct {
	Name        string         `json:"name"`
	URL         string         `json:"url,omitempty"`
	State       string         `json:"state"`
	Lag         int            `json:"lag"`
	Oldest      time.Time      `json:"oldest_waiting,omitzero"`
	InFlight    int            `json:"in_flight"`
	BreakerOpen bool           `json:"breaker_open"`
	Paused      bool           `json:"paused"`
	Disabled    bool           `json:"disabled"`
	DisabledWhy string         `json:"disabled_reason,omitempty"`
	Failing     time.Time      `json:"failing_since,omitzero"`
	LastFailure string         `json:"last_failure,omitempty"`
	Advice      string         `json:"advice,omitempty"`
	Parked      map[string]int `json:"parked"`
	Dead        map[string]int `json:"dead"`
}

func endpointsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "endpoints", Short: "List webhooks; test, pause, resume, enable or forget one"}
	cmd.AddCommand(listEndpointsCommand(), testEndpointCommand(),
		endpointActCommand("pause", "Stop POSTs; receipts wait, across restarts too", "is paused; go on with: dlrgate endpoints resume %s"),
		endpointActCommand("resume", "End a pause", "goes on"),
		endpointActCommand("enable", "Revive an endpoint that 410 answers disabled, or try one that is down at once", "is enabled, and tried at once if it was down; see: dlrgate endpoints list"),
		forgetEndpointCommand())
	return cmd
}

func listEndpointsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List endpoints and how they stand", Args: cobra.NoArgs}
	jsonFlag(cmd, &asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		var all items[endpointRow]
		if err := r.get(cmd.Context(), "endpoints", nil, &all); err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), all)
		}
		return printEndpoints(cmd.OutOrStdout(), all.Items)
	})
}

func testEndpointCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "test NAME", Short: "Send a sms.receipt.test event now", Args: cobra.ExactArgs(1)}
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, args []string) error {
		var result struct {
			Taken  bool   `json:"taken"`
			Status int    `json:"http_status"`
			Reason string `json:"reason"`
			Advice string `json:"advice"`
			Answer string `json:"answer"`
			TookMS int64  `json:"took_ms"`
		}
		if err := r.post(cmd.Context(), endpointPath(args[0], "test"), nil, &result); err != nil {
			return failed(err)
		}
		if !result.Taken {
			err := fmt.Errorf("endpoint %s did not take the test event: %s; %s", args[0], printable(result.Reason), result.Advice)
			if result.Answer != "" {
				err = fmt.Errorf("%w; it answered %q", err, result.Answer)
			}
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s took the test event: HTTP %d in %d ms%s\n", args[0], result.Status, result.TookMS, afterTest(cmd, r, args[0]))
		return nil
	})
}

// afterTest says how what waits at an endpoint comes to it at once, now that it
// took a test event. A test changes nothing.
func afterTest(cmd *cobra.Command, r *remote, name string) string {
	var all items[endpointRow]
	if r.get(cmd.Context(), "endpoints", nil, &all) != nil {
		return "" // the test is what was asked for
	}
	for i := range all.Items {
		if e := &all.Items[i]; e.Name == name && (e.Disabled || e.BreakerOpen) {
			return "; it is still " + e.State + ", have it tried at once: dlrgate endpoints enable " + name
		}
	}
	return ""
}

func endpointPath(name, act string) string { return "endpoints/" + url.PathEscape(name) + "/" + act }

func endpointActCommand(act, short, said string) *cobra.Command {
	cmd := &cobra.Command{Use: act + " NAME", Short: short, Args: cobra.ExactArgs(1)}
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, args []string) error {
		if err := r.post(cmd.Context(), endpointPath(args[0], act), nil, &struct{}{}); err != nil {
			return failed(err)
		}
		fmt.Fprintln(cmd.OutOrStdout(), args[0], strings.ReplaceAll(said, "%s", args[0]))
		return nil
	})
}

func forgetEndpointCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "forget NAME",
		Short: "Remove all that is known of an endpoint that is no longer configured",
		Long: `Remove all that is known of an endpoint that is no longer configured: its place in the log, what is
parked and dead. What waited for it is not delivered. A terminal asks first, with the count.`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, args []string) error {
		var all items[endpointRow]
		if err := r.get(cmd.Context(), "endpoints", nil, &all); err != nil {
			return failed(err)
		}
		undelivered := 0
		for _, e := range all.Items {
			if e.Name == args[0] {
				undelivered = e.Lag + total(e.Parked) + total(e.Dead)
			}
		}
		if err := confirm(cmd, yes, "Forget endpoint %s with %s undelivered?", args[0], count(undelivered, "receipt")); err != nil {
			return err
		}
		if err := r.post(cmd.Context(), endpointPath(args[0], "forget"), nil, &struct{}{}); err != nil {
			return failed(err)
		}
		fmt.Fprintln(cmd.OutOrStdout(), args[0], "is forgotten")
		return nil
	})
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func printEndpoints(w io.Writer, endpoints []endpointRow) error {
	rows := [][]string{{"ENDPOINT", "STATE", "WAITING", "OLDEST", "IN FLIGHT", "PARKED", "DEAD", "LAST FAILURE"}}
	for _, e := range endpoints {
		why := e.LastFailure
		if e.Disabled {
			why = e.DisabledWhy
		}
		rows = append(rows, []string{
			orDash(e.Name), e.State, strconv.Itoa(e.Lag), stamp(e.Oldest),
			strconv.Itoa(e.InFlight), strconv.Itoa(total(e.Parked)), strconv.Itoa(total(e.Dead)), orDash(printable(why)),
		})
	}
	return printTable(w, rows)
}
