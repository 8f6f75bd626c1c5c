package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/simulator"
)

type serveFlags struct {
	listen, user, password string
	count, seed            uint64
	rate                   float64
	window                 int
	dialect, scenario      string
	delay, enquireLink     time.Duration
	certFile, keyFile      string
	page                   string
	speed                  float64
	once                   bool
}

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Act as an operator's SMSC: take binds, answer submit_sm, send receipts",
		Long: `Acts as an operator's SMSC. It takes binds, answers submit_sm and sends its
receipt, sends receipts of its own with --count or --rate, and sends again what
was refused for now or not answered. The same --seed gives the same receipts.
It runs until Ctrl-C, or with --once until every receipt is settled.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.scenario != "" {
				return f.play(cmd)
			}
			if cmd.Flags().Changed("speed") {
				return errors.New("--speed goes with --scenario: use --rate")
			}
			return f.serve(cmd.Context(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:2775", "`host:port` to listen on")
	flags.StringVar(&f.user, "user", "", "the one system_id that may bind (default any)")
	flags.StringVar(&f.password, "password", "", "its password (default any)")
	flags.Uint64Var(&f.count, "count", 0, "send `N` receipts")
	flags.Float64Var(&f.rate, "rate", 0, "receipts a second (default as fast as the window allows)")
	flags.IntVar(&f.window, "window", 10, "receipts that a session may leave unanswered")
	flags.StringVar(&f.dialect, "dialect", "smpp", "how receipts are worded, as `NAME` or NAME+QUIRK+QUIRK; see smscsim dialects")
	flags.StringVar(&f.scenario, "scenario", "", "play a scenario `FILE` instead of --count, --rate, --dialect and the like")
	speedFlag(cmd, &f.speed)
	flags.Uint64Var(&f.seed, "seed", 1, "the same seed gives the same receipts")
	flags.DurationVar(&f.delay, "delay", time.Second, "from submit_sm to its receipt")
	flags.DurationVar(&f.enquireLink, "enquire-link", 30*time.Second, "interval of the SMSC's own enquire_link; 0 for none")
	flags.StringVar(&f.certFile, "tls-cert", "", "speak TLS with this certificate `FILE` (PEM)")
	flags.StringVar(&f.keyFile, "tls-key", "", "and this key `FILE` (PEM)")
	flags.StringVar(&f.page, "page", "", "`host:port` of a web page that shows sessions and sends any receipt by hand (default none)")
	flags.BoolVar(&f.once, "once", false, "end when every receipt is answered OK or given up")
	cmd.MarkFlagsRequiredTogether("tls-cert", "tls-key")
	return cmd
}

func (f *serveFlags) options(out *printer) (simulator.Options, error) {
	dialect, err := simulator.DialectNamed(f.dialect)
	if err != nil {
		return simulator.Options{}, fmt.Errorf("--dialect: %w", err)
	}
	switch {
	case f.window < 1:
		return simulator.Options{}, errors.New("--window is 1 at least")
	case !isNumber(f.rate):
		return simulator.Options{}, errors.New("--rate is 0 at least, which is as fast as the window allows")
	case f.delay < 0 || f.enquireLink < 0:
		return simulator.Options{}, errors.New("--delay and --enquire-link are times such as 500ms or 30s")
	}
	opts := simulator.Options{
		Listen: f.listen, Window: f.window, Dialect: dialect, Seed: f.seed,
		ReceiptDelay: f.delay, EnquireLink: f.enquireLink, Log: out.line,
	}
	if f.user != "" {
		opts.Accounts = []simulator.Account{{SystemID: f.user, Password: f.password}}
	}
	if f.certFile != "" {
		cert, err := tls.LoadX509KeyPair(f.certFile, f.keyFile)
		if err != nil {
			return opts, fault{fmt.Errorf("%w: give PEM files with --tls-cert and --tls-key", err)}
		}
		opts.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	return opts, nil
}

func (f *serveFlags) serve(ctx context.Context, stdout io.Writer) error {
	out := &printer{w: stdout}
	opts, err := f.options(out)
	if err != nil {
		return err
	}
	smsc, err := simulator.Start(opts)
	if err != nil {
		return explainListen(err, "--listen", f.listen)
	}
	defer smsc.Close()
	f.introduce(out, smsc.Addr(), opts.Dialect)
	if f.page != "" {
		stopPage, err := servePage(out, f.page, smsc.Page())
		if err != nil {
			return err
		}
		defer stopPage()
	}
	var playing sync.WaitGroup
	defer playing.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	sends := f.count > 0 || f.rate > 0
	if sends {
		src := simulator.NewSource(simulator.SourceOptions{Dialect: opts.Dialect, Seed: f.seed, Receipts: f.count})
		playing.Go(func() { _ = smsc.Play(ctx, src, f.rate) }) // ends with ctx
	}
	finished := make(chan struct{})
	if sends && f.count > 0 {
		playing.Go(func() {
			all := func(n simulator.Counts) bool { return n.Receipts >= int(f.count) && n.Open() == 0 }
			if smsc.WaitFor(ctx, all) == nil {
				close(finished)
			}
		})
	}
	f.report(ctx, out, smsc.Ledger(), finished)
	return nil
}

// introduce says what listens and what to type next.
func (f *serveFlags) introduce(out *printer, addr string, d simulator.Dialect) {
	out.line(fmt.Sprintf("SMSC on %s, dialect %s: %s", addr, d.Name, d.Summary))
	out.line("let a gateway bind with:")
	out.line("  operators:\n" + operatorYAML("sim", []string{addr}, anyAccount(f.user, f.password), d.Profile))
	if f.count == 0 && f.rate == 0 {
		out.line("it sends a receipt for each submit_sm that asks for one; for receipts of its own add --count 100")
	}
}

// operatorYAML is one of dlrgate's operators that is this SMSC.
func operatorYAML(name string, addrs []string, account simulator.Account, profile string) string {
	spread := ""
	if len(addrs) > 1 {
		spread = ", spread: each"
	}
	return fmt.Sprintf("    - {name: %s, addresses: [%s]%s, system_id: %s, password: %q, profile: %s}",
		name, strings.Join(addrs, ", "), spread, account.SystemID, account.Password, profile)
}

// anyAccount is what to bind with: the one that may, or any.
func anyAccount(user, password string) simulator.Account {
	if user == "" {
		user, password = "gw", "any"
	}
	return simulator.Account{SystemID: user, Password: password}
}

// report prints what changed, once a second, until ctx is done, or until
// finished with --once.
func (f *serveFlags) report(ctx context.Context, out *printer, l *simulator.Ledger, finished <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var last simulator.Counts
	report := func() {
		n := l.Counts()
		if n != last {
			last = n
			out.line(fmt.Sprintf("%s, %s: %d answered OK, %d open, %d given up; %s sent",
				many(n.Sessions, "session"), many(n.Receipts, "receipt"), n.OK, n.Open(), n.GivenUp, many(n.Sends, "PDU")))
		}
	}
	defer report()
	for {
		select {
		case <-ctx.Done():
			return
		case <-finished:
			finished = nil
			report()
			if f.once {
				return
			}
			out.line("every receipt is settled; Ctrl-C ends")
		case <-ticker.C:
			report()
		}
	}
}

// printer writes whole lines from several goroutines. What came over the network
// does not steer the terminal.
type printer struct {
	mu sync.Mutex
	w  io.Writer
}

// isNumber says whether it is 0 at least, and no NaN or infinity.
func isNumber(f float64) bool { return f >= 0 && f <= math.MaxFloat64 }

// shown is what a terminal gets in the place of r.
func shown(r rune) rune {
	if r == '\n' || r == '\t' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

func (p *printer) line(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = fmt.Fprintln(p.w, strings.Map(shown, text))
}
