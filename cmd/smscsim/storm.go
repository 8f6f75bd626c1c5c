package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/simulator"
)

type stormFlags struct {
	listen, sink, user, password, dialect string
	secrets                               []string
	count, seed                           uint64
	duration, wait, settle                time.Duration
	rate                                  float64
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
window allows; then storm waits until all are answered and delivered, and judges.
It ends with 0 only when every receipt was answered OK and is at every endpoint.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.storm(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:2775", "`host:port` of the SMSC")
	flags.StringVar(&f.sink, "sink", "127.0.0.1:9000", "`host:port` of the webhook")
	flags.StringVar(&f.user, "user", "", "the one system_id that may bind (default any)")
	flags.StringVar(&f.password, "password", "", "its password (default any)")
	flags.StringArrayVar(&f.secrets, "secret", nil, "a webhook `SECRET` (default: signatures are not checked)")
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

func (f *stormFlags) storm(ctx context.Context, stdout, stderr io.Writer) error {
	dialect, err := simulator.DialectNamed(f.dialect)
	if err != nil {
		return fmt.Errorf("--dialect: %w", err)
	}
	if f.window < 1 || f.binds < 1 {
		return errors.New("--window and --binds are 1 at least")
	}
	talk := &printer{w: stdout}
	if f.json {
		talk = &printer{w: stderr}
	}
	opts := simulator.StormOptions{
		SMSC:    simulator.Options{Listen: f.listen, Window: f.window, EnquireLink: 30 * time.Second, Log: talk.line},
		Sink:    simulator.SinkOptions{Listen: f.sink, Secrets: f.secrets},
		Dialect: dialect, Seed: f.seed, Count: f.count, Duration: f.duration, Rate: f.rate,
		Binds: f.binds, Wait: f.wait, Settle: f.settle,
		Ready:    func(smsc, sink string) { f.introduce(talk, smsc, sink, dialect) },
		Progress: func(n simulator.Counts, s simulator.SinkCounts) { talk.line(stormProgress(n, s)) },
	}
	if f.user != "" {
		opts.SMSC.Accounts = []simulator.Account{{SystemID: f.user, Password: f.password}}
	}
	if _, err := simulator.NewSink(opts.Sink); err != nil {
		return fmt.Errorf("--secret: %w", err)
	}
	report, err := simulator.Storm(ctx, opts)
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

func (f *stormFlags) introduce(talk *printer, smsc, sink string, d simulator.Dialect) {
	talk.line("let the gateway under test bind to " + smsc + " and post to http://" + sink + ":")
	talk.line("  operators:\n" + operatorYAML("sim", []string{smsc}, anyAccount(f.user, f.password), d.Profile))
	talk.line(endpointYAML(sink, f.secrets))
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
		return explainListen(err, "--listen", f.listen)
	}
	return fault{err}
}

func stormProgress(n simulator.Counts, s simulator.SinkCounts) string {
	return fmt.Sprintf("%d sessions, %d receipts sent, %d answered OK, %d webhooks (%d repeated)",
		n.Sessions, n.Receipts, n.OK, s.Distinct, s.Repeated)
}

// stormText is the verdict for a person.
func stormText(r *simulator.StormReport) string {
	text := fmt.Sprintf("\nsent %d receipts in %.1f s: %.0f answered OK a second, %.0f delivered a second, lag at end %d, drained in %.1f s\n",
		r.Counts.Receipts, r.Sending.Seconds(), r.AnswerRate, r.DeliveryRate, r.Lag, r.Drain.Seconds())
	if r.Refused > 0 || r.Counts.Unanswered > 0 || r.Rejected > 0 {
		text += fmt.Sprintf("%d answers were refusals, %d sendings were not answered, %d webhooks were rejected\n", r.Refused, r.Counts.Unanswered, r.Rejected)
	}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		text += fmt.Sprintf("%s: %s\n", v.Endpoint, v.String())
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
