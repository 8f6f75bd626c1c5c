package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/simulator"
)

// play runs a scenario file as serve runs its flags.
func (f *serveFlags) play(cmd *cobra.Command) error {
	for _, name := range []string{"user", "password", "count", "rate", "window", "dialect", "delay", "enquire-link", "page", "tls-cert", "tls-key"} {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s does not go with --scenario: write it into the file", name)
		}
	}
	s, err := loadScenario(f.scenario, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("seed") {
		s.Seed = f.seed
	}
	if cmd.Flags().Changed("listen") {
		if len(s.Sites) > 1 {
			return errors.New("--listen does not go with a scenario of several sites: write the addresses into the file")
		}
		s.Sites[0].Listen = f.listen
	}
	return f.playScenario(cmd.Context(), s, cmd.OutOrStdout())
}

func (f *serveFlags) playScenario(ctx context.Context, s *simulator.Scenario, stdout io.Writer) error {
	out := &printer{w: stdout}
	run, err := s.Start(out.line)
	if err != nil {
		var listen *simulator.ListenError
		if errors.As(err, &listen) {
			return explainListen(err, "--listen", listen.Addr)
		}
		return fault{err}
	}
	defer run.Close()
	addrs := make([]string, len(s.Sites))
	for i, site := range s.Sites {
		addrs[i] = run.Addr(site.Name)
		out.line(fmt.Sprintf("site %s on %s", site.Name, addrs[i]))
	}
	out.line(fmt.Sprintf("the script begins when %d sessions are bound; let a gateway bind with:\n  operators:", s.Binds))
	for _, a := range s.Accounts {
		out.line(operatorYAML("sim-"+a.SystemID, addrs, a.Account, a.Dialect.Profile))
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	finished := make(chan struct{})
	waited := make(chan struct{})
	go func() {
		defer close(waited)
		if run.Wait(ctx) == nil {
			close(finished)
		}
	}()
	f.report(ctx, out, run.Ledger(), finished)
	stop()
	<-waited
	return nil
}
