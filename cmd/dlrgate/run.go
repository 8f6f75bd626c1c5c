package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/gateway"
)

func runCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "run -c FILE",
		Short: "Run the gateway",
		Long: `Run the gateway: bind to the operators, store and translate their receipts, forward them to the webhooks.

SIGTERM and SIGINT stop it: what was taken is answered, binds are unbound, running POSTs end, all within
shutdown_timeout; a second signal ends it at once. SIGHUP reads the configuration again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, warnings, err := load(cmd, file, config.Options{})
			if err != nil {
				return err
			}
			return run(cmd.Context(), cfg, file, warnings)
		},
	}
	configFlag(cmd, &file)
	return cmd
}

// gcPercent trades a little CPU for memory: the default lets as much garbage lie
// about as there is in use. Measured with 2 million receipts waiting and a
// million recent messages: 211 MB resident and 0.21 CPU seconds per 10,000
// receipts taken in at 50, 186 MB and 0.23 at 25.
const gcPercent = 25

// run is the gateway's life as signals rule it.
func run(ctx context.Context, cfg *config.Config, file string, warnings []config.Fault) error {
	log, level, err := newLogger(cfg.Log)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		log.Warn("the configuration works, and is perhaps not what was meant", zap.String("fault", w.String()))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)

	v := buildVersion()
	g, err := begin(ctx, cfg, gateway.Options{
		Version: v.Version, Commit: v.Commit, Log: log, Level: level,
		File: file, Reread: func(ctx context.Context) (*config.Config, []config.Fault) { return reread(ctx, file) },
	})
	if g == nil {
		return err
	}
	log.Info("running", zap.String("admin", g.Addr()), zap.String("version", v.Version),
		zap.Int("operators", len(cfg.Operators)), zap.Int("endpoints", len(cfg.Endpoints)))
	if len(cfg.Admin.Tokens) == 0 {
		log.Info(openToAll)
	}
	notify(log, "READY=1")
	return serve(ctx, g, log, signals)
}

// begin starts the gateway. When a signal ends that before it is done, there is
// neither a gateway nor an error.
func begin(ctx context.Context, cfg *config.Config, o gateway.Options) (*gateway.Gateway, error) {
	starting, done := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer done()
	g, err := gateway.Start(starting, cfg, o)
	switch {
	case err != nil && starting.Err() != nil:
		o.Log.Info("stopped before the start was done")
		return nil, nil
	case err != nil:
		return nil, adviseStart(err, cfg)
	}
	return g, nil
}

// serve reloads the gateway and at last stops it, as signals say.
func serve(ctx context.Context, g *gateway.Gateway, log *zap.Logger, signals <-chan os.Signal) error {
	due := make(chan struct{}, 1)
	living, stop := context.WithCancel(ctx)
	var reloading sync.WaitGroup
	reloading.Go(func() {
		for range due {
			notify(log, "RELOADING=1")
			if g.ReloadFile(living); living.Err() == nil {
				notify(log, "READY=1")
			}
		}
	})
	untilStopped(ctx, signals, due)
	stop()
	close(due)
	notify(log, "STOPPING=1")
	ended := make(chan error, 1)
	go func() {
		err := g.Close()
		reloading.Wait()
		ended <- err
	}()
	for {
		select {
		case err := <-ended:
			return err
		case s := <-signals:
			if s != syscall.SIGHUP {
				return errors.New("a second signal ended the gateway before its work was done; nothing that was answered is lost")
			}
		}
	}
}

// untilStopped says at each SIGHUP that a reload is due, until another signal
// comes or ctx ends. It does not wait for the reload: one that waits for an SMSC
// keeps nobody from stopping the gateway.
func untilStopped(ctx context.Context, signals <-chan os.Signal, due chan<- struct{}) {
	for {
		select {
		case s := <-signals:
			if s != syscall.SIGHUP {
				return
			}
			select {
			case due <- struct{}{}:
			default: // the one that has not begun will read what is in the file by then
			}
		case <-ctx.Done():
			return
		}
	}
}

// reread reads the file for a reload.
func reread(ctx context.Context, file string) (*config.Config, []config.Fault) {
	cfg, faults, _ := config.Load(ctx, file, config.Options{Environ: os.Environ()})
	return cfg, faults
}
