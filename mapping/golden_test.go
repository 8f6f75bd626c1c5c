package mapping_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// outcome is what of a decision the golden files hold.
type outcome struct {
	Status   string `json:"status"`
	Final    bool   `json:"final"`
	Unmapped bool   `json:"unmapped"`
	Conflict bool   `json:"conflict"`
}

func outcomeOf(d mapping.Decision) outcome {
	return outcome{d.Status.String(), d.Final, d.Unmapped, d.Conflict}
}

// golden is one line of golden.jsonl: an entry of the corpus (N) with its code,
// or a stat word with several codes.
type golden struct {
	N            int
	Stat, Err    string
	MessageState *int  `json:"message_state"`
	NetworkError []int `json:"network_error"`
	Intermediate bool
	Codes        []string
	Profiles     []string
	Want         outcome
}

func (g *golden) receipt(code string) *receipt.Receipt {
	r := text(g.Stat, code)
	if g.MessageState != nil {
		r.MessageState = *g.MessageState
	}
	if len(g.NetworkError) == 2 && g.NetworkError[0] >= 0 {
		network(r, byte(g.NetworkError[0]), uint16(g.NetworkError[1]))
	}
	if g.Intermediate {
		r.Kind = receipt.Intermediate
	}
	return r
}

// readGolden hands every line of golden.jsonl to do.
func readGolden(t *testing.T, do func(g *golden)) {
	t.Helper()
	f, err := os.Open("../testdata/decisions/golden.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		do(&g)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestGolden holds every decision to what join.go joined from the published
// tables without this package.
func TestGolden(t *testing.T) {
	tables := map[string]*mapping.Table{}
	for _, p := range mapping.Profiles() {
		tables[p.Name] = compile(t, mapping.Options{Profile: p.Name})
	}
	corpus, product := 0, 0
	seen := map[string]bool{}
	readGolden(t, func(g *golden) {
		codes := g.Codes
		if g.N > 0 {
			codes = []string{g.Err}
		}
		for _, profile := range g.Profiles {
			seen[profile] = true
			for _, code := range codes {
				if g.N > 0 {
					corpus++
				} else {
					product++
				}
				d := tables[profile].Decide(g.receipt(code))
				if diff := cmp.Diff(g.Want, outcomeOf(d)); diff != "" {
					t.Errorf("profile %s n %d stat %q err %q intermediate %t (%s: %s):\n%s",
						profile, g.N, g.Stat, code, g.Intermediate, d.By, d.Rule, diff)
				}
			}
		}
	})
	for name := range tables {
		if !seen[name] {
			t.Errorf("profile %s is in no golden line", name)
		}
	}
	if corpus < 110*len(tables) || product < 15000 {
		t.Errorf("golden.jsonl holds %d corpus decisions and %d of the product: too few", corpus, product)
	}
}

// TestSMPPAloneRemovesNothing: no state alone lets an app delete a number.
func TestSMPPAloneRemovesNothing(t *testing.T) {
	table := compile(t, mapping.Options{Profile: "smpp"})
	readGolden(t, func(g *golden) {
		for _, code := range append(g.Codes, g.Err) {
			if d := table.Decide(g.receipt(code)); d.Status.Info().Advice == "removable" {
				t.Errorf("stat %q err %q: %s", g.Stat, code, d.Status)
			}
		}
	})
}

// TestByHand holds decisions to rows that a person wrote with their sources.
func TestByHand(t *testing.T) {
	f, err := os.Open("../testdata/decisions/by_hand.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, row := range rows[1:] {
		profile, stat, code, messageState, networkError, kind := row[0], row[1], row[2], row[3], row[4], row[5]
		count[profile]++
		in := text(stat, code)
		if messageState != "" {
			in.MessageState = atoi(t, messageState)
		}
		if networkError != "" {
			network(in, 3, uint16(atoi(t, networkError)))
		}
		if kind == "0x20" {
			intermediate(in)
		}
		d := compile(t, mapping.Options{Profile: profile}).Decide(in)
		if d.Status.String() != row[6] || strconv.FormatBool(d.Final) != row[7] {
			t.Errorf("%v: got %s final %t (%s: %s)", row, d.Status, d.Final, d.By, d.Rule)
		}
	}
	for _, profile := range []string{"smpp", "gsm_map"} {
		if count[profile] < 20 {
			t.Errorf("%d rows by hand for %s, want 20", count[profile], profile)
		}
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
