package main

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// replayRow is one replay as the gateway tells it.
type replayRow struct {
	ID        string    `json:"id"`
	Endpoint  string    `json:"endpoint"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	Since     time.Time `json:"since,omitzero"`
	Until     time.Time `json:"until,omitzero"`
	Operator  string    `json:"operator,omitempty"`
	Status    string    `json:"status,omitempty"`
	Rate      float64   `json:"rate,omitempty"`
	Chosen    int       `json:"chosen,omitempty"`
	Sent      int       `json:"sent"`
	Failed    int       `json:"failed"`
}

// replayFlags choose what is sent again.
type replayFlags struct {
	endpoint, since, until, operator, status string

	all, dryRun, asJSON bool
	rate                float64
}

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay --endpoint E (--since T | --all | ID…)",
		Short: "Send stored receipts to an endpoint again",
		Long: `Send stored receipts to an endpoint again, as a job that survives a restart and never delays live events.
Each comes as ID_r1, ID_r2, … with data.replay and the same data.id. Of copies that the operator sent
twice the first is sent.`,
		Example: `  dlrgate replay --endpoint app --since 2h --dry-run
  dlrgate replay --endpoint app --since 2026-11-23T10:00:00Z --until 2026-11-23T11:00:00Z --rate 200
  dlrgate replay --endpoint app rcpt_0123456789abcdef0123456789abcdef`,
		Args: cobra.ArbitraryArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.endpoint, "endpoint", "", "the endpoint that gets them")
	flags.StringVar(&f.since, "since", "", "received at or after: RFC 3339, or a duration back from now")
	flags.StringVar(&f.until, "until", "", "received before")
	flags.StringVar(&f.operator, "operator", "", "of this operator")
	flags.StringVar(&f.status, "status", "", "with this status")
	flags.BoolVar(&f.all, "all", false, "all that are stored")
	flags.Float64Var(&f.rate, "rate", 0, "events per second; 0: as fast as the endpoint takes them")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only count them")
	jsonFlag(cmd, &f.asJSON)
	remoteCommand(cmd, f.run)
	cmd.AddCommand(listReplaysCommand(), cancelReplayCommand())
	return cmd
}

// order is what the gateway is asked for.
func (f *replayFlags) order(ids []string) (map[string]any, error) {
	since, err := timeFlag("since", f.since)
	if err != nil {
		return nil, err
	}
	until, err := timeFlag("until", f.until)
	if err != nil {
		return nil, err
	}
	if err := statusFlag(f.status); err != nil {
		return nil, err
	}
	given := 0
	for _, is := range []bool{f.since != "", f.all, len(ids) > 0} {
		if is {
			given++
		}
	}
	switch {
	case f.endpoint == "":
		return nil, usageError("--endpoint is needed: the one that gets them (dlrgate endpoints list)")
	case given != 1:
		return nil, usageError("which receipts? give exactly one of --since T, --all and ID…")
	case !(f.rate >= 0 && f.rate <= math.MaxFloat64):
		return nil, usageError("--rate %v: events per second, 0 for as fast as the endpoint takes them", f.rate)
	}
	order := map[string]any{"endpoint": f.endpoint, "all": f.all, "rate": f.rate, "dry_run": f.dryRun}
	for name, value := range map[string]string{"operator": f.operator, "status": f.status, "since": rfc3339(since), "until": rfc3339(until)} {
		if value != "" {
			order[name] = value
		}
	}
	if len(ids) > 0 {
		order["ids"] = ids
	}
	return order, nil
}

func (f *replayFlags) run(cmd *cobra.Command, r *remote, ids []string) error {
	order, err := f.order(ids)
	if err != nil {
		return err
	}
	if err := sayUndelivered(cmd, r, f.endpoint); err != nil {
		return failed(err)
	}
	var job replayRow
	if err := r.post(cmd.Context(), "replays", order, &job); err != nil {
		return failed(err)
	}
	w := cmd.OutOrStdout()
	switch {
	case f.asJSON:
		return printJSON(w, job)
	case f.dryRun:
		fmt.Fprintf(w, "%s would be sent to %s again\n", count(job.Chosen, "receipt"), f.endpoint)
	default:
		fmt.Fprintf(w, "replay %s begins; see: dlrgate replay list\n", job.ID)
	}
	return nil
}

// sayUndelivered warns that a replay is not needed for what has not arrived yet.
func sayUndelivered(cmd *cobra.Command, r *remote, endpoint string) error {
	var all items[endpointRow]
	if err := r.get(cmd.Context(), "endpoints", nil, &all); err != nil {
		return err
	}
	for i := range all.Items {
		e := &all.Items[i]
		if parked := total(e.Parked); e.Name == endpoint && e.Lag+parked > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s has not got %s yet (waiting %d, parked %d): these come anyway, and those that the replay chooses come twice\n",
				endpoint, count(e.Lag+parked, "receipt"), e.Lag, parked)
		}
	}
	return nil
}

func listReplaysCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List replays that run or wait for their turn", Args: cobra.NoArgs}
	jsonFlag(cmd, &asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		var all items[replayRow]
		if err := r.get(cmd.Context(), "replays", nil, &all); err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), all)
		}
		if len(all.Items) == 0 {
			fmt.Fprintln(cmd.ErrOrStderr(), "no replay runs or waits")
			return nil
		}
		rows := [][]string{{"REPLAY", "ENDPOINT", "CREATED", "SINCE", "UNTIL", "OPERATOR", "STATUS", "SENT", "FAILED"}}
		for _, x := range all.Items {
			rows = append(rows, []string{
				x.ID, orDash(x.Endpoint), stamp(x.CreatedAt), stamp(x.Since), stamp(x.Until), orDash(x.Operator), orDash(x.Status),
				strconv.Itoa(x.Sent), strconv.Itoa(x.Failed),
			})
		}
		return printTable(cmd.OutOrStdout(), rows)
	})
}

func cancelReplayCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "cancel ID", Short: "End a replay; what was sent stays sent", Args: cobra.ExactArgs(1)}
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, args []string) error {
		if err := r.post(cmd.Context(), "replays/"+url.PathEscape(args[0])+"/cancel", nil, &struct{}{}); err != nil {
			return failed(err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "replay %s is cancelled\n", args[0])
		return nil
	})
}
