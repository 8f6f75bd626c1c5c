package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/simulator"
)

// play runs a scenario file as serve runs its flags.
func (f *serveFlags) play(cmd *cobra.Command) error {
	s, err := scenarioOf(cmd, f.scenario, f.speed)
	if err != nil {
		return err
	}
	return f.playScenario(cmd.Context(), s, cmd.OutOrStdout())
}

// speedFlag gives serve and storm the speed of a scenario.
func speedFlag(cmd *cobra.Command, speed *float64) {
	cmd.Flags().Float64Var(speed, "speed", 1, "play the scenario `N` times as fast")
}

// scenarioOf reads the scenario of a command and lets the command's flags --seed,
// --listen and --speed change it. All that the file says itself is no flag.
func scenarioOf(cmd *cobra.Command, file string, speed float64) (*simulator.Scenario, error) {
	for _, name := range []string{"user", "password", "count", "duration", "rate", "window", "binds", "dialect", "delay", "enquire-link", "tls-cert", "tls-key"} {
		if cmd.Flags().Changed(name) {
			return nil, fmt.Errorf("--%s does not go with --scenario: write it into the file", name)
		}
	}
	if !isNumber(speed) || speed == 0 {
		return nil, errors.New("--speed is above 0: 2 is twice as fast")
	}
	s, err := loadScenario(file, cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("seed") {
		s.Seed, _ = cmd.Flags().GetUint64("seed")
	}
	if cmd.Flags().Changed("listen") {
		if len(s.Sites) > 1 {
			return nil, errors.New("--listen does not go with a scenario of several sites: write the addresses into the file")
		}
		s.Sites[0].Listen, _ = cmd.Flags().GetString("listen")
	}
	return s.Faster(speed), nil
}

// explainScenario says what to do about a scenario that cannot begin.
func explainScenario(err error) error {
	var listen *simulator.ListenError
	if errors.As(err, &listen) {
		return explainListen(err, "--listen", listen.Addr)
	}
	return fault{fmt.Errorf("%w: see cert_file and key_file of the scenario", err)}
}

// scenarioYAML are dlrgate's operators for a scenario: one an account.
func scenarioYAML(s *simulator.Scenario, sites []string) string {
	lines := make([]string, len(s.Accounts))
	for i, a := range s.Accounts {
		lines[i] = operatorYAML("sim-"+a.SystemID, sites, a.Account, a.Dialect.Profile)
	}
	return "  operators:\n" + strings.Join(lines, "\n")
}

func (f *serveFlags) playScenario(ctx context.Context, s *simulator.Scenario, stdout io.Writer) error {
	out := &printer{w: stdout}
	run, err := s.Start(out.line)
	if err != nil {
		return explainScenario(err)
	}
	defer run.Close()
	addrs := run.Addrs()
	for i, site := range s.Sites {
		out.line(fmt.Sprintf("site %s on %s", site.Name, addrs[i]))
	}
	out.line(fmt.Sprintf("the script begins with %s; let a gateway bind with:\n%s", many(s.Binds, "bound session"), scenarioYAML(s, addrs)))
	if f.page != "" {
		stopPage, err := servePage(out, f.page, run.Page())
		if err != nil {
			return err
		}
		defer stopPage()
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
