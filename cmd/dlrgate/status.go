package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// gatewayStatus is what the gateway tells of itself at a glance.
type gatewayStatus struct {
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	Ready     bool      `json:"ready"`
	Journal   struct {
		Driver   string `json:"driver"`
		Used     int64  `json:"size_bytes"`
		Free     int64  `json:"free_bytes"`
		Receipts int64  `json:"receipts"`
		Lag      int    `json:"search_lag_receipts"`
		Fault    string `json:"fault"`
	} `json:"journal"`
	Standby   []string          `json:"standby"`
	Holders   map[string]string `json:"holders"`
	Attention []struct {
		What string `json:"what"`
		Do   string `json:"do"`
	} `json:"attention"`

	binds     []bindRow
	endpoints []endpointRow
}

func statusCommand() *cobra.Command {
	var asJSON, ready bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Binds, endpoints and journal of a running gateway, what needs attention first",
		Long: `Show a running gateway at a glance: what needs attention first, then binds, endpoints and journal.
Exit code 0 when all is well, 1 when something needs attention or the gateway is not reached.

--ready asks only whether the gateway is ready, as GET /readyz does: for health checks, without a token.`,
		Args: cobra.NoArgs,
	}
	jsonFlag(cmd, &asJSON)
	cmd.Flags().BoolVar(&ready, "ready", false, "only whether it is ready")
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		if ready {
			return r.ready(cmd.Context())
		}
		var stats json.RawMessage
		var binds items[bindRow]
		var endpoints items[endpointRow]
		for path, into := range map[string]any{"stats": &stats, "binds": &binds, "endpoints": &endpoints} {
			if err := r.get(cmd.Context(), path, nil, into); err != nil {
				return failed(err)
			}
		}
		var s gatewayStatus
		if err := json.Unmarshal(stats, &s); err != nil {
			return err
		}
		s.binds, s.endpoints = binds.Items, endpoints.Items
		print := s.print
		if asJSON {
			print = func(w io.Writer, _ string) error { return s.printJSON(w, stats) }
		}
		err := print(cmd.OutOrStdout(), r.url)
		if err == nil && len(s.Attention) > 0 {
			err = exitError{code: exitFailed}
		}
		return err
	})
}

// printJSON prints the three answers as one object.
func (s *gatewayStatus) printJSON(w io.Writer, stats json.RawMessage) error {
	all := map[string]any{}
	if err := json.Unmarshal(stats, &all); err != nil {
		return err
	}
	all["binds"], all["endpoints"] = s.binds, s.endpoints
	return printJSON(w, all)
}

func (s *gatewayStatus) print(w io.Writer, server string) error {
	for i, a := range s.Attention {
		if i == 0 {
			fmt.Fprintln(w, "NEEDS ATTENTION")
		}
		fmt.Fprintf(w, "  %s\n", printable(a.What))
		if a.Do != "" {
			fmt.Fprintf(w, "    do: %s\n", printable(a.Do))
		}
	}
	if len(s.Attention) > 0 {
		fmt.Fprintln(w)
	}
	ready := "ready"
	if !s.Ready {
		ready = "not ready"
	}
	fmt.Fprintf(w, "dlrgate %s at %s: %s, up %s\n", shortVersion(s.Version), server, ready, time.Since(s.StartedAt).Round(time.Second))
	fmt.Fprintln(w, s.journal())
	if len(s.Standby) > 0 {
		held := fmt.Sprintf("another gateway holds them, binds and delivers: ask %s about their receipts", s.holders())
		if !s.Ready {
			held = "this gateway does not hold them now, and neither binds nor delivers"
		}
		fmt.Fprintf(w, "standby for %s: %s\n", strings.Join(s.Standby, ", "), held)
	}
	fmt.Fprintln(w)
	if err := printBinds(w, s.binds); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return printEndpoints(w, s.endpoints)
}

// holders names the gateways that hold what this one stands by for.
func (s *gatewayStatus) holders() string {
	names := slices.Compact(slices.Sorted(maps.Values(s.Holders)))
	if len(names) == 0 {
		return "that one"
	}
	return strings.Join(names, ", ")
}

// journal is the journal in a line.
func (s *gatewayStatus) journal() string {
	j := s.Journal
	if j.Fault != "" {
		return fmt.Sprintf("journal %s: cannot be read now", j.Driver)
	}
	line := fmt.Sprintf("journal %s: %s, %s used", j.Driver, count(int(j.Receipts), "receipt"), octets(j.Used))
	if j.Free < boundless {
		line += fmt.Sprintf(", %s free", octets(j.Free))
	}
	if j.Lag > 0 {
		line += fmt.Sprintf(", search is %s behind", count(j.Lag, "receipt"))
	}
	return line
}

// boundless is more than any disk has: the gateway does not know the room that
// PostgreSQL's server has.
const boundless = 1 << 60

// pseudoVersion is what the Go toolchain calls a commit that has no tag.
var pseudoVersion = regexp.MustCompile(`-(?:0\.)?[0-9]{14}-([0-9a-f]{12})`)

// shortVersion leaves the commit of a version without a tag, and not its time;
// dlrgate version has both.
func shortVersion(v string) string { return pseudoVersion.ReplaceAllString(v, "-$1") }

// octets writes a size in the unit in which it has two digits at least.
func octets(n int64) string {
	const ten = 10
	unit, names := 0, []string{"octets", "KiB", "MiB", "GiB"}
	for ; n >= ten<<10 && unit < len(names)-1; unit++ {
		n >>= 10
	}
	return fmt.Sprintf("%d %s", n, names[unit])
}
