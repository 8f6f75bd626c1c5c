package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/simulator"
)

type sinkFlags struct {
	listen   string
	failRate float64
	status   int
	delay    time.Duration
	secrets  secrets
	expect   uint64
	verbose  bool
}

func newSink() *cobra.Command {
	var f sinkFlags
	cmd := &cobra.Command{
		Use:   "sink",
		Short: "Take webhooks, check their signatures, print counts, duplicates and what is missing",
		Long: `Takes webhooks on every path and checks their Standard Webhooks signatures when
--secret is given. Each path is an endpoint of its own. At the end, and once a
second while something comes, it prints counts; of messages that smscsim sent it
also knows which are missing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.sink(cmd.Context(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:9000", "`host:port` to listen on")
	flags.Float64Var(&f.failRate, "fail-rate", 0, "share of requests to refuse, 0 to 1")
	flags.IntVar(&f.status, "status", 503, "HTTP status of a refusal")
	flags.DurationVar(&f.delay, "delay", 0, "wait before each answer")
	f.secrets.flag(cmd)
	flags.Uint64Var(&f.expect, "expect", 0, "messages 1 to `N` of smscsim are to come (default: up to the highest that came)")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print each event")
	return cmd
}

func (f *sinkFlags) sink(ctx context.Context, stdout io.Writer) error {
	if !isNumber(f.failRate) || f.failRate > 1 {
		return errors.New("--fail-rate is a share from 0 to 1")
	}
	if f.status < 200 || f.status > 599 {
		return errors.New("--status is an HTTP status from 200 to 599")
	}
	if f.delay < 0 {
		return errors.New("--delay is a time such as 500ms or 2s")
	}
	known, err := f.secrets.read()
	if err != nil {
		return err
	}
	out := &printer{w: stdout}
	opts := simulator.SinkOptions{
		Listen: f.listen, Secrets: known,
		Behaviour: simulator.Behaviour{FailRate: f.failRate, FailStatus: f.status, Delay: f.delay},
	}
	if f.verbose {
		opts.OnEvent = func(path string, a simulator.Arrival, _ []byte) {
			out.line(fmt.Sprintf("%s  %s  %-24s message %s to %s (%s)", path, a.ID, a.Status, a.MessageID, a.Recipient, a.Stat))
		}
	}
	if _, err := simulator.NewSink(opts); err != nil {
		return fmt.Errorf("--secret: %w", err)
	}
	sink, err := simulator.StartSink(opts)
	if err != nil {
		return explainListen(err, "--listen", f.listen)
	}
	defer sink.Close()
	out.line("webhooks are taken on " + sink.URL("/") + " and every path below; give the gateway:")
	out.line(endpointYAML(sink.Addr(), f.secrets))
	f.report(ctx, out, sink)
	return nil
}

// endpointYAML is dlrgate's configuration for an endpoint that is this sink.
func endpointYAML(addr string, s secrets) string {
	return fmt.Sprintf(`  endpoints:
    - {name: app, url: "http://%s/dlr"%s}`, addr, s.yaml())
}

// report prints what changed once a second, and the sum at the end.
func (f *sinkFlags) report(ctx context.Context, out *printer, sink *simulator.Sink) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	last := map[string]simulator.SinkCounts{}
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			for _, path := range sink.Paths() {
				out.line(f.sum(sink.At(path)))
			}
			return
		}
		for _, path := range sink.Paths() {
			e := sink.At(path)
			if n := e.Counts(); n != last[path] {
				last[path] = n
				out.line(counts(e))
			}
		}
	}
}

func counts(e *simulator.Endpoint) string {
	n := e.Counts()
	line := fmt.Sprintf("%s: %s, %d distinct, %d repeated, %d marked duplicate; %s, %d refused on purpose",
		e.Path, many(n.Events, "event"), n.Distinct, n.Repeated, n.Duplicates, many(n.Requests, "request"), n.Failed)
	if n.Tests > 0 {
		line += ", " + many(n.Tests, "test")
	}
	if n.Rejected > 0 {
		line += fmt.Sprintf("; %d REJECTED, the first: %s", n.Rejected, e.Faults()[0])
	}
	return line
}

// sum is the last word about an endpoint.
func (f *sinkFlags) sum(e *simulator.Endpoint) string {
	missing := simulator.MissingMessages(e.Arrivals(), "", f.expect)
	if len(missing) == 0 {
		return counts(e) + "; nothing of smscsim's is missing"
	}
	const most = 20
	words := make([]string, 0, most)
	for _, span := range missing[:min(most, len(missing))] {
		words = append(words, span.String())
	}
	if len(missing) > most {
		words = append(words, "and "+many(len(missing)-most, "more range"))
	}
	return counts(e) + "; MISSING of smscsim's messages: " + strings.Join(words, ", ")
}
