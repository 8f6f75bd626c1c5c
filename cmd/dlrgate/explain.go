package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/explain"
	"github.com/dlrgate/dlrgate/gateway"
)

type explainFlags struct {
	file, operator, profile string
	asJSON, jsonLines       bool
	esmClass, dataCoding    uint8
	receivedAt              string
	tlvs                    []string
}

func explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain [TEXT]",
		Short: "Read one receipt: what was parsed, which rule decided, the status",
		Long: `Read one receipt, from TEXT or from standard input, and say what was parsed and from where, which rule
decided, and the status. Without -c it is read as the general rules and --profile say. A TEXT without
quotes is joined with single blanks. Octets in hex stand behind hex:. A whole deliver_sm or data_sm in hex,
as a capture shows it, is read as the PDU that it is, and a line of --jsonl as what it says.

With --jsonl standard input holds one JSON object a line: text or raw_hex (the body), esm_class,
data_coding, carrier (short_message or message_payload), pdu (deliver_sm or data_sm), tlvs by name or
0xTAG. Each line gets one line in answer, in the same order.`,
		Example: `  dlrgate explain "id:1 stat:UNDELIV err:001"
  dlrgate explain --profile gsm_map --tlv network_error_code=030001 "id:1 stat:UNDELIV"
  dlrgate explain -c dlrgate.yaml --operator acme-fr --jsonl < receipts.jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return runExplain(cmd, &f, args) },
	}
	configFlag(cmd, &f.file)
	flags := cmd.Flags()
	flags.StringVar(&f.operator, "operator", "", "the operator of the configuration whose rules apply")
	flags.StringVar(&f.profile, "profile", "", "profile that stands in place of the operator's")
	flags.BoolVar(&f.asJSON, "json", false, "print the event's data as JSON")
	flags.BoolVar(&f.jsonLines, "jsonl", false, "explain each line of standard input, as JSON")
	flags.Uint8Var(&f.esmClass, "esm-class", explain.ESMReceipt, "esm_class of the PDU")
	flags.Uint8Var(&f.dataCoding, "data-coding", 0, "data_coding of the PDU")
	flags.StringVar(&f.receivedAt, "received-at", "", "when it was received: RFC 3339, or a duration back from now")
	flags.StringArrayVar(&f.tlvs, "tlv", nil, "NAME-or-0xTAG=HEX, repeatable; receipted_message_id and message_state by plain value")
	cmd.MarkFlagsMutuallyExclusive("json", "jsonl")
	mustComplete(cmd, "profile", func(context.Context, string) []string { return profileNames() })
	mustComplete(cmd, "operator", operatorNames)
	return cmd
}

func runExplain(cmd *cobra.Command, f *explainFlags, args []string) error {
	operator, err := f.chooseOperator(cmd)
	if err != nil {
		return err
	}
	x, err := newExplainer(operator)
	if err != nil {
		return err
	}
	if f.jsonLines {
		if len(args) > 0 || len(f.tlvs) > 0 {
			return usageError("--jsonl reads texts and TLVs from standard input")
		}
		sayWaiting(cmd, "JSON objects, one a line")
		return x.explainLines(cmd.InOrStdin(), cmd.OutOrStdout())
	}
	if len(args) == 0 {
		sayWaiting(cmd, "one receipt")
	}
	in, err := f.input(cmd.InOrStdin(), args)
	if err != nil {
		return err
	}
	if f.asJSON {
		var indented bytes.Buffer
		if err := json.Indent(&indented, x.data(in), "", "  "); err != nil {
			return fmt.Errorf("indent: %w", err)
		}
		fmt.Fprintln(cmd.OutOrStdout(), indented.String())
		return nil
	}
	return x.print(cmd.OutOrStdout(), in)
}

// sayWaiting tells somebody at a terminal why nothing happens.
func sayWaiting(cmd *cobra.Command, what string) {
	if in, ok := cmd.InOrStdin().(*os.File); ok && isTerminal(in) {
		fmt.Fprintf(cmd.ErrOrStderr(), "reading %s from standard input: paste it, then Enter and Ctrl-D\n", what)
	}
}

// chooseOperator returns whose rules apply: one of the configuration's, or one
// with the defaults alone.
func (f *explainFlags) chooseOperator(cmd *cobra.Command) (*config.Operator, error) {
	if f.file == "" {
		if f.operator != "" {
			return nil, usageError("--operator %s needs -c FILE, where it is configured", f.operator)
		}
		operator, err := config.DefaultOperator(f.profile)
		if err != nil {
			return nil, usageError("--profile: %w", err)
		}
		return operator, nil
	}
	cfg, _, err := load(cmd, f.file, config.Options{Secrets: config.NoSecrets, Profile: f.profile})
	if err != nil {
		return nil, err
	}
	if f.operator == "" && len(cfg.Operators) == 1 {
		return &cfg.Operators[0], nil
	}
	names := make([]string, len(cfg.Operators))
	for i := range cfg.Operators {
		if names[i] = cfg.Operators[i].Name; names[i] == f.operator {
			return &cfg.Operators[i], nil
		}
	}
	if f.operator == "" {
		return nil, usageError("whose receipt is it? add --operator, one of %s", strings.Join(names, ", "))
	}
	return nil, usageError("%s has no operator %q; it has %s", f.file, f.operator, strings.Join(names, ", "))
}

// input reads the receipt from TEXT, or from standard input without its last
// line end.
func (f *explainFlags) input(stdin io.Reader, args []string) (*event.Facts, error) {
	in := &explain.Pasted{Text: strings.Join(args, " "), ESMClass: &f.esmClass, DataCoding: &f.dataCoding}
	if len(args) == 0 {
		body, err := io.ReadAll(io.LimitReader(stdin, maxLine))
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		in.Text = string(bytes.TrimSuffix(bytes.TrimSuffix(body, []byte("\n")), []byte("\r")))
	}
	for _, arg := range f.tlvs {
		tlv, err := explain.TLV(arg)
		if err != nil {
			return nil, usageError("--tlv %w", err)
		}
		in.Added = append(in.Added, tlv)
	}
	if f.receivedAt != "" {
		t, err := parseTime(f.receivedAt, time.Now())
		if err != nil {
			return nil, usageError("--received-at %w", err)
		}
		in.ReceivedAt = t
	}
	return in.Facts(gateway.ReadCaptured)
}

// parseTime reads RFC 3339, or a duration back from now.
func parseTime(text string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is neither a time as 2026-11-23T10:15:30Z nor a duration back from now as 24h", text)
}

// explainer reads and judges receipts as one operator's configuration says.
type explainer struct {
	operator string
	rules    *event.Rules
}

func newExplainer(o *config.Operator) (*explainer, error) {
	rules, err := o.Compile()
	if err != nil {
		return nil, err
	}
	return &explainer{operator: o.Name, rules: rules}, nil
}

// data explains a receipt for programs.
func (x *explainer) data(f *event.Facts) []byte {
	f.Operator = x.operator
	return x.rules.Read(f).Explain()
}

// print explains a receipt to a person.
func (x *explainer) print(w io.Writer, f *event.Facts) error {
	f.Operator = x.operator
	answer, err := explain.By(x.rules, f)
	if err != nil {
		return err
	}
	return printTable(w, rowsOf(answer))
}

// rowsOf are an answer's rows, as printTable takes them.
func rowsOf(a *explain.Answer) (rows [][]string) {
	for _, r := range a.All() {
		if r.Word {
			r.Value = quoteOdd(r.Value)
		}
		rows = append(rows, []string{r.What, printable(r.Value), printable(r.From)})
	}
	return rows
}

// quoteOdd quotes what a terminal would not show as it is: hostile and empty
// values, and blanks at the ends.
func quoteOdd(s string) string {
	if quoted := fmt.Sprintf("%q", s); quoted[1:len(quoted)-1] != s || s == "" || strings.TrimSpace(s) != s {
		return quoted
	}
	return s
}
