//go:build ignore

// Gen_docs writes what this package knows into docs/statuses.md and
// docs/operators.md, between their markers <!-- begin NAME --> and
// <!-- end NAME -->. Everything outside the markers is written by hand.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

func main() {
	log.SetFlags(0)
	write("../docs/statuses.md", map[string]string{
		"statuses": statuses(), "ways": ways(), "matrix": matrix(),
		"conflict": conflicts(), "intermediate": intermediates(), "finality": finality(),
	})
	write("../docs/operators.md", map[string]string{"profiles": profiles(), "sources": sources(), "facts": facts()})
}

// write replaces each section between its markers.
func write(file string, sections map[string]string) {
	data, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	text := string(data)
	for name, content := range sections {
		begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
		before, rest, found := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			log.Fatalf("%s has no section %s", file, name)
		}
		text = before + begin + content + end + after
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}

// table writes a Markdown table, the first row as its heading.
func table(rows ...[]string) string {
	var b strings.Builder
	for i, r := range rows {
		for j, c := range r {
			r[j] = strings.ReplaceAll(c, "|", "\\|")
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(r, " | "))
		if i == 0 {
			fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(r)))
		}
	}
	return b.String()
}

// advice says what an app does with the number.
func advice(i mapping.Info) string {
	switch i.Advice {
	case "keep":
		return "keep it"
	case "removable":
		return "it may be removed"
	case "do_not_contact":
		return "keep it, and send it nothing more"
	default:
		return "the status says nothing about it"
	}
}

func statuses() string {
	rows := [][]string{{"name", "code", "label", "category", "final", "the number"}}
	for _, i := range mapping.Statuses() {
		rows = append(rows, []string{"[`" + i.Name + "`](#" + i.Name + ")", fmt.Sprint(i.Code), i.Label, i.Category, i.Final, advice(i)})
	}
	return table(rows...)
}

// ways writes a chapter for each status, with every way that leads to it.
func ways() string {
	var b strings.Builder
	for _, i := range mapping.Statuses() {
		status, _ := mapping.StatusByName(i.Name)
		fmt.Fprintf(&b, "### %s\n\n%s The number: %s. Final: %s.\n\n", i.Name, i.Meaning, advice(i), i.Final)
		var list []string
		if w := byState(status); w != "" {
			list = append(list, "By the state alone: "+w+".")
		}
		list = append(list, byCause(status)...)
		list = append(list, byProfile(status)...)
		list = append(list, special(status)...)
		for _, w := range list {
			fmt.Fprintf(&b, "- %s\n", w)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// special are the ways that no table holds.
func special(s mapping.Status) []string {
	switch s {
	case mapping.Sent:
		return []string{"Never from a receipt: only the answer to submit_sm shows it. A rule that gives it is a warning of `check`."}
	case mapping.PartiallyReceived:
		return []string{"Never from a receipt: it is about all recipients of a shipment. A rule that gives it is a warning of `check`."}
	case mapping.InternalError:
		return []string{"Never from a receipt: an operator's \"internal error\" is the operator's. A rule that gives it is a warning of `check`."}
	case mapping.PermanentErrorPortability:
		return []string{"Only by a rule: no published table has a code for it."}
	case mapping.Undefined:
		return []string{
			"A receipt that cannot be read, a part of a receipt that has not both the id and the state, a message_state above 9 without a stat: not final.",
			"Text and message_state contradict each other, one delivered and one failed, with `receipts.state_source: auto`: not final.",
			"A rule.",
		}
	case mapping.DeliveredToOperator:
		return []string{"DELIVRD in an intermediate notification.", "A rule."}
	}
	return []string{"A rule."}
}

var words = []string{"DELIVRD", "UNDELIV", "FAILED", "REJECTD", "DELETED", "EXPIRED", "SKIPPED", "UNKNOWN", "NACK", "ENROUTE", "SCHEDLD", "ACCEPTD", "BUFFRED", "BUFFERD", "ACKED"}

func byState(s mapping.Status) string {
	smpp := compile(mapping.Options{})
	var out []string
	for _, w := range words {
		if smpp.Decide(in(w, "")).Status != s {
			continue
		}
		if w == "NACK" {
			w = "any stat that nothing lists (not final)"
		}
		out = append(out, w)
	}
	return strings.Join(out, ", ")
}

// byCause lists the cells of the matrix that give s beside a cause.
func byCause(s mapping.Status) (out []string) {
	for _, c := range mapping.Matrix()[1:] {
		var beside []string
		for _, cell := range cells(c) {
			if cell.status == s {
				beside = append(beside, cell.state)
			}
		}
		if len(beside) > 0 {
			out = append(out, fmt.Sprintf("A code that means *%s*, beside %s.", c.Means, strings.Join(beside, ", ")))
		}
	}
	return out
}

type cell struct {
	state  string
	status mapping.Status
}

func cells(c mapping.Cause) []cell {
	return []cell{
		{"UNDELIV or FAILED", c.Undelivered},
		{"REJECTD", c.Rejected},
		{"DELETED", c.Deleted},
		{"EXPIRED", c.Expired},
		{"UNKNOWN or an unlisted stat", c.Unknown},
		{"ENROUTE or an intermediate", c.Enroute},
		{"ACCEPTD, BUFFRED, BUFFERD or ACKED", c.Accepted},
	}
}

// byProfile lists the codes of each profile that name s.
func byProfile(s mapping.Status) (out []string) {
	for _, p := range mapping.Profiles() {
		var codes []string
		for _, r := range p.Rows {
			if r.Cause == s {
				codes = append(codes, strings.TrimSpace(r.Code+" "+r.Stat))
			}
		}
		if len(codes) > 0 {
			out = append(out, fmt.Sprintf("Profile `%s`: %s.", p.Name, strings.Join(codes, ", ")))
		}
	}
	return out
}

func matrix() string {
	causes := mapping.Matrix()
	head := []string{"a code that means"}
	for _, c := range cells(causes[0]) {
		head = append(head, c.state)
	}
	rows := [][]string{head}
	for _, c := range causes {
		r := []string{c.Means}
		for _, cell := range cells(c) {
			r = append(r, cell.status.String())
		}
		rows = append(rows, r)
	}
	return table(rows...)
}

func compile(o mapping.Options) *mapping.Table {
	t, problems := mapping.Compile(o)
	if len(problems) > 0 {
		log.Fatal(problems[0])
	}
	return t
}

func in(stat, err string) *receipt.Receipt {
	return &receipt.Receipt{
		Kind: receipt.Report, MessageState: receipt.NoState,
		Stat: receipt.Field{Value: stat, Present: stat != ""}, Err: receipt.Field{Value: err, Present: err != ""},
	}
}

// decided is a receipt in words, and what becomes of it.
func decided(o mapping.Options, r *receipt.Receipt, more ...string) []string {
	d := compile(o).Decide(r)
	state := "none"
	if r.MessageState != receipt.NoState {
		state = fmt.Sprint(r.MessageState)
	}
	row := append([]string{"`stat:" + r.Stat.Value + " err:" + r.Err.Value + "`", state}, more...)
	return append(row, "`"+d.Status.String()+"`", fmt.Sprint(d.Final), fmt.Sprint(d.Conflict))
}

func conflicts() string {
	rows := [][]string{{"text", "message_state", "state_source", "status", "final", "conflict"}}
	add := func(stat string, state int, source mapping.StateSource, key string) {
		r := in(stat, "000")
		r.MessageState = state
		rows = append(rows, decided(mapping.Options{StateSource: source}, r, key))
	}
	add("DELIVRD", 2, mapping.StateAuto, "auto")
	add("REJECTD", 5, mapping.StateAuto, "auto")
	add("ACCEPTD", 5, mapping.StateAuto, "auto")
	add("ENROUTE", 2, mapping.StateAuto, "auto")
	add("UNKNOWN", 9, mapping.StateAuto, "auto")
	add("UNDELIV", 2, mapping.StateAuto, "auto")
	add("UNDELIV", 2, mapping.StateFromTLV, "tlv")
	add("UNDELIV", 2, mapping.StateFromText, "text")
	add("DELIVRD", 132, mapping.StateAuto, "auto")
	return table(rows...)
}

func intermediates() string {
	rows := [][]string{{"text", "message_state", "profile", "intermediate", "status", "final", "conflict"}}
	add := func(stat, err, profile string, ignore bool) {
		r := in(stat, err)
		r.Kind = receipt.Intermediate
		key := "trust"
		if ignore {
			key = "ignore"
		}
		rows = append(rows, decided(mapping.Options{Profile: profile, IgnoreIntermediate: ignore}, r, profile, key))
	}
	add("ENROUTE", "000", "smpp", false)
	add("ACCEPTD", "000", "smpp", false)
	add("UNDELIV", "027", "smpp", false)
	add("UNDELIV", "027", "gsm_map", false)
	add("DELIVRD", "000", "smpp", false)
	add("DELIVRD", "000", "smpp", true)
	return table(rows...)
}

func finality() string {
	rows := [][]string{{"text", "message_state", "accepted_final", "status", "final", "conflict"}}
	add := func(stat string, accepted bool) {
		rows = append(rows, decided(mapping.Options{AcceptedFinal: accepted}, in(stat, "000"), fmt.Sprint(accepted)))
	}
	for _, stat := range []string{"DELIVRD", "UNDELIV", "UNKNOWN", "NACK", "ENROUTE", "ACCEPTD"} {
		add(stat, false)
	}
	add("ACCEPTD", true)
	add("BUFFRED", true)
	return table(rows...)
}

func profiles() string {
	rows := [][]string{{"profile", "operator", "codes", "rows", "read"}}
	for _, p := range mapping.Profiles() {
		codes := p.Codes
		switch p.NetworkErrors {
		case mapping.NetworkErrorsOwn:
			codes += ", also in network_error_code"
		case mapping.NetworkErrorsListed:
			codes += ", and another list in network_error_code"
		}
		if p.LowBits > 0 {
			codes += fmt.Sprintf(", the low %d bits of the published code", p.LowBits)
		}
		rows = append(rows, []string{"`" + p.Name + "`", p.Title, codes, fmt.Sprint(len(p.Rows) + len(p.NetworkRows)), p.Read})
	}
	return table(rows...)
}

// sources says of each profile where it was read, and what to know of it.
func sources() string {
	var b strings.Builder
	for _, p := range mapping.Profiles() {
		fmt.Fprintf(&b, "- `%s`: %s", p.Name, p.Source)
		if p.Note != "" {
			fmt.Fprintf(&b, "<br>%s", p.Note)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func facts() string {
	rows := [][]string{{"profile", "key", "value", "who says so"}}
	for _, p := range mapping.Profiles() {
		for _, f := range p.Facts {
			rows = append(rows, []string{"`" + p.Name + "`", "`" + f.Key + "`", "`" + f.Value + "`", f.Source})
		}
	}
	return table(rows...)
}
