package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/gateway"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/simulator"
)

const (
	demoSecret = "whsec_ZGxyZ2F0ZSBkZW1vIHNlY3JldCwgMzIgb2N0ZXRz" //nolint:gosec // signs the demo's own webhooks, which never leave the process
	// demoPatience bounds the wait for one event; all of them take a second.
	demoPatience = 10 * time.Second
)

// demoScript is what the operators send, in order. One dialect an operator; a
// quirk after a plus sign changes it for one receipt.
var demoScript = []demoStep{
	{"fennel", "gsm_map", 1, "DELIVRD", "000", ""},
	{"fennel", "gsm_map", 2, "UNDELIV", "001", "the HLR does not know the number"},
	{"fennel", "gsm_map", 3, "UNDELIV", "006", "the phone is off: keep the number"},
	{"fennel", "smpp+unreadable", 4, "DELIVRD", "000", "no rule can read it: kept and forwarded all the same"},
	{"sorrel", "infobip", 1, "ENROUTE", "000", "on its way: not the last word"},
	{"sorrel", "infobip", 1, "DELIVRD", "000", "the last word"},
	{"sorrel", "infobip", 1, "ACCEPTD", "000", "late: came after the last word"},
	{"sorrel", "infobip", 2, "UNDELIV", "2050", "this code is infobip's own"},
	{"lovage", "vonage", 1, "DELIVRD", "000", "in decimal here, in hex where the app sent it"},
	{"lovage", "vonage", 1, "DELIVRD", "000", "sent twice by the operator: same id, marked"},
	{"lovage", "vonage", 2, "UNDELIV", "005", "the number is moving to another operator"},
	{"borage", "w2wts", 1, "UNDELIV", "009", "UTF-16, err in hex"},
	{"borage", "w2wts", 2, "UNDELIV", "032", "err 32 in hex: our account has no credit"},
	{"borage", "w2wts+tlv_only", 3, "DELIVRD", "", "no text at all: two TLVs say it"},
	{"chervil", "route_mobile", 1, "DELIVRD", "000", "a data_sm; the webhook refused it once"},
	{"chervil", "route_mobile", 2, "UNDELIV", "027", ""},
	{"chervil", "route_mobile", 3, "EXPIRED", "000", ""},
}

// demoFails is the step at which the webhook answers 503 once.
const demoFails = 14

// demoStep is one receipt: message n of the operator, told as stat and err.
type demoStep struct {
	operator, dialect string
	message           uint64
	stat, err         string
	note              string
}

func demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the whole chain in one process: five operators, a webhook, and each receipt beside its event",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), cmd.OutOrStdout())
		},
	}
}

// demo starts five SMSCs, a webhook and the gateway between them, plays the
// script and prints what became of it.
func demo(ctx context.Context, out io.Writer) error {
	folder, err := os.MkdirTemp("", "dlrgate-demo-")
	if err != nil {
		return fmt.Errorf("the demo needs a temporary folder: %w: set TMPDIR to one that this user may write to", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	stage, err := newDemoStage()
	if err != nil {
		return err
	}
	defer stage.close()
	cfg, err := stage.configure(ctx, folder)
	if err != nil {
		return err
	}
	log, _, err := newLogger(cfg.Log)
	if err != nil {
		return err
	}
	g, err := gateway.Start(ctx, cfg, gateway.Options{Version: "demo", Log: log})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Five operators' SMSCs, one gateway and one webhook in this process. Each receipt, and the event that the webhook got:\n\n")
	fmt.Fprintf(out, "%-8s %-62s  %s\n", "OPERATOR", "RECEIPT", "STATUS (the number), marks")
	return errors.Join(stage.play(ctx, out), g.Close())
}

// play sends the script, one receipt after the other's event, and sums up.
func (s *demoStage) play(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(len(demoScript))*demoPatience)
	defer cancel()
	for name, smsc := range s.smscs {
		if err := smsc.WaitBound(ctx, 1); err != nil {
			return fmt.Errorf("the gateway did not bind to %q: %w", name, err)
		}
	}
	begin := time.Now()
	counts := map[string]int{}
	for i, step := range demoScript {
		if i == demoFails {
			s.sink.At("/app").Behave(simulator.Behaviour{FailNext: 1})
		}
		r, err := step.receipt()
		if err != nil {
			return err
		}
		s.smscs[step.operator].Send(r)
		select {
		case e := <-s.events:
			counts[e.Status]++
			printDemoLine(out, step, r, e)
		case <-ctx.Done():
			return fmt.Errorf("no event for %q of %s: %w", r.Text, step.operator, ctx.Err())
		}
	}
	for _, smsc := range s.smscs {
		if err := smsc.WaitSettled(ctx); err != nil {
			return err
		}
	}
	return s.sumUp(out, counts, time.Since(begin))
}

func (d *demoStep) receipt() (*simulator.Receipt, error) {
	dialect, err := simulator.DialectNamed(d.dialect)
	if err != nil {
		return nil, err
	}
	source := simulator.NewSource(simulator.SourceOptions{Dialect: dialect, Seed: 1})
	return source.Make(d.message, simulator.Outcome{Stat: d.stat, Err: d.err}), nil
}

// demoText shortens a receipt to what tells: its id, and from stat to text.
func demoText(r *simulator.Receipt) string {
	id, rest, found := strings.Cut(r.Text, " ")
	if _, tail, ok := strings.Cut(strings.ToLower(rest), "stat:"); found && ok {
		at := len(rest) - len(tail) - len("stat:")
		word, _, _ := strings.Cut(rest[at:], " text:")
		return strings.TrimSpace(id + " … " + strings.TrimSpace(word))
	}
	if r.Text == "" {
		return fmt.Sprintf("(no text) receipted_message_id %s, message_state %d", r.TLVID, r.State)
	}
	return r.Text
}

func printDemoLine(out io.Writer, step demoStep, r *simulator.Receipt, e demoEvent) {
	var data struct {
		MessageID string `json:"message_id"`
		Status    struct{ Advice string }
	}
	marks := ""
	if json.Unmarshal(e.data, &data) == nil && data.Status.Advice != "none" {
		marks = " (" + data.Status.Advice + ")"
	}
	for _, m := range []struct {
		is   bool
		word string
	}{{e.Duplicate, "duplicate"}, {e.Late, "late"}, {!e.Final, "not final"}} {
		if m.is {
			marks += ", " + m.word
		}
	}
	fmt.Fprintf(out, "%-8s %-62.62s  %s%s\n", step.operator, demoText(r), e.Status, marks)
	if r.Text != "" && data.MessageID != "" && !strings.Contains(r.Text, data.MessageID) {
		step.note = strings.TrimSuffix("message_id is "+data.MessageID+": "+step.note, ": ")
	}
	if step.note != "" {
		fmt.Fprintf(out, "%-8s   · %s\n", "", step.note)
	}
}

// sumUp prints the table of statuses and whether the promise was kept.
func (s *demoStage) sumUp(out io.Writer, counts map[string]int, took time.Duration) error {
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "STATUS\tRECEIPTS\tTHE NUMBER\tMEANING")
	for _, info := range mapping.Statuses() {
		if n := counts[info.Name]; n > 0 {
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", info.Name, n, info.Advice, info.Meaning)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	answered := 0
	for _, smsc := range s.smscs {
		answered += smsc.Ledger().Counts().OK
	}
	c := s.sink.At("/app").Counts()
	fmt.Fprintf(out, "\n%d receipts answered OK, %d events delivered (%d of them copies that the operator sent twice), %d lost, %d webhook failure retried, in %s.\n",
		answered, c.Events, c.Repeated, answered-c.Events, c.Failed, took.Round(time.Millisecond))
	fmt.Fprint(out, `
Why did a receipt become what it became?  dlrgate explain --profile infobip 'id:1 stat:UNDELIV err:2050'
Your own configuration:                   dlrgate check -c FILE, then dlrgate run -c FILE (examples/ has some)
`)
	if answered != len(demoScript) || c.Events != len(demoScript) {
		return fmt.Errorf("%d receipts were sent, %d answered and %d delivered", len(demoScript), answered, c.Events)
	}
	return nil
}
