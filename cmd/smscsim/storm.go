package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/simulator"
)

type stormFlags struct {
	listen, sink, user, password, dialect string
	scenario                              string
	secrets                               secrets
	count, seed                           uint64
	duration, wait, settle                time.Duration
	rate, speed                           float64
	window, binds                         int
	json                                  bool
}

func newStorm() *cobra.Command {
	var f stormFlags
	cmd := &cobra.Command{
		Use:   "storm",
		Short: "Play both ends against a gateway and judge: every receipt answered OK was delivered",
		Long: `Plays SMSC and webhook at once. The gateway under test binds to --listen and posts
to --sink. When it is bound the receipts are sent, at --rate or as fast as the
window allows; with --scenario the script is played instead. Then storm waits until
all are answered and delivered, and judges. It ends with 0 only when every receipt
was answered OK and is at every endpoint.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.storm(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:2775", "`host:port` of the SMSC")
	flags.StringVar(&f.sink, "sink", "127.0.0.1:9000", "`host:port` of the webhook")
	flags.StringVar(&f.scenario, "scenario", "", "play a scenario `FILE` instead of --count, --rate, --dialect and the like")
	speedFlag(cmd, &f.speed)
	flags.StringVar(&f.user, "user", "", "the one system_id that may bind (default any)")
	flags.StringVar(&f.password, "password", "", "its password (default any)")
	f.secrets.flag(cmd)
	flags.StringVar(&f.dialect, "dialect", "smpp", "how receipts are worded; see smscsim dialects")
	flags.Uint64Var(&f.count, "count", 0, "send `N` receipts (default 10000 without --duration)")
	flags.DurationVar(&f.duration, "duration", 0, "send for this long")
	flags.Float64Var(&f.rate, "rate", 0, "receipts a second (default as fast as the window allows)")
	flags.IntVar(&f.window, "window", 10, "receipts that a session may leave unanswered")
	flags.IntVar(&f.binds, "binds", 1, "sessions to wait for before the first receipt")
	flags.DurationVar(&f.wait, "wait", time.Minute, "how long to wait for them")
	flags.DurationVar(&f.settle, "settle", 30*time.Second, "how long nothing may move at the end before it counts as lost")
	flags.Uint64Var(&f.seed, "seed", 1, "the same seed gives the same receipts")
	flags.BoolVar(&f.json, "json", false, "print the verdict as JSON")
	return cmd
}

func (f *stormFlags) storm(cmd *cobra.Command) error {
	stdout := cmd.OutOrStdout()
	talk := &printer{w: stdout}
	if f.json {
		talk = &printer{w: cmd.ErrOrStderr()}
	}
	opts, err := f.options(cmd, talk)
	if err != nil {
		return err
	}
	if _, err := simulator.NewSink(opts.Sink); err != nil {
		return fmt.Errorf("--secret: %w", err)
	}
	report, err := simulator.Storm(cmd.Context(), opts)
	if err != nil {
		return f.explain(err)
	}
	if f.json {
		err = writeJSON(stdout, report)
	} else {
		talk.line(stormText(report))
	}
	if err == nil && !report.OK() {
		err = errVerdict
	}
	return err
}

func (f *stormFlags) options(cmd *cobra.Command, talk *printer) (simulator.StormOptions, error) {
	none := simulator.StormOptions{}
	dialect, err := simulator.DialectNamed(f.dialect)
	if err != nil {
		return none, fmt.Errorf("--dialect: %w", err)
	}
	if f.window < 1 || f.binds < 1 || !isNumber(f.rate) {
		return none, errors.New("--window and --binds are 1 at least, --rate 0")
	}
	known, err := f.secrets.read()
	if err != nil {
		return none, err
	}
	opts := simulator.StormOptions{
		SMSC:    simulator.Options{Listen: f.listen, Window: f.window, EnquireLink: 30 * time.Second, Log: talk.line},
		Sink:    simulator.SinkOptions{Listen: f.sink, Secrets: known},
		Dialect: dialect, Seed: f.seed, Count: f.count, Duration: f.duration, Rate: f.rate,
		Binds: f.binds, Wait: f.wait, Settle: f.settle,
		Progress: func(n simulator.Counts, s simulator.SinkCounts) { talk.line(stormProgress(n, s)) },
	}
	if f.user != "" {
		opts.SMSC.Accounts = []simulator.Account{{SystemID: f.user, Password: f.password}}
	}
	operators := func(sites []string) string {
		return "  operators:\n" + operatorYAML("sim", sites, anyAccount(f.user, f.password), dialect.Profile)
	}
	switch {
	case f.scenario != "":
		if opts.Scenario, err = scenarioOf(cmd, f.scenario, f.speed); err != nil {
			return none, err
		}
		operators = func(sites []string) string { return scenarioYAML(opts.Scenario, sites) }
	case cmd.Flags().Changed("speed"):
		return none, errors.New("--speed goes with --scenario: use --rate")
	}
	opts.Ready = func(sites []string, sink string) {
		talk.line("let the gateway under test bind to " + strings.Join(sites, " and ") + " and post to http://" + sink + ":")
		talk.line(operators(sites))
		talk.line(endpointYAML(sink, f.secrets))
	}
	return opts, nil
}

// explain says what to do about a storm that could not be.
func (f *stormFlags) explain(err error) error {
	switch {
	case errors.Is(err, simulator.ErrNotBound):
		return fault{fmt.Errorf("%w; start it with the configuration above, or wait longer with --wait", err)}
	case errors.Is(err, context.Canceled):
		return fault{errors.New("stopped before the verdict")}
	}
	var listen *simulator.ListenError
	if errors.As(err, &listen) {
		if listen.Addr == f.sink {
			return explainListen(err, "--sink", f.sink)
		}
		return explainListen(err, "--listen", listen.Addr)
	}
	if f.scenario != "" {
		return explainScenario(err)
	}
	return fault{err}
}

func stormProgress(n simulator.Counts, s simulator.SinkCounts) string {
	return fmt.Sprintf("%s, %s sent, %d answered OK, %s (%d repeated)",
		many(n.Sessions, "session"), many(n.Receipts, "receipt"), n.OK, many(s.Distinct, "webhook"), s.Repeated)
}

// stormText is the verdict for a person.
func stormText(r *simulator.StormReport) string {
	text := fmt.Sprintf("\nsent %s in %.1f s: %.0f answered OK a second, %.0f delivered a second, lag at end %d, drained in %.1f s\n",
		many(r.Counts.Receipts, "receipt"), r.Sending.Seconds(), r.AnswerRate, r.DeliveryRate, r.Lag, r.Drain.Seconds())
	if r.Refused > 0 || r.Counts.Unanswered > 0 || r.Rejected > 0 {
		text += fmt.Sprintf("%d answers were refusals, %d sendings were not answered, %d webhooks were rejected\n", r.Refused, r.Counts.Unanswered, r.Rejected)
	}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		text += fmt.Sprintf("%s: %s\n", v.Endpoint, v.String())
		if n := len(v.WrongStatus); n > 0 {
			text += fmt.Sprintf("  %d have another status than the dialect's profile gives, the first: %s err %s became %s, not %s\n", n,
				v.WrongStatus[0].Entry.Stat, v.WrongStatus[0].Entry.Err, v.WrongStatus[0].Arrival.Status, v.WrongStatus[0].Entry.Status)
		}
		text += fmt.Sprintf("  %-22s %s\n  %-22s %s\n  %-22s %s\n", "answer", latency(v.Answer),
			"receipt to webhook", latency(v.Delivery), "received_at to webhook", latency(v.Forward))
	}
	if r.OK() {
		return text + "GOOD: every receipt was answered OK and delivered"
	}
	if len(r.Verdicts) == 0 {
		return text + "BAD: no webhook came; look at the gateway's endpoint and its log"
	}
	if r.Counts.Open()+r.Counts.GivenUp > 0 {
		text += fmt.Sprintf("%d receipts were never answered OK\n", r.Counts.Open()+r.Counts.GivenUp)
	}
	return text + "BAD: look at dlrgate dead list, dlrgate endpoints list, and the missing ones with --json"
}

func latency(l simulator.Latency) string {
	return fmt.Sprintf("p50 %s  p99 %s  max %s", round(l.P50), round(l.P99), round(l.Max))
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

func writeJSON(w io.Writer, r *simulator.StormReport) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(stormJSON(r))
}
