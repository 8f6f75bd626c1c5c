//go:build ignore

// Join writes golden.jsonl: what each receipt of the corpus, and each pair of a
// stat word and a code, becomes under each profile. It joins the published
// tables in facts/ with the state × cause matrix below and shares no code with
// the packages that it judges. Run it in its own folder: go run join.go
package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// matrix: cause → UNDELIV, REJECTD, DELETED, EXPIRED, UNKNOWN, ENROUTE, ACCEPTD,
// by the labels of the statuses; "=" repeats the first column.
const matrix = `
none|Reception error|Error other|Error other|Temporary error Absence|Undefined|In Progress|Delivered to operator
Permanent error absence|Permanent error absence|=|=|Reception error|Reception error|In Progress|Delivered to operator
Permanent error phone|Permanent error phone|=|=|Reception error|Reception error|In Progress|Delivered to operator
Temporary error Absence|Temporary error Absence|=|=|=|=|Delivered to operator|Delivered to operator
Temporary error Phone|Temporary error Phone|=|=|=|=|Delivered to operator|Delivered to operator
Temporary error operator|Temporary error operator|=|=|=|=|In Progress|Delivered to operator
Temporary error portability|Temporary error portability|=|=|=|=|In Progress|Delivered to operator
Permanent error portability|Permanent error portability|=|=|Temporary error portability|Reception error|In Progress|Delivered to operator
Error other|Error other|=|=|Temporary error operator|Error other|In Progress|Delivered to operator
Routing error|Routing error|=|=|=|=|In Progress|Delivered to operator
Reception error|Reception error|=|=|=|=|In Progress|Delivered to operator
Black-listed number|Black-listed number|=|=|=|=|In Progress|Delivered to operator
Not sent - Insufficient credit|Not sent - Insufficient credit|=|=|=|=|In Progress|Delivered to operator
Undefined|Undefined|=|=|=|=|In Progress|Delivered to operator
`

var columns = []string{"UNDELIV", "REJECTD", "DELETED", "EXPIRED", "UNKNOWN", "ENROUTE", "ACCEPTD"}

// standing for: the column of each stat word that is the same everywhere.
var words = map[string]string{
	"UNDELIV": "UNDELIV", "FAILED": "UNDELIV", "REJECTD": "REJECTD", "DELETED": "DELETED", "EXPIRED": "EXPIRED",
	"UNKNOWN": "UNKNOWN", "ENROUTE": "ENROUTE", "ACCEPTD": "ACCEPTD", "BUFFRED": "ACCEPTD", "BUFFERD": "ACCEPTD",
	"ACKED": "ACCEPTD", "DELIVRD": "DELIVRD", "SCHEDLD": "SCHEDLD", "SKIPPED": "SKIPPED",
}

var states = []string{"SCHEDLD", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD", "SKIPPED"}

var classes = map[string]string{
	"UNDELIV": "failed", "REJECTD": "failed", "DELETED": "failed", "EXPIRED": "failed", "SKIPPED": "failed",
	"UNKNOWN": "unknown", "ENROUTE": "open", "ACCEPTD": "open", "SCHEDLD": "open", "DELIVRD": "delivered",
}

// What the notes of the tables say of their codes.
var (
	hexTables   = map[string]bool{"w2wts": true}
	tlvTables   = map[string]bool{"infobip": true}              // network_error_code holds the codes of err, too
	statTables  = map[string]bool{"china_mobile_tencent": true} // the stat word is the code, err is not used
	shortTables = map[string]bool{"gatewayapi": true}           // err is the last three hex digits of 0x1000 and more
)

type row struct{ code, stat, label string }

type profile struct {
	name string
	rows []row
	net  []row // another list, for network_error_code alone
}

type given struct {
	stat, err    string
	state        int // -1: none
	netType      int // -1: none
	netCode      int
	intermediate bool
}

type outcome struct {
	Status   string `json:"status"`
	Final    bool   `json:"final"`
	Unmapped bool   `json:"unmapped"`
	Conflict bool   `json:"conflict"`
}

func main() {
	log.SetFlags(0)
	profiles := load()
	out, err := os.Create("golden.jsonl")
	check(err)
	w := bufio.NewWriter(out)
	corpus(w, profiles)
	for _, p := range profiles {
		product(w, p)
		networkProduct(w, p)
	}
	check(w.Flush())
	check(out.Close())
}

func load() []profile {
	files, err := filepath.Glob("facts/*.csv")
	check(err)
	profiles := []profile{{name: "smpp"}}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".csv")
		records := read(f)
		p := profile{name: name}
		for _, r := range records[1:] {
			if name != "network_errors" {
				p.rows = append(p.rows, row{r[0], r[1], r[3]})
			} else if r[0] == "gsm_map_error" {
				p.rows = append(p.rows, row{r[1], "", r[5]})
			}
		}
		if name == "network_errors" {
			p.name = "gsm_map"
		}
		if own := "facts/network_error_code/" + name + ".csv"; exists(own) {
			for _, r := range read(own)[1:] {
				p.net = append(p.net, row{r[0], r[1], r[3]})
			}
		}
		profiles = append(profiles, p)
	}
	return profiles
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func read(file string) [][]string {
	data, err := os.ReadFile(file)
	check(err)
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment, r.FieldsPerRecord = '#', -1
	records, err := r.ReadAll()
	check(err)
	return records
}

// corpus writes each unambiguous receipt under every profile, one line for each
// outcome.
func corpus(w *bufio.Writer, profiles []profile) {
	file, err := os.Open("../receipts/receipts.jsonl")
	check(err)
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var entry struct {
			N         int
			ESMClass  int            `json:"esm_class"`
			Ambiguous string         `json:"ambiguous"`
			IsReceipt *bool          `json:"is_receipt"`
			Expect    map[string]any `json:"expect"`
			TLVs      map[string]any `json:"tlvs"`
			Effective map[string]any `json:"effective"`
		}
		check(json.Unmarshal(lines.Bytes(), &entry))
		if entry.Ambiguous != "" || entry.IsReceipt != nil {
			continue
		}
		g := given{state: -1, netType: -1, intermediate: entry.ESMClass&0x3C == 0x20}
		g.stat, _ = entry.Expect["stat"].(string)
		g.err, _ = entry.Expect["err"].(string)
		if s, ok := entry.TLVs["message_state"].(float64); ok {
			g.state = int(s)
		}
		if s, ok := entry.TLVs["network_error_code"].(string); ok {
			if b, err := hex.DecodeString(s); err == nil && len(b) == 3 {
				g.netType, g.netCode = int(b[0]), int(b[1])<<8|int(b[2])
			}
		}
		byOutcome := map[outcome][]string{}
		for _, p := range profiles {
			o := p.decide(g)
			byOutcome[o] = append(byOutcome[o], p.name)
		}
		for _, o := range sorted(byOutcome) {
			line(w, map[string]any{
				"n": entry.N, "stat": g.stat, "err": g.err, "message_state": g.state, "network_error": []int{g.netType, g.netCode},
				"intermediate": g.intermediate, "profiles": byOutcome[o], "want": o,
			})
		}
	}
}

// product writes every stat word with every code of a profile, one line for
// each stat and outcome.
func product(w *bufio.Writer, p profile) {
	stats, codes := []string{"", "NOSUCHWORD"}, []string{"", "000", "99998", "zz"}
	for s := range words {
		stats = append(stats, s)
	}
	for _, r := range p.rows {
		if _, known := words[strings.ToUpper(r.stat)]; r.stat != "" && !known {
			stats = append(stats, r.stat)
		}
		if r.code != "" {
			codes = append(codes, r.code)
		}
	}
	sort.Strings(stats)
	seen := map[string]bool{}
	for _, stat := range stats {
		for _, intermediate := range []bool{false, true} {
			key := stat + strconv.FormatBool(intermediate)
			if seen[key] {
				continue
			}
			seen[key] = true
			byOutcome := map[outcome][]string{}
			done := map[string]bool{}
			for _, code := range codes {
				if done[code] {
					continue
				}
				done[code] = true
				o := p.decide(given{stat: stat, err: code, state: -1, netType: -1, intermediate: intermediate})
				byOutcome[o] = append(byOutcome[o], code)
			}
			for _, o := range sorted(byOutcome) {
				line(w, map[string]any{"stat": stat, "codes": byOutcome[o], "intermediate": intermediate, "profiles": []string{p.name}, "want": o})
			}
		}
	}
}

// networkProduct writes every stat word with every code of a profile's own list
// for network_error_code, beside an err that says nothing.
func networkProduct(w *bufio.Writer, p profile) {
	if p.net == nil {
		return
	}
	stats := []string{"", "NOSUCHWORD"}
	for s := range words {
		stats = append(stats, s)
	}
	sort.Strings(stats)
	for _, stat := range stats {
		for _, r := range append(p.net, row{code: "65000"}) {
			code, err := strconv.Atoi(r.code)
			check(err)
			o := p.decide(given{stat: stat, err: "000", state: -1, netType: 3, netCode: code})
			line(w, map[string]any{"stat": stat, "codes": []string{"000"}, "network_error": []int{3, code}, "profiles": []string{p.name}, "want": o})
		}
	}
}

// decide is the table of precedence, step by step, without operator's rules.
func (p profile) decide(g given) outcome {
	stat := strings.ToUpper(strings.TrimSpace(g.stat))
	text := p.column(stat)
	tlv := ""
	word := stat
	if g.state >= 0 && g.state <= 9 {
		tlv = states[g.state]
	}
	var o outcome
	column := text
	if tlv != "" {
		column, word = words[tlv], tlv
		if text != "" && classes[text] != classes[column] {
			o.Conflict = true
			pair := classes[text] + classes[column]
			if pair == "deliveredfailed" || pair == "faileddelivered" {
				o.Status = "undefined"
				if g.intermediate {
					o.Status = "in_progress"
				}
				return o
			}
		}
	}
	absent := column == "" && stat == ""
	if column == "DELIVRD" {
		return p.delivered(g, word, o)
	}
	beside := column
	if g.intermediate && column != "ACCEPTD" && column != "SCHEDLD" {
		beside = "ENROUTE"
	}
	if beside == "" {
		beside = "UNKNOWN"
	}
	candidates, codeKnown := p.candidates(g, stat, word)
	codeGiven := strings.Trim(g.err, "0") != "" || g.netCode != 0
	o.Unmapped = absent || stat != "" && text == "" || codeGiven && !codeKnown
	open := g.intermediate || absent || classes[column] == "open"
	label := cell("none", beside)
	for _, r := range candidates {
		zero := strings.Trim(r.code, "0") == "" && r.code != ""
		switch r.label {
		case "Received":
			if zero || !absent || g.intermediate {
				continue
			}
			label = r.label
		case "Delivered to operator", "In Progress":
			if !open {
				continue
			}
			label = r.label
		case "Undefined":
			if zero {
				continue
			}
			label = cell(r.label, beside)
		default:
			label = cell(r.label, beside)
		}
		break
	}
	o.Status = name(label)
	o.Final = !g.intermediate && label != "In Progress" && label != "Delivered to operator" && (label != "Undefined" || column == "UNKNOWN")
	return o
}

// column is the state that a stat word stands for, or "" when nothing lists it.
func (p profile) column(stat string) string {
	if c := words[stat]; c != "" {
		return c
	}
	for _, r := range p.rows {
		if stat == "" || strings.ToUpper(r.stat) != stat {
			continue
		}
		switch r.label {
		case "Received":
			return "DELIVRD"
		case "Undefined":
			return "UNKNOWN"
		case "Delivered to operator", "In Progress":
			return "ENROUTE"
		}
		return "UNDELIV"
	}
	return ""
}

func (p profile) delivered(g given, word string, o outcome) outcome {
	o.Status, o.Final = "received", true
	if g.intermediate {
		o.Status, o.Final = "delivered_to_operator", false
		return o
	}
	for _, r := range p.rows {
		if r.code != "" && (strings.EqualFold(r.stat, word) || r.stat != "" && strings.EqualFold(r.stat, g.stat)) && p.sameCode(r.code, g.err) {
			o.Status, o.Final = name(r.label), r.label == "Received"
		}
	}
	return o
}

// candidates are the rows that speak of the receipt, the first first.
func (p profile) candidates(g given, stat, word string) (rows []row, codeKnown bool) {
	if g.netCode != 0 && (tlvTables[p.name] || p.net != nil || p.name == "gsm_map" && g.netType == 3) {
		table := p.rows
		if p.net != nil {
			table = p.net
		}
		for _, r := range table {
			if r.code != "" && p.sameCode(r.code, strconv.Itoa(g.netCode)) {
				rows = append(rows, r)
			}
		}
	}
	for _, both := range []bool{true, false} {
		for _, r := range p.rows {
			speaks := r.stat == ""
			if both {
				speaks = r.stat != "" && (strings.ToUpper(r.stat) == stat || strings.ToUpper(r.stat) == word)
			}
			if r.code != "" && speaks && p.sameCode(r.code, g.err) {
				rows = append(rows, r)
			}
		}
	}
	codeKnown = len(rows) > 0
	for _, r := range p.rows {
		if r.code == "" && (strings.ToUpper(r.stat) == stat || strings.ToUpper(r.stat) == word) {
			rows = append(rows, r)
			codeKnown = codeKnown || statTables[p.name]
		}
	}
	return rows, codeKnown
}

func (p profile) sameCode(printed, came string) bool {
	base := 10
	if hexTables[p.name] {
		base = 16
	}
	a, errA := strconv.ParseUint(printed, base, 64)
	b, errB := strconv.ParseUint(came, base, 64)
	if errA != nil || errB != nil {
		return false
	}
	return a == b || shortTables[p.name] && a+0x1000 == b
}

func cell(cause, column string) string {
	for _, l := range strings.Split(strings.TrimSpace(matrix), "\n") {
		cells := strings.Split(l, "|")
		if cells[0] != cause {
			continue
		}
		switch column {
		case "SCHEDLD":
			return "In Progress"
		case "SKIPPED":
			return "Error other"
		}
		for i, c := range columns {
			if c == column && cells[i+1] == "=" {
				return cells[1]
			} else if c == column {
				return cells[i+1]
			}
		}
	}
	log.Fatalf("no cell for %q beside %q", cause, column)
	return ""
}

func name(label string) string {
	return strings.NewReplacer("black-listed", "blacklisted", " - ", "_", " ", "_").Replace(strings.ToLower(label))
}

func sorted[V any](m map[outcome]V) []outcome {
	var out []outcome
	for o := range m {
		out = append(out, o)
	}
	key := func(o outcome) string { b, _ := json.Marshal(o); return string(b) }
	sort.Slice(out, func(i, j int) bool { return key(out[i]) < key(out[j]) })
	return out
}

func line(w *bufio.Writer, v any) {
	b, err := json.Marshal(v)
	check(err)
	_, err = w.Write(append(b, '\n'))
	check(err)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
