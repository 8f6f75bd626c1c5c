package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
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
	}{{"ON THE WIRE", d.wireRows()}, {"COPIES", d.copyRows()}, {"DELIVERIES", d.deliveryRows()}, {"FAILED ATTEMPTS", d.attemptRows()}, {"RETRANSLATED", d.historyRows()}} {
		if err := printSection(w, s.title, s.rows); err != nil {
			return err
		}
	}
	if d.Masked {
		fmt.Fprintln(cmd.ErrOrStderr(), "numbers are masked and octets left out: a token of role admin sees them")
	}
	return nil
}

func (d *receiptDetail) addEvent(t *table, e *eventData) {
	t.add("message_id", orDash(e.MessageID), printable(formsOf(e.MessageIDs)))
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
	t.add("decided by", e.Decision.By, printable(fmt.Sprintf("%s (profile %s, rules %s)", e.Decision.Rule, e.Decision.Profile, e.Decision.Config)))
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

// formsOf writes the forms of a message id in a fixed order.
func formsOf(ids map[string]string) string {
	var forms []string
	for _, of := range []string{"text", "tlv", "decimal", "hex"} {
		if ids[of] != "" {
			forms = append(forms, of+" "+ids[of])
		}
	}
	return strings.Join(forms, ", ")
}

// wireRows has the values last: octets are long.
func (d *receiptDetail) wireRows() [][]string {
	x := &d.Wire
	rows := [][]string{
		{"WHAT", "VALUE"},
		{"pdu", orDash(x.Command) + ", esm_class " + x.ESMClass + ", data_coding " + x.DataCoding},
	}
	add := func(what, value string) { rows = append(rows, []string{what, value}) }
	for _, a := range []struct {
		name string
		at   *wireAddress
	}{{"source", x.Source}, {"destination", x.Destination}} {
		if a.at != nil {
			add(a.name, fmt.Sprintf("%s (TON %d, NPI %d)", orDash(a.at.Address), a.at.TON, a.at.NPI))
		}
	}
	if x.Malformed != "" {
		add("malformed", printable(x.Malformed))
	}
	if x.Cut {
		add("cut", "privacy.text: drop left the text out before it was stored")
	}
	if x.Text != "" {
		add("text", quoteOdd(x.Text))
	}
	if x.Octets != "" {
		add("octets", x.Octets)
	}
	for _, tlv := range x.TLVs {
		add("TLV "+tlv.Tag, tlv.Hex)
	}
	return rows
}

func (d *receiptDetail) copyRows() [][]string {
	rows := [][]string{{"SEQUENCE", "RECEIVED", "BIND", "DUPLICATE", "LATE", "STANDING", "SUPERSEDES"}}
	for _, c := range d.Copies {
		rows = append(rows, []string{
			strconv.FormatUint(c.Sequence, 10), stamp(c.ReceivedAt), orDash(c.Bind),
			yesNo(c.Duplicate), yesNo(c.Late), yesNo(c.Standing), orDash(c.Supersedes),
		})
	}
	return rows
}

func (d *receiptDetail) deliveryRows() [][]string {
	rows := [][]string{{"ENDPOINT", "SEQUENCE", "STATE", "WHEN", "WHY"}}
	for i := range d.Deliveries {
		x := &d.Deliveries[i]
		when, why := "-", x.LastError
		switch x.State {
		case "taken", "not_wanted":
			when = between(x.After, x.Until)
		case "parked":
			when = "since " + stamp(x.Since) + ", next try " + stamp(x.NextTry)
			why = fmt.Sprintf("%s, tried %s since: %s", x.Class, count(x.Tries, "time"), x.LastError)
		case "dead":
			when = "since " + stamp(x.Since)
			why = fmt.Sprintf("%s: %s (dlrgate dead retry %d)", x.Class, x.LastError, x.DeadID)
		case "dropped":
			when = "since " + stamp(x.Since)
			why = fmt.Sprintf("given up, %s: %s; a replay sends it all the same", x.Class, x.LastError)
		}
		rows = append(rows, []string{orDash(x.Endpoint), strconv.FormatUint(x.Sequence, 10), x.State, when, orDash(printable(why))})
	}
	return rows
}

// between says when something happened of which it is known that it was after and
// until then.
func between(after, until time.Time) string {
	switch {
	case after.IsZero() && until.IsZero():
		return "-"
	case after.Equal(until):
		return "at " + stamp(until)
	case until.IsZero():
		return "after " + stamp(after)
	}
	return "between " + stamp(after) + " and " + stamp(until)
}

func (d *receiptDetail) attemptRows() [][]string {
	rows := [][]string{{"AT", "ENDPOINT", "HTTP", "TOOK", "ERROR", "ANSWER"}}
	for _, a := range d.Attempts {
		status := "-"
		if a.Status != 0 {
			status = strconv.Itoa(a.Status)
		}
		rows = append(rows, []string{
			stamp(a.At), orDash(a.Endpoint), status, strconv.FormatInt(a.TookMS, 10) + " ms", orDash(printable(a.Error)), orDash(printable(a.Answer)),
		})
	}
	return rows
}

func (d *receiptDetail) historyRows() [][]string {
	rows := [][]string{{"AT", "STATUS", "DECIDED BY", "RULES", "SENT TO"}}
	for _, h := range d.History {
		by := strings.TrimSpace(h.Decision.By + " " + h.Decision.Rule)
		rows = append(rows, []string{stamp(h.At), h.Status.Name, orDash(printable(by)), orDash(h.Decision.Config), orDash(h.Endpoint)})
	}
	return rows
}
