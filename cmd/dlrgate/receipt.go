package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// receiptDetail is one receipt as the gateway tells it.
type receiptDetail struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Masked bool   `json:"masked"`
	Data   *eventData
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

// eventData is what is shown of the event's data.
type eventData struct {
	MessageID  string            `json:"message_id"`
	MessageKey string            `json:"message_key"`
	MessageIDs map[string]string `json:"message_ids"`
	Recipient  string
	Sender     string
	Status     struct {
		Name   string
		Code   int
		Label  string
		Final  bool
		Advice string
	}
	Decision struct {
		By, Rule, Profile, Config string
		Unmapped, Conflict        bool
	}
	Receipt struct {
		Stat, Err    *string
		MessageState *int `json:"message_state"`
	}
	DoneAt   time.Time `json:"done_at"`
	Problems []string
}

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
	var t table
	t.add("id", d.ID, d.Kind)
	if e := d.Data; e != nil {
		d.addEvent(&t, e)
	}
	t.add("answered", d.Answer.CommandStatus, d.Answer.Meaning)
	if err := printTable(w, t); err != nil {
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

func (d *receiptDetail) addEvent(t *table, e *eventData) {
	t.add("message_id", orDash(e.MessageID), printable(formsOf(e.MessageIDs)))
	t.add("message_key", orDash(e.MessageKey), "what receipts are joined on")
	t.add("recipient", orDash(e.Recipient), "")
	t.add("sender", orDash(e.Sender), "")
	if e.Receipt.Stat != nil {
		t.add("stat", quoteOdd(*e.Receipt.Stat), "text")
	}
	if e.Receipt.MessageState != nil {
		t.add("message_state", stateInWords(*e.Receipt.MessageState), "TLV")
	}
	if e.Receipt.Err != nil {
		t.add("err", quoteOdd(*e.Receipt.Err), "text")
	}
	if !e.DoneAt.IsZero() {
		t.add("done", stamp(e.DoneAt), "")
	}
	final := "final"
	if !e.Status.Final {
		final = "not final"
	}
	t.add("status", e.Status.Name, fmt.Sprintf("%d, %s, %s; advice: %s", e.Status.Code, e.Status.Label, final, e.Status.Advice))
	how := e.Decision.Rule
	if how == "" {
		how = "in words: dlrgate explain, with the text below"
	}
	t.add("decided by", e.Decision.By, printable(fmt.Sprintf("%s (profile %s, rules %s)", how, e.Decision.Profile, e.Decision.Config)))
	if e.Decision.Unmapped {
		t.add("unmapped", "yes", "no rule or table knows its code or stat: add a rule for it")
	}
	if e.Decision.Conflict {
		t.add("conflict", "yes", "text and TLV say different things")
	}
	for _, p := range e.Problems {
		t.add("problem", printable(p), "")
	}
}
