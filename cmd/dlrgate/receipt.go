package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/explain"
)

// receiptDetail is one receipt as the gateway tells it.
type receiptDetail struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Masked bool   `json:"masked"`
	Data   json.RawMessage
	Wire   struct {
		Command     string
		Source      *wireAddress
		Destination *wireAddress
		ESMClass    string `json:"esm_class"`
		DataCoding  string `json:"data_coding"`
		Text        string
		Octets      string
		Malformed   string
		Cut         bool
		TLVs        []struct{ Tag, Hex string }
	}
	Answer struct {
		CommandStatus string `json:"command_status"`
		Meaning       string
	}
	Copies []struct {
		Sequence                  uint64
		ReceivedAt                time.Time `json:"received_at"`
		Bind                      string
		Duplicate, Late, Standing bool
		Supersedes                string
	}
	History []struct {
		At       time.Time
		Endpoint string
		Status   struct{ Name string }
		Decision struct{ By, Rule, Profile, Config string }
	}
	Deliveries []struct {
		Endpoint            string
		Sequence            uint64
		State               string
		After, Until, Since time.Time
		NextTry             time.Time `json:"next_try"`
		Tries               int
		Class               string
		LastError           string `json:"last_error"`
		DeadID              int64  `json:"dead_id"`
	}
	Attempts []struct {
		Endpoint string
		At       time.Time
		TookMS   int64 `json:"took_ms"`
		Status   int   `json:"http_status"`
		Error    string
		Answer   string
	}
}

type wireAddress struct {
	TON, NPI int
	Address  string
}

// eventData is what is shown of the event's data beside what explain says of it.
type eventData struct{ Recipient, Sender string }

func receiptCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "receipt ID",
		Short: "Show one receipt: raw, parse, decision, answer to the operator, deliveries",
		Args:  cobra.ExactArgs(1),
	}
	jsonFlag(cmd, &asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, args []string) error {
		var raw json.RawMessage
		if err := r.get(cmd.Context(), "receipts/"+url.PathEscape(args[0]), nil, &raw); err != nil {
			return orMessageID(err, args[0])
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), raw)
		}
		var d receiptDetail
		if err := json.Unmarshal(raw, &d); err != nil {
			return err
		}
		return d.print(cmd)
	})
}

// orMessageID is for whoever has only the id that the operator gave a message.
func orMessageID(err error, id string) error {
	if e := (exitError{}); errors.As(err, &e) && e.code == exitNotFound && !strings.HasPrefix(id, "rcpt_") {
		return exitError{e.code, fmt.Errorf("receipt %q: not found; if that is a message id: dlrgate receipts --message-id %s", id, id)}
	}
	return err
}

func (d *receiptDetail) print(cmd *cobra.Command) error {
	w := cmd.OutOrStdout()
	rows, err := d.eventRows()
	if err != nil {
		return err
	}
	rows = append([][]string{{"id", d.ID, d.Kind}}, append(rows, []string{"answered", d.Answer.CommandStatus, d.Answer.Meaning})...)
	if err := printTable(w, rows); err != nil {
		return err
	}
	for _, s := range []struct {
		title string
		rows  [][]string
	}{{"ON THE WIRE", d.wireRows()}, {"COPIES", d.copyRows()}, {"DELIVERIES", d.deliveryRows()}, {"FAILED ATTEMPTS (newest first; not all are kept)", d.attemptRows()}, {"RETRANSLATED", d.historyRows()}} {
		if err := printSection(w, s.title, s.rows); err != nil {
			return err
		}
	}
	if d.Masked {
		fmt.Fprintln(cmd.ErrOrStderr(), "numbers, texts and octets are hidden: a token of role admin sees them")
	}
	return nil
}

// eventRows are what was read, whom it concerns, and what was decided.
func (d *receiptDetail) eventRows() ([][]string, error) {
	if len(d.Data) == 0 || string(d.Data) == "null" {
		return nil, nil
	}
	var e eventData
	if err := json.Unmarshal(d.Data, &e); err != nil {
		return nil, err
	}
	read, err := explain.Stored(d.Data)
	if err != nil {
		return nil, err
	}
	read.Rows = append(read.Rows, explain.Row{What: "recipient", Value: orDash(e.Recipient)}, explain.Row{What: "sender", Value: orDash(e.Sender)})
	if by := read.Decided; by != nil {
		by.Rule = fmt.Sprintf("%s (rules %s)", cmp.Or(by.Rule, "in words: dlrgate explain, with the text below"), by.Config)
	}
	return rowsOf(read), nil
}
